//! The decoded bytes of a block or file.

use std::fmt;

use zeroize::Zeroizing;

/// Decoded bytes, which may be a private key: wiped when dropped, and not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Der(pub(crate) Zeroizing<Vec<u8>>);

impl Der {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, not copied: the caller wipes them.
    #[must_use]
    pub fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut *self.0)
    }
}

impl fmt::Debug for Der {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Der({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_number_of_bytes_only() {
        assert_eq!(format!("{:?}", Der::new(vec![7; 12])), "Der(12 bytes)");
    }

    #[test]
    fn the_bytes_come_out_as_they_went_in() {
        assert_eq!(Der::new(vec![0x30, 0]).into_bytes(), [0x30, 0]);
    }
}
