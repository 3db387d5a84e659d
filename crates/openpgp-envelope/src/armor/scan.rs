//! Finding blocks of armor in a text, without judging what is between their lines.

use crate::printable::printable;

/// A line of a block, without its ending, indentation and trailing blanks.
pub(crate) struct Line<'a> {
    /// Its number in the file, from 1.
    pub(crate) number: usize,
    pub(crate) text: &'a [u8],
    /// Blanks before the text.
    pub(crate) indent: usize,
    /// Whether blanks follow the text.
    pub(crate) trailing_blanks: bool,
}

/// What stands between a `-----BEGIN` line and its `-----END` line.
pub(crate) struct Block<'a> {
    /// What the first line names: `PGP MESSAGE` and so on.
    pub(crate) label: String,
    /// Line number of the first line.
    pub(crate) begin: usize,
    /// Whether blanks stand before the first line.
    pub(crate) begin_indented: bool,
    /// Whether an empty line parts headers from data, as RFC 9580 6.2 requires.
    pub(crate) parted: bool,
    pub(crate) headers: Vec<String>,
    pub(crate) data: Vec<Line<'a>>,
    pub(crate) checksum: Option<Line<'a>>,
    /// Line number of the `-----END` line and what it names.
    pub(crate) end: Option<(usize, String)>,
}

impl Block<'_> {
    /// The length that most data lines have.
    pub(crate) fn usual_length(&self) -> Option<usize> {
        let lengths: Vec<usize> = self.data.iter().map(|line| line.text.len()).collect();
        let (_, all_but_last) = lengths.split_last()?;
        all_but_last
            .iter()
            .copied()
            .max_by_key(|wanted| lengths.iter().filter(|length| *length == wanted).count())
    }

    /// Line numbers of data lines, the last one left aside, that are shorter or longer than usual.
    pub(crate) fn odd_lines(&self) -> Vec<usize> {
        let Some(usual) = self.usual_length() else { return Vec::new() };
        let last = self.data.len() - 1;
        self.data
            .iter()
            .enumerate()
            .filter(|(index, line)| {
                let found = line.text.len();
                if *index == last { found > usual } else { found != usual }
            })
            .map(|(_, line)| line.number)
            .collect()
    }
}

/// A whole text: its blocks and what surrounds them.
pub(crate) struct Scan<'a> {
    pub(crate) byte_order_mark: bool,
    /// Lines with something on them before the first block.
    pub(crate) lines_before: usize,
    /// Lines with something on them between or after blocks.
    pub(crate) lines_after: usize,
    pub(crate) blocks: Vec<Block<'a>>,
}

/// Whether `bytes` look like armor of any kind, OpenPGP's or another's.
pub(crate) fn first_label(bytes: &[u8]) -> Option<String> {
    lines(bytes).find_map(|line| dashes(line.text, b"-----BEGIN "))
}

/// Whether a block of OpenPGP armor begins somewhere else than at the start of a line of its own.
pub(crate) fn has_stray_begin(bytes: &[u8]) -> bool {
    holds(bytes, b"-----BEGIN PGP ")
}

/// Whether a file without a block of armor is binary OpenPGP: old packets and new ones begin with a set highest
/// bit, no tag makes 0xFE or 0xFF of it, and words of armor stand in none.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| (0x80..0xFE).contains(first)) && !holds(bytes, b"BEGIN PGP ")
}

/// What a file without a block of armor, which is not binary data either, seems to be.
pub(crate) fn instead_of_armor(bytes: &[u8]) -> &'static str {
    if el2g_text::without_mark(bytes).is_err() {
        "UTF-16 text (save it as UTF-8)"
    } else if has_stray_begin(bytes) {
        "armor whose line breaks were lost, or whose every line was quoted"
    } else if holds(bytes, b"-----END PGP ") {
        "armor without its `-----BEGIN` line"
    } else if holds(bytes, b"BEGIN PGP ") {
        "armor whose dashes around BEGIN and END were changed"
    } else {
        "text or unknown data"
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Finds all blocks of `bytes` whose label begins with `PGP `.
pub(crate) fn scan(bytes: &[u8]) -> Scan<'_> {
    let byte_order_mark = bytes.starts_with(el2g_text::BYTE_ORDER_MARK);
    let mut found = Scan { byte_order_mark, lines_before: 0, lines_after: 0, blocks: Vec::new() };
    let mut open: Option<Block<'_>> = None;
    for line in lines(bytes) {
        if let Some(label) =
            dashes(line.text, b"-----BEGIN ").filter(|label| label.starts_with("PGP "))
        {
            found.blocks.extend(open.take());
            open = Some(Block {
                label,
                begin: line.number,
                begin_indented: line.indent > 0,
                parted: false,
                headers: Vec::new(),
                data: Vec::new(),
                checksum: None,
                end: None,
            });
        } else if let Some(mut block) = open.take() {
            if let Some(label) = dashes(line.text, b"-----END ") {
                block.end = Some((line.number, label));
                found.blocks.push(block);
            } else {
                take_line(&mut block, line);
                open = Some(block);
            }
        } else if !line.text.is_empty() {
            if found.blocks.is_empty() {
                found.lines_before += 1;
            } else {
                found.lines_after += 1;
            }
        }
    }
    found.blocks.extend(open);
    found
}

fn take_line<'a>(block: &mut Block<'a>, line: Line<'a>) {
    if !block.parted {
        if line.text.is_empty() {
            block.parted = true;
            return;
        }
        // Some writers leave the value empty, and blanks at the end are trimmed.
        let is_header = line.text.ends_with(b":") || line.text.windows(2).any(|pair| pair == b": ");
        if block.data.is_empty() && is_header {
            block.headers.push(printable(line.text));
            return;
        }
    }
    if line.text.is_empty() {
        return;
    }
    // A line that begins with `=` holds the checksum, unless it only ends the padding.
    if line.text.starts_with(b"=") && line.text.len() > 2 {
        block.checksum = Some(line);
    } else {
        block.data.push(line);
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let text = el2g_text::unmarked_bytes(bytes);
    text.split(|byte| *byte == b'\n').enumerate().map(|(index, raw)| {
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        let trimmed = raw.trim_ascii_end();
        let text = trimmed.trim_ascii_start();
        Line {
            number: index + 1,
            text,
            indent: trimmed.len() - text.len(),
            trailing_blanks: trimmed.len() < raw.len(),
        }
    })
}

/// The label of a line such as `-----BEGIN PGP MESSAGE-----`.
fn dashes(line: &[u8], start: &[u8]) -> Option<String> {
    let label = line.strip_prefix(start)?.strip_suffix(b"-----")?;
    // More than a label: the line breaks were lost.
    (!label.windows(5).any(|part| part == b"-----")).then(|| printable(label))
}
