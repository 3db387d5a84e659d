//! `el2g recipient`: a stored key is used only while it is the one that was pinned.

use std::os::unix::fs::PermissionsExt;

use crate::workplace::{Ran, Workplace, root, skipped};

const KEY: &str = ".local/share/el2g/recipients/edgelock2go.asc";
const PIN: &str = ".config/el2g/recipients/edgelock2go.json";

fn workplace() -> Workplace {
    let work = Workplace::new();
    for name in [
        "recipient.pub.asc",
        "recipient.sec.asc",
        "other-recipient.pub.asc",
        "expired-recipient.pub.asc",
        "rsa2048.sec.asc",
    ] {
        work.take(&format!("openpgp/{name}"));
    }
    work.write_secret("key.hex", "00112233445566778899aabbccddeeff");
    work
}

fn seal(work: &Workplace, more: &[&str]) -> Ran {
    let line = ["pgp", "seal", "--kind", "aes", "--in", "key.hex", "--signer", "rsa2048.sec.asc"];
    work.el2g(&[&line[..], &["-o", "json"], more].concat())
}

fn fingerprint(work: &Workplace, file: &str) -> String {
    let report = work.el2g(&["pgp", "recipient", file, "-o", "json"]).exits(0).json();
    report["fingerprint"].as_str().unwrap().to_owned()
}

#[test]
fn a_stored_recipient_is_pinned_and_used_where_none_is_named() {
    let work = workplace();
    let ran = seal(&work, &[]).exits(2);
    assert!(ran.stderr.contains("el2g recipient add"), "{}", ran.stderr);
    let own = fingerprint(&work, "recipient.pub.asc");
    let shown = work.el2g(&["recipient", "add", "recipient.pub.asc", "--yes"]).exits(0);
    assert!(shown.stderr.contains(&format!("fingerprint: {own}")), "{}", shown.stderr);
    for file in [KEY, PIN] {
        let mode = std::fs::metadata(work.path(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");
    }
    for more in [&[][..], &["--recipient", "edgelock2go"], &["--recipient", "recipient.pub.asc"]] {
        assert_eq!(seal(&work, more).exits(0).json()["recipient"], own.as_str());
    }
    // Again the same key: nothing to complain of.
    work.el2g(&["recipient", "add", "recipient.pub.asc", "--fingerprint", &own]).exits(0);
    let listed = work.el2g(&["recipient", "list", "-o", "json"]).exits(0).json();
    assert_eq!(listed[0]["fingerprint"], own.as_str());
    assert_eq!(listed[0]["problem"], serde_json::Value::Null);
    work.el2g(&["recipient", "remove", "edgelock2go"]).exits(0);
    let gone = work.el2g(&["recipient", "remove", "edgelock2go"]).exits(3);
    assert!(gone.stderr.contains("no recipient `edgelock2go` is stored"), "{}", gone.stderr);
    assert_eq!(
        work.el2g(&["recipient", "list", "-o", "json"]).exits(0).json(),
        serde_json::json!([])
    );
}

#[test]
fn another_key_never_takes_a_name_that_is_pinned() {
    let work = workplace();
    let (own, other) =
        (fingerprint(&work, "recipient.pub.asc"), fingerprint(&work, "other-recipient.pub.asc"));
    work.el2g(&["recipient", "add", "recipient.pub.asc", "--yes"]).exits(0);
    for more in [&[][..], &["--yes"], &["--fingerprint", &other]] {
        let line = [&["recipient", "add", "other-recipient.pub.asc"][..], more].concat();
        let ran = work.el2g(&line).exits(3);
        assert!(ran.stderr.contains(&format!("pinned to {own}")), "{}", ran.stderr);
        assert!(ran.stderr.contains(&other), "{}", ran.stderr);
    }
    let line = ["recipient", "add", "other-recipient.pub.asc", "--name", "other"];
    let wrong = work.el2g(&[&line[..], &["--fingerprint", &own]].concat()).exits(3);
    assert!(wrong.stderr.contains("nothing was stored"), "{}", wrong.stderr);
    work.el2g(&[&line[..], &["--yes"]].concat()).exits(0);
    // Of several the usual name is the default.
    assert_eq!(seal(&work, &[]).exits(0).json()["recipient"], own.as_str());
    assert_eq!(seal(&work, &["--recipient", "other"]).exits(0).json()["recipient"], other.as_str());
    work.el2g(&["recipient", "remove", "edgelock2go"]).exits(0);
    work.el2g(&["recipient", "add", "recipient.pub.asc", "--name", "third", "--yes"]).exits(0);
    let which = seal(&work, &[]).exits(2);
    assert!(which.stderr.contains("2 are stored: other, third"), "{}", which.stderr);
    // What could be a file or a stored name is refused, whichever was meant.
    work.write("third", work.read("other-recipient.pub.asc"));
    let both = seal(&work, &["--recipient", "third"]).exits(2);
    assert!(both.stderr.contains("a file and a stored recipient"), "{}", both.stderr);
    assert_eq!(
        seal(&work, &["--recipient", "./third"]).exits(0).json()["recipient"],
        other.as_str()
    );
}

/// Without a terminal nobody compares fingerprints: what is pinned was named, or somebody said yes.
#[test]
fn nothing_is_pinned_that_nobody_confirmed() {
    let work = workplace();
    let own = fingerprint(&work, "recipient.pub.asc");
    let other = fingerprint(&work, "other-recipient.pub.asc");
    let add = |file: &str, more: &[&str]| work.el2g(&[&["recipient", "add", file], more].concat());
    for more in [&[][..], &["--force"], &["--no-input"], &["-o", "json"]] {
        let ran = add("recipient.pub.asc", more).exits(2);
        assert!(
            ran.stderr.contains(&own) && ran.stderr.contains("--fingerprint"),
            "{}",
            ran.stderr
        );
        assert_eq!(work.el2g(&["recipient", "list"]).exits(0).stdout, "", "{more:?}");
    }
    // A dry run asks nothing and stores nothing.
    let dry = add("recipient.pub.asc", &["--dry-run"]).exits(0);
    assert!(dry.stderr.contains("was not stored"), "{}", dry.stderr);
    assert_eq!(work.el2g(&["recipient", "list"]).exits(0).stdout, "");
    add("recipient.pub.asc", &["--fingerprint", &own]).exits(0);
    // Another key takes the name only with --force, and that is not an answer.
    let pinned = || {
        let listed = work.el2g(&["recipient", "list", "-o", "json"]).exits(0).json();
        listed[0]["fingerprint"].as_str().unwrap().to_owned()
    };
    add("other-recipient.pub.asc", &["--force"]).exits(2);
    add("other-recipient.pub.asc", &["--fingerprint", &other]).exits(3);
    assert_eq!(pinned(), own);
    add("other-recipient.pub.asc", &["--force", "--fingerprint", &other]).exits(0);
    assert_eq!(pinned(), other);
    add("recipient.pub.asc", &["--force", "--yes"]).exits(0);
    assert_eq!(pinned(), own);
}

#[test]
#[cfg_attr(not(oracle = "python3"), ignore = "needs python3")]
fn a_fingerprint_is_confirmed_on_the_terminal() {
    let work = workplace();
    let own = fingerprint(&work, "recipient.pub.asc");
    let add = ["recipient", "add", "recipient.pub.asc"];
    let Some(refused) = work.on_terminal(&add, &["n"]) else { return };
    let shown = refused.exits(2).stdout;
    assert!(shown.contains(&format!("Pin recipient `edgelock2go` to {own}")), "{shown}");
    assert_eq!(work.el2g(&["recipient", "list"]).exits(0).stdout, "");
    work.on_terminal(&add, &["y"]).expect("python is there").exits(0);
    assert!(work.el2g(&["recipient", "list"]).exits(0).stdout.contains(&own));
}

#[test]
fn a_store_that_was_tampered_with_is_not_used() {
    for (file, change, said) in [
        (KEY, Some("other-recipient.pub.asc"), "was changed after it was stored"),
        (KEY, None, "is gone"),
        (PIN, None, "it has no pin"),
        (PIN, Some("key.hex"), "cannot be read"),
    ] {
        let work = workplace();
        work.el2g(&["recipient", "add", "recipient.pub.asc", "--yes"]).exits(0);
        match change {
            Some(from) => work.write(file, work.read(from)),
            None => std::fs::remove_file(work.path(file)).unwrap(),
        }
        for more in [&[][..], &["--recipient", "edgelock2go"]] {
            let ran = seal(&work, more).exits(3);
            assert!(ran.stderr.contains("recipient `edgelock2go` is not used"), "{}", ran.stderr);
            assert!(ran.stderr.contains(said), "{}", ran.stderr);
        }
        let listed = work.el2g(&["recipient", "list", "-o", "json"]).exits(3).json();
        assert!(listed[0]["problem"].as_str().unwrap().contains(said), "{listed}");
    }
    // A pin that was exchanged together with the key's hash still names the key.
    let work = workplace();
    work.el2g(&["recipient", "add", "recipient.pub.asc", "--yes"]).exits(0);
    work.el2g(&["recipient", "add", "other-recipient.pub.asc", "--name", "other", "--yes"])
        .exits(0);
    let pin = String::from_utf8(work.read(PIN)).unwrap();
    let own = fingerprint(&work, "recipient.pub.asc");
    let other = fingerprint(&work, "other-recipient.pub.asc");
    work.write(PIN, pin.replace(&own, &other));
    let ran = seal(&work, &["--recipient", "edgelock2go"]).exits(3);
    assert!(ran.stderr.contains("which was pinned"), "{}", ran.stderr);
}

#[test]
fn only_a_public_key_that_can_be_encrypted_to_is_stored() {
    let work = workplace();
    work.write(
        "damaged.asc",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQINx\n-----END PGP PUBLIC KEY BLOCK-----\n",
    );
    for (file, said) in [
        ("recipient.sec.asc", "secret key"),
        ("expired-recipient.pub.asc", "expired"),
        ("damaged.asc", "damaged"),
        ("none.asc", "cannot be read"),
    ] {
        let ran = work.el2g(&["recipient", "add", file]).exits(3);
        assert!(ran.stderr.contains(said), "{file}: {}", ran.stderr);
    }
    for name in ["../x", ".x", "", "a/b"] {
        work.el2g(&["recipient", "add", "recipient.pub.asc", "--name", name]).exits(2);
    }
    assert_eq!(work.el2g(&["recipient", "list"]).exits(0).stdout, "");
}

/// The key as AN12642 prints it in section 13: damaged, and none is told which characters were meant.
#[test]
fn the_key_printed_in_an12642_is_diagnosed_line_by_line() {
    let Ok(document) = std::fs::read_to_string(root().join("../shared/an12642/AN12642.txt")) else {
        return skipped("../shared/an12642/AN12642.txt is not there");
    };
    let begin = document.find("-----BEGIN PGP PUBLIC KEY BLOCK-----").unwrap();
    const END: &str = "-----END PGP PUBLIC KEY BLOCK-----";
    let end = document.find(END).unwrap() + END.len();
    let work = Workplace::new();
    work.write("printed.asc", format!("{}\n", &document[begin..end]));
    let ran = work.el2g(&["pgp", "recipient", "printed.asc", "-o", "json"]).exits(3);
    let armor = &ran.json()["armor"];
    let lines: Vec<(u64, u64, &str)> = armor["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            let number = |name: &str| line[name].as_u64().unwrap();
            assert_eq!(number("expected"), 64, "{line}");
            (number("dataLine"), number("found"), line["problem"].as_str().unwrap())
        })
        .collect();
    let wanted = [
        (10, 62),
        (13, 63),
        (18, 63),
        (19, 63),
        (25, 63),
        (29, 63),
        (30, 65),
        (32, 63),
        (35, 65),
        (37, 63),
        (45, 63),
    ];
    assert_eq!(lines, wanted.map(|(line, found)| (line, found, "length")));
    let ran = work.el2g(&["pgp", "recipient", "printed.asc"]).exits(3);
    assert!(ran.stdout.contains("line 13 (data line 10): has 62 characters"), "{}", ran.stdout);
    assert!(ran.stdout.contains("checksum: stated 06DD25, computed 1E7766"), "{}", ran.stdout);
    assert!(ran.stderr.contains("hint: fetch the key again"), "{}", ran.stderr);
    // It is neither stored nor sealed to.
    let ran = work.el2g(&["recipient", "add", "printed.asc"]).exits(3);
    assert!(ran.stderr.contains("the armor is damaged"), "{}", ran.stderr);
}

#[test]
fn armor_that_lost_its_form_is_told_from_other_text() {
    let work = workplace();
    let armor = String::from_utf8(work.read("recipient.pub.asc")).unwrap();
    let quoted: String = armor.lines().map(|line| format!("> {line}\n")).collect();
    let lost = "armor whose line breaks were lost, or whose every line was quoted";
    for (content, said) in [
        (armor.replace('\n', ""), lost),
        (armor.replace('\n', "\\n"), lost),
        (quoted, lost),
        (armor.split_once('\n').unwrap().1.to_owned(), "armor without its `-----BEGIN` line"),
        (
            armor.replace("-----", "\u{2014}"),
            "armor whose dashes around BEGIN and END were changed",
        ),
        ("see attachment".to_owned(), "text or unknown data"),
    ] {
        work.write("key.asc", content);
        let ran = work.el2g(&["pgp", "recipient", "key.asc"]).exits(3);
        let wanted = format!("key.asc: the file holds {said}, not an OpenPGP key");
        assert!(ran.stderr.contains(&wanted), "{}", ran.stderr);
    }
    // So it is for secret keys, of which nothing is shown.
    let secret = String::from_utf8(work.read("rsa2048.sec.asc")).unwrap();
    work.write_secret("rsa2048.sec.asc", secret.replace('\n', ""));
    let ran = seal(&work, &["--recipient", "recipient.pub.asc"]).exits(3);
    assert!(ran.stderr.contains(lost) && ran.stderr.len() < 500, "{}", ran.stderr);
}
