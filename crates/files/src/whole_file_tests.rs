//! Tests of `whole_file.rs`.

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn writes_a_secret_for_its_owner_only_and_leaves_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("key.asc");
    let output = OutputFile::prepare(&target, Visibility::Secret, Keep::Existing).unwrap();
    assert_eq!(names(folder.path()), Vec::<String>::new());
    output.write(b"secret").unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"secret");
    assert_eq!(mode(&target), 0o600);
    assert_eq!(names(folder.path()), ["key.asc"]);
}

#[test]
fn keeps_what_exists_also_when_it_appears_after_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("key.asc");
    let late = OutputFile::prepare(&target, Visibility::Secret, Keep::Existing).unwrap();
    fs::write(&target, b"first").unwrap();
    let exists = OutputFileError::Exists { path: target.clone() };
    assert_eq!(late.write(b"second").unwrap_err(), exists);
    let early = OutputFile::prepare(&target, Visibility::Secret, Keep::Existing);
    assert_eq!(early.unwrap_err(), exists);
    assert_eq!(fs::read(&target).unwrap(), b"first");
    assert_eq!(names(folder.path()), ["key.asc"]);
}

#[test]
fn replaces_when_told_and_narrows_the_mode_of_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("key.asc");
    fs::write(&target, b"first").unwrap();
    fs::set_permissions(&target, Permissions::from_mode(0o644)).unwrap();
    let output = OutputFile::prepare(&target, Visibility::Secret, Keep::Nothing).unwrap();
    output.write(b"second").unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"second");
    assert_eq!(mode(&target), 0o600);
}

#[test]
fn a_symbolic_link_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("real"), folder.path().join("link"));
    fs::write(&target, b"first").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let output = OutputFile::prepare(&link, Visibility::Public, Keep::Nothing).unwrap();
    output.write(b"second").unwrap();
    assert!(link.is_symlink());
    assert_eq!(fs::read(&target).unwrap(), b"second");
}

#[test]
fn refuses_what_cannot_be_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let prepare =
        |path: &Path, visibility| OutputFile::prepare(path, visibility, Keep::Nothing).unwrap_err();
    let path = folder.path().to_owned();
    assert_eq!(prepare(&path, Visibility::Public), OutputFileError::Directory { path });
    let path = folder.path().join("none/key");
    assert_eq!(prepare(&path, Visibility::Public), OutputFileError::NoFolder { path });
    let path = PathBuf::from("/dev/null");
    assert_eq!(prepare(&path, Visibility::Secret), OutputFileError::NotAFile { path });
}

#[test]
fn a_device_is_written_to_and_not_replaced() {
    let null = Path::new("/dev/null");
    let output = OutputFile::prepare(null, Visibility::Public, Keep::Existing).unwrap();
    output.write(b"gone").unwrap();
    assert!(fs::metadata(null).unwrap().file_type().is_char_device());
}

#[test]
fn what_takes_the_place_after_the_check_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("key.asc");
    let prepare = || OutputFile::prepare(&target, Visibility::Secret, Keep::Existing).unwrap();
    let exists = OutputFileError::Exists { path: target.clone() };

    let late = prepare();
    let elsewhere = folder.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, &target).unwrap();
    assert_eq!(late.write(b"secret").unwrap_err(), exists);
    assert!(!elsewhere.exists());
    fs::remove_file(&target).unwrap();

    let late = prepare();
    rustix::fs::mkfifoat(rustix::fs::CWD, &target, 0o666.into()).unwrap();
    assert_eq!(late.write(b"secret").unwrap_err(), exists);
    assert_eq!(names(folder.path()), ["key.asc"]);
}

#[test]
fn a_folder_that_was_swapped_gets_nothing() {
    let outside = tempfile::tempdir().unwrap();
    let (folder, swapped) = (outside.path().join("a"), outside.path().join("b"));
    fs::create_dir(&folder).unwrap();
    let target = folder.join("key.asc");
    let output = OutputFile::prepare(&target, Visibility::Secret, Keep::Existing).unwrap();
    fs::rename(&folder, &swapped).unwrap();
    fs::create_dir(&folder).unwrap();
    output.write(b"secret").unwrap();
    assert_eq!((names(&folder), names(&swapped)), (vec![], vec!["key.asc".to_owned()]));
}

#[test]
fn a_stream_is_written_only_while_it_is_the_one_that_was_checked() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &target, 0o600.into()).unwrap();
    let output = OutputFile::prepare(&target, Visibility::Public, Keep::Existing).unwrap();
    fs::rename(&target, folder.path().join("old")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, &target, 0o600.into()).unwrap();
    let changed = OutputFileError::Changed { path: target.clone() };
    assert_eq!(output.write(b"message").unwrap_err(), changed);

    let output = OutputFile::prepare(&target, Visibility::Public, Keep::Existing).unwrap();
    fs::remove_file(&target).unwrap();
    fs::write(&target, b"").unwrap();
    assert_eq!(output.write(b"message").unwrap_err(), changed);
    assert_eq!(fs::read(&target).unwrap(), b"");
}

#[test]
fn a_file_system_without_nameless_files_leaves_no_other_file_either() {
    let outside = tempfile::tempdir().unwrap();
    let folder = Folder::open(outside.path()).unwrap();
    let draft = |content: &[u8]| {
        let mut draft = Draft::named(&folder, Visibility::Secret).unwrap();
        draft.file().write_all(content).unwrap();
        draft
    };
    drop(draft(b"given up"));
    assert_eq!(names(outside.path()), Vec::<String>::new());
    draft(b"first").keep_new("key".as_ref()).unwrap();
    let refused = draft(b"second").keep_new("key".as_ref()).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(outside.path().join("key")).unwrap(), b"first");
    draft(b"third").replace("key".as_ref()).unwrap();
    assert_eq!(fs::read(outside.path().join("key")).unwrap(), b"third");
    assert_eq!(names(outside.path()), ["key"]);
    assert_eq!(mode(&outside.path().join("key")), 0o600);
}
