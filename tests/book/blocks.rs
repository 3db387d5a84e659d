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
/// any number of lines.
pub fn is_shown(shown: &str, printed: &str) -> bool {
    let shown: Vec<&str> = shown.lines().collect();
    let printed: Vec<&str> = printed.lines().collect();
    are_shown(&shown, &printed)
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
