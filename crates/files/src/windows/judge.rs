//! The judgement of access lists and owners on the way to a file.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf, Prefix};

use crate::access::{ADDS_FILE, Access, CHANGES_FILE, CHANGES_FOLDER, OwnerId, this_user};
use crate::stream::is_device;
use crate::trust::{FileRole, InputPolicy, TrustError};
use crate::untrusted::{Place, UntrustedFile};
use crate::wine;

/// As Windows has it.
const MOST_LINKS: usize = 63;

/// The judgement of one file.
pub(crate) struct Judge<'a> {
    policy: &'a InputPolicy,
    path: &'a Path,
    role: FileRole,
    /// Users who may change the file, besides this one and the administrators.
    trusted: &'a [OwnerId],
}

impl<'a> Judge<'a> {
    pub(crate) fn new(policy: &'a InputPolicy, path: &'a Path, role: FileRole) -> Self {
        let trusted = if role == FileRole::Code { &[] } else { &policy.owners[..] };
        Self { policy, path, role, trusted }
    }

    /// Follows the path as the system would, one name at a time.
    pub(crate) fn walk(&self) -> Result<(), TrustError> {
        if is_device(self.path) {
            return Ok(());
        }
        let start = std::path::absolute(self.path).map_err(|error| self.io(&error))?;
        let (mut reached, mut pending) = parts(&start);
        if is_named_by_device(&start) {
            // Nobody can tell who is at the other end of a pipe.
            return Err(self.io(&io::ErrorKind::Unsupported.into()));
        }
        self.folder(&reached, pending.len() == 1)?;
        let mut links = 0;
        while let Some(name) = pending.pop_front() {
            if name == ".." {
                reached.pop();
                continue;
            }
            let next = reached.join(&name);
            let found = fs::symlink_metadata(&next).map_err(|error| self.io(&error))?;
            if found.is_symlink() {
                links += 1;
                if links > MOST_LINKS {
                    return Err(self.io(&io::ErrorKind::InvalidInput.into()));
                }
                self.link(&next)?;
                let target = fs::read_link(&next).map_err(|error| self.io(&error))?;
                // A target without a disk is one of the disk that was reached.
                let target = reached.join(target);
                let (root, mut ahead) = parts(&target);
                ahead.append(&mut pending);
                (reached, pending) = (root, ahead);
            } else if found.is_dir() {
                reached = next;
                self.folder(&reached, pending.len() == 1)?;
            } else if pending.is_empty() {
                return self.file(Access::at(&next));
            } else {
                return Err(self.io(&io::ErrorKind::NotADirectory.into()));
            }
        }
        Ok(())
    }

    /// A file that is open.
    pub(crate) fn opened(&self, file: &File) -> Result<(), TrustError> {
        if is_device(self.path) {
            return Ok(());
        }
        self.file(Access::of(file))
    }

    fn folder(&self, path: &Path, holds_file: bool) -> Result<(), TrustError> {
        // A library that is loaded loads others from its folder.
        let rights = match (self.role, holds_file) {
            (FileRole::Code, true) => CHANGES_FOLDER | ADDS_FILE,
            _ => CHANGES_FOLDER,
        };
        // In such a folder others replace nothing.
        let rights = if wine::is_sticky(path) { rights & !CHANGES_FOLDER } else { rights };
        self.verdict(path, Place::Folder, Access::of_name(path), rights)
    }

    fn link(&self, path: &Path) -> Result<(), TrustError> {
        self.verdict(path, Place::Link, Access::of_name(path), CHANGES_FILE)
    }

    fn file(&self, access: io::Result<Access>) -> Result<(), TrustError> {
        self.verdict(self.path, Place::File, access, CHANGES_FILE)
    }

    fn verdict(
        &self,
        path: &Path,
        place: Place,
        access: io::Result<Access>,
        rights: u32,
    ) -> Result<(), TrustError> {
        let access = access.map_err(|error| self.io(&error))?;
        // Only this user and the administrators may write to a secret file, whoever else is trusted.
        let is_secret_file = self.role == FileRole::Secret && place == Place::File;
        let writers: &[OwnerId] = if is_secret_file { &[] } else { self.trusted };
        let is_foreign = access.is_foreign(self.trusted);
        let is_owner = |id: &OwnerId| is_secret_file && !is_foreign && id == access.owner_id();
        let is_writable = access.strangers(rights, writers).iter().any(|id| !is_owner(id));
        if !is_foreign && !is_writable {
            return Ok(());
        }
        let untrusted = UntrustedFile {
            file: self.path.to_owned(),
            at: path.to_owned(),
            place,
            role: self.role,
            access,
            owner: None,
            is_foreign,
            is_writable,
            user: this_user().map_err(|error| self.io(&error))?,
        };
        self.policy.accept(untrusted)
    }

    fn io(&self, error: &io::Error) -> TrustError {
        TrustError::Io { path: self.path.to_owned(), kind: error.kind() }
    }
}

/// The root of a path (`C:\`, `\\server\share\`), and its names; `.` left out.
fn parts(path: &Path) -> (PathBuf, VecDeque<OsString>) {
    let mut root = PathBuf::new();
    let mut names = VecDeque::new();
    for part in path.components() {
        match part {
            Component::Prefix(_) | Component::RootDir => root.push(part),
            Component::Normal(name) => names.push_back(name.to_owned()),
            Component::ParentDir => names.push_back("..".into()),
            Component::CurDir => {}
        }
    }
    (root, names)
}

/// Whether a path begins with `\\.\`.
fn is_named_by_device(path: &Path) -> bool {
    matches!(path.components().next(), Some(Component::Prefix(prefix))
        if matches!(prefix.kind(), Prefix::DeviceNS(_)))
}
