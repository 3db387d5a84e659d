//! The rules that a message is checked by, by name.

/// The names of all faults of a message: the rules that it is checked by.
pub static MESSAGE_RULES: &[&str] = &[
    "empty",
    "too-large",
    "not-openpgp",
    "not-armored",
    "byte-order-mark",
    "text-before",
    "text-after",
    "several-messages",
    "armor-damaged",
    "armor-lines",
    "armor-not-parted",
    "checksum-missing",
    "trailing-blanks",
    "armor-indented",
    "armor-headers",
    "clear-signed",
    "detached-signature",
    "not-a-message",
    "packets-damaged",
    "packet-unreadable",
    "not-encrypted",
    "no-encrypted-data",
    "unexpected-packet",
    "padding-packet",
    "no-recipient",
    "several-recipients",
    "hidden-recipient",
    "wrong-recipient",
    "password-recipient",
    "session-key-version",
    "recipient-algorithm",
    "recipient-size",
    "no-mdc",
    "ocb-container",
    "container-version",
    "outer-checks-only",
    "not-for-this-key",
    "session-key-damaged",
    "session-key-form",
    "integrity",
    "cipher",
    "compression",
    "nested-compression",
    "compression-damaged",
    "too-large-inside",
    "no-content",
    "unsigned",
    "several-signatures",
    "not-one-pass",
    "one-pass-mismatch",
    "signature-version",
    "text-signature",
    "signature-type",
    "signer-algorithm",
    "signer-size",
    "hash",
    "issuer-missing",
    "signature-future",
    "signature-expired",
    "signature-unchecked",
    "signer-not-compared",
    "signer-mismatch",
    "signer-key",
    "signature-invalid",
    "literal-format",
    "file-name",
    "content-empty",
    "content-byte-order-mark",
    "content-0x",
    "content-not-hex",
    "content-odd",
    "content-long",
    "content-white-space",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::MESSAGE_RULES;

    #[test]
    fn every_name_of_the_table_is_among_the_rules_once() {
        let source = include_str!("fault.rs");
        let table = source.split("fn row(&self)").nth(1).expect("the table");
        let table = table.split("/// Its stable name").next().expect("its end");
        let named: BTreeSet<&str> = table
            .split("(\"")
            .skip(1)
            .map(|rest| rest.split('"').next().expect("a name"))
            .collect();
        let rules: BTreeSet<&str> = MESSAGE_RULES.iter().copied().collect();
        assert_eq!((&rules, rules.len()), (&named, MESSAGE_RULES.len()));
    }
}
