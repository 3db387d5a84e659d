//! Every command shows an example, and every example is run as it stands.

use std::process::Command;

use crate::workplace::{Workplace, program, testdata};

/// Examples that are run elsewhere, because they serve until they are ended or need what serves.
const ELSEWHERE: [(&str, &str); 5] = [
    ("demo", "tests/demo.rs runs it"),
    ("pgp certify", "tests/pkcs11.rs runs it with a token"),
    ("sandbox serve", "tests/service.rs starts it for every online test"),
    ("setup", "tests/setup.rs runs it, because it asks for what an example leaves out"),
    ("sandbox connect-device", "tests/online.rs and tests/secure_object.rs let devices connect"),
];

/// The nouns that ask no service: their examples do the thing itself. The others run with `--dry-run`.
const OFFLINE: [&str; 16] = [
    "ca",
    "cert",
    "checksum",
    "completions",
    "config",
    "contract",
    "csr",
    "explain",
    "help",
    "man",
    "pem",
    "pgp",
    "recipient",
    "claim-code generate",
    "object-id check",
    "device uid",
];

/// The leaf commands below `path`, and the help of each.
pub fn leaves(work: &Workplace, path: &[String], found: &mut Vec<(String, String)>) {
    let line: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
    let help = work.el2g(&line).exits(0).stdout;
    let names = below(&help);
    if names.is_empty() {
        found.push((path.join(" "), help));
        return;
    }
    for name in names {
        leaves(work, &[path, &[name]].concat(), found);
    }
}

/// The headings above commands: the jobs of the whole program, and the one of a noun.
const HEADINGS: [&str; 6] =
    ["Prepare", "Certificates", "Service", "Rehearse", "Settings and help", "Commands"];

/// The names of the commands that a help lists.
pub fn below(help: &str) -> Vec<String> {
    let listed = HEADINGS
        .iter()
        .filter_map(|heading| help.split_once(&format!("\n{heading}:\n")).map(|(_, rest)| rest));
    let lines = listed.flat_map(|rest| rest.lines().take_while(|line| !line.is_empty()));
    // A command is indented by two; the rest of a wrapped description by more.
    lines
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}

/// The lines of the examples of a help, as they stand there.
fn example_lines(help: &str) -> impl Iterator<Item = &str> {
    let shown = help.split("\nExample").nth(1).unwrap_or_default();
    shown.lines().skip(1).take_while(|line| !line.is_empty())
}

/// Whether a command asks no service.
pub fn is_offline(command: &str) -> bool {
    OFFLINE.iter().any(|noun| command == *noun || command.starts_with(&format!("{noun} ")))
}

/// The example lines of a help text: each begins with two blanks, below `Example:` or `Examples:`.
pub fn examples(help: &str) -> Vec<String> {
    let mut examples: Vec<String> = Vec::new();
    for line in example_lines(help).filter_map(|line| line.strip_prefix("  ")) {
        let begins = ["el2g ", "echo "].iter().any(|program| line.starts_with(program));
        match examples.last_mut() {
            // A long one is continued with a backslash.
            Some(example) if !begins => {
                let begun = example.strip_suffix(" \\").expect("the line before is continued");
                *example = format!("{begun} {}", line.trim_start());
            }
            _ => examples.push(line.to_owned()),
        }
    }
    examples
}

/// A description of the service that does not differ from ours.
fn openapi() -> serde_json::Value {
    let document = el2g_service_api::openapi::document(&el2g_service_api::openapi::Service {
        title: "a service",
        version: "1",
        description: "",
        servers: &[],
        newer: None,
        refusals: &|_| Vec::new(),
    });
    serde_json::to_value(document).unwrap()
}

/// Files of the names that the examples use.
pub fn fixtures(work: &Workplace) {
    let copy = |from: &str, to: &str| {
        let content = std::fs::read(testdata(from)).unwrap_or_else(|e| panic!("{from}: {e}"));
        work.write_secret(to, content);
    };
    copy("openpgp/recipient.pub.asc", "edgelock2go.asc");
    copy("openpgp/rsa2048.sec.asc", "signer.asc");
    copy("openpgp/rsa2048.pub.asc", "signer.pub");
    work.write_secret("key.hex", "00112233445566778899aabbccddeeff");
    copy("openpgp/other-recipient.pub.asc", "team.asc");
    work.write_secret("first.hex", "00112233445566778899aabbccddeeff");
    work.write_secret("second.hex", "ffeeddccbbaa99887766554433221101");
    work.write_secret("passphrase", "correct horse\n");
    work.write_secret("token", "some-token");
    work.write("keys.csv", "name,kind,file,object-id\nkek-1,aes,key.hex,83000001\n");
    work.write("new.csv", "name,kind,generate,object-id\nkek-2,aes,256,83000002\n");
    work.write("firmware.bin", "firmware");
    work.write("openapi.json", openapi().to_string());
    work.write("cert.pem", "-----BEGIN X-----\nAA+/\n-----END X-----\n");
    work.write("cert.line", "-----BEGIN X-----\\nAA+/\\n-----END X-----");
}

#[test]
fn every_command_shows_an_example() {
    let work = Workplace::new();
    let mut found = Vec::new();
    leaves(&work, &[], &mut found);
    assert!(found.len() > 60, "{} commands", found.len());
    let without: Vec<&String> =
        found.iter().filter(|(_, help)| examples(help).is_empty()).map(|(path, _)| path).collect();
    assert_eq!(without, Vec::<&String>::new());
    for (path, reason) in ELSEWHERE {
        assert!(found.iter().any(|(command, _)| command == path), "{path} ({reason}) is gone");
    }
}

#[test]
fn every_example_can_be_pasted_from_a_terminal_of_80_columns() {
    let work = Workplace::new();
    let mut found = Vec::new();
    leaves(&work, &[], &mut found);
    let mut wrong = Vec::new();
    for (command, help) in &found {
        let lines: Vec<&str> = example_lines(help).collect();
        for (index, line) in lines.iter().enumerate() {
            let is_continuation = line.starts_with("    ");
            let is_continued = index > 0 && lines[index - 1].ends_with(" \\");
            if line.chars().count() > 80 || is_continuation != is_continued {
                wrong.push(format!("{command}: {line}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_examples_about_keys_pem_checksums_and_ids_run_as_they_stand() {
    let finder = Workplace::new();
    let mut found = Vec::new();
    leaves(&finder, &[], &mut found);
    let work = Workplace::new();
    fixtures(&work);
    let folder = program().parent().expect("target/<profile>").display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let nouns = [
        "checksum",
        "completions",
        "config",
        "contract",
        "device uid",
        "explain",
        "help",
        "man",
        "object-id check",
        "pem",
        "pgp",
        "recipient",
    ];
    let mut ran = 0;
    // `pgp inspect` reads what the example of `pgp seal` has written, so the order of help is not enough.
    // `contract check` saves into the profile that `config init` makes.
    found
        .sort_by_key(|(command, _)| (command.ends_with("inspect"), !command.starts_with("config")));
    for (command, help) in &found {
        let is_below = |noun: &str| {
            command.strip_prefix(noun).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        let elsewhere = ELSEWHERE.iter().any(|(elsewhere, _)| command == elsewhere);
        if elsewhere || !nouns.iter().any(|noun| is_below(noun)) {
            continue;
        }
        // tests/token_secrets.rs runs those that need a token.
        let needs_no_token = |example: &String| !example.contains("pkcs11:");
        for example in examples(help).into_iter().filter(needs_no_token) {
            // They make these files; what is there is not overwritten.
            let made: &[&str] = match command.as_str() {
                "pgp keygen" => &["signer.asc", "signer.pub"],
                "pgp public" => &["signer.pub"],
                _ => &[],
            };
            for name in made {
                std::fs::remove_file(work.path(name)).expect("a fixture");
            }
            // What somebody answers who has compared the fingerprint.
            let example = match command.as_str() {
                "recipient add" => format!("{example} --yes"),
                _ => example,
            };
            let mut shell = Command::new("sh");
            shell.env("PATH", &path).env("EL2G_PASSPHRASE_FILE", "passphrase");
            let Some(shown) = work.oracle(shell, &["-c", &example]) else { return };
            assert_eq!(shown.code, 0, "{example}: {}", shown.stderr);
            ran += 1;
        }
    }
    assert!(ran >= 12, "{ran} examples ran");
}

#[test]
fn the_examples_of_online_commands_are_whole_command_lines() {
    let work = Workplace::new();
    let mut found = Vec::new();
    leaves(&work, &[], &mut found);
    for (command, help) in &found {
        let offline = OFFLINE.iter().any(|noun| command.starts_with(noun));
        if offline || ELSEWHERE.iter().any(|(elsewhere, _)| command == elsewhere) {
            continue;
        }
        for example in examples(help) {
            let mut shell = Command::new("sh");
            let folder = program().parent().expect("target/<profile>").display().to_string();
            let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
            shell.env("PATH", path);
            let line = format!("{example} --dry-run --no-input --base-url http://127.0.0.1:9");
            let Some(ran) = work.oracle(shell, &["-c", &line]) else { return };
            // 3: a file that the example names is not here; never 2, a wrong command line.
            assert!([0, 3].contains(&ran.code), "{example}: exit {}: {}", ran.code, ran.stderr);
        }
    }
}

/// What is asked for most stands before what is the same everywhere.
#[test]
fn the_examples_of_a_command_stand_before_its_options() {
    let work = Workplace::new();
    let mut found = Vec::new();
    leaves(&work, &[], &mut found);
    let is_wrong = |help: &str| {
        let (before, _) = help.split_once("\nExample").expect("every command has one");
        before.contains("\nOptions:") || before.contains("\nEverywhere:")
    };
    let wrong: Vec<&String> =
        found.iter().filter(|(_, help)| is_wrong(help)).map(|(path, _)| path).collect();
    assert_eq!(wrong, Vec::<&String>::new());
}

#[test]
fn help_prints_what_the_command_prints_of_itself() {
    let work = Workplace::new();
    for words in [&[][..], &["pgp"], &["pgp", "seal"], &["secure-object", "create", "key-pair"]] {
        let own = work.el2g(&[words, &["--help"]].concat()).exits(0).stdout;
        let shown = work.el2g(&[&["help"], words].concat()).exits(0).stdout;
        assert_eq!(shown, own, "{words:?}");
        let json = work.el2g(&[&["help", "-o", "json"], words].concat()).exits(0).json();
        assert_eq!(json["help"], own, "{words:?}");
    }
    let wrong = work.el2g(&["help", "secure-object", "craete"]).exits(2);
    assert_eq!(
        wrong.stderr,
        "error: `el2g secure-object` has no command `craete`\n\
         hint: did you mean `create`? `el2g secure-object --help` lists what there is\n"
    );
}
