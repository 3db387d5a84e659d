//! What messages name is there: commands, and the flags that they have now.

use crate::workplace::Workplace;

#[test]
fn every_command_that_a_message_names_exists_with_its_flags() {
    let work = Workplace::new();
    let mut leaves = Vec::new();
    crate::help::leaves(&work, &[], &mut leaves);
    let (mut seen, mut wrong) = (0, Vec::new());
    for file in crate::house::sources().into_iter().filter(|file| {
        (file.starts_with("cli/src/") || file.starts_with("crates/workflows/src/"))
            && !file.ends_with("tests.rs")
    }) {
        let text = crate::house::read(&file);
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        // A string may go on on the next line.
        let text = text.replace("\\\n", "\n").split_whitespace().collect::<Vec<_>>().join(" ");
        for span in text.split("`el2g ").skip(1).filter_map(|rest| rest.split('`').next()) {
            let typed: Vec<&str> = span.split(' ').collect();
            // `el2g --help` is of no command.
            if typed[0].starts_with('-') {
                continue;
            }
            let fits = |(command, _): &&(String, String)| {
                let mut words: Vec<&str> = command.split(' ').collect();
                // The noun is filled in.
                if typed[0] == "{}" {
                    words[0] = "{}";
                }
                typed.starts_with(&words) || words.starts_with(&typed)
            };
            let Some((_, help)) = leaves.iter().find(fits) else {
                wrong.push(format!("{file}: {span}"));
                continue;
            };
            seen += 1;
            let shown: Vec<&str> = help.split([' ', '\n', ',', '=', '[', ']']).collect();
            for flag in typed.iter().filter(|word| word.starts_with("--")) {
                if *flag != "--help" && !shown.contains(flag) {
                    wrong.push(format!("{file}: {span}: no {flag}"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(seen > 80, "{seen} commands");
}
