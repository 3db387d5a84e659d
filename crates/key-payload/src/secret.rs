//! Bytes that are wiped when dropped and shown by nothing.

use std::io::{self, Read};

use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, Zeroizing};

use crate::{Entropy, EntropyUnavailable};

/// First buffer of [`SecretBytes::read_from`]; larger than any key file that is met in practice.
const FIRST_BUFFER: usize = 16 * 1024;

/// Secret bytes: wiped on drop, without `Clone`, `Display` or `Serialize`, and with a `Debug` that
/// shows their number only.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes over `bytes`, whose buffer is wiped when this value is dropped.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Copies `bytes`; the caller remains responsible for the original.
    pub fn from_slice(bytes: &[u8]) -> Self {
        Self::new(bytes.to_vec())
    }

    /// Reads everything from `source`, at most `cap` bytes.
    ///
    /// A buffer that turns out too small is wiped after its content moved to the next one, so no
    /// copy stays behind on the heap.
    ///
    /// # Errors
    /// [`ReadError::TooLarge`] when there are more than `cap` bytes, [`ReadError::Io`] when reading fails.
    pub fn read_from(mut source: impl Read, cap: usize) -> Result<Self, ReadError> {
        // One byte more than the cap, so that "exactly at the cap" and "more" can be told apart.
        let limit = cap.saturating_add(1);
        let mut buffer = Zeroizing::new(vec![0u8; FIRST_BUFFER.min(limit)]);
        let mut filled = 0;
        loop {
            if filled == buffer.len() {
                if filled == limit {
                    return Err(ReadError::TooLarge { cap });
                }
                let mut larger =
                    Zeroizing::new(vec![0u8; buffer.len().saturating_mul(2).min(limit)]);
                larger[..filled].copy_from_slice(&buffer);
                buffer = larger;
            }
            match source.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::Io(error.kind())),
            }
        }
        if filled > cap {
            return Err(ReadError::TooLarge { cap });
        }
        buffer[filled..].zeroize();
        buffer.truncate(filled);
        Ok(Self(buffer))
    }

    /// `byte_len` random bytes, written straight into their final place.
    ///
    /// # Errors
    /// [`EntropyUnavailable`] when the source cannot deliver.
    pub fn generate(
        byte_len: usize,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, EntropyUnavailable> {
        let mut bytes = Zeroizing::new(vec![0u8; byte_len]);
        entropy.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Appends a byte to a buffer made large enough beforehand: growing would leave a copy behind.
    pub(crate) fn push_within_capacity(&mut self, byte: u8) {
        assert!(self.0.len() < self.0.capacity(), "a secret's buffer is sized before it is filled");
        self.0.push(byte);
    }

    /// The bytes themselves. Keep the borrow short and copy nothing out of it that is not wiped.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no byte at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same bytes without one final LF or CR LF: the passphrase in a file that an editor wrote.
    pub fn without_final_newline(mut self) -> Self {
        if self.0.last() == Some(&b'\n') {
            self.0.pop();
            if self.0.last() == Some(&b'\r') {
                self.0.pop();
            }
        }
        self
    }

    /// Whether both hold the same bytes; takes the same time wherever they differ (their lengths are
    /// not treated as secret).
    pub fn same_as(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }
}

impl std::fmt::Debug for SecretBytes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SecretBytes({} bytes, not shown)", self.len())
    }
}

/// Why [`SecretBytes::read_from`] gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There were more bytes than the reader was allowed to take.
    #[error("larger than {cap} bytes, the most that is read here")]
    TooLarge {
        /// The largest number of bytes allowed.
        cap: usize,
    },
    /// The operating system refused.
    #[error("cannot be read: {}", io_reason(*.0))]
    Io(io::ErrorKind),
}

/// An I/O error in the words of a shell: `no such file` rather than `entity not found`.
pub fn io_reason(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::NotADirectory => "part of the path is not a directory".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        io::ErrorKind::Unsupported => "is not a regular file".to_owned(),
        io::ErrorKind::StorageFull => "no space left".to_owned(),
        io::ErrorKind::ResourceBusy if cfg!(windows) => "another program has it open".to_owned(),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_up_to_the_cap_and_not_beyond() {
        let data = vec![7u8; 40_000];
        assert_eq!(SecretBytes::read_from(&data[..], 40_000).unwrap().expose(), &data[..]);
        assert_eq!(
            SecretBytes::read_from(&data[..], 39_999).unwrap_err(),
            ReadError::TooLarge { cap: 39_999 }
        );
        assert_eq!(SecretBytes::read_from(&data[..0], 0).unwrap().len(), 0);
    }

    #[test]
    fn an_endless_source_ends_at_the_cap() {
        let error = SecretBytes::read_from(io::repeat(1), 100_000).unwrap_err();
        assert_eq!(error, ReadError::TooLarge { cap: 100_000 });
    }

    #[test]
    fn debug_shows_no_content() {
        assert_eq!(
            format!("{:?}", SecretBytes::from_slice(b"abc")),
            "SecretBytes(3 bytes, not shown)"
        );
    }

    #[test]
    fn one_final_newline_is_dropped_and_nothing_else() {
        for (before, after) in [
            ("pw\n", "pw"),
            ("pw\r\n", "pw"),
            ("pw\n\n", "pw\n"),
            ("pw ", "pw "),
            ("pw\r", "pw\r"),
            ("", ""),
        ] {
            let trimmed = SecretBytes::from_slice(before.as_bytes()).without_final_newline();
            assert_eq!(trimmed.expose(), after.as_bytes());
        }
    }

    #[test]
    fn same_as_compares_content() {
        let one = SecretBytes::from_slice(b"abc");
        assert!(one.same_as(&SecretBytes::from_slice(b"abc")));
        assert!(!one.same_as(&SecretBytes::from_slice(b"abd")));
        assert!(!one.same_as(&SecretBytes::from_slice(b"ab")));
    }
}
