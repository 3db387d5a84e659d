//! Policies of a secure object, from a JSON file or flags.

mod access_grant;

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use el2g_service_api::policies::{Policies, PolicySource};
use el2g_service_api::policy_rules::shown_12nc;
use el2g_text::parser_message;
use el2g_workflows::Failure;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

pub use self::access_grant::AccessGrant;
use crate::Result;
use crate::commands::policy::{ProductTemplate, TEMPLATE};
use crate::context::Context;
use crate::input::SMALL_FILE;

/// Where the policies of a new object come from.
#[derive(Args)]
pub struct PolicyArguments {
    /// JSON file with CUSTOM policies by 12NC, or the answer of `el2g policy template -o json`; without --policies and
    /// --policy the policies are the DEFAULT ones
    #[arg(long, value_name = "FILE", conflicts_with = "policy")]
    policies: Option<PathBuf>,
    /// CUSTOM policy of a product: what everybody may do with the object, such as
    /// 935389312472=ALLOW_SIGN,ALLOW_DELETE (nothing after `=`: nothing), and, with the id of an authentication object,
    /// what its user may do, such as 935389312472/00000001=ALLOW_VERIFY. May be repeated; MANDATORY is added
    #[arg(long, value_name = "12NC[/ID]=RULES")]
    policy: Vec<AccessGrant>,
}

impl PolicyArguments {
    /// The source, and the policies when they are CUSTOM.
    pub fn read(&self, context: &mut Context) -> Result<(PolicySource, Option<Policies>)> {
        let policies = self.given(context)?;
        let source = if policies.is_some() { PolicySource::Custom } else { PolicySource::Default };
        Ok((source, policies))
    }

    /// The policies, if there are some.
    pub fn given(&self, context: &mut Context) -> Result<Option<Policies>> {
        match (&self.policies, &self.policy[..]) {
            (Some(file), _) => read(file, context).map(Some),
            (None, []) => Ok(None),
            (None, grants) => AccessGrant::policies(grants).map(Some),
        }
    }
}

/// Reads policies: `{"<12NC>": {"policyType": …}}`, the whole `"policies"` of a request, or an answer of
/// `policy template`.
pub fn read(file: &Path, context: &mut Context) -> Result<Policies> {
    let content = context.input.read(file, SMALL_FILE)?;
    let no_policies = |error: serde_json::Error| {
        Failure::input(format!(
            "{}: no policies by 12NC: {}",
            file.display(),
            parser_message(&error.to_string())
        ))
        .with_hint(
            "`el2g policy template` shows the default of a product; AN12642 section 9 the form",
        )
    };
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content);
    let Each(fields) = serde_json::from_slice(content).map_err(no_policies)?;
    if fields.iter().any(|(name, _)| name == TEMPLATE) {
        let template: ProductTemplate = serde_json::from_slice(content).map_err(no_policies)?;
        return template.policies().map_err(|failure| failure.about(file.display()));
    }
    let whole = fields.iter().position(|(name, _)| name == "policies");
    let fields = match whole {
        None => fields,
        Some(place) if fields[place].1.get().starts_with('[') => {
            return Err(Failure::input(format!(
                "{}: policies in a list, the older form of section 11",
                file.display()
            ))
            .with_hint("write them as section 9 has them: an object, each policy under its 12NC"));
        }
        Some(place) => {
            let Each(inner) = serde_json::from_str(fields[place].1.get()).map_err(no_policies)?;
            inner
        }
    };
    let mut policies = Policies::new();
    for (nc12, policy) in fields {
        let policy = serde_json::from_str(policy.get())
            .map_err(|error| no_policies(error).about(format!("12NC {}", shown_12nc(&nc12))))?;
        if policies.insert(nc12.clone(), policy).is_some() {
            return Err(Failure::input(format!(
                "{}: two policies for 12NC {}, allowed: one",
                file.display(),
                shown_12nc(&nc12)
            )));
        }
    }
    Ok(policies)
}

/// The fields of a JSON object, each as often as it is there.
struct Each(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Each {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Each;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object with a policy under each 12NC")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Each, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Each(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
