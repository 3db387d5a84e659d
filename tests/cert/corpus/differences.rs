//! Where OpenSSL's verdict on a chain and ours differ, and why.

use super::Question::{self, Device, Intermediate};
use crate::workplace::root;

/// Chains (a `*` is any text) on which OpenSSL and we differ, in these questions, and why.
pub(super) struct Difference {
    pub(super) chains: &'static [&'static str],
    pub(super) questions: &'static [Question],
    /// Who refuses; the other one accepts.
    pub(super) refuses: Side,
    pub(super) reason: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    OpenSsl,
    Ours,
}
pub(super) use Side::{OpenSsl, Ours};

pub(super) const BOTH: &[Question] = &[Intermediate, Device];

/// Rows in which we refuse the intermediate too, by a rule of section 6.
pub(super) const REFUSED_TOO: &str = "refused here too, by a rule of section 6";

/// Rows for which `openssl verify -partial_chain` agrees with us.
pub(super) const ANCHOR: &str =
    "the root named is the anchor whatever it says of its own issuer; a warning here";

pub(super) const DIFFERENCES: &[Difference] = &[
    // OpenSSL is the stricter one.
    Difference {
        chains: &[
            "authority-key-other-in-root",
            "authority-key-empty-in-root",
            "authority-other-issuer-in-root",
            "authority-other-serial-in-root",
            "issuer-other-in-root",
            "issuer-empty-in-root",
            "root-issued-by-another",
        ],
        questions: BOTH,
        refuses: OpenSsl,
        reason: ANCHOR,
    },
    Difference {
        chains: &["ends-now-*"],
        questions: BOTH,
        refuses: OpenSsl,
        reason: "RFC 5280 section 4.1.2.5: notAfter itself is within the period",
    },
    Difference {
        chains: &["serial-empty-in-root", "serial-padded-in-root"],
        questions: BOTH,
        refuses: OpenSsl,
        reason: "OpenSSL does not load it; that a root is not DER is a warning here",
    },
    Difference {
        chains: &["serial-empty-in-*", "serial-padded-in-*"],
        questions: &[Device],
        refuses: OpenSsl,
        reason: "OpenSSL does not load it; that a certificate in a device's chain is not DER is a warning here",
    },
    Difference {
        chains: &[
            "path-negative-in-intermediate",
            "serial-empty-in-intermediate",
            "serial-padded-in-intermediate",
            "usage-without-bits-in-intermediate",
        ],
        questions: &[Intermediate],
        refuses: OpenSsl,
        reason: REFUSED_TOO,
    },
    Difference {
        chains: &["authority-key-critical-in-intermediate", "subject-key-critical-in-intermediate"],
        questions: &[Intermediate],
        refuses: OpenSsl,
        reason: "a warning of its own here; in the chain of a device it is an error",
    },
    Difference {
        chains: &["subject-key-empty-in-root"],
        questions: &[Intermediate],
        refuses: OpenSsl,
        reason: "an empty identifier of the root names no key: listed here as not checked",
    },
    // We are.
    Difference {
        chains: &["root-*-sha1", "root-*-sha224", "pss-*-sha1-*", "openssl-sha1", "openssl-md5"],
        questions: BOTH,
        refuses: Ours,
        reason: "hashes of the past are not verified",
    },
    Difference {
        chains: &[
            "root-ed25519-*",
            "ca-ed25519-*",
            "built-ed25519-*",
            "openssl-ed25519-*",
            "root-secp256k1-*",
            "ca-secp256k1-*",
            "openssl-secp256k1-*",
            "openssl-sha3",
        ],
        questions: BOTH,
        refuses: Ours,
        reason: "neither section 6 nor the API has such keys or hashes: they are not verified",
    },
    Difference {
        chains: &["root-rsa1024-sha384", "built-rsa1024-*"],
        questions: BOTH,
        refuses: Ours,
        reason: "a key under 2048 bits verifies PKCS #1 with SHA-256 and SHA-512 alone",
    },
    Difference {
        chains: &["pss-rsa2048-*", "openssl-pss-*"],
        questions: BOTH,
        refuses: Ours,
        reason: "PSS is verified with one hash throughout and a salt of its length",
    },
    Difference {
        chains: &["constraints-trailing-in-*"],
        questions: BOTH,
        refuses: Ours,
        reason: "OpenSSL ignores bytes after an extension's value",
    },
    Difference {
        chains: &["unknown-twice-in-*"],
        questions: BOTH,
        refuses: Ours,
        reason: "RFC 5280 section 4.2 allows no extension twice; OpenSSL looks at those it knows",
    },
    Difference {
        chains: &[
            "netscape-type-critical-*",
            "ocsp-no-check-critical-*",
            "ip-resources-critical-*",
        ],
        questions: BOTH,
        refuses: Ours,
        reason: "critical, and not of RFC 5280: OpenSSL knows it, other verifiers do not",
    },
    Difference {
        chains: &["no-constraints-in-root", "v1-in-root", "openssl-root-none"],
        questions: BOTH,
        refuses: Ours,
        reason: "a root says that it is a CA; OpenSSL takes an anchor that says nothing",
    },
    Difference {
        chains: &["path-0-in-root", "openssl-root-intermediate"],
        questions: &[Intermediate],
        refuses: Ours,
        reason: "OpenSSL takes the certificate it is asked about for a leaf, which no path length forbids",
    },
    Difference {
        chains: &["trailing-in-*"],
        questions: BOTH,
        refuses: Ours,
        reason: "OpenSSL reads past bytes behind a certificate",
    },
    Difference {
        chains: &["key-unused-bits-in-*", "hybrid-point-in-*", "point-at-infinity-in-*"],
        questions: BOTH,
        refuses: Ours,
        reason: "RFC 5480 section 2.2 allows whole octets and two forms of a point",
    },
    Difference {
        chains: &[
            "rsa-even-in-device",
            "rsa-exponent-*-in-device",
            "rsa-negative-in-device",
            "rsa-tiny-in-device",
        ],
        questions: &[Device],
        refuses: Ours,
        reason: "OpenSSL does not look at the numbers of a key that verifies nothing",
    },
    Difference {
        chains: &[
            "rsa-even-in-intermediate",
            "rsa-exponent-1-in-intermediate",
            "rsa-tiny-in-intermediate",
        ],
        questions: &[Intermediate],
        refuses: Ours,
        reason: "OpenSSL does not ask whether anyone can compute the private key",
    },
    Difference {
        chains: &[
            "device-is-the-intermediate",
            "device-issued-by-the-root",
            "intermediate-and-device-swapped",
        ],
        questions: &[Device],
        refuses: Ours,
        reason: "OpenSSL leaves out the intermediate that was named",
    },
];

/// The row for a chain and a question.
pub(super) fn difference(chain: &str, question: Question, refuses: Side) -> Option<usize> {
    let named = |pattern: &&str| match pattern.split_once('*') {
        Some((start, end)) => chain.starts_with(start) && chain.ends_with(end),
        None => *pattern == chain,
    };
    DIFFERENCES.iter().position(|row| {
        let asked = row.refuses == refuses && row.questions.contains(&question);
        asked && row.chains.iter().any(named)
    })
}

/// The table as `docs/openssl.md` shows it.
fn as_documented() -> String {
    let rows = DIFFERENCES.iter().map(|row| {
        let chains: Vec<String> = row.chains.iter().map(|one| format!("`{one}`")).collect();
        let question = match row.questions {
            [Intermediate] => "the intermediate",
            [Device] => "the device",
            _ => "either",
        };
        let (openssl, ours) = match row.refuses {
            OpenSsl => ("refuses", "passes"),
            Ours => ("passes", "refuses"),
        };
        format!("| {} | {question} | {openssl} | {ours} | {} |\n", chains.join(", "), row.reason)
    });
    rows.collect()
}

#[test]
fn the_differences_are_those_of_the_document() {
    let text = std::fs::read_to_string(root().join("docs/openssl.md")).expect("the document");
    let section = text.split("\n## A corpus of chains\n").nth(1).expect("the section");
    let section = section.split("\n## ").next().expect("it has a beginning");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let found: String = rows.map(|line| format!("{line}\n")).collect();
    assert_eq!(found, as_documented());
}
