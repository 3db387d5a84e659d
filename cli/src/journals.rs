//! Where the journals of flows are kept.

use std::fs;
use std::path::{Path, PathBuf};

use el2g_files::create_private_folders;
use el2g_key_payload::{io_reason, sha3_512_hex};
use el2g_workflows::{Failure, Flow, Journal, Subject};
use etcetera::BaseStrategy;

use crate::Result;
use crate::context::Context;

/// Hex digits of the hash in a file name: two flows share a name once in 2^32 pairs, and then the journal
/// itself refuses the second.
const HASH_DIGITS: usize = 16;

/// Opens the journal of `flow` about `subject`: the file that was named, else one in the state folder whose
/// name follows from the service and `name`.
pub fn open(
    named: Option<&Path>,
    flow: Flow,
    service: &str,
    name: &str,
    subject: &Subject,
    context: &Context,
) -> Result<Journal> {
    let path = place(named, flow, service, name)?;
    context.take_place(&path)?;
    Ok(Journal::open(&path, flow, subject)?)
}

/// Whether a run of `flow` was interrupted whose journal [`open`] would open: it looks by itself what became of it.
pub fn resumes(named: Option<&Path>, flow: Flow, service: &str, name: &str) -> bool {
    let Ok(path) = place(named, flow, service, name) else { return false };
    // The first line says what it is about, the others what was done.
    Journal::subject_of(&path).is_some()
        && fs::read_to_string(&path).is_ok_and(|text| text.lines().count() > 1)
}

fn place(named: Option<&Path>, flow: Flow, service: &str, name: &str) -> Result<PathBuf> {
    match named {
        Some(path) => Ok(path.to_owned()),
        None => Ok(folder()?.join(file_name(flow, service, name))),
    }
}

/// `el2g/journals` in the XDG state folder (on Windows in that of the user's data), made for this user alone where it is missing.
fn folder() -> Result<PathBuf> {
    let base = etcetera::choose_base_strategy()
        .ok()
        .map(|strategy| strategy.state_dir().unwrap_or_else(|| strategy.data_dir()))
        .ok_or_else(|| {
            Failure::usage("there is no home folder to keep the journal in")
                .with_hint("name a file with --journal")
        })?;
    let folder = base.join("el2g").join("journals");
    create_private_folders(&folder).map_err(|error| {
        Failure::input(format!("{}: cannot be made: {}", folder.display(), io_reason(error.kind())))
            .with_hint("name a file with --journal")
    })?;
    Ok(folder)
}

fn file_name(flow: Flow, service: &str, name: &str) -> String {
    let readable: String = name
        .chars()
        .take(40)
        .map(|found| if found.is_ascii_alphanumeric() { found } else { '-' })
        .collect();
    let hash = sha3_512_hex(format!("{service}\n{name}").as_bytes());
    format!("{}-{readable}-{}.jsonl", flow.name(), &hash[..HASH_DIGITS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_by_flow_service_and_name_and_stay_in_the_folder() {
        let names = [
            file_name(Flow::EnrollCa, "https://a/api", "line 7"),
            file_name(Flow::EnrollCa, "https://b/api", "line 7"),
            file_name(Flow::EnrollCa, "https://a/api", "line/7"),
            file_name(Flow::ImportKey, "https://a/api", "line 7"),
            file_name(Flow::EnrollCa, "https://a/api", "../../etc/passwd"),
        ];
        for (index, name) in names.iter().enumerate() {
            assert!(!names[..index].contains(name), "{name}");
            assert!(!name.contains('/') && !name.starts_with('.'), "{name}");
        }
        assert!(names[0].starts_with("enroll-ca-line-7-"), "{}", names[0]);
    }
}
