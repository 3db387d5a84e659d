"""DER by hand, so that every fault can be written: the building blocks of x509.py."""

import hashlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa


def tlv(tag, content, length=None):
    """One element; `length` replaces the length octets."""
    if length is None:
        size = len(content)
        if size < 0x80:
            length = bytes([size])
        else:
            octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
            length = bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + length + content


def seq(*parts):
    return tlv(0x30, b"".join(parts))


def set_of(*parts):
    return tlv(0x31, b"".join(sorted(parts)))


def integer(value):
    size = (value + (value < 0)).bit_length() // 8 + 1
    return tlv(0x02, value.to_bytes(size, "big", signed=True))


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def oid(dotted):
    arcs = [int(arc) for arc in dotted.split(".")]
    content = b""
    for arc in [arcs[0] * 40 + arcs[1], *arcs[2:]]:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        content += bytes(reversed(groups))
    return tlv(0x06, content)


def bits(octets, unused=0):
    return tlv(0x03, bytes([unused]) + octets)


def octets(content):
    return tlv(0x04, content)


NULL = b"\x05\x00"
UTF8, PRINTABLE, TELETEX, IA5, BMP = 0x0C, 0x13, 0x14, 0x16, 0x1E

ATTRIBUTES = {
    "CN": "2.5.4.3", "serialNumber": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7", "ST": "2.5.4.8",
    "O": "2.5.4.10", "OU": "2.5.4.11",
}


def attribute(kind, value, tag=None):
    if tag is None:
        tag = PRINTABLE if kind in ("C", "serialNumber") else UTF8
    value = value if isinstance(value, bytes) else value.encode()
    return seq(oid(ATTRIBUTES[kind]), tlv(tag, value))


def name(*attributes):
    """One attribute per RDN; each is (kind, value) or (kind, value, string tag)."""
    return seq(*(set_of(attribute(*one)) for one in attributes))


def utc(text):
    return tlv(0x17, text.encode())


def generalized(text):
    return tlv(0x18, text.encode())


# Algorithms ----------------------------------------------------------------------------------

def algorithm(dotted, *parameters):
    return seq(oid(dotted), *parameters)


ECDSA_SHA1 = algorithm("1.2.840.10045.4.1")
ECDSA_SHA256 = algorithm("1.2.840.10045.4.3.2")
ECDSA_SHA384 = algorithm("1.2.840.10045.4.3.3")
ECDSA_SHA512 = algorithm("1.2.840.10045.4.3.4")
RSA_SHA1 = algorithm("1.2.840.113549.1.1.5", NULL)
RSA_SHA256 = algorithm("1.2.840.113549.1.1.11", NULL)
RSA_SHA384 = algorithm("1.2.840.113549.1.1.12", NULL)
RSA_SHA512 = algorithm("1.2.840.113549.1.1.13", NULL)
RSA_SHA256_BARE = algorithm("1.2.840.113549.1.1.11")
SHA256 = algorithm("2.16.840.1.101.3.4.2.1", NULL)
RSA_PSS_SHA256 = algorithm("1.2.840.113549.1.1.10", seq(
    tlv(0xA0, SHA256),
    tlv(0xA1, algorithm("1.2.840.113549.1.1.8", SHA256)),
    tlv(0xA2, integer(0)),
))


def ec_key(secret, curve=None):
    return ec.derive_private_key(secret, curve or ec.SECP256R1())


def sign(key, identifier, message):
    """Deterministic: RFC 6979 for ECDSA, PKCS#1 v1.5 for RSA."""
    by_oid = {
        ECDSA_SHA1: hashes.SHA1, ECDSA_SHA256: hashes.SHA256, ECDSA_SHA384: hashes.SHA384,
        ECDSA_SHA512: hashes.SHA512, RSA_SHA1: hashes.SHA1, RSA_SHA256: hashes.SHA256,
        RSA_SHA384: hashes.SHA384, RSA_SHA512: hashes.SHA512, RSA_SHA256_BARE: hashes.SHA256,
    }
    digest = by_oid.get(identifier, hashes.SHA256)()
    if isinstance(key, rsa.RSAPrivateKey):
        if identifier == RSA_PSS_SHA256:
            return key.sign(message, padding.PSS(padding.MGF1(digest), 0), digest)
        return key.sign(message, padding.PKCS1v15(), digest)
    return key.sign(message, ec.ECDSA(digest, deterministic_signing=True))


def spki(key):
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def point(key, compressed=False):
    form = (serialization.PublicFormat.CompressedPoint if compressed
            else serialization.PublicFormat.UncompressedPoint)
    return key.public_key().public_bytes(serialization.Encoding.X962, form)


def p256_spki(octets_of_point, unused=0):
    return seq(
        seq(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")), bits(octets_of_point, unused))


def explicit_spki(key):
    """A P-256 key with its curve spelled out."""
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    g = ("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
         "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
    n = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    parameters = seq(
        integer(1), seq(oid("1.2.840.10045.1.1"), integer(p)),
        seq(octets((p - 3).to_bytes(32, "big")), octets(b.to_bytes(32, "big"))),
        octets(bytes.fromhex(g)), integer(n), integer(1))
    return seq(seq(oid("1.2.840.10045.2.1"), parameters), bits(point(key)))


def key_id(spki_der):
    """SHA-1 of the key's bits (RFC 5280 section 4.2.1.2, method 1)."""
    public = serialization.load_der_public_key(spki_der)
    if isinstance(public, rsa.RSAPublicKey):
        raw = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    else:
        raw = public.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return hashlib.sha1(raw).digest()


# Extensions ----------------------------------------------------------------------------------

def extension(dotted, value, critical=None):
    """`critical` None leaves the DEFAULT out; bytes are put in as they are."""
    if critical is None:
        middle = b""
    elif isinstance(critical, bytes):
        middle = critical
    else:
        middle = boolean(critical)
    return seq(oid(dotted), middle, octets(value))


def basic_constraints(*parts, critical=True):
    return extension("2.5.29.19", seq(*parts), critical)


def key_usage(content, critical=True):
    """`content` is the BIT STRING's content in hex: unused bits, then octets."""
    return extension("2.5.29.15", tlv(0x03, bytes.fromhex(content)), critical)


def subject_key_identifier(identifier, critical=None):
    return extension("2.5.29.14", octets(identifier), critical)


def authority_key_identifier(*parts, critical=None):
    return extension("2.5.29.35", seq(*parts), critical)


def extended_key_usage(*purposes):
    return extension("2.5.29.37", seq(*(oid(purpose) for purpose in purposes)))


CA_PATH_0 = basic_constraints(boolean(True), integer(0))
SIGN_BOTH = key_usage("0106")


# Certificates and requests -------------------------------------------------------------------

def certificate(
    *, issuer, subject, key_info, signer, extensions, version=tlv(0xA0, integer(2)),
    serial=integer(0x1D2C3B4A59687786A5B4C3D2E1F00112233445), inner=ECDSA_SHA256, outer=None,
    not_before=utc("250101000000Z"), not_after=utc("450101000000Z"), unique_ids=b"",
    raw_extensions=None, raw_validity=None, signature=None, behind_extensions=b"",
    behind_signature=b"", unused_bits=0, signature_bits=None,
):
    outer = outer or inner
    if raw_extensions is None:
        raw_extensions = tlv(0xA3, seq(*extensions)) if extensions is not None else b""
    tbs = seq(
        version, serial, inner, issuer, raw_validity or seq(not_before, not_after), subject,
        key_info, unique_ids, raw_extensions, behind_extensions)
    value = signature or sign(signer, outer, tbs)
    return seq(tbs, outer, signature_bits or bits(value, unused_bits), behind_signature)


def request(*, subject, key_info, signer, attributes=b"", version=integer(0), identifier=ECDSA_SHA256,
            signature=None, no_attributes=False):
    info = seq(version, subject, key_info, b"" if no_attributes else tlv(0xA0, attributes))
    return seq(info, identifier, bits(signature or sign(signer, identifier, info)))


def extension_request(*extensions):
    return seq(oid("1.2.840.113549.1.9.14"), set_of(seq(*extensions)))


def pem(label, der):
    import base64
    text = base64.b64encode(der).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
