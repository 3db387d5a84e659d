//! Completions, loaded by the shells that they are for. PowerShell is not here to be asked: for it the script is only
//! looked at.

use std::process::Command;

use crate::workplace::Workplace;

#[test]
fn bash_completes_commands_options_and_values() {
    let work = Workplace::new();
    let script = work.el2g(&["completions", "bash"]).exits(0).stdout;
    work.write("el2g.bash", script);
    // As bash calls it when the Tab key is pressed at the end of these words.
    let complete = |words: &[&str]| {
        let (last, before) = words.split_last().expect("there is one");
        let previous = before.last().copied().unwrap_or("el2g");
        let line = format!(
            "source ./el2g.bash; complete -p el2g >/dev/null || exit 9; COMP_WORDS=(el2g {}); COMP_CWORD={}; \
             _el2g el2g '{last}' '{previous}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words.len()
        );
        let ran = work.oracle(Command::new("bash"), &["--norc", "-c", &line]).expect("a system's");
        ran.exits(0).stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete(&["chec"]), ["checksum"]);
    assert_eq!(complete(&["pgp", "se"]), ["seal", "seal-batch"]);
    assert_eq!(complete(&["pgp", "seal", "--rec"]), ["--recipient", "--receipt"]);
    assert_eq!(complete(&["doctor", "--output", "j"]), ["json"]);
    assert_eq!(complete(&["completions", "fi"]), ["fish"]);
}

/// Its own completion system takes the file, and the function is loaded whole.
#[test]
#[cfg_attr(not(oracle = "zsh"), ignore = "needs zsh")]
fn zsh_loads_the_completions() {
    let work = Workplace::new();
    let script = work.el2g(&["completions", "zsh"]).exits(0).stdout;
    work.write("_el2g", script);
    let line = "fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; autoload -U +X _el2g && \
                print ${_comps[el2g]} && whence -f _el2g";
    let Some(ran) = work.oracle(Command::new("zsh"), &["-f", "-c", line]) else { return };
    let shown = ran.exits(0).stdout;
    assert!(shown.starts_with("_el2g\n"), "{shown}");
    for command in ["checksum", "seal-batch", "create-batch"] {
        assert!(shown.contains(command), "{command}");
    }
}

#[test]
#[cfg_attr(not(oracle = "fish"), ignore = "needs fish")]
fn fish_completes_commands_options_and_values() {
    let work = Workplace::new();
    let script = work.el2g(&["completions", "fish"]).exits(0).stdout;
    work.write("el2g.fish", script);
    let complete = |line: &str| {
        let command = format!("source el2g.fish; complete -C '{line}'");
        let ran = work.oracle(Command::new("fish"), &["--no-config", "-c", &command])?;
        let offered = ran.exits(0).stdout;
        Some(
            offered.lines().map(|it| it.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>(),
        )
    };
    for (line, expected) in [
        ("el2g chec", &["checksum"][..]),
        ("el2g pgp se", &["seal", "seal-batch"]),
        ("el2g pgp seal --rec", &["--receipt", "--recipient"]),
        ("el2g doctor --output j", &["json"]),
    ] {
        let Some(offered) = complete(line) else { return };
        assert_eq!(offered, expected, "{line}");
    }
}

/// PowerShell itself cannot be asked here: its script names every command and its brackets close.
#[test]
fn powershell_gets_every_command() {
    let work = Workplace::new();
    let script = work.el2g(&["completions", "powershell"]).exits(0).stdout;
    assert!(script.contains("Register-ArgumentCompleter -Native -CommandName 'el2g'"), "{script}");
    let count = |character: char| script.matches(character).count();
    assert_eq!(count('{'), count('}'));
    let missing: Vec<String> = crate::house::commands::helps()
        .iter()
        .map(|(path, _)| format!("'{}'", [&["el2g".to_owned()], &path[..]].concat().join(";")))
        .filter(|place| !script.contains(place.as_str()))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

/// The older names of options work, and nothing offers them.
#[test]
fn hidden_names_are_not_completed() {
    let work = Workplace::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = work.el2g(&["completions", shell]).exits(0).stdout;
        for hidden in ["root-cert", "org-unit"] {
            assert!(!script.contains(hidden), "{shell}: {hidden}");
        }
    }
}
