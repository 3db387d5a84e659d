//! Each decision has one address: signs of it in another place make a test fail.

use super::{read, sources};

/// A decision, and how another place that makes it would be recognised.
struct Decision {
    question: &'static str,
    /// The folder or file that decides.
    address: &'static str,
    /// Parts of a line of code that decide it.
    signs: &'static [&'static str],
    /// Other places where a sign stands, each with its reason.
    exceptions: &'static [(&'static str, &'static str)],
}

const DECISIONS: [Decision; 10] = [
    Decision {
        question: "what does a certificate or a request hold?",
        address: "crates/x509/src/decoded/",
        signs: &["asn1_rs", "x509_parser", "CertificateInner", "CertReq", "Header::decode("],
        exceptions: &[],
    },
    Decision {
        question: "when are a certificate's bytes decoded?",
        address: "crates/x509/",
        signs: &[
            "Decoded::read(",
            "DecodedRequest::read(",
            "Certificate::from_der(",
            "Request::from_der(",
        ],
        exceptions: &[
            (
                "crates/cert-profile/src/check.rs",
                "each certificate of an input, when its turn comes",
            ),
            ("cli/src/commands/cert/check_verification.rs", "the one certificate that is checked"),
            ("crates/signers/src/pkcs11/public_half.rs", "a certificate on a token, for its key"),
        ],
    },
    Decision {
        question: "may this token go to this host?",
        address: "crates/service-client/src/base_url.rs",
        signs: &["host_str()", "\"api.edgelock2go.com\"", "\"api.foundries.io\"", ".host() {"],
        exceptions: &[],
    },
    Decision {
        question: "what may be shown of foreign text?",
        address: "crates/text/",
        signs: &[
            "escape_default",
            "escape_debug",
            "REPLACEMENT_CHARACTER",
            "{fffd}",
            "{FFFD}",
            "{202e}",
        ],
        exceptions: &[],
    },
    Decision {
        question: "what is a finding, and how much does it weigh?",
        address: "crates/findings/",
        signs: &["struct Finding", "enum Severity", "struct RuleDescription", "enum Level"],
        exceptions: &[],
    },
    Decision {
        question: "how does HTML come about?",
        address: "crates/findings/src/html.rs",
        signs: &[
            "&lt;", "<td", "<tr", "<table", "<div", "<span", "<p>", "<h2", "<section", "<body",
        ],
        exceptions: &[
            ("crates/sandbox/src/fault_answers.rs", "the one line of a proxy that is played"),
            ("crates/service-client/src/concealment.rs", "it reads pages, for secrets in them"),
        ],
    },
    Decision {
        question: "which encoding is this text in?",
        address: "crates/text/",
        signs: &[
            "{feff}",
            "\\xEF\\xBB\\xBF",
            "0xEF, 0xBB",
            "0xFF, 0xFE",
            "0xff, 0xfe",
            "from_utf16",
        ],
        exceptions: &[(
            "crates/files/src/windows/security.rs",
            "what Windows itself answers is UTF-16, and no file",
        )],
    },
    Decision {
        question: "how does a file become durable, and who may read it?",
        address: "crates/files/",
        signs: &["OpenOptions", "File::create", "fs::write(", "fs::rename(", ".mode(0o6"],
        exceptions: &[(
            "crates/workflows/src/seal_batch/place.rs",
            "a batch is flushed by the group, its results grow and are the journal",
        )],
    },
    Decision {
        question: "did my create happen?",
        address: "crates/service-api/",
        signs: &["LookUp { probes:"],
        exceptions: &[],
    },
    Decision {
        question: "how is a signing key opened?",
        address: "crates/signers/",
        signs: &["FileKey::read(", "SigningKey::open(", "AgentKey::find(", "Token::find("],
        exceptions: &[
            ("cli/src/commands/doctor.rs", "it says whether a key is locked, and asks for nothing"),
            ("cli/src/commands/demo/secrets.rs", "the key was made a moment ago"),
            ("crates/sandbox/src/authority.rs", "keys of the sandbox's own store"),
        ],
    },
];

/// The production code of a source: what stands before its unit tests. Examples are not of it.
pub(super) fn production(path: &str) -> Option<String> {
    let is_production = path.starts_with("crates/") || path.starts_with("cli/src/");
    let of_tests = ["test", "/benches/", "/examples/"];
    if !is_production || of_tests.iter().any(|part| path.contains(part)) {
        return None;
    }
    let text = read(path);
    let is_only_for_tests = text.starts_with("#![cfg(test)]");
    let code = text.split_once("\n#[cfg(test)]\nmod tests").map_or(&*text, |(code, _)| code);
    (!is_only_for_tests).then(|| code.to_owned())
}

#[test]
fn each_decision_is_made_at_its_address() {
    let mut wrong = Vec::new();
    let mut seen: Vec<(&str, String)> = Vec::new();
    for path in sources() {
        let Some(code) = production(&path) else { continue };
        for decision in &DECISIONS {
            for (number, line) in code.lines().enumerate() {
                if line.trim_start().starts_with("//")
                    || !decision.signs.iter().any(|sign| line.contains(sign))
                {
                    continue;
                }
                seen.push((decision.question, path.clone()));
                if !path.starts_with(decision.address)
                    && !decision.exceptions.iter().any(|(place, _)| *place == path)
                {
                    wrong.push(format!(
                        "{} is answered by {}, and in {path}:{}: {}",
                        decision.question,
                        decision.address,
                        number + 1,
                        line.trim()
                    ));
                }
            }
        }
    }
    for decision in &DECISIONS {
        let exceptions = decision.exceptions.iter().map(|(place, _)| *place);
        for place in exceptions.chain([decision.address]) {
            let is_seen = |(question, path): &(&str, String)| {
                *question == decision.question && path.starts_with(place)
            };
            if !seen.iter().any(is_seen) {
                wrong.push(format!("{place} does not answer: {}", decision.question));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
