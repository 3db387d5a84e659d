//! `el2g config`: the file that holds the settings, and where each of them comes from.

use std::os::unix::fs::PermissionsExt as _;

use crate::workplace::{Ran, Workplace};

const USUAL: &str = ".config/el2g/config.toml";

/// Value and origin of one setting.
fn shown(ran: &Ran, key: &str) -> (Option<String>, Option<String>) {
    let report = ran.json();
    let settings = report["settings"].as_array().expect("settings");
    let setting = settings.iter().find(|setting| setting["key"] == key).expect(key);
    let text = |name: &str| setting[name].as_str().map(str::to_owned);
    (text("value"), text("origin"))
}

#[track_caller]
fn is(ran: &Ran, key: &str, value: &str, origin: &str) {
    assert_eq!(shown(ran, key), (Some(value.to_owned()), Some(origin.to_owned())), "{key}");
}

fn text(work: &Workplace) -> String {
    String::from_utf8(work.read(USUAL)).expect("text")
}

#[test]
fn a_profile_is_made_of_the_flags_and_used_by_every_command() {
    let work = Workplace::new();
    work.write_secret("token", "some-token");
    let init = ["config", "init", "--profile", "line-7", "--service", "foundries"];
    let more = ["--factory", "f-1", "--token-file", "token"];
    let ran = work.el2g(&[&init[..], &more].concat()).exits(0);
    assert_eq!(ran.stdout, "");
    assert!(text(&work).starts_with("# Settings of el2g"), "{}", text(&work));
    assert!(ran.stderr.starts_with("wrote ") && ran.stderr.contains("`line-7`"), "{}", ran.stderr);
    let mode = std::fs::metadata(work.path(USUAL)).expect("written").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let shown = work.el2g(&["config", "show", "-o", "json"]).exits(0);
    let url = "https://api.foundries.io/ota/factories/f-1/el2g-proxy";
    is(&shown, "base-url", url, "default of the service");
    is(&shown, "auth-header", "OSF-TOKEN", "default of the service");
    is(&shown, "profile", "line-7", "default-profile of the config file");
    is(&shown, "service", "foundries", "profile");
    is(&shown, "factory", "f-1", "profile");
    let (found, origin) = self::shown(&shown, "token");
    assert_eq!(
        (found.map(|it| it.ends_with("/token")), origin.as_deref()),
        (Some(true), Some("profile"))
    );
    let dry = work.el2g(&["product", "list", "--dry-run"]).exits(0).stdout;
    assert!(dry.contains(url), "{dry}");
    // What is there is kept, unless it is said.
    let before = text(&work);
    let kept = work.el2g(&init).exits(3);
    assert!(kept.stderr.contains("--force"), "{}", kept.stderr);
    assert_eq!(text(&work), before);
    work.el2g(&[&init[..], &["--force"]].concat()).exits(0);
    assert!(!text(&work).contains("token-file"));
    work.el2g(&["config", "init", "--force"]).exits(2);
}

/// Several services share one file: a new profile, or a new one in place of an old, leaves the others and what is
/// written around them.
#[test]
fn a_profile_is_added_and_replaced_without_touching_the_others() {
    let work = Workplace::new();
    let init = |profile: &str, more: &[&str]| {
        work.el2g(&[&["config", "init", "--profile", profile], more].concat())
    };
    init("pilot", &["--service", "nxp"]).exits(0);
    let commented = format!(
        "{}signer = \"gpg:0123456789ABCDEF0123456789ABCDEF01234567\" # Anna's\n\n# The line in Graz.\n[profiles.prod]\n\
         service = \"foundries\"\nfactory = \"f-1\"\n\n# Only for tests.\n[profiles.test]\nservice = \"sandbox\"\n",
        text(&work)
    );
    work.write_secret(USUAL, &commented);
    let kept = init("prod", &["--service", "nxp"]).exits(3);
    assert!(kept.stderr.contains("--force"), "{}", kept.stderr);
    assert_eq!(text(&work), commented);
    let ran = init("prod", &["--service", "nxp", "--force"]).exits(0);
    assert!(ran.stderr.contains("the default profile is still `pilot`"), "{}", ran.stderr);
    let replaced =
        commented.replace("service = \"foundries\"\nfactory = \"f-1\"", "service = \"nxp\"");
    assert_eq!(text(&work), replaced);
    init("fourth", &["--service", "sandbox", "--base-url", "http://127.0.0.1:9"]).exits(0);
    let added = "\n[profiles.fourth]\nservice = \"sandbox\"\nbase-url = \"http://127.0.0.1:9\"\n";
    assert_eq!(text(&work), replaced + added);
    // What cannot be read is not replaced either.
    work.write_secret(USUAL, "[profiles");
    init("prod", &["--service", "nxp", "--force"]).exits(3);
    assert_eq!(text(&work), "[profiles");
}

#[test]
fn one_key_is_set_and_the_rest_of_the_file_stays() {
    let work = Workplace::new();
    work.el2g(&["config", "init", "--service", "nxp"]).exits(0);
    let commented =
        text(&work) + "signer = \"gpg:0123456789ABCDEF0123456789ABCDEF01234567\" # Anna's\n";
    work.write_secret(USUAL, &commented);
    work.el2g(&["config", "set", "recipient", "edgelock2go"]).exits(0);
    work.el2g(&["config", "set", "token-command", "--", "pass", "show", "-c", "el2g"]).exits(0);
    work.el2g(&["config", "set", "auth-header", "Authorization"]).exits(0);
    work.el2g(&["config", "set", "--profile", "pilot", "service", "sandbox"]).exits(0);
    let expected = commented
        + "recipient = \"edgelock2go\"\ntoken-command = [\"pass\", \"show\", \"-c\", \"el2g\"]\n\
           auth-header = \"Authorization\"\n\n[profiles.pilot]\nservice = \"sandbox\"\n";
    assert_eq!(text(&work), expected);
    let shown = work.el2g(&["config", "show", "-o", "json"]).exits(0);
    is(&shown, "token", "what `pass` prints", "profile");
    is(&shown, "auth-header", "Authorization", "profile");
    work.el2g(&["config", "set", "default-profile", "pilot"]).exits(0);
    let shown = work.el2g(&["config", "show", "-o", "json"]).exits(0);
    is(&shown, "service", "sandbox", "profile");
    assert_eq!(text(&work), expected.replace("= \"default\"", "= \"pilot\""));
}

#[test]
fn what_no_command_could_read_is_not_written() {
    let work = Workplace::new();
    work.el2g(&["config", "init", "--service", "nxp"]).exits(0);
    let before = text(&work);
    for (key, values, said) in [
        ("token", &["hunter2-hunter2"][..], "unknown key `token`"),
        ("service", &["aws"], "unknown value, expected one of"),
        ("auth-header", &["X-Token"], "unknown value, expected one of"),
        ("allow-other-host", &["yes"], "boolean"),
        ("base-url", &["https://anna:hunter2@h/"], "holds a user name or password"),
        ("factory", &["a", "b"], "expected one value, found 2"),
        ("default-profile", &["absent"], "has no profile `absent`"),
        ("product", &["93538931247"], "expected the 12 digits of a 12NC"),
        ("group", &["99999999999999999999"], "found a larger number"),
        ("factory", &["a/../b"], "letters, digits"),
        ("factory", &[""], "expected a value, found nothing"),
        ("page-size", &["many"], "expected u32"),
        ("signer", &["pkcs11:token=x?pin-value=hunter2"], "pin-value"),
        ("signer", &["gpg:"], "gpg:"),
    ] {
        let ran = work.el2g(&[&["config", "set", key][..], values].concat());
        assert!([2, 3].contains(&ran.code), "{key}: {}", ran.code);
        assert!(ran.stderr.contains(said) && !ran.stderr.contains("hunter2"), "{}", ran.stderr);
        assert_eq!(text(&work), before, "{key}");
    }
    work.write_secret(USUAL, "[profiles");
    work.el2g(&["config", "set", "service", "nxp"]).exits(3);
    assert_eq!(text(&work), "[profiles");
}

#[test]
fn the_origin_is_what_beats_the_rest_and_the_token_is_not_shown() {
    let work = Workplace::new();
    let init = ["config", "init", "--service", "nxp", "--token-file", "of-profile"];
    work.el2g(&init).exits(0);
    let show = ["config", "show", "-o", "json"];
    let environment =
        [("EL2G_SERVICE", "foundries"), ("EL2G_FACTORY", "f"), ("EL2G_TOKEN", "s3cret-t0ken")];
    let ran = work.el2g_with(&environment, &show).exits(0);
    is(&ran, "service", "foundries", "environment EL2G_SERVICE");
    is(&ran, "token", "(not shown)", "environment EL2G_TOKEN");
    assert!(!ran.stdout.contains("s3cret"), "{}", ran.stdout);
    let flags = ["--service", "sandbox", "--base-url", "http://127.0.0.1:9", "--token-file", "f"];
    let ran = work.el2g_with(&environment, &[&show[..], &flags].concat()).exits(0);
    is(&ran, "service", "sandbox", "flag");
    is(&ran, "base-url", "http://127.0.0.1:9/api/v1", "flag");
    is(&ran, "token", "f", "flag");
    is(&ran, "output", "json", "flag");
    is(&ran, "ca-cert", "the system's", "default");
    // Nothing is set: it is told all the same.
    let human = Workplace::new().el2g(&["config", "show"]).exits(0).stdout;
    assert!(human.contains("service           -\n") && human.contains("[default]"), "{human}");
    let odd = ["config", "show", "--service", "nxp", "--base-url", "https://anna:hunter2@h/"];
    assert!(!work.el2g(&odd).exits(0).stdout.contains("hunter2"));
}

#[test]
fn what_is_not_there_yet_is_written_with_a_warning() {
    let work = Workplace::new();
    work.el2g(&["config", "init", "--service", "nxp"]).exits(0);
    for (key, word, said) in [
        ("token-file", "later", "token-file: there is no file later yet"),
        ("signer", "later.asc", "signer: there is no file later.asc yet"),
        ("recipient", "later", "neither a file nor a stored recipient is named `later` yet"),
    ] {
        let ran = work.el2g(&["config", "set", key, word]).exits(0);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    work.write_secret("there", "some-token");
    let ran = work.el2g(&["config", "set", "token-file", "there"]).exits(0);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
}

const PRODUCT: &str = "935389312472";
const DEVICE: &str = "0x040050011ce89d305cf379041f1d12946680";

/// Commands of one group and product, with what must be typed where a profile has neither.
const ONE_GROUP: [(&str, &str); 15] = [
    ("device-group create --name meters", "--product 935389312472"),
    ("device-group list", "--product 935389312472"),
    ("device-group show 5", "--product 935389312472"),
    ("device-group rename 5 --name x", "--product 935389312472"),
    ("policy template --kind MASTER_KEY", "--product 935389312472"),
    ("device add DEVICE", "--group 474 --product 935389312472"),
    ("device register DEVICE", "--group 474 --product 935389312472"),
    ("device show DEVICE", "--group 474 --product 935389312472"),
    ("device list --group 474", "--product 935389312472"),
    ("batch create --count 3", "--group 474 --product 935389312472"),
    ("claim-code list", "--group 474 --product 935389312472"),
    ("claim-code update 4 --name x", "--group 474 --product 935389312472"),
    ("claim-code statistics", "--group 474 --product 935389312472"),
    ("secure-object assign 5424", "--group 474"),
    ("provision --object 5424 --hardware-family SE05", "--group 474 --product 935389312472"),
];

/// Commands that destroy something: what they are about must be typed.
const DESTROYING: [&str; 8] = [
    "device-group delete 5",
    "device-group unclaim-all 5",
    "device unclaim DEVICE --group 474",
    "device unclaim DEVICE --product 935389312472",
    "claim-code revoke 4 --group 474",
    "claim-code delete 4 --product 935389312472",
    "secure-object unassign 5424",
    "device-group unassign-objects --object 5424",
];

#[test]
fn the_product_and_the_group_of_the_profile_are_taken_unless_something_is_destroyed() {
    let (work, bare) = (Workplace::new(), Workplace::new());
    let init = ["config", "init", "--service", "sandbox", "--base-url", "http://127.0.0.1:9"];
    bare.el2g(&init).exits(0);
    let defaults = ["--product", PRODUCT, "--group", "474"];
    work.el2g(&[&init[..], &defaults].concat()).exits(0);
    let shown = work.el2g(&["config", "show", "-o", "json"]).exits(0);
    is(&shown, "product", PRODUCT, "profile");
    is(&shown, "group", "474", "profile");
    let words = |line: &str| crate::workplace::words(&line.replace("DEVICE", DEVICE));
    for (line, typed) in ONE_GROUP {
        let defaulted = work.el2g(&words(&format!("{line} --dry-run"))).exits(0);
        let whole = bare.el2g(&words(&format!("{line} {typed} --dry-run"))).exits(0);
        assert_eq!(defaulted.stdout, whole.stdout, "{line}");
        assert!(!whole.stdout.is_empty(), "{line}");
        let notes = defaulted.stderr.matches(", the default of the profile").count();
        assert_eq!(notes, typed.matches("--").count(), "{line}: {}", defaulted.stderr);
        // What is typed beats the profile.
        let other = typed.replace("474", "475").replace(PRODUCT, "999340000612");
        let beaten = work.el2g(&words(&format!("{line} {other} --dry-run"))).exits(0).stdout;
        assert_ne!(beaten, whole.stdout, "{line}");
        let missing = bare.el2g(&words(&format!("{line} --dry-run"))).exits(2).stderr;
        assert!(missing.contains("el2g config set"), "{line}: {missing}");
    }
    for line in DESTROYING {
        let ran = work.el2g(&words(&format!("{line} --yes --dry-run"))).exits(2);
        assert!(ran.stderr.contains("required arguments were not provided"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "", "{line}");
    }
}

#[test]
fn a_profile_has_one_place_for_its_token() {
    let work = Workplace::new();
    work.write_secret("token", "some-token");
    work.el2g(&["config", "init", "--service", "nxp", "--token-file", "token"]).exits(0);
    let ran = work.el2g(&["config", "set", "token-command", "--", "pass", "el2g"]).exits(0);
    assert!(ran.stderr.contains("token-command replaces token-file"), "{}", ran.stderr);
    let shown = work.el2g(&["config", "show", "-o", "json"]).exits(0);
    is(&shown, "token", "what `pass` prints", "profile");
    work.el2g(&["config", "set", "token-keyring", "true"]).exits(0);
    let shown = work.el2g(&["config", "show", "-o", "json"]).exits(0);
    is(&shown, "token", "the system's keyring, entry `default`", "profile");
    assert!(!text(&work).contains("token-command"), "{}", text(&work));
    let dry = work.el2g(&["product", "list", "--dry-run"]).exits(0).stdout;
    let looked_up = "$('secret-tool' 'lookup' 'service' 'el2g' 'username' 'default')";
    assert!(dry.contains(looked_up), "{dry}");
    // Two by hand: which one counts is not guessed.
    let both = text(&work) + "token-file = \"token\"\n";
    work.write_secret(USUAL, both);
    let ran = work.el2g(&["product", "list", "--dry-run"]).exits(3);
    assert!(ran.stderr.contains("expected one of token-file and token-keyring"), "{}", ran.stderr);
}

#[test]
fn a_token_is_stored_in_a_file_that_only_its_owner_reads() {
    let work = Workplace::new();
    work.write_secret("given", "s0me-t0ken\n");
    work.el2g(&["config", "init", "--profile", "p", "--service", "nxp"]).exits(0);
    let set = ["config", "token", "set", "--store", "file", "--token-file", "given"];
    let dry = work.el2g(&[&set[..], &["--dry-run"]].concat()).exits(0);
    assert!(dry.stderr.contains("was not stored"), "{}", dry.stderr);
    let stored = ".config/el2g/p.token";
    assert!(!work.path(stored).exists());
    let ran = work.el2g(&set).exits(0);
    assert!(!ran.stderr.contains("s0me") && ran.stdout.is_empty(), "{}", ran.stderr);
    assert_eq!(work.read(stored), b"s0me-t0ken");
    let mode = std::fs::metadata(work.path(stored)).expect("written").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let shown = work.el2g(&["config", "show", "-o", "json"]).exits(0);
    is(&shown, "token", &work.path(stored).display().to_string(), "profile");
    // Another one replaces it only with --force.
    work.write_secret("given", "an0ther");
    work.el2g(&set).exits(3);
    assert_eq!(work.read(stored), b"s0me-t0ken");
    work.el2g(&[&set[..], &["--force"]].concat()).exits(0);
    assert_eq!(work.read(stored), b"an0ther");
    work.el2g(&["config", "token", "remove", "--store", "file"]).exits(0);
    assert!(!work.path(stored).exists() && !text(&work).contains("token-file"));
    let again = work.el2g(&["config", "token", "remove", "--store", "file"]).exits(0);
    assert!(again.stderr.contains("there was none"), "{}", again.stderr);
    for (line, says) in [
        (&["--store", "file"][..], "--token-file"),
        (&["--store", "file", "--token-file", "given", "--profile", "absent"], "has no profile"),
        (&["--store", "file", "--token-file", "/dev/null"], "holds no token"),
    ] {
        let ran = work.el2g(&[&["config", "token", "set"][..], line].concat());
        assert!([2, 3].contains(&ran.code) && ran.stderr.contains(says), "{}", ran.stderr);
    }
}

#[test]
fn a_program_without_a_keyring_says_what_to_use_instead() {
    let work = Workplace::new();
    work.write_secret("given", "s0me-t0ken\n");
    work.el2g(&["config", "init", "--service", "nxp"]).exits(0);
    let before = text(&work);
    let ran = work.el2g(&["config", "token", "set", "--token-file", "given"]).exits(3);
    // With the feature it is a session bus that is not there.
    let says = ["without the feature `keyring`", "the system's keyring"];
    assert!(says.iter().any(|it| ran.stderr.contains(it)), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: use token-file"), "{}", ran.stderr);
    assert_eq!(text(&work), before);
}
