//! `el2g dev-board` (AN12642 4.3.3).

use clap::{Args, Subcommand};
use el2g_service_api::products::{DevBoard, ListDevBoards};
use el2g_service_api::{NoPath, NoQuery};

use crate::Result;
use crate::context::Context;
use crate::online::Online;
use crate::output::Outcome;
use crate::table::{Row, Rows, cell};

/// Development boards that the service supports.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the development boards
    #[command(after_help = "Example:\n  el2g dev-board list")]
    List,
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let Verb::List = arguments.verb;
    let online = Online::open(context)?;
    online.answer::<ListDevBoards>(&NoPath, &NoQuery {}, &(), |boards| Outcome::of(Rows(boards)))
}

impl Row for DevBoard {
    const COLUMNS: &'static [&'static str] = &["NAME", "COLOR", "PRODUCT", "12NC"];

    fn cells(&self) -> Vec<String> {
        let product = self.product.value();
        vec![
            self.name.clone(),
            cell(self.color.value()),
            cell(product.and_then(|product| product.commercial_name.value())),
            cell(product.map(|product| &product.nc12)),
        ]
    }
}
