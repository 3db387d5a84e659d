//! Examples of a help that can be pasted: a long command line is continued with a backslash. clap would break it anywhere.

use clap::Command;

/// Most columns of an example: a usual terminal, less than `max_term_width` of `options.rs`.
const WIDTH: usize = 80;

/// The command and all below it, with their examples wrapped.
pub fn wrap_examples(command: Command) -> Command {
    let command = command.mut_subcommands(wrap_examples);
    let Some(help) = command.get_after_help().map(ToString::to_string) else { return command };
    command.after_help(wrap(&help))
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
            '\'' => is_quoted = !is_quoted,
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
    fn long_examples_are_continued_with_a_backslash() {
        let short = "Example:\n  el2g pgp public signer.asc";
        assert_eq!(wrap(short), short);
        let long = "Example:\n  el2g ca root --subject 'CN=A Pilot Root With A Long Name' --key-out new-root.key --out new-root.pem --yes";
        assert_eq!(
            wrap(long),
            "Example:\n  el2g ca root --subject 'CN=A Pilot Root With A Long Name' \\\n    --key-out new-root.key --out new-root.pem --yes"
        );
    }
}
