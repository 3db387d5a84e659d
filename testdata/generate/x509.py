#!/usr/bin/env python3
"""Makes testdata/x509: for every rule of the certificate profile one good and one bad input.

    python3 testdata/generate/x509.py            # writes testdata/x509 (needs `cryptography` 43 or newer)

Deterministic: EC keys come from small fixed secrets, signatures from RFC 6979, RSA keys from the
throw-away files in testdata/x509/keys. `cases.json` lists what belongs together and what is expected.
"""

import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from x509_der import *  # noqa: F403

OUT = Path(__file__).resolve().parent.parent / "x509"
AT = "2026-06-01T00:00:00Z"

# Keys ----------------------------------------------------------------------------------------

ROOT, INTERMEDIATE, OTHER, DEVICE = (ec_key(secret) for secret in (1001, 1002, 1003, 1004))
ROOT_P384, KEY_P384 = ec_key(1005, ec.SECP384R1()), ec_key(1006, ec.SECP384R1())


def rsa_key(file):
    return serialization.load_pem_private_key((OUT / "keys" / file).read_bytes(), None)


ROOT_RSA, KEY_RSA, KEY_RSA1024 = (
    rsa_key("root-rsa2048.pem"), rsa_key("rsa2048.pem"), rsa_key("rsa1024.pem"))

# Names ---------------------------------------------------------------------------------------

ROOT_NAME = name(("C", "AT"), ("O", "Example Devices"), ("CN", "Example Root"))
SUBJECT = [("C", "AT"), ("ST", "Styria"), ("L", "Gratkorn"), ("O", "Example Devices"),
           ("OU", "Security"), ("CN", "Example Intermediate")]


def subject(**changes):
    """The subject with some attributes replaced: a (kind, value, tag) or None to leave it out."""
    kept = []
    for one in SUBJECT:
        change = changes.get(one[0], one)
        if change is not None:
            kept.append(change)
    return name(*kept)


# The good ones -------------------------------------------------------------------------------

def root(key=ROOT, identifier=ECDSA_SHA256, extensions=None, **changes):
    key_info = spki(key)
    fields = dict(
        issuer=ROOT_NAME, subject=ROOT_NAME, key_info=key_info, signer=key, inner=identifier,
        serial=integer(0x0102030405060708090A), not_before=utc("200101000000Z"),
        not_after=generalized("20600101000000Z"),
        extensions=extensions or [
            basic_constraints(boolean(True)), key_usage("0106"),
            subject_key_identifier(key_id(key_info))])
    return certificate(**(fields | changes))


ROOT_ID = key_id(spki(ROOT))


def keyed(key_info, root_id=ROOT_ID):
    """The four extensions of a good intermediate."""
    return [CA_PATH_0, SIGN_BOTH, subject_key_identifier(key_id(key_info)),
            authority_key_identifier(tlv(0x80, root_id))]


def intermediate(key=INTERMEDIATE, signer=ROOT, **changes):
    key_info = changes.get("key_info", spki(key))
    fields = dict(issuer=ROOT_NAME, subject=subject(), key_info=key_info, signer=signer)
    if "extensions" not in changes:
        fields["extensions"] = keyed(spki(key), key_id(spki(signer)))
    return certificate(**(fields | changes))


EXTENSIONS = keyed(spki(INTERMEDIATE))
BASIC, USAGE, SUBJECT_ID, AUTHORITY_ID = EXTENSIONS


def with_extensions(*extensions, **changes):
    return intermediate(extensions=list(extensions), **changes)


def csr(key=INTERMEDIATE, **changes):
    fields = dict(subject=subject(), key_info=spki(key), signer=key)
    return request(**(fields | changes))


CODE = "0123456789abcdef" * 4


def verification(code=CODE, key=DEVICE, signer=INTERMEDIATE, **changes):
    key_info = changes.get("key_info", spki(key))
    fields = dict(
        issuer=subject(), subject=name(("CN", code)), key_info=key_info, signer=signer,
        extensions=[authority_key_identifier(tlv(0x80, key_id(spki(INTERMEDIATE))))])
    return certificate(**(fields | changes))


# Writing -------------------------------------------------------------------------------------

written = {}


def write(path, content):
    content = content if isinstance(content, bytes) else content.encode()
    assert written.setdefault(path, content) == content, path
    return path


def put(path, der, label="CERTIFICATE"):
    return write(path, pem(label, der))


write("keys/root-p256.pem", ROOT.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
GOOD_ROOT = put("good/root.pem", root())
GOOD_REQUEST = put("good/request.pem", csr(), "CERTIFICATE REQUEST")
GOOD = put("good/intermediate.pem", intermediate())
GOOD_VERIFICATION = put("good/verification.pem", verification())

cases = []


def case(rule, bad, good=None, expect=None):
    cases.append({"rule": rule, "good": good or check(GOOD), "bad": bad})


def check(certificate_file, root=GOOD_ROOT, request=None, **more):
    """A certificate with what it is compared with."""
    request = GOOD_REQUEST if request is None else request or None
    return {"certificate": certificate_file, "root": root, "request": request} | more


def bad(rule, der, **more):
    return check(put(f"bad/{rule}.pem", der), **more)


def good(file, der, **more):
    return check(put(f"good/{file}.pem", der), **more)


def alone(rule, der, **more):
    """Judged without a request: the fault is one the request would have to share."""
    return bad(rule, der, request="", **more)


# The input -----------------------------------------------------------------------------------

case("input-certificate", check(put(
    "bad/input-certificate.pem", csr(), "CERTIFICATE REQUEST")))
case("encoding-decodes", bad("encoding-decodes", intermediate()[:-40]))
case("encoding-nothing-trailing", bad("encoding-nothing-trailing", intermediate() + b"\0"),
     good=check(write("good/intermediate.der", intermediate())))
case("input-plain", check(write(
    "bad/input-plain.pem",
    "\ufeffsubject=Example Intermediate\r\n" + pem("CERTIFICATE", intermediate()).replace("\n", "\r\n"))))

# Encoding ------------------------------------------------------------------------------------

case("encoding-strict-der", bad("encoding-strict-der", with_extensions(
    BASIC, USAGE, subject_key_identifier(key_id(spki(INTERMEDIATE)), critical=False), AUTHORITY_ID)))
case("extensions-unique", bad("extensions-unique", with_extensions(*EXTENSIONS, SUBJECT_ID)))
case("extensions-not-empty", bad("extensions-not-empty", with_extensions()))
case("extensions-well-formed", bad("extensions-well-formed", with_extensions(
    extension("2.5.29.19", bytes.fromhex("30060101ff0201"), True), USAGE, SUBJECT_ID, AUTHORITY_ID)))
case("names-well-formed", alone("names-well-formed", intermediate(subject=seq(
    seq(attribute("CN", "Example Intermediate"))))))
case("names-rdn-not-empty", alone("names-rdn-not-empty", intermediate(subject=seq(
    set_of(attribute("O", "Example Devices")), set_of()))))
case("names-strings-decode", alone("names-strings-decode", intermediate(
    subject=subject(O=("O", b"Example \xff Devices")))))
case("names-characters-legal", alone("names-characters-legal", intermediate(
    subject=subject(O=("O", "Example*Devices", PRINTABLE)))))
case("names-no-nul", alone("names-no-nul", intermediate(
    subject=subject(CN=("CN", "Example\0Intermediate")))))


def whole_octets():
    """A signature whose last bit is zero, so that it can be called unused."""
    for serial in range(1 << 90, (1 << 90) + 64):
        der = intermediate(serial=integer(serial), unused_bits=1)
        if der[-1] & 1 == 0:
            return der
    raise AssertionError


case("bit-strings-whole-octets", bad("bit-strings-whole-octets", whole_octets()))

# Section 6 -----------------------------------------------------------------------------------

case("version-v3", bad("version-v3", intermediate(version=tlv(0xA0, integer(1)))))
case("serial-number-present", bad("serial-number-present", intermediate(serial=b"")))
case("serial-number-positive", bad("serial-number-positive", intermediate(
    serial=integer(-0x1D2C3B4A59687786A5B4C3D2E1F0011223344))))
case("serial-number-length", bad("serial-number-length", intermediate(serial=integer(1 << 160))),
     good=good("serial-number-20-octets", intermediate(serial=integer((1 << 159) - 1))))
case("serial-number-entropy", bad("serial-number-entropy", intermediate(serial=integer(4711))),
     good=good("serial-number-64-bits", intermediate(serial=integer(1 << 63))))

RSA_ROOT = put("good/root-rsa.pem", root(ROOT_RSA, RSA_SHA256))
P384_ROOT = put("good/root-p384.pem", root(ROOT_P384, ECDSA_SHA384))
UNDER_RSA = good("intermediate-rsa-root", intermediate(signer=ROOT_RSA, inner=RSA_SHA384), root=RSA_ROOT)
UNDER_P384 = good(
    "intermediate-p384-root", intermediate(signer=ROOT_P384, inner=ECDSA_SHA256), root=P384_ROOT)
case("signature-algorithm-allowed", bad("signature-algorithm-allowed", intermediate(
    signer=ROOT_RSA, inner=RSA_PSS_SHA256), root=RSA_ROOT), good=UNDER_RSA)
case("signature-hash-allowed", bad("signature-hash-allowed", intermediate(inner=ECDSA_SHA512)),
     good=UNDER_P384)
case("signature-algorithm-consistent", bad("signature-algorithm-consistent", intermediate(
    inner=ECDSA_SHA256, outer=ECDSA_SHA384)))
ECDSA_WITH_NULL = algorithm("1.2.840.10045.4.3.2", NULL)
case("signature-algorithm-parameters", bad(
    "signature-algorithm-parameters", intermediate(inner=ECDSA_WITH_NULL)))
case("signature-algorithm-rsa-null", bad("signature-algorithm-rsa-null", intermediate(
    signer=ROOT_RSA, inner=RSA_SHA256_BARE), root=RSA_ROOT), good=UNDER_RSA)

case("issuer-matches-root", bad("issuer-matches-root", intermediate(
    issuer=name(("C", "AT"), ("O", "Example Devices"), ("CN", "Example Root 2")))))
case("issuer-bytes-match-root", bad("issuer-bytes-match-root", intermediate(
    issuer=name(("C", "AT"), ("O", "EXAMPLE  Devices", PRINTABLE), ("CN", "Example Root")))))
case("authority-key-identifier-matches-root", bad(
    "authority-key-identifier-matches-root",
    with_extensions(BASIC, USAGE, SUBJECT_ID, authority_key_identifier(tlv(0x80, bytes(20))))))


def authority(serial):
    return authority_key_identifier(
        tlv(0x80, ROOT_ID), tlv(0xA1, tlv(0xA4, ROOT_NAME)), tlv(0x82, serial))


ROOT_SERIAL = bytes.fromhex("0102030405060708090a")
case("authority-issuer-serial-matches-root",
     bad("authority-issuer-serial-matches-root",
         with_extensions(BASIC, USAGE, SUBJECT_ID, authority(b"\x01"))),
     good=good("authority-issuer-serial",
               with_extensions(BASIC, USAGE, SUBJECT_ID, authority(ROOT_SERIAL))))

case("validity-started", bad("validity-started", intermediate(not_before=utc("260601000001Z"))),
     good=good("validity-starts-now", intermediate(not_before=utc("260601000000Z"))))
case("validity-not-ended", bad("validity-not-ended", intermediate(not_after=utc("260531235959Z"))))
case("validity-order", bad("validity-order", intermediate(not_before=utc("460101000000Z"))))
case("validity-time-type", bad("validity-time-type", intermediate(
    not_after=generalized("20450101000000Z"))),
    good=good("validity-generalized-2050", intermediate(not_after=generalized("20500101000000Z"))))
case("validity-time-form", bad("validity-time-form", intermediate(not_after=utc("4501010000Z"))))
case("validity-within-root", bad("validity-within-root", intermediate(
    not_after=generalized("20600101000001Z"))),
    good=good("validity-ends-with-root", intermediate(not_after=generalized("20600101000000Z"))))
case("validity-starts-within-root", bad("validity-starts-within-root", intermediate(
    not_before=utc("191231235959Z"))),
    good=good("validity-starts-with-root", intermediate(not_before=utc("200101000000Z"))))
case("validity-ends-soon", bad("validity-ends-soon", intermediate(
    not_after=utc("260829235959Z"))))
case("validity-covers-devices", bad("validity-covers-devices", intermediate(
    not_after=utc("310101000000Z"))))

case("subject-contains-request", bad("subject-contains-request", intermediate(subject=subject(OU=None))))
case("subject-no-extra-attributes", bad("subject-no-extra-attributes", intermediate(
    subject=name(*SUBJECT, ("serialNumber", "7")))))
case("subject-encoding-kept", bad("subject-encoding-kept", intermediate(
    subject=subject(O=("O", "Example Devices", PRINTABLE)))))
case("subject-case-kept", bad("subject-case-kept", intermediate(
    subject=subject(O=("O", "EXAMPLE DEVICES")))))
case("subject-order-kept", bad("subject-order-kept", intermediate(subject=name(*reversed(SUBJECT)))))

case("public-key-matches-request", bad("public-key-matches-request", intermediate(OTHER)))
REQUEST_P384 = put("good/request-p384.pem", csr(KEY_P384, identifier=ECDSA_SHA384), "CERTIFICATE REQUEST")
REQUEST_RSA = put("good/request-rsa.pem", csr(KEY_RSA, identifier=RSA_SHA256), "CERTIFICATE REQUEST")
case("public-key-algorithm", bad("public-key-algorithm", intermediate(KEY_RSA), request=REQUEST_RSA),
     good=good("intermediate-rsa-key", intermediate(KEY_RSA), request=REQUEST_RSA,
               rules="api-algorithms"))
case("public-key-named-curve", alone("public-key-named-curve", intermediate(
    key_info=explicit_spki(INTERMEDIATE))))
case("public-key-curve", bad("public-key-curve", intermediate(KEY_P384), request=REQUEST_P384),
     good=good("intermediate-p384-key", intermediate(KEY_P384), request=REQUEST_P384,
               rules="api-algorithms"))
OFF_CURVE = bytearray(point(INTERMEDIATE))
OFF_CURVE[-1] ^= 1
case("public-key-point", alone("public-key-point", intermediate(key_info=p256_spki(bytes(OFF_CURVE)))))
case("public-key-uncompressed", alone("public-key-uncompressed", intermediate(
    key_info=p256_spki(point(INTERMEDIATE, compressed=True)))))
case("public-key-rsa", alone("public-key-rsa", intermediate(KEY_RSA1024), rules="api-algorithms"),
     good=check("good/intermediate-rsa-key.pem", request=REQUEST_RSA, rules="api-algorithms"))

# Anyone can compute the private half -----------------------------------------------------------

KEY_ONE = ec_key(1)
write("keys/p256-private-key-1.pem", KEY_ONE.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
REQUEST_ONE = put("bad/request-private-key-1.pem", csr(KEY_ONE), "CERTIFICATE REQUEST")
case("public-key-not-weak", bad("public-key-not-weak", intermediate(KEY_ONE), request=REQUEST_ONE))

NO_PATH = basic_constraints(boolean(True))
case("basic-constraints-present", bad("basic-constraints-present", with_extensions(
    USAGE, SUBJECT_ID, AUTHORITY_ID)))
case("basic-constraints-critical", bad("basic-constraints-critical", with_extensions(
    basic_constraints(boolean(True), integer(0), critical=None), USAGE, SUBJECT_ID, AUTHORITY_ID)))
case("basic-constraints-ca", bad("basic-constraints-ca", with_extensions(
    basic_constraints(), USAGE, SUBJECT_ID, AUTHORITY_ID)))
case("basic-constraints-path-length", bad("basic-constraints-path-length", with_extensions(
    basic_constraints(boolean(True), integer(256)), USAGE, SUBJECT_ID, AUTHORITY_ID)))
case("key-usage-present", bad("key-usage-present", with_extensions(BASIC, SUBJECT_ID, AUTHORITY_ID)))
case("key-usage-critical", bad("key-usage-critical", with_extensions(
    BASIC, key_usage("0106", critical=None), SUBJECT_ID, AUTHORITY_ID)))
case("key-usage-cert-sign", bad("key-usage-cert-sign", with_extensions(
    BASIC, key_usage("0102"), SUBJECT_ID, AUTHORITY_ID)))
case("key-usage-crl-sign", bad("key-usage-crl-sign", with_extensions(
    BASIC, key_usage("0204"), SUBJECT_ID, AUTHORITY_ID)))

# Chain and prudence --------------------------------------------------------------------------

case("signature-verifies", bad("signature-verifies", intermediate(
    signer=OTHER, extensions=EXTENSIONS)), good=UNDER_P384)
ROOT_KEY_REQUEST = put("good/request-root-key.pem", csr(ROOT), "CERTIFICATE REQUEST")
case("public-key-differs-from-root", bad(
    "public-key-differs-from-root", intermediate(ROOT), request=ROOT_KEY_REQUEST))
UNKNOWN = extension("1.3.6.1.4.1.99999.1", NULL, True)
case("critical-extensions-known", bad(
    "critical-extensions-known", with_extensions(*EXTENSIONS, UNKNOWN)),
    good=good("unknown-extension-not-critical", with_extensions(
        *EXTENSIONS, extension("1.3.6.1.4.1.99999.1", NULL))))
case("subject-key-identifier-present", bad(
    "subject-key-identifier-present", with_extensions(BASIC, USAGE, AUTHORITY_ID)))
case("subject-key-identifier-not-empty", bad(
    "subject-key-identifier-not-empty",
    with_extensions(BASIC, USAGE, subject_key_identifier(b""), AUTHORITY_ID)))
case("subject-key-identifier-not-critical", bad(
    "subject-key-identifier-not-critical", with_extensions(
        BASIC, USAGE, subject_key_identifier(key_id(spki(INTERMEDIATE)), True), AUTHORITY_ID)))
case("authority-key-identifier-present", bad(
    "authority-key-identifier-present", with_extensions(BASIC, USAGE, SUBJECT_ID)))
case("authority-key-identifier-not-critical", bad(
    "authority-key-identifier-not-critical", with_extensions(
        BASIC, USAGE, SUBJECT_ID, authority_key_identifier(tlv(0x80, ROOT_ID), critical=True))))
SERVER_AUTH, CLIENT_AUTH = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
case("extended-key-usage-client", bad("extended-key-usage-client", with_extensions(
    *EXTENSIONS, extended_key_usage(SERVER_AUTH))),
    good=good("extended-key-usage-client", with_extensions(
        *EXTENSIONS, extended_key_usage(SERVER_AUTH, CLIENT_AUTH))))


def name_constraints(permitted=None, excluded=None):
    """One subtree of each kind: a general name in DER."""
    trees = [tlv(tag, seq(base)) for tag, base in ((0xA0, permitted), (0xA1, excluded)) if base]
    return extension("2.5.29.30", seq(*trees), True)


def directory(*attributes):
    return tlv(0xA4, name(*attributes))


case("name-constraints-absent", bad("name-constraints-absent", with_extensions(
    *EXTENSIONS, name_constraints(tlv(0x82, b"example.com"), directory(("O", "Other"))))))
case("policy-constraints-absent", bad("policy-constraints-absent", with_extensions(
    *EXTENSIONS, extension("2.5.29.36", seq(tlv(0x80, b"\x00")), True))),
    good=good("certificate-policies", with_extensions(
        *EXTENSIONS, extension("2.5.29.32", seq(seq(oid("2.5.29.32.0")))))))
case("unique-identifiers-absent", bad("unique-identifiers-absent", intermediate(
    unique_ids=tlv(0x82, b"\x00\x01\x02"))))
case("names-not-empty", alone("names-not-empty", intermediate(subject=name())))
case("names-string-types", alone("names-string-types", intermediate(
    subject=subject(C=("C", "AT", UTF8)))))
case("names-no-obsolete-strings", alone("names-no-obsolete-strings", intermediate(
    subject=subject(O=("O", b"Example Ger\xe4te", TELETEX)))))
case("names-lengths", alone("names-lengths", intermediate(subject=subject(CN=("CN", "x" * 65)))))
case("names-country-two-letters", alone("names-country-two-letters", intermediate(
    subject=subject(C=("C", "AUT")))))
case("subject-single-common-name", alone("subject-single-common-name", intermediate(
    subject=name(*SUBJECT, ("CN", "Second")))))

# The root ------------------------------------------------------------------------------------

ROOT_EXTENSIONS = [basic_constraints(boolean(True)), key_usage("0106"), subject_key_identifier(ROOT_ID)]


def bad_root(rule, der, certificate_file=GOOD, **more):
    case(rule, check(certificate_file, root=put(f"bad/{rule}.pem", der), **more))


bad_root("root-ca", root(extensions=[basic_constraints(), *ROOT_EXTENSIONS[1:]]))
bad_root("root-key-usage", root(extensions=[ROOT_EXTENSIONS[0], key_usage("0102"), ROOT_EXTENSIONS[2]]))
bad_root("root-path-length", root(extensions=[
    basic_constraints(boolean(True), integer(0)), *ROOT_EXTENSIONS[1:]]))
bad_root("root-in-force", root(not_before=utc("260701000000Z")))
bad_root("root-critical-extensions-known", root(extensions=[*ROOT_EXTENSIONS, UNKNOWN]))
bad_root("root-self-issued", root(issuer=name(("CN", "Another Root")), signer=OTHER))
bad_root("root-self-signature", root(signer=OTHER))
WEAK = put("bad/root-key-strength-intermediate.pem", intermediate(
    signer=KEY_RSA1024, inner=RSA_SHA256))
bad_root("root-key-strength", root(KEY_RSA1024, RSA_SHA256), WEAK)
bad_root("root-extensions-well-formed", root(extensions=[
    ROOT_EXTENSIONS[0], extension("2.5.29.15", b"\x03\x05\x01\x06", True), ROOT_EXTENSIONS[2]]))
bad_root("root-encoding-strict-der", root(extensions=[
    extension("2.5.29.19", seq(tlv(0x01, b"\x01")), True), *ROOT_EXTENSIONS[1:]]))

ROOT_WITHIN = put("good/root-name-constraints.pem", root(extensions=[
    *ROOT_EXTENSIONS, name_constraints(directory(("C", "AT")), directory(("C", "AT"), ("ST", "Tyrol")))]))
case("name-constraints-of-root", check(GOOD, root=put("bad/name-constraints-of-root.pem", root(
    extensions=[*ROOT_EXTENSIONS, name_constraints(directory(("O", "Other")))]))),
    good=check(GOOD, root=ROOT_WITHIN))

# Requests ------------------------------------------------------------------------------------

ORDER = {"algorithm": "NIST_P256", "subject": [[kind, value] for kind, value in SUBJECT]}


def request_case(rule, der, order=ORDER, label="CERTIFICATE REQUEST", good_order=ORDER):
    file = put(f"bad/{rule}.pem", der, label)
    case(rule, {"request": file, "order": order}, good={"request": GOOD_REQUEST, "order": good_order})


request_case("request-pem-label", csr(), label="PKCS10")
request_case("request-strict-der", csr(attributes=extension_request(
    extension("2.5.29.19", seq(boolean(True)), b"\x01\x01\x01"))))
request_case("request-version", csr(version=integer(1)))
request_case("request-attributes-present", csr(no_attributes=True))
request_case("request-subject-sound", csr(subject=subject(OU=("OU", "Line_7", 0x13))), order=ORDER | {
    "subject": [[kind, "Line_7" if kind == "OU" else value] for kind, value in SUBJECT]})
request_case("request-subject-not-empty", csr(subject=name()), order=ORDER | {"subject": []})
request_case("request-key-usable", csr(key_info=p256_spki(bytes(OFF_CURVE))))
request_case("request-signature-verifies", csr(signer=OTHER))
request_case("request-attributes-unique", csr(
    attributes=extension_request(USAGE) + extension_request(BASIC)))
request_case("request-algorithm-as-ordered", csr(), order=ORDER | {"algorithm": "NIST_P384"})
request_case("request-key-allowed", csr(KEY_P384, identifier=ECDSA_SHA384),
             order=ORDER | {"algorithm": "NIST_P384"})
request_case("request-subject-as-ordered", csr(subject=subject(O=("O", "Example Gadgets"))))
request_case("request-extensions-fit", csr(attributes=extension_request(basic_constraints())))

# Verification certificates -------------------------------------------------------------------


def prove(file, ca=GOOD, code=CODE, cloud=None):
    return {"certificate": file, "ca": ca, "code": code, "cloud": cloud}


def verification_case(rule, der, good=None, **more):
    bad_one = prove(put(f"bad/{rule}.pem", der), **more)
    case(rule, bad_one, good=good or prove(GOOD_VERIFICATION))


verification_case("verification-strict-der", verification(extensions=[
    extension("2.5.29.19", seq(), False)]))
verification_case("verification-issuer-matches-ca", verification(issuer=ROOT_NAME))
verification_case("verification-signature-verifies", verification(signer=OTHER))
verification_case("verification-single-common-name", verification(
    subject=name(("CN", CODE), ("CN", CODE))))
verification_case("verification-common-name-is-code", verification(code=CODE.upper()))
verification_case("verification-common-name-length", verification(code="a" * 65), code="a" * 65)
verification_case("verification-in-force", verification(not_after=utc("260531235959Z")))
verification_case("verification-signature-algorithm", verification(inner=ECDSA_SHA1))
NO_CA = put("bad/verification-ca-is-ca-issuer.pem", with_extensions(USAGE, SUBJECT_ID, AUTHORITY_ID))
verification_case("verification-ca-is-ca", verification(), ca=NO_CA)
CA_WITHIN = put("good/intermediate-name-constraints.pem", with_extensions(
    *EXTENSIONS, name_constraints(tlv(0x82, b"example.com"), directory(("O", "Other")))))
CA_OTHERS = put("bad/verification-name-constraints-issuer.pem", with_extensions(
    *EXTENSIONS, name_constraints(directory(("O", "Other")))))
verification_case("verification-name-constraints", verification(), ca=CA_OTHERS,
                  good=prove(GOOD_VERIFICATION, ca=CA_WITHIN))
verification_case("verification-authority-key-identifier-matches", verification(
    extensions=[authority_key_identifier(tlv(0x80, bytes(20)))]))
VERIFICATION_ID = authority_key_identifier(tlv(0x80, key_id(spki(INTERMEDIATE))))
verification_case("verification-critical-extensions-known", verification(
    extensions=[VERIFICATION_ID, UNKNOWN]))
verification_case("verification-extensions-well-formed", verification(
    extensions=[VERIFICATION_ID, VERIFICATION_ID]))
EARLY_CA = put("bad/verification-ca-in-force-issuer.pem", intermediate(not_before=utc("260601000001Z")))
verification_case("verification-ca-in-force", verification(), ca=EARLY_CA)
verification_case("verification-not-a-ca", verification(extensions=[CA_PATH_0]))
verification_case("verification-own-key", verification(key=INTERMEDIATE))
verification_case("verification-key-size", verification(key=KEY_RSA1024))
verification_case("verification-code-shape", verification(code="my code"), code="my code")
WEAK_CA = put("bad/verification-ca-for-clouds-issuer.pem", intermediate(KEY_RSA1024))
verification_case("verification-ca-for-clouds", verification(
    signer=KEY_RSA1024, inner=RSA_SHA256,
    extensions=[authority_key_identifier(tlv(0x80, key_id(spki(KEY_RSA1024))))]), ca=WEAK_CA)
verification_case("verification-aws-notes", verification(), cloud="aws")
verification_case("verification-azure-notes", verification(
    code="0123456789abcdef" * 3), code="0123456789abcdef" * 3, cloud="azure")

# Device certificates -------------------------------------------------------------------------

DEVICE_ID = "0011223344556677"
DEVICE_NAME = [("CN", f"line-7-{DEVICE_ID}-0001")]
DEVICE_USAGE = key_usage("0780")
CLIENT = extended_key_usage(CLIENT_AUTH)


def device(key=DEVICE, signer=INTERMEDIATE, **changes):
    """What the service issues: no key identifiers, the serial number is the id and a counter."""
    fields = dict(
        issuer=subject(), subject=name(*DEVICE_NAME), key_info=spki(key), signer=signer,
        serial=integer(int(DEVICE_ID + "00000001", 16)), extensions=[DEVICE_USAGE, CLIENT])
    return certificate(**(fields | changes))


def chain(file, intermediate_file=GOOD, root_file=GOOD_ROOT):
    return {"certificate": file, "intermediate": intermediate_file, "root": root_file}


GOOD_DEVICE = put("good/device.pem", device())


def device_case(rule, der, **more):
    case(rule, chain(put(f"bad/{rule}.pem", der), **more), good=chain(GOOD_DEVICE))


def issuer_case(rule, der, leaf=None):
    """The fault is the intermediate's."""
    issuer = put(f"bad/{rule}-issuer.pem", der)
    case(rule, chain(put(f"bad/{rule}.pem", leaf or device()), issuer), good=chain(GOOD_DEVICE))


device_case("device-issuer-matches-intermediate", device(issuer=ROOT_NAME))
IDENTIFIED = [DEVICE_USAGE, CLIENT, authority_key_identifier(tlv(0x80, bytes(20)))]
device_case("device-authority-key-identifier-matches", device(extensions=IDENTIFIED))
device_case("device-signature-verifies", device(signer=OTHER))
device_case("device-in-force", device(not_after=utc("260531235959Z")))
device_case("device-critical-extensions-known", device(extensions=[DEVICE_USAGE, CLIENT, UNKNOWN]))
device_case("device-extensions-well-formed", device(extensions=[DEVICE_USAGE, CLIENT, CLIENT]))
device_case("device-encoding-strict-der", device(extensions=[
    extension("2.5.29.15", tlv(0x03, b"\x07\x80"), b"\x01\x01\x01"), CLIENT]))
device_case("device-public-key-sound", device(key_info=p256_spki(bytes(OFF_CURVE))))
issuer_case("device-intermediate-ca", with_extensions(BASIC, key_usage("0102"), SUBJECT_ID, AUTHORITY_ID))
issuer_case("device-intermediate-in-force", intermediate(not_before=utc("260601000001Z")))
issuer_case("device-intermediate-issuer-matches-root", intermediate(issuer=name(("CN", "Another Root"))))
issuer_case("device-intermediate-authority-key-identifier-matches", with_extensions(
    BASIC, USAGE, SUBJECT_ID, authority_key_identifier(tlv(0x80, bytes(20)))))
issuer_case("device-intermediate-signature-verifies", intermediate(signer=OTHER, extensions=EXTENSIONS))
case("device-name-constraints", chain(
    put("bad/device-name-constraints.pem", device(extensions=[
        DEVICE_USAGE, CLIENT, extension("2.5.29.17", seq(tlv(0x82, b"device.example.org")))])),
    CA_WITHIN), good=chain(put("good/device-name-constraints.pem", device(extensions=[
        DEVICE_USAGE, CLIENT, extension("2.5.29.17", seq(tlv(0x82, b"device.example.com")))])), CA_WITHIN))
case("device-intermediate-name-constraints", chain(GOOD_DEVICE, root_file=put(
    "bad/device-intermediate-name-constraints.pem", root(extensions=[
        *ROOT_EXTENSIONS, name_constraints(excluded=directory(("C", "AT"), ("ST", "Styria")))]))),
    good=chain(GOOD_DEVICE, root_file=put("good/root-name-constraints-tyrol.pem", root(extensions=[
        *ROOT_EXTENSIONS, name_constraints(excluded=directory(("C", "AT"), ("ST", "Tyrol")))]))))
device_case("device-within-intermediate", device(not_after=generalized("20590101000000Z")))
device_case("device-not-a-ca", device(extensions=[DEVICE_USAGE, CLIENT, CA_PATH_0]))
device_case("device-key-usage", device(extensions=[key_usage("0520"), CLIENT]))
device_case("device-extended-key-usage-client", device(
    extensions=[DEVICE_USAGE, extended_key_usage(SERVER_AUTH)]))
device_case("device-common-name-form", device(subject=name(("CN", "my device"))))
device_case("device-serial-number-form", device(serial=integer(1 << 90)))
device_case("device-key-identifiers-absent", device(
    extensions=[DEVICE_USAGE, CLIENT, subject_key_identifier(key_id(spki(DEVICE)))]))

# Writing it down -----------------------------------------------------------------------------

if __name__ == "__main__":
    import x509_faults

    faults = x509_faults.faults(sys.modules[__name__])
    for folder in ("good", "bad", "faults"):
        (OUT / folder).mkdir(parents=True, exist_ok=True)
        for old in (OUT / folder).iterdir():
            old.unlink()
    for path, content in written.items():
        (OUT / path).write_bytes(content)
    document = {"at": AT, "cases": cases, "faults": faults}
    (OUT / "cases.json").write_text(json.dumps(document, indent=1) + "\n")
    print(f"{len(cases)} rules, {len(faults)} faults, {len(written)} files")
