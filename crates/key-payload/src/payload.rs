//! One secret, checked: what a sealed message will carry.

use crate::hex::{self, HexFault};
use crate::{Entropy, EntropyUnavailable, Intruder, PayloadKind, Place, SecretBytes};

/// A secret of an allowed length, ready to be sealed.
#[derive(Debug)]
pub struct Payload {
    kind: PayloadKind,
    bytes: SecretBytes,
}

impl Payload {
    /// Reads the hex text of a secret: digits of either case, with space, tab, LF and CR anywhere.
    ///
    /// # Errors
    /// [`PayloadError`] says what was found, what is allowed and where; never the value.
    pub fn from_hex(kind: PayloadKind, text: &SecretBytes) -> Result<Self, PayloadError> {
        Self::read_hex(kind, text)?.not_all_zero()
    }

    /// Takes the raw bytes of a secret.
    ///
    /// # Errors
    /// [`PayloadError::WrongLength`], [`PayloadError::Empty`] or [`PayloadError::AllZero`], and
    /// [`PayloadError::HexTextAsRaw`] for text that [`Payload::from_hex`] takes, from 8 digits on.
    pub fn from_raw(kind: PayloadKind, bytes: SecretBytes) -> Result<Self, PayloadError> {
        Self::take_raw(kind, bytes)?.not_all_zero()
    }

    fn not_all_zero(self) -> Result<Self, PayloadError> {
        match self.is_all_zero() {
            true => Err(PayloadError::AllZero { kind: self.kind, byte_len: self.byte_len() }),
            false => Ok(self),
        }
    }

    /// As [`Payload::from_hex`], also of zeros: what somebody else sealed.
    ///
    /// # Errors
    /// [`PayloadError`], all but `AllZero`.
    pub fn read_hex(kind: PayloadKind, text: &SecretBytes) -> Result<Self, PayloadError> {
        let bytes = hex::decode(text.expose(), kind.longest()).map_err(|fault| match fault {
            HexFault::Intruder { found, at } => PayloadError::NotHex { kind, found, at },
            HexFault::Odd { digits, at } => PayloadError::OddDigits { kind, digits, at },
            HexFault::TooMany { digits } => PayloadError::WrongDigits { kind, digits },
        })?;
        match bytes.len() {
            0 => Err(PayloadError::Empty { kind }),
            byte_len if !kind.allows(byte_len) => {
                Err(PayloadError::WrongDigits { kind, digits: byte_len * 2 })
            }
            _ => Ok(Self { kind, bytes }),
        }
    }

    /// As [`Payload::from_raw`], also of zeros.
    pub(crate) fn take_raw(kind: PayloadKind, bytes: SecretBytes) -> Result<Self, PayloadError> {
        // Only where both readings give a secret: 16 digits are an AES key, but not the hexadecimal text of one.
        if let Some(digits) = hex::digits_only(bytes.expose())
            && digits.is_multiple_of(2)
            && kind.allows(digits / 2)
        {
            let byte_len = bytes.len();
            return Err(PayloadError::HexTextAsRaw { kind, digits, byte_len });
        }
        match bytes.len() {
            0 => Err(PayloadError::Empty { kind }),
            byte_len if !kind.allows(byte_len) => Err(PayloadError::WrongLength { kind, byte_len }),
            _ => Ok(Self { kind, bytes }),
        }
    }

    /// Makes a new random secret of `byte_len` bytes.
    ///
    /// # Errors
    /// [`PayloadError::WrongLength`] when `kind` cannot have that length (AES: 16 or 32 only),
    /// [`PayloadError::Entropy`] when the source fails.
    pub fn generate(
        kind: PayloadKind,
        byte_len: usize,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, PayloadError> {
        if !kind.allows(byte_len) {
            return Err(PayloadError::WrongLength { kind, byte_len });
        }
        let bytes = SecretBytes::generate(byte_len, entropy)?;
        Ok(Self { kind, bytes })
    }

    /// What kind of secret it is.
    pub fn kind(&self) -> PayloadKind {
        self.kind
    }

    /// Its length in bytes.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The raw bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.expose()
    }

    /// Whether it is nothing but zeros.
    pub(crate) fn is_all_zero(&self) -> bool {
        self.bytes().iter().fold(0, |any, byte| any | byte) == 0
    }

    /// Whether both hold the same bytes; takes the same time wherever they differ.
    pub fn same_as(&self, other: &Self) -> bool {
        self.bytes.same_as(&other.bytes)
    }

    /// The lower-case hex text without white space: the plaintext of the sealed message (AN12642
    /// section 12; docs/an12642-errata.md row 15).
    pub fn hex_text(&self) -> SecretBytes {
        hex::encode(self.bytes())
    }

    /// The `keySize` of the create request: `AES128` or `AES256`, otherwise the number of bytes in
    /// decimal (AN12642 4.1.3.3 and 4.1.3.4).
    pub fn key_size(&self) -> String {
        self.kind.key_size(self.byte_len())
    }
}

/// Why something is not a payload. No variant holds any of the material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// No digit or byte at all.
    #[error("no key material in it; {kind} takes {}", .kind.allowed_bytes())]
    Empty {
        /// The kind that was asked for.
        kind: PayloadKind,
    },
    /// Something other than hexadecimal digits and white space.
    #[error("{found} at {at}; {kind} takes {} and white space, nothing else", .kind.allowed_digits())]
    NotHex {
        /// The kind that was asked for.
        kind: PayloadKind,
        /// What stands there, by class.
        found: Intruder,
        /// Where it stands.
        at: Place,
    },
    /// Half a byte is missing or too much.
    #[error("{digits} hexadecimal digits, an odd number (the last is at {at}); {kind} takes {}", .kind.allowed_digits())]
    OddDigits {
        /// The kind that was asked for.
        kind: PayloadKind,
        /// How many digits there are.
        digits: usize,
        /// Where the last digit stands.
        at: Place,
    },
    /// A number of hex digits that the kind cannot have.
    #[error("{digits} hexadecimal digits ({} bytes); {kind} takes {}", .digits / 2, .kind.allowed_digits())]
    WrongDigits {
        /// The kind that was asked for.
        kind: PayloadKind,
        /// How many digits there are.
        digits: usize,
    },
    /// Raw bytes that are hexadecimal text: taken as they are, the digits would be the secret, not what they stand for.
    #[error(
        "expected the bytes of the secret as they are, found {digits} hexadecimal digits: as hexadecimal text the \
         secret has {} bytes, taken raw it would be the {byte_len} characters themselves", .digits / 2
    )]
    HexTextAsRaw {
        /// The kind that was asked for.
        kind: PayloadKind,
        /// How many digits there are.
        digits: usize,
        /// How many bytes there are, white space and separators among them.
        byte_len: usize,
    },
    /// A number of bytes that the kind cannot have.
    #[error("{byte_len} bytes; {kind} takes {}", .kind.allowed_bytes())]
    WrongLength {
        /// The kind that was asked for.
        kind: PayloadKind,
        /// How many bytes there are.
        byte_len: usize,
    },
    /// Nothing but zeros: a placeholder, or a key that was lost on its way here.
    #[error("all {byte_len} bytes are zero: this is not a secret")]
    AllZero {
        /// The kind that was asked for.
        kind: PayloadKind,
        /// How many bytes there are.
        byte_len: usize,
    },
    /// No random bytes to make one from.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::SystemEntropy;

    fn from_hex(kind: PayloadKind, text: &str) -> Result<Payload, PayloadError> {
        Payload::from_hex(kind, &SecretBytes::from_slice(text.as_bytes()))
    }

    #[test]
    fn accepts_exactly_the_lengths_of_each_kind() {
        for kind in PayloadKind::ALL {
            for byte_len in 0..=520 {
                let hex = from_hex(kind, &"a5".repeat(byte_len));
                let raw = Payload::from_raw(kind, SecretBytes::new(vec![0xa5; byte_len]));
                let (by_hex, by_raw) = match byte_len {
                    0 => (PayloadError::Empty { kind }, PayloadError::Empty { kind }),
                    _ => (
                        PayloadError::WrongDigits { kind, digits: byte_len * 2 },
                        PayloadError::WrongLength { kind, byte_len },
                    ),
                };
                if kind.allows(byte_len) {
                    assert_eq!(hex.unwrap().bytes(), raw.unwrap().bytes());
                } else {
                    assert_eq!(hex.unwrap_err(), by_hex);
                    assert_eq!(raw.unwrap_err(), by_raw);
                }
            }
        }
    }

    #[test]
    fn messages_say_found_allowed_and_where_without_the_value() {
        let message = |kind, text: &str| from_hex(kind, text).unwrap_err().to_string();
        assert_eq!(
            message(PayloadKind::Aes, "0011\n22zz"),
            "a letter outside a-f at line 2, column 3; aes takes 32 or 64 hexadecimal digits and white space, nothing else"
        );
        assert_eq!(
            message(PayloadKind::Aes, "00112"),
            "5 hexadecimal digits, an odd number (the last is at line 1, column 5); aes takes 32 or 64 hexadecimal digits"
        );
        assert_eq!(
            message(PayloadKind::Hmac, &"00".repeat(257)),
            "514 hexadecimal digits (257 bytes); hmac takes 2 to 512 hexadecimal digits, an even number"
        );
        assert_eq!(
            message(PayloadKind::Binary, " \n"),
            "no key material in it; binary takes 1 to 500 bytes"
        );
    }

    #[test]
    fn refuses_zeros_of_every_kind_and_form() {
        for kind in PayloadKind::ALL {
            for byte_len in (1..=500).filter(|&byte_len| kind.allows(byte_len)) {
                let zeros = PayloadError::AllZero { kind, byte_len };
                assert_eq!(from_hex(kind, &"00".repeat(byte_len)).unwrap_err(), zeros);
                let raw = Payload::from_raw(kind, SecretBytes::new(vec![0; byte_len]));
                assert_eq!(raw.unwrap_err(), zeros);
            }
        }
        assert!(from_hex(PayloadKind::Binary, "0001").is_ok());
    }

    #[test]
    fn generates_only_allowed_lengths() {
        let generate = |kind, byte_len| Payload::generate(kind, byte_len, &mut SystemEntropy);
        assert_eq!(generate(PayloadKind::Aes, 32).unwrap().key_size(), "AES256");
        assert_eq!(generate(PayloadKind::Aes, 16).unwrap().key_size(), "AES128");
        assert_eq!(generate(PayloadKind::Hmac, 7).unwrap().key_size(), "7");
        assert_eq!(generate(PayloadKind::OemFwDecrypt, 32).unwrap().key_size(), "AES256");
        assert_eq!(
            generate(PayloadKind::Aes, 24).unwrap_err(),
            PayloadError::WrongLength { kind: PayloadKind::Aes, byte_len: 24 }
        );
        let one = generate(PayloadKind::Binary, 500).unwrap();
        let other = generate(PayloadKind::Binary, 500).unwrap();
        assert_ne!(one.bytes(), other.bytes());
    }

    #[test]
    fn hex_text_is_no_raw_secret() {
        for (kind, text, digits) in [
            (PayloadKind::Aes, "00112233445566778899aabbccddeeff".to_owned(), 32),
            (PayloadKind::Aes, format!("{}\n", "A5".repeat(32)), 64),
            (PayloadKind::Hmac, "a5".repeat(32), 64),
            (PayloadKind::Hmac, "0xa5a5a5a5\r\n".to_owned(), 8),
            (PayloadKind::Hmac, "a5:a5:a5:a5".to_owned(), 8),
            (PayloadKind::Binary, "a5".repeat(250), 500),
        ] {
            let raw = Payload::from_raw(kind, SecretBytes::from_slice(text.as_bytes()));
            let byte_len = text.len();
            assert_eq!(raw.unwrap_err(), PayloadError::HexTextAsRaw { kind, digits, byte_len });
        }
        let short = SecretBytes::from_slice(b"0123456789abcdef");
        assert_eq!(Payload::from_raw(PayloadKind::Aes, short).unwrap().key_size(), "AES128");
        for bytes in [&b"a5a5a5a"[..], b"a5a5a5a5g", b"a5a5a5a5a", b"0x0x12345678", b"\xa5a5a5a5a5"]
        {
            let raw = Payload::from_raw(PayloadKind::Hmac, SecretBytes::from_slice(bytes)).unwrap();
            assert_eq!(raw.bytes(), bytes);
        }
    }

    struct Broken;
    impl Entropy for Broken {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyUnavailable> {
            Err(EntropyUnavailable)
        }
    }

    #[test]
    fn a_failing_source_makes_no_key() {
        let error = Payload::generate(PayloadKind::Aes, 32, &mut Broken).unwrap_err();
        assert_eq!(error, PayloadError::Entropy(EntropyUnavailable));
    }

    proptest! {
        #[test]
        fn hex_text_round_trips(bytes in proptest::collection::vec(any::<u8>(), 1..=500)) {
            prop_assume!(bytes.iter().any(|&byte| byte != 0));
            let payload = Payload::from_raw(PayloadKind::Binary, SecretBytes::from_slice(&bytes)).unwrap();
            let text = payload.hex_text();
            prop_assert!(text.expose().iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
            let again = Payload::from_hex(PayloadKind::Binary, &text).unwrap();
            prop_assert_eq!(again.bytes(), &bytes[..]);
        }

        #[test]
        fn upper_case_and_white_space_change_nothing(
            bytes in proptest::collection::vec(any::<u8>(), 1..=40),
            blanks in proptest::collection::vec("[ \t\r\n]{0,3}", 81),
        ) {
            prop_assume!(bytes.iter().any(|&byte| byte != 0));
            let plain = SecretBytes::from_slice(&bytes);
            let digits = Payload::from_raw(PayloadKind::Hmac, plain).unwrap().hex_text();
            let spread: String = digits.expose().iter().zip(&blanks)
                .map(|(&digit, blank)| format!("{blank}{}", char::from(digit).to_ascii_uppercase()))
                .collect();
            let read = from_hex(PayloadKind::Hmac, &spread).unwrap();
            prop_assert_eq!(read.bytes(), &bytes[..]);
        }

        #[test]
        fn arbitrary_bytes_never_panic_and_the_error_stays_one_line(
            bytes in proptest::collection::vec(any::<u8>(), 0..=1200),
        ) {
            for kind in PayloadKind::ALL {
                if let Err(error) = Payload::from_hex(kind, &SecretBytes::from_slice(&bytes)) {
                    prop_assert!(!error.to_string().contains('\n'));
                }
            }
        }

        #[test]
        fn the_place_named_is_where_the_intruder_stands(
            before in "[0-9a-f \n]{0,60}", intruder in "[g-zG-WYZ!/]",
        ) {
            let text = format!("{before}{intruder}00");
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().len() + 1;
            match from_hex(PayloadKind::Binary, &text).unwrap_err() {
                PayloadError::NotHex { at, .. } => prop_assert_eq!(at, Place { line, column }),
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
