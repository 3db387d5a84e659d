//! Other people's certificates: zlint's and those of x509-limbo, judged by the rules that speak of the same thing.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::workplace::{Workplace, testdata};

/// zlint's lint, and the rules here that own its subject.
const LINTS: &[(&str, &[&str])] = &[
    ("e_basic_constr_invalid_der", &["encoding-strict-der", "extensions-well-formed"]),
    ("e_basic_constraints_not_critical", &["basic-constraints-critical"]),
    ("e_ca_is_ca", &["basic-constraints-ca"]),
    ("e_ca_key_cert_sign_not_set", &["key-usage-cert-sign"]),
    ("e_ca_key_usage_missing", &["key-usage-present"]),
    ("e_ca_key_usage_not_critical", &["key-usage-critical"]),
    ("e_ca_subject_field_empty", &["names-not-empty"]),
    ("e_cert_contains_unique_identifier", &["unique-identifiers-absent"]),
    ("e_cert_ext_invalid_der", &["encoding-strict-der", "extensions-well-formed"]),
    ("e_cert_extensions_version_not_3", &["version-v3"]),
    ("e_invalid_certificate_version", &["version-v3"]),
    ("e_cert_sig_alg_not_match_tbs_sig_alg", &["signature-algorithm-consistent"]),
    ("e_ext_authority_key_identifier_critical", &["authority-key-identifier-not-critical"]),
    ("e_ext_authority_key_identifier_no_key_identifier", &["authority-key-identifier-present"]),
    ("e_ext_duplicate_extension", &["extensions-unique"]),
    (
        "e_ext_key_usage_cert_sign_without_ca",
        &["basic-constraints-ca", "basic-constraints-present"],
    ),
    ("e_ext_key_usage_without_bits", &["key-usage-cert-sign"]),
    ("e_ext_subject_key_identifier_critical", &["subject-key-identifier-not-critical"]),
    ("e_ext_subject_key_identifier_missing_ca", &["subject-key-identifier-present"]),
    ("e_incorrect_ku_encoding", &["encoding-strict-der", "extensions-well-formed"]),
    ("e_issuer_field_empty", &["names-not-empty"]),
    (
        "e_path_len_constraint_zero_or_less",
        &["basic-constraints-path-length", "basic-constraints-ca"],
    ),
    ("e_serial_number_longer_than_20_octets", &["serial-number-length"]),
    ("e_serial_number_not_positive", &["serial-number-positive"]),
    ("e_subject_common_name_max_length", &["names-lengths"]),
    ("e_superfluous_ku_encoding", &["encoding-strict-der"]),
    (
        "e_tbs_signature_rsa_encryption_parameter_not_null",
        &["signature-algorithm-rsa-null", "signature-algorithm-consistent"],
    ),
    ("e_utc_time_does_not_include_seconds", &["validity-time-form"]),
    ("e_utc_time_not_in_zulu", &["validity-time-form"]),
    ("e_validity_time_not_positive", &["validity-order"]),
    ("e_wrong_time_format_pre2050", &["validity-time-type"]),
    ("w_ext_key_usage_not_critical", &["key-usage-critical"]),
];

/// Rows in which the two differ, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "e_cert_extensions_version_not_3",
        "certVersion2NoExtensions.pem",
        "section 6 wants v3 with or without extensions",
    ),
    (
        "e_path_len_constraint_zero_or_less",
        "*Pass",
        "section 6 wants the path length 0, zlint any that is not negative",
    ),
    (
        "e_ext_key_usage_cert_sign_without_ca",
        "*Pass",
        "section 6 wants a CA, zlint only where keyCertSign is set",
    ),
    (
        "e_superfluous_ku_encoding",
        "keyUsageWithoutTrailingZeroes.pem",
        "zlint counts whole octets, X.690 section 11.2.2 bits",
    ),
];

/// Lints whose subject section 6 settles in another way.
const NOT_COMPARED: &[(&str, &str)] = &[
    (
        "e_algorithm_identifier_improper_encoding",
        "speaks of RSA, P-384 and P-521 keys, which section 6 refuses",
    ),
    (
        "e_mp_ecdsa_signature_encoding_correct",
        "Mozilla ties the hash to the curve, section 6 does not",
    ),
    ("e_path_len_constraint_improperly_included", "section 6 always wants a path length"),
];

fn differs(lint: &str, file: &str, expected: &str) -> bool {
    DIFFERENCES.iter().any(|(one, what, _)| {
        *one == lint
            && (*what == file || what.strip_prefix('*').is_some_and(|kind| kind == expected))
    })
}

#[test]
fn zlint_and_the_rules_agree_where_they_speak_of_the_same() {
    let folder = testdata("corpora/zlint");
    let rows = fs::read(folder.join("EXPECT-annex6-related.json")).expect("the list");
    let rows: Vec<Value> = serde_json::from_slice(&rows).expect("JSON");
    let work = Workplace::new();
    let at = ["--at", "2018-06-01T00:00:00Z"];
    let report = work
        .el2g(
            &[&["cert", "check", folder.to_str().expect("UTF-8"), "-o", "json"], &at[..]].concat(),
        )
        .exits(3)
        .json();
    let broken = |file: &str| -> BTreeSet<String> {
        let list = report["certificates"].as_array().expect("a list");
        let end = format!("/{file}");
        let one = list.iter().find(|one| one["file"].as_str().expect("a name").ends_with(&end));
        let findings =
            one.expect("every file is judged")["findings"].as_array().expect("a list").clone();
        findings
            .iter()
            .map(|finding| finding["rule"].as_str().expect("a rule").to_owned())
            .collect()
    };
    let (mut compared, mut wrong) = (0, Vec::new());
    for row in &rows {
        let text = |key: &str| row[key].as_str().expect("a text");
        let (lint, file, expected) = (text("lint"), text("file"), text("expected"));
        let Some((_, rules)) = LINTS.iter().find(|(one, _)| *one == lint) else {
            assert!(NOT_COMPARED.iter().any(|(one, _)| *one == lint), "{lint} is not looked at");
            continue;
        };
        let found = broken(file);
        let ours = rules.iter().any(|rule| found.contains(*rule));
        let theirs = match expected {
            "Error" | "Warn" => true,
            "Pass" => false,
            _ => continue,
        };
        compared += 1;
        if ours != theirs && !differs(lint, file, expected) {
            wrong.push(format!("{lint} {file}: zlint {expected}, ours {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 70, "{compared} rows were compared");
}

/// Cases of x509-limbo with the rule that owns their fault; `None` where no rule of the chain may break.
const LIMBO: &[(&str, Option<&str>)] = &[
    ("rfc5280::aki::leaf-missing-aki", Some("authority-key-identifier-present")),
    ("rfc5280::aki::intermediate-missing-aki", Some("authority-key-identifier-present")),
    ("rfc5280::ski::intermediate-missing-ski", Some("subject-key-identifier-present")),
    ("rfc5280::serial::too-long", Some("serial-number-length")),
    ("rfc5280::serial::zero", Some("serial-number-positive")),
    ("rfc5280::serial::negative", Some("serial-number-positive")),
    ("rfc5280::validity::expired-root", Some("root-in-force")),
    ("rfc5280::validity::expired-intermediate", Some("validity-not-ended")),
    ("rfc5280::ee-empty-issuer", Some("names-not-empty")),
    ("rfc5280::unknown-critical-extension-ee", Some("critical-extensions-known")),
    ("rfc5280::unknown-critical-extension-intermediate", Some("critical-extensions-known")),
    ("rfc5280::unknown-critical-extension-root", Some("root-critical-extensions-known")),
    ("rfc5280::root-missing-basic-constraints", Some("root-ca")),
    ("rfc5280::intermediate-ca-without-ca-bit", Some("basic-constraints-ca")),
    ("rfc5280::root-inconsistent-ca-extensions", Some("root-key-usage")),
    ("rfc5280::duplicate-extensions", Some("extensions-unique")),
    ("pathlen::ee-with-intermediate-pathlen-1", Some("basic-constraints-path-length")),
    ("pathlen::ee-with-intermediate-pathlen-2", Some("basic-constraints-path-length")),
    ("pathlen::ee-with-intermediate-pathlen-0", None),
    ("rfc5280::validity::notbefore-exact", None),
    ("rfc5280::validity::notafter-exact", None),
    ("pathlen::max-chain-depth-0", None),
    ("rfc5280::no-keyusage", None),
    ("rfc5280::nc::permitted-dns-match", None),
];

/// Rules that say whether the chain holds.
const CHAIN: &[&str] = &[
    "signature-verifies",
    "issuer-matches-root",
    "authority-key-identifier-matches-root",
    "critical-extensions-known",
    "root-ca",
    "root-key-usage",
    "root-path-length",
    "root-in-force",
    "root-critical-extensions-known",
];

#[test]
fn limbo_chains_break_the_rule_that_owns_their_fault() {
    let file = testdata("corpora/limbo/limbo.json");
    let limbo: Value = serde_json::from_slice(&fs::read(file).expect("the file")).expect("JSON");
    let work = Workplace::new();
    let mut wrong = Vec::new();
    for (id, expected) in LIMBO {
        let cases = limbo["testcases"].as_array().expect("a list");
        let case = cases.iter().find(|case| case["id"] == *id).unwrap_or_else(|| panic!("no {id}"));
        let first = |key: &str| case[key][0].as_str().map(str::to_owned);
        let certificate = first("untrusted_intermediates")
            .or_else(|| case["peer_certificate"].as_str().map(str::to_owned));
        work.write("certificate.pem", certificate.expect("a certificate"));
        work.write("root.pem", first("trusted_certs").expect("a root"));
        let at = case["validation_time"].as_str().unwrap_or("2024-01-01T00:00:00Z");
        let arguments =
            ["cert", "check", "certificate.pem", "--root", "root.pem", "-o", "json", "--at", at];
        let report = work.el2g(&arguments).json();
        let found = super::broken(&report);
        let right = match expected {
            Some(rule) => found.contains(rule),
            None => !CHAIN.iter().any(|rule| found.contains(rule)),
        };
        if !right {
            wrong.push(format!("{id}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Groups of x509-limbo that ask what a chain is asked for; left out: host names, revocation lists, the web PKI.
const CHAIN_GROUPS: &[&str] = &["pathlen::", "rfc5280::", "pathological::", "cve::", "invalid::"];

/// Chains on which limbo and `cert check LEAF --intermediate I --root R` differ, and why.
const CHAIN_DIFFERENCES: &[(&str, &str)] = &[
    (
        "pathlen::max-chain-depth-0-exhausted",
        "limbo's verifier is told a longest chain; section 6 has a path length instead",
    ),
    (
        "rfc5280::aki::intermediate-missing-aki",
        "a warning when the intermediate itself is checked; no verifier fails for it",
    ),
    (
        "rfc5280::ski::intermediate-missing-ski",
        "a warning when the intermediate itself is checked; no verifier fails for it",
    ),
    (
        "rfc5280::pc::ica-noncritical-pc",
        "a warning when the intermediate itself is checked, critical or not",
    ),
    (
        "rfc5280::root-and-intermediate-swapped",
        "limbo's verifier may leave out the intermediate; here it is the one that was named",
    ),
];

#[test]
fn limbo_chains_of_three_have_the_verdict_of_limbo() {
    let file = testdata("corpora/limbo/limbo.json");
    let limbo: Value = serde_json::from_slice(&fs::read(file).expect("the file")).expect("JSON");
    let work = Workplace::new();
    let (mut wrong, mut seen, mut compared) = (Vec::new(), BTreeSet::new(), 0);
    for case in limbo["testcases"].as_array().expect("a list") {
        let text = |key: &str| case[key].as_str().expect("a text");
        let [id, expected] = [text("id"), text("expected_result")];
        let only = |key: &str| match case[key].as_array().expect("a list").as_slice() {
            [one] => one.as_str(),
            _ => None,
        };
        let (Some(root), Some(intermediate)) =
            (only("trusted_certs"), only("untrusted_intermediates"))
        else {
            continue;
        };
        if !CHAIN_GROUPS.iter().any(|group| id.starts_with(group)) {
            continue;
        }
        work.write("root.pem", root);
        work.write("intermediate.pem", intermediate);
        work.write("leaf.pem", text("peer_certificate"));
        let at = case["validation_time"].as_str().unwrap_or("2024-01-01T00:00:00Z");
        let chain = ["--intermediate", "intermediate.pem", "--root", "root.pem", "--at", at];
        let ran = work.el2g(&[&["cert", "check", "leaf.pem"][..], &chain].concat());
        compared += 1;
        if (ran.code == 0) == (expected == "SUCCESS") {
            continue;
        }
        match CHAIN_DIFFERENCES.iter().find(|(one, _)| *one == id) {
            Some((one, _)) => drop(seen.insert(*one)),
            None => {
                wrong.push(format!("{id}: limbo {expected}, ours {}: {}", ran.code, ran.stdout))
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen.len(), CHAIN_DIFFERENCES.len(), "a row is not a difference any more: {seen:?}");
    assert!(compared > 40, "{compared} chains were compared");
}
