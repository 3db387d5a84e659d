//! The whole way of a secret: sealed for a receiver, checked from outside, opened by the receiver.
//!
//! `cargo run --example seal_and_open`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::SystemTime;

use el2g_key_payload::{Payload, PayloadKind, SecretBytes, SystemEntropy};
use el2g_openpgp_envelope::{
    InspectOptions, Recipient, RecipientSecret, RsaBits, SigningKey, Timestamp,
    generate_recipient_key, generate_signing_key, inspect, open, seal,
};

fn main() -> Result<(), Box<dyn Error>> {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let now = Timestamp(u32::try_from(since_1970.as_secs())?);
    let entropy = &mut SystemEntropy;

    // Your signing key, locked, as it would be kept in a file.
    let passphrase = SecretBytes::new(b"correct horse battery staple".to_vec());
    let yours = generate_signing_key(
        "A. Team <a@example.com>",
        RsaBits::Rsa2048,
        now,
        Some(&passphrase),
        entropy,
    )?;
    let signer = SigningKey::open(&yours.secret_armored, Some(&passphrase), now)?;
    println!("signer {}", yours.fingerprint);

    // The receiver. The key of EdgeLock 2GO has this shape; here it is a new one.
    let theirs = generate_recipient_key("stand-in", now, entropy)?;
    let recipient = Recipient::read(theirs.public_armored.as_bytes(), now)?;
    println!("recipient {}", theirs.fingerprint);

    let secret = Payload::generate(PayloadKind::Aes, 32, entropy)?;
    let message = seal(&secret, &signer, &recipient, now, entropy)?;
    println!("sealed: {} bytes, SHA-256 {}", message.armored().len(), message.sha256_hex());

    let seen = inspect(message.armored().as_bytes(), &InspectOptions::outer(now));
    println!("from outside: {:?} checked, {} findings", seen.depth, seen.findings.len());

    let receiver = RecipientSecret::open(&theirs.secret_armored, None)?;
    let opened = open(message.armored().as_bytes(), &receiver, &yours.public_armored, now)?;
    println!("opened: {}, signed with RSA-{}", opened.cipher, opened.signer_bits);
    let received = Payload::from_hex(PayloadKind::Aes, &opened.literal)?;
    assert!(received.same_as(&secret), "it is the secret that was sealed");
    Ok(())
}

#[test]
fn runs() {
    main().expect("the example runs");
}
