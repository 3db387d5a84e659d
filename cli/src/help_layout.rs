//! How a help is laid out: what is typed first stands first. The commands of the program are grouped by job, the examples
//! stand before the options, and a long example is continued with a backslash, so that it can be pasted: clap would break
//! it anywhere.

use clap::Command;
use clap::builder::{Resettable, StyledStr};

/// Most columns of an example: a usual terminal, less than `max_term_width` of `options.rs`.
const WIDTH: usize = 80;

/// The help of a command. The examples are its `before-help`.
const TEMPLATE: &str = "\
{about-with-newline}
{usage-heading} {usage}

{before-help}{all-args}{after-help}";

/// Commands that are used for the same job.
pub struct Job {
    /// The heading above them.
    pub name: &'static str,
    /// Each with what it is for.
    pub commands: &'static [(&'static str, &'static str)],
}

/// The help of the whole program, with its commands by job.
pub fn by_job(command: Command, jobs: &[Job]) -> Command {
    let styles = command.get_styles();
    let (header, literal) = (styles.get_header(), styles.get_literal());
    let names = jobs.iter().flat_map(|job| job.commands).map(|(name, _)| name.len());
    let widest = names.max().unwrap_or_default();
    let mut listed = String::new();
    for Job { name, commands } in jobs {
        listed.push_str(&format!("{header}{name}:{header:#}\n"));
        for (name, about) in *commands {
            let pad = widest - name.len();
            listed.push_str(&format!("  {literal}{name}{literal:#}{:pad$}  {about}\n", ""));
        }
        listed.push('\n');
    }
    let options = format!("{header}Options:{header:#}");
    command.help_template(StyledStr::from(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{listed}{options}\n{{options}}{{after-help}}"
    )))
}

/// The command and all below it, with the examples before the options.
pub fn examples_first(command: Command) -> Command {
    let command = command.mut_subcommands(examples_first).help_template(TEMPLATE);
    let Some(examples) = command.get_after_help().map(ToString::to_string) else { return command };
    command.before_help(wrap(&examples)).after_help(Resettable::Reset)
}

/// Wraps the lines that begin with two blanks, which are commands.
fn wrap(help: &str) -> String {
    let lines = help.lines().map(|line| match line.strip_prefix("  ") {
        Some(example) if line.chars().count() > WIDTH => continued(example),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A command line over several lines, broken before its options where that is possible.
fn continued(example: &str) -> String {
    let mut lines = vec![String::new()];
    for piece in pieces(example) {
        let line = lines.last_mut().expect("there is one from the start");
        // Two blanks before it, a blank and a backslash after it.
        if !line.is_empty() && line.chars().count() + 1 + piece.chars().count() > WIDTH - 4 {
            lines.push(format!("  {piece}"));
        } else {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(piece);
        }
    }
    format!("  {}", lines.join(" \\\n  "))
}

/// The words of a command line, an option together with its value.
fn pieces(example: &str) -> Vec<&str> {
    let mut starts = vec![0];
    let mut is_quoted = false;
    let mut is_value = false;
    for (at, character) in example.char_indices() {
        match character {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => {
                let next = &example[at + 1..];
                if next.starts_with('-') || !is_value {
                    starts.push(at + 1);
                }
                is_value = next.starts_with("--");
            }
            _ => {}
        }
    }
    let ends = starts.iter().skip(1).map(|start| start - 1).chain([example.len()]);
    starts.iter().zip(ends).map(|(start, end)| &example[*start..end]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_list_of_commands_fits_a_terminal_of_80_columns() {
        let jobs = crate::commands::Command::JOBS;
        let names = jobs.iter().flat_map(|job| job.commands).map(|(name, _)| name.len());
        let room = WIDTH - "  ".len() - names.max().expect("there are some") - "  ".len();
        for (name, about) in jobs.iter().flat_map(|job| job.commands) {
            assert!(about.len() <= room, "{name}: {about}");
        }
    }

    #[test]
    fn a_command_is_for_one_thing_in_the_list_and_in_its_own_help() {
        let tree = crate::command_tree::built();
        let mut wrong = Vec::new();
        for (name, about) in crate::commands::Command::JOBS.iter().flat_map(|job| job.commands) {
            let command = tree.find_subcommand(name).expect("every line is a command");
            let own = command.get_about().map(ToString::to_string).unwrap_or_default();
            if own != *about {
                wrong.push(format!("{name}: {about} / {own}"));
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }

    /// What is typed as one paragraph in the source is one line: clap breaks it where the terminal ends.
    #[test]
    fn no_text_is_broken_before_clap_breaks_it() {
        let mut wrong = Vec::new();
        let mut open = vec![crate::command_tree::built()];
        while let Some(command) = open.pop() {
            let name = command.get_display_name().unwrap_or_default().to_owned();
            let own = [
                command.get_about(),
                command.get_long_about(),
                command.get_after_help(),
                command.get_after_long_help(),
            ];
            let texts = own.into_iter().flatten().map(ToString::to_string);
            let arguments = command.get_arguments().flat_map(|argument| {
                [argument.get_help(), argument.get_long_help()].into_iter().flatten()
            });
            for text in texts.chain(arguments.map(ToString::to_string)) {
                let lines: Vec<&str> = text.lines().collect();
                let is_prose = |line: &str| line.starts_with(|first: char| first.is_alphanumeric());
                if lines.windows(2).any(|two| is_prose(two[0]) && is_prose(two[1])) {
                    wrong.push(format!("{name}: {text}"));
                }
            }
            open.extend(command.get_subcommands().cloned());
        }
        assert_eq!(wrong, Vec::<String>::new());
    }

    #[test]
    fn long_examples_are_continued_with_a_backslash() {
        let short = "Example:\n  el2g pgp public signer.asc";
        assert_eq!(wrap(short), short);
        let long = "Example:\n  el2g ca root --subject \"CN=A Pilot Root With A Long Name\" --key-out new-root.key --out new-root.pem --yes";
        assert_eq!(
            wrap(long),
            "Example:\n  el2g ca root --subject \"CN=A Pilot Root With A Long Name\" \\\n    --key-out new-root.key --out new-root.pem --yes"
        );
    }
}
