//! Targets that somebody swaps between the check and the write.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::{Keep, OutputFile, OutputFileError, Visibility};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Puts something else in the place of a target.
type Swap = fn(&Path, &Path);

/// What somebody may put in the place of a target between the check and the write.
fn swaps() -> [(&'static str, Swap); 5] {
    fn fifo(path: &Path) {
        mknodat(CWD, path, FileType::Fifo, Mode::RWXU, 0).unwrap();
    }
    [
        ("a FIFO", |target, _| fifo(target)),
        ("a link to a file", |target, other| {
            fs::write(other, "theirs").unwrap();
            symlink(other, target).unwrap();
        }),
        ("a link to a FIFO", |target, other| {
            fifo(other);
            symlink(other, target).unwrap();
        }),
        ("a link to nothing", |target, other| symlink(other, target).unwrap()),
        ("a link to a device", |target, _| symlink("/dev/null", target).unwrap()),
    ]
}

#[test]
fn what_was_swapped_in_between_check_and_write_is_an_error_and_gets_nothing() {
    for (what, swap) in swaps() {
        for visibility in [Visibility::Secret, Visibility::Public] {
            for keep in [Keep::Existing, Keep::Nothing] {
                for there in [false, true] {
                    if there && keep == Keep::Existing {
                        continue;
                    }
                    let folder = tempfile::tempdir().unwrap();
                    let (target, other) = (folder.path().join("key"), folder.path().join("other"));
                    if there {
                        fs::write(&target, "before").unwrap();
                    }
                    let output = OutputFile::prepare(&target, visibility, keep).unwrap();
                    if there {
                        fs::remove_file(&target).unwrap();
                    }
                    swap(&target, &other);
                    let before = fs::symlink_metadata(&target).unwrap().ino();
                    let path = target.clone();
                    let error = match keep {
                        Keep::Existing => OutputFileError::Exists { path },
                        Keep::Nothing => OutputFileError::Changed { path },
                    };
                    assert_eq!(output.write(b"secret").unwrap_err(), error, "{what} {keep:?}");
                    assert_eq!(fs::symlink_metadata(&target).unwrap().ino(), before, "{what}");
                    if other.is_file() {
                        assert_eq!(fs::read(&other).unwrap(), b"theirs", "{what}");
                    }
                    let mut left = names(folder.path());
                    left.retain(|name| name != "key" && name != "other");
                    assert_eq!(left, Vec::<String>::new(), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_folder_swapped_between_check_and_write_is_not_written_to() {
    let place = tempfile::tempdir().unwrap();
    let (ours, theirs) = (place.path().join("ours"), place.path().join("theirs"));
    let moved = place.path().join("moved");
    fs::create_dir(&ours).unwrap();
    fs::create_dir(&theirs).unwrap();
    for (name, keep) in [("a", Keep::Existing), ("b", Keep::Nothing)] {
        let output = OutputFile::prepare(&ours.join(name), Visibility::Secret, keep).unwrap();
        fs::rename(&ours, &moved).unwrap();
        symlink(&theirs, &ours).unwrap();
        output.write(b"secret").unwrap();
        assert_eq!(names(&theirs), Vec::<String>::new());
        assert_eq!(fs::read(moved.join(name)).unwrap(), b"secret");
        fs::remove_file(&ours).unwrap();
        fs::rename(&moved, &ours).unwrap();
    }
}

#[test]
fn a_stream_that_was_swapped_is_an_error_and_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("stream");
    let changed = OutputFileError::Changed { path: target.clone() };
    for (what, swap) in swaps() {
        let _ = fs::remove_file(folder.path().join("other"));
        mknodat(CWD, &target, FileType::Fifo, Mode::RWXU, 0).unwrap();
        let output = OutputFile::prepare(&target, Visibility::Public, Keep::Existing).unwrap();
        // Kept under another name, so that its inode is not given to what comes.
        let aside = folder.path().join("aside");
        fs::rename(&target, &aside).unwrap();
        swap(&target, &folder.path().join("other"));
        let error = output.write(b"data").unwrap_err();
        assert_eq!(error, changed, "{what}");
        fs::remove_file(&target).unwrap();
        fs::remove_file(&aside).unwrap();
    }
    // A regular file in the place of a stream.
    symlink("/dev/null", &target).unwrap();
    let output = OutputFile::prepare(&target, Visibility::Public, Keep::Nothing).unwrap();
    fs::remove_file(&target).unwrap();
    fs::write(&target, "before").unwrap();
    assert_eq!(output.write(b"data").unwrap_err(), changed);
    assert_eq!(fs::read(&target).unwrap(), b"before");
}

#[test]
fn a_race_for_the_target_never_gives_the_secret_to_a_fifo_or_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (target, other) = (folder.path().join("key"), folder.path().join("other"));
    fs::write(&other, "theirs").unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = mknodat(CWD, &target, FileType::Fifo, Mode::RWXU, 0);
                let _ = fs::remove_file(&target);
                let _ = symlink(&other, &target);
                let _ = fs::remove_file(&target);
            }
        });
        for round in 0..200 {
            let keep = if round % 2 == 0 { Keep::Existing } else { Keep::Nothing };
            if let Ok(output) = OutputFile::prepare(&target, Visibility::Secret, keep) {
                // Written or refused; it neither waits for a reader of the FIFO nor follows the link.
                let _ = output.write(b"secret");
            }
            let found = fs::read(&other).unwrap();
            assert!(found == b"theirs" || keep == Keep::Nothing, "{round}: {found:?}");
            fs::write(&other, "theirs").unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let mut left = names(folder.path());
    left.retain(|name| name != "key" && name != "other");
    assert_eq!(left, Vec::<String>::new());
}
