//! The command that keeps others from changing a file. Each works in cmd.exe and PowerShell.

use std::path::Path;

use el2g_text::Shell;

use crate::access::{ADDS_FILE, CHANGES_FILE, CHANGES_FOLDER, OwnerId, this_user};
use crate::trust::FileRole;
use crate::untrusted::{Place, UntrustedFile};

/// The command that makes a file acceptable. Where there are two, words stand between them: each shell knows only its own of `;` and
/// `&`.
pub(crate) fn command(found: &UntrustedFile) -> String {
    let at = quoted(&found.at);
    let mut commands = Vec::new();
    if found.is_foreign {
        commands.push(format!("takeown /F {at}"));
    }
    if found.is_writable {
        commands.push(match (found.place, found.role) {
            // Others may not read a secret either.
            (Place::File, FileRole::Secret) => alone(&found.at, &found.user),
            (Place::File | Place::Link | Place::Folder, _) => {
                let rights = match found.place {
                    Place::Folder => CHANGES_FOLDER | ADDS_FILE,
                    Place::File | Place::Link => CHANGES_FILE,
                };
                let strangers = found.access.strangers(rights, &[]);
                let names: Vec<String> = strangers.iter().map(|id| format!("*{id}")).collect();
                format!("icacls {at} /inheritance:d /remove:g {}", names.join(" "))
            }
        });
    }
    commands.join(", then ")
}

/// The command that keeps others from reading a secret file.
pub fn hide_command(path: &Path) -> String {
    match this_user() {
        Ok(user) => alone(path, &user),
        Err(_) => format!("icacls {} /inheritance:r", quoted(path)),
    }
}

fn alone(path: &Path, user: &OwnerId) -> String {
    format!("icacls {} /inheritance:r /grant:r *{user}:F", quoted(path))
}

fn quoted(path: &Path) -> String {
    Shell::HERE.quoted(&path.display().to_string())
}
