#![no_main]
//! Fuzz target: OpenPGP messages seen from outside, and what is inside the encryption.
//!
//! An input that begins with `I` is what a sender put inside: it is encrypted here, because no mutation could
//! keep the container's integrity. Any other input is a whole message.

use std::sync::LazyLock;

use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{InspectOptions, Timestamp, inspect};
use libfuzzer_sys::fuzz_target;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketTrait as _, SymEncryptedProtectedData};
use rand::{SeedableRng as _, rngs::StdRng};

const NOW: Timestamp = Timestamp(1_790_000_000);
const SIGNER: &[u8] = include_bytes!("../../testdata/openpgp/rsa2048.pub.asc");
/// A version 3 session key packet for an RSA key with a number of one byte (RFC 9580 5.1).
const SESSION_KEY_PACKET: [u8; 15] = [0xC1, 13, 3, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 8, 0xFF];
/// AES-256 with a key of zeros.
static SESSION_KEY: LazyLock<SecretBytes> =
    LazyLock::new(|| SecretBytes::new(format!("9:{}", "0".repeat(64)).into_bytes()));

fuzz_target!(|data: &[u8]| {
    let inner = InspectOptions {
        session_key: Some(&SESSION_KEY),
        signer_public: Some(SIGNER),
        ..InspectOptions::outer(NOW)
    };
    match data.split_first() {
        Some((b'I', inside)) => {
            let _ = inspect(&message(inside), &inner);
        }
        _ => {
            let _ = inspect(data, &inner);
        }
    }
});

fn message(inside: &[u8]) -> Vec<u8> {
    let container = SymEncryptedProtectedData::encrypt_seipdv1(
        StdRng::seed_from_u64(0),
        SymmetricKeyAlgorithm::AES256,
        &[0; 32],
        inside,
    )
    .expect("AES-256 takes a key of 32 bytes");
    let mut message = SESSION_KEY_PACKET.to_vec();
    container.to_writer_with_header(&mut message).expect("a vector takes everything");
    message
}
