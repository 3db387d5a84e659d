//! The whole command line as clap describes it: for help, completions, manual pages and the reference. A command that does
//! something else never describes more than itself (`Command::typed`).

use clap::{Command, CommandFactory as _};
use el2g_text::file_name;
use el2g_workflows::Failure;

use crate::help_layout::by_job;
use crate::near::did_you_mean;
use crate::options::Cli;
use crate::{Result, exit};

/// The whole, with each command described when it is typed.
pub fn whole() -> Command {
    by_job(Cli::command(), crate::commands::Command::JOBS).after_long_help(exit::help())
}

/// The whole with everything described, the options of every command in each.
pub fn built() -> Command {
    let mut command = whole();
    command.build();
    command
}

/// The command that these words name, below a tree that is built.
pub fn chosen<'a>(root: &'a Command, words: &[String]) -> Result<&'a Command> {
    let mut found = root;
    for word in words {
        found = found.find_subcommand(word).ok_or_else(|| unknown(found, word))?;
    }
    Ok(found)
}

fn unknown(parent: &Command, word: &str) -> Failure {
    let name = parent.get_bin_name().unwrap_or("el2g");
    let failure = Failure::usage(format!("`{name}` has no command `{}`", file_name(word)));
    let names = parent.get_subcommands().map(Command::get_name);
    let meant = did_you_mean(word, names).map_or_else(String::new, |meant| format!("{meant} "));
    failure.with_hint(format!("{meant}`{name} --help` lists what there is"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_chosen_by_its_words_and_a_wrong_word_gets_a_near_one() {
        let tree = built();
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let seal = chosen(&tree, &words("pgp seal")).map(|found| found.get_bin_name());
        assert_eq!(seal, Ok(Some("el2g pgp seal")));
        let wrong = chosen(&tree, &words("pgp sael")).map(Command::get_name).unwrap_err();
        assert_eq!(wrong.to_string(), "`el2g pgp` has no command `sael`");
        let hint = "did you mean `seal`? `el2g pgp --help` lists what there is";
        assert_eq!(wrong.hint.as_deref(), Some(hint));
    }
}
