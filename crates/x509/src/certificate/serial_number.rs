//! Serial numbers (RFC 5280 section 4.1.2.2).

use std::fmt;

use base16ct::lower::encode_string as hex;

/// A certificate's serial number: an integer of any length and sign, as its content octets.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SerialNumber {
    octets: Vec<u8>,
}

/// Text or octets that are not a serial number RFC 5280 section 4.1.2.2 allows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SerialNumberError {
    /// Neither hex digits nor a `0x` number.
    #[error("`{found}` is not a serial number in hex digits, such as 0x3f1a or 3F:1A")]
    NotHex {
        /// The text.
        found: String,
    },
    /// Zero.
    #[error("the serial number is zero, a positive number is needed")]
    Zero,
    /// More than 20 octets.
    #[error("the serial number takes {found} octets, at most 20 are allowed")]
    TooLong {
        /// Octets of its DER encoding.
        found: usize,
    },
}

impl SerialNumber {
    pub(crate) fn from_octets(octets: &[u8]) -> Self {
        Self { octets: octets.to_vec() }
    }

    /// A positive number from its big-endian octets; leading zeros do not count.
    ///
    /// # Errors
    /// [`SerialNumberError::Zero`], or [`SerialNumberError::TooLong`] beyond 20 octets of DER.
    pub fn from_unsigned(octets: &[u8]) -> Result<Self, SerialNumberError> {
        let significant = octets.iter().position(|&octet| octet != 0);
        let Some(start) = significant else {
            return Err(SerialNumberError::Zero);
        };
        let mut content = octets[start..].to_vec();
        if content[0] & 0x80 != 0 {
            content.insert(0, 0);
        }
        if content.len() > 20 {
            return Err(SerialNumberError::TooLong { found: content.len() });
        }
        Ok(Self { octets: content })
    }

    /// Reads hex digits, with `0x` before or `:` between if you like.
    ///
    /// # Errors
    /// [`SerialNumberError`].
    pub fn parse_hex(text: &str) -> Result<Self, SerialNumberError> {
        let not_hex = || SerialNumberError::NotHex { found: text.to_owned() };
        let bare = text.trim();
        let bare = bare
            .strip_prefix("0x")
            .or_else(|| bare.strip_prefix("0X"))
            .unwrap_or(bare)
            .replace(':', "");
        if bare.is_empty() || bare.len() > 200 {
            return Err(not_hex());
        }
        let digits: Option<Vec<u8>> = bare
            .chars()
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let digits = digits.ok_or_else(not_hex)?;
        let octets: Vec<u8> = digits
            .rchunks(2)
            .rev()
            .map(|pair| pair.iter().fold(0, |octet, digit| (octet << 4) | digit))
            .collect();
        Self::from_unsigned(&octets)
    }

    /// The content octets of the DER INTEGER: big-endian two's complement.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Is it less than zero?
    pub fn is_negative(&self) -> bool {
        self.octets.first().is_some_and(|octet| octet & 0x80 != 0)
    }

    /// Is it zero?
    pub fn is_zero(&self) -> bool {
        self.octets.iter().all(|&octet| octet == 0)
    }

    /// Significant bits of a positive number.
    pub fn bit_length(&self) -> usize {
        let Some(start) = self.octets.iter().position(|&octet| octet != 0) else {
            return 0;
        };
        let first = self.octets[start];
        (self.octets.len() - start) * 8 - first.leading_zeros() as usize
    }
}

impl fmt::Display for SerialNumber {
    /// Lower-case hex of the content octets; a leading sign octet of zero is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = match self.octets.as_slice() {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        f.write_str(&hex(shown))
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}
