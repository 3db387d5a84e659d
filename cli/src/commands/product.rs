//! `el2g product` (AN12642 4.3.1).

use clap::{Args, Subcommand};
use el2g_service_api::NoPath;
use el2g_service_api::products::{ListProducts, Product, ProductQuery};

use crate::Result;
use crate::context::Context;
use crate::online::Online;
use crate::output::Outcome;
use crate::table::{Row, Rows, cell};

/// Products that the service supports, by 12NC.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the products
    #[command(after_help = "Example:\n  el2g product list --hardware-type SE050")]
    List {
        /// Only this hardware type, such as SE050
        #[arg(long, value_name = "TYPE")]
        hardware_type: Option<String>,
        /// Only this hardware variant, such as SE050C2
        #[arg(long, value_name = "VARIANT")]
        hardware_variant: Option<String>,
        /// Only the product with this 12NC
        #[arg(long, value_name = "12NC")]
        product: Option<String>,
        /// Only the product of this device
        #[arg(long, value_name = "ID")]
        device: Option<String>,
    },
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let Verb::List { hardware_type, hardware_variant, product, device } = arguments.verb;
    let query = ProductQuery { hardware_type, hardware_variant, nc12: product, device_id: device };
    let online = Online::open(context)?;
    if online.is_dry_run() {
        return online.answer::<ListProducts>(&NoPath, &query, &(), |all| Outcome::of(Rows(all)));
    }
    let products = online.call::<ListProducts>(&NoPath, &query, &())?;
    if let (true, Some(nc12)) = (products.is_empty(), &query.nc12)
        && let Some(meant) = online.product_meant(nc12)
    {
        context.console.note(meant);
    }
    Ok(Outcome::of(Rows(products)).listing())
}

impl Row for Product {
    const COLUMNS: &'static [&'static str] =
        &["12NC", "NAME", "TYPE", "VARIANT", "FAMILY", "SOFTWARE"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.nc12.clone(),
            cell(self.commercial_name.value()),
            cell(self.hardware_type.value()),
            cell(self.hardware_variant.value()),
            cell(self.hardware_family_type.value()),
            cell(self.software_version.value()),
        ]
    }
}
