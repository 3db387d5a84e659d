//! Manual pages: one for each command, and mandoc has nothing to say against any.

use std::collections::BTreeSet;
use std::process::Command;

use crate::house::commands::helps;
use crate::workplace::Workplace;

#[test]
fn every_command_has_a_page_and_the_options_of_every_command_are_on_the_first() {
    let work = Workplace::new();
    let written = work.el2g(&["man", "--out-dir", "pages", "-o", "json"]).exits(0).json();
    let pages: BTreeSet<String> = std::fs::read_dir(work.path("pages"))
        .expect("it was made")
        .map(|page| page.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let commands = helps();
    let expected: BTreeSet<String> = commands
        .iter()
        .map(|(path, _)| [vec!["el2g".to_owned()], path.clone()].concat().join("-") + ".1")
        .collect();
    assert_eq!(pages, expected);
    assert_eq!(written["pages"], serde_json::json!(pages));
    let page = |name: &str| String::from_utf8(work.read(&format!("pages/{name}"))).unwrap();
    let seal = page("el2g-pgp-seal.1");
    assert_eq!(work.el2g(&["man", "pgp", "seal"]).exits(0).stdout, seal);
    assert!(seal.contains("\n.TH el2g-pgp-seal 1 "), "{seal}");
    assert!(seal.contains("el2g pgp seal \\-\\-kind aes"), "no example in {seal}");
    assert!(!seal.contains("trust\\-owner"), "{seal}");
    let first = page("el2g.1");
    for text in ["trust\\-owner", "Accept secret files that others can read", "EXIT STATUS"] {
        assert!(first.contains(text), "{text}");
    }
    // Older names of options.
    assert!(!page("el2g-ca-sign.1").contains("root\\-cert"));
    // Pages are written again, and the wrong command writes none.
    work.el2g(&["man", "pgp", "--out-dir", "pages"]).exits(0);
    work.el2g(&["man", "pgq", "--out-dir", "none"]).exits(2);
    assert!(!work.path("none").exists());
}

#[test]
#[cfg_attr(not(oracle = "mandoc"), ignore = "needs mandoc")]
fn mandoc_finds_nothing_wrong_in_any_page() {
    let work = Workplace::new();
    work.el2g(&["man", "--out-dir", "pages"]).exits(0);
    let mut line = vec!["-T".to_owned(), "lint".to_owned(), "-W".to_owned(), "warning".to_owned()];
    line.extend(
        std::fs::read_dir(work.path("pages"))
            .expect("it was made")
            .map(|page| format!("pages/{}", page.expect("an entry").file_name().to_string_lossy())),
    );
    let Some(ran) = work.oracle(Command::new("mandoc"), &line) else { return };
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
}
