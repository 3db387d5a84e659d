//! The first pass over a manifest: it is copied, counted, and names that are there twice are found.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use el2g_key_payload::sha3_512_hex_of;
use el2g_signers::TokenUri;

use super::entry::{Entry, EntryFault, EntryName, Source};
use super::error::BatchError;
use super::manifest::{ManifestError, ManifestFormat, ManifestReader, Row};

/// Bytes that are read before it is known what a manifest is.
const BEGINNING: u64 = 4096;

/// A manifest that was read once: a copy that nobody changes while the batch runs, also when the original
/// was a pipe.
pub(super) struct Survey {
    copy: File,
    format: ManifestFormat,
    pub(super) hash: String,
    pub(super) rows: u64,
    /// The line of the first row whose secret is to be made.
    pub(super) generates: Option<u64>,
    repeated: HashSet<u64>,
    /// A key of each token that rows name.
    pub(super) tokens: Vec<TokenUri>,
}

impl Survey {
    /// Copies the manifest to a nameless file in `folder` and reads it through.
    pub(super) fn make(source: impl Read, path: &Path, folder: &Path) -> Result<Self, BatchError> {
        let refused = |error| BatchError::Manifest { path: path.to_owned(), error };
        let unwritten =
            |error: io::Error| BatchError::Io { path: folder.to_owned(), kind: error.kind() };
        let mut copy = tempfile::tempfile_in(folder).map_err(unwritten)?;
        let (mut source, mut first) = (source, Vec::new());
        // More than one byte: whoever reads CSV looks for a byte order mark in what it gets first.
        let read = source.by_ref().take(BEGINNING).read_to_end(&mut first);
        read.map_err(|e| refused(ManifestError::Io(e.kind())))?;
        let format = ManifestFormat::of(path, first.first().copied());
        copy.write_all(&first).map_err(unwritten)?;
        let copying = Copying { source, copy: &mut copy };
        let whole = io::Read::chain(&first[..], copying);
        let mut reader = ManifestReader::new(whole, format).map_err(refused)?;
        // Eight bytes a row: names are compared for certain only where their hashes are the same.
        let mut hashes = Vec::new();
        let (mut rows, mut generates) = (0, None);
        let mut tokens: Vec<TokenUri> = Vec::new();
        while let Some(row) = reader.next_row().map_err(refused)? {
            rows += 1;
            if row.entry.as_ref().is_ok_and(Entry::is_generated) {
                generates = generates.or(Some(row.line));
            }
            if let Ok(Entry { source: Source::Token(uri), .. }) = &row.entry
                && !tokens.iter().any(|known| known.is_of_same_token(uri))
            {
                tokens.push(uri.clone());
            }
            hashes.extend(row.name.as_ref().map(hash_of));
        }
        if rows == 0 {
            return Err(refused(ManifestError::Empty));
        }
        hashes.sort_unstable();
        let twice = hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        let repeated = twice.collect();
        copy.seek(SeekFrom::Start(0)).map_err(unwritten)?;
        let hash = sha3_512_hex_of(&copy).map_err(unwritten)?;
        Ok(Self { copy, format, hash, rows, generates, repeated, tokens })
    }

    /// Reads it again from the beginning.
    pub(super) fn rows(&self) -> Result<SurveyedRows<'_>, ManifestError> {
        let failed = |error: io::Error| ManifestError::Io(error.kind());
        (&self.copy).seek(SeekFrom::Start(0)).map_err(failed)?;
        let reader = ManifestReader::new(&self.copy, self.format)?;
        Ok(SurveyedRows { reader, repeated: &self.repeated, first: HashMap::new() })
    }
}

/// The rows of a manifest, with those refused whose name an earlier one has.
pub(super) struct SurveyedRows<'a> {
    reader: ManifestReader<&'a File>,
    repeated: &'a HashSet<u64>,
    /// The first line of names that may be there twice.
    first: HashMap<String, u64>,
}

impl SurveyedRows<'_> {
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, ManifestError> {
        let Some(mut row) = self.reader.next_row()? else { return Ok(None) };
        if let Some(name) = &row.name
            && self.repeated.contains(&hash_of(name))
        {
            let folded = name.as_str().to_ascii_lowercase();
            let line = *self.first.entry(folded).or_insert(row.line);
            if line != row.line {
                row.entry = Err(EntryFault::Repeated { line });
            }
        }
        Ok(Some(row))
    }
}

/// Upper and lower case are the same: some file systems hold them so.
fn hash_of(name: &EntryName) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.as_str().to_ascii_lowercase().hash(&mut hasher);
    hasher.finish()
}

/// Writes what is read to the copy as well.
struct Copying<'a, R> {
    source: R,
    copy: &'a mut File,
}

impl<R: Read> Read for Copying<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(out)?;
        self.copy.write_all(&out[..count])?;
        Ok(count)
    }
}
