//! The parts of a page that a test reads: fenced blocks, and the set-ups that a reader does not see.

use crate::house::read;

/// A fenced block of a page, or a comment `<!-- set-up: NAME … -->` with what its reader has already.
pub struct Part {
    pub language: String,
    /// Its first line in the page.
    pub line: usize,
    pub text: String,
    pub is_set_up: bool,
}

impl Part {
    /// Whether it is for the shell.
    pub fn is_script(&self) -> bool {
        self.is_set_up || self.language == "sh"
    }
}

/// The calls of the functions of `set_up.sh` that a comment names.
fn set_up(line: &str) -> Option<String> {
    let names = line.strip_prefix("<!-- set-up:")?.strip_suffix("-->")?;
    Some(names.split_whitespace().map(|name| format!("set_up_{name}\n")).collect())
}

pub fn parts(document: &str) -> Vec<Part> {
    let mut found = Vec::new();
    let mut open: Option<Part> = None;
    for (number, line) in read(document).lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        open = match (open, fence) {
            (None, None) => {
                found.extend(set_up(line).map(|text| Part {
                    language: String::new(),
                    line: number + 1,
                    text,
                    is_set_up: true,
                }));
                None
            }
            (None, Some(language)) => Some(Part {
                language: language.into(),
                line: number + 2,
                text: String::new(),
                is_set_up: false,
            }),
            (Some(part), Some(_)) => {
                found.push(part);
                None
            }
            (Some(mut part), None) => {
                part.text += &format!("{line}\n");
                Some(part)
            }
        };
    }
    assert!(open.is_none(), "{document}: a block without an end");
    found
}

/// Whether the lines that are shown are all that was printed. `…` stands for a part of a line, and alone on a line for
/// any number of lines. Fingerprints, hashes, times and ports differ from run to run: another one of the same shape will do.
pub fn is_shown(shown: &str, printed: &str) -> bool {
    let (shown, printed) = (masked(shown), masked(printed));
    are_shown(&shown.lines().collect::<Vec<_>>(), &printed.lines().collect::<Vec<_>>())
}

/// What differs from run to run: `0` stands for a digit, `x` for a hexadecimal digit.
const SHAPES: [&str; 3] =
    ["xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "0000-00-00T00:00:00", "0000-00-00"];

fn begins(text: &str, shape: &str) -> bool {
    text.len() >= shape.len()
        && shape.bytes().zip(text.bytes()).all(|(shape, byte)| match shape {
            b'0' => byte.is_ascii_digit(),
            b'x' => byte.is_ascii_hexdigit(),
            shape => shape == byte,
        })
}

/// The text with what differs from run to run replaced by its shape.
fn masked(text: &str) -> String {
    const HOST: &str = "127.0.0.1:";
    let mut masked = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_new_word = !masked.ends_with(|last: char| last.is_ascii_alphanumeric());
        let shape = SHAPES.iter().find(|shape| is_new_word && begins(rest, shape));
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let is_long = word >= 10 && rest[..word].bytes().all(|byte| byte.is_ascii_hexdigit());
        let (kept, length, numbers) = match shape {
            // A fraction of a second, or what no shape ends in.
            Some(shape) => ((*shape).to_owned(), shape.len(), ".0123456789"),
            None if rest.starts_with(HOST) => (HOST.to_owned(), HOST.len(), "0123456789"),
            None if is_new_word && is_long => ("#".to_owned(), word, ""),
            None => (first.to_string(), first.len_utf8(), ""),
        };
        masked += &kept;
        rest = rest[length..].trim_start_matches(|c| numbers.contains(c));
    }
    masked
}

fn are_shown(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&"…", rest)) => (0..=printed.len()).any(|left| are_shown(rest, &printed[left..])),
        Some((line, rest)) => printed
            .split_first()
            .is_some_and(|(first, others)| is_line(line, first) && are_shown(rest, others)),
    }
}

fn is_line(shown: &str, line: &str) -> bool {
    let mut pieces = shown.split('…');
    let Some(mut rest) = pieces.next().and_then(|start| line.strip_prefix(start)) else {
        return false;
    };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, between)) = pieces.split_last() else { return rest.is_empty() };
    for piece in between {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.len() > last.len() && rest.ends_with(last)
}

#[test]
fn what_differs_from_run_to_run_is_compared_by_its_shape() {
    for (shown, printed, holds) in [
        ("until 2041-11-25, name", "until 2042-01-01, name", true),
        ("at 2026-11-28T11:26:18.789Z", "at 2026-11-29T01:02:03Z", true),
        ("http://127.0.0.1:46433/x", "http://127.0.0.1:5/x", true),
        (
            "job 3156147a-806d-47e6-9288-1cbd8230e3e6",
            "job 00000000-806d-47e6-9288-1cbd8230e3e6",
            true,
        ),
        ("check value d2081dffec", "check value 0123456789", true),
        // A serial number may begin with zeros, which are not printed.
        (
            "serial 35edbe2da8355104c104ca86419fd40828",
            "serial 51b25018f000e01d90170b3ba1ea855bc7449d8d",
            true,
        ),
        ("0x0400deadbeef", "0x0400deadbeee", false),
        ("object 83000001", "object 83000002", false),
        ("until 2041-11-25", "until 2041-11", false),
        ("http://127.0.0.1:46433/x", "http://127.0.0.1:46433/y", false),
    ] {
        assert_eq!(is_shown(shown, printed), holds, "{shown}");
    }
}

#[test]
fn shown_output_is_compared_line_by_line() {
    let printed = "begin\nsha256 00ff\nuntil 2041 or later\n";
    for (shown, holds) in [
        ("begin\nsha256 00ff\nuntil 2041 or later\n", true),
        ("begin\nsha256 …\nuntil … or later\n", true),
        ("…\nuntil 2041 or later\n", true),
        ("begin\n…\n", true),
        ("…\nsha256 …\n…\n", true),
        ("…\nbegin\n…\nsha256 00ff\nuntil 2041 or later\n", true),
        ("until 2041 or later\n", false),
        ("begin\nsha256 …\nuntil 2041 or later…\n", false),
        ("…\nsha256 …\n", false),
        ("begin\nsha256 0\nuntil 2041 or later\n", false),
        ("begin\nbegin\n…\n", false),
        ("", false),
    ] {
        assert_eq!(is_shown(shown, printed), holds, "{shown}");
    }
}
