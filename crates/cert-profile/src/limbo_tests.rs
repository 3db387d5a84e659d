//! Other people's chains: x509-limbo's cases, from `testdata/corpora`.

use std::path::Path;

use el2g_x509::{Certificate, Instant};
use serde_json::Value;

use crate::{Checker, RuleSet, Severity};

/// Groups that ask what the rules of device certificates are for. Left out: host names, extended key usage, revocation
/// lists, path building and the rules of the web PKI.
const GROUPS: [&str; 2] = ["pathlen::", "rfc5280::"];

/// Cases of those groups that ask for something else.
const OUTSIDE: [&str; 20] = [
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
    // More than one intermediate, which no chain of this service has.
    "pathlen::intermediate-violates-pathlen-0",
    "pathlen::intermediate-pathlen-may-increase",
    "pathlen::intermediate-pathlen-too-long",
    "pathlen::self-issued-certs-pathlen",
    "rfc5280::nc::intermediate-with-san-rejected-by-intermediate-nc",
    "rfc5280::nc::intermediate-with-san-rejected-by-root-nc",
    "rfc5280::nc::restrictive-permits-in-intermediates-narrows",
    "rfc5280::nc::restrictive-permits-in-intermediates-widens",
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
fn chains_of_limbo_hold_where_it_says_so() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/corpora/limbo/limbo.json");
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
        let broken = judge(case);
        if (broken.is_empty() == expected) == different {
            wrong.push(format!("{id}: expected {expected}, found {broken:?}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(judged > 80, "{judged} cases");
}

/// Follows the issuers from the leaf to a trusted certificate; the rules that this chain breaks.
fn judge(case: &Value) -> Vec<String> {
    let read = |pem: &Value| Certificate::read(pem.as_str().unwrap().as_bytes());
    let all = |list: &Value| -> Vec<Certificate> {
        list.as_array().unwrap().iter().filter_map(|pem| read(pem).ok()).collect()
    };
    let leaf = match read(&case["peer_certificate"]) {
        Ok(leaf) => leaf,
        Err(error) => return vec![error.to_string()],
    };
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
            _ => return vec!["no chain".to_owned()],
        }
    }
    let at = case["validation_time"]
        .as_str()
        .map_or(Instant::from_unix(1_790_000_000), |time| time.parse().unwrap());
    let rules = RuleSet::annex6();
    let mut checker = Checker::new(&rules, at).with_intermediate(chain[1].decoded());
    match chain.get(2..) {
        Some([root]) => checker = checker.with_root(root.decoded()),
        Some([]) => {}
        _ => panic!("{}: more than one intermediate", case["id"]),
    }
    let findings = checker.check(chain[0].decoded()).findings.into_iter();
    let errors = findings.filter(|finding| finding.severity >= Severity::Error);
    errors.map(|finding| finding.rule.to_owned()).collect()
}
