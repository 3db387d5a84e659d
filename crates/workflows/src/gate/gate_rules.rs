//! The rules of the gate itself: those that neither the fields of a body, nor messages, nor certificates have.

use el2g_findings::RuleDescription;
use el2g_service_client::BrokenRule;

const PUBLIC_HALF: &str = "openssl pkey -in KEY -pubout writes a key's public half";

el2g_findings::rules! {
    /// The rules of the gate itself: name, id, severity, section, what is allowed, how to fix it.
    GATE_RULES:
    PUBLIC_KEY_UNREADABLE = "public-key-unreadable", Error, "AN12642 4.1.3.7", "one block PUBLIC KEY that can be read",
        PUBLIC_HALF;
    PUBLIC_KEY_UNSOUND = "public-key-unsound", Error, "AN12642 4.1.3.7", "numbers that make a key of its algorithm",
        PUBLIC_HALF;
    PUBLIC_KEY_ALGORITHM = "public-key-algorithm", Error, "AN12642 4.1.3.7", "the algorithm that the key has",
        PUBLIC_HALF;
    PUBLIC_KEY_FORM = "public-key-form", Error, "AN12642 4.1.3.7",
        "one PUBLIC KEY block of 64 columns with LF line ends and nothing else", PUBLIC_HALF;
    SIGNER_KEY_UNREADABLE = "signer-key-unreadable", Error, "AN12642 12", "one OpenPGP public key that can be read",
        "the signer's key must be RSA-2048 or RSA-4096, alive, and allowed to sign";
    CERTIFICATE_UNREADABLE = "certificate-unreadable", Error, "AN12642 4.2.3", "exactly one certificate in PEM",
        "`el2g cert check FILE` shows what the file holds";
    PRIVATE_KEY_IN_CLEAR = "private-key-in-clear", Error, "AN12642 4.1.3.5", "a file without a private key",
        "--confidential with --in FILE --raw seals the file";
    SECRET_FILE_IN_CLEAR = "secret-file-in-clear", Error, "not in AN12642", "a file that others may read",
        "if it is the hash and not a key, let others read it: chmod 644 FILE, on Windows icacls FILE /grant *S-1-1-0:R";
    KEY_HASH_LENGTH = "key-hash-length", Error, "not in AN12642", "32 bytes (SHA-256) or 48 bytes (SHA-384)",
        "give the hash itself (RKTH), as its bytes or as hexadecimal digits";
    OBJECT_ID_REPEATED = "object-id-repeated", Error, "AN12642 4.1.3", "each object id once in a batch",
        "give each object its own object id, which a device group needs";
    THROW_AWAY_KEY = "throw-away-key", Error, "not in AN12642", "keys of your own, not those that tests and rehearsals use",
        "use your own signing key, and the recipient's key that NXP gave you; to rehearse, use the sandbox on this machine";
}

/// What is said of a request that breaks such a rule.
pub(super) fn broken(
    rule: &RuleDescription,
    place: impl Into<String>,
    message: impl Into<String>,
) -> BrokenRule {
    BrokenRule {
        rule: rule.id,
        place: place.into(),
        message: message.into(),
        fix: Some(rule.fix),
        skippable: !super::skipped_rule::NEVER.contains(&rule.id),
    }
}
