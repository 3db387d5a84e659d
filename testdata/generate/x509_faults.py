"""Faults beyond one for each rule: what general tools let pass, and encodings that are not DER.

Every certificate is signed over its faulty bytes: nothing but the fault is wrong with it.
"""

import weak_keys as weak_keys_of_rsa
from x509_der import *  # noqa: F403


def wrong_length(tag, content, octets):
    """An element whose length takes more octets than it needs."""
    return tlv(tag, content, bytes([0x80 | octets]) + len(content).to_bytes(octets, "big"))


def profile_faults(x):
    """The eleven faults of section 6 that openssl -x509_strict, certtool, pyca, zlint and pkilint let pass."""
    no_path = basic_constraints(boolean(True))
    path_1 = basic_constraints(boolean(True), integer(1))
    utc_root = x.put("faults/root-to-2049.pem", x.root(not_after=utc("491231235959Z")))
    renamed = x.subject(CN=("CN", "Example Intermediate 2"))
    yield "no-path-length", x.with_extensions(no_path, *x.EXTENSIONS[1:]), {}, [
        "basic-constraints-path-length"]
    yield "path-length-1", x.with_extensions(path_1, *x.EXTENSIONS[1:]), {}, [
        "basic-constraints-path-length"]
    yield "outlives-root-by-a-second", x.intermediate(not_after=generalized("20600101000001Z")), {}, [
        "validity-within-root"]
    yield "never-ends", x.intermediate(not_after=generalized("99991231235959Z")), {}, [
        "validity-within-root"]
    yield "outlives-root-in-another-type", x.intermediate(not_after=generalized("20500101000000Z")), {
        "root": utc_root}, ["validity-within-root"]
    yield "p384-key", x.intermediate(x.KEY_P384), {"request": x.REQUEST_P384}, ["public-key-curve"]
    yield "rsa-key", x.intermediate(x.KEY_RSA), {"request": x.REQUEST_RSA}, ["public-key-algorithm"]
    yield "sha512-with-rsa", x.intermediate(signer=x.ROOT_RSA, inner=RSA_SHA512), {
        "root": x.RSA_ROOT}, ["signature-hash-allowed"]
    yield "missing-ou", x.intermediate(subject=x.subject(OU=None)), {}, ["subject-contains-request"]
    yield "changed-cn", x.intermediate(subject=renamed), {}, ["subject-contains-request"]
    yield "root-key", x.intermediate(x.ROOT), {"request": x.ROOT_KEY_REQUEST}, [
        "public-key-differs-from-root"]


def path_lengths(x):
    """Numbers that wrap to 0 in eight, thirty-two and sixty-four bits, and others that are not 0."""
    for value in (-1, 1, 127, 128, 255, 256, 2**16, 2**31, 2**32, 2**63, 2**64, 2**128):
        constraints = basic_constraints(boolean(True), integer(value))
        name = f"path-length-{value}".replace("--", "-minus-")
        yield name, x.with_extensions(constraints, *x.EXTENSIONS[1:]), {}, [
            "basic-constraints-path-length"]


def boxed(x, replaced, index):
    """A certificate with one extension replaced."""
    extensions = list(x.EXTENSIONS)
    extensions[index] = replaced
    return x.with_extensions(*extensions)


def encoding_faults(x):
    """Certificates a lenient reader takes for the good one."""
    basic, usage, subject_id, authority_id = range(4)
    strict, broken, decodes = "encoding-strict-der", "extensions-well-formed", "encoding-decodes"
    true, zero = boolean(True), integer(0)
    content = true + zero

    def in_basic(value, rule=strict):
        return boxed(x, extension("2.5.29.19", value, True), basic), [rule]

    def in_usage(value, rule=strict):
        return boxed(x, extension("2.5.29.15", value, True), usage), [rule]

    key_identifier = key_id(spki(x.INTERMEDIATE))
    plain = x.intermediate()
    yield "outer-length-long-form", wrong_length(0x30, plain[4:], 3), [strict]
    yield "outer-length-indefinite", b"\x30\x80" + plain[4:] + b"\0\0", [strict]
    yield "basic-length-long-form", *in_basic(wrong_length(0x30, content, 1))
    yield "basic-length-two-octets", *in_basic(wrong_length(0x30, content, 2))
    yield "basic-length-indefinite", *in_basic(b"\x30\x80" + content + b"\0\0")
    yield "basic-ca-01", *in_basic(seq(tlv(1, b"\x01"), zero))
    yield "basic-ca-fe", *in_basic(seq(tlv(1, b"\xfe"), zero))
    yield "basic-ca-two-octets", *in_basic(seq(tlv(1, b"\xff\xff"), zero), broken)
    yield "basic-ca-empty", *in_basic(seq(tlv(1, b""), zero), broken)
    yield "basic-path-padded", *in_basic(seq(true, tlv(2, b"\0\0")))
    yield "basic-path-empty", *in_basic(seq(true, tlv(2, b"")), broken)
    yield "basic-swapped", *in_basic(seq(zero, true), broken)
    yield "basic-extra-element", *in_basic(seq(true, zero, NULL), broken)
    yield "basic-trailing", *in_basic(seq(true, zero) + b"\0", broken)
    yield "basic-set", *in_basic(tlv(0x31, content), broken)
    yield "basic-empty-value", *in_basic(b"", broken)
    yield "basic-cut-short", *in_basic(seq(true, zero)[:-1], broken)
    yield "usage-trailing-zero-bits", *in_usage(b"\x03\x02\x00\x06")
    yield "usage-trailing-zero-octet", *in_usage(b"\x03\x03\x00\x06\x00")
    yield "usage-unused-bits-set", *in_usage(b"\x03\x02\x01\x07")
    yield "usage-unused-8", *in_usage(b"\x03\x02\x08\x06", broken)
    yield "usage-no-content", *in_usage(b"\x03\x00", broken)
    yield "usage-constructed", *in_usage(b"\x23\x04\x03\x02\x01\x06", broken)
    yield "usage-integer", *in_usage(b"\x02\x02\x01\x06", broken)
    yield "usage-length-long-form", *in_usage(b"\x03\x81\x02\x01\x06")
    yield "usage-trailing", *in_usage(b"\x03\x02\x01\x06\x05\x00", broken)
    yield "critical-01", boxed(x, extension("2.5.29.19", seq(content), tlv(1, b"\x01")), basic), [strict]
    yield "critical-false-written", boxed(
        x, extension("2.5.29.14", octets(key_identifier), False), subject_id), [strict]
    yield "version-padded", x.intermediate(version=tlv(0xA0, b"\x02\x02\x00\x02")), [
        strict, "version-v3"]
    yield "serial-padded", x.intermediate(
        serial=tlv(2, b"\x00\x1d\x2c\x3b\x4a\x59\x68\x77\x86\xa5")), [strict]
    yield "oid-padded-arc", x.with_extensions(
        *x.EXTENSIONS, seq(tlv(6, b"\x2b\x06\x80\x01"), octets(NULL))), [strict]
    yield "null-with-content", x.intermediate(
        signer=x.ROOT_RSA, inner=seq(oid("1.2.840.113549.1.1.11"), b"\x05\x01\x00"),
        ), [strict], {"root": x.RSA_ROOT}
    unsorted = tlv(0x31, attribute("CN", "Example Intermediate") + attribute("C", "AT"))
    yield "set-not-sorted", x.intermediate(subject=seq(unsorted)), [strict], {"request": ""}
    yield "name-string-constructed", x.intermediate(
        subject=seq(set_of(seq(oid("2.5.4.3"), b"\x2c\x09\x0c\x07Example")))), [strict], {"request": ""}
    yield "key-length-long-form", x.intermediate(
        key_info=wrong_length(0x30, spki(x.INTERMEDIATE)[2:], 2)), [strict], {"request": ""}
    yield "authority-length-long-form", boxed(x, extension(
        "2.5.29.35", wrong_length(0x30, tlv(0x80, x.ROOT_ID), 1)), authority_id), [strict]
    yield "authority-unknown-field", boxed(x, authority_key_identifier(
        tlv(0x80, x.ROOT_ID), tlv(0x83, b"\x01")), authority_id), [broken]
    yield "subject-id-constructed", boxed(x, extension(
        "2.5.29.14", tlv(0x24, octets(key_identifier))), subject_id), [broken]
    yield "extension-value-constructed", x.with_extensions(
        seq(oid("2.5.29.19"), true, tlv(0x24, octets(seq(content)))), *x.EXTENSIONS[1:]), [decodes]
    yield "extension-fields-swapped", x.with_extensions(
        seq(oid("2.5.29.19"), octets(seq(content)), true), *x.EXTENSIONS[1:]), [decodes]
    yield "field-behind-extensions", x.intermediate(behind_extensions=NULL), [decodes]
    yield "field-behind-signature", x.intermediate(behind_signature=NULL), [decodes]
    yield "signature-constructed", x.intermediate(
        signature_bits=tlv(0x23, bits(sign(x.ROOT, ECDSA_SHA256, b"")))), [decodes]
    yield "time-with-fraction", x.intermediate(not_before=generalized("20250101000000.0Z")), [
        "validity-time-type", "validity-time-form"]
    yield "time-with-offset", x.intermediate(not_before=utc("250101000000+0000")), ["validity-time-form"]
    yield "time-second-60", x.intermediate(not_after=utc("450101000060Z")), ["validity-time-form"]
    yield "time-february-30", x.intermediate(not_after=utc("450230000000Z")), ["validity-time-form"]
    yield "time-year-1949", x.intermediate(
        not_before=generalized("19491231000000Z")), ["validity-starts-within-root"]


def chain_faults(x):
    """Chains of devices that OpenSSL refuses: the leaf, the intermediate and the root (None: the good one)."""
    critical_id = subject_key_identifier(b"id", True)
    info = extension("1.3.6.1.5.5.7.1.1", seq(seq(oid("1.3.6.1.5.5.7.48.1"), tlv(0x86, b"http://a.b"))), True)
    freshest = extension("2.5.29.46", seq(seq(tlv(0xA0, tlv(0xA0, tlv(0x86, b"http://a.b"))))), True)
    other_name = extension("2.5.29.18", seq(tlv(0x82, b"a.b")), True)
    device_with = lambda *more: x.device(extensions=[x.DEVICE_USAGE, x.CLIENT, *more])
    serial = tlv(0x82, integer(77)[2:])
    of_other = authority_key_identifier(tlv(0xA1, tlv(0xA4, x.ROOT_NAME)), serial)
    known, forms = "device-critical-extensions-known", ["device-in-force"]
    yield "device-critical-info-access", device_with(info), None, None, [known]
    yield "device-critical-issuer-alt-name", device_with(other_name), None, None, [known]
    yield "device-critical-key-identifier", device_with(critical_id), None, None, [
        known, "device-key-identifiers-absent"]
    yield "intermediate-critical-freshest-crl", None, x.with_extensions(*x.EXTENSIONS, freshest), None, [known]
    yield "intermediate-critical-key-identifier", None, x.with_extensions(
        x.BASIC, x.USAGE, x.SUBJECT_ID, authority_key_identifier(tlv(0x80, x.ROOT_ID), critical=True)), None, [known]
    yield "root-critical-key-identifier", None, None, x.root(extensions=[
        *x.ROOT_EXTENSIONS[:2], subject_key_identifier(x.ROOT_ID, True)]), ["root-critical-extensions-known"]
    yield "device-time-without-seconds", x.device(not_after=utc("4501010000Z")), None, None, forms
    yield "device-time-with-offset", x.device(not_before=utc("250101000000+0000")), None, None, forms
    yield "intermediate-time-without-seconds", None, x.intermediate(not_after=utc("4501010000Z")), None, [
        "device-intermediate-in-force"]
    yield "root-time-without-seconds", None, None, x.root(not_after=utc("4901010000Z")), ["root-in-force"]
    yield "intermediate-path-length-negative", None, x.with_extensions(
        basic_constraints(boolean(True), integer(-1)), *x.EXTENSIONS[1:]), None, ["device-extensions-well-formed"]
    yield "intermediate-authority-of-another", None, x.with_extensions(*x.EXTENSIONS[:3], of_other), None, [
        "device-intermediate-authority-key-identifier-matches"]
    yield "device-authority-of-another", device_with(of_other), None, None, [
        "device-authority-key-identifier-matches"]
    yield "device-sha1", x.device(inner=ECDSA_SHA1), None, None, ["device-signature-verifies"]


def weak_keys(x):
    """Keys whose private half anyone can compute, in every place where a key stands: name, files."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    api = {"rules": "api-algorithms"}
    alone = lambda name, der, **more: x.check(x.put(f"faults/{name}.pem", der), request="", **more)
    for name, key in (("key-2", ec_key(2)), ("key-255", ec_key(255)), ("key-order-less-1", ec_key(order - 1))):
        yield name, alone(name, x.intermediate(key))
    for name, curve in (("key-1-p384", ec.SECP384R1()), ("key-1-p521", ec.SECP521R1())):
        yield name, alone(name, x.intermediate(ec_key(1, curve)), **api)
    for name, key in (("rsa-close-primes", weak_keys_of_rsa.close()), ("rsa-roca", weak_keys_of_rsa.roca())):
        yield name, alone(name, x.intermediate(key), **api)
        request = x.put(f"faults/{name}-request.pem", x.csr(key, identifier=RSA_SHA256), "CERTIFICATE REQUEST")
        yield f"{name}-request", {"request": request, "rules": "api-algorithms", "order": x.ORDER | {
            "algorithm": "RSA_2048"}}
        root = x.put(f"faults/{name}-root.pem", x.root(key, RSA_SHA256))
        issued = x.put(f"faults/{name}-issued.pem", x.intermediate(signer=key, inner=RSA_SHA256))
        yield f"{name}-root", x.check(issued, root=root)
    square = weak_keys_of_rsa.square()
    extensions = [*x.EXTENSIONS[:2], subject_key_identifier(key_id(square)), x.EXTENSIONS[3]]
    yield "rsa-square", alone(
        "rsa-square", x.intermediate(key_info=square, extensions=extensions), **api)
    root = x.put("faults/key-1-root.pem", x.root(x.KEY_ONE))
    yield "key-1-root", x.check(x.put("faults/key-1-issued.pem", x.intermediate(signer=x.KEY_ONE)), root=root)
    yield "key-1-request", {"request": x.REQUEST_ONE, "order": x.ORDER}
    yield "key-1-device", x.chain(x.put("faults/key-1-device.pem", x.device(x.KEY_ONE)))
    leaf = x.put("faults/key-1-intermediate-device.pem", x.device(signer=x.KEY_ONE))
    yield "key-1-intermediate", x.chain(leaf, "bad/public-key-not-weak.pem")
    yield "key-1-verification", x.prove(x.put("faults/key-1-verification.pem", x.verification(key=x.KEY_ONE)))


def faults(x):
    """Writes the certificates and lists them with the rules that must catch them, and no other."""
    listed = []
    rows = [*profile_faults(x), *path_lengths(x)]
    for name, der, *rest in encoding_faults(x):
        expected, changes = rest[0], rest[1] if len(rest) > 1 else {}
        rows.append((name, der, changes, expected))
    for name, der, changes, expected in rows:
        file = x.put(f"faults/{name}.pem", der)
        listed.append({"name": name, "expect": sorted(expected)} | x.check(file, **changes))
    for name, leaf, issuer, top, expected in chain_faults(x):
        put = lambda der, part, good: x.put(f"faults/{name}{part}.pem", der) if der else good
        files = (put(leaf, "", x.GOOD_DEVICE), put(issuer, "-issuer", x.GOOD), put(top, "-root", x.GOOD_ROOT))
        listed.append({"name": name, "expect": sorted(expected)} | x.chain(*files))
    for name, odd in (("verification-no-usage", key_usage("00")),
                      ("verification-path-length-negative", basic_constraints(integer(-1)))):
        file = x.put(f"faults/{name}.pem", x.verification(extensions=[x.VERIFICATION_ID, odd]))
        listed.append({"name": name, "expect": ["verification-extensions-well-formed"]} | x.prove(file))
    for name, files in weak_keys(x):
        listed.append({"name": name, "expect": ["public-key-not-weak"]} | files)
    return listed
