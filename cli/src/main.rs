//! The `el2g` program: what was typed becomes a command, its outcome is printed, its kind of failure
//! is the exit code. See `commands.rs` for how a command is added.

mod at_once;
#[cfg(test)]
mod book_tests;
mod chosen_group;
mod closed_streams;
mod command_tree;
mod commands;
mod components;
mod config_document;
mod config_file;
mod confirmation;
mod context;
mod device_id;
mod device_parts;
mod document;
mod documents;
mod escrow;
#[cfg(test)]
mod every_argument;
mod exit;
mod explanation;
mod file_size_limit;
#[cfg(test)]
mod flag_tests;
mod flow_progress;
mod flows;
mod hardware_family;
mod help_layout;
mod ids;
mod indicator;
mod input;
mod input_roles;
mod journals;
mod keyring;
mod listed_devices;
mod missing_arguments;
mod narrator;
mod near;
mod online;
mod open_questions;
mod open_values;
mod options;
mod output;
mod output_help;
mod output_kind;
mod output_places;
mod paging;
mod panics;
mod patterns;
mod pem_answer;
mod process_memory;
mod products;
mod profile_value;
mod public_key_file;
mod recipients;
mod report_format;
mod sandbox_folder;
mod sealing;
mod secret_body;
mod services;
mod settings;
mod signer;
mod stop_signal;
mod table;
mod terminal_device;
mod throw_away;
mod token;
mod token_key;
mod twins;
mod unlocking;
mod version;
mod waiting;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgMatches, FromArgMatches};
use el2g_workflows::Failure;
use zeroizing_alloc::ZeroAlloc;

use crate::commands::Command;
use crate::context::Context;
use crate::options::Cli;
use crate::output::{Console, OutputFormat};

/// Wipes every allocation when it is given back: libraries keep copies of secrets (a prime, a payload)
/// in buffers that they do not wipe themselves.
#[global_allocator]
static WIPING: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    process_memory::protect();
    panics::install();
    file_size_limit::is_an_error();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let format = OutputFormat::typed(&arguments);
    let code = match std::panic::catch_unwind(|| run(arguments)) {
        Ok(code) => code,
        Err(_) => Console::new(format).failure(&panics::failure()),
    };
    ExitCode::from(code)
}

/// Runs one command line and returns its exit code.
fn run(arguments: Vec<OsString>) -> u8 {
    let typed = OutputFormat::typed(&arguments);
    let matches = match matches(&arguments) {
        Ok(matches) => matches,
        Err(error) => return Console::new(typed).clap(&error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return Console::new(typed).clap(&error),
    };
    let files = input_roles::named_files(&matches);
    let mut context = match Context::new(cli.everywhere, &files) {
        Ok(context) => context,
        Err(failure) => return Console::new(typed).failure(&failure),
    };
    // Before anything else is looked at: what others can change decides nothing here, and a secret that others can
    // read is not secret.
    let checked = match &cli.command {
        // It reports on each file, and reads none that it did not check.
        Command::Doctor(_) => Ok(()),
        _ => input_roles::check(&files, context.input.policy()),
    };
    let outcome = checked.and_then(|()| cli.command.run(&mut context));
    el2g_key_payload::wipe_stack();
    match outcome {
        Ok(outcome) => context.console.outcome(outcome),
        Err(failure) => context.console.failure(&failure),
    }
}

/// What was typed, taken apart. To describe every noun to clap takes longer than to seal a message, hence first only the
/// one that was typed; whatever it does not take, the whole answers.
fn matches(arguments: &[OsString]) -> std::result::Result<ArgMatches, clap::Error> {
    let typed = Command::typed(arguments);
    if let Some(Ok(matches)) = typed.map(|command| command.try_get_matches_from(arguments)) {
        return Ok(matches);
    }
    command_tree::whole().try_get_matches_from(arguments)
}

/// The outcome of a command, or its failure.
type Result<T, E = Failure> = std::result::Result<T, E>;
