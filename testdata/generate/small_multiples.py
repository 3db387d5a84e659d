#!/usr/bin/env python3
"""Writes crates/x509/src/public_key/small_multiples.rs: the first multiples of the NIST curves' base points.

    python3 testdata/generate/small_multiples.py            # needs `cryptography` 43 or newer

A public key in this table has a private key that anyone finds by counting. The crate's tests compute it again
with another library.
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

OUT = Path(__file__).resolve().parents[2] / "crates/x509/src/public_key/small_multiples.rs"
LARGEST = 255

parts = [
    "//! The first multiples of the base points of P-256, P-384 and P-521 (FIPS 186-5, SP 800-186).",
    "//!",
    "//! Made by `testdata/generate/small_multiples.py`: place `k - 1` has the last 8 octets of the x coordinate of",
    "//! `k` times the base point, which is also that of `n - k` times it.",
    "",
]
for name, curve in (("P256", ec.SECP256R1()), ("P384", ec.SECP384R1()), ("P521", ec.SECP521R1())):
    ends = [ec.derive_private_key(k, curve).public_key().public_numbers().x % 2**64
            for k in range(1, LARGEST + 1)]
    parts.append("#[rustfmt::skip]")
    parts.append(f"pub(super) const {name}: [u64; {LARGEST}] = [")
    for start in range(0, LARGEST, 4):
        parts.append("    " + " ".join(f"0x{end:016x}," for end in ends[start:start + 4]))
    parts += ["];", ""]
OUT.write_text("\n".join(parts[:-1]) + "\n")
