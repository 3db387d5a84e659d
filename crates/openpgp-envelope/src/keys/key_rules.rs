//! The rules that a recipient's key is checked by.

const AGAIN: &str = "fetch the key again";
const NEWEST: &str = "get the newest public key from NXP; of a key of your own, export it again";
const ANOTHER: &str = "use the EdgeLock 2GO key; a key of your own is made by `el2g pgp keygen`";
const COMPARE: &str = "compare the fingerprint with the one that NXP gives";

el2g_findings::rules! {
    /// The rules of a recipient's key: name, id, severity, section, what is allowed, how to fix it.
    KEY_RULES:
    UNREADABLE = "key-unreadable", Fatal, "RFC 4880 6.2", "a file that holds one public key", AGAIN;
    KEY_VERSION = "key-version", Error, "RFC 4880 5.5.2", "a key of version 4", ANOTHER;
    NOT_RSA = "not-rsa", Error, "AN12642 12", "RSA", ANOTHER;
    RSA_SIZE = "rsa-size", Error, "AN12642 12", "RSA-2048 or larger", ANOTHER;
    EXPIRED = "expired", Error, "RFC 4880 5.2.3.6", "a key that has not expired", NEWEST;
    REVOKED = "revoked", Error, "RFC 4880 5.2.1", "a key that is not revoked", NEWEST;
    NOT_YET_VALID = "not-yet-valid", Error, "RFC 4880 5.5.2", "a key of the past", "set this machine's clock";
    NO_SELF_SIGNATURE = "no-self-signature", Error, "RFC 4880 5.2.3.3", "a self-signature that verifies", NEWEST;
    NO_ENCRYPTION_SUBKEY = "no-encryption-subkey", Error, "AN12642 12", "a subkey for encryption", ANOTHER;
    ENCRYPTION_SUBKEY_EXPIRED = "encryption-subkey-expired", Error, "RFC 4880 5.2.3.6",
        "a subkey that has not expired", NEWEST;
    ENCRYPTION_SUBKEY_REVOKED = "encryption-subkey-revoked", Error, "RFC 4880 5.2.1",
        "a subkey that is not revoked", NEWEST;
    ENCRYPTION_SUBKEY_SIZE = "encryption-subkey-size", Warning, "AN12642 13",
        "RSA-4096, as the EdgeLock 2GO key is", COMPARE;
    SELF_SIGNATURE_SHA1 = "self-signature-sha1", Note, "AN12642 13",
        "SHA-256; SHA-1, as the EdgeLock 2GO key is signed", COMPARE;
    NOT_EDGELOCK_KEY = "not-edgelock-key", Note, "AN12642 13", "the EdgeLock 2GO key", ANOTHER;
    EDGELOCK_KEY_ALTERED = "edgelock-key-altered", Error, "AN12642 13", "the EdgeLock 2GO key, unchanged",
        "get the key again from NXP";
}
