//! Other people's chains: x509-limbo's cases, from `testdata/corpora`.

use serde_json::Value;

use super::verify_chain;
use crate::certificate::Certificate;
use crate::instant::Instant;

/// Groups that ask for what [`verify_chain`] is for. Left out: host names, extended key usage,
/// revocation lists, path building and the rules of the web PKI.
const GROUPS: [&str; 2] = ["pathlen::", "rfc5280::"];

/// Cases of those groups that ask for something else.
const OUTSIDE: [&str; 12] = [
    "pathlen::max-chain-depth",
    "rfc5280::nc::nc-forbids-alternate-chain-ica",
    "rfc5280::nc::nc-forbids-same-chain-ica",
    "rfc5280::san::",
    "rfc5280::eku::",
    "rfc5280::pc::",
    "rfc5280::chain-untrusted-root",
    "rfc5280::root-and-intermediate-swapped",
    "rfc5280::unknown-critical-extension-unrelated",
    "rfc5280::ca-as-leaf-wrong-san",
    "rfc5280::no-basicconstraints",
    "rfc5280::no-keyusage",
];

/// Cases decided otherwise on purpose: the expectation there, and why ours differs.
const DIFFERENT: [(&str, &str); 14] = [
    ("rfc5280::aki::leaf-missing-aki", NO_IDENTIFIERS),
    ("rfc5280::aki::intermediate-missing-aki", NO_IDENTIFIERS),
    ("rfc5280::aki::cross-signed-root-missing-aki", NO_IDENTIFIERS),
    ("rfc5280::ski::root-missing-ski", NO_IDENTIFIERS),
    ("rfc5280::ski::intermediate-missing-ski", NO_IDENTIFIERS),
    ("rfc5280::serial::too-long", PROFILE),
    ("rfc5280::serial::zero", PROFILE),
    ("rfc5280::ca-empty-subject", PROFILE),
    ("rfc5280::root-non-critical-basic-constraints", PROFILE),
    ("rfc5280::leaf-ku-keycertsign", PROFILE),
    ("rfc5280::nc::permitted-dns-match-noncritical", PROFILE),
    ("rfc5280::nc::not-allowed-in-ee-noncritical", PROFILE),
    ("rfc5280::nc::not-allowed-in-ee-critical", PROFILE),
    ("rfc5280::nc::invalid-dnsname-leading-period", LEADING_DOT),
];

const NO_IDENTIFIERS: &str = "the service issues certificates without key identifiers";
const LEADING_DOT: &str = "many CAs write it, and OpenSSL reads it as hosts in the domain";
const PROFILE: &str = "a rule for who issues (el2g-cert-profile has it), not a break of the chain";

#[test]
fn judges_the_chains_of_limbo_as_it_does() {
    let file = crate::corpora::corpus("limbo/limbo.json");
    let text = std::fs::read_to_string(file).unwrap();
    let corpus: Value = serde_json::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    let mut judged = 0;
    for case in corpus["testcases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let inside = GROUPS.iter().any(|group| id.starts_with(group))
            && !OUTSIDE.iter().any(|group| id.starts_with(group));
        if !inside {
            continue;
        }
        judged += 1;
        let expected = case["expected_result"] == "SUCCESS";
        let different = DIFFERENT.iter().any(|(known, _)| *known == id);
        let verdict = judge(case);
        if (verdict.is_ok() == expected) == different {
            wrong.push(format!("{id}: expected {expected}, found {verdict:?}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(judged > 40, "{judged} cases");
}

/// Follows the issuers from the leaf to a trusted certificate and verifies that chain.
fn judge(case: &Value) -> Result<(), String> {
    let read = |pem: &Value| Certificate::read(pem.as_str().unwrap().as_bytes());
    let all = |list: &Value| -> Vec<Certificate> {
        list.as_array().unwrap().iter().filter_map(|pem| read(pem).ok()).collect()
    };
    let leaf = read(&case["peer_certificate"]).map_err(|error| error.to_string())?;
    let (trusted, others) = (all(&case["trusted_certs"]), all(&case["untrusted_intermediates"]));
    let mut chain = vec![&leaf];
    loop {
        let last = *chain.last().unwrap();
        let issued = |issuer: &&Certificate| {
            issuer.subject().matches(last.issuer())
                && last.verify_signed_by(issuer.public_key()).is_ok()
        };
        if let Some(root) = trusted.iter().find(issued) {
            chain.push(root);
            break;
        }
        match others.iter().find(|other| issued(other) && !chain.contains(other)) {
            Some(next) if chain.len() < 10 => chain.push(next),
            _ => return Err("no chain".to_owned()),
        }
    }
    let at = case["validation_time"]
        .as_str()
        .map_or(Instant::from_unix(1_790_000_000), |time| time.parse().unwrap());
    verify_chain(&chain, at).map(|_| ()).map_err(|error| error.to_string())
}
