//! Which command shows the value of an argument that is missing, said where clap says that it is missing.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The table: an argument as clap names it, and what shows its values.
const SHOWN_BY: &[(&str, &str)] = &[
    ("--product <12NC>", "`el2g product list` lists the products with their 12NC"),
    ("--group <GROUP>", "`el2g device-group list --product 12NC` lists the device groups"),
    ("<GROUP>", "`el2g device-group list --product 12NC` lists the device groups"),
    ("<OBJECT>", "`el2g secure-object list` lists the secure objects"),
    ("--object <OBJECT>", "`el2g secure-object list` lists the secure objects"),
    ("--key-pair <OBJECT>", "`el2g secure-object list --kind KEYPAIR` lists the key pairs"),
    ("--intermediate-ca <CA>", "`el2g intermediate-ca list` lists the intermediate CAs"),
    ("<CA>", "`el2g intermediate-ca list` lists the intermediate CAs"),
];

/// What shows the values of the arguments that are missing.
pub fn hint(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return None;
    }
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let mut hints: Vec<&str> = Vec::new();
    for (argument, hint) in SHOWN_BY {
        // Several values are named with dots behind.
        let is_missing = |name: &String| name.trim_end_matches("...") == *argument;
        if missing.iter().any(is_missing) && !hints.contains(hint) {
            hints.push(hint);
        }
    }
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
        let line = ["el2g", "device-group", "list"];
        let error = Cli::command().try_get_matches_from(line).unwrap_err();
        assert_eq!(hint(&error).as_deref(), Some(SHOWN_BY[0].1));
        let error = Cli::command().try_get_matches_from(["el2g", "x"]).unwrap_err();
        assert_eq!(hint(&error), None);
    }
}
