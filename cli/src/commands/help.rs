//! `el2g help`: the same as `--help` behind the command.

use clap::Args;
use clap::error::ErrorKind;
use el2g_findings::Style;
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::command_tree::{built, chosen, whole};
use crate::context::Context;
use crate::output::{Human, Outcome};

/// Print the help of a command.
#[derive(Args)]
#[command(after_help = "Example:\n  el2g help pgp seal")]
pub struct Arguments {
    /// Words of the command; without them the help of the whole program
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Shown {
    command: String,
    help: String,
    #[serde(skip)]
    colored: String,
}

impl Human for Shown {
    fn human(&self) -> String {
        self.colored.clone()
    }
}

/// Asks clap for it as `--help` does, so that both are the same.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let tree = built();
    let command = chosen(&tree, &arguments.command)?;
    let command = command.get_bin_name().unwrap_or("el2g").to_owned();
    let line = command.split(' ').chain(["--help"]);
    let text = match whole().try_get_matches_from(line) {
        Err(shown) if shown.kind() == ErrorKind::DisplayHelp => shown.render(),
        Ok(_) | Err(_) => return Err(Failure::bug(format!("`{command}` has no help"))),
    };
    let help = text.to_string();
    let colored = match context.console.style() {
        Style::Plain => help.clone(),
        Style::Colored => text.ansi().to_string(),
    };
    Ok(Outcome::of(Shown { command, help, colored }).listing())
}
