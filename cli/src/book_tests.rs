//! The pages of the book that are made from what the program knows: `docs/commands.md` from clap, `docs/errors.md` from the
//! catalogue of codes. `EL2G_UPDATE=1` writes them again; read the difference before you commit it.

use std::path::Path;
use std::{env, fs};

use clap::{Arg, Command};

use crate::command_tree::built;
use crate::exit::EXITS;
use crate::explanation::{CodeKind, Explanation, catalogue};
use crate::help_layout::Job;
use crate::options::EVERYWHERE;

/// Compares a page with what it is made from, or writes it.
fn is_page(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if env::var_os("EL2G_UPDATE").is_some() {
        return fs::write(path, made).unwrap();
    }
    let page = fs::read_to_string(path).unwrap_or_default();
    let advice = "EL2G_UPDATE=1 cargo test --workspace --bin el2g -- book_tests writes it again";
    for (number, (line, expected)) in page.lines().zip(made.lines()).enumerate() {
        assert_eq!(line, expected, "docs/{name}:{}: {advice}", number + 1);
    }
    assert_eq!(page.lines().count(), made.lines().count(), "docs/{name}: {advice}");
}

/// Text as it stands in Markdown: what is in backquotes stays, a `<` outside begins no tag.
fn prose(text: &str) -> String {
    let pieces = text.split('`').enumerate();
    let pieces = pieces.map(|(number, piece)| match number % 2 {
        0 => piece.replace('<', "\\<").replace('*', "\\*").replace('_', "\\_"),
        _ => piece.to_owned(),
    });
    pieces.collect::<Vec<_>>().join("`")
}

fn cell(text: &str) -> String {
    prose(&text.split_whitespace().collect::<Vec<_>>().join(" ")).replace('|', "\\|")
}

fn code_cell(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    let line = "|---".repeat(titles.len());
    let rows: String = rows.map(|cells| row(&cells)).collect();
    format!("{}{line}|\n{rows}", row(&titles))
}

#[test]
fn the_page_of_errors_is_the_catalogue() {
    let mut page = "# Exit codes, rules and error codes\n\n\
        Every code that the program prints, in the order of `el2g explain`. `el2g explain CODE` prints one of them, and with \
        `-o json` the same for programs. A test makes this page from the tables in the code.\n"
        .to_owned();
    for group in catalogue().chunk_by(|a, b| a.group == b.group) {
        page += &format!("\n## {}\n\n", group[0].group);
        page += &match group[0].kind {
            CodeKind::ExitCode => exits(group),
            CodeKind::HttpStatus | CodeKind::ServiceCode => answers(group),
            CodeKind::CertificateRule
            | CodeKind::MessageRule
            | CodeKind::KeyRule
            | CodeKind::PolicyRule
            | CodeKind::ContractRule
            | CodeKind::RequestRule => rules(group),
        };
    }
    is_page("errors.md", &page);
}

fn exits(group: &[Explanation]) -> String {
    let rows = group.iter().map(|it| {
        let name = it.name.map(code_cell).unwrap_or_default();
        vec![it.code.clone(), name, cell(&it.meaning), cell(&it.fix)]
    });
    let table = table(&["exit", "`kind` in JSON", "meaning", "what to do"], rows);
    format!("{table}\n[When something goes wrong](reliability.md) says what is left behind.\n")
}

fn answers(group: &[Explanation]) -> String {
    let rows = group.iter().map(|it| {
        let exit = it.exit_code.to_string();
        vec![code_cell(&it.code), cell(&it.meaning), cell(&it.fix), exit]
    });
    let table = table(&["code", "meaning", "what to do", "exit"], rows);
    let note = group[0]
        .note
        .unwrap_or("the meanings are those of AN12642 section 5, where it has the status");
    let note = {
        let mut letters = note.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        format!("{}{}.\n\n", first.unwrap_or_default(), letters.as_str())
    };
    note + &table
}

fn rules(group: &[Explanation]) -> String {
    let rows = group.iter().map(|it| {
        let severity = it.severity.map(|severity| severity.to_string()).unwrap_or_default();
        let skip = match it.skippable {
            Some(true) => "yes",
            Some(false) => "never",
            None => "",
        };
        vec![
            code_cell(&it.code),
            cell(&severity),
            cell(it.expected.unwrap_or_default()),
            cell(&it.fix),
            cell(it.section.unwrap_or_default()),
            skip.to_owned(),
        ]
    });
    let titles = ["rule", "severity", "expected", "what to do", "section", "`--skip-check`"];
    let mut meaning = prose(&group[0].meaning);
    if let Some(first) = meaning.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!(
        "{meaning}. Exit code 3 for `error` and `fatal`, 0 for the others.\n\n{}",
        table(&titles, rows)
    )
}

#[test]
fn the_page_of_commands_is_what_clap_knows_of_them() {
    let tree = built();
    let mut page = "# Commands\n\n\
        Every command with its arguments, grouped by job as `el2g --help` does. A test makes this page from what the program \
        knows of its commands, and another runs each example. [Options of every command](#options-of-every-command) and \
        [exit codes](#exit-codes) stand at the end; `el2g man COMMAND` shows the same in a terminal.\n"
        .to_owned();
    for Job { name, commands } in crate::commands::Command::JOBS {
        page += &format!("\n## {name}\n");
        for (command, _) in *commands {
            page += &section(tree.find_subcommand(command).unwrap());
        }
    }
    page += "\n## Options of every command\n\n";
    let everywhere = tree.get_arguments().filter(|it| it.get_help_heading() == Some(EVERYWHERE));
    page += &arguments(everywhere);
    page += "\n## Exit codes\n\nThey mean the same for every command; [exit codes, rules and error codes](errors.md) says \
        what to do about each.\n\n";
    let exits = EXITS.iter().map(|exit| vec![exit.code.to_string(), cell(exit.meaning)]);
    page += &table(&["exit", "meaning"], exits);
    is_page("commands.md", &page);
}

/// A command, and those below it.
fn section(command: &Command) -> String {
    let mut text = format!("\n### {}\n\n", command.get_bin_name().unwrap());
    let about = command.get_long_about().or_else(|| command.get_about());
    for paragraph in about.unwrap().to_string().split("\n\n") {
        text += &format!("{}\n\n", prose(paragraph));
    }
    let below: Vec<&Command> =
        command.get_subcommands().filter(|below| !below.is_hide_set()).collect();
    if below.is_empty() {
        let usage = command.clone().render_usage().to_string();
        text += &format!("```text\n{}\n```\n", usage.trim_start_matches("Usage: ").trim_end());
    } else {
        let names = below.iter().map(|below| {
            let name = below.get_bin_name().unwrap();
            let link = format!("[`{}`](#{})", below.get_name(), name.replace(' ', "-"));
            vec![link, cell(&below.get_about().unwrap().to_string())]
        });
        text += &table(&["command", "does"], names);
    }
    if let Some(examples) = command.get_before_help() {
        let lines = examples.to_string();
        let lines = lines.lines().skip(1).map(|line| line.strip_prefix("  ").unwrap_or(line));
        text += &format!("\n```sh\n{}\n```\n", lines.collect::<Vec<_>>().join("\n"));
    }
    let own = arguments(command.get_arguments().filter(|it| it.get_help_heading().is_none()));
    if !own.is_empty() {
        text += &format!("\n{own}");
    }
    below.into_iter().fold(text, |text, below| text + &section(below))
}

/// A table of arguments; empty where there are none.
fn arguments<'a>(of: impl Iterator<Item = &'a Arg>) -> String {
    let is_shown =
        |it: &&Arg| !it.is_hide_set() && !["help", "version"].contains(&it.get_id().as_str());
    let rows: Vec<Vec<String>> = of
        .filter(is_shown)
        .map(|argument| {
            let short = argument.get_short().map(|short| format!("-{short}, "));
            let name = format!("{}{argument}", short.unwrap_or_default());
            vec![code_cell(&name), cell(&described(argument))]
        })
        .collect();
    if rows.is_empty() { String::new() } else { table(&["argument", "meaning"], rows.into_iter()) }
}

/// The help of an argument, with the values that it may have and the one that it has by itself.
fn described(argument: &Arg) -> String {
    let help = argument.get_long_help().or_else(|| argument.get_help());
    let mut text = help.map(ToString::to_string).unwrap_or_default();
    let values = argument.get_possible_values();
    let values: Vec<String> = values
        .iter()
        .filter(|value| !value.is_hide_set() && argument.get_action().takes_values())
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}` ({help})", value.get_name()),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    if !values.is_empty() {
        text += &format!(". Values: {}", values.join(", "));
    }
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() {
        text += &format!(". Default: `{}`", defaults.join(", "));
    }
    text
}
