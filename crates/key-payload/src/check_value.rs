//! Key check values: enough to compare two copies of a key, too little to find it.

use std::fmt;

use aes::cipher::{BlockEncrypt, KeyInit};
use aes::{Aes128, Aes256, Block};
use cmac::{Cmac, Mac};
use zeroize::Zeroize;

use crate::{Payload, PayloadKind};

/// Bytes of the CMAC form that are shown (ANSI X9.24-1).
const CMAC_SHOWN: usize = 5;
/// Bytes of the older form that are shown.
const ECB_SHOWN: usize = 3;

/// How a check value is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CheckMethod {
    /// AES-CMAC (NIST SP 800-38B) over one block of zeros, its first 5 bytes.
    #[default]
    AesCmac,
    /// One block of zeros encrypted with AES (ECB), its first 3 bytes: the older form.
    AesEcb,
}

/// The key check value of an AES key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCheckValue {
    method: CheckMethod,
    shown: Vec<u8>,
}

impl KeyCheckValue {
    /// The name of its method, `AES-CMAC` or `AES-ECB`.
    pub fn method(&self) -> &'static str {
        match self.method {
            CheckMethod::AesCmac => "AES-CMAC",
            CheckMethod::AesEcb => "AES-ECB",
        }
    }
}

/// Lower-case hex: 10 digits, or 6 in the older form.
impl fmt::Display for KeyCheckValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl Payload {
    /// Its AES-CMAC check value; `None` for what is no AES key: a hash of a short secret is as good as
    /// the secret.
    pub fn check_value(&self) -> Option<KeyCheckValue> {
        self.check_value_by(CheckMethod::default())
    }

    /// Its check value by `method`; `None` for what is no AES key.
    pub fn check_value_by(&self, method: CheckMethod) -> Option<KeyCheckValue> {
        if self.kind() != PayloadKind::Aes {
            return None;
        }
        let mut block = Block::default();
        let shown = match method {
            CheckMethod::AesCmac => {
                block = match self.byte_len() {
                    16 => cmac_of::<Cmac<Aes128>>(self.bytes(), &block),
                    _ => cmac_of::<Cmac<Aes256>>(self.bytes(), &block),
                };
                CMAC_SHOWN
            }
            CheckMethod::AesEcb => {
                match self.byte_len() {
                    16 => encrypt::<Aes128>(self.bytes(), &mut block),
                    _ => encrypt::<Aes256>(self.bytes(), &mut block),
                }
                ECB_SHOWN
            }
        };
        let value = KeyCheckValue { method, shown: block[..shown].to_vec() };
        block.as_mut_slice().zeroize();
        Some(value)
    }
}

const SIZED: &str = "an AES payload has 16 or 32 bytes";

fn cmac_of<M: Mac<OutputSize = cmac::digest::consts::U16> + cmac::digest::KeyInit>(
    key: &[u8],
    block: &Block,
) -> Block {
    let mut mac = <M as cmac::digest::KeyInit>::new_from_slice(key).expect(SIZED);
    mac.update(block);
    mac.finalize().into_bytes()
}

fn encrypt<C: BlockEncrypt<BlockSize = cmac::digest::consts::U16> + KeyInit>(
    key: &[u8],
    block: &mut Block,
) {
    <C as KeyInit>::new_from_slice(key).expect(SIZED).encrypt_block(block);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretBytes;

    fn payload(kind: PayloadKind, hex: &str) -> Payload {
        Payload::from_hex(kind, &SecretBytes::from_slice(hex.as_bytes())).unwrap()
    }

    /// Computed with `openssl mac -cipher AES-128-CBC -macopt hexkey:… CMAC` and
    /// `openssl enc -aes-128-ecb -nopad -K …` over 16 zero bytes.
    #[test]
    fn matches_openssl() {
        for (key, cmac, ecb) in [
            ("000102030405060708090a0b0c0d0e0f", "be7ed6ae78", "c6a13b"),
            (
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                "377822c093",
                "f29000",
            ),
        ] {
            let key = payload(PayloadKind::Aes, key);
            let by = |method| key.check_value_by(method).unwrap().to_string();
            assert_eq!(by(CheckMethod::AesCmac), cmac);
            assert_eq!(by(CheckMethod::AesEcb), ecb);
            assert_eq!(key.check_value().unwrap().method(), "AES-CMAC");
        }
    }

    #[test]
    fn only_aes_keys_have_one() {
        for kind in [PayloadKind::Hmac, PayloadKind::Binary] {
            assert_eq!(payload(kind, "000102030405060708090a0b0c0d0e0f").check_value(), None);
        }
    }
}
