//! Device ids from a file: one a line, or a column of a CSV file.

use csv::StringRecord;
use el2g_service_api::{DeviceId, DeviceUid, DeviceUidError};

use crate::csv_header;

/// A device of a list, as it is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedDevice {
    /// The device.
    pub id: DeviceId,
    /// How its id is written.
    pub written: String,
    /// The line it stands on, counted from 1; `None` for one that was typed.
    pub line: Option<u64>,
}

/// Why a list of devices is refused. The lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceListError {
    /// Not in the encoding that is read.
    #[error("is UTF-16 text; expected UTF-8: save it as `CSV UTF-8`")]
    Utf16,
    /// Bytes that are not text.
    #[error("expected UTF-8 text")]
    NotText,
    /// A line of values where an id is expected.
    #[error(
        "line {line}: expected one device id a line, found several values; name the column with --column"
    )]
    SeveralValues {
        /// Where.
        line: u64,
    },
    /// The column that was named is not there, or there more than once.
    #[error("{count} columns `{wanted}`, expected 1; the header has: {found}")]
    Column {
        /// Its name.
        wanted: String,
        /// How many there are.
        count: usize,
        /// The names that are there.
        found: String,
    },
    /// What is not a device id.
    #[error("{}", listed(.0))]
    Devices(Vec<WrongDevice>),
    /// Nothing in it.
    #[error("has no device ids")]
    Empty,
}

/// A line without a device id.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrongDevice {
    /// Where.
    pub line: u64,
    /// Why.
    pub error: DeviceUidError,
}

/// Most lines that are named in one message.
const NAMED_LINES: usize = 10;

fn listed(wrong: &[WrongDevice]) -> String {
    let named: Vec<String> = wrong
        .iter()
        .take(NAMED_LINES)
        .map(|wrong| format!("line {}: {}", wrong.line, wrong.error))
        .collect();
    match wrong.len().checked_sub(NAMED_LINES) {
        None | Some(0) => named.join("; "),
        Some(more) => format!("{}; and {more} more lines", named.join("; ")),
    }
}

impl ListedDevice {
    /// A device as it was typed.
    ///
    /// # Errors
    /// [`DeviceUidError`].
    pub fn typed(text: &str) -> Result<Self, DeviceUidError> {
        Self::read(text, None)
    }

    fn read(text: &str, line: Option<u64>) -> Result<Self, DeviceUidError> {
        let id = DeviceUid::parse(text)?.to_device_id();
        Ok(Self { id, written: text.to_owned(), line })
    }
}

/// Reads one id a line, where `#` begins a comment; or, with `column`, that column of a CSV file with a header. Every
/// line is read before one is refused.
///
/// # Errors
/// [`DeviceListError`].
pub fn read_devices(
    content: &[u8],
    column: Option<&str>,
) -> Result<Vec<ListedDevice>, DeviceListError> {
    let mut content = content.to_vec();
    let delimiter = csv_header::delimiter(&mut content).map_err(|_| DeviceListError::Utf16)?;
    let text = std::str::from_utf8(&content).map_err(|_| DeviceListError::NotText)?;
    let text = el2g_text::unmarked(text);
    let values = match column {
        Some(column) => column_of(text, column, delimiter)?,
        None => lines_of(text)?,
    };
    let (mut devices, mut wrong) = (Vec::new(), Vec::new());
    for (line, value) in values {
        match ListedDevice::read(&value, Some(line)) {
            Ok(device) => devices.push(device),
            Err(error) => wrong.push(WrongDevice { line, error }),
        }
    }
    if !wrong.is_empty() {
        return Err(DeviceListError::Devices(wrong));
    }
    if devices.is_empty() { Err(DeviceListError::Empty) } else { Ok(devices) }
}

fn lines_of(text: &str) -> Result<Vec<(u64, String)>, DeviceListError> {
    let mut values = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.split('#').next().unwrap_or_default().trim();
        // A spreadsheet of one column writes quotes and empty columns around it.
        let bare = text.trim_end_matches([',', ';', '\t']).trim_matches('"').trim();
        if bare.contains([',', ';', '\t']) {
            return Err(DeviceListError::SeveralValues { line });
        }
        if !bare.is_empty() {
            values.push((line, bare.to_owned()));
        }
    }
    Ok(values)
}

fn column_of(
    text: &str,
    wanted: &str,
    delimiter: u8,
) -> Result<Vec<(u64, String)>, DeviceListError> {
    let mut reader = csv_header::reader(text, delimiter);
    let mut record = StringRecord::new();
    // Bytes of a text that is UTF-8: they can be read.
    let next = |reader: &mut csv::Reader<_>, record: &mut StringRecord| {
        reader.read_record(record).map_err(|_| DeviceListError::NotText)
    };
    if !next(&mut reader, &mut record)? {
        return Err(DeviceListError::Empty);
    }
    let is_wanted = |name: &&str| name.to_lowercase() == wanted.trim().to_lowercase();
    let count = record.iter().filter(is_wanted).count();
    let Some(place) = record.iter().position(|name| is_wanted(&name)).filter(|_| count == 1) else {
        let found = record.iter().filter(|name| !name.is_empty());
        let found = found.collect::<Vec<_>>().join(", ");
        return Err(DeviceListError::Column { wanted: wanted.to_owned(), count, found });
    };
    let mut values = Vec::new();
    let mut lines = LineCount::of(text);
    while next(&mut reader, &mut record)? {
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        match record.get(place) {
            Some(value) if !value.is_empty() => values.push((line, value.to_owned())),
            // A row without an id is one that a spreadsheet left empty, or one that lacks it.
            _ if record.iter().all(str::is_empty) => {}
            _ => values.push((line, String::new())),
        }
    }
    Ok(values)
}

/// Counts the lines that rows begin on. (The reader's own count is of where it began to look: before blank lines,
/// comments and the second half of a CRLF.)
pub(crate) struct LineCount<'a> {
    text: &'a [u8],
    passed: usize,
    lines: u64,
}

impl<'a> LineCount<'a> {
    /// Counts from the beginning of a text.
    pub(crate) fn of(text: &'a str) -> Self {
        Self { text: text.as_bytes(), passed: 0, lines: 0 }
    }

    /// The line of the row that is found from `start` on, counted from 1.
    pub(crate) fn at(&mut self, start: u64) -> u64 {
        let mut begin = usize::try_from(start).unwrap_or(usize::MAX);
        while let Some(byte) = self.text.get(begin) {
            let rest = &self.text[begin..];
            begin += match byte {
                b'\r' | b'\n' => 1,
                b'#' => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
                _ => break,
            };
        }
        let passed = &self.text[self.passed.min(self.text.len())..begin.min(self.text.len())];
        let is_end = |(index, byte): (usize, &u8)| {
            *byte == b'\n' || (*byte == b'\r' && passed.get(index + 1) != Some(&b'\n'))
        };
        self.lines += passed.iter().enumerate().filter(|&pair| is_end(pair)).count() as u64;
        self.passed = begin;
        self.lines + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "04005001d706ca37a1e4ed047e6dda0f6880";
    const DECIMAL: &str = "348555491520256655378778189093672538040448";

    fn read(text: &str, column: Option<&str>) -> Result<Vec<(String, u64)>, String> {
        let devices = read_devices(text.as_bytes(), column).map_err(|error| error.to_string())?;
        assert!(devices.iter().all(|device| device.id.as_str() == DECIMAL));
        Ok(devices.into_iter().map(|device| (device.written, device.line.unwrap())).collect())
    }

    #[test]
    fn reads_lists_and_columns_as_spreadsheets_write_them() {
        let hex = |line: u64| (HEX.to_owned(), line);
        let decimal = |line: u64| (DECIMAL.to_owned(), line);
        let cases = [
            (format!("{HEX}\n\n# a comment\n {DECIMAL} # one\n"), None, vec![hex(1), decimal(4)]),
            (format!("\u{feff}{HEX},,\r\n,,\r\n\"{DECIMAL}\"\r\n"), None, vec![hex(1), decimal(3)]),
            (format!("Line,UID\n7,{HEX}\n,\n8,{DECIMAL}\n"), Some("uid"), vec![hex(2), decimal(4)]),
            (
                format!("\u{feff}\"UID\";Line;;\r\n\"{HEX}\";7;;\r\n;;;\r\n{DECIMAL};8;;\r\n"),
                Some(" Uid "),
                vec![hex(2), decimal(4)],
            ),
            (format!("sep=;\nuid;x\n{HEX};1\n"), Some("uid"), vec![hex(3)]),
            (format!("uid\tx\n{HEX}\t1\n"), Some("uid"), vec![hex(2)]),
        ];
        for (text, column, expected) in cases {
            assert_eq!(read(&text, column), Ok(expected), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let header = "2 columns `uid`, expected 1; the header has: uid, UID";
        let missing = "0 columns `id`, expected 1; the header has: uid, line";
        let several = "line 2: expected one device id a line, found several values; name the column with --column";
        let digits = "hexadecimal digits; a device id has 36 (18 bytes) or 32 (16 bytes): compare it with its source";
        let cases = [
            (format!("uid,UID\n{HEX},{HEX}\n"), Some("uid"), header.to_owned()),
            (format!("uid,line\n{HEX},1\n"), Some("id"), missing.to_owned()),
            (format!("{HEX}\n{HEX},7\n"), None, several.to_owned()),
            (
                format!("uid,line\n{HEX},1\n{},2\n,3\n", &HEX[..35]),
                Some("uid"),
                format!(
                    "line 3: 35 {digits}; line 4: no digits; expected a device id in decimal or hexadecimal"
                ),
            ),
            (format!("bad\n{HEX}\n"), None, format!("line 1: 3 {digits}")),
            ("# none\n".to_owned(), None, "has no device ids".to_owned()),
        ];
        for (text, column, expected) in cases {
            assert_eq!(read(&text, column), Err(expected), "{text}");
        }
        let utf_16: Vec<u8> = "\u{feff}uid\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read_devices(&utf_16, Some("uid")), Err(DeviceListError::Utf16));
        assert_eq!(read_devices(&[0x80, 0x81], None), Err(DeviceListError::NotText));
    }
}
