//! A table of secure objects: CSV with a header, a row for each object, read as spreadsheets write it.

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::csv_header;
use crate::device_list::LineCount;

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectRow {
    /// The line it begins on, counted from 1; `None` for one that was typed.
    pub line: Option<u64>,
    /// Names of columns, in lower case with `-` between words, and their values; empty ones are left out.
    pub fields: Vec<(String, String)>,
}

/// Why a table cannot be read. The lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectTableError {
    /// Not in the encoding that is read.
    #[error("is UTF-16 text; expected UTF-8: save it as `CSV UTF-8`")]
    Utf16,
    /// Bytes that are not text.
    #[error("expected UTF-8 text")]
    NotText,
    /// Nothing but a header, or nothing at all.
    #[error(
        "has no rows; expected a header, such as kind,name,object-id,in, and a row for each object"
    )]
    Empty,
    /// A column that must be there.
    #[error("there is no column `{0}`, found: {1}")]
    NoColumn(&'static str, String),
    /// A column that is there twice.
    #[error("the column `{0}` is there twice")]
    TwiceColumn(String),
    /// A row with more or fewer fields than the header.
    #[error("line {line}: {found} fields, expected {expected} as in the header")]
    FieldCount {
        /// Where.
        line: u64,
        /// Fields of the row.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// What was typed and is not a row.
    #[error("expected COLUMN=VALUE with commas between, found `{0}`")]
    NotAField(String),
    /// A value under no name.
    #[error("line {line}: a value in column {number}, which has no name in the header")]
    Unnamed {
        /// Where.
        line: u64,
        /// The column, counted from 1.
        number: usize,
    },
}

/// Columns that every table must have.
const REQUIRED: [&str; 2] = ["kind", "name"];

impl ObjectRow {
    /// A row as it is typed: `kind=key-pair,name=tls`. A field is quoted where its value has a comma.
    ///
    /// # Errors
    /// [`ObjectTableError`].
    pub fn typed(text: &str) -> Result<Self, ObjectTableError> {
        let mut reader =
            ReaderBuilder::new().has_headers(false).trim(Trim::All).from_reader(text.as_bytes());
        let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
        let mut fields: Vec<(String, String)> = Vec::new();
        for field in &record {
            let Some((name, value)) = field.split_once('=') else {
                return Err(ObjectTableError::NotAField(shown_column(field)));
            };
            let name = column(name);
            if fields.iter().any(|(before, _)| *before == name) {
                return Err(ObjectTableError::TwiceColumn(shown_column(&name)));
            }
            fields.push((name, value.to_owned()));
        }
        for required in REQUIRED {
            if !fields.iter().any(|(name, _)| name == required) {
                return Err(ObjectTableError::NoColumn(
                    required,
                    names(fields.iter().map(|it| &it.0)),
                ));
            }
        }
        fields.retain(|(_, value)| !value.is_empty());
        Ok(Self { line: None, fields })
    }

    /// The value of a column.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name == column).map(|(_, value)| value.as_str())
    }
}

/// Reads a table whole.
///
/// # Errors
/// [`ObjectTableError`], the first that is found.
pub fn read_object_table(content: &[u8]) -> Result<Vec<ObjectRow>, ObjectTableError> {
    let mut content = content.to_vec();
    let delimiter = csv_header::delimiter(&mut content).map_err(|_| ObjectTableError::Utf16)?;
    let text = std::str::from_utf8(&content).map_err(|_| ObjectTableError::NotText)?;
    let text = el2g_text::unmarked(text);
    let mut reader = csv_header::reader(text, delimiter);
    let mut record = StringRecord::new();
    // Bytes of a text that is UTF-8: they can be read.
    let next = |reader: &mut csv::Reader<_>, record: &mut StringRecord| {
        reader.read_record(record).map_err(|_| ObjectTableError::NotText)
    };
    if !next(&mut reader, &mut record)? {
        return Err(ObjectTableError::Empty);
    }
    let columns = columns(&record)?;
    let mut rows = Vec::new();
    let mut lines = LineCount::of(text);
    while next(&mut reader, &mut record)? {
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        // What a spreadsheet writes for a row that was emptied.
        if !record.iter().all(str::is_empty) {
            rows.push(ObjectRow { line: Some(line), fields: fields(&columns, &record, line)? });
        }
    }
    if rows.is_empty() { Err(ObjectTableError::Empty) } else { Ok(rows) }
}

/// A column by the name that was written.
fn column(name: &str) -> String {
    let name = name.trim().to_lowercase().replace([' ', '_'], "-");
    if name == "objectid" { "object-id".to_owned() } else { name }
}

/// A name as a message may repeat it: a word. Anything else may be a key that is there instead of a table.
pub fn shown_column(name: &str) -> String {
    const LONGEST: usize = 24;
    let is_word =
        name.len() <= LONGEST && name.bytes().all(|it| it.is_ascii_lowercase() || it == b'-');
    match is_word && !name.starts_with('-') {
        true => name.to_owned(),
        false => format!("({} characters, not shown)", name.chars().count()),
    }
}

/// Names as a message may repeat them; where one is not a word, none of them.
fn names<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let named: Vec<&String> = names.filter(|name| !name.is_empty()).collect();
    match named.iter().all(|name| shown_column(name) == **name) {
        true => named.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "),
        false => format!("{} columns, not shown", named.len()),
    }
}

/// The names of the columns; an empty one is a spreadsheet's.
fn columns(header: &StringRecord) -> Result<Vec<String>, ObjectTableError> {
    let mut columns: Vec<String> = Vec::new();
    for name in header {
        let name = column(name);
        if !name.is_empty() && columns.contains(&name) {
            return Err(ObjectTableError::TwiceColumn(shown_column(&name)));
        }
        columns.push(name);
    }
    for required in REQUIRED {
        if !columns.iter().any(|name| name == required) {
            return Err(ObjectTableError::NoColumn(required, names(columns.iter())));
        }
    }
    Ok(columns)
}

/// Empty fields beyond the header are a spreadsheet's; a row that is shorter may have been cut off.
fn fields(
    columns: &[String],
    record: &StringRecord,
    line: u64,
) -> Result<Vec<(String, String)>, ObjectTableError> {
    let values = record.iter().enumerate().filter(|(_, value)| !value.is_empty());
    let last = values.last().map_or(0, |(index, _)| index + 1);
    if record.len() < columns.len() || last > columns.len() {
        let (found, expected) = (record.len(), columns.len());
        return Err(ObjectTableError::FieldCount { line, found, expected });
    }
    let mut fields = Vec::new();
    for (index, (name, value)) in columns.iter().zip(record).enumerate() {
        match (name.is_empty(), value.is_empty()) {
            (_, true) => {}
            (true, false) => return Err(ObjectTableError::Unnamed { line, number: index + 1 }),
            (false, false) => fields.push((name.clone(), value.to_owned())),
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: u64, fields: &[(&str, &str)]) -> ObjectRow {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        ObjectRow { line: Some(line), fields: fields.iter().map(text).collect() }
    }

    #[test]
    fn reads_a_row_that_is_typed() {
        let fields = [("kind", "key-pair"), ("name", "a=b"), ("organization", "A, B")];
        let expected = ObjectRow { line: None, ..row(1, &fields) };
        let text = "kind=key-pair, name=a=b,\"organization=A, B\",months=";
        assert_eq!(ObjectRow::typed(text), Ok(expected));
        let error = |text: &str| ObjectRow::typed(text).unwrap_err();
        let missing = |column, found: &str| ObjectTableError::NoColumn(column, found.to_owned());
        assert_eq!(error(""), missing("kind", ""));
        assert_eq!(error("kind=aes"), missing("name", "kind"));
        assert_eq!(error("kind=aes,name"), ObjectTableError::NotAField("name".to_owned()));
        let twice = ObjectTableError::TwiceColumn("name".to_owned());
        assert_eq!(error("kind=aes,name=a,Name=b"), twice);
    }

    #[test]
    fn reads_tables_as_spreadsheets_write_them() {
        let expected = vec![
            row(2, &[("kind", "key-pair"), ("name", "tls"), ("object-id", "83000001")]),
            row(4, &[("kind", "aes"), ("name", "kek")]),
        ];
        for text in [
            "kind,name,Object ID\nkey-pair,tls,83000001\n# a comment\naes,kek,\n",
            "\u{feff}\"Kind\";NAME;object_id;;\r\nkey-pair;tls;83000001;;\r\n;;;;\r\n\"aes\";kek;;;\r\n",
            "kind\tname\tobjectid\nkey-pair\ttls\t83000001\n\naes\tkek\t\n",
        ] {
            assert_eq!(read_object_table(text.as_bytes()), Ok(expected.clone()), "{text}");
        }
        assert_eq!(expected[0].get("name"), Some("tls"));
        assert_eq!(expected[1].get("object-id"), None);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let error = |text: &[u8]| read_object_table(text).unwrap_err();
        let count = |line, found, expected| ObjectTableError::FieldCount { line, found, expected };
        assert_eq!(error(b""), ObjectTableError::Empty);
        assert_eq!(error(b"kind,name\n"), ObjectTableError::Empty);
        assert_eq!(error(b"\x80\x81"), ObjectTableError::NotText);
        assert_eq!(error(b"kind,name\na,b,c\n"), count(2, 3, 2));
        assert_eq!(error(b"kind,name,in\na,b,c\na,b\n"), count(3, 2, 3));
        assert_eq!(error(b"kind,,name\na,b,c\n"), ObjectTableError::Unnamed { line: 2, number: 2 });
        let twice = ObjectTableError::TwiceColumn("object-id".to_owned());
        assert_eq!(error(b"kind,name,object-id,Object_Id\na,b,1,1\n"), twice);
        let missing = ObjectTableError::NoColumn("name", "kind, in".to_owned());
        assert_eq!(error(b"kind,in\na,b\n"), missing);
        let utf_16: Vec<u8> =
            "\u{feff}kind,name\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(error(&utf_16), ObjectTableError::Utf16);
    }
}
