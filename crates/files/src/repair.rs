//! The command that keeps others from changing a file.

use std::path::Path;

use el2g_text::Shell;

use crate::trust::FileRole;
use crate::untrusted::{Place, UntrustedFile};

/// The shell command that makes a file acceptable.
pub(crate) fn command(found: &UntrustedFile) -> String {
    let at = path_word(&found.at);
    let mut commands = Vec::new();
    if found.is_foreign {
        let flag = if found.place == Place::Link { "-h " } else { "" };
        let sudo = if found.user == 0 { "" } else { "sudo " };
        commands.push(format!("{sudo}chown {flag}{} {at}", found.user));
    }
    if found.is_writable {
        // Others may not read a secret either.
        let is_secret_file = found.role == FileRole::Secret && found.place == Place::File;
        let mode = if is_secret_file { "600" } else { "go-w" };
        commands.push(format!("chmod {mode} {at}"));
    }
    commands.join(" && ")
}

/// The command that keeps others from reading a secret file.
pub fn hide_command(path: &Path) -> String {
    format!("chmod 600 {}", path_word(path))
}

/// A path as one word of a shell's command line, and not as an option.
fn path_word(path: &Path) -> String {
    let text = path.display().to_string();
    Shell::HERE.word(&if text.starts_with('-') { format!("./{text}") } else { text })
}
