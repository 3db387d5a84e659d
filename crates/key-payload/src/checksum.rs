//! Forms of data that is not secret, as the service expects them: SHA3-512 checksum and base64.

use std::io::{self, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha3::{Digest, Sha3_512};

/// SHA3-512 (FIPS 202) of `data`, in lower-case hex: the `checksum` of AN12642 4.1.3.5 and 4.1.3.7.
pub fn sha3_512_hex(data: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha3_512::digest(data))
}

/// SHA3-512 of everything `source` gives, read in pieces of 64 KiB: its size is not limited.
///
/// # Errors
/// The error of `source`.
pub fn sha3_512_hex_of(mut source: impl Read) -> io::Result<String> {
    let mut hasher = Sha3_512::new();
    let mut piece = vec![0u8; 64 * 1024];
    loop {
        match source.read(&mut piece) {
            Ok(0) => return Ok(base16ct::lower::encode_string(&hasher.finalize())),
            Ok(count) => hasher.update(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The base64 text (RFC 4648 section 4, padded, one line) of a binary that is not confidential.
pub fn base64_text(data: &[u8]) -> String {
    STANDARD.encode(data)
}

/// The bytes of a base64 text (RFC 4648 section 4, padded, one line); `None` when it is not one.
pub fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 202 examples: the empty message and "abc".
    const EMPTY: &str = "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6\
                         15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26";
    const ABC: &str = "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e\
                       10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0";

    #[test]
    fn checksum_matches_the_standard_examples() {
        assert_eq!(sha3_512_hex(b""), EMPTY);
        assert_eq!(sha3_512_hex(b"abc"), ABC);
    }

    #[test]
    fn streaming_gives_the_same_checksum() {
        let data: Vec<u8> = (0..200_000u32).map(|n| n.to_le_bytes()[0]).collect();
        assert_eq!(sha3_512_hex_of(&data[..]).unwrap(), sha3_512_hex(&data));
    }

    #[test]
    fn base64_is_padded_and_one_line() {
        assert_eq!(base64_text(b"\xff\xfe\xfd\xfc"), "//79/A==");
        assert!(!base64_text(&[0; 500]).contains('\n'));
    }
}
