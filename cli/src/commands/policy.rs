//! `el2g policy` (AN12642 4.5.16, section 9).

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use el2g_findings::{Checked, Finding, Linter, Report};
use el2g_service_api::OpenEnum as _;
use el2g_service_api::policies::{AccessRuleType, Policies, PolicySource, PolicyType, UsagePolicy};
use el2g_service_api::policy_rules::{self, POLICY_RULES};
use el2g_service_api::secure_objects::SecureObjectType;
use el2g_service_api::settings::{
    PolicyTemplate, PolicyTemplatePath, PolicyTemplateQuery, ShowPolicyTemplate,
};

use el2g_text::parser_message;
use el2g_workflows::Failure;
use el2g_x509::Instant;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::chosen_group::ProductArgument;
use crate::commands::secure_object::policies;
use crate::context::Context;
use crate::input::SMALL_FILE;
use crate::online::Online;
use crate::output::Outcome;
use crate::report_format::{FormatArguments, checked};
use crate::table::Shown;

/// Usage policies of secure objects.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Check CUSTOM policies against section 9; contacts no service
    #[command(after_help = "Example:\n  el2g policy check policies.json")]
    Check {
        /// JSON file with the policies by 12NC, with a whole request, or an answer of `el2g policy template -o json`
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Answer of `el2g policy template -o json`: only its options are then allowed
        #[arg(long, value_name = "FILE")]
        template: Option<PathBuf>,
        #[command(flatten)]
        format: FormatArguments,
    },
    /// Show the default policy of a product for a type of secure object, and its options
    ///
    /// With -o json it is a file for --policies of `el2g secure-object create`: change accessRules as you need them.
    #[command(
        after_help = "Example:\n  el2g policy template --product 935389312472 --kind KEYPAIR --algorithm NIST_P256"
    )]
    Template {
        #[command(flatten)]
        product: ProductArgument,
        /// Type of secure object, such as KEYPAIR
        #[arg(long = "kind", alias = "type", value_name = "KIND", value_parser = SecureObjectType::from_typed)]
        r#type: SecureObjectType,
        /// Algorithm; needed for KEYPAIR, STATIC_PUBLIC_KEY and CERTIFICATE
        #[arg(long, value_name = "ALGORITHM")]
        algorithm: Option<String>,
    },
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Check { file, template, format } => {
            check(&file, template.as_deref(), &format, context)
        }
        Verb::Template { product, r#type, algorithm } => {
            template_of(product.chosen(context)?, &r#type, algorithm, context)
        }
    }
}

pub static LINTER: Linter = Linter {
    command: "policy check",
    title: "Policy check",
    noun: "file",
    limits: "Without --template, the access rules that a product allows are not known.",
    rules: POLICY_RULES,
};

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyReport {
    file: String,
    passed: bool,
    /// Whether the rules were compared with those that the product allows.
    options_checked: bool,
    findings: Vec<Finding>,
}

fn check(
    file: &Path,
    template: Option<&Path>,
    format: &FormatArguments,
    context: &mut Context,
) -> Result<Outcome> {
    let format = format.chosen(None, context)?;
    let policies = policies::read(file, context)?;
    let template = template.map(|template| read_template(template, context)).transpose()?;
    let options = template.map(|t| t.secure_object_policy_template.allowed_access_rule_options);
    let findings = policy_rules::check(&policies, options.as_deref());
    let file = file.display().to_string();
    let gaps = policy_rules::not_checked(options.as_deref());
    let report = Report {
        linter: LINTER,
        rule_set: None,
        at: Instant::from_unix(context.now()).to_string(),
        intro: "CUSTOM policies of secure objects, checked by AN12642 section 9.",
        facts: Vec::new(),
        inputs: vec![Checked::new(&file, &findings, &gaps)],
    };
    let count = findings.len();
    let document = PolicyReport {
        file: file.clone(),
        passed: count == 0,
        options_checked: options.is_some(),
        findings: findings.clone(),
    };
    let outcome = checked(&report, document, format, context);
    if count == 0 {
        return Ok(outcome);
    }
    let faults = if count == 1 { "1 fault".to_owned() } else { format!("{count} faults") };
    let failure = Failure::input(format!("{file}: {faults} in the policies"));
    Ok(outcome.failing(failure.with_hint("AN12642 section 9 has the form")))
}

fn read_template(file: &Path, context: &mut Context) -> Result<PolicyTemplate> {
    let content = context.input.read(file, SMALL_FILE)?;
    serde_json::from_slice(&content).map_err(|error| {
        Failure::input(format!(
            "{}: no answer of `policy template`: {}",
            file.display(),
            parser_message(&error.to_string())
        ))
    })
}

/// The field that makes a document an answer of 4.5.16.
pub const TEMPLATE: &str = "secureObjectPolicyTemplate";

/// The answer of 4.5.16 with the product it is for, which the service does not repeat.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
pub struct ProductTemplate {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nc12: Option<String>,
    #[serde(flatten)]
    template: PolicyTemplate,
}

impl ProductTemplate {
    /// Its rules as a CUSTOM policy for its product.
    pub fn policies(self) -> Result<Policies> {
        let nc12 = self.nc12.ok_or_else(|| {
            Failure::input("a policy template without the product it is for").with_hint(
                "add \"nc12\" with its 12NC, as `el2g policy template -o json` prints it",
            )
        })?;
        let template = self.template.secure_object_policy_template;
        let mut entries = template.access_rule_configuration_template;
        // The platform prints its own entry first, section 9 has it last.
        entries.sort_by_key(|entry| entry.r#type == AccessRuleType::Mandatory);
        let policy = UsagePolicy::new(PolicyType::AccessRule, PolicySource::Custom, entries);
        Ok(Policies::from([(nc12, policy)]))
    }
}

fn template_of(
    product: String,
    r#type: &SecureObjectType,
    algorithm: Option<String>,
    context: &mut Context,
) -> Result<Outcome> {
    let (nc12, secure_object_type) = (product.clone(), r#type.to_string());
    let path = PolicyTemplatePath { nc12, secure_object_type };
    let query = PolicyTemplateQuery { policy_type: Some(PolicyType::AccessRule), algorithm };
    let online = Online::open(context)?;
    online.answer::<ShowPolicyTemplate>(&path, &query, &(), |template| {
        Outcome::of(Shown(ProductTemplate { nc12: Some(product), template }))
    })
}
