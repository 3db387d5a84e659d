//! A key that three people hold parts of: each part has a check value, and so has the key they make together.
//!
//! `cargo run --example components`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use el2g_key_payload::{Component, Payload, PayloadKind, SystemEntropy, combine};

fn main() -> Result<(), Box<dyn Error>> {
    let mut components = Vec::new();
    for number in 1..=3 {
        // In life each part is made, printed and kept by another person.
        let part = Payload::generate(PayloadKind::Aes, 16, &mut SystemEntropy)?;
        let component = Component::from_hex(PayloadKind::Aes, &part.hex_text())?;
        let check_value = component.check_value().expect("an AES component has one");
        println!("component {number}: {} {check_value}", check_value.method());
        components.push(component);
    }
    let key = combine(&components)?;
    println!("together: {}, {}", key.key_size(), key.check_value().expect("an AES key has one"));

    // The same component twice would cancel itself out.
    let part = Payload::generate(PayloadKind::Aes, 16, &mut SystemEntropy)?.hex_text();
    let twice = [
        Component::from_hex(PayloadKind::Aes, &part)?,
        Component::from_hex(PayloadKind::Aes, &part)?,
    ];
    println!("refused: {}", combine(&twice).expect_err("the same component twice"));
    Ok(())
}

#[test]
fn runs() {
    main().expect("the example runs");
}
