//! The files that a command writes: no two of them the same, none that it reads, and no report over a private key. Files are
//! told apart by what they are, not by how their names are written: hard links of one file are the same.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use clap::ArgMatches;
use el2g_files::{Identity, folder_of};
use el2g_workflows::Failure;
use zeroize::Zeroizing;

use crate::Result;
use crate::input::SecretPath;

/// Most bytes of a file that are looked at for a private key.
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
        let found = fs::metadata(path).ok();
        if found.as_ref().is_some_and(|found| !found.is_file()) {
            return None;
        }
        let path = fs::canonicalize(path)
            .ok()
            .or_else(|| Some(fs::canonicalize(folder_of(path)).ok()?.join(path.file_name()?)))?;
        Some(Self { path, identity: found.as_ref().map(Identity::of) })
    }

    fn is(&self, other: &Self) -> bool {
        self.path == other.path || (self.identity.is_some() && self.identity == other.identity)
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

/// Every file that a command reads: the `secrets` that were found already, and every other path that is no output.
pub fn files_read(matches: &ArgMatches, secrets: &[SecretPath]) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = secrets.iter().map(|path| path.path().to_owned()).collect();
    let mut level = Some(matches);
    while let Some(matches) = level {
        for id in matches.ids() {
            if let Ok(Some(values)) = matches.try_get_many::<PathBuf>(id.as_str()) {
                paths.extend(values.cloned());
            }
        }
        level = matches.subcommand().map(|(_, below)| below);
    }
    paths.retain(|path| path.as_os_str() != "-");
    paths
}

/// Refuses to lose a private key that is in the file.
pub fn refuse_private_key(path: &Path) -> Result<()> {
    if fs::metadata(path).is_ok_and(|found| found.is_file()) && holds_private_key(path) {
        return Err(Failure::input(format!(
            "{}: holds a private key and is not overwritten",
            path.display()
        ))
        .with_hint("name another file, or --force to overwrite it for good"));
    }
    Ok(())
}

fn holds_private_key(path: &Path) -> bool {
    let mut start = Zeroizing::new(Vec::with_capacity(LOOKED_AT as usize));
    let Ok(file) = File::open(path) else { return false };
    if file.take(LOOKED_AT).read_to_end(&mut start).is_err() {
        return false;
    }
    let label = b"PRIVATE KEY";
    // A binary OpenPGP file begins with a secret key packet: tag 5 (RFC 9580 4.2), old and new form.
    matches!(start.first(), Some(0x94..=0x97 | 0xC5))
        || start.windows(label.len()).any(|found| found == label)
}

#[cfg(test)]
mod tests {
    use std::any::TypeId;

    use clap::CommandFactory as _;

    use super::*;
    use crate::options::Cli;

    /// What the name of an argument that is written ends in.
    const WRITTEN: [&str; 5] = ["out", "record", "journal", "receipt", "save"];

    fn arguments(command: &clap::Command, path: &str, found: &mut Vec<(String, clap::Arg)>) {
        for argument in command.get_arguments() {
            found.push((format!("{path} {}", argument.get_id()), argument.clone()));
        }
        for below in command.get_subcommands() {
            arguments(below, &format!("{path} {}", below.get_name()), found);
        }
    }

    #[test]
    fn every_argument_that_names_a_file_to_write_has_the_type_for_it() {
        let mut command = Cli::command();
        command.build();
        let mut found = Vec::new();
        arguments(&command, "el2g", &mut found);
        let (mut wrong, mut outputs) = (Vec::new(), 0);
        for (name, argument) in found {
            let is = |id: TypeId| argument.get_value_parser().type_id() == id;
            let is_output = is(TypeId::of::<OutputPath>());
            let last = argument.get_id().as_str().rsplit('_').next().unwrap_or_default().to_owned();
            let takes_file = argument.get_value_names().is_some_and(|names| names[0] == "FILE");
            if is_output != (WRITTEN.contains(&last.as_str()) && takes_file) {
                wrong.push(name.clone());
            }
            let is_read = is(TypeId::of::<PathBuf>()) || is(TypeId::of::<SecretPath>());
            if takes_file && !is_read && !is_output {
                wrong.push(format!("{name}: names a file and has no type for it"));
            }
            outputs += usize::from(is_output);
        }
        assert_eq!(wrong, Vec::<String>::new());
        assert!(outputs > 20, "{outputs}");
    }
}
