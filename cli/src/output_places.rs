//! The files that a command writes: no two of them the same, none that it reads as a secret, and none that holds a private
//! key unless that is to be overwritten. Files are told apart by where they are, not by how their names are written.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use el2g_files::folder_of;
use el2g_workflows::Failure;
use zeroize::Zeroizing;

use crate::Result;
use crate::input::SecretPath;

/// Most bytes of a file that are looked at for a private key.
const LOOKED_AT: u64 = 64 * 1024;

/// What one command reads and writes.
#[derive(Debug, Default)]
pub struct OutputPlaces {
    secrets: Vec<PathBuf>,
    outputs: Mutex<Vec<PathBuf>>,
}

impl OutputPlaces {
    /// The places of a command that reads these secrets.
    pub fn beside(secrets: &[SecretPath]) -> Self {
        let secrets = secrets.iter().filter(|path| !path.is_stdin());
        let secrets = secrets.filter_map(|path| fs::canonicalize(path.path()).ok()).collect();
        Self { secrets, outputs: Mutex::default() }
    }

    /// Takes a place for an output.
    pub fn take(&self, path: &Path) -> Result<()> {
        // A device or pipe keeps nothing that could be lost.
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Ok(());
        }
        let Some(place) = place_of(path) else { return Ok(()) };
        let name = path.display();
        if self.secrets.contains(&place) {
            return Err(Failure::usage(format!("{name}: is read as a secret by this command"))
                .with_hint("name another file to write"));
        }
        let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        if outputs.contains(&place) {
            return Err(Failure::usage(format!("{name}: two outputs name the same file")));
        }
        outputs.push(place);
        Ok(())
    }
}

/// Refuses to lose a private key that is in the file.
pub fn refuse_private_key(path: &Path) -> Result<()> {
    if fs::metadata(path).is_ok_and(|found| found.is_file()) && holds_private_key(path) {
        return Err(Failure::input(format!(
            "{}: holds a private key and is not overwritten",
            path.display()
        ))
        .with_hint("--force overwrites it"));
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

fn place_of(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path)
        .ok()
        .or_else(|| Some(fs::canonicalize(folder_of(path)).ok()?.join(path.file_name()?)))
}
