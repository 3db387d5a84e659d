#!/usr/bin/env python3
"""Writes the fingerprints of the public keys below testdata/keys and testdata/x509 to the list of keys that may never be used
for anything real (crates/x509/src/published_keys.txt): their private halves are beside them, or follow from small numbers in
generate/x509.py. A fingerprint is SHA-256 over the content of the key's BIT STRING (RFC 5280 4.1.2.7); points are
listed in both forms. Needs the Python package `cryptography`."""

import hashlib
import pathlib
import re

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n.*?-----END \1-----", re.DOTALL)
PASSPHRASE = b"correct horse"


def octets(key):
    """The content of the BIT STRING of a public key, in each form that it may have."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        forms = (serialization.PublicFormat.UncompressedPoint, serialization.PublicFormat.CompressedPoint)
        return [key.public_bytes(serialization.Encoding.X962, form) for form in forms]
    if isinstance(key, rsa.RSAPublicKey):
        return [key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)]
    return [key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)]


def private(data, der):
    load = serialization.load_der_private_key if der else serialization.load_pem_private_key
    for passphrase in (None, PASSPHRASE):
        try:
            return load(data, passphrase, unsafe_skip_rsa_key_validation=True).public_key()
        except Exception:  # another passphrase, or a form that is there to be refused
            continue
    return None


def public(label, data, der):
    """The public key of a block, or None where it cannot be read."""
    if "PRIVATE KEY" in label:
        return private(data, der)
    loaders = {
        "CERTIFICATE": (x509.load_der_x509_certificate, x509.load_pem_x509_certificate),
        "CERTIFICATE REQUEST": (x509.load_der_x509_csr, x509.load_pem_x509_csr),
        "PUBLIC KEY": (serialization.load_der_public_key, serialization.load_pem_public_key),
    }
    if label not in loaders:
        return None
    try:
        read = loaders[label][0 if der else 1](data)
        return read if label == "PUBLIC KEY" else read.public_key()
    except Exception:  # faults of the corpus
        return None


found = set()
for folder in ("keys", "x509"):
    for path in sorted((ROOT / "testdata" / folder).rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        blocks = [(m.group(1).decode(), m.group(0), False) for m in BLOCK.finditer(content)]
        for label, data, der in blocks or [(label, content, True) for label in ("PRIVATE KEY", "CERTIFICATE")]:
            key = public(label, data, der)
            if key is not None:
                found.update(hashlib.sha256(form).hexdigest() for form in octets(key))

out = ROOT / "crates/x509/src/published_keys.txt"
head = "# Keys whose private halves are published in testdata; written by testdata/generate/published_x509_keys.py.\n"
out.write_text(head + "".join(f"{fingerprint}\n" for fingerprint in sorted(found)))
print(f"{len(found)} fingerprints")
