//! `el2g cert rules`.

use clap::Args;
use el2g_cert_profile::{RULES, Target, Weight};
use el2g_text::file_name;
use el2g_workflows::Failure;
use serde::Serialize;

use super::rule_set;
use crate::Result;
use crate::context::Context;
use crate::near::did_you_mean;
use crate::output::{Human, Outcome};

/// List the rules with id, severity and section.
#[derive(Args)]
#[command(after_help = "Example:\n  el2g cert rules --rules api-algorithms")]
pub struct Arguments {
    /// Rule set to check by: annex6 (AN12642 section 6), api-algorithms, or a TOML file that inherits one of them
    #[arg(long, value_name = "NAME|FILE", default_value = "annex6")]
    rules: String,
    /// Show only this rule, with how to fix a violation
    #[arg(value_name = "ID")]
    id: Option<String>,
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Listing {
    rules: String,
    list: Vec<Row>,
    #[serde(skip)]
    in_full: bool,
}

#[derive(Serialize, schemars::JsonSchema)]
struct Row {
    id: &'static str,
    severity: &'static str,
    target: Target,
    section: &'static str,
    summary: &'static str,
    fix: &'static str,
}

impl Human for Listing {
    fn human(&self) -> String {
        let mut text = format!("rule set {}\n", self.rules);
        let mut target = None;
        for row in &self.list {
            if target != Some(row.target) {
                target = Some(row.target);
                text.push_str(&format!("\n{}\n", heading(row.target)));
            }
            text.push_str(&format!("  {:8} {}\n", row.severity, row.id));
            text.push_str(&format!("           {} [{}]\n", row.summary, row.section));
            if self.in_full {
                text.push_str(&format!("           fix: {}\n", row.fix));
            }
        }
        text
    }
}

/// The inputs that the rules of a target are about.
pub const fn heading(target: Target) -> &'static str {
    match target {
        Target::Input => "Any input",
        Target::Key => "Public keys of certificates, CAs and requests",
        Target::Certificate => "Intermediate certificates (`cert check`)",
        Target::Root => "The root they are checked against (`cert check --root`)",
        Target::Request => "Certification requests (`csr show`, `ca sign`)",
        Target::Device => "Device certificates (`cert check --intermediate`)",
        Target::Verification => "Verification certificates (`cert check-verification`)",
    }
}

/// Lists the table.
pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Outcome> {
    let set = rule_set(&arguments.rules, context)?;
    let mut list: Vec<Row> = RULES
        .iter()
        .filter(|rule| arguments.id.as_deref().is_none_or(|id| id == rule.id))
        .map(|rule| Row {
            id: rule.id,
            severity: match set.weight(rule) {
                Weight::Severity(severity) => severity.name(),
                Weight::Off => "off",
            },
            target: rule.target(),
            section: rule.section,
            summary: rule.summary,
            fix: rule.fix,
        })
        .collect();
    list.sort_by_key(|row| row.target);
    if let (Some(id), true) = (&arguments.id, list.is_empty()) {
        let meant = did_you_mean(id, RULES.iter().map(|rule| rule.id));
        let meant = meant.map_or_else(String::new, |it| format!("{it} "));
        let unknown = format!("unknown rule `{}`", file_name(id));
        return Err(
            Failure::usage(unknown).with_hint(format!("{meant}`el2g cert rules` lists the rules"))
        );
    }
    let in_full = arguments.id.is_some();
    Ok(Outcome::of(Listing { rules: set.name().to_owned(), list, in_full }).listing())
}
