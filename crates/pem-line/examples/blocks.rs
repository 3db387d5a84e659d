//! The blocks of a file that holds PEM or DER in any form, and what was changed to read it.
//!
//! `cargo run --example blocks -- FILE`; without a file it reads the JSON answer below.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use el2g_pem_line::{Content, Kind, read};

const ANSWER: &str = r#"{"id": 7, "certificateSigningRequest":
    "-----BEGIN CERTIFICATE REQUEST-----\nMIHPMHcCAQAwFTETMBEGA1UEAwwKdGVzdCBzdWItQ0EwWTATBgcqhkjOPQIBBggq\n-----END CERTIFICATE REQUEST-----\n"}"#;

fn show(input: &[u8]) -> Result<(), Box<dyn Error>> {
    let reading = read(input)?;
    for note in &reading.notes {
        println!("note: {note}");
    }
    match reading.content {
        Content::Blocks(blocks) => {
            for block in blocks {
                match block.der() {
                    Ok(der) => {
                        println!("line {}: {}, {} bytes", block.line(), block.kind(), der.len())
                    }
                    Err(fault) => println!("line {}: damaged: {fault}", block.line()),
                }
            }
        }
        Content::Der(der) => {
            let der = der.as_bytes();
            println!("DER: {}, {} bytes", Kind::of_der(der), der.len());
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1) {
        Some(path) => show(&std::fs::read(path)?),
        None => show(ANSWER.as_bytes()),
    }
}

#[test]
fn runs() {
    show(ANSWER.as_bytes()).expect("the example runs");
}
