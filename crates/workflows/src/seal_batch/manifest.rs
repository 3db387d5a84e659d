//! Reading a manifest: CSV with a header or JSON lines, row after row, never more than a row in memory.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder, Trim};
use el2g_key_payload::io_reason;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::csv_header;

use super::entry::{COLUMNS, Column, Entry, EntryFault, EntryName, Fields, shown};

/// Most bytes of one row.
pub(crate) const LONGEST_ROW: usize = 64 * 1024;

/// What a reader takes from its source at a time; so much more may be read before a row is known to be too
/// long.
const BUFFER: usize = 8 * 1024;

/// The two forms of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestFormat {
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// One JSON object a line.
    Ndjson,
}

impl ManifestFormat {
    /// By the file's extension, else by its first byte: a brace begins JSON.
    pub fn of(path: &Path, first: Option<u8>) -> Self {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => Self::Csv,
            Some("ndjson" | "jsonl") => Self::Ndjson,
            _ if first == Some(b'{') => Self::Ndjson,
            _ => Self::Csv,
        }
    }
}

/// A row of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number among the rows, counted from 1; a header and blank lines do not count.
    pub number: u64,
    /// The line it begins on, counted from 1.
    pub line: u64,
    /// Its name, as far as it has a right one.
    pub name: Option<EntryName>,
    /// What it asks for, or why it is refused.
    pub entry: Result<Entry, EntryFault>,
}

/// Why a manifest cannot be read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The operating system refused.
    #[error("cannot be read: {}", io_reason(*.0))]
    Io(io::ErrorKind),
    /// A row has no end within the bound.
    #[error("line {line}: longer than {LONGEST_ROW} bytes, the most a row may have")]
    RowTooLong {
        /// Where the row begins.
        line: u64,
    },
    /// Not in the encoding that is read.
    #[error("is UTF-16 text; expected UTF-8: save it as `CSV UTF-8`")]
    Utf16,
    /// A column that is not known.
    #[error("unknown column {found}; known are {}", column_names())]
    UnknownColumn {
        /// Its name, if it can be shown.
        found: String,
    },
    /// A column that would hold a secret.
    #[error(
        "column `{found}`: a manifest never holds the secrets themselves; put each in a file of its own (0600) and \
         name it in `file`"
    )]
    SecretColumn {
        /// Its name.
        found: String,
    },
    /// A column that is there twice.
    #[error("the column `{column}` is there twice")]
    TwiceColumn {
        /// Which.
        column: Column,
    },
    /// A column that must be there.
    #[error(
        "the first line has no column `{column}`; expected a header, such as name,kind,file,object-id"
    )]
    NoColumn {
        /// Which.
        column: Column,
    },
    /// Nothing but a header, or nothing at all.
    #[error("has no entries")]
    Empty,
}

fn column_names() -> String {
    COLUMNS.iter().map(Column::name).collect::<Vec<_>>().join(", ")
}

/// Names that somebody who puts keys into a manifest would give the column.
const SECRET_COLUMNS: [&str; 9] =
    ["key", "keys", "hex", "secret", "value", "plaintext", "payload", "data", "component"];

/// The column that a name in a manifest means.
fn column(name: &str) -> Result<Column, ManifestError> {
    let found = COLUMNS.iter().find(|column| column.is_called(name));
    found.copied().ok_or_else(|| {
        if SECRET_COLUMNS.contains(&name.to_ascii_lowercase().as_str()) {
            return ManifestError::SecretColumn { found: name.to_owned() };
        }
        ManifestError::UnknownColumn { found: shown_column(name) }
    })
}

/// The name of a column as a message may repeat it: a word. Anything else may be a key that is there instead of a manifest, of
/// which only the length is said.
fn shown_column(name: &str) -> String {
    const LONGEST: usize = 20;
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || b"-_ ".contains(&byte);
    match name.len() <= LONGEST
        && name.bytes().skip(1).all(is_letter)
        && shown(name).len() == name.len() + 2
    {
        true => shown(name),
        false => format!("({} characters)", name.chars().count()),
    }
}

/// Reads rows from a source.
pub struct ManifestReader<R> {
    rows: Rows<R>,
    number: u64,
}

enum Rows<R> {
    Csv {
        reader: csv::Reader<Bounded<io::Chain<io::Cursor<Vec<u8>>, R>>>,
        window: Rc<RefCell<Window>>,
        /// `None` where the header is empty, as spreadsheets leave it.
        columns: Vec<Option<Column>>,
        record: ByteRecord,
    },
    Ndjson {
        reader: BufReader<R>,
        line: u64,
        text: Vec<u8>,
    },
}

impl<R: Read> ManifestReader<R> {
    /// Begins to read; of a CSV the header.
    ///
    /// # Errors
    /// [`ManifestError`] about the header.
    pub fn new(source: R, format: ManifestFormat) -> Result<Self, ManifestError> {
        let rows = match format {
            ManifestFormat::Csv => csv_rows(source)?,
            ManifestFormat::Ndjson => Rows::Ndjson {
                reader: BufReader::with_capacity(BUFFER, source),
                line: 0,
                text: Vec::new(),
            },
        };
        Ok(Self { rows, number: 0 })
    }

    /// The next row, `None` after the last one. A row that is wrong in itself is a row with a fault; what
    /// follows it can be read.
    ///
    /// # Errors
    /// [`ManifestError`] when nothing that follows could be read.
    pub fn next_row(&mut self) -> Result<Option<Row>, ManifestError> {
        let Some((line, fields)) = self.rows.next_fields()? else { return Ok(None) };
        self.number += 1;
        let (name, entry) = match fields {
            Ok(fields) => (fields.name(), Entry::of(&fields)),
            Err((name, fault)) => (name, Err(fault)),
        };
        Ok(Some(Row { number: self.number, line, name, entry }))
    }
}

/// The fields of a row, or the name, as far as there is one, and what is wrong.
type Read1 = Result<Fields, (Option<EntryName>, EntryFault)>;

impl<R: Read> Rows<R> {
    fn next_fields(&mut self) -> Result<Option<(u64, Read1)>, ManifestError> {
        match self {
            Self::Csv { reader, window, columns, record } => loop {
                let read = reader.read_byte_record(record);
                let line = window.borrow_mut().pass(reader.position().byte());
                match read {
                    // What a spreadsheet writes for a row that was emptied.
                    Ok(true) if record.iter().all(<[u8]>::is_empty) => {}
                    Ok(true) => return Ok(Some((line, csv_fields(columns, record)))),
                    Ok(false) => return Ok(None),
                    Err(error) => return Err(csv_error(&error, line)),
                }
            },
            Self::Ndjson { reader, line, text } => loop {
                *line += 1;
                text.clear();
                let limit = LONGEST_ROW as u64 + 1;
                let read = reader.by_ref().take(limit).read_until(b'\n', text);
                read.map_err(|error| ManifestError::Io(error.kind()))?;
                if text.is_empty() {
                    return Ok(None);
                }
                if text.len() > LONGEST_ROW && text.last() != Some(&b'\n') {
                    return Err(ManifestError::RowTooLong { line: *line });
                }
                let bare: &[u8] = match *line {
                    1 => el2g_text::unmarked_bytes(text),
                    _ => text,
                };
                if bare.trim_ascii().is_empty() {
                    continue;
                }
                return match serde_json::from_slice::<JsonRow>(bare.trim_ascii_end()) {
                    Ok(row) => Ok(Some((*line, row.0))),
                    Err(error) => {
                        let column = error.column();
                        Ok(Some((*line, Err((None, EntryFault::NotJson { column })))))
                    }
                };
            },
        }
    }
}

fn csv_rows<R: Read>(mut source: R) -> Result<Rows<R>, ManifestError> {
    let mut head = csv_header::read(&mut source, LONGEST_ROW)
        .map_err(|error| ManifestError::Io(error.kind()))?;
    let delimiter = csv_header::delimiter(&mut head).map_err(|_| ManifestError::Utf16)?;
    let source = io::Cursor::new(head).chain(source);
    let window = Rc::new(RefCell::new(Window::default()));
    let source = Bounded { source, window: Rc::clone(&window) };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .delimiter(delimiter)
        .trim(Trim::All)
        .buffer_capacity(BUFFER)
        .from_reader(source);
    let mut record = ByteRecord::new();
    if !reader.read_byte_record(&mut record).map_err(|error| csv_error(&error, 1))? {
        return Err(ManifestError::Empty);
    }
    window.borrow_mut().pass(reader.position().byte());
    let mut columns: Vec<Option<Column>> = Vec::new();
    for name in &record {
        if name.is_empty() {
            columns.push(None);
            continue;
        }
        let found = column(&String::from_utf8_lossy(name))?;
        if columns.contains(&Some(found)) {
            return Err(ManifestError::TwiceColumn { column: found });
        }
        columns.push(Some(found));
    }
    for wanted in [Column::Name, Column::Kind] {
        if !columns.contains(&Some(wanted)) {
            return Err(ManifestError::NoColumn { column: wanted });
        }
    }
    Ok(Rows::Csv { reader, window, columns, record })
}

/// Empty fields beyond the header are a spreadsheet's; a row that is shorter may have been cut off.
fn csv_fields(columns: &[Option<Column>], record: &ByteRecord) -> Read1 {
    let mut fields = Fields::default();
    let mut fault = None;
    for (index, value) in record.iter().enumerate() {
        let column = columns.get(index).copied().flatten();
        match (column, std::str::from_utf8(value)) {
            (_, Ok("")) => {}
            (Some(column), Ok(value)) => fields.set(column, value),
            (Some(column), Err(_)) => fault = fault.or(Some(EntryFault::NotText { column })),
            (None, _) if index < columns.len() => {
                fault = fault.or(Some(EntryFault::Unnamed { number: index + 1 }));
            }
            // Told below.
            (None, _) => {}
        }
    }
    let last = record.iter().rposition(|value| !value.is_empty()).map_or(0, |last| last + 1);
    if record.len() < columns.len() || last > columns.len() {
        let (found, wanted) = (record.len(), columns.len());
        fault = Some(EntryFault::FieldCount { found, wanted });
    }
    match fault {
        Some(fault) => Err((fields.name(), fault)),
        None => Ok(fields),
    }
}

fn csv_error(error: &csv::Error, line: u64) -> ManifestError {
    match error.kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            ManifestError::RowTooLong { line }
        }
        csv::ErrorKind::Io(error) => ManifestError::Io(error.kind()),
        // Byte records of any length have no other fault.
        _ => ManifestError::Io(io::ErrorKind::InvalidData),
    }
}

/// What was read since the last row's end: the row, what stands before it and what is read ahead.
#[derive(Default)]
struct Window {
    bytes: Vec<u8>,
    /// Where it begins in the source.
    start: u64,
    /// Line ends before it.
    lines: u64,
    /// Whether the last byte before it is a CR: an LF that follows belongs to the same line end.
    after_cr: bool,
}

impl Window {
    /// Moves it to where the reader is; the line on which the row that ends there begins, counted from 1.
    /// (The reader's own count is of where it began to look: before blank lines and comments.)
    fn pass(&mut self, end: u64) -> u64 {
        let end = usize::try_from(end - self.start)
            .map_or(self.bytes.len(), |end| end.min(self.bytes.len()));
        let passed = &self.bytes[..end];
        let mut begin = 0;
        while let Some(byte) = passed.get(begin) {
            begin += match byte {
                b'\r' | b'\n' => 1,
                b'#' => 1 + passed[begin..].iter().position(|byte| *byte == b'\n').unwrap_or(end),
                _ => break,
            };
        }
        let line = self.lines + line_ends(&passed[..begin.min(end)], self.after_cr) + 1;
        self.lines += line_ends(passed, self.after_cr);
        self.after_cr = passed.last().map_or(self.after_cr, |last| *last == b'\r');
        self.start += end as u64;
        self.bytes.drain(..end);
        line
    }
}

/// How many lines end in `bytes`: by CR, LF or both, as the reader of CSV ends rows.
fn line_ends(bytes: &[u8], after_cr: bool) -> u64 {
    let mut before = if after_cr { b'\r' } else { 0 };
    let mut count = 0;
    for byte in bytes {
        count += u64::from(*byte == b'\r' || (*byte == b'\n' && before != b'\r'));
        before = *byte;
    }
    count
}

/// Gives out no more than a row's bytes until the window moves on: the CSV reader keeps a whole record, and
/// one without an end would fill the memory.
struct Bounded<R> {
    source: R,
    window: Rc<RefCell<Window>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut window = self.window.borrow_mut();
        if window.bytes.len() > LONGEST_ROW {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let count = self.source.read(out)?;
        window.bytes.extend_from_slice(&out[..count]);
        Ok(count)
    }
}

/// A line of JSON: an object whose keys are columns, each there once.
struct JsonRow(Read1);

impl<'de> Deserialize<'de> for JsonRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(JsonFields).map(Self)
    }
}

struct JsonFields;

impl<'de> Visitor<'de> for JsonFields {
    type Value = Read1;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read1, A::Error> {
        let mut fields = Fields::default();
        let mut seen: Vec<Column> = Vec::new();
        let mut fault = None;
        while let Some(name) = map.next_key::<String>()? {
            let found = match column(&name) {
                Ok(found) => found,
                Err(error) => {
                    map.next_value::<de::IgnoredAny>()?;
                    fault = fault.or(Some(EntryFault::Column(Box::new(error))));
                    continue;
                }
            };
            if seen.contains(&found) {
                let twice = ManifestError::TwiceColumn { column: found };
                fault = fault.or(Some(EntryFault::Column(Box::new(twice))));
            }
            seen.push(found);
            match map.next_value::<serde_json::Value>()? {
                serde_json::Value::Null => {}
                serde_json::Value::String(text) if text.is_empty() => {}
                serde_json::Value::String(text) => fields.set(found, &text),
                serde_json::Value::Number(number) => fields.set(found, &number.to_string()),
                serde_json::Value::Bool(truth) => fields.set(found, &truth.to_string()),
                _ => fault = fault.or(Some(EntryFault::NotText { column: found })),
            }
        }
        Ok(match fault {
            Some(fault) => Err((fields.name(), fault)),
            None => Ok(fields),
        })
    }
}

#[cfg(test)]
mod manifest_tests;
