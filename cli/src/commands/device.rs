//! `el2g device`: devices and their ids.

pub mod add;
pub mod download;
mod members;
pub mod register;
pub mod uid;
pub mod unclaim;

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
    /// Add devices to a group; can be run again, because devices that are in it stay
    Add(add::Arguments),
    /// Register devices that do not connect themselves; jobs make their secure objects
    Register(register::Arguments),
    /// Download the secure objects of devices that do not connect themselves, one file for each
    Download(download::Arguments),
    #[command(flatten)]
    Members(members::Verb),
    Unclaim(unclaim::Arguments),
    /// Convert device ids between decimal and hexadecimal
    Uid(uid::Arguments),
}

/// Runs the verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Add(arguments) => add::run(arguments, context),
        Verb::Register(arguments) => register::run(arguments, context),
        Verb::Download(arguments) => download::run(&arguments, context),
        Verb::Members(verb) => members::run(verb, context),
        Verb::Unclaim(arguments) => unclaim::run(arguments, context),
        Verb::Uid(arguments) => uid::run(arguments, context),
    }
}
