//! `el2g device`: devices and their ids.

mod uid;

use clap::{Args, Subcommand};

use crate::Result;
use crate::context::Context;
use crate::output::Outcome;

/// Devices and their ids.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// A device id in decimal and hexadecimal
    Uid(uid::Arguments),
}

/// Runs the verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Uid(arguments) => uid::run(arguments, context),
    }
}
