//! `el2g completions`.

use clap::{Args, ValueEnum};
use clap_complete::aot::{Shell as Writer, generate};
use serde::Serialize;

use crate::Result;
use crate::command_tree::whole;
use crate::context::Context;
use crate::output::{Human, Outcome};

/// Print what makes a shell complete commands and options.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  el2g completions bash > el2g.bash\n  el2g completions zsh > _el2g"
)]
pub struct Arguments {
    /// Shell that reads it
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Shell {
    /// Source it from ~/.bashrc, or put it into bash-completion's folder as `el2g`
    Bash,
    /// Put it into a folder of $fpath as `_el2g`
    Zsh,
    /// Put it into ~/.config/fish/completions as `el2g.fish`
    Fish,
    /// Add it to $PROFILE
    #[value(name = "powershell")]
    Powershell,
}

impl Shell {
    fn writer(self) -> Writer {
        match self {
            Shell::Bash => Writer::Bash,
            Shell::Zsh => Writer::Zsh,
            Shell::Fish => Writer::Fish,
            Shell::Powershell => Writer::PowerShell,
        }
    }
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Script {
    shell: Shell,
    script: String,
}

impl Human for Script {
    fn human(&self) -> String {
        self.script.clone()
    }
}

/// Prints the script.
pub fn run(arguments: Arguments, _: &mut Context) -> Result<Outcome> {
    let mut script = Vec::new();
    generate(arguments.shell.writer(), &mut whole(), "el2g", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    Ok(Outcome::of(Script { shell: arguments.shell, script }).listing())
}
