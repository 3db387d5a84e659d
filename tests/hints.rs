//! What the program says where an everyday slip stops it: what was expected, and what to do. One table per kind.

mod commands;
mod findings;

use serde_json::Value;

use crate::served::Served;
use crate::workplace::Workplace;

const PRODUCT: &str = "935389312472";
const FINGERPRINT: &str = "0123456789ABCDEF0123456789ABCDEF01234567";

fn words(line: &str) -> Vec<String> {
    crate::workplace::words(line)
}

/// Runs a line in both forms: the message for people and the JSON error hold the same parts.
#[track_caller]
fn says(work: &Workplace, line: &str, code: i32, parts: &[&str]) {
    let human = work.el2g(&words(line));
    assert_eq!(human.code, code, "{line}: {}", human.stderr);
    let json = work.el2g(&words(&format!("{line} -o json"))).exits(code).stderr;
    for part in parts {
        assert!(human.stderr.contains(part), "{line}: no {part:?} in {}", human.stderr);
        let escaped = Value::from(*part).to_string();
        let escaped = escaped.trim_matches('"');
        assert!(json.contains(escaped), "{line} -o json: no {part:?} in {json}");
    }
}

fn keys() -> Workplace {
    let work = Workplace::new();
    for name in ["rsa2048.sec.asc", "rsa2048.pub.asc", "recipient.pub.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    work.write_secret("key.hex", "00112233445566778899aabbccddeeff");
    work
}

#[test]
fn a_signer_that_is_no_key_file_is_named_for_what_it_is() {
    let work = keys();
    let grouped = "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567";
    let seal = "pgp seal --kind aes --in key.hex --recipient recipient.pub.asc --signer";
    for bare in [FINGERPRINT, &FINGERPRINT[24..], &FINGERPRINT[32..], &format!("0x{FINGERPRINT}")] {
        says(
            &work,
            &format!("{seal} {bare}"),
            2,
            &["looks like the fingerprint", "gpg:FINGERPRINT"],
        );
    }
    says(&work, &format!("{seal} '{grouped}'"), 2, &["looks like the fingerprint"]);
    says(&work, &format!("{seal} alice@example.com"), 3, &["no such file", "gpg:FINGERPRINT"]);
    says(
        &work,
        &format!("{seal} rsa2048.pub.asc"),
        3,
        &["holds the public key", "gpg --export-secret-keys"],
    );
    // A public key has the mode of one, and no chmod makes it a secret key.
    work.mode("rsa2048.pub.asc", 0o644);
    says(
        &work,
        &format!("{seal} rsa2048.pub.asc"),
        3,
        &["rsa2048.pub.asc: expected a secret, found a block `PGP PUBLIC KEY BLOCK`"],
    );
    says(&work, &format!("pgp public {FINGERPRINT}"), 2, &["gpg --armor --export FINGERPRINT"]);
    // In a profile it is a path from the config file's folder.
    work.write(
        "config.toml",
        format!("default-profile = \"p\"\n[profiles.p]\nsigner = \"{FINGERPRINT}\"\n"),
    );
    let line =
        "pgp seal --kind aes --in key.hex --recipient recipient.pub.asc --config config.toml";
    says(&work, line, 2, &["looks like the fingerprint", "gpg:FINGERPRINT"]);
    // A file of that name is a file.
    std::fs::copy(work.path("rsa2048.sec.asc"), work.path(FINGERPRINT)).unwrap();
    work.mode(FINGERPRINT, 0o600);
    work.el2g(&words(&format!("{seal} {FINGERPRINT}"))).exits(0);
}

#[test]
fn an_unknown_recipient_is_answered_with_those_that_are_stored() {
    let work = keys();
    let seal = "pgp seal --kind aes --in key.hex --signer rsa2048.sec.asc --recipient";
    says(
        &work,
        &format!("{seal} edgelock2go"),
        3,
        &["no such file", "no recipient is stored", "el2g recipient add"],
    );
    says(&work, &format!("{seal} {FINGERPRINT}"), 3, &["gpg --armor --export FINGERPRINT"]);
    for name in ["edgelock2go", "pilot"] {
        work.el2g(&words(&format!("recipient add recipient.pub.asc --name {name} --yes"))).exits(0);
    }
    says(
        &work,
        &format!("{seal} edgelock2g"),
        3,
        &["did you mean `edgelock2go`?", "edgelock2go, pilot"],
    );
    says(&work, &format!("{seal} other"), 3, &["a stored recipient: edgelock2go, pilot"]);
    says(&work, "recipient remove pilto", 3, &["did you mean `pilot`?", "el2g recipient list"]);
}

#[test]
fn a_payload_of_another_form_is_named_with_its_flag() {
    let work = keys();
    let files: [(&str, &[u8], &str); 8] = [
        ("prefix", b"0x00112233445566778899aabbccddeeff", "remove every `0x`"),
        ("list", b"0x00, 0x11, 0x22", "remove every `0x`"),
        ("raw", b"\x8e\x01\xc8\x99\x12\xfe\x30\x41\x8e\x01\xc8\x99\x12\xfe\x30\x41", "--raw"),
        (
            "raw-letters",
            b"kT\x8e\x01\xc8\x99\x12\xfe\x30\x41\x8e\x01\xc8\x99\x12\xfe",
            "pass --raw",
        ),
        ("raw-digits", b"01\xc8\x99\x12\xfe\x30\x41\x8e\x01\xc8\x99\x12\xfe\x00\x01", "pass --raw"),
        (
            "raw-zero",
            b"\x00\x01\xc8\x99\x12\xfe\x30\x41\x8e\x01\xc8\x99\x12\xfe\x00\x01",
            "pass --raw",
        ),
        ("colons", b"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff", "remove the separators"),
        ("quoted", b"'00112233445566778899aabbccddeeff'", "remove the quotation marks"),
    ];
    for (name, content, hint) in files {
        work.write_secret(name, content);
        let line = format!(
            "pgp seal --kind aes --in {name} --signer rsa2048.sec.asc --recipient recipient.pub.asc"
        );
        says(&work, &line, 3, &[hint]);
    }
}

#[test]
fn a_slip_in_the_config_file_is_named_with_the_key_that_was_meant() {
    let work = Workplace::new();
    let profile = |line: &str| format!("default-profile = \"p\"\n[profiles.p]\n{line}\n");
    let scheme = ["profile `p`: base URL: has no scheme", "begin it with https://"];
    for (text, parts) in [
        (profile("base-url = \"localhost:8080\""), &scheme[..]),
        (profile("base-url = \"api.example.com/api/v1\""), &scheme),
        (profile("base_url = \"http://localhost:1\""), &["did you mean `base-url`?"]),
        (profile("tokenfile = \"t\""), &["did you mean `token-file`"]),
        (profile("service = \"sanbox\""), &["did you mean `sandbox`?"]),
        (profile("colour = true"), &["the keys are service, base-url"]),
        ("[profile.p]\nservice = \"sandbox\"\n".to_owned(), &["did you mean `profiles`"]),
        ("service = \"sandbox\"\n".to_owned(), &["[profiles."]),
    ] {
        work.write("config.toml", text);
        says(&work, "config show --config config.toml", 3, parts);
        says(&work, "product list --config config.toml", 3, parts);
    }
    work.write("config.toml", profile("service = \"sandbox\""));
    let set = "config set --config config.toml";
    says(
        &work,
        &format!("{set} base_url http://localhost:1"),
        2,
        &["unknown key", "did you mean `base-url`?"],
    );
    says(&work, &format!("{set} defaultprofile p"), 2, &["did you mean `default-profile`?"]);
    says(&work, &format!("{set} base-url localhost:1"), 3, &scheme);
    says(&work, "product list --base-url localhost:1", 2, &["has no scheme", "https://"]);
}

#[test]
fn nothing_on_this_machine_means_that_no_sandbox_runs() {
    let work = Workplace::new();
    work.write_secret("token", "t");
    for url in ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9", "https://127.0.0.1:9"]
    {
        for command in ["product list", "device-group show meters --product 935389312472"] {
            let line = format!("{command} --base-url {url} --token-file token --retries 0");
            says(&work, &line, 5, &["cannot connect", "el2g sandbox serve"]);
        }
    }
}

#[test]
fn what_is_missing_is_named_whole_and_with_the_command_that_shows_it() {
    let work = Workplace::new();
    for (line, parts) in [
        (
            "claim-code delete-matching",
            &["--revoked", "--max-usage-achieved", "--created-before"][..],
        ),
        (
            "claim-code update 4 --group 1 --product 935389312472",
            &["--name", "--device-limit", "--no-limit", "--at-limit", "--once", "--reusable"],
        ),
        ("secure-object update 5", &["--name", "--policies"]),
        ("device add --group 1 --product 935389312472", &["DEVICE", "--in"]),
        ("device-group show 5", &["--product", "el2g product list"]),
        ("device-group show", &["el2g product list", "el2g device-group list"]),
        ("secure-object assign", &["el2g secure-object list"]),
        ("secure-object assign 5", &["--group", "el2g device-group list", "el2g config set group"]),
        ("secure-object unassign", &["el2g secure-object list", "el2g device-group list"]),
        ("device unclaim 5", &["el2g product list", "el2g device-group list"]),
        ("claim-code list", &["el2g product list", "el2g device-group list"]),
        ("intermediate-ca show", &["el2g intermediate-ca list"]),
        ("ca sign --csr c --root-cert r", &["--root-key", "--tbs-out", "--signature-in", "--days"]),
        ("intermediate-ca create --name n --algorithm NIST_P256", &["--nxp", "--common-name"]),
        ("intermediate-ca prove --id 1 --cloud aws --out o", &["--code", "--sni-only"]),
        ("secure-object create binary-file --name n --object-id 1", &["--confidential", "--file"]),
        (
            "claim-code show pilot --group 1 --product 935389312472",
            &["expected an id", "el2g claim-code list"],
        ),
        ("provisioning certificate x", &["expected an id", "el2g device provisionings"]),
    ] {
        says(&work, line, 2, parts);
    }
}

/// A running service with what conflicts need, and the ids by name.
fn conflicts() -> (Served, Workplace, std::collections::BTreeMap<&'static str, String>) {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let mut ids = std::collections::BTreeMap::new();
    work.write_secret("claim.secret", "MDEyMzQ1Njc4OTAxMjM0NQ==");
    for (name, line) in [
        ("group", "device-group create --name meters --product 935389312472"),
        (
            "key",
            "secure-object create key-pair --name key --object-id 83000001 --algorithm NIST_P256",
        ),
        (
            "twin",
            "secure-object create key-pair --name twin --object-id 83000001 --algorithm NIST_P256",
        ),
        ("ca", "intermediate-ca create --name nxp --algorithm NIST_P256 --nxp"),
        ("foreign", "intermediate-ca create --name line --algorithm NIST_P256 --common-name L"),
        (
            "certificate",
            "secure-object create certificate --name c --object-id 83000002 --key-pair key --intermediate-ca nxp --common-name-prefix m --months 12",
        ),
        (
            "code",
            "claim-code create --name pilot --group meters --product 935389312472 --secret-file claim.secret",
        ),
    ] {
        let made = service.el2g(&work, &words(&format!("{line} -o json"))).exits(0).json();
        ids.insert(name, made["id"].to_string());
    }
    for line in [
        "secure-object assign key --group meters",
        "secure-object assign c --group meters",
        "claim-code revoke {code} --group meters --product 935389312472 --yes",
    ] {
        service.el2g(&work, &words(&filled(line, &ids))).exits(0);
    }
    (service, work, ids)
}

fn filled(line: &str, ids: &std::collections::BTreeMap<&'static str, String>) -> String {
    ids.iter().fold(line.to_owned(), |line, (name, id)| line.replace(&format!("{{{name}}}"), id))
}

#[test]
fn a_conflict_is_answered_with_what_is_in_the_way() {
    let (service, work, ids) = conflicts();
    for (line, code, hint) in [
        (
            "secure-object assign {twin} --group {group}",
            "RTP_409_1",
            "el2g device-group assigned-objects GROUP",
        ),
        ("secure-object assign {key} --group {group}", "RTP_409_2", "nothing is left to do"),
        (
            "secure-object delete {key} --yes",
            "RTP_409_3",
            "el2g secure-object unassign ID --group GROUP",
        ),
        ("intermediate-ca download {foreign}", "RTP_409_4", "el2g intermediate-ca enroll ID"),
        (
            "intermediate-ca delete {ca} --yes",
            "RTP_409_6",
            "el2g intermediate-ca secure-objects ID",
        ),
        (
            "secure-object unassign {key} --group {group} --yes",
            "RTP_409_7",
            "unassign it before its key pair",
        ),
        (
            "secure-object unassign {twin} --group {group} --yes",
            "RTP_409_8",
            "el2g secure-object assigned-groups ID",
        ),
        (
            "device-group delete {group} --product 935389312472 --yes",
            "SEDM_409_1",
            "el2g device-group unclaim-all",
        ),
        (
            "claim-code create --name other --group {group} --product 935389312472 --secret-file claim.secret",
            "SEDM_409_2",
            "el2g claim-code generate",
        ),
        (
            "claim-code update {code} --name x --group {group} --product 935389312472",
            "SEDM_409_3",
            "el2g claim-code create",
        ),
    ] {
        let line = filled(line, &ids);
        let ran = service.el2g(&work, &words(&line)).exits(4);
        assert!(ran.stderr.contains(&format!("ERR_{code}: ")), "{line}: {}", ran.stderr);
        let said = ran.stderr.split("hint: ").nth(1).unwrap_or_default();
        assert!(said.contains(hint), "{line}: {}", ran.stderr);
    }
}

#[test]
fn what_is_not_found_is_answered_with_the_command_that_lists_it() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let near = "did you mean 935389312472";
    for (line, hint) in [
        ("device-group list --product 935389312742", near),
        ("device-group create --name x --product 935389312742", near),
        ("device-group show 5 --product 93538931247", near),
        ("device-group show meters --product 935389312742", near),
        ("claim-code list --group 5 --product 935389312742", near),
        ("claim-code update 5 --name x --group 5 --product 935389312742", near),
        (
            "device add 0x040050011ce89d305cf379041f1d12946680 --group 5 --product 935389312742",
            near,
        ),
        ("policy template --product 935389312742 --type MASTER_KEY", near),
        ("device-group list --product meters", "no product has this 12NC; `el2g product list`"),
        ("device-group show 99999 --product 935389312472", "el2g device-group list --product"),
        ("secure-object show 99999", "el2g secure-object list"),
        ("secure-object unassign 99999 --group 5 --yes", "el2g device-group list --product"),
        ("intermediate-ca show 99999", "el2g intermediate-ca list"),
        ("provisioning certificate 99999", "el2g device provisionings"),
        ("device product 0x040050011ce89d305cf379041f1d12946680", "el2g device list"),
    ] {
        let ran = service.el2g(&work, &words(line)).exits(4);
        let said = ran.stderr.split("hint: ").nth(1).unwrap_or_default();
        assert!(said.contains(hint), "{line}: {}", ran.stderr);
    }
    // A filter that nothing fits is not an error: the list is empty, and a note says what was probably meant.
    let ran = service.el2g(&work, &words("product list --product 935389312742 -o json")).exits(0);
    assert!(ran.json() == serde_json::json!([]) && ran.stderr.contains(near), "{}", ran.stderr);
    assert_eq!(near.rsplit(' ').next(), Some(PRODUCT));
}
