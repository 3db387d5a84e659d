//! `el2g man`: manual pages, made from what clap knows of each command.

mod page;

use std::fs;
use std::path::Path;

use clap::{Args, Command};
use el2g_workflows::Failure;
use serde::Serialize;

use self::page::Page;
use crate::Result;
use crate::command_tree::{built, chosen};
use crate::context::Context;
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputFolder;

/// Print manual pages, or write one for each command.
#[derive(Args)]
#[command(after_help = "Examples:\n  el2g man pgp seal\n  el2g man --out-dir man1")]
pub struct Arguments {
    /// Words of the command; without them the page of the whole program
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    #[arg(long, value_name = "DIR", help = output_help!(pages "the page of the command and of each one below it"))]
    out_dir: Option<OutputFolder>,
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Printed {
    name: String,
    section: &'static str,
    page: String,
}

impl Human for Printed {
    fn human(&self) -> String {
        self.page.clone()
    }
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Written {
    folder: String,
    pages: Vec<String>,
}

impl Human for Written {
    fn human(&self) -> String {
        self.pages.iter().map(|page| format!("{}/{page}\n", self.folder)).collect()
    }
}

/// Prints a page, or writes one and those below it.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let tree = built();
    let command = chosen(&tree, &arguments.command)?;
    let Some(folder) = arguments.out_dir else {
        let Page { name, text } = page::of(command, &tree);
        return Ok(Outcome::of(Printed { name, section: page::SECTION, page: text }).listing());
    };
    make_folder(&folder)?;
    let mut pages = Vec::new();
    let mut open = vec![command];
    while let Some(command) = open.pop() {
        let page = page::of(command, &tree);
        let name = format!("{}.{}", page.name, page::SECTION);
        context.output(OutputKind::Report, &folder.join(&name))?.write(page.text.as_bytes())?;
        pages.push(name);
        open.extend(command.get_subcommands().filter(|below| !Command::is_hide_set(below)));
    }
    pages.sort_unstable();
    Ok(Outcome::of(Written { folder: folder.display().to_string(), pages }))
}

fn make_folder(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir(folder).map_err(|error| {
        Failure::input(format!("{}: cannot be created: {error}", folder.display()))
    })
}
