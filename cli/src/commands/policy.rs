//! `el2g policy` (AN12642 4.5.16, section 9).

use clap::{Args, Subcommand};
use el2g_service_api::OpenEnum as _;
use el2g_service_api::policies::PolicyType;
use el2g_service_api::secure_objects::SecureObjectType;
use el2g_service_api::settings::{PolicyTemplatePath, PolicyTemplateQuery, ShowPolicyTemplate};

use crate::Result;
use crate::context::Context;
use crate::online::Online;
use crate::output::Outcome;
use crate::table::Shown;

/// Usage policies of secure objects.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// The default policy of a product for a type of secure object, and what may be changed in it
    #[command(
        after_help = "Example:\n  el2g policy template --product 935389312472 --type KEYPAIR --algorithm NIST_P256"
    )]
    Template {
        /// 12NC of the product
        #[arg(long, value_name = "12NC")]
        product: String,
        /// Type of secure object, such as KEYPAIR
        #[arg(long, value_name = "TYPE", value_parser = SecureObjectType::from_typed)]
        r#type: SecureObjectType,
        /// Algorithm; needed for KEYPAIR, STATIC_PUBLIC_KEY and CERTIFICATE
        #[arg(long, value_name = "ALGORITHM")]
        algorithm: Option<String>,
    },
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let Verb::Template { product, r#type, algorithm } = arguments.verb;
    let path = PolicyTemplatePath { nc12: product, secure_object_type: r#type.to_string() };
    let query = PolicyTemplateQuery { policy_type: Some(PolicyType::AccessRule), algorithm };
    let online = Online::open(context)?;
    online.answer::<ShowPolicyTemplate>(&path, &query, &(), |template| Outcome::of(Shown(template)))
}
