//! What the certificates of a file hold, and whether each is signed by the next.
//!
//! `cargo run --example read_certificate -- FILE`; without a file it makes a root.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use el2g_key_payload::SystemEntropy;
use el2g_x509::{Certificate, FileKey, Instant, KeyAlgorithm, Name, make_root, random_serial};

fn show(bundle: &[u8]) -> Result<(), Box<dyn Error>> {
    let certificates = Certificate::read_bundle(bundle)?;
    for (index, certificate) in certificates.iter().enumerate() {
        println!("{}", certificate.subject());
        println!("  SHA-256 {}", certificate.fingerprint_sha256_hex());
        println!("  key     {}", certificate.public_key().algorithm());
        println!("  valid   {} to {}", certificate.not_before(), certificate.not_after());
        for extension in certificate.extensions().unwrap_or_default() {
            println!("  has     {}", extension.name());
        }
        // The last one signs itself, or is signed by somebody who is not in the file.
        let issuer = certificates.get(index + 1).unwrap_or(certificate);
        match certificate.verify_signed_by(issuer.public_key()) {
            Ok(()) => println!("  signed  by {}", issuer.subject()),
            Err(error) => println!("  signed  not by {}: {error}", issuer.subject()),
        }
    }
    Ok(())
}

fn new_root() -> Result<String, Box<dyn Error>> {
    let now = Instant::from_unix(1_798_761_600); // 2027-01-01
    let key = FileKey::generate(KeyAlgorithm::NistP384)?;
    let subject = Name::parse("CN=Example Root,O=Example,C=DE")?;
    let serial = random_serial(&mut SystemEntropy)?;
    Ok(make_root(&subject, &key, serial, now, now.plus_days(20 * 365))?.to_pem())
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1) {
        Some(path) => show(&std::fs::read(path)?),
        None => show(new_root()?.as_bytes()),
    }
}

#[test]
fn runs() {
    show(new_root().expect("a root").as_bytes()).expect("the example runs");
}
