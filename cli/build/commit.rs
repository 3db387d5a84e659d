//! The commit that the program is built from, for `--version`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Digits of a commit's name that are shown; no two commits of a project of this size share them.
const DIGITS: usize = 12;

/// A commit, by what it is known of.
pub struct Commit {
    /// The first digits of its name.
    pub name: String,
    /// The day it was made on, as `2026-11-28`; a packaged crate does not carry it.
    pub day: Option<String>,
}

/// The commit, and the files that change when another one is checked out.
pub struct Found {
    pub commit: Option<Commit>,
    pub watched: Vec<PathBuf>,
}

impl Found {
    /// The commit of the program's package in the folder of the project: what git says in a clone, `git archive` wrote
    /// into a source archive, or `cargo package` into a crate.
    pub fn of(package: &Path, root: &Path) -> Self {
        let commit = cloned(root).or_else(|| archived(package)).or_else(|| packaged(package));
        Self { commit, watched: watched(root) }
    }
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let ran = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
    let text = String::from_utf8(ran.stdout).ok()?;
    ran.status.success().then(|| text.trim_end().to_owned())
}

/// The commit of a clone. A crate that lies in somebody else's repository is not of that repository's commit.
fn cloned(root: &Path) -> Option<Commit> {
    let top = git(root, &["rev-parse", "--show-toplevel"])?;
    let is_ours = Path::new(&top).canonicalize().ok()? == root.canonicalize().ok()?;
    is_ours.then(|| git(root, &["log", "-1", "--format=%H %cs"])).flatten().and_then(|it| read(&it))
}

/// `git archive` puts the commit into this file (`.gitattributes`).
fn archived(package: &Path) -> Option<Commit> {
    read(&std::fs::read_to_string(package.join("build/commit.txt")).ok()?)
}

/// `cargo package` writes the name of the commit, without its day.
fn packaged(package: &Path) -> Option<Commit> {
    let info = std::fs::read_to_string(package.join(".cargo_vcs_info.json")).ok()?;
    let (_, name) = info.split_once("\"sha1\": \"")?;
    read(name.split('"').next()?)
}

/// Reads a commit's name, and after it its day where it is known.
fn read(text: &str) -> Option<Commit> {
    let mut words = text.split_whitespace();
    let name = words.next().filter(|name| name.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let name = name.get(..DIGITS)?.to_owned();
    Some(Commit { name, day: words.next().map(str::to_owned) })
}

/// git writes each commit and checkout into `logs/HEAD`.
fn watched(root: &Path) -> Vec<PathBuf> {
    let files = ["HEAD", "logs/HEAD"];
    let paths = files.iter().filter_map(|file| git(root, &["rev-parse", "--git-path", file]));
    paths.map(|path| root.join(path)).filter(|path| path.exists()).collect()
}
