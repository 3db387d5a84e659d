//! `el2g setup`: what is missing is asked for, and the config file is written at the end.

use crate::served::Served;
use crate::workplace::{Ran, Workplace};

const CONFIG: &str = ".config/el2g/config.toml";
const SIGNER: &str = ".config/el2g/signer.asc";

/// A running sandbox, and a workplace where nothing is set up.
fn first_day() -> (Served, Workplace) {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    for (key, name) in [("recipientFile", "edgelock2go.asc"), ("tokenFile", "token")] {
        work.write_secret(name, std::fs::read(service.ready(key)).expect("it is there"));
    }
    work.take("openpgp/rsa2048.sec.asc");
    work.write_secret("phrase", "correct horse\n");
    (service, work)
}

fn fingerprint(work: &Workplace) -> String {
    let report = work.el2g(&["pgp", "recipient", "edgelock2go.asc", "-o", "json"]).exits(0).json();
    report["fingerprint"].as_str().expect("a fingerprint").to_owned()
}

/// The names of the checks that ended so.
fn checks(ran: &Ran, status: &str) -> Vec<String> {
    let report = ran.json();
    let checks = report["checks"].as_array().expect("checks").iter();
    let names = checks.filter(|check| check["status"] == status);
    names.map(|check| check["name"].as_str().expect("a name").to_owned()).collect()
}

fn text(work: &Workplace) -> String {
    String::from_utf8(work.read(CONFIG)).expect("text")
}

#[test]
fn every_answer_can_be_given_by_a_flag() {
    let (service, work) = first_day();
    let base = service.ready("baseUrl");
    let fingerprint = fingerprint(&work);
    let flags = [
        ("--service", "sandbox"),
        ("--base-url", base),
        ("--token-file", "token"),
        ("--signer", "rsa2048.sec.asc"),
        ("--recipient", "edgelock2go.asc"),
        ("--fingerprint", &fingerprint),
    ];
    let line = |given: usize| {
        let mut line = vec!["setup", "--no-input", "-o", "json"];
        line.extend(flags[..given].iter().flat_map(|(flag, value)| [*flag, *value]));
        line
    };
    // Each that is missing is named, and nothing is written.
    for (given, (flag, _)) in flags.iter().enumerate().take(5) {
        let ran = work.el2g(&line(given)).exits(2);
        assert!(ran.stderr.contains(flag), "{given}: {}", ran.stderr);
        assert!(!work.path(CONFIG).exists(), "{given}");
    }
    let ran = work.el2g(&line(5)).exits(2);
    assert!(ran.stderr.contains("--fingerprint"), "{}", ran.stderr);
    let mut dry = line(6);
    dry.push("--dry-run");
    let planned = work.el2g(&dry).exits(0).json();
    assert_eq!(planned["keys"]["recipient"], "sandbox");
    assert!(!work.path(CONFIG).exists());
    let ran = work.el2g(&line(6)).exits(0);
    assert_eq!(checks(&ran, "failed"), [""; 0]);
    let ok = ["config", "service", "token", "connection", "access", "clock"];
    assert_eq!(checks(&ran, "ok")[..6], ok);
    // The profile is enough for other commands, and nothing is asked again.
    let product = ["device-group", "create", "--name", "g", "--product", "935389312472"];
    work.el2g(&product).exits(0);
    let before = text(&work);
    let again = ["setup", "--no-input", "-o", "json", "--product", "935389312472", "--group", "g"];
    let ran = work.el2g(&again).exits(0);
    assert!(checks(&ran, "ok").contains(&"defaults".to_owned()), "{}", ran.stdout);
    assert_eq!(text(&work), before + "product = \"935389312472\"\ngroup = \"g\"\n");
    let listed = work.el2g(&["claim-code", "list", "-o", "json"]).exits(0);
    assert_eq!(listed.json(), serde_json::json!([]));
}

#[test]
fn a_new_signing_key_and_a_stored_token_are_made_beside_the_config_file() {
    let (service, work) = first_day();
    let fingerprint = fingerprint(&work);
    let line = [
        &["setup", "--no-input", "-o", "json", "--service", "sandbox"][..],
        &["--base-url", service.ready("baseUrl"), "--token-file", "token", "--store", "file"],
        &["--recipient", "edgelock2go.asc", "--fingerprint", &fingerprint],
        &["--user-id", "Keys <k@example.com>", "--passphrase-file", "phrase"],
    ]
    .concat();
    let ran = work.el2g(&line).exits(0);
    assert_eq!(checks(&ran, "failed"), [""; 0]);
    assert!(!ran.stderr.contains(&service.token), "{}", ran.stderr);
    assert_eq!(work.read(".config/el2g/default.token"), service.token.as_bytes());
    let signer = work.path(SIGNER).display().to_string();
    assert!(text(&work).contains(&format!("signer = \"{signer}\"")), "{}", text(&work));
    assert!(text(&work).contains("default.token\""), "{}", text(&work));
    work.write_secret("key.hex", "00112233445566778899aabbccddeeff");
    let seal = ["pgp", "seal", "--kind", "aes", "--in", "key.hex", "--signer", &signer];
    work.el2g(&[&seal[..], &["--passphrase-file", "phrase", "--out", "m.asc"]].concat()).exits(0);
}

#[test]
fn the_example_of_the_help_is_a_whole_command_line() {
    let (_service, work) = first_day();
    let help = work.el2g(&["setup", "--help"]).exits(0).stdout;
    let examples = crate::help::examples(&help);
    assert_eq!(examples.len(), 2, "{examples:?}");
    let words = crate::workplace::words(examples[1].strip_prefix("el2g ").expect("its name"));
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.push("--dry-run");
    let planned = work.el2g(&words).exits(0).stdout;
    let signer = "signer = \"gpg:0123456789ABCDEF0123456789ABCDEF01234567\"\n";
    let expected = format!(
        "[profiles.default]\nservice = \"nxp\"\ntoken-file = \"token\"\nrecipient = \"edgelock2go\"\n{signer}"
    );
    assert_eq!(planned, expected);
}

#[test]
fn another_recipient_than_the_one_that_was_named_changes_nothing() {
    let (service, work) = first_day();
    let line =
        [
            &[
                "setup",
                "--no-input",
                "--service",
                "sandbox",
                "--base-url",
                service.ready("baseUrl"),
            ][..],
            &[
                "--token-file",
                "token",
                "--signer",
                "rsa2048.sec.asc",
                "--recipient",
                "edgelock2go.asc",
            ],
            &["--fingerprint", "0123456789ABCDEF0123456789ABCDEF01234567"],
        ]
        .concat();
    let ran = work.el2g(&line).exits(3);
    assert!(ran.stderr.contains("nothing was stored"), "{}", ran.stderr);
    assert!(!work.path(CONFIG).exists());
}

#[test]
#[cfg_attr(not(oracle = "python3"), ignore = "needs python3")]
fn what_is_missing_is_asked_for_on_the_terminal() {
    let (service, work) = first_day();
    let base = service.ready("baseUrl");
    // A wrong answer, and no at the fingerprint, leave nothing behind.
    let Some(ran) = work.on_terminal(&["setup"], &["aws"]) else { return };
    assert!(ran.exits(2).stdout.contains("expected foundries, nxp or sandbox"));
    let no = ["sandbox", base, "token", "rsa2048.sec.asc", "edgelock2go.asc", "n"];
    work.on_terminal(&["setup"], &no).expect("python3").exits(2);
    assert!(!work.path(CONFIG).exists());
    // A token that is typed and a key that is made: neither is shown.
    let answers = [
        "sandbox",
        base,
        "",
        "",
        "Keys <k@example.com>",
        "edgelock2go.asc",
        "y",
        &service.token,
        "correct horse",
        "correct horse",
    ];
    let ran = work.on_terminal(&["setup"], &answers).expect("python3").exits(0);
    for part in [
        "Service: foundries, nxp or sandbox: ",
        "Address of the sandbox",
        "File that holds the token, or nothing to type it: ",
        "or nothing to make one: ",
        "Owner of the new key, as Name <mail>: ",
        "File with the sandbox's public key",
        "Pin recipient `sandbox` to ",
        "The token (it is not shown): ",
        "The same passphrase again: ",
        "the token is accepted in EL2G-API-Key",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains(&service.token) && !ran.stdout.contains("correct horse"));
    let before = text(&work);
    // Again: nothing is missing, nothing is asked, and the file stays.
    let ran = work.on_terminal(&["setup"], &[]).expect("python3").exits(0);
    assert!(!ran.stdout.contains("[y/N]") && ran.stdout.contains("access"), "{}", ran.stdout);
    assert_eq!(text(&work), before);
}

#[test]
#[cfg_attr(not(oracle = "python3"), ignore = "needs python3")]
fn an_interruption_leaves_the_config_file_as_it_was() {
    let (service, work) = first_day();
    let fingerprint = fingerprint(&work);
    let before = "# mine\n[profiles.other]\nservice = \"nxp\"\n";
    std::fs::create_dir_all(work.path(".config/el2g")).expect("a folder");
    work.write_secret(CONFIG, before);
    let script = crate::workplace::root().join("tests/terminal/interrupted.py");
    let (script, program) =
        (script.display().to_string(), crate::workplace::program().display().to_string());
    // At the token, and at the passphrase of the new key.
    for more in [&["--signer", "rsa2048.sec.asc"][..], &["--user-id", "k", "--token-file", "token"]]
    {
        let line = [
            &[script.as_str(), "key", &program, "setup", "--service", "sandbox"][..],
            &["--base-url", service.ready("baseUrl"), "--store", "file"],
            &["--recipient", "edgelock2go.asc", "--fingerprint", &fingerprint],
            more,
        ]
        .concat();
        let Some(ran) = work.oracle(std::process::Command::new("python3"), &line) else { return };
        assert_eq!(ran.exits(0).stdout, "SIGINT as before\n");
        assert_eq!(text(&work), before);
        for name in ["signer.asc", "signer.pub", "default.token"] {
            assert!(!work.path(&format!(".config/el2g/{name}")).exists(), "{name}");
        }
    }
}
