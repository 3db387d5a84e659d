//! Every argument of every command, for the tests that hold all of them to something.

use clap::builder::ValueParser;
use clap::{Arg, Command, CommandFactory as _};

use crate::options::Cli;

/// Calls `each` with every argument of every command, with the command's words.
pub fn every_argument(mut each: impl FnMut(&str, &Arg)) {
    let mut command = Cli::command();
    command.build();
    visit(&command, "", &mut each);
}

fn visit(command: &Command, words: &str, each: &mut impl FnMut(&str, &Arg)) {
    command.get_arguments().for_each(|argument| each(words, argument));
    for below in command.get_subcommands() {
        visit(below, format!("{words} {}", below.get_name()).trim_start(), each);
    }
}

/// Whether clap reads the argument as a `T`.
pub fn is_read_as<T: Clone + Send + Sync + 'static>(argument: &Arg) -> bool {
    let of_t = |_: &str| -> Result<T, String> { Err(String::new()) };
    argument.get_value_parser().type_id() == ValueParser::from(of_t).type_id()
}
