//! `el2g hardware-type` (AN12642 4.3.2).

use clap::{Args, Subcommand};
use el2g_service_api::products::{HardwareType, ListHardwareTypes};
use el2g_service_api::{NoPath, NoQuery};

use crate::Result;
use crate::context::Context;
use crate::online::Online;
use crate::output::Outcome;
use crate::table::{Row, Rows};

/// Hardware types that the service supports.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the hardware types with their variants and products
    #[command(after_help = "Example:\n  el2g hardware-type list")]
    List,
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let Verb::List = arguments.verb;
    let online = Online::open(context)?;
    online.answer::<ListHardwareTypes>(&NoPath, &NoQuery {}, &(), |types| Outcome::of(Rows(types)))
}

impl Row for HardwareType {
    const COLUMNS: &'static [&'static str] = &["TYPE", "VARIANTS", "PRODUCTS"];

    fn cells(&self) -> Vec<String> {
        let variants: Vec<&str> = self.hardware_variants.iter().map(|v| v.name.as_str()).collect();
        let products: usize = self.hardware_variants.iter().map(|v| v.products.len()).sum();
        vec![self.name.clone(), variants.join(" "), products.to_string()]
    }
}
