#!/usr/bin/env python3
"""Writes the fingerprints of every OpenPGP key below testdata/openpgp, subkeys included, to the list of keys that may
never be used for anything real (crates/openpgp-envelope/src/keys/published_keys.txt). Keys of version 4 only: no other is
taken as a signer or recipient. Needs nothing but Python."""

import base64
import hashlib
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(rb"-----BEGIN PGP [^\n]*-----\r?\n(.*?)-----END PGP", re.DOTALL)


def blocks(content):
    """The binary content of each armored block, or the file as it is."""
    found = BLOCK.findall(content)
    for block in found:
        lines = [line.strip() for line in block.split(b"\n")]
        data = b"".join(line for line in lines if line and b":" not in line and not line.startswith(b"="))
        try:
            yield base64.b64decode(data, validate=True)
        except ValueError:
            continue
    if not found:
        yield content


def packets(data):
    """Tag and body of each packet with a definite length (RFC 4880 4.2)."""
    at = 0
    while at + 2 <= len(data):
        head = data[at]
        if not head & 0x80:
            return
        if head & 0x40:
            tag, first = head & 0x3F, data[at + 1]
            if first < 192:
                length, at = first, at + 2
            elif first < 224:
                length, at = ((first - 192) << 8) + data[at + 2] + 192, at + 3
            elif first == 255:
                length, at = int.from_bytes(data[at + 2 : at + 6], "big"), at + 6
            else:
                return
        else:
            tag, size = head >> 2 & 0xF, 1 << (head & 3)
            if size == 8:
                return
            length, at = int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size
        yield tag, data[at : at + length]
        at += length


def public_length(body):
    """How long the public part of a key packet of version 4 is (RFC 4880 5.5.2, RFC 6637 9)."""
    algorithm, at = body[5], 6
    numbers = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4, 18: 1, 19: 1, 22: 1}.get(algorithm)
    if algorithm in (25, 26, 27, 28):
        return at + {25: 32, 26: 56, 27: 32, 28: 57}[algorithm]
    if numbers is None:
        return None
    if algorithm in (18, 19, 22):
        at += 1 + body[at]
    for _ in range(numbers):
        at += 2 + (int.from_bytes(body[at : at + 2], "big") + 7) // 8
    if algorithm == 18:
        at += 1 + body[at]
    return at


found = set()
for path in sorted((ROOT / "testdata/openpgp").rglob("*")):
    if not path.is_file():
        continue
    for data in blocks(path.read_bytes()):
        for tag, body in packets(data):
            if tag in (5, 6, 7, 14) and body[:1] == b"\x04":
                length = public_length(body)
                if length is not None and length <= len(body):
                    hashed = b"\x99" + length.to_bytes(2, "big") + body[:length]
                    found.add(hashlib.sha1(hashed).hexdigest().upper())

out = ROOT / "crates/openpgp-envelope/src/keys/published_keys.txt"
head = "# Keys whose secret halves are published in testdata/openpgp; written by testdata/generate/published_keys.py.\n"
out.write_text(head + "".join(f"{fingerprint}\n" for fingerprint in sorted(found)))
print(f"{len(found)} keys")
