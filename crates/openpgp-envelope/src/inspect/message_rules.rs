//! The rules that a message is checked by.

el2g_findings::rules! {
    /// The rules of a message: name, id, severity, section, what is allowed, how to fix it.
    MESSAGE_RULES:
    EMPTY = "empty", Error, "AN12642 12", "a message", fix::WRITTEN;
    TOO_LARGE = "too-large", Error, "AN12642 12", "a message of at most 1 MiB", fix::ONE_SECRET;
    NOT_OPENPGP = "not-openpgp", Error, "RFC 4880 6.2", "an OpenPGP message", fix::MESSAGE_FILE;
    NOT_ARMORED = "not-armored", Error, "AN12642 12", "ASCII armor", fix::ARMOR;
    BYTE_ORDER_MARK = "byte-order-mark", Error, "RFC 4880 6.2", "nothing before the armor", fix::PLAIN_FILE;
    TEXT_BEFORE = "text-before", Error, "RFC 4880 6.2", "nothing before the message", fix::PLAIN_FILE;
    TEXT_AFTER = "text-after", Warning, "RFC 4880 6.2", "nothing after the message", fix::PLAIN_FILE;
    SEVERAL_MESSAGES = "several-messages", Error, "AN12642 12", "exactly one block of armor", fix::PLAIN_FILE;
    ARMOR_DAMAGED = "armor-damaged", Error, "RFC 4880 6.3", "armor as it was written", fix::COPY;
    ARMOR_LINES = "armor-lines", Error, "RFC 4880 6.2", "the `-----BEGIN` line alone on its line", fix::COPY;
    ARMOR_NOT_PARTED = "armor-not-parted", Error, "RFC 4880 6.2", "an empty line between headers and data", fix::COPY;
    CHECKSUM_MISSING = "checksum-missing", Error, "RFC 4880 6.1", "a checksum line", fix::CHECKSUM;
    TRAILING_BLANKS = "trailing-blanks", Note, "RFC 4880 6.2", "no blanks at the ends of lines", fix::BLANKS;
    ARMOR_INDENTED = "armor-indented", Error, "RFC 4880 6.2", "no blanks before the lines of the armor", fix::INDENT;
    ARMOR_HEADERS = "armor-headers", Note, "RFC 4880 6.2", "armor without headers", fix::HEADERS;
    CLEAR_SIGNED = "clear-signed", Error, "AN12642 12", "an encrypted message", fix::ENCRYPT;
    DETACHED_SIGNATURE = "detached-signature", Error, "AN12642 12", "an encrypted message", fix::ENCRYPT;
    NOT_A_MESSAGE = "not-a-message", Error, "RFC 4880 6.2", "a `PGP MESSAGE`", fix::MESSAGE_FILE;
    PACKETS_DAMAGED = "packets-damaged", Error, "RFC 4880 4.2", "packets that follow one another whole", fix::COPY;
    PACKET_UNREADABLE = "packet-unreadable", Error, "RFC 4880 5", "packets that can be read", fix::COPY;
    NOT_ENCRYPTED = "not-encrypted", Error, "AN12642 12", "an encrypted message", fix::ENCRYPT;
    NO_ENCRYPTED_DATA = "no-encrypted-data", Error, "RFC 4880 11.3", "encrypted data behind the session key",
        fix::COPY;
    UNEXPECTED_PACKET = "unexpected-packet", Error, "RFC 4880 11.3", "the packets of one message in their order",
        fix::ONE_RUN;
    PADDING_PACKET = "padding-packet", Error, "RFC 4880 4.3", "packets of RFC 4880", fix::RFC4880;
    NO_RECIPIENT = "no-recipient", Error, "RFC 4880 5.1", "a session key encrypted to a public key", fix::ENCRYPT;
    SEVERAL_RECIPIENTS = "several-recipients", Error, "AN12642 12", "exactly one recipient", fix::ONE_RECIPIENT;
    HIDDEN_RECIPIENT = "hidden-recipient", Error, "RFC 4880 5.1", "the key id of the recipient", fix::SHOWN_RECIPIENT;
    WRONG_RECIPIENT = "wrong-recipient", Error, "AN12642 12", "the recipient's encryption subkey", fix::RECIPIENT;
    PASSWORD_RECIPIENT = "password-recipient", Error, "AN12642 12", "the recipient's key alone", fix::NO_PASSWORD;
    SESSION_KEY_VERSION = "session-key-version", Error, "RFC 4880 5.1", "version 3", fix::RFC4880;
    RECIPIENT_ALGORITHM = "recipient-algorithm", Error, "AN12642 12", "RSA", fix::RECIPIENT;
    RECIPIENT_SIZE = "recipient-size", Warning, "AN12642 13", "RSA-4096, as the EdgeLock 2GO key is", fix::RECIPIENT;
    NO_MDC = "no-mdc", Error, "RFC 4880 5.13", "integrity protection (SEIPD version 1)", fix::MDC;
    OCB_CONTAINER = "ocb-container", Error, "RFC 4880 5.13", "SEIPD version 1", fix::RFC4880;
    CONTAINER_VERSION = "container-version", Error, "RFC 4880 5.13", "SEIPD version 1", fix::RFC4880;
    OUTER_CHECKS_ONLY = "outer-checks-only", Note, "AN12642 12", "a look inside the message", fix::OPEN_WITH;
    NOT_FOR_THIS_KEY = "not-for-this-key", Error, "RFC 4880 5.1", "a key that the message is encrypted to",
        fix::OTHER_KEY;
    SESSION_KEY_DAMAGED = "session-key-damaged", Error, "RFC 4880 5.1", "a session key that decrypts", fix::ALTERED;
    SESSION_KEY_FORM = "session-key-form", Error, "RFC 4880 5.1", "`9:` and hex digits of the cipher's key length",
        fix::SESSION_KEY;
    INTEGRITY = "integrity", Error, "RFC 4880 5.13", "data that decrypt, unchanged", fix::ALTERED;
    CIPHER = "cipher", Error, "AN12642 12", "AES-128, AES-192 or AES-256", fix::CIPHER;
    COMPRESSION = "compression", Error, "AN12642 12", "ZLIB or no compression", fix::COMPRESSION;
    NESTED_COMPRESSION = "nested-compression", Error, "RFC 4880 5.6", "data compressed once", fix::COMPRESSION;
    COMPRESSION_DAMAGED = "compression-damaged", Error, "RFC 4880 5.6", "compressed data that can be read",
        fix::ALTERED;
    TOO_LARGE_INSIDE = "too-large-inside", Error, "AN12642 12", "the content of one secret", fix::ONE_SECRET;
    NO_CONTENT = "no-content", Error, "RFC 4880 5.9", "literal data inside", fix::CONTENT;
    UNSIGNED = "unsigned", Error, "AN12642 12", "exactly one signature", fix::SIGN;
    SEVERAL_SIGNATURES = "several-signatures", Error, "AN12642 12", "exactly one signature", fix::ONE_SIGNER;
    NOT_ONE_PASS = "not-one-pass", Error, "RFC 4880 5.4", "a one-pass signature packet before the data", fix::SIGN;
    ONE_PASS_MISMATCH = "one-pass-mismatch", Error, "RFC 4880 5.4", "a one-pass signature packet that fits the signature",
        fix::ONE_RUN;
    SIGNATURE_VERSION = "signature-version", Error, "RFC 4880 5.2", "version 4", fix::RFC4880;
    TEXT_SIGNATURE = "text-signature", Warning, "RFC 4880 5.2.1", "a signature over binary data", fix::BINARY;
    SIGNATURE_TYPE = "signature-type", Error, "RFC 4880 5.2.1", "a signature over data", fix::SIGN;
    SIGNER_ALGORITHM = "signer-algorithm", Error, "AN12642 12", "RSA", fix::RSA_KEY;
    SIGNER_SIZE = "signer-size", Error, "AN12642 12", "RSA-2048 or RSA-4096", fix::RSA_KEY;
    HASH = "hash", Error, "AN12642 12", "SHA-256", fix::HASH;
    ISSUER_MISSING = "issuer-missing", Error, "RFC 4880 5.2.3.5", "the issuer's key id (subpacket 16)", fix::RFC4880;
    SIGNATURE_FUTURE = "signature-future", Warning, "RFC 4880 5.2.3.4", "a signature of the past", fix::CLOCK;
    SIGNATURE_EXPIRED = "signature-expired", Error, "RFC 4880 5.2.3.10", "a signature that has not expired",
        fix::AGAIN;
    SIGNATURE_UNCHECKED = "signature-unchecked", Note, "RFC 4880 5.2", "the signer's public key", fix::SIGNER_PUBLIC;
    SIGNER_NOT_COMPARED = "signer-not-compared", Note, "RFC 4880 5.2", "a message that is opened", fix::OPEN_WITH;
    SIGNER_MISMATCH = "signer-mismatch", Error, "RFC 4880 5.2", "a signature by the public key given", fix::SIGNER;
    SIGNER_KEY = "signer-key", Error, "AN12642 12", "a public key that may sign", fix::LIVE_KEY;
    SIGNATURE_INVALID = "signature-invalid", Error, "RFC 4880 5.2.4", "a signature that verifies", fix::SIGNED_ANEW;
    LITERAL_FORMAT = "literal-format", Warning, "RFC 4880 5.9", "`b` (binary)", fix::BINARY;
    FILE_NAME = "file-name", Warning, "RFC 4880 5.9", "no file name", fix::FILE_NAME;
    CONTENT_EMPTY = "content-empty", Error, "AN12642 12", "hexadecimal digits", fix::CONTENT;
    CONTENT_BYTE_ORDER_MARK = "content-byte-order-mark", Error, "AN12642 12", "hexadecimal digits alone", fix::HEX;
    CONTENT_PREFIX = "content-0x", Error, "AN12642 12", "hexadecimal digits alone", fix::HEX;
    CONTENT_NOT_HEX = "content-not-hex", Error, "AN12642 12", "hexadecimal digits alone", fix::HEX;
    CONTENT_ODD = "content-odd", Error, "AN12642 12", "an even number of hexadecimal digits", fix::HEX;
    CONTENT_LONG = "content-long", Error, "AN12642 12", "at most 1000 hexadecimal digits", fix::HEX;
    CONTENT_WHITE_SPACE = "content-white-space", Warning, "AN12642 12", "hexadecimal digits alone", fix::HEX;
}

/// The rules about what is inside a message.
pub(super) const INSIDE: &[el2g_findings::RuleDescription] = &[
    INTEGRITY,
    CIPHER,
    COMPRESSION,
    NESTED_COMPRESSION,
    COMPRESSION_DAMAGED,
    TOO_LARGE_INSIDE,
    NO_CONTENT,
    UNSIGNED,
    SEVERAL_SIGNATURES,
    NOT_ONE_PASS,
    ONE_PASS_MISMATCH,
    SIGNATURE_VERSION,
    TEXT_SIGNATURE,
    SIGNATURE_TYPE,
    SIGNER_ALGORITHM,
    SIGNER_SIZE,
    HASH,
    ISSUER_MISSING,
    SIGNATURE_FUTURE,
    SIGNATURE_EXPIRED,
    SIGNER_MISMATCH,
    SIGNATURE_INVALID,
    LITERAL_FORMAT,
    FILE_NAME,
    CONTENT_EMPTY,
    CONTENT_BYTE_ORDER_MARK,
    CONTENT_PREFIX,
    CONTENT_NOT_HEX,
    CONTENT_ODD,
    CONTENT_LONG,
    CONTENT_WHITE_SPACE,
];

/// The rules that take the signer's public key and an open message.
pub(super) const OF_SIGNER: &[el2g_findings::RuleDescription] =
    &[SIGNER_MISMATCH, SIGNATURE_INVALID];

/// How to fix the faults, in the words of gpg and Kleopatra.
mod fix {
    pub(super) const WRITTEN: &str =
        "seal again: whatever wrote the file failed, or the disk was full";
    pub(super) const ONE_SECRET: &str = "encrypt the hexadecimal digits of one secret alone, at most 1000, not an archive or a document";
    pub(super) const MESSAGE_FILE: &str = "give the file that `gpg --armor --sign --encrypt` wrote, saved as UTF-8: it begins with `-----BEGIN PGP MESSAGE-----`";
    pub(super) const BLANKS: &str = "nothing needs to be done; gpg writes none: send the file itself, not a copy out of a mail or terminal";
    pub(super) const INDENT: &str = "remove the blanks at the beginning of the lines, or send the file itself; YAML: a literal block (`|`)";
    pub(super) const ONE_RUN: &str =
        "gpg: --sign --encrypt in one run, and nothing added to what it writes";
    pub(super) const OTHER_KEY: &str = "--open-with a key it is encrypted to, or --session-key-file with what `gpg --show-session-key` prints for who can open it";
    pub(super) const ALTERED: &str = "transfer the message again, unchanged; if this is the original, or --session-key-file is right, encrypt again";
    pub(super) const CONTENT: &str =
        "encrypt the file that holds the key's hexadecimal digits; gpg: --sign --encrypt FILE";
    pub(super) const LIVE_KEY: &str = "sign with a key that is alive, RSA-2048 or RSA-4096; gpg: --quick-set-expire gives one that expired more time, a revoked one needs a new key (`el2g pgp keygen`)";
    pub(super) const SIGNED_ANEW: &str = "sign and encrypt again, and transfer it unchanged; is --signer-public the newest export of the signer's key?";
    pub(super) const ARMOR: &str = "gpg: --armor; Kleopatra: Settings > Crypto Operations > Create signed or encrypted files as text files, or use the Notepad";
    pub(super) const PLAIN_FILE: &str =
        "save the message alone, as UTF-8 without byte order mark, from `-----BEGIN` to `-----END`";
    pub(super) const COPY: &str = "copy or transfer the message again, unchanged; `el2g pgp inspect` of the original shows whether it is sound";
    pub(super) const CHECKSUM: &str =
        "gpg writes it; OpenPGP.js: config.aeadProtect = false, or armor() with emitChecksum";
    pub(super) const HEADERS: &str = "gpg: --no-emit-version --no-comments";
    pub(super) const ENCRYPT: &str = "gpg: --sign --encrypt --recipient KEY together; Kleopatra: tick both `Sign as` and `Encrypt for others`";
    pub(super) const ONE_RECIPIENT: &str =
        "gpg: one --recipient and --no-encrypt-to; Kleopatra: untick `Encrypt for me`";
    pub(super) const SHOWN_RECIPIENT: &str =
        "gpg: --recipient instead of --hidden-recipient, and --no-throw-keyids";
    pub(super) const RECIPIENT: &str = "gpg: --recipient with the EdgeLock 2GO key's fingerprint; Kleopatra: `Encrypt for others`: Edgelock2go.support@nxp.com";
    pub(super) const NO_PASSWORD: &str =
        "gpg: without --symmetric; Kleopatra: untick `Encrypt with password`";
    pub(super) const MDC: &str = "gpg: without --disable-mdc and --rfc2440; a recipient key whose preferences state MDC (--force-mdc with old versions)";
    pub(super) const RFC4880: &str = "gpg 2.3 and later: --rfc4880, without --force-aead or --force-ocb; sq: --profile=rfc4880; OpenPGP.js: config.aeadProtect = false";
    pub(super) const OPEN_WITH: &str =
        "--open-with KEY, or --session-key-file with what `gpg --show-session-key` prints";
    pub(super) const SESSION_KEY: &str =
        "put what `gpg --show-session-key --decrypt` prints between the quotes into the file";
    pub(super) const CIPHER: &str =
        "gpg: --cipher-algo AES256; Kleopatra: the line `cipher-algo AES256` in gpg.conf";
    pub(super) const COMPRESSION: &str =
        "gpg: --compress-algo zlib (or none); Kleopatra: the line `compress-algo zlib` in gpg.conf";
    pub(super) const SIGN: &str = "gpg: --sign --local-user KEY; Kleopatra: tick `Sign as`";
    pub(super) const ONE_SIGNER: &str =
        "gpg: one --local-user, none in gpg.conf; Kleopatra: one key under `Sign as`";
    pub(super) const BINARY: &str = "gpg: --no-textmode (without -t)";
    pub(super) const RSA_KEY: &str = "sign with an RSA-2048 or RSA-4096 key (`el2g pgp keygen`); gpg: --quick-gen-key NAME rsa4096 sign; Kleopatra: Advanced Settings > RSA 4096";
    pub(super) const HASH: &str =
        "gpg: --digest-algo SHA256; Kleopatra: the line `digest-algo SHA256` in gpg.conf";
    pub(super) const CLOCK: &str = "set this machine's clock, or the signer's";
    pub(super) const AGAIN: &str =
        "sign again; gpg: without --ask-sig-expire and --default-sig-expire";
    pub(super) const SIGNER_PUBLIC: &str = "--signer-public KEY";
    pub(super) const SIGNER: &str = "upload the public key that belongs to the signing key, or sign with the right --local-user";
    pub(super) const FILE_NAME: &str =
        "gpg: --set-filename '' or the content on standard input; Kleopatra: use the Notepad";
    pub(super) const HEX: &str = "the content is the key's hexadecimal digits alone: no 0x, no separators, no newline (printf, not echo)";
}
