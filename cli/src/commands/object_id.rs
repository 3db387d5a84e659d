//! `el2g object-id`: ids of secure objects (AN12642 4.5.17).

use clap::{Args, Subcommand};
use el2g_service_api::object_id_ranges::{ObjectIdVerdict, SUGGESTED, judge};
use el2g_service_api::secure_objects::SecureObjectType;
use el2g_service_api::settings::ShowObjectIdRules;
use el2g_service_api::{NoPath, ObjectId};
use el2g_text::one_line;
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::online::Online;
use crate::output::{Human, Outcome};

/// Ids of secure objects.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Check that an id may be used, by the ranges of AN12642 4.5.17 and the ids kept for newer types; contacts no service
    #[command(after_help = "Example:\n  el2g object-id check 83000042")]
    Check {
        /// 1 to 8 hexadecimal digits
        #[arg(value_name = "ID")]
        id: String,
    },
    /// List the ranges that the service suggests and forbids
    #[command(after_help = "Example:\n  el2g object-id rules")]
    Rules,
}

/// The rule that forbidden ids break.
const FORBIDDEN_RULE: &str = "object-id-forbidden";

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    object_id: String,
    allowed: bool,
    suggested: bool,
    /// The type of object that alone belongs there.
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved_for: Option<SecureObjectType>,
    reason: String,
    /// The rule that it breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
}

impl Human for Verdict {
    fn human(&self) -> String {
        format!("{}: {}\n", one_line(&self.object_id), self.reason)
    }
}

/// Runs the verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Check { id } => check(id),
        Verb::Rules => Online::open(context)?.show::<ShowObjectIdRules>(&NoPath),
    }
}

fn check(id: String) -> Result<Outcome> {
    let verdict = judge(&ObjectId::as_received(id.clone()));
    let [suggested] = SUGGESTED;
    let hint =
        format!("the suggested ids are {:08X} to {:08X}", suggested.start(), suggested.end());
    let reason = match &verdict {
        ObjectIdVerdict::NotAnId => {
            let prefixed = id.strip_prefix("0x").or_else(|| id.strip_prefix("0X"));
            let hint = match prefixed.filter(|digits| !digits.is_empty()) {
                Some(digits) => format!("object ids are sent without 0x: {digits}"),
                None => hint,
            };
            return Err(Failure::input(format!("`{id}`: expected 1 to 8 hexadecimal digits"))
                .with_hint(hint));
        }
        ObjectIdVerdict::Forbidden(range) => {
            format!("in the forbidden range {:08X} to {:08X}", range.start(), range.end())
        }
        ObjectIdVerdict::Reserved(kind) => format!("reserved for {kind}; not in AN12642"),
        ObjectIdVerdict::Allowed => "allowed, outside the suggested range".to_owned(),
        ObjectIdVerdict::Suggested => "allowed, in the suggested range".to_owned(),
    };
    let forbidden = matches!(verdict, ObjectIdVerdict::Forbidden(_));
    let failure = Failure::input(format!("{id}: {reason} (AN12642 4.5.17, rule {FORBIDDEN_RULE})"))
        .with_hint(hint);
    let outcome = Outcome::of(Verdict {
        object_id: id,
        allowed: !forbidden,
        suggested: verdict == ObjectIdVerdict::Suggested,
        reserved_for: match verdict {
            ObjectIdVerdict::Reserved(kind) => Some(kind),
            ObjectIdVerdict::NotAnId
            | ObjectIdVerdict::Forbidden(_)
            | ObjectIdVerdict::Allowed
            | ObjectIdVerdict::Suggested => None,
        },
        reason,
        rule: forbidden.then_some(FORBIDDEN_RULE),
    });
    Ok(if forbidden { outcome.failing(failure) } else { outcome })
}
