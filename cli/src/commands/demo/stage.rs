//! Where the demo plays: its folder, the steps it has taken, and what is shown of them.

use el2g_text::one_line;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use el2g_files::{Keep, OutputFile, Visibility};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::output::{Console, Human, OutputFormat};

/// The folder of the demo and what has been done.
pub struct Stage {
    folder: Folder,
    console: Console,
    steps: Vec<Step>,
    began: Instant,
}

enum Folder {
    /// Removed with everything in it when the demo ends, however it ends.
    Temporary(tempfile::TempDir),
    Kept(PathBuf),
}

/// One thing that was done and held.
#[derive(Debug, Serialize, schemars::JsonSchema)]
struct Step {
    what: String,
    files: Vec<String>,
}

/// A demo that ended well.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Played {
    passed: bool,
    folder: Option<PathBuf>,
    steps: Vec<Step>,
    seconds: f64,
}

impl Stage {
    /// Makes the folder, or a temporary one.
    pub fn open(keep: Option<&Path>, context: &Context) -> Result<Self> {
        let folder = match keep {
            None => Folder::Temporary(tempfile::tempdir().map_err(|error| {
                Failure::input(format!("no temporary folder can be made: {error}"))
            })?),
            Some(path) => Folder::Kept(make_folder(path, context.everywhere.force)?),
        };
        Ok(Self { folder, console: context.console, steps: Vec::new(), began: Instant::now() })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        match &self.folder {
            Folder::Temporary(folder) => folder.path(),
            Folder::Kept(path) => path,
        }
    }

    /// Writes a file with a throw-away secret (0600); its name.
    pub fn secret(&self, name: &str, content: &[u8]) -> Result<String> {
        self.write(name, content, Visibility::Secret)
    }

    /// Writes a file that anybody may read; its name.
    pub fn public(&self, name: &str, content: &[u8]) -> Result<String> {
        self.write(name, content, Visibility::Public)
    }

    fn write(&self, name: &str, content: &[u8], visibility: Visibility) -> Result<String> {
        // The folder was empty, or --force was given.
        OutputFile::prepare(&self.path().join(name), visibility, Keep::Nothing)?.write(content)?;
        Ok(name.to_owned())
    }

    /// Shows a step that was taken and held, with the files it left.
    pub fn step(&mut self, what: String, files: &[String]) -> Result<()> {
        if self.console.format() == OutputFormat::Human {
            let mut text = format!("{:>2}. {what}", self.steps.len() + 1);
            if let (Folder::Kept(_), [_, ..]) = (&self.folder, files) {
                text.push_str(&format!("\n      {}", files.join("  ")));
            }
            self.console.line(&text)?;
        }
        self.steps.push(Step { what, files: files.to_vec() });
        Ok(())
    }

    /// What is told at the end.
    pub fn close(self) -> Played {
        let seconds = (self.began.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        let folder = match self.folder {
            Folder::Temporary(_) => None,
            Folder::Kept(path) => Some(path),
        };
        Played { passed: true, folder, steps: self.steps, seconds }
    }
}

/// The folder to keep everything in: new, or empty unless `force`.
fn make_folder(path: &Path, force: bool) -> Result<PathBuf> {
    let refused = |error: std::io::Error| Failure::input(format!("{}: {error}", path.display()));
    fs::create_dir_all(path).map_err(refused)?;
    if !force && fs::read_dir(path).map_err(refused)?.next().is_some() {
        return Err(Failure::input(format!("{}: the folder is not empty", path.display()))
            .with_hint(
                "name a new folder, or --force to write over what a demo left in this one",
            ));
    }
    Ok(path.to_owned())
}

/// GnuPG with a keyring of its own.
#[cfg(unix)]
const GNUPG: &str = "  export GNUPGHOME=$(mktemp -d)
  gpg --import signer.public.asc recipient.secret.asc
  gpg --decrypt aes-256.pgp";

/// GnuPG with a keyring of its own: lines for PowerShell and cmd.
#[cfg(windows)]
const GNUPG: &str = "  mkdir gnupg
  gpg --homedir gnupg --import signer.public.asc recipient.secret.asc
  gpg --homedir gnupg --decrypt aes-256.pgp";

impl Human for Played {
    fn human(&self) -> String {
        let mut text = format!("\nall {} steps held, in {} s\n", self.steps.len(), self.seconds);
        let Some(folder) = &self.folder else {
            text.push_str("the files are gone; `el2g demo --keep DIR` leaves them\n");
            return text;
        };
        text.push_str(&format!(
            "
the files are in {folder}; every key among them is a throw-away key. To look with other programs:

  cd {folder}
{GNUPG}
  openssl verify -CAfile root.pem -untrusted intermediate.pem device.pem
  openssl verify -CAfile root.pem -untrusted intermediate.pem verification.pem
",
            folder = one_line(&folder.display().to_string())
        ));
        text
    }
}
