//! An entry of a manifest: what is to be sealed, by name, kind and source. One table of columns.

use el2g_text::one_line;
use std::fmt;
use std::path::PathBuf;

use el2g_key_payload::{PayloadKind, SecretSize};
use el2g_service_api::ObjectId;
use el2g_signers::{KeyPlace, KeyPlaceError, TokenUri};

mod fault;

pub use fault::EntryFault;

/// Most bytes of a name: with an ending it still is a file name everywhere.
pub const LONGEST_NAME: usize = 128;

/// Most bytes of any other field.
pub(crate) const LONGEST_FIELD: usize = 4096;

/// A column of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// What the entry is called, and its message file.
    Name,
    /// A [`PayloadKind`] by its name.
    Kind,
    /// The file that holds the secret, or the URI of a key on a token.
    File,
    /// Whether that file holds bytes instead of hexadecimal text.
    Raw,
    /// A new secret is to be made: its size (`256bit`), or `true` with the size in its own column.
    Generate,
    /// The size the secret must have, as [`SecretSize`] reads it.
    Size,
    /// The id the object will have in the secure element.
    ObjectId,
}

/// Every column.
pub const COLUMNS: [Column; 7] = [
    Column::Name,
    Column::Kind,
    Column::File,
    Column::Raw,
    Column::Generate,
    Column::Size,
    Column::ObjectId,
];

impl Column {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Kind => "kind",
            Self::File => "file",
            Self::Raw => "raw",
            Self::Generate => "generate",
            Self::Size => "size",
            Self::ObjectId => "object-id",
        }
    }

    /// Whether `name` means this column, in whatever case; the object id is also written as JSON, SQL and people write
    /// names.
    pub fn is_called(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase().replace([' ', '_'], "-");
        name == self.name() || (*self == Self::ObjectId && name == "objectid")
    }
}

impl fmt::Display for Column {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The fields of a row as text; an empty one counts as missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields([Option<String>; COLUMNS.len()]);

impl Fields {
    /// Puts a value into a column.
    pub fn set(&mut self, column: Column, value: &str) {
        self.0[column as usize] = Some(value.to_owned());
    }

    fn get(&self, column: Column) -> Option<&str> {
        self.0[column as usize].as_deref()
    }

    /// The name, if it is a right one.
    pub fn name(&self) -> Option<EntryName> {
        self.get(Column::Name).and_then(|name| EntryName::parse(name).ok())
    }
}

/// A name that is a file name on every system: letters, digits, `.`, `_` and `-`, first a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntryName(String);

impl EntryName {
    /// Takes a name.
    ///
    /// # Errors
    /// [`EntryFault::LongName`] or [`EntryFault::Name`].
    pub fn parse(text: &str) -> Result<Self, EntryFault> {
        if text.len() > LONGEST_NAME {
            return Err(EntryFault::LongName { byte_len: text.len() });
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if first && text.bytes().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        let found = text.chars().find(|found| !(found.is_ascii() && allowed(*found as u8)));
        Err(EntryFault::Name { found: found.or(text.chars().next()).unwrap_or(' ') })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of its message's file.
    pub fn file_name(&self) -> String {
        format!("{}.asc", self.0)
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of hexadecimal text.
    HexFile(PathBuf),
    /// A file of the bytes as they are.
    RawFile(PathBuf),
    /// A secret key on a token.
    Token(TokenUri),
    /// It is made, so many bytes.
    Generate(usize),
}

/// What a row asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it is called.
    pub name: EntryName,
    /// What kind of secret it is.
    pub kind: PayloadKind,
    /// Where the secret comes from.
    pub source: Source,
    /// How many bytes it must have, when the manifest says so.
    pub byte_len: Option<usize>,
    /// The id of the object to be.
    pub object_id: Option<ObjectId>,
}

impl Eq for Entry {}

impl Entry {
    /// Whether its secret is to be made.
    pub fn is_generated(&self) -> bool {
        matches!(self.source, Source::Generate(_))
    }

    /// Reads the fields of a row.
    ///
    /// # Errors
    /// [`EntryFault`], the first that is found.
    pub fn of(fields: &Fields) -> Result<Self, EntryFault> {
        for column in COLUMNS.iter().filter(|column| **column != Column::Name) {
            let value = fields.get(*column).unwrap_or_default();
            if value.len() > LONGEST_FIELD {
                return Err(EntryFault::LongField { column: *column, byte_len: value.len() });
            }
            if value.chars().any(char::is_control) {
                return Err(EntryFault::ControlCharacter { column: *column });
            }
        }
        let required = |column| fields.get(column).ok_or(EntryFault::Missing { column });
        let name = EntryName::parse(required(Column::Name)?)?;
        let kind = required(Column::Kind)?;
        let kind: PayloadKind =
            kind.parse().map_err(|_| EntryFault::Kind { found: shown(kind) })?;
        let size = fields.get(Column::Size).map(|size| sized(kind, Column::Size, size));
        let size = size.transpose()?;
        let source = source(fields, kind, size)?;
        let object_id = fields.get(Column::ObjectId).map(object_id).transpose()?;
        let byte_len = size;
        Ok(Self { name, kind, source, byte_len, object_id })
    }
}

fn source(fields: &Fields, kind: PayloadKind, size: Option<usize>) -> Result<Source, EntryFault> {
    let raw = match fields.get(Column::Raw) {
        None | Some("0") => false,
        Some("1") => true,
        Some(other) => {
            truth(other).ok_or_else(|| EntryFault::NotBoolean { found: shown(other) })?
        }
    };
    let generate = fields.get(Column::Generate).filter(|value| truth(value) != Some(false));
    match (fields.get(Column::File), generate) {
        (Some(_), Some(_)) => Err(EntryFault::TwoSources),
        (None, None) => Err(EntryFault::NoSource),
        (None, Some(_)) if raw => Err(EntryFault::RawWithoutFile),
        (None, Some(value)) if truth(value) == Some(true) => {
            size.map(Source::Generate).ok_or(EntryFault::NoSize { kind })
        }
        (None, Some(value)) => {
            let made = sized(kind, Column::Generate, value)?;
            if size.is_some_and(|size| size != made) {
                return Err(EntryFault::TwoSizes);
            }
            Ok(Source::Generate(made))
        }
        // A column that slipped would put the key where its file's name belongs, and into every report.
        (Some(file), None) if is_like_a_key(file) => Err(EntryFault::KeyInManifest),
        (Some(file), None) => match token_uri(file) {
            Some(Ok(_)) if raw => Err(EntryFault::RawToken),
            Some(Ok(uri)) => Ok(Source::Token(uri)),
            Some(Err(error)) => Err(EntryFault::TokenUri(error)),
            None if raw => Ok(Source::RawFile(file.into())),
            None => Ok(Source::HexFile(file.into())),
        },
    }
}

/// The URI that names a key on a token; `None` for the name of a file.
fn token_uri(text: &str) -> Option<Result<TokenUri, KeyPlaceError>> {
    // What else a key's place may be is a file here.
    if !text.get(..7)?.eq_ignore_ascii_case("pkcs11:") {
        return None;
    }
    match text.parse() {
        Ok(KeyPlace::Token(uri)) => Some(Ok(uri)),
        Ok(KeyPlace::File(_) | KeyPlace::Agent(_)) => None,
        Err(error) => Some(Err(error)),
    }
}

/// The two truth values, in whatever case, as spreadsheets of these languages write them: English, German, French,
/// Spanish, Italian.
const TRUTH: [(&str, bool); 9] = [
    ("true", true),
    ("false", false),
    ("wahr", true),
    ("falsch", false),
    ("vrai", true),
    ("faux", false),
    ("verdadero", true),
    ("vero", true),
    ("falso", false),
];

/// The truth value that a text is, if it is one.
pub fn truth(text: &str) -> Option<bool> {
    TRUTH.iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|(_, truth)| *truth)
}

/// Whether a text could be a key in hexadecimal digits.
pub fn is_like_a_key(text: &str) -> bool {
    let text = text.strip_prefix("0x").unwrap_or(text);
    text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b' ')
}

fn sized(kind: PayloadKind, column: Column, text: &str) -> Result<usize, EntryFault> {
    let size: SecretSize =
        text.parse().map_err(|_| EntryFault::NotASize { column, kind, found: shown(text) })?;
    size.byte_len(kind).map_err(|error| EntryFault::Size { column, error })
}

fn object_id(text: &str) -> Result<ObjectId, EntryFault> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    let id = ObjectId::as_received(digits.to_ascii_uppercase());
    id.value().map(|_| id).ok_or_else(|| EntryFault::ObjectId { found: shown(text) })
}

/// A value as an error may repeat it: short, and no run of hex digits that could be part of a key.
pub(super) fn shown(value: &str) -> String {
    let hex = value.len() >= 8 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex || value.chars().count() > 24 {
        return format!("({} characters, not shown)", value.chars().count());
    }
    format!("`{}`", one_line(value))
}
