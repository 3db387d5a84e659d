//! ASCII armor (RFC 9580 6): reading it strictly, and saying line by line what is wrong with it.

use std::hash::Hasher as _;

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{GeneralPurposeConfig, STANDARD};
use crc24::Crc24Hasher;
use zeroize::Zeroizing;

mod diagnosis;
mod scan;

pub use diagnosis::{ArmorDiagnosis, ArmorLine, ArmorLineFault, StructureBreak, diagnose_armor};
pub(crate) use scan::{
    Block, Scan, first_label, has_stray_begin, instead_of_armor, is_binary, scan,
};

/// Why a block of armor gives no bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArmorFault {
    /// The `-----END` line is missing.
    #[error("the line `-----END {label}-----` is missing: the file is cut short")]
    NoEnd {
        /// What the block's first line says it is.
        label: String,
    },
    /// The `-----END` line names another kind of block.
    #[error("line {line} ends a `{found}`, the block is a `{label}`")]
    OtherEnd {
        /// Line number in the file.
        line: usize,
        /// What the last line names.
        found: String,
        /// What the first line names.
        label: String,
    },
    /// A character that base64 does not know.
    #[error("line {line}, column {column}: {found:?} is not a base64 character")]
    Alphabet {
        /// Line number in the file.
        line: usize,
        /// Column, counted in bytes from 1.
        column: usize,
        /// The character (a byte above 127 is shown as the Latin-1 character).
        found: char,
    },
    /// The number of characters is not a multiple of four.
    #[error("{characters} base64 characters are not a whole number of bytes: characters are missing or too many{}", suspects(.lines))]
    Characters {
        /// How many there are.
        characters: usize,
        /// Lines whose length differs from the others'.
        lines: Vec<usize>,
    },
    /// Padding in the middle, or bits that no encoder writes.
    #[error("the base64 text does not end as it should (line {line})")]
    Ending {
        /// Line number in the file.
        line: usize,
    },
    /// No data between the lines.
    #[error("the block is empty")]
    Empty,
    /// The checksum line is not one.
    #[error("line {line} is not a checksum: expected `=` and four base64 characters")]
    ChecksumForm {
        /// Line number in the file.
        line: usize,
    },
    /// The data are not those the checksum was made of.
    #[error("the checksum does not fit the data: computed {computed:06X}, stated {stated:06X}{}", suspects(.lines))]
    Checksum {
        /// CRC24 of the data.
        computed: u32,
        /// CRC24 as the block states it.
        stated: u32,
        /// Lines whose length differs from the others'.
        lines: Vec<usize>,
    },
}

fn suspects(lines: &[usize]) -> String {
    match lines {
        [] => String::new(),
        [one] => format!(" (line {one} has another length than the others)"),
        several => {
            let numbers: Vec<String> = several.iter().map(usize::to_string).collect();
            format!(" (lines {} have another length than the others)", numbers.join(", "))
        }
    }
}

/// Whether a block states a checksum, which RFC 9580 6.1 made optional and Bouncy Castle 1.60 needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checksum {
    Right,
    Missing,
}

/// CRC24 of `data` (RFC 9580 6.1.1).
pub(crate) fn crc24(data: &[u8]) -> u32 {
    let mut hasher = Crc24Hasher::new();
    hasher.write(data);
    u32::try_from(hasher.finish()).expect("a CRC24 has 24 bits")
}

/// Base64 whose last character may carry stray bits, as some writers leave them.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The bytes of a block, after its checksum (where there is one) was found right.
pub(crate) fn decode(block: &Block<'_>) -> Result<(Zeroizing<Vec<u8>>, Checksum), ArmorFault> {
    match &block.end {
        None => return Err(ArmorFault::NoEnd { label: block.label.clone() }),
        Some((line, found)) if *found != block.label => {
            return Err(ArmorFault::OtherEnd {
                line: *line,
                found: found.clone(),
                label: block.label.clone(),
            });
        }
        Some(_) => {}
    }
    let characters = characters(block)?;
    let last_line = block.data.last().map_or(block.begin, |line| line.number);
    if characters.is_empty() {
        return Err(ArmorFault::Empty);
    }
    if !characters.len().is_multiple_of(4) {
        return Err(ArmorFault::Characters {
            characters: characters.len(),
            lines: block.odd_lines(),
        });
    }
    let mut data = Zeroizing::new(vec![0; characters.len() / 4 * 3]);
    let len = LENIENT
        .decode_slice(&*characters, &mut data)
        .map_err(|_| ArmorFault::Ending { line: last_line })?;
    data.truncate(len);
    let checksum = check(block, &data)?;
    Ok((data, checksum))
}

/// All base64 characters of a block, every one of them in the alphabet.
fn characters(block: &Block<'_>) -> Result<Zeroizing<Vec<u8>>, ArmorFault> {
    let len = block.data.iter().map(|line| line.text.len()).sum();
    let mut characters = Zeroizing::new(Vec::with_capacity(len));
    for line in &block.data {
        if let Some(at) = line.text.iter().position(|byte| !is_base64(*byte)) {
            return Err(ArmorFault::Alphabet {
                line: line.number,
                column: line.indent + at + 1,
                found: char::from(line.text[at]),
            });
        }
        characters.extend_from_slice(line.text);
    }
    Ok(characters)
}

/// Looked up: every character of every sealed message is asked about.
const IS_BASE64: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] =
            (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'+' | b'/' | b'=');
        byte += 1;
    }
    table
};

pub(crate) fn is_base64(byte: u8) -> bool {
    IS_BASE64[usize::from(byte)]
}

fn check(block: &Block<'_>, data: &[u8]) -> Result<Checksum, ArmorFault> {
    let Some(line) = &block.checksum else {
        return Ok(Checksum::Missing);
    };
    let stated =
        stated_checksum(line.text).ok_or(ArmorFault::ChecksumForm { line: line.number })?;
    let computed = crc24(data);
    if computed == stated {
        Ok(Checksum::Right)
    } else {
        Err(ArmorFault::Checksum { computed, stated, lines: block.odd_lines() })
    }
}

/// The value of a line such as `=Bt0l`.
fn stated_checksum(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"=").filter(|digits| digits.len() == 4)?;
    let [high, middle, low] = STANDARD.decode(digits).ok()?.try_into().ok()?;
    Some(u32::from_be_bytes([0, high, middle, low]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LITERAL: &str =
        "-----BEGIN PGP MESSAGE-----\n\nyw1iAAAAAABoZWxsbwo=\n=XXXX\n-----END PGP MESSAGE-----\n";

    fn sample() -> String {
        let data = STANDARD.decode("yw1iAAAAAABoZWxsbwo=").unwrap();
        let sum = STANDARD.encode(&crc24(&data).to_be_bytes()[1..]);
        LITERAL.replace("XXXX", &sum)
    }

    fn read(text: &str) -> Result<(Vec<u8>, Checksum), ArmorFault> {
        let scan = scan(text.as_bytes());
        decode(&scan.blocks[0]).map(|(data, checksum)| (data.to_vec(), checksum))
    }

    #[test]
    fn crc_of_the_standard_check_string() {
        assert_eq!(crc24(b"123456789"), 0x0021_CF02);
    }

    #[test]
    fn reads_blocks_with_every_line_ending_and_headers() {
        let data = STANDARD.decode("yw1iAAAAAABoZWxsbwo=").unwrap();
        let text = sample();
        assert_eq!(read(&text), Ok((data.clone(), Checksum::Right)));
        assert_eq!(read(&text.replace('\n', "\r\n")), Ok((data.clone(), Checksum::Right)));
        let headed = text.replacen("\n\n", "\nVersion: x\nComment: y\n\n", 1);
        assert_eq!(read(&headed), Ok((data.clone(), Checksum::Right)));
        let blanks = text.replace('\n', " \t\n");
        assert_eq!(read(&blanks), Ok((data, Checksum::Right)));
    }

    #[test]
    fn a_missing_checksum_is_told_apart() {
        let text: String = sample()
            .lines()
            .filter(|line| !line.starts_with('='))
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(read(&text).map(|(_, checksum)| checksum), Ok(Checksum::Missing));
    }

    #[test]
    fn refuses_damage_with_its_place() {
        let text = sample();
        assert_eq!(
            read(&text.replace("-----END PGP MESSAGE-----\n", "")),
            Err(ArmorFault::NoEnd { label: "PGP MESSAGE".into() })
        );
        assert_eq!(
            read(&text.replace("END PGP MESSAGE", "END PGP SIGNATURE")),
            Err(ArmorFault::OtherEnd {
                line: 5,
                found: "PGP SIGNATURE".into(),
                label: "PGP MESSAGE".into()
            })
        );
        assert_eq!(
            read(&text.replace("yw1iA", "yw1i*")),
            Err(ArmorFault::Alphabet { line: 3, column: 5, found: '*' })
        );
        assert_eq!(
            read(&text.replace("yw1iA", "yw1i")),
            Err(ArmorFault::Characters { characters: 19, lines: vec![] })
        );
        assert_eq!(read(&text.replace("yw1iA", "yw1=A")), Err(ArmorFault::Ending { line: 3 }));
        assert!(matches!(read(&text.replace("yw1iA", "yw1iB")), Err(ArmorFault::Checksum { .. })));
        let sum_line = text.lines().nth(3).unwrap().to_owned();
        assert_eq!(
            read(&text.replace(&sum_line, "=abc")),
            Err(ArmorFault::ChecksumForm { line: 4 })
        );
        assert_eq!(
            read("-----BEGIN PGP MESSAGE-----\n\n-----END PGP MESSAGE-----\n"),
            Err(ArmorFault::Empty)
        );
    }

    proptest! {
        #[test]
        fn what_is_armored_is_read_back(data in proptest::collection::vec(any::<u8>(), 1..400)) {
            let mut text = String::from("-----BEGIN PGP MESSAGE-----\n\n");
            for line in STANDARD.encode(&data).as_bytes().chunks(64) {
                text.push_str(std::str::from_utf8(line).unwrap());
                text.push('\n');
            }
            text.push_str(&format!(
                "={}\n-----END PGP MESSAGE-----\n",
                STANDARD.encode(&crc24(&data).to_be_bytes()[1..])
            ));
            prop_assert_eq!(read(&text), Ok((data, Checksum::Right)));
        }

        #[test]
        fn arbitrary_bytes_never_panic(data: Vec<u8>, text in "(-----BEGIN PGP MESSAGE-----|-----END PGP MESSAGE-----|[a-z=A-Z]{0,70}|\n|\r| |: ){0,30}") {
            for bytes in [&data[..], text.as_bytes()] {
                for block in &scan(bytes).blocks {
                    let _ = decode(block);
                }
                let _ = diagnose_armor(bytes);
            }
        }
    }
}
