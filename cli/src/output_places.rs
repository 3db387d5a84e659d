//! The files that a command writes: no two of them the same, none that it reads, and no report over what is to be kept. Files are
//! told apart by what they are, not by how their names are written: hard links of one file are the same.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use el2g_files::{Identity, folder_of, real_path};
use el2g_workflows::Failure;
use zeroize::Zeroizing;

use crate::Result;

/// Most bytes of a file of what is there are looked at.
const LOOKED_AT: u64 = 64 * 1024;

/// A path given on the command line that names a file to write: an output, a receipt, a record or a journal.
///
/// Every argument that names such a file has this type, so that the rules for files that are written hold for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputPath(PathBuf);

impl From<OsString> for OutputPath {
    fn from(text: OsString) -> Self {
        Self(text.into())
    }
}

impl Deref for OutputPath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

/// A path given on the command line that names a folder to write into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFolder(PathBuf);

impl From<OsString> for OutputFolder {
    fn from(text: OsString) -> Self {
        Self(text.into())
    }
}

impl Deref for OutputFolder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

/// What one command reads and writes.
#[derive(Debug, Default)]
pub struct OutputPlaces {
    read: Vec<Place>,
    written: Mutex<Vec<Place>>,
}

/// A file by its place and, where it is there, by itself.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    identity: Option<Identity>,
}

impl Place {
    /// `None` for what keeps nothing that could be lost (a device, a pipe), and for what is nowhere.
    fn of(path: &Path) -> Option<Self> {
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return None;
        }
        let path = real_path(path)
            .ok()
            .or_else(|| Some(real_path(folder_of(path)).ok()?.join(path.file_name()?)))?;
        let identity = Identity::at(&path).ok();
        Some(Self { path, identity })
    }

    fn is(&self, other: &Self) -> bool {
        is_one_name(&self.path, &other.path)
            || (self.identity.is_some() && self.identity == other.identity)
    }
}

/// Windows does not tell `KEY.PGP` from `key.pgp`.
fn is_one_name(one: &Path, other: &Path) -> bool {
    match cfg!(windows) {
        true => one.to_string_lossy().to_lowercase() == other.to_string_lossy().to_lowercase(),
        false => one == other,
    }
}

impl OutputPlaces {
    /// The places of a command that reads these files.
    pub fn beside<'a>(read: impl Iterator<Item = &'a Path>) -> Self {
        Self { read: read.filter_map(Place::of).collect(), written: Mutex::default() }
    }

    /// Takes a place for an output.
    pub fn take(&self, path: &Path) -> Result<()> {
        let Some(place) = Place::of(path) else { return Ok(()) };
        let name = path.display();
        if self.read.iter().any(|read| read.is(&place)) {
            return Err(Failure::usage(format!("{name}: this command also reads this file"))
                .with_hint("name another file to write"));
        }
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.iter().any(|written| written.is(&place)) {
            return Err(Failure::usage(format!("{name}: two outputs name the same file")));
        }
        written.push(place);
        Ok(())
    }
}

/// Refuses to lose what is in the file, unless that is a report or other text: a key, message, certificate, request,
/// receipt, record or journal.
pub fn refuse_what_is_kept(path: &Path) -> Result<()> {
    if !fs::metadata(path).is_ok_and(|found| found.is_file()) {
        return Ok(());
    }
    let mut start = Zeroizing::new(Vec::with_capacity(LOOKED_AT as usize));
    let read = File::open(path).and_then(|file| file.take(LOOKED_AT).read_to_end(&mut start));
    let Some(what) = read.ok().and_then(|_| kept(&start)) else { return Ok(()) };
    Err(Failure::input(format!("{}: holds {what} and is not overwritten", path.display()))
        .with_hint("name another file, or --force to overwrite it for good"))
}

/// What a file that begins like this holds, where that is not to be lost.
fn kept(start: &[u8]) -> Option<&'static str> {
    let has = |label: &str| start.windows(label.len()).any(|found| found == label.as_bytes());
    // A binary OpenPGP file begins with a secret key packet: tag 5 (RFC 9580 4.2), old and new form.
    if matches!(start.first(), Some(0x94..=0x97 | 0xC5)) || has("PRIVATE KEY") {
        return Some("a private key");
    }
    let text = el2g_text::unmarked_bytes(start).trim_ascii_start();
    if text.starts_with(b"-----BEGIN ") {
        return Some("a key, message, certificate or request");
    }
    // DER begins with a SEQUENCE of a length in two octets; OpenPGP with a public key (tag 6) or an encrypted session
    // key (tag 1). No text begins like these.
    if matches!(start, [0x30, 0x81..=0x83, ..] | [0x98..=0x9B | 0xC6 | 0x84..=0x87 | 0xC1, ..]) {
        return Some("a key, message, certificate or request");
    }
    if text.starts_with(b"{\"journal\":") {
        return Some("a journal");
    }
    if text.starts_with(b"{\"event\":") {
        return Some("a record");
    }
    (text.starts_with(b"{") && has("\"messageSha256\"")).then_some("a receipt")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::every_argument::{every_argument, is_read_as};
    use crate::input::SecretPath;

    /// What the name of an argument that is written ends in.
    const WRITTEN: [&str; 5] = ["out", "record", "journal", "receipt", "save"];

    #[test]
    fn every_argument_that_names_a_file_to_write_has_the_type_for_it() {
        let (mut wrong, mut outputs) = (Vec::new(), 0);
        every_argument(|command, argument| {
            let name = format!("el2g {command} {}", argument.get_id());
            let is_output = is_read_as::<OutputPath>(argument);
            let last = argument.get_id().as_str().rsplit('_').next().unwrap_or_default().to_owned();
            let takes_file = argument.get_value_names().is_some_and(|names| names[0] == "FILE");
            if is_output != (WRITTEN.contains(&last.as_str()) && takes_file) {
                wrong.push(name.clone());
            }
            let is_read = is_read_as::<PathBuf>(argument) || is_read_as::<SecretPath>(argument);
            if takes_file && !is_read && !is_output {
                wrong.push(format!("{name}: names a file and has no type for it"));
            }
            outputs += usize::from(is_output);
        });
        assert_eq!(wrong, Vec::<String>::new());
        assert!(outputs > 20, "{outputs}");
    }
}
