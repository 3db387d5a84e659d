//! `el2g --version`: which commit the program is of.

#[path = "../cli/build/commit.rs"]
mod commit;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::workplace::{Workplace, root};
use commit::Found;

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(["-c", "user.name=A", "-c", "user.email=a@example.com"]);
    git.env("GIT_COMMITTER_DATE", "2026-11-28T10:00:00Z").env("GIT_CONFIG_GLOBAL", "/dev/null");
    let ran = git.args(arguments).output().expect("git");
    assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().trim_end().to_owned()
}

/// A repository with one commit, and the commit's name.
fn repository(folder: &Path) -> String {
    fs::create_dir_all(folder.join("cli/build")).unwrap();
    git(folder, &["init", "-q"]);
    for name in [".gitattributes", "cli/build/commit.txt"] {
        fs::copy(root().join(name), folder.join(name)).unwrap();
    }
    git(folder, &["add", "."]);
    git(folder, &["commit", "-q", "-m", "first"]);
    git(folder, &["rev-parse", "HEAD"])
}

fn found(root: &Path) -> Option<(String, Option<String>)> {
    Found::of(&root.join("cli"), root).commit.map(|commit| (commit.name, commit.day))
}

#[test]
fn names_version_commit_and_day() {
    let version = env!("CARGO_PKG_VERSION");
    let expected = match Found::of(&root().join("cli"), root()).commit {
        Some(commit) => {
            let day = commit.day.map(|day| format!(" {day}")).unwrap_or_default();
            format!("el2g {version} ({}{day})\n", commit.name)
        }
        None => format!("el2g {version}\n"),
    };
    let work = Workplace::new();
    for flag in ["--version", "-V"] {
        assert_eq!(work.el2g(&[flag]).exits(0).stdout, expected);
    }
}

#[test]
fn a_clone_names_its_commit_and_is_built_again_after_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let name = repository(folder.path());
    let found = Found::of(&folder.path().join("cli"), folder.path());
    let commit = found.commit.unwrap();
    assert_eq!((commit.name.as_str(), commit.day.as_deref()), (&name[..12], Some("2026-11-28")));
    let written = |file: &Path| fs::read(file).unwrap();
    let before: Vec<Vec<u8>> = found.watched.iter().map(|file| written(file)).collect();
    git(folder.path(), &["commit", "-q", "--allow-empty", "-m", "second"]);
    assert!(found.watched.iter().map(|file| written(file)).ne(before));
}

#[test]
fn a_source_archive_and_a_packaged_crate_name_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let (clone, unpacked) = (folder.path().join("clone"), folder.path().join("unpacked"));
    let name = repository(&clone);
    let archive = folder.path().join("source.tar");
    git(&clone, &["archive", "--output", archive.to_str().unwrap(), "HEAD"]);
    fs::create_dir_all(unpacked.join("cli")).unwrap();
    let unpacking = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&unpacked).status();
    assert!(unpacking.unwrap().success());
    assert_eq!(found(&unpacked), Some((name[..12].to_owned(), Some("2026-11-28".to_owned()))));

    // As `cargo package` leaves it: the file of the archive with its pattern, and cargo's own.
    fs::copy(root().join("cli/build/commit.txt"), unpacked.join("cli/build/commit.txt")).unwrap();
    assert_eq!(found(&unpacked), None);
    let info = format!(
        "{{\n  \"git\": {{\n    \"sha1\": \"{name}\"\n  }},\n  \"path_in_vcs\": \"cli\"\n}}"
    );
    fs::write(unpacked.join("cli/.cargo_vcs_info.json"), info).unwrap();
    assert_eq!(found(&unpacked), Some((name[..12].to_owned(), None)));
}

#[test]
fn a_source_archive_in_the_repository_of_others_does_not_name_their_commit() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let vendored = folder.path().join("vendor/el2g");
    fs::create_dir_all(vendored.join("cli")).unwrap();
    assert_eq!(found(&vendored), None);
}
