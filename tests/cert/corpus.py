"""Writes a corpus of chains, each a root, an intermediate and a device certificate, for corpus.rs to judge.

    python3 corpus.py FOLDER KEYS DER

KEYS is testdata/keys, DER the folder of x509_der.py. Most certificates are put together field by field, so that
every fault can be written, and signed by `cryptography`; `built-*` come whole from its builder, `openssl-*` from
the `openssl` program. FOLDER/chains.json lists them, [[name, time of the check], ...], with NAME.root.pem,
NAME.intermediate.pem and NAME.device.pem beside it. The time is 2026-06-01T00:00:00Z, but for what `openssl` makes,
which is valid from now on.
"""

import datetime
import json
import os
import subprocess
import sys

FOLDER, KEYS, DER = (os.path.abspath(folder) for folder in sys.argv[1:4])
sys.path.insert(0, DER)

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import x509_der as der
from x509_der import NULL, bits, boolean, integer, octets, oid, seq, tlv, utc

NAMES = []
HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(),
          "sha512": hashes.SHA512(), "sha224": hashes.SHA224()}


def load(file):
    with open(os.path.join(KEYS, file), "rb") as opened:
        return serialization.load_pem_private_key(opened.read(), None)


KEY = {name: load(f"{name}-pkcs8.pem") for name in
       ("p256", "p384", "p521", "rsa1024", "rsa2048", "rsa3072", "rsa4096", "ed25519", "secp256k1")}
ROOT_KEY, CA_KEY, DEVICE_KEY, OTHER_KEY = (ec.derive_private_key(n, ec.SECP256R1()) for n in (2**200 + 11, 2**200 + 12, 2**200 + 13, 2**200 + 14))

# Signatures ----------------------------------------------------------------------------------

ECDSA_OIDS = {"sha1": "1.2.840.10045.4.1", "sha224": "1.2.840.10045.4.3.1", "sha256": "1.2.840.10045.4.3.2",
              "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}
RSA_OIDS = {"sha1": "1.2.840.113549.1.1.5", "sha224": "1.2.840.113549.1.1.14", "sha256": "1.2.840.113549.1.1.11",
            "sha384": "1.2.840.113549.1.1.12", "sha512": "1.2.840.113549.1.1.13"}
HASH_OIDS = {"sha1": "1.3.14.3.2.26", "sha224": "2.16.840.1.101.3.4.2.4", "sha256": "2.16.840.1.101.3.4.2.1",
             "sha384": "2.16.840.1.101.3.4.2.2", "sha512": "2.16.840.1.101.3.4.2.3"}


def identifier(key, digest, salt=None):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return der.algorithm("1.3.101.112")
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return der.algorithm(ECDSA_OIDS[digest])
    if salt is None:
        return der.algorithm(RSA_OIDS[digest], NULL)
    hashed = der.algorithm(HASH_OIDS[digest], NULL)
    return der.algorithm("1.2.840.113549.1.1.10", seq(
        tlv(0xA0, hashed), tlv(0xA1, der.algorithm("1.2.840.113549.1.1.8", hashed)), tlv(0xA2, integer(salt))))


def sign(key, digest, salt, message):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(HASHES[digest], deterministic_signing=True))
    scheme = padding.PKCS1v15() if salt is None else padding.PSS(padding.MGF1(HASHES[digest]), salt)
    return key.sign(message, scheme, HASHES[digest])


# Chains --------------------------------------------------------------------------------------

def subject(text, **changes):
    return der.name(("C", "AT"), ("O", "Example Works"), ("CN", text))


def key_id(key):
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest


CA_USAGE = der.SIGN_BOTH
DEVICE_USAGE = der.key_usage("0780")
CLIENT = der.extended_key_usage("1.3.6.1.5.5.7.3.2")
ROLES = ("root", "intermediate", "device")


class Part:
    """One certificate of a chain, as fields; `mend` is applied to the finished DER."""

    def __init__(self, role, key, issuer_key, name, issuer):
        self.role, self.key, self.signer, self.subject, self.issuer = role, key, issuer_key, name, issuer
        self.version, self.serial = tlv(0xA0, integer(2)), integer(0x1D2C3B4A596877860000 + ROLES.index(role))
        self.digest, self.salt = "sha256", None
        self.inner = self.outer = self.key_info = None
        self.validity = seq(utc("250101000000Z"), utc("450101000000Z"))
        self.unique_ids = self.behind = self.behind_signature = b""
        self.raw_extensions = None
        self.unused = 0
        self.issuer_key = issuer_key
        ca = role != "device"
        self.extensions = {
            "constraints": {"root": der.basic_constraints(boolean(True)), "intermediate": der.CA_PATH_0}.get(role),
            "usage": CA_USAGE if ca else DEVICE_USAGE,
            "purpose": None if ca else CLIENT,
            "subject key": der.subject_key_identifier(key_id(key)),
            "authority key": der.authority_key_identifier(tlv(0x80, key_id(issuer_key))) if role != "root" else None,
            "more": None,
        }
        self.mend = lambda whole: whole

    def encoded(self):
        inner = self.inner or identifier(self.signer, self.digest, self.salt)
        outer = self.outer or inner
        present = [value for value in self.extensions.values() if value is not None]
        listed = self.raw_extensions if self.raw_extensions is not None else tlv(0xA3, seq(*present))
        info = self.key_info or der.spki(self.key)
        to_be_signed = seq(self.version, self.serial, inner, self.issuer, self.validity, self.subject, info,
                           self.unique_ids, listed, self.behind)
        signature = sign(self.signer, self.digest, self.salt, to_be_signed)
        return self.mend(seq(to_be_signed, outer, bits(signature, self.unused), self.behind_signature))


def chain(root_key=None, ca_key=None, device_key=None):
    root_key, ca_key, device_key = root_key or ROOT_KEY, ca_key or CA_KEY, device_key or DEVICE_KEY
    root, ca, device = subject("Root"), subject("Line 7 CA"), subject("device-0000000000000033-0001")
    return {
        "root": Part("root", root_key, root_key, root, root),
        "intermediate": Part("intermediate", ca_key, root_key, ca, root),
        "device": Part("device", device_key, ca_key, device, ca),
    }


def write(name, ders):
    for role, content in zip(ROLES, ders):
        text = content if isinstance(content, str) else der.pem("CERTIFICATE", content)
        with open(os.path.join(FOLDER, f"{name}.{role}.pem"), "w") as file:
            file.write(text)
    assert name not in NAMES, name
    NAMES.append(name)


def keep(name, parts):
    write(name, [parts[role].encoded() for role in ROLES])


# Keys, hashes, paddings ----------------------------------------------------------------------

def good_algorithms():
    for kind, key in KEY.items():
        digests = ["sha256"] if kind == "ed25519" else ["sha1", "sha224", "sha256", "sha384", "sha512"]
        for digest in digests:
            parts = chain(root_key=key)
            parts["root"].digest = parts["intermediate"].digest = digest
            keep(f"root-{kind}-{digest}", parts)
            if digest in ("sha256", "sha512"):
                parts = chain(ca_key=key)
                parts["device"].digest = digest
                keep(f"ca-{kind}-{digest}", parts)
        if kind != "rsa4096":
            keep(f"device-{kind}", chain(device_key=key))
    for kind in ("rsa2048", "rsa3072", "rsa4096"):
        for digest in ("sha1", "sha256", "sha384", "sha512"):
            whole = HASHES[digest].digest_size
            for salt in (whole, 0, 20, 32, 48):
                if salt == whole and digest in ("sha1",) and kind != "rsa2048":
                    continue
                if kind != "rsa2048" and salt != whole:
                    continue
                parts = chain(root_key=KEY[kind])
                for role in ("root", "intermediate"):
                    parts[role].digest, parts[role].salt = digest, salt
                if f"pss-{kind}-{digest}-{salt}" not in NAMES:
                    keep(f"pss-{kind}-{digest}-{salt}", parts)


# Faults, each in each of the three ----------------------------------------------------------

def validity(start, end):
    return seq(utc(start), utc(end))


def replaced(key, value):
    def change(part, parts):
        part.extensions[key] = value
    return change


def field(attribute, value):
    def change(part, parts):
        setattr(part, attribute, value)
    return change


def flipped(whole, index, mask=1):
    changed = bytearray(whole)
    changed[index] ^= mask
    return bytes(changed)


def mended(function):
    def change(part, parts):
        part.mend = function
    return change


def issuer_name(*attributes):
    def change(part, parts):
        part.issuer = der.name(*attributes)
    return change


def signed_by_other(part, parts):
    part.signer = OTHER_KEY


def compressed(part, parts):
    part.key_info = der.p256_spki(der.point(part.key, compressed=True))


def explicit_curve(part, parts):
    part.key_info = der.explicit_spki(part.key)


def off_curve(part, parts):
    part.key_info = der.p256_spki(flipped(der.point(part.key), -1))


def infinity(part, parts):
    part.key_info = der.p256_spki(b"\0")


def hybrid(part, parts):
    point = der.point(part.key)
    part.key_info = der.p256_spki(bytes([6 | point[-1] & 1]) + point[1:])


def key_unused_bits(part, parts):
    part.key_info = der.p256_spki(der.point(part.key), 1)


def rsa_key(modulus, exponent):
    return seq(der.algorithm("1.2.840.113549.1.1.1", NULL), bits(seq(integer(modulus), integer(exponent))))


def outer_differs(part, parts):
    part.outer = der.ECDSA_SHA384


def ecdsa_with_null(part, parts):
    part.inner = der.algorithm(ECDSA_OIDS["sha256"], NULL)


def authority(*content):
    return replaced("authority key", der.authority_key_identifier(*content))


def unknown(critical):
    return der.extension("1.2.3.4.5", NULL, critical)


def twice(key):
    def change(part, parts):
        part.extensions["more"] = part.extensions[key]
    return change


def end_in_ber(whole):
    """The outermost length in one octet more than it takes."""
    return whole[:1] + b"\x83\x00" + whole[2:] if whole[1] == 0x82 else whole


ROOT_NAME = [("C", "AT"), ("O", "Example Works"), ("CN", "Root")]
OTHER_NAME = tlv(0xA1, tlv(0xA4, der.name(("CN", "Somebody else"))))
MODULUS = KEY["rsa2048"].public_key().public_numbers().n

FAULTS = {
    "none": lambda part, parts: None,
    "expired": field("validity", validity("200101000000Z", "250601000000Z")),
    "not-yet-valid": field("validity", validity("270101000000Z", "450101000000Z")),
    "ends-now": field("validity", validity("250101000000Z", "260601000000Z")),
    "starts-now": field("validity", validity("260601000000Z", "450101000000Z")),
    "ended-a-second-ago": field("validity", validity("250101000000Z", "260531235959Z")),
    "end-before-start": field("validity", validity("450101000000Z", "250101000000Z")),
    "generalized-time": field("validity", seq(der.generalized("20250101000000Z"), der.generalized("20450101000000Z"))),
    "beyond-2050": field("validity", seq(utc("250101000000Z"), der.generalized("99991231235959Z"))),
    "time-without-seconds": field("validity", validity("2501010000Z", "4501010000Z")),
    "time-with-offset": field("validity", validity("250101000000+0000", "450101000000+0000")),
    "time-with-fraction": field("validity", seq(der.generalized("20250101000000.5Z"), der.generalized("20450101000000Z"))),
    "no-such-date": field("validity", validity("250230000000Z", "450101000000Z")),
    "v1": lambda part, parts: (setattr(part, "version", b""), setattr(part, "raw_extensions", b"")),
    "v1-with-extensions": field("version", b""),
    "v2": field("version", tlv(0xA0, integer(1))),
    "v4": field("version", tlv(0xA0, integer(3))),
    "no-extensions": field("raw_extensions", b""),
    "empty-extensions": field("raw_extensions", tlv(0xA3, seq())),
    "serial-zero": field("serial", integer(0)),
    "serial-negative": field("serial", integer(-5)),
    "serial-21-octets": field("serial", integer(1 << 166)),
    "serial-empty": field("serial", tlv(0x02, b"")),
    "serial-padded": field("serial", tlv(0x02, b"\0\x01")),
    "no-constraints": replaced("constraints", None),
    "constraints-not-ca": replaced("constraints", der.basic_constraints()),
    "constraints-ca": replaced("constraints", der.basic_constraints(boolean(True))),
    "constraints-not-critical": replaced("constraints", der.basic_constraints(boolean(True), critical=None)),
    "constraints-not-ca-with-path": replaced("constraints", der.basic_constraints(integer(0))),
    "constraints-broken": replaced("constraints", der.extension("2.5.29.19", b"\x04\x00", True)),
    "constraints-empty": replaced("constraints", der.extension("2.5.29.19", b"", True)),
    "constraints-trailing": replaced("constraints", der.extension("2.5.29.19", seq(boolean(True)) + NULL, True)),
    "constraints-true-01": replaced("constraints", der.basic_constraints(tlv(1, b"\x01"))),
    "path-0": replaced("constraints", der.basic_constraints(boolean(True), integer(0))),
    "path-1": replaced("constraints", der.basic_constraints(boolean(True), integer(1))),
    "path-256": replaced("constraints", der.basic_constraints(boolean(True), integer(256))),
    "path-2-to-the-32": replaced("constraints", der.basic_constraints(boolean(True), integer(1 << 32))),
    "path-2-to-the-64": replaced("constraints", der.basic_constraints(boolean(True), integer(1 << 64))),
    "path-negative": replaced("constraints", der.basic_constraints(boolean(True), integer(-1))),
    "no-usage": replaced("usage", None),
    "usage-digital-signature": replaced("usage", der.key_usage("0780")),
    "usage-cert-sign": replaced("usage", der.key_usage("0204")),
    "usage-not-critical": replaced("usage", der.key_usage("0106", critical=None)),
    "usage-crl-sign": replaced("usage", der.key_usage("0102")),
    "usage-without-bits": replaced("usage", der.key_usage("00")),
    "usage-encipher-only": replaced("usage", der.key_usage("00ff01")),
    "usage-broken": replaced("usage", der.extension("2.5.29.15", b"\x05\x00", True)),
    "usage-trailing-zeros": replaced("usage", der.key_usage("0006")),
    "purpose-server": replaced("purpose", der.extended_key_usage("1.3.6.1.5.5.7.3.1")),
    "purpose-any": replaced("purpose", der.extended_key_usage("2.5.29.37.0")),
    "purpose-client": replaced("purpose", CLIENT),
    "purpose-broken": replaced("purpose", der.extension("2.5.29.37", NULL)),
    "no-subject-key": replaced("subject key", None),
    "subject-key-critical": lambda part, parts: part.extensions.update(
        {"subject key": der.subject_key_identifier(key_id(part.key), True)}),
    "subject-key-other": replaced("subject key", der.subject_key_identifier(b"another identifier")),
    "subject-key-empty": replaced("subject key", der.subject_key_identifier(b"")),
    "subject-key-broken": replaced("subject key", der.extension("2.5.29.14", NULL)),
    "no-authority-key": replaced("authority key", None),
    "authority-key-other": authority(tlv(0x80, b"another identifier")),
    "authority-key-empty": authority(tlv(0x80, b"")),
    "authority-key-critical": lambda part, parts: part.extensions.update({
        "authority key": der.authority_key_identifier(tlv(0x80, key_id(part.signer)), critical=True)}),
    "authority-nothing": authority(),
    "authority-other-issuer": authority(OTHER_NAME, tlv(0x82, b"\x01")),
    "authority-other-serial": authority(tlv(0xA1, tlv(0xA4, der.name(*ROOT_NAME))), tlv(0x82, b"\x01")),
    "authority-broken": replaced("authority key", der.extension("2.5.29.35", NULL)),
    "unknown-critical": replaced("more", unknown(True)),
    "unknown-not-critical": replaced("more", unknown(None)),
    "unknown-critical-01": replaced("more", der.extension("1.2.3.4.5", NULL, tlv(1, b"\x01"))),
    "unknown-critical-false": replaced("more", unknown(False)),
    "constraints-twice": twice("constraints"),
    "usage-twice": twice("usage"),
    "subject-key-twice": twice("subject key"),
    "unknown-twice": replaced("more", unknown(None) + unknown(None)),
    "policies-critical": replaced("more", der.extension("2.5.29.32", seq(seq(oid("1.2.3.4"))), True)),
    "policy-required": replaced("more", der.extension("2.5.29.36", seq(tlv(0x80, b"\0")), True)),
    "inhibit-any-policy": replaced("more", der.extension("2.5.29.54", integer(0), True)),
    "policy-mappings-critical": replaced("more", der.extension(
        "2.5.29.33", seq(seq(oid("1.2.3.4"), oid("1.2.3.5"))), True)),
    "alternative-name-critical": replaced("more", der.extension(
        "2.5.29.17", seq(tlv(0x82, b"line7.example")), True)),
    "issuer-alternative-name-critical": replaced("more", der.extension(
        "2.5.29.18", seq(tlv(0x82, b"line7.example")), True)),
    "crl-points-critical": replaced("more", der.extension(
        "2.5.29.31", seq(seq(tlv(0xA0, tlv(0xA0, tlv(0x86, b"http://example.com/crl"))))), True)),
    "freshest-crl-critical": replaced("more", der.extension(
        "2.5.29.46", seq(seq(tlv(0xA0, tlv(0xA0, tlv(0x86, b"http://example.com/crl"))))), True)),
    "authority-information-critical": replaced("more", der.extension(
        "1.3.6.1.5.5.7.1.1", seq(seq(oid("1.3.6.1.5.5.7.48.1"), tlv(0x86, b"http://example.com"))), True)),
    "netscape-type-critical": replaced("more", der.extension("2.16.840.1.113730.1.1", tlv(3, b"\x02\x04"), True)),
    "key-usage-period-critical": replaced("more", der.extension(
        "2.5.29.16", seq(tlv(0x80, b"20250101000000Z")), True)),
    "subject-information-critical": replaced("more", der.extension(
        "1.3.6.1.5.5.7.1.11", seq(seq(oid("1.3.6.1.5.5.7.48.5"), tlv(0x86, b"http://example.com"))), True)),
    "tls-feature-critical": replaced("more", der.extension("1.3.6.1.5.5.7.1.24", seq(integer(5)), True)),
    "ocsp-no-check-critical": replaced("more", der.extension("1.3.6.1.5.5.7.48.1.5", NULL, True)),
    "proxy-certificate": replaced("more", der.extension(
        "1.3.6.1.5.5.7.1.14", seq(seq(oid("1.3.6.1.5.5.7.21.1"))), True)),
    "ip-resources-critical": replaced("more", der.extension(
        "1.3.6.1.5.5.7.1.7", seq(seq(octets(b"\0\x01"), NULL)), True)),
    "issuer-other": issuer_name(("C", "AT"), ("O", "Example Works"), ("CN", "Another")),
    "issuer-empty": issuer_name(),
    "signed-by-other": signed_by_other,
    "signature-flipped": mended(lambda whole: flipped(whole, -1)),
    "serial-flipped": mended(lambda whole: flipped(whole, 22)),
    "signature-unused-bits": field("unused", 1),
    "trailing": mended(lambda whole: whole + b"\0"),
    "behind-extensions": field("behind", NULL),
    "behind-signature": field("behind_signature", NULL),
    "cut": mended(lambda whole: whole[:-1]),
    "long-length": mended(end_in_ber),
    "outer-algorithm-differs": outer_differs,
    "ecdsa-with-null": ecdsa_with_null,
    "unique-identifiers": field("unique_ids", tlv(0x81, b"\0\x07")),
    "compressed-point": compressed,
    "hybrid-point": hybrid,
    "explicit-curve": explicit_curve,
    "point-off-curve": off_curve,
    "point-at-infinity": infinity,
    "key-unused-bits": key_unused_bits,
}

#: Keys that nobody can sign with: only of the device, whose key signs nothing.
ODD_KEYS = {
    "rsa-even": rsa_key(MODULUS ^ 1, 65537),
    "rsa-exponent-1": rsa_key(MODULUS, 1),
    "rsa-exponent-2": rsa_key(MODULUS, 2),
    "rsa-exponent-huge": rsa_key(MODULUS, MODULUS - 2),
    "rsa-negative": rsa_key(-MODULUS, 65537),
    "rsa-tiny": rsa_key(15, 3),
    "rsa-16384": rsa_key((1 << 16383) | 1, 65537),
}


def faults():
    for name, change in FAULTS.items():
        for role in ROLES:
            parts = chain()
            change(parts[role], parts)
            keep(f"{name}-in-{role}", parts)
    for name, info in ODD_KEYS.items():
        for role in ROLES:
            parts = chain()
            parts[role].key_info = info
            keep(f"{name}-in-{role}", parts)


def names():
    """The intermediate and the device name their issuer in another way than it names itself."""
    written = {
        "printable": [("C", "AT"), ("O", "Example Works", der.PRINTABLE), ("CN", "{}", der.PRINTABLE)],
        "country-in-utf8": [("C", "AT", der.UTF8), ("O", "Example Works"), ("CN", "{}")],
        "other-case": [("C", "at"), ("O", "EXAMPLE works"), ("CN", "{}")],
        "more-spaces": [("C", "AT"), ("O", " Example   Works "), ("CN", "{}")],
        "other-order": [("O", "Example Works"), ("C", "AT"), ("CN", "{}")],
        "teletex": [("C", "AT"), ("O", "Example Works", der.TELETEX), ("CN", "{}")],
        "bmp": [("C", "AT"), ("O", "Example Works".encode("utf-16-be"), der.BMP), ("CN", "{}")],
        "less": [("O", "Example Works"), ("CN", "{}")],
        "more": [("C", "AT"), ("O", "Example Works"), ("OU", "x"), ("CN", "{}")],
    }
    for name, attributes in written.items():
        for role, common in (("intermediate", "Root"), ("device", "Line 7 CA")):
            parts = chain()
            parts[role].issuer = der.name(*((kind, value if isinstance(value, bytes) else value.format(common), *tag)
                                            for kind, value, *tag in attributes))
            keep(f"issuer-{name}-in-{role}", parts)


def bit_flips():
    """Single bits of the intermediate: every octet around what is signed, and some within."""
    for kind, key in (("p256", ROOT_KEY), ("rsa2048", KEY["rsa2048"])):
        parts = chain(root_key=key)
        good = [parts[role].encoded() for role in ROLES]
        whole = good[1]
        signature = 266 if kind == "rsa2048" else 85
        places = [*range(0, 12), *range(30, len(whole) - signature, 23), *range(len(whole) - signature, len(whole), 7)]
        for place in places:
            changed = flipped(whole, place, 1 << place % 8)
            write(f"bit-{kind}-{place:03}", [good[0], changed, good[2]])


def other_shapes():
    parts = chain(ca_key=ROOT_KEY)
    keep("intermediate-has-the-key-of-its-root", parts)
    parts = chain()
    parts["intermediate"].subject = parts["device"].issuer = parts["root"].subject
    keep("intermediate-named-as-its-root", parts)
    parts = chain()
    parts["root"].issuer = subject("Above")
    parts["root"].signer = OTHER_KEY
    keep("root-issued-by-another", parts)
    parts = chain()
    parts["device"].validity = validity("250101000000Z", "491231235959Z")
    keep("device-outlives-its-chain", parts)
    parts = chain()
    parts["device"].issuer, parts["device"].signer = parts["root"].subject, ROOT_KEY
    parts["device"].extensions["authority key"] = der.authority_key_identifier(tlv(0x80, key_id(ROOT_KEY)))
    keep("device-issued-by-the-root", parts)
    good = [part.encoded() for part in chain().values()]
    write("intermediate-and-device-swapped", [good[0], good[2], good[1]])
    write("root-and-intermediate-swapped", [good[1], good[0], good[2]])
    write("device-is-the-intermediate", [good[0], good[1], good[1]])
    write("intermediate-is-the-root", [good[0], good[0], good[2]])
    for kind in ("p384", "p521", "rsa2048"):
        parts = chain(root_key=KEY[kind], ca_key=KEY[kind])
        parts["device"].signer = KEY["p256"]
        parts["device"].inner = identifier(KEY[kind], "sha256")
        keep(f"device-signed-by-a-key-of-another-kind-{kind}", parts)


# Whole certificates of the builder -----------------------------------------------------------

def built():
    def named(*parts):
        oids = {"C": NameOID.COUNTRY_NAME, "O": NameOID.ORGANIZATION_NAME, "CN": NameOID.COMMON_NAME}
        return x509.Name([x509.NameAttribute(oids[kind], text) for kind, text in parts])

    start, end = datetime.datetime(2025, 1, 1), datetime.datetime(2045, 1, 1)
    root_name, ca_name = named(("C", "AT"), ("CN", "Root")), named(("C", "AT"), ("CN", "Line 7 CA"))

    def builder(name, issuer, key):
        return (x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(key.public_key())
                .serial_number(0x1D2C3B4A5968778600).not_valid_before(start).not_valid_after(end))

    usage = dict.fromkeys(["digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                           "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"], False)
    ca_usage = x509.KeyUsage(**{**usage, "key_cert_sign": True, "crl_sign": True})
    for kind, key in KEY.items():
        if kind == "secp256k1":
            continue
        for scheme in ("pkcs1", "pss") if kind.startswith("rsa") else ("plain",):
            digest = None if kind == "ed25519" else hashes.SHA384()
            pss = padding.PSS(padding.MGF1(hashes.SHA384()), padding.PSS.DIGEST_LENGTH) if scheme == "pss" else None
            root = (builder(root_name, root_name, key).add_extension(x509.BasicConstraints(True, None), True)
                    .add_extension(ca_usage, True)
                    .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
            ca = (builder(ca_name, root_name, CA_KEY).add_extension(x509.BasicConstraints(True, 0), True)
                  .add_extension(ca_usage, True)
                  .add_extension(x509.SubjectKeyIdentifier.from_public_key(CA_KEY.public_key()), False)
                  .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False))
            device = (builder(named(("CN", "device-0000000000000033-0001")), ca_name, DEVICE_KEY)
                      .add_extension(x509.KeyUsage(**{**usage, "digital_signature": True}), True)
                      .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False))
            signed = [root.sign(key, digest, rsa_padding=pss), ca.sign(key, digest, rsa_padding=pss),
                      device.sign(CA_KEY, hashes.SHA256())]
            write(f"built-{kind}-{scheme}",
                  [one.public_bytes(serialization.Encoding.PEM).decode() for one in signed])


# What the openssl program makes --------------------------------------------------------------

SECTIONS = """[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[issuer]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid, issuer:always
[without]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
[bare]
basicConstraints = CA:TRUE
[device]
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
[none]
"""


def made_by_openssl():
    def run(*arguments):
        subprocess.run(["openssl", *arguments], cwd=FOLDER, check=True, stdin=subprocess.DEVNULL,
                       stderr=subprocess.PIPE)

    def text(file):
        with open(os.path.join(FOLDER, file)) as opened:
            return opened.read()

    with open(os.path.join(FOLDER, "openssl.cnf"), "w") as file:
        file.write(SECTIONS)
    run("req", "-new", "-config", "openssl.cnf", "-key", os.path.join(KEYS, "p256-pkcs8.pem"),
        "-subj", "/C=AT/CN=Line 7 CA", "-out", "ca.csr")
    run("req", "-new", "-config", "openssl.cnf", "-key", os.path.join(KEYS, "p384-pkcs8.pem"),
        "-subj", "/CN=device", "-out", "device.csr")

    def made(name, key, digest, section="intermediate", root="root", device="device", more=(), serial="0x1d2c3b4a59687786"):
        key = os.path.join(KEYS, key)
        sign_options = [f"-{digest}", *more]
        run("req", "-x509", "-new", "-config", "openssl.cnf", "-key", key, "-subj", "/C=AT/CN=Root", "-days", "9000",
            *sign_options, "-extensions", root, "-out", "made.root.pem")
        run("x509", "-req", "-in", "ca.csr", "-CA", "made.root.pem", "-CAkey", key, "-days", "8000", *sign_options,
            "-extfile", "openssl.cnf", "-extensions", section, "-set_serial", serial, "-out", "made.ca.pem")
        run("x509", "-req", "-in", "device.csr", "-CA", "made.ca.pem", "-CAkey", os.path.join(KEYS, "p256-pkcs8.pem"),
            "-days", "7000", "-sha256", "-extfile", "openssl.cnf", "-extensions", device, "-set_serial", "0x51",
            "-out", "made.device.pem")
        write(f"openssl-{name}", [text("made.root.pem"), text("made.ca.pem"), text("made.device.pem")])

    for key in ("p256", "p384", "p521", "rsa2048", "rsa3072", "rsa4096", "ed25519", "secp256k1"):
        for digest in ("sha256", "sha384") if key != "ed25519" else ("sha256",):
            made(f"{key}-{digest}", f"{key}-pkcs8.pem", digest)
    made("sha512", "p256-pkcs8.pem", "sha512")
    made("sha1", "rsa2048-pkcs8.pem", "sha1")
    made("md5", "rsa2048-pkcs8.pem", "md5")
    made("sha3", "rsa2048-pkcs8.pem", "sha3-256")
    made("explicit-root", "p256-explicit.pem", "sha256")
    for salt in ("digest", "max", "20"):
        options = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", f"rsa_pss_saltlen:{salt}")
        made(f"pss-{salt}", "rsa2048-pkcs8.pem", "sha256", more=options)
    made("pss-other-mgf", "rsa2048-pkcs8.pem", "sha256", more=(
        "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32", "-sigopt", "rsa_mgf1_md:sha512"))
    for section in ("issuer", "bare", "device", "none"):
        made(f"intermediate-{section}", "p256-pkcs8.pem", "sha256", section=section)
    for section in ("bare", "device", "intermediate", "none"):
        made(f"root-{section}", "p256-pkcs8.pem", "sha256", section="without", root=section)
    for section in ("bare", "intermediate", "none"):
        made(f"device-{section}", "p256-pkcs8.pem", "sha256", device=section)
    for serial in ("0", "-7", "0x7fffffffffffffffffffffffffffffffffffffff", "0x01ffffffffffffffffffffffffffffffffffffffff"):
        made(f"serial{serial}"[:20], "p256-pkcs8.pem", "sha256", serial=serial)


good_algorithms()
faults()
names()
bit_flips()
other_shapes()
built()
made_by_openssl()
with open(os.path.join(FOLDER, "chains.json"), "w") as file:
    tomorrow = int(datetime.datetime.now(datetime.timezone.utc).timestamp()) + 86400
    json.dump([[name, tomorrow if name.startswith("openssl-") else 1780272000] for name in NAMES], file)
