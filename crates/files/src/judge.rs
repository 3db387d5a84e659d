//! The judgement of modes and owners on the way to a file.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Component, Path, PathBuf};

use crate::access::{Access, this_user};
use crate::accounts::Accounts;
use crate::trust::{FileRole, InputPolicy, TrustError};
use crate::untrusted::{Place, UntrustedFile};

const WRITABLE_BY_GROUP: u32 = 0o020;
const WRITABLE_BY_OTHERS: u32 = 0o002;
const STICKY: u32 = 0o1000;
const ROOT: u32 = 0;
/// As Linux has it (path_resolution(7)).
const MOST_LINKS: usize = 40;

/// The judgement of one file.
pub(crate) struct Judge<'a> {
    policy: &'a InputPolicy,
    path: &'a Path,
    role: FileRole,
    /// Users who may change the file.
    trusted: Vec<u32>,
    accounts: &'a Accounts,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(policy: &'a InputPolicy, path: &'a Path, role: FileRole) -> Self {
        let mut trusted = vec![this_user(), ROOT];
        if role != FileRole::Code {
            trusted.extend(&policy.owners);
        }
        Self { policy, path, role, trusted, accounts: Accounts::of_system() }
    }

    /// Follows the path as the system would, one name at a time.
    pub(crate) fn walk(&self) -> Result<(), TrustError> {
        let start = std::path::absolute(self.path).map_err(|error| self.io(&error))?;
        let mut pending = names(&start);
        let mut reached = PathBuf::from("/");
        let mut parent = self.metadata(&reached)?;
        self.folder(&reached, &parent)?;
        let mut links = 0;
        while let Some(name) = pending.pop_front() {
            if name == ".." {
                reached.pop();
                parent = self.metadata(&reached)?;
                continue;
            }
            if is_descriptors(&reached) {
                return self.inherited(&reached.join(name));
            }
            let next = reached.join(&name);
            let found = self.metadata(&next)?;
            if found.is_symlink() {
                links += 1;
                if links > MOST_LINKS {
                    return Err(self.io(&io::ErrorKind::InvalidInput.into()));
                }
                self.link(&next, &found, &parent)?;
                let target = fs::read_link(&next).map_err(|error| self.io(&error))?;
                if target.is_absolute() {
                    reached = PathBuf::from("/");
                    parent = self.metadata(&reached)?;
                }
                let mut ahead = names(&target);
                ahead.append(&mut pending);
                pending = ahead;
            } else if found.is_dir() {
                self.folder(&next, &found)?;
                (reached, parent) = (next, found);
            } else if pending.is_empty() {
                return self.file(&next, &found);
            } else {
                return Err(self.io(&io::ErrorKind::NotADirectory.into()));
            }
        }
        Ok(())
    }

    /// A descriptor that the program was started with (`/dev/stdin`, `<(command)`). Its pipes and terminals come
    /// from the caller that started it, as standard input does.
    fn inherited(&self, path: &Path) -> Result<(), TrustError> {
        let found = fs::metadata(path).map_err(|error| self.io(&error))?;
        if found.is_file() { self.file(path, &found) } else { Ok(()) }
    }

    /// A file that is open.
    pub(crate) fn opened(&self, file: &File) -> Result<(), TrustError> {
        let found = file.metadata().map_err(|error| self.io(&error))?;
        self.file(self.path, &found)
    }

    fn folder(&self, path: &Path, found: &Metadata) -> Result<(), TrustError> {
        self.verdict(path, Place::Folder, found, self.written_by_strangers(found))
    }

    /// Links have no mode. In a sticky folder their owner can replace them; in any other, who can write to it.
    fn link(&self, path: &Path, found: &Metadata, parent: &Metadata) -> Result<(), TrustError> {
        let is_shared = parent.mode() & STICKY != 0;
        if is_shared { self.verdict(path, Place::Link, found, 0) } else { Ok(()) }
    }

    fn file(&self, path: &Path, found: &Metadata) -> Result<(), TrustError> {
        let kind = found.file_type();
        let by_strangers = if kind.is_char_device() || (kind.is_fifo() && is_inherited(path)) {
            // Writing to /dev/null or to a terminal does not change what is read from it.
            0
        } else if self.role == FileRole::Secret {
            found.mode() & (WRITABLE_BY_GROUP | WRITABLE_BY_OTHERS)
        } else {
            self.written_by_strangers(found)
        };
        if kind.is_dir() || (!kind.is_file() && is_inherited(path)) {
            return Ok(());
        }
        self.verdict(path, Place::File, found, by_strangers)
    }

    /// The bits that let somebody write who is not trusted. A sticky folder keeps its entries from all but their
    /// owners.
    fn written_by_strangers(&self, found: &Metadata) -> u32 {
        let mode = found.mode();
        if found.is_dir() && mode & STICKY != 0 {
            return 0;
        }
        let group = mode & WRITABLE_BY_GROUP;
        let is_private = group != 0 && self.accounts.is_private_group(found.gid(), &self.trusted);
        (mode & WRITABLE_BY_OTHERS) | if is_private { 0 } else { group }
    }

    fn verdict(
        &self,
        path: &Path,
        place: Place,
        found: &Metadata,
        by_strangers: u32,
    ) -> Result<(), TrustError> {
        let is_foreign = !self.trusted.contains(&found.uid());
        if !is_foreign && by_strangers == 0 {
            return Ok(());
        }
        let untrusted = UntrustedFile {
            file: self.path.to_owned(),
            at: if place == Place::File { self.path.to_owned() } else { path.to_owned() },
            place,
            role: self.role,
            access: Access::found(found),
            owner: self.accounts.user_name(found.uid()).map(str::to_owned),
            is_foreign,
            is_writable: by_strangers != 0,
            user: self.trusted[0],
        };
        self.policy.accept(untrusted)
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, TrustError> {
        fs::symlink_metadata(path).map_err(|error| self.io(&error))
    }

    fn io(&self, error: &io::Error) -> TrustError {
        TrustError::Io { path: self.path.to_owned(), kind: error.kind() }
    }
}

/// The names of a path; `.` and the root left out.
fn names(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir))
        .map(|part| part.as_os_str().to_owned())
        .collect()
}

/// Whether a folder holds the descriptors of a process.
fn is_descriptors(folder: &Path) -> bool {
    folder == Path::new("/dev/fd") || (folder.starts_with("/proc") && folder.ends_with("fd"))
}

/// Whether a path, as typed or followed, names a descriptor that the program was started with.
fn is_inherited(path: &Path) -> bool {
    let by_name = ["/dev/stdin", "/dev/fd/0"].iter().any(|name| path == Path::new(name));
    by_name || path.parent().is_some_and(is_descriptors)
}
