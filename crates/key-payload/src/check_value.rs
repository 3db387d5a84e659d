//! Key check values: enough to compare two copies of a key, too little to find it.

use std::fmt;

use aes::cipher::{BlockEncrypt, KeyInit};
use aes::{Aes128, Aes256, Block};
use cmac::{Cmac, Mac};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::{Payload, PayloadKind, SecretBytes};

/// Bytes of a MAC that are shown (ANSI X9.24-1 for AES-CMAC).
const MAC_SHOWN: usize = 5;
/// Bytes of the older form that are shown.
const ECB_SHOWN: usize = 3;
/// Bytes of the shortest HMAC key that has a check value: of a shorter one it would give too much away.
const SHORTEST_HMAC_KEY: usize = 16;

/// How a check value is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CheckMethod {
    /// AES-CMAC (NIST SP 800-38B) over one block of zeros, its first 5 bytes.
    #[default]
    AesCmac,
    /// One block of zeros encrypted with AES (ECB), its first 3 bytes: the older form.
    AesEcb,
    /// HMAC-SHA-256 (RFC 2104) over one block (16 bytes) of zeros, its first 5 bytes: HMAC keys have a
    /// length that AES does not take.
    HmacSha256,
}

/// The key check value of an AES key or of an HMAC key of 16 bytes or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCheckValue {
    method: CheckMethod,
    shown: Vec<u8>,
}

impl KeyCheckValue {
    /// The name of its method: `AES-CMAC`, `AES-ECB` or `HMAC-SHA256`.
    pub fn method(&self) -> &'static str {
        match self.method {
            CheckMethod::AesCmac => "AES-CMAC",
            CheckMethod::AesEcb => "AES-ECB",
            CheckMethod::HmacSha256 => "HMAC-SHA256",
        }
    }
}

/// Lower-case hex: 10 digits, or 6 in the older form.
impl fmt::Display for KeyCheckValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:x}", base16ct::HexDisplay(&self.shown))
    }
}

impl Payload {
    /// Its check value: AES-CMAC for an AES key, HMAC-SHA-256 for an HMAC key of 16 bytes or more; `None`
    /// for anything else, because a hash of a short secret is as good as the secret.
    pub fn check_value(&self) -> Option<KeyCheckValue> {
        let method = match self.kind() {
            PayloadKind::Hmac => CheckMethod::HmacSha256,
            PayloadKind::Aes | PayloadKind::OemFwDecrypt | PayloadKind::Binary => {
                CheckMethod::AesCmac
            }
        };
        self.check_value_by(method)
    }

    /// Its check value by `method`; `None` where the method does not fit the secret.
    pub fn check_value_by(&self, method: CheckMethod) -> Option<KeyCheckValue> {
        let mut block = Block::default();
        let shown = match (self.kind(), method) {
            (PayloadKind::Aes | PayloadKind::OemFwDecrypt, CheckMethod::AesCmac) => {
                block = match self.byte_len() {
                    16 => cmac_of::<Cmac<Aes128>>(self.bytes(), &block),
                    _ => cmac_of::<Cmac<Aes256>>(self.bytes(), &block),
                };
                MAC_SHOWN
            }
            (PayloadKind::Aes | PayloadKind::OemFwDecrypt, CheckMethod::AesEcb) => {
                match self.byte_len() {
                    16 => encrypt::<Aes128>(self.bytes(), &mut block),
                    _ => encrypt::<Aes256>(self.bytes(), &mut block),
                }
                ECB_SHOWN
            }
            (PayloadKind::Hmac, CheckMethod::HmacSha256)
                if self.byte_len() >= SHORTEST_HMAC_KEY =>
            {
                let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(self.bytes())
                    .expect("HMAC takes keys of any length");
                hmac::Mac::update(&mut mac, &block);
                let mut whole = mac.finalize().into_bytes();
                block.copy_from_slice(&whole[..16]);
                whole.as_mut_slice().zeroize();
                MAC_SHOWN
            }
            _ => return None,
        };
        let value = KeyCheckValue { method, shown: block[..shown].to_vec() };
        block.as_mut_slice().zeroize();
        Some(value)
    }

    /// Whether `text` (hexadecimal digits of either case, spaces ignored) is its check value: 10 digits, or
    /// for an AES key 6 digits in the older form. `None` where it has no check value at all.
    pub fn has_check_value(&self, text: &str) -> Option<bool> {
        let own = self.check_value()?;
        let typed: String =
            text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        let older = self.check_value_by(CheckMethod::AesEcb);
        Some(typed == own.to_string() || older.is_some_and(|value| typed == value.to_string()))
    }
}

const SIZED: &str = "an AES payload has 16 or 32 bytes";

/// AES-CMAC (NIST SP 800-38B) of a message; `None` for a key of another length than 16 or 32 bytes.
pub fn aes_cmac(key: &SecretBytes, message: &[u8]) -> Option<SecretBytes> {
    let cmac = match key.expose().len() {
        16 => cmac_of::<Cmac<Aes128>>(key.expose(), message),
        32 => cmac_of::<Cmac<Aes256>>(key.expose(), message),
        _ => return None,
    };
    Some(SecretBytes::from_slice(&cmac))
}

fn cmac_of<M: Mac<OutputSize = cmac::digest::consts::U16> + cmac::digest::KeyInit>(
    key: &[u8],
    message: &[u8],
) -> Block {
    let mut mac = <M as cmac::digest::KeyInit>::new_from_slice(key).expect(SIZED);
    mac.update(message);
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

    /// Computed with `head -c 16 /dev/zero | openssl dgst -sha256 -mac HMAC -macopt hexkey:…`.
    #[test]
    fn an_hmac_key_of_sixteen_bytes_or_more_has_one() {
        let key = payload(PayloadKind::Hmac, "000102030405060708090a0b0c0d0e0f");
        let value = key.check_value().unwrap();
        assert_eq!((value.to_string().as_str(), value.method()), ("fe6e8016f7", "HMAC-SHA256"));
        assert_eq!(key.check_value_by(CheckMethod::AesCmac), None);
    }

    #[test]
    fn short_hmac_keys_and_binaries_have_none() {
        let short = payload(PayloadKind::Hmac, "000102030405060708090a0b0c0d0e");
        let binary = payload(PayloadKind::Binary, "000102030405060708090a0b0c0d0e0f");
        for secret in [short, binary] {
            for method in [CheckMethod::AesCmac, CheckMethod::AesEcb, CheckMethod::HmacSha256] {
                assert_eq!(secret.check_value_by(method), None);
            }
            assert_eq!((secret.check_value(), secret.has_check_value("00")), (None, None));
        }
    }

    #[test]
    fn a_check_value_is_confirmed_in_either_form() {
        let key = payload(PayloadKind::Aes, "000102030405060708090a0b0c0d0e0f");
        for (typed, right) in [
            ("be7ed6ae78", true),
            ("BE7E D6AE 78\n", true),
            ("C6A13B", true),
            ("be7ed6ae79", false),
            ("be7ed6", false),
            ("", false),
        ] {
            assert_eq!(key.has_check_value(typed), Some(right), "{typed}");
        }
    }
}
