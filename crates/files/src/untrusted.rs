//! A file that another user can change: what was found, and the command that fixes it.

use std::fmt;
use std::path::PathBuf;

use crate::access::{Access, OwnerId};
use crate::repair;
use crate::trust::FileRole;

/// Which part of a path another user can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The file itself.
    File,
    /// A folder on the way to it.
    Folder,
    /// A symbolic link on the way to it.
    Link,
}

/// A file that another user can change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UntrustedFile {
    /// The file that was to be read.
    pub file: PathBuf,
    /// What can be changed: the file, or a folder or link on its way.
    pub at: PathBuf,
    /// What `at` is.
    pub place: Place,
    /// What the file is for.
    pub role: FileRole,
    /// Who can change `at`, and its owner.
    pub access: Access,
    /// The owner's name, where it is known.
    pub owner: Option<String>,
    /// Whether the owner is neither this user, nor root, nor trusted by the caller.
    pub is_foreign: bool,
    /// Whether its permissions let others change it.
    pub is_writable: bool,
    /// The user that the program runs as.
    pub user: OwnerId,
}

impl UntrustedFile {
    /// The command that makes the file acceptable.
    pub fn fix(&self) -> String {
        repair::command(self)
    }

    /// The options that accept the file where its state is intended; `None` where none does.
    pub fn option(&self) -> Option<String> {
        match (self.role, self.is_foreign, self.is_writable) {
            (FileRole::Code, ..) => None,
            (_, _, true) if self.place == Place::File => None,
            (_, true, false) => Some(format!("--trust-owner {}", self.access.owner_id())),
            (_, true, true) => {
                Some(format!("--trust-owner {} --allow-writable-inputs", self.access.owner_id()))
            }
            (_, false, _) => Some("--allow-writable-inputs".to_owned()),
        }
    }

    /// Who can change it, and its owner, in words.
    pub fn state(&self) -> String {
        let id = self.access.owner();
        let owner = match &self.owner {
            Some(name) => format!("{name} ({id})"),
            None => id,
        };
        match self.place {
            // Links have no permissions but on Windows.
            Place::Link if !self.is_writable => format!("owner {owner}"),
            Place::File | Place::Folder | Place::Link => {
                format!("{}, owner {owner}", self.access)
            }
        }
    }
}

impl fmt::Display for UntrustedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, at, state, fix) =
            (self.file.display(), self.at.display(), self.state(), self.fix());
        match self.place {
            Place::File => {
                write!(f, "{file}: other users can change this file: {state}; run: {fix}")
            }
            Place::Folder => write!(
                f,
                "{file}: other users can replace this file, because they can change the folder {at}: {state}; run: {fix}"
            ),
            Place::Link => write!(
                f,
                "{file}: other users can replace this file, because they can change the link {at}: {state}; run: {fix}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(place: Place) -> UntrustedFile {
        UntrustedFile {
            file: "k".into(),
            at: "k".into(),
            place,
            role: FileRole::Deciding,
            access: Access { mode: 0o622, uid: 1001 },
            owner: Some("bob".into()),
            is_foreign: true,
            is_writable: true,
            user: 0,
        }
    }

    #[test]
    fn the_message_names_path_mode_owner_and_fix() {
        assert_eq!(
            found(Place::File).to_string(),
            "k: other users can change this file: mode 0622, owner bob (uid 1001); run: chown 0 k && chmod go-w k"
        );
        let folder = UntrustedFile {
            at: "/a b/it's".into(),
            is_foreign: false,
            access: Access { mode: 0o622, uid: 7 },
            owner: None,
            ..found(Place::Folder)
        };
        assert_eq!(
            folder.to_string(),
            r"k: other users can replace this file, because they can change the folder /a b/it's: mode 0622, owner uid 7; run: chmod go-w '/a b/it'\''s'"
        );
        let link =
            UntrustedFile { at: "/t/l".into(), is_writable: false, user: 5, ..found(Place::Link) };
        assert_eq!(link.fix(), "sudo chown -h 5 /t/l");
    }

    #[test]
    fn options_are_named_only_where_they_help() {
        let option = |place, role, is_foreign, is_writable| {
            UntrustedFile { role, is_foreign, is_writable, ..found(place) }.option()
        };
        for role in [FileRole::Deciding, FileRole::Secret] {
            let of = |place, is_foreign, is_writable| option(place, role, is_foreign, is_writable);
            assert_eq!(of(Place::File, true, false).as_deref(), Some("--trust-owner 1001"));
            assert_eq!(of(Place::File, false, true), None);
            assert_eq!(of(Place::File, true, true), None);
            assert_eq!(of(Place::Folder, false, true).as_deref(), Some("--allow-writable-inputs"));
            assert_eq!(
                of(Place::Folder, true, true).as_deref(),
                Some("--trust-owner 1001 --allow-writable-inputs")
            );
        }
        for place in [Place::File, Place::Folder, Place::Link] {
            assert_eq!(option(place, FileRole::Code, true, true), None);
        }
    }
}
