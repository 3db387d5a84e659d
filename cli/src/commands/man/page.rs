//! One manual page.

use clap::builder::StyledStr;
use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use crate::exit;
use crate::help_layout::Job;
use crate::options::EVERYWHERE;

/// Commands of users.
pub const SECTION: &str = "1";

/// A page and the name that `man` finds it by.
pub struct Page {
    pub name: String,
    pub text: String,
}

/// The page of a command of a tree that is built. The options of every command are on the page of the whole program only.
pub fn of(command: &Command, root: &Command) -> Page {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let is_root = name == root.get_name();
    let mut shown = command.clone().mut_args(|argument| on_page(argument, is_root));
    let usage = shown.render_usage().to_string();
    let mut before = Roff::new();
    title(&mut before, &name, root.get_version().unwrap_or_default());
    opening_sections(&mut before, command, &name, &usage);
    let below: Vec<&Command> =
        command.get_subcommands().filter(|below| !below.is_hide_set()).collect();
    if !below.is_empty() {
        commands_section(&mut before, &name, &below, is_root);
    }
    let mut options = Vec::new();
    let man = Man::new(shown);
    man.render_options_section(&mut options).expect("memory can be written");
    let options = String::from_utf8_lossy(&options).into_owned();
    // It begins with a definition that stands there already, and breaks lines around an empty one.
    let options = options.split_once("\n.SH").map_or("", |(_, rest)| rest).replace(BREAKS, SPACE);
    let mut after = Roff::new();
    closing_section(&mut after, root.get_name(), is_root);
    let text = format!("{}.SH{options}{}", before.render(), after.to_roff());
    Page { name, text }
}

const BREAKS: &str = "\n.br\n\n.br\n";
const SPACE: &str = "\n.sp\n";

/// The version holds the day of the commit that the program is built from.
fn title(roff: &mut Roff, name: &str, version: &str) {
    let day = version.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    let day = day.and_then(|(commit, _)| commit.split_once(' ')).map(|(_, day)| day);
    let number = version.split(' ').next().unwrap_or_default();
    let source = format!("el2g {number}");
    let ends = day.map_or_else(Vec::new, |day| vec![day, &source]);
    roff.control("TH", [vec![name, SECTION], ends].concat());
}

fn opening_sections(roff: &mut Roff, command: &Command, name: &str, usage: &str) {
    let text = |about: Option<&StyledStr>| about.map(ToString::to_string).unwrap_or_default();
    roff.control("SH", ["NAME"]);
    roff.text([roman(format!("{name} - {}", text(command.get_about())))]);
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([roman(usage.trim_start_matches("Usage: "))]);
    roff.control("SH", ["DESCRIPTION"]);
    let about = text(command.get_long_about().or_else(|| command.get_about()));
    for (number, paragraph) in about.split("\n\n").enumerate() {
        if number > 0 {
            roff.control("PP", []);
        }
        for (number, line) in paragraph.lines().enumerate() {
            // Leading blanks begin a line by themselves.
            if number > 0 && !line.starts_with(' ') {
                roff.control("br", []);
            }
            roff.text([roman(line)]);
        }
    }
    let examples = text(command.get_before_help());
    if examples.is_empty() {
        return;
    }
    roff.control("SH", ["EXAMPLES"]).control("nf", []);
    // The first line is the heading.
    for line in examples.lines().skip(1) {
        roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
    }
    roff.control("fi", []);
}

/// clap_mangen leaves out the text of an option that `-h` does not show.
fn on_page(argument: Arg, is_root: bool) -> Arg {
    if argument.get_help_heading() != Some(EVERYWHERE) {
        return argument;
    }
    if is_root { argument.hide_short_help(false) } else { argument.hide(true) }
}

fn commands_section(roff: &mut Roff, name: &str, below: &[&Command], is_root: bool) {
    roff.control("SH", ["COMMANDS"]);
    if !is_root {
        for command in below {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            entry(roff, &format!("{name}-{}", command.get_name()), &about);
        }
        return;
    }
    for Job { name: job, commands } in crate::commands::Command::JOBS {
        roff.control("SS", [*job]);
        for (command, about) in *commands {
            entry(roff, &format!("{name}-{command}"), about);
        }
    }
}

fn entry(roff: &mut Roff, page: &str, about: &str) {
    roff.control("TP", []);
    roff.text(reference(page));
    roff.text([roman(about)]);
}

fn closing_section(roff: &mut Roff, root: &str, is_root: bool) {
    if !is_root {
        roff.control("SH", ["SEE ALSO"]);
        let mut text = reference(root);
        text.push(roman(" describes the options of every command and the exit status."));
        roff.text(text);
        return;
    }
    roff.control("SH", ["EXIT STATUS"]);
    for exit in &exit::EXITS {
        roff.control("TP", []);
        roff.text([bold(exit.code.to_string())]);
        roff.text([roman(exit.meaning)]);
    }
}

/// `name(1)`, as pages name each other.
fn reference(name: &str) -> Vec<Inline> {
    vec![bold(name), roman(format!("({SECTION})"))]
}
