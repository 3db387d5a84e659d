//! What is wrong with damaged armor, line by line.

use base64::Engine as _;
use serde::Serialize;
use zeroize::Zeroizing;

use super::scan::Block;
use super::{LENIENT, decode, is_base64, scan, stated_checksum};
use crate::packets::{self, Frame, FrameFault, LengthForm};

/// What the first block of armor in a file looks like, and everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ArmorDiagnosis {
    /// What the block says it is (`PGP PUBLIC KEY BLOCK`); `None` when there is no block.
    pub label: Option<String>,
    /// How many blocks the file has; only the first is looked at here.
    pub blocks: usize,
    /// Whether the file begins with a UTF-8 byte order mark.
    pub byte_order_mark: bool,
    /// Lines of other text before the block.
    pub lines_before: usize,
    /// Lines of other text after the block.
    pub lines_after: usize,
    /// Armor headers such as `Version: BCPG v1.60`.
    pub headers: Vec<String>,
    /// How many lines of base64 there are.
    pub data_lines: usize,
    /// The length most of them have.
    pub usual_length: Option<usize>,
    /// Every line that is not as it should be.
    pub lines: Vec<ArmorLine>,
    /// CRC24 of the data as far as they can be decoded, six hex digits.
    pub checksum_computed: Option<String>,
    /// CRC24 as the block states it, six hex digits; `None` when it states none.
    pub checksum_stated: Option<String>,
    /// Whether the block has its `-----END` line.
    pub ended: bool,
    /// Where the packets inside break off.
    pub structure: Option<StructureBreak>,
    /// Whether nothing is wrong: it decodes, the checksum (if stated) fits, the packets are whole.
    pub sound: bool,
}

/// A line of armor that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ArmorLine {
    /// Line number in the file, from 1.
    pub line: usize,
    /// Number among the lines of base64, from 1; `None` for the checksum line.
    pub data_line: Option<usize>,
    /// What is wrong.
    #[serde(flatten)]
    pub fault: ArmorLineFault,
}

/// What can be wrong with a line of armor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "problem", rename_all = "camelCase")]
#[non_exhaustive]
pub enum ArmorLineFault {
    /// Shorter or longer than the others.
    #[error("has {found} characters, the others have {expected}")]
    Length {
        /// Characters found.
        found: usize,
        /// Characters expected.
        expected: usize,
    },
    /// A character that is not base64.
    #[error("column {column}: {found:?} is not a base64 character")]
    Alphabet {
        /// Column, from 1.
        column: usize,
        /// The character.
        found: char,
    },
    /// Blanks after the text, which some readers refuse.
    #[error("ends in blanks")]
    TrailingBlanks,
    /// Blanks before the text.
    #[error("begins with {columns} blanks")]
    Indented {
        /// How many.
        columns: usize,
    },
    /// Not `=` and four base64 characters.
    #[error("is not a checksum: expected `=` and four base64 characters")]
    ChecksumForm,
}

/// Where the packets inside a block of armor break off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StructureBreak {
    /// Line number in the file that holds the byte.
    pub line: usize,
    /// What breaks there.
    pub fault: FrameFault,
}

/// Looks at the first block of armor in `bytes` line by line: lengths, alphabet, checksum, packets.
pub fn diagnose_armor(bytes: &[u8]) -> ArmorDiagnosis {
    let scan = scan(bytes);
    let block = scan.blocks.first();
    let recovered = block.map(recover);
    let decoded = block.map(decode);
    let mut diagnosis = ArmorDiagnosis {
        label: block.map(|block| block.label.clone()),
        blocks: scan.blocks.len(),
        byte_order_mark: scan.byte_order_mark,
        lines_before: scan.lines_before,
        lines_after: scan.lines_after,
        headers: block.map(|block| block.headers.clone()).unwrap_or_default(),
        data_lines: block.map_or(0, |block| block.data.len()),
        usual_length: block.and_then(Block::usual_length),
        lines: block.map(line_faults).unwrap_or_default(),
        checksum_computed: recovered.as_ref().map(|(data, _)| six_digits(super::crc24(data))),
        checksum_stated: block
            .and_then(|block| stated_checksum(block.checksum.as_ref()?.text))
            .map(six_digits),
        ended: block.is_some_and(|block| block.end.is_some()),
        structure: None,
        sound: false,
    };
    if let (Some(block), Some((data, _))) = (block, &recovered) {
        diagnosis.structure = structure_fault(&block.label, data)
            .map(|fault| StructureBreak { line: line_of(block, fault.offset()), fault });
    }
    diagnosis.sound = diagnosis.structure.is_none() && decoded.is_some_and(|block| block.is_ok());
    diagnosis
}

/// Where the packets of a key or message break off, or stop being such as belong there.
fn structure_fault(label: &str, data: &[u8]) -> Option<FrameFault> {
    let (frames, fault) = packets::split(data);
    let key = label.ends_with("KEY BLOCK");
    let belongs = |frame: &Frame<'_>| match frame.tag.0 {
        2 | 10 => true,
        5 | 6 | 7 | 12 | 13 | 14 | 17 => key && frame.form != LengthForm::Indeterminate,
        1 | 3 | 4 | 8 | 9 | 11 | 18 | 20 | 21 => !key,
        _ => false,
    };
    let foreign = frames
        .iter()
        .find(|frame| !belongs(frame))
        .map(|frame| FrameFault::Foreign { offset: frame.offset, tag: frame.tag });
    foreign.or(fault)
}

fn six_digits(checksum: u32) -> String {
    format!("{checksum:06X}")
}

/// As many bytes as the base64 characters of a damaged block give, and how many characters these are.
fn recover(block: &Block<'_>) -> (Zeroizing<Vec<u8>>, usize) {
    let mut characters: Zeroizing<Vec<u8>> = Zeroizing::new(
        block
            .data
            .iter()
            .flat_map(|line| line.text.iter().copied())
            .filter(|byte| is_base64(*byte) && *byte != b'=')
            .collect(),
    );
    let count = characters.len();
    match count % 4 {
        0 => {}
        1 => characters.truncate(count - 1),
        over => characters.extend(std::iter::repeat_n(b'=', 4 - over)),
    }
    let mut data = Zeroizing::new(vec![0; characters.len() / 4 * 3]);
    let len = LENIENT.decode_slice(&*characters, &mut data).unwrap_or(0);
    data.truncate(len);
    (data, count)
}

/// The file line that holds the `offset`th decoded byte.
fn line_of(block: &Block<'_>, offset: usize) -> usize {
    let mut left = offset / 3 * 4;
    for line in &block.data {
        let count = line.text.iter().filter(|byte| is_base64(**byte)).count();
        if left < count {
            return line.number;
        }
        left -= count;
    }
    block.data.last().map_or(block.begin, |line| line.number)
}

fn line_faults(block: &Block<'_>) -> Vec<ArmorLine> {
    let usual = block.usual_length();
    let last = block.data.len().saturating_sub(1);
    let mut faults = Vec::new();
    for (index, line) in block.data.iter().enumerate() {
        let mut report = |fault| {
            faults.push(ArmorLine { line: line.number, data_line: Some(index + 1), fault });
        };
        let found = line.text.len();
        if let Some(expected) = usual
            && (found > expected || (index < last && found != expected))
        {
            report(ArmorLineFault::Length { found, expected });
        }
        if let Some(at) = line.text.iter().position(|byte| !is_base64(*byte)) {
            let found = char::from(line.text[at]);
            report(ArmorLineFault::Alphabet { column: line.indent + at + 1, found });
        }
        if line.indent > 0 {
            report(ArmorLineFault::Indented { columns: line.indent });
        }
        if line.trailing_blanks {
            report(ArmorLineFault::TrailingBlanks);
        }
    }
    if let Some(line) = &block.checksum
        && stated_checksum(line.text).is_none()
    {
        let fault = ArmorLineFault::ChecksumForm;
        faults.push(ArmorLine { line: line.number, data_line: None, fault });
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::text;

    /// Line `number` (from 1) of a text, changed.
    fn with_line(text: &str, number: usize, change: impl Fn(&str) -> String) -> String {
        let changed = text.lines().enumerate().map(|(index, line)| {
            let line = if index + 1 == number { change(line) } else { line.to_owned() };
            line + "\n"
        });
        changed.collect()
    }

    #[test]
    fn a_sound_key_is_sound() {
        let diagnosis = diagnose_armor(text("recipient.pub.asc").as_bytes());
        assert!(diagnosis.sound);
        assert_eq!(diagnosis.lines, []);
        assert_eq!(diagnosis.label.as_deref(), Some("PGP PUBLIC KEY BLOCK"));
        assert_eq!(diagnosis.usual_length, Some(64));
        assert_eq!(diagnosis.checksum_computed, diagnosis.checksum_stated);
        assert_eq!(diagnosis.structure, None);
    }

    #[test]
    fn names_every_damaged_line_and_both_checksums() {
        let sound = text("recipient.pub.asc");
        let damaged = with_line(&sound, 12, |line| line[2..].to_owned());
        let damaged = with_line(&damaged, 20, |line| format!("{line}A"));
        let damaged = with_line(&damaged, 22, |line| line.replacen(&line[3..4], "*", 1) + " ");
        let diagnosis = diagnose_armor(damaged.as_bytes());
        let faults: Vec<(usize, Option<usize>, &ArmorLineFault)> =
            diagnosis.lines.iter().map(|line| (line.line, line.data_line, &line.fault)).collect();
        let length = |found| ArmorLineFault::Length { found, expected: 64 };
        assert_eq!(faults[0], (12, Some(10), &length(62)));
        assert_eq!(faults[1], (20, Some(18), &length(65)));
        assert!(matches!(faults[2], (22, Some(20), ArmorLineFault::Alphabet { found: '*', .. })));
        assert_eq!(faults[3], (22, Some(20), &ArmorLineFault::TrailingBlanks));
        assert_eq!(faults.len(), 4);
        assert!(!diagnosis.sound);
        assert_ne!(diagnosis.checksum_computed, diagnosis.checksum_stated);
    }

    #[test]
    fn says_where_the_packets_break() {
        let sound = text("recipient.pub.asc");
        let cut: String = sound
            .lines()
            .filter(|line| !line.starts_with('='))
            .take(8)
            .map(|line| format!("{line}\n"))
            .collect();
        let diagnosis = diagnose_armor(cut.as_bytes());
        assert!(!diagnosis.ended && !diagnosis.sound);
        let structure = diagnosis.structure.unwrap();
        assert_eq!(structure.line, 3);
        assert!(matches!(structure.fault, FrameFault::BodyCut { offset: 0, .. }));
        let message = text("messages/accepted.asc").replace("PGP MESSAGE", "PGP PUBLIC KEY BLOCK");
        let structure = diagnose_armor(message.as_bytes()).structure.unwrap();
        assert!(matches!(structure.fault, FrameFault::Foreign { offset: 0, .. }));
    }

    #[test]
    fn a_file_without_armor_has_nothing_to_diagnose() {
        let diagnosis = diagnose_armor(b"hello");
        assert_eq!((diagnosis.label, diagnosis.blocks, diagnosis.sound), (None, 0, false));
    }
}
