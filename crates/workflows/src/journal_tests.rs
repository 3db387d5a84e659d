//! Tests of `journal.rs`.

use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use serde_json::json;

use super::*;

const FLOW: Flow = Flow::EnrollCa;

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    (folder, path)
}

fn open(path: &Path) -> Result<Journal, JournalError> {
    Journal::open(path, FLOW, &json!({"name": "line-7"}))
}

#[test]
fn continues_where_the_last_run_stopped() {
    let (_folder, path) = place();
    let mut first = open(&path).unwrap();
    assert!(first.is_new());
    first.begin("create").unwrap();
    first.done("create", &2307).unwrap();
    first.begin("upload").unwrap();
    drop(first);
    let second = open(&path).unwrap();
    assert!(!second.is_new());
    assert_eq!(second.look::<u64>("create"), Ok(Progressed::Done(2307)));
    assert_eq!(second.look::<u64>("upload"), Ok(Progressed::Begun));
    assert_eq!(second.look::<u64>("confirm"), Ok(Progressed::Not));
}

#[test]
fn a_refused_step_counts_as_not_begun() {
    let (_folder, path) = place();
    let mut journal = open(&path).unwrap();
    journal.begin("create").unwrap();
    journal.undone("create").unwrap();
    drop(journal);
    assert_eq!(open(&path).unwrap().look::<u64>("create"), Ok(Progressed::Not));
}

#[test]
fn is_readable_by_its_owner_only_and_gone_when_removed() {
    let (folder, path) = place();
    let mut journal = open(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    journal.remove().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn two_runs_at_once_are_refused() {
    let (_folder, path) = place();
    let first = open(&path).unwrap();
    assert_eq!(open(&path).unwrap_err(), JournalError::InUse { path: path.clone() });
    drop(first);
    open(&path).unwrap();
}

#[test]
fn a_journal_of_something_else_is_refused_and_kept() {
    let (_folder, path) = place();
    drop(open(&path).unwrap());
    let before = fs::read(&path).unwrap();
    let other = Journal::open(&path, FLOW, &json!({"name": "line-8"})).unwrap_err();
    assert_eq!(
        other,
        JournalError::OfSomethingElse {
            path: path.clone(),
            found: r#"{"name":"line-7"}"#.to_owned(),
            wanted: r#"{"name":"line-8"}"#.to_owned(),
        }
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn drops_a_last_line_cut_short_at_any_byte() {
    let (_folder, path) = place();
    let mut journal = open(&path).unwrap();
    journal.done("create", &json!({"id": 1})).unwrap();
    drop(journal);
    let kept = fs::read(&path).unwrap();
    let line = br#"{"step":"upload","state":"begun"}"#;
    for end in 1..=line.len() {
        fs::write(&path, [&kept[..], &line[..end]].concat()).unwrap();
        let mut journal = open(&path).unwrap();
        assert_eq!(journal.look::<Value>("upload"), Ok(Progressed::Not));
        journal.begin("upload").unwrap();
        drop(journal);
        let journal = open(&path).unwrap();
        assert_eq!(journal.look::<Value>("upload"), Ok(Progressed::Begun));
        assert_eq!(journal.look::<Value>("create"), Ok(Progressed::Done(json!({"id": 1}))));
    }
}

#[test]
fn a_header_cut_short_is_written_again() {
    let (_folder, path) = place();
    drop(open(&path).unwrap());
    let header = fs::read(&path).unwrap();
    for end in 0..header.len() {
        fs::write(&path, &header[..end]).unwrap();
        assert!(open(&path).unwrap().is_new());
        assert_eq!(fs::read(&path).unwrap(), header);
    }
}

#[test]
fn a_journal_of_version_0_2_0_which_names_no_schema_is_continued() {
    const HEADER: &str = r#"{"journal":"enroll-ca","version":1,"subject":{"name":"line-7"}}"#;
    let (_folder, path) = place();
    let begun = r#"{"step":"create","state":"begun"}"#;
    fs::write(&path, format!("{HEADER}\n{begun}\n")).unwrap();
    assert_eq!(open(&path).unwrap().look::<u64>("create"), Ok(Progressed::Begun));
    assert_eq!(Journal::subject_of(&path), Some(Subject(json!({"name": "line-7"}))));
    for length in 0..=HEADER.len() {
        fs::write(&path, &HEADER[..length]).unwrap();
        drop(open(&path).unwrap());
        let written = fs::read_to_string(&path).unwrap();
        assert_eq!(written, HEADER.replacen('{', r#"{"schema":"el2g/journal/1","#, 1) + "\n");
    }
}

#[test]
fn names_the_damaged_line() {
    let (_folder, path) = place();
    let mut journal = open(&path).unwrap();
    journal.begin("create").unwrap();
    drop(journal);
    let mut text = fs::read(&path).unwrap();
    text.extend_from_slice(b"not json\n");
    fs::write(&path, &text).unwrap();
    assert_eq!(open(&path).unwrap_err(), JournalError::Damaged { path, line: 3 });
}

#[test]
fn refuses_a_file_that_is_no_journal_and_leaves_it_alone() {
    let (_folder, path) = place();
    for text in ["my only copy of a report\n", "without a line end", "{}\n", "\n"] {
        fs::write(&path, text).unwrap();
        let error = JournalError::Damaged { path: path.clone(), line: 1 };
        assert_eq!(open(&path).unwrap_err(), error, "{text:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (_folder, path) = place();
        fs::write(&path, &bytes).unwrap();
        let _ = open(&path);
    }
}
