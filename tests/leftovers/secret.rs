//! A secret in the forms in which it could be left.

use std::fs;
use std::ops::Range;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What hex stands for.
pub fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A secret in the forms in which it could be left, and the names of the files that are meant to hold it.
pub struct Secret {
    pub name: &'static str,
    forms: Vec<(String, Vec<u8>)>,
    pub places: &'static [&'static str],
}

/// What stands in base64 for these bytes, wherever in the encoded text they begin.
fn base64_forms(name: &str, secret: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut forms = Vec::new();
    for skipped in 0..3 {
        let rest = &secret[skipped..];
        let whole = &rest[..rest.len() / 3 * 3];
        forms.push((format!("{name} in base64"), STANDARD_NO_PAD.encode(whole).into_bytes()));
        forms.push((format!("{name} in base64url"), URL_SAFE_NO_PAD.encode(whole).into_bytes()));
    }
    forms
}

impl Secret {
    /// A text: itself, its hex in both cases, its base64.
    pub fn text(name: &'static str, text: &str, places: &'static [&'static str]) -> Self {
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut forms = vec![
            ("itself".to_owned(), text.as_bytes().to_vec()),
            ("its HEX".to_owned(), hex.to_uppercase().into_bytes()),
            ("its hex".to_owned(), hex.into_bytes()),
        ];
        forms.extend(base64_forms("it", text.as_bytes()));
        Self { name, forms, places }
    }

    /// Bytes that are written as hex: each half raw and as hex in both cases and as typed, both in base64.
    pub fn key(name: &'static str, hex: &str, places: &'static [&'static str]) -> Self {
        let mut forms = Vec::new();
        for half in [&hex[..hex.len() / 2], &hex[hex.len() / 2..]] {
            forms.push(("raw bytes".to_owned(), bytes(half)));
            forms.extend(base64_forms("raw bytes", &bytes(half)));
            for text in [half.to_owned(), half.to_lowercase(), half.to_uppercase()] {
                forms.extend(base64_forms("hex", text.as_bytes()));
                forms.push(("hex".to_owned(), text.into_bytes()));
            }
        }
        Self { name, forms, places }
    }

    /// Lines of a secret key's file that hold nothing public, counted without its headers.
    pub fn lines(
        name: &'static str,
        file: &Path,
        which: Range<usize>,
        places: &'static [&'static str],
    ) -> Self {
        let content = fs::read_to_string(file).unwrap();
        let lines: Vec<&str> = content.lines().filter(|line| line.len() == 64).collect();
        let forms = lines[which].iter().map(|line| ((*line).to_owned(), line.as_bytes().to_vec()));
        Self { name, forms: forms.collect(), places }
    }

    /// The first form that `content` holds.
    pub fn form_in(&self, content: &[u8]) -> Option<&str> {
        let holds = |needle: &[u8]| memmem(content, needle);
        self.forms.iter().find(|(_, needle)| holds(needle)).map(|(form, _)| form.as_str())
    }
}

fn memmem(content: &[u8], needle: &[u8]) -> bool {
    let Some((first, rest)) = needle.split_first() else { return false };
    let starts = content.iter().enumerate().filter(|(_, byte)| *byte == first);
    let mut found = starts.map(|(at, _)| &content[at + 1..]);
    found.any(|after| after.starts_with(rest))
}
