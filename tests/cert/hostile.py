"""Hostile certificates and requests: written, given to the program, and what that took.

    python3 hostile.py FOLDER DER PROGRAM

DER is the folder of x509_der.py. Prints JSON: for each input and use the exit code, the rules that broke, the bytes
printed, and the peak of resident memory in KiB. A child gets 20 seconds of processor time; one that wants more is killed.
"""

import json
import os
import resource
import subprocess
import sys

FOLDER, DER, PROGRAM = (os.path.abspath(path) for path in sys.argv[1:4])
sys.path.insert(0, DER)

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import x509_der as der
from x509_der import NULL, bits, boolean, integer, octets, oid, seq, tlv, utc

ROOT_KEY, CA_KEY, DEVICE_KEY = (ec.derive_private_key(n, ec.SECP256R1()) for n in (2**200 + 11, 2**200 + 12, 2**200 + 13))
ROOT, CA, DEVICE = (der.name(("C", "AT"), ("CN", text)) for text in ("Root", "Line 7 CA", "device"))
IDENTIFIERS = {key: der.key_id(der.spki(key)) for key in (ROOT_KEY, CA_KEY)}
INPUTS = {}


def certificate(issuer, subject, info, signer, extensions, **changes):
    fields = dict(issuer=issuer, subject=subject, key_info=info, signer=signer, extensions=extensions)
    return der.certificate(**(fields | changes))


def root(info=None, more=(), **changes):
    return certificate(ROOT, ROOT, info or der.spki(ROOT_KEY), ROOT_KEY, [
        der.basic_constraints(boolean(True)), der.SIGN_BOTH, der.subject_key_identifier(IDENTIFIERS[ROOT_KEY]), *more],
        **changes)


def intermediate(info=None, more=(), subject=CA, **changes):
    return certificate(ROOT, subject, info or der.spki(CA_KEY), ROOT_KEY, [
        der.CA_PATH_0, der.SIGN_BOTH, der.subject_key_identifier(IDENTIFIERS[CA_KEY]),
        der.authority_key_identifier(tlv(0x80, IDENTIFIERS[ROOT_KEY])), *more], **changes)


def device(info=None, more=(), **changes):
    return certificate(CA, DEVICE, info or der.spki(DEVICE_KEY), CA_KEY, [
        der.key_usage("0780"), der.extended_key_usage("1.3.6.1.5.5.7.3.2"), *more], **changes)


def request(info=None, subject=CA, attributes=b"", **changes):
    info = info or der.spki(CA_KEY)
    return der.request(subject=subject, key_info=info, signer=CA_KEY, attributes=attributes, **changes)


GOOD = {"root": root(), "intermediate": intermediate(), "device": device(), "request": request()}


def nested(depth, inner=NULL):
    """SEQUENCE in SEQUENCE; from the inside, so that it takes linear time."""
    heads, size = [], len(inner)
    for _ in range(depth):
        octets_of_size = (size.bit_length() + 7) // 8
        head = b"\x30" + (bytes([size]) if size < 0x80 else
                          bytes([0x80 | octets_of_size]) + size.to_bytes(octets_of_size, "big"))
        heads.append(head)
        size += len(head)
    return b"".join(reversed(heads)) + inner


def unknown(value, critical=None):
    return der.extension("1.2.3.4.5", value, critical)


def rsa(modulus, exponent):
    return seq(der.algorithm("1.2.840.113549.1.1.1", NULL), bits(seq(integer(modulus), integer(exponent))))


def p256(point):
    return der.p256_spki(point)


POINT = der.point(CA_KEY)
PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
NO_POINT = next(x for x in range(1, 99) if pow(x**3 - 3 * x + B, (PRIME - 1) // 2, PRIME) != 1)
MODULUS = int("c5" + "3b" * 254 + "01", 16)


def explicit(prime):
    field = seq(oid("1.2.840.10045.1.1"), integer(prime))
    parameters = seq(integer(1), field, seq(octets(b"\1"), octets(b"\2")), octets(POINT), integer(prime), integer(1))
    return seq(seq(oid("1.2.840.10045.2.1"), parameters), bits(POINT))


KEYS = {
    "rsa-even": rsa(MODULUS ^ 1, 65537),
    "rsa-tiny": rsa(15, 3),
    "rsa-512": rsa((1 << 511) | 1, 65537),
    "rsa-16384": rsa((1 << 16383) | 1, 65537),
    "rsa-a-million-bits": rsa((1 << 1_000_000) | 1, 65537),
    "rsa-exponent-0": rsa(MODULUS, 0),
    "rsa-exponent-1": rsa(MODULUS, 1),
    "rsa-exponent-even": rsa(MODULUS, 65536),
    "rsa-exponent-huge": rsa(MODULUS, MODULUS - 2),
    "rsa-exponent-of-a-million-bits": rsa(MODULUS, (1 << 1_000_000) | 1),
    "rsa-negative": rsa(-MODULUS, 65537),
    "rsa-zero": rsa(0, 65537),
    "point-off-curve": p256(POINT[:-1] + bytes([POINT[-1] ^ 1])),
    "point-at-infinity": p256(b"\0"),
    "point-compressed": p256(der.point(CA_KEY, compressed=True)),
    "point-compressed-off-curve": p256(b"\2" + NO_POINT.to_bytes(32, "big")),
    "point-beyond-the-prime": p256(b"\4" + PRIME.to_bytes(32, "big") * 2),
    "point-of-a-megabyte": p256(b"\4" + b"\x55" * (1 << 20)),
    "point-empty": p256(b""),
    "explicit-curve": der.explicit_spki(CA_KEY),
    "explicit-curve-of-a-million-bits": explicit((1 << 1_000_000) | 1),
}

MANY = 60_000
NAMES = b"".join(tlv(0x82, b"a%d.example" % number) for number in range(MANY))
# Under the megabyte that the file of a CA may have.
SUBTREES = b"".join(seq(tlv(0x82, b"b%d.example" % number)) for number in range(24_000))

SHAPES = {
    "ten-megabyte-extension": dict(more=[unknown(octets(b"\0" * (10 << 20)))]),
    "deep-extension": dict(more=[unknown(nested(20_000))]),
    "deep-constraints": dict(more=[der.extension("2.5.29.30", nested(20_000), True)]),
    "deep-alternative-name": dict(more=[der.extension("2.5.29.17", seq(tlv(0xA4, nested(20_000))))]),
    "five-thousand-extensions": dict(more=[unknown(NULL)] * 5_000),
    "many-alternative-names": dict(more=[der.extension("2.5.29.17", seq(NAMES))]),
    "many-constraints": dict(more=[der.extension("2.5.29.30", seq(tlv(0xA0, SUBTREES), tlv(0xA1, SUBTREES)), True)]),
    "many-purposes": dict(more=[der.extended_key_usage(*["1.2.3.4"] * MANY)]),
    "many-policies": dict(more=[der.extension("2.5.29.32", seq(*[seq(oid("1.2.3.4"))] * MANY))]),
    "megabyte-serial": dict(serial=integer(1 << (8 << 20))),
    "megabyte-signature": dict(signature=b"\x30" * (1 << 20)),
    "megabyte-algorithm": dict(inner=seq(tlv(6, b"\x2a" * (1 << 20)))),
    "megabyte-date": dict(raw_validity=seq(utc("2" * (1 << 20)), utc("450101000000Z"))),
    "megabyte-identifier": dict(more=[unknown(tlv(6, b"\xff" * (1 << 20)))]),
}

SUBJECTS = {
    "deep-name": nested(20_000),
    "name-of-many-attributes": seq(*[der.set_of(der.attribute("OU", "x"))] * MANY),
    "name-of-one-large-rdn": seq(tlv(0x31, der.attribute("OU", "x") * MANY)),
    "megabyte-common-name": der.name(("CN", "x" * (1 << 20))),
    "combining-characters": der.name(("CN", "a" + "\u0315\u0300" * 200_000)),
}


def run(arguments, stdin=None):
    def bounded():
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))

    out = open(os.path.join(FOLDER, "out"), "w+b")
    child = subprocess.Popen([PROGRAM, *arguments], cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=out,
                             stderr=subprocess.DEVNULL, preexec_fn=bounded, env={"HOME": FOLDER})
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = 0
    out.seek(0)
    printed = out.read()
    out.close()
    rules = []
    if printed:
        report = json.loads(printed)
        one = report["certificates"][0] if "certificates" in report else report
        rules = sorted({finding["rule"] for finding in one["findings"] if finding["severity"] in ("error", "fatal")})
    code = os.waitstatus_to_exitcode(status)
    return {"code": code, "rules": rules, "printed": len(printed), "peakKiB": usage.ru_maxrss}


def judged(name, role, content):
    """Each input in every place it can stand in."""
    files = {}
    for kind, good in (GOOD | {role: content}).items():
        files[kind] = f"{kind}.der"
        with open(os.path.join(FOLDER, files[kind]), "wb") as file:
            file.write(content if kind == role else good)
    at = ["--at", "2026-06-01T00:00:00Z", "-o", "json"]
    chain = ["cert", "check", "device.der", "--intermediate", "intermediate.der", "--root", "root.der", *at]
    step = ["cert", "check", "intermediate.der", "--root", "root.der", "--csr", "request.der", *at]
    uses = {"root": [chain, step], "intermediate": [chain, step], "device": [chain],
            "request": [step, ["csr", "show", "request.der", "-o", "json"]]}
    return [{"input": name, "in": role, "use": " ".join(use[:3]), **run(use)} for use in uses[role]]


def all_of_them():
    for name, info in KEYS.items():
        for role, make in (("root", root), ("intermediate", intermediate), ("device", device), ("request", request)):
            yield name, role, make(info)
    for name, changes in SHAPES.items():
        for role, make in (("root", root), ("intermediate", intermediate), ("device", device)):
            yield name, role, make(**changes)
    for name, subject in SUBJECTS.items():
        yield name, "intermediate", intermediate(subject=subject)
        yield name, "request", request(subject=subject)
    yield "ten-megabyte-attribute", "request", request(
        attributes=seq(oid("1.2.3.4"), tlv(0x31, octets(b"\0" * (10 << 20)))))
    yield "many-attributes", "request", request(attributes=seq(oid("1.2.3.4"), tlv(0x31, NULL)) * MANY)
    yield "many-requested-extensions", "request", request(attributes=der.extension_request(*[unknown(NULL)] * MANY))
    for role in ("root", "intermediate", "device", "request"):
        yield "nothing-but-nesting", role, nested(1_000_000)
        yield "nothing-but-indefinite-nesting", role, b"\x30\x80" * 1_000_000


results = [one for name, role, content in all_of_them() for one in judged(name, role, content)]
# Constraints of one and names of the other: as many comparisons as their product, where none forbids.
GOOD["intermediate"] = intermediate(more=[der.extension("2.5.29.30", seq(tlv(0xA1, SUBTREES)), True)])
results += judged("constraints-times-names", "device", device(**SHAPES["many-alternative-names"]))
json.dump(results, sys.stdout)
