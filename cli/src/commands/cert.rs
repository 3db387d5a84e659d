//! `el2g cert`: checks certificates against the profile of AN12642 section 6.

pub mod check;
mod check_verification;
pub mod rules;
mod sources;

use std::path::Path;

use clap::{Args, Subcommand};
use el2g_cert_profile::{RULES, RuleSet};
use el2g_findings::Tally;
use el2g_text::file_name;
use el2g_workflows::Failure;
use el2g_x509::Instant;
use el2g_x509::decoded::kept::KeptCertificate;

use crate::Result;
use crate::context::Context;
use crate::input::SMALL_FILE;
use crate::output::Outcome;

/// Check certificates by AN12642 section 6.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Check intermediate certificates, rule by rule
    Check(check::Arguments),
    /// List the rules with id, severity and section
    Rules(rules::Arguments),
    /// Check a verification certificate (proof of possession for AWS or Azure)
    CheckVerification(check_verification::Arguments),
}

/// Runs one of the verbs.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Check(arguments) => check::run(arguments, context),
        Verb::Rules(arguments) => rules::run(&arguments, context),
        Verb::CheckVerification(arguments) => check_verification::run(&arguments, context),
    }
}

/// The rule set of this name, else of this file, without the rules that `--skip-check` names.
pub fn rule_set(named: &str, context: &mut Context) -> Result<RuleSet> {
    let mut rules = read_rule_set(named, context)?;
    for id in context.skipped_checks() {
        if RULES.iter().any(|rule| rule.id == id) {
            context.console.warn(format!("--skip-check {id}: not checked"));
            rules = rules.without(id);
        }
    }
    Ok(rules)
}

fn read_rule_set(named: &str, context: &mut Context) -> Result<RuleSet> {
    if let Some(set) = RuleSet::built_in(named) {
        return Ok(set);
    }
    let path = Path::new(named);
    if !path.exists() {
        return Err(Failure::usage(format!(
            "there is no rule set `{}`, and no file of that name; expected annex6, \
             api-algorithms or a TOML file",
            file_name(named)
        )));
    }
    let bytes = context.input.read_deciding(path, SMALL_FILE)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::input(format!("{named}: a rule set must be UTF-8 text")))?;
    RuleSet::from_toml(&text).map_err(|error| Failure::input(format!("{named}: {error}")))
}

/// The moment of the check: as given, else now.
fn moment(given: Option<Instant>, context: &Context) -> Instant {
    given.unwrap_or_else(|| Instant::from_unix(context.now()))
}

/// The one certificate in a file others are compared with.
fn reference(path: &Path, role: &str, context: &mut Context) -> Result<KeptCertificate> {
    let bytes = context.read_text(path, SMALL_FILE)?;
    KeptCertificate::read(&bytes)
        .map_err(|error| Failure::from(error).about(format_args!("{}: {role}", path.display())))
}

/// Why the command fails although it did its work, if it does.
fn verdict(tally: &Tally, require_complete: bool) -> Option<Failure> {
    if tally.failed > 0 {
        return Some(Failure::input(match (tally.failed, tally.inputs) {
            (1, 1) => "the certificate breaks the profile".to_owned(),
            (failed, total) => format!("{failed} of {total} certificates break the profile"),
        }));
    }
    (require_complete && tally.incomplete > 0).then(|| {
        Failure::input("not every rule was checked")
            .with_hint("--root and --csr let the rules that need them be checked")
    })
}
