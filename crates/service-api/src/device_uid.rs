//! The number behind a device id, in decimal and hexadecimal (AN12642 sections 4.1.2 and 8; docs/an12642-errata.md
//! row 11).

use std::fmt;

use crate::DeviceId;

/// A device UID has at most this many bytes (SE05x: 18, of which the first is 04).
pub const UID_BYTES: usize = 18;

/// The UID of a device: a positive number of at most [`UID_BYTES`] bytes, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceUid([u8; UID_BYTES]);

/// How the digits of a UID are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UidRadix {
    /// Decimal, as answers print it.
    Decimal,
    /// Hexadecimal, as `sscli` prints it; `0x` before it is allowed.
    Hexadecimal,
}

/// Why a text is not a device UID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceUidError {
    /// Nothing, or only a prefix.
    #[error("no digits; expected a device id in decimal or hexadecimal")]
    Empty,
    /// Something other than digits.
    #[error("`{found}` at position {position} is not a {} digit", match .radix { UidRadix::Decimal => "decimal", UidRadix::Hexadecimal => "hexadecimal" })]
    NotADigit {
        /// The character.
        found: char,
        /// Its place, from 1.
        position: usize,
        /// How the digits were read.
        radix: UidRadix,
    },
    /// More than 18 bytes.
    #[error("more than {UID_BYTES} bytes (36 hexadecimal digits), the longest a device id can be")]
    TooLarge,
    /// Zero.
    #[error("zero is not a device id")]
    Zero,
    /// A number as programs print it that took the id for one: digits are lost.
    #[error("a number in floating point, in which digits of a device id are lost")]
    Floating,
    /// A number of hexadecimal digits that no device id has: one is missing, or one is too many.
    #[error(
        "{digits} hexadecimal {}; a device id has 36 (18 bytes) or 32 (16 bytes): compare it with its source",
        if *.digits == 1 { "digit" } else { "digits" }
    )]
    WrongLength {
        /// How many digits there are.
        digits: usize,
    },
    /// Digits that could be meant either way.
    #[error("{digits} digits that could be decimal or hexadecimal")]
    Ambiguous {
        /// How many digits there are.
        digits: usize,
    },
}

impl DeviceUid {
    /// Reads a UID as people hold it: 36 digits that begin with 04, any `a`-`f` or `0x` make it
    /// hexadecimal, otherwise it is decimal.
    ///
    /// Hexadecimal digits are counted ([`DeviceUid::parse_whole`]): one that was lost on the way would make another
    /// device's id of it.
    ///
    /// # Errors
    /// [`DeviceUidError::WrongLength`] for hexadecimal digits of another number;
    /// [`DeviceUidError::Ambiguous`] for decimal digits that look like a hexadecimal UID: 32 or 36 of
    /// them, 35 that may have lost the first 0 of 04, or any number after a leading 0; and for digits
    /// around one `e`, unless there are 36. [`DeviceUidError::Floating`] for a number with a point or
    /// with a sign in its exponent.
    pub fn parse(text: &str) -> Result<Self, DeviceUidError> {
        match floating(text) {
            Some(Floating::Surely) => return Err(DeviceUidError::Floating),
            Some(Floating::Perhaps) if text.len() != 2 * UID_BYTES => {
                return Err(DeviceUidError::Ambiguous { digits: text.len() });
            }
            _ => {}
        }
        let prefixed = text.starts_with("0x") || text.starts_with("0X");
        let has_letter = text.bytes().any(|byte| matches!(byte, b'a'..=b'f' | b'A'..=b'F'));
        if prefixed || has_letter || (text.len() == 36 && text.starts_with("04")) {
            return Self::parse_whole(text, UidRadix::Hexadecimal);
        }
        let uid = Self::parse_as(text, UidRadix::Decimal)?;
        let ambiguous = matches!(text.len(), 32 | 36)
            || (text.len() == 35 && text.starts_with('4'))
            || text.starts_with('0');
        if ambiguous { Err(DeviceUidError::Ambiguous { digits: text.len() }) } else { Ok(uid) }
    }

    /// Reads digits in the radix given, and of hexadecimal ones as many as a device id has: 36 or 32, or 35 that begin
    /// with 4 and have lost the 0 before it ([`DeviceUid::lost_zero`]). After `0x` also a number of up to 31 digits that
    /// does not begin with 0, and 36 digits behind the prefix `0x0` of AN12642 section 4.1.2.
    ///
    /// # Errors
    /// Every [`DeviceUidError`] but `Ambiguous`.
    pub fn parse_whole(text: &str, radix: UidRadix) -> Result<Self, DeviceUidError> {
        let uid = Self::parse_as(text, radix);
        if radix == UidRadix::Decimal || uid.is_err() {
            return uid;
        }
        let (digits, prefixed) = hex_digits(text);
        let whole = match digits.len() {
            32 | 36 => true,
            35 => digits.starts_with('4'),
            37 => prefixed && digits.starts_with("004"),
            0..=31 => prefixed && !digits.starts_with('0'),
            _ => false,
        };
        if whole { uid } else { Err(DeviceUidError::WrongLength { digits: digits.len() }) }
    }

    /// Whether `text` is an id in hexadecimal whose first digit, a 0, was lost: 35 digits that begin with 4. It is
    /// read as if the 0 were there.
    pub fn lost_zero(text: &str) -> bool {
        let (digits, _) = hex_digits(text);
        digits.len() == 35
            && digits.starts_with('4')
            && Self::parse_as(digits, UidRadix::Hexadecimal).is_ok()
    }

    /// Reads digits in the radix given, any number of them.
    ///
    /// # Errors
    /// Every [`DeviceUidError`] but `Ambiguous` and `WrongLength`.
    pub fn parse_as(text: &str, radix: UidRadix) -> Result<Self, DeviceUidError> {
        let (digits, prefix_len, base) = match radix {
            UidRadix::Decimal => (text, 0, 10),
            UidRadix::Hexadecimal => {
                let (digits, prefixed) = hex_digits(text);
                (digits, if prefixed { 2 } else { 0 }, 16)
            }
        };
        if digits.is_empty() {
            return Err(DeviceUidError::Empty);
        }
        let mut number = [0u8; UID_BYTES];
        for (index, found) in digits.chars().enumerate() {
            let position = prefix_len + index + 1;
            let mut carry =
                found.to_digit(base).ok_or(DeviceUidError::NotADigit { found, position, radix })?;
            for byte in number.iter_mut().rev() {
                let value = u32::from(*byte) * base + carry;
                *byte = value.to_le_bytes()[0];
                carry = value >> 8;
            }
            if carry != 0 {
                return Err(DeviceUidError::TooLarge);
            }
        }
        if number == [0; UID_BYTES] { Err(DeviceUidError::Zero) } else { Ok(Self(number)) }
    }

    /// 36 lower-case hexadecimal digits, as `sscli` prints them.
    pub fn hex(&self) -> String {
        base16ct::lower::encode_string(&self.0)
    }

    /// The bytes, most significant first.
    pub fn bytes(&self) -> &[u8; UID_BYTES] {
        &self.0
    }

    /// The id as it is sent: decimal.
    pub fn to_device_id(self) -> DeviceId {
        DeviceId::as_received(self.to_string())
    }
}

/// What follows `0x`, and whether that is there.
fn hex_digits(text: &str) -> (&str, bool) {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, true),
        None => (text, false),
    }
}

/// Whether a text is a number in floating point.
enum Floating {
    /// It has a point or a sign.
    Surely,
    /// `348e39` is one, or six hexadecimal digits.
    Perhaps,
}

fn floating(text: &str) -> Option<Floating> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let unsigned = exponent.map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    let whole_and_rest = number.split_once('.');
    let is_number = match whole_and_rest {
        Some((whole, rest)) => digits(whole) && digits(rest),
        None => digits(number) && exponent.is_some(),
    };
    if !is_number || !unsigned.is_none_or(digits) {
        return None;
    }
    let surely = whole_and_rest.is_some() || unsigned != exponent;
    Some(if surely { Floating::Surely } else { Floating::Perhaps })
}

/// Decimal, as answers print it.
impl fmt::Display for DeviceUid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = self.0;
        let mut digits = Vec::new();
        while number != [0; UID_BYTES] {
            let mut rest = 0u32;
            for byte in &mut number {
                let value = (rest << 8) | u32::from(*byte);
                *byte = (value / 10).to_le_bytes()[0];
                rest = value % 10;
            }
            digits.push(char::from(b'0' + rest.to_le_bytes()[0]));
        }
        formatter.pad(&digits.iter().rev().collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEX: &str = "04005001d706ca37a1e4ed047e6dda0f6880";

    #[test]
    fn converts_the_ids_of_the_document() {
        let uid = DeviceUid::parse("0x040050011ce89d305cf379041f1d12946680").unwrap();
        assert_eq!(uid.to_string(), "348555487745337688610641917338571817379456");
        assert_eq!(DeviceUid::parse(&uid.to_string()), Ok(uid));
        let decimal = DeviceUid::parse("348555491056936142262187597632590342062080").unwrap();
        assert_eq!(decimal.hex(), "04005001c02edce5c8c39e04250559550000");
    }

    #[test]
    fn tells_hex_from_decimal_and_refuses_to_guess() {
        let only_digits = "040050011122334455667788991122334455";
        for hex in
            [HEX, &HEX.to_uppercase(), &format!("0x{HEX}"), &format!("0x0{HEX}"), only_digits]
        {
            let uid = DeviceUid::parse(hex).unwrap();
            assert_eq!(uid, DeviceUid::parse_as(hex, UidRadix::Hexadecimal).unwrap(), "{hex}");
        }
        let one_e = format!("04005001{}e{}", "1".repeat(14), "2".repeat(13));
        assert_eq!(DeviceUid::parse(&one_e).unwrap().hex(), one_e);
        assert_eq!(DeviceUid::parse("0x348e39").unwrap().to_string(), "3444281");
        assert_eq!(DeviceUid::parse("255").unwrap().hex(), format!("{:036x}", 255));
        for digits in
            ["1".repeat(36), "1".repeat(32), format!("4{}", "0".repeat(34)), "0400".into()]
        {
            let ambiguous = DeviceUidError::Ambiguous { digits: digits.len() };
            assert_eq!(DeviceUid::parse(&digits), Err(ambiguous), "{digits}");
            assert!(DeviceUid::parse_as(&digits, UidRadix::Decimal).is_ok());
            assert!(DeviceUid::parse_as(&digits, UidRadix::Hexadecimal).is_ok());
        }
    }

    #[test]
    fn refuses_what_is_no_uid() {
        let decimal = |found, position| DeviceUidError::NotADigit {
            found,
            position,
            radix: UidRadix::Decimal,
        };
        for (text, error) in [
            ("", DeviceUidError::Empty),
            ("0x", DeviceUidError::Empty),
            ("0", DeviceUidError::Zero),
            ("-5", decimal('-', 1)),
            ("3.4", DeviceUidError::Floating),
            ("3.48e41", DeviceUidError::Floating),
            ("3.4855549152025667E+41", DeviceUidError::Floating),
            ("348e+39", DeviceUidError::Floating),
            ("348e39", DeviceUidError::Ambiguous { digits: 6 }),
            ("3.", decimal('.', 2)),
            ("+5", decimal('+', 1)),
            ("1 2", decimal(' ', 2)),
            ("0x1000000000000000000000000000000000000", DeviceUidError::TooLarge),
            ("9999999999999999999999999999999999999999999999", DeviceUidError::TooLarge),
        ] {
            assert_eq!(DeviceUid::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn hexadecimal_digits_are_counted() {
        let id = |digits: usize| format!("{HEX}{HEX}")[..digits].to_owned();
        for prefix in ["", "0x", "0X"] {
            let parse = |digits: &str| DeviceUid::parse(&format!("{prefix}{digits}"));
            for digits in [38, 40, 72] {
                assert_eq!(parse(&id(digits)), Err(DeviceUidError::TooLarge));
            }
            let wrong = [33, 34, 35].map(id);
            let short = ["bad", "deadbeef", "0abc", &HEX[1..34]].map(str::to_owned);
            let no_number = short.iter().filter(|text| prefix.is_empty() || text.starts_with('0'));
            for text in wrong.iter().chain(no_number).chain([&HEX[1..35].to_owned()]) {
                let error = DeviceUidError::WrongLength { digits: text.len() };
                assert_eq!(parse(text), Err(error), "{prefix}{text}");
            }
            let whole = DeviceUid::parse(HEX);
            assert_eq!(parse(HEX), whole);
            assert_eq!(parse(&HEX[1..]), whole);
            assert!(DeviceUid::lost_zero(&format!("{prefix}{}", &HEX[1..])));
            assert!(!DeviceUid::lost_zero(&format!("{prefix}{HEX}")));
            assert!(parse(&HEX[..32]).is_ok());
        }
        for (zeros, digits) in [("0", 37), ("00", 38), ("0x00", 38)] {
            let error = DeviceUidError::WrongLength { digits };
            assert_eq!(DeviceUid::parse(&format!("{zeros}{HEX}")), Err(error));
        }
        assert_eq!(DeviceUid::parse("0xbad").unwrap().to_string(), "2989");
        let with_hex = |text: &str| DeviceUid::parse_whole(text, UidRadix::Hexadecimal);
        assert_eq!(with_hex("0400"), Err(DeviceUidError::WrongLength { digits: 4 }));
        assert_eq!(with_hex(&"0".repeat(36)), Err(DeviceUidError::Zero));
        assert!(with_hex(&format!("4{}", "1".repeat(34))).is_ok());
    }

    proptest! {
        #[test]
        fn decimal_and_hex_are_exact(bytes in prop::array::uniform18(any::<u8>())) {
            prop_assume!(bytes != [0; UID_BYTES]);
            let uid = DeviceUid(bytes);
            let parse = |text: &str, radix| DeviceUid::parse_as(text, radix);
            prop_assert_eq!(parse(&uid.to_string(), UidRadix::Decimal), Ok(uid));
            prop_assert_eq!(parse(&uid.hex(), UidRadix::Hexadecimal), Ok(uid));
        }

        #[test]
        fn any_text_never_panics(text in any::<String>()) {
            let _ = DeviceUid::parse(&text);
        }
    }
}
