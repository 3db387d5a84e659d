//! `el2g explain`: what a code means, what was expected, and what to do.

use std::io::{self, IsTerminal as _};

use clap::Args;
use el2g_text::{file_name, one_line};
use el2g_workflows::Failure;
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::Result;
use crate::context::Context;
use crate::explanation::{Explanation, catalogue, explained, words};
use crate::near::did_you_mean;
use crate::output::{Human, Outcome};

/// Explain an exit code, a rule or an error code.
///
/// It explains every code that this program prints: exit codes and the `kind` of JSON errors, the rules of `cert check`,
/// `csr show`, `pgp inspect`, `pgp recipient`, `policy check` and `contract check`, the rules that requests are checked by
/// before they are sent, HTTP statuses, and error codes of the service. Capitals do not matter.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  el2g explain 3\n  el2g explain object-id-forbidden\n  el2g explain ERR_RTP_409_1"
)]
pub struct Arguments {
    /// The code as it is printed; without it, all of them are listed
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Explained {
    explanations: Vec<Explanation>,
    #[serde(skip)]
    form: Form,
}

/// How it is printed for people.
#[derive(Clone, Copy)]
struct Form {
    columns: usize,
    /// A line for each instead of all that is known.
    is_list: bool,
}

impl Human for Explained {
    fn human(&self) -> String {
        let Form { columns, is_list } = self.form;
        if is_list {
            return list(&self.explanations, columns);
        }
        let each = self.explanations.iter().map(|it| in_full(it, columns));
        each.collect::<Vec<_>>().join("\n")
    }
}

/// Explains one code, or lists all.
pub fn run(arguments: Arguments, _: &mut Context) -> Result<Outcome> {
    let is_list = arguments.code.is_none();
    let explanations = match arguments.code {
        Some(code) => known(&code)?,
        None => catalogue(),
    };
    let form = Form { columns: columns(), is_list };
    Ok(Outcome::of(Explained { explanations, form }).listing())
}

fn known(code: &str) -> Result<Vec<Explanation>> {
    let code = code.trim();
    let found = explained(code);
    if !found.is_empty() {
        return Ok(found);
    }
    let all = catalogue();
    // Of numbers none is near.
    let named = words(&all).filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
    let meant = did_you_mean(code, named);
    let meant = meant.map_or_else(String::new, |meant| format!("{meant} "));
    let failure = Failure::usage(format!("unknown code `{}`", file_name(code)));
    Err(failure.with_hint(format!("{meant}`el2g explain` lists the codes")))
}

/// The columns of the terminal, as the help takes them; elsewhere those of a usual one.
fn columns() -> usize {
    const USUAL: usize = 80;
    const FEWEST: usize = 40;
    const MOST: usize = 100;
    let is_terminal = io::stdout().is_terminal();
    let size = terminal_size::terminal_size().filter(|_| is_terminal);
    size.map_or(USUAL, |(width, _)| usize::from(width.0).clamp(FEWEST, MOST))
}

/// The widest code that its text stands beside; of a wider one it stands below.
const WIDEST_CODE: usize = 28;

/// A table below each heading.
fn list(explanations: &[Explanation], columns: usize) -> String {
    let mut text = String::new();
    for group in explanations.chunk_by(|a, b| a.group == b.group) {
        let widest = group.iter().map(|it| it.code.width()).max().unwrap_or_default();
        let widest = widest.min(WIDEST_CODE);
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}\n", group[0].group));
        for it in group {
            let said = it.expected.unwrap_or(&it.meaning);
            entry(&mut text, &it.code, widest, said, columns);
        }
    }
    text
}

fn in_full(it: &Explanation, columns: usize) -> String {
    let mut text = String::new();
    let exit = match it.severity {
        Some(_) if it.exit_code == 0 => "0; it fails nothing by itself".to_owned(),
        Some(_) | None => it.exit_code.to_string(),
    };
    let skip = it.skippable.map(|skippable| match skippable {
        true => format!("before sending, `--skip-check {}` passes over it", it.code),
        false => "before sending, nothing passes over it".to_owned(),
    });
    let rows = [
        ("kind", it.name.map(str::to_owned)),
        ("means", Some(it.meaning.clone())),
        ("note", it.note.map(str::to_owned)),
        ("expected", it.expected.map(str::to_owned)),
        ("fix", Some(it.fix.clone())),
        ("skip", skip),
        ("section", it.section.map(str::to_owned)),
        ("severity", it.severity.map(|severity| severity.to_string())),
        ("exit code", Some(exit)),
    ];
    text.push_str(&format!("{}\n", it.code));
    let rows = rows.into_iter().filter_map(|(label, said)| Some((label, said?)));
    for (label, said) in rows {
        entry(&mut text, label, "exit code".len(), &said, columns);
    }
    text
}

/// A name and what is said of it, broken between words where the line ends.
fn entry(text: &mut String, name: &str, widest: usize, said: &str, columns: usize) {
    let indent = "  ".len() + widest + "  ".len();
    let mut line = format!("  {name:widest$} ");
    if name.width() > widest {
        text.push_str(&format!("  {name}\n"));
        line = " ".repeat(indent - 1);
    }
    let mut is_begun = false;
    for word in one_line(said).split(' ') {
        if is_begun && line.width() + 1 + word.width() > columns {
            text.push_str(&format!("{}\n", line.trim_end()));
            line = " ".repeat(indent - 1);
        }
        line.push(' ');
        line.push_str(word);
        is_begun = true;
    }
    text.push_str(&format!("{}\n", line.trim_end()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_between_words_at_the_width_and_nowhere_else() {
        let broken = |said: &str| {
            let mut text = String::new();
            entry(&mut text, "fix", 4, said, 20);
            text
        };
        assert_eq!(broken("one two"), "  fix   one two\n");
        assert_eq!(broken("123456 12345 1"), "  fix   123456 12345\n        1\n");
        assert_eq!(
            broken("1 1234567890123456789 1"),
            "  fix   1\n        1234567890123456789\n        1\n"
        );
        assert_eq!(
            broken("\u{6e2c}\u{8a66}\u{6e2c} \u{8a66}\u{6e2c}\u{8a66}"),
            "  fix   \u{6e2c}\u{8a66}\u{6e2c}\n        \u{8a66}\u{6e2c}\u{8a66}\n"
        );
    }
}
