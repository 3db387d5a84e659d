//! Which command shows the value of an argument that is missing, said where clap says that it is missing.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use el2g_workflows::Failure;

/// The table: an argument as clap names it, and what shows its values.
const SHOWN_BY: &[(&str, &str)] = &[
    ("--product <12NC>", "`el2g product list` lists the products with their 12NC"),
    ("--group <GROUP>", "`el2g device-group list --product 12NC` lists the device groups"),
    (
        "<GROUP>",
        "`el2g device-group list --product 12NC` lists the device groups, `el2g product list` the products",
    ),
    ("<OBJECT>", "`el2g secure-object list` lists the secure objects"),
    ("--object <OBJECT>", "`el2g secure-object list` lists the secure objects"),
    ("--key-pair <OBJECT>", "`el2g secure-object list --kind KEYPAIR` lists the key pairs"),
    ("--intermediate-ca <CA>", "`el2g intermediate-ca list` lists the intermediate CAs"),
    ("<CA>", "`el2g intermediate-ca list` lists the intermediate CAs"),
];

/// Arguments that neither the command line nor the profile names, as clap would say it.
pub fn missing(arguments: &[&str]) -> Failure {
    let list = arguments.iter().map(|argument| format!("`{argument}`")).collect::<Vec<_>>();
    let keys = arguments.iter().map(|argument| {
        let key = argument.trim_start_matches('-').split(' ').next().unwrap_or_default();
        format!("`el2g config set {key} …` makes one the default of the profile")
    });
    let hints = shown_by(|argument| arguments.contains(&argument)).into_iter().map(str::to_owned);
    let hints: Vec<String> = hints.chain(keys).collect();
    Failure::usage(format!("{} not given, and the profile has no default", list.join(" and ")))
        .with_hint(hints.join("; "))
}

/// The hints of the arguments that `is_missing`, each once.
fn shown_by(is_missing: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let mut hints: Vec<&str> = Vec::new();
    for (argument, hint) in SHOWN_BY {
        if is_missing(argument) && !hints.contains(hint) {
            hints.push(hint);
        }
    }
    hints
}

/// What shows the values of the arguments that are missing.
pub fn hint(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return None;
    }
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    // Several values are named with dots behind.
    let hints =
        shown_by(|argument| missing.iter().any(|name| name.trim_end_matches("...") == argument));
    (!hints.is_empty()).then(|| hints.join("; "))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::every_argument::every_argument;
    use crate::options::Cli;

    #[test]
    fn every_row_is_an_argument() {
        let mut found = Vec::new();
        every_argument(|_, argument| {
            found.push(argument.to_string().trim_matches(['[', ']']).replace("...", ""));
        });
        for (argument, _) in SHOWN_BY {
            let bare = argument.trim_matches(['<', '>']);
            assert!(
                found.iter().any(|name| name == argument || name.trim_matches(['<', '>']) == bare),
                "{argument}"
            );
        }
    }

    #[test]
    fn a_missing_product_is_looked_up_with_a_command() {
        let line = ["el2g", "device", "unclaim", "5", "--group", "1"];
        let error = Cli::command().try_get_matches_from(line).unwrap_err();
        assert_eq!(hint(&error).as_deref(), Some(SHOWN_BY[0].1));
        // Where the profile could hold it, clap does not ask for it.
        let failure = missing(&[SHOWN_BY[0].0]);
        assert!(failure.hint.is_some_and(|hint| hint.starts_with(SHOWN_BY[0].1)));
        let error = Cli::command().try_get_matches_from(["el2g", "x"]).unwrap_err();
        assert_eq!(hint(&error), None);
    }
}
