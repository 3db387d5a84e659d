//! The blocks in PEM text, taken out of what surrounds them.

use crate::PemLineError;

/// The blocks of a text, each from its BEGIN to its END line, LF newlines.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Blocks {
    /// The blocks, one after the other.
    pub text: String,
    /// How many lines that are not blank stood outside.
    pub lines_outside: usize,
}

/// Takes the blocks out of LF text.
pub(crate) fn take(text: &str) -> Result<Blocks, PemLineError> {
    let mut blocks = Blocks { text: String::with_capacity(text.len()), lines_outside: 0 };
    let mut open: Option<(String, usize)> = None;
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        match (&open, boundary(line)) {
            (None, Some(Boundary::Begin(label))) => open = Some((label.to_owned(), line_number)),
            (None, _) => {
                blocks.lines_outside += usize::from(!line.trim().is_empty());
                continue;
            }
            (Some((label, _)), Some(Boundary::End(found))) => {
                if found != label {
                    return Err(PemLineError::WrongEnd {
                        label: label.clone(),
                        found: found.to_owned(),
                        line: line_number,
                    });
                }
                open = None;
            }
            (Some((label, begin)), Some(Boundary::Begin(_))) => {
                return Err(PemLineError::Unterminated { label: label.clone(), line: *begin });
            }
            (Some(_), None) => {}
        }
        blocks.text.push_str(line.trim_end());
        blocks.text.push('\n');
    }
    match open {
        Some((label, line)) => Err(PemLineError::Unterminated { label, line }),
        None if blocks.text.is_empty() => Err(PemLineError::NoBlock),
        None => Ok(blocks),
    }
}

/// A `-----BEGIN …-----` or `-----END …-----` line.
enum Boundary<'a> {
    Begin(&'a str),
    End(&'a str),
}

fn boundary(line: &str) -> Option<Boundary<'_>> {
    let inner = line.trim_end().strip_prefix("-----")?.strip_suffix("-----")?;
    match inner.split_once(' ') {
        Some(("BEGIN", label)) => Some(Boundary::Begin(label)),
        Some(("END", label)) => Some(Boundary::End(label)),
        _ => None,
    }
}

/// Turns each bare `/n` that stands for a newline into one; `None` when there is none.
///
/// `/n` is valid base64, so it counts only next to a `-----` line, and between full lines of 64
/// columns where every line of the block is built so.
pub(crate) fn mend_bare_newlines(text: &str) -> Option<String> {
    if !text.contains("/n") {
        return None;
    }
    let mended: Vec<String> = join_marked_lines(text).iter().map(|line| mend_line(line)).collect();
    let mended = mended.join("\n") + "\n";
    (mended.trim_end() != text.trim_end()).then_some(mended)
}

/// Blocks of which every line carries its `/n` before a real newline as well: the real one is enough.
fn join_marked_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
    let mut start = None;
    for index in 0..lines.len() {
        if lines[index].starts_with("-----BEGIN ") {
            start = Some(index + 1);
        }
        if let (Some(first), true) = (start, lines[index].starts_with("-----END ")) {
            start = None;
            let begin_is_marked = lines[first - 1].ends_with("-----/n");
            let Some((last, full)) = lines[first..index].split_last_mut() else { continue };
            let marked = |line: &String| line.len() == 66 && line.ends_with("/n");
            let any_mark = begin_is_marked || !full.is_empty() || marked(last);
            if full.iter().all(marked) && last.len() <= 66 && any_mark {
                for line in full.iter_mut() {
                    line.truncate(64);
                }
                // The last line stands next to END.
                if let Some(bare) = last.strip_suffix("/n") {
                    *last = bare.to_owned();
                }
            }
        }
    }
    lines
}

/// One line that may hold a whole block: its boundaries, and what is between them.
fn mend_line(line: &str) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut rest = line;
    while let Some((before, label, after)) = split_at_boundary(rest) {
        let before = if pieces.is_empty() && !before.starts_with("/n") {
            before
        } else {
            before.strip_prefix("/n").unwrap_or(before)
        };
        let body = before.strip_suffix("/n").unwrap_or(before);
        if !body.is_empty() {
            pieces.push(split_at_joints(body));
        }
        pieces.push(format!("-----{label}-----"));
        rest = after;
    }
    if pieces.is_empty() {
        return line.to_owned();
    }
    let rest = rest.strip_prefix("/n").unwrap_or(rest);
    if !rest.is_empty() {
        pieces.push(split_at_joints(rest));
    }
    pieces.join("\n")
}

/// What stands before the first boundary, its label, and what stands after it.
fn split_at_boundary(text: &str) -> Option<(&str, &str, &str)> {
    let start = ["-----BEGIN ", "-----END "].iter().filter_map(|mark| text.find(mark)).min()?;
    let (label, after) = text[start + 5..].split_once("-----")?;
    Some((&text[..start], label, after))
}

/// `body` split at its `/n`, if each of its lines but the last has 64 columns; else as it is.
fn split_at_joints(body: &str) -> String {
    let lines: Option<Vec<&str>> = body
        .as_bytes()
        .chunks(66)
        .map(|chunk| {
            let line = if chunk.len() > 64 { chunk.strip_suffix(b"/n")? } else { chunk };
            std::str::from_utf8(line).ok()
        })
        .collect();
    lines.map_or_else(|| body.to_owned(), |lines| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(columns: usize, length: usize) -> String {
        let body = "A/n+".repeat(length).chars().take(length).collect::<Vec<char>>();
        let lines: Vec<String> = body.chunks(columns).map(|line| line.iter().collect()).collect();
        format!("-----BEGIN X-----\n{}\n-----END X-----\n", lines.join("\n"))
    }

    #[test]
    fn takes_blocks_out_of_what_surrounds_them() {
        let one = block(64, 100);
        let blocks = take(&format!("Bag Attributes\n\n{one} between \n{one}after")).unwrap();
        assert_eq!(blocks, Blocks { text: one.repeat(2), lines_outside: 3 });
    }

    #[test]
    fn says_which_block_is_broken() {
        assert_eq!(take("no block\n"), Err(PemLineError::NoBlock));
        let unterminated = PemLineError::Unterminated { label: "X".into(), line: 2 };
        assert_eq!(take("\n-----BEGIN X-----\nAAAA\n"), Err(unterminated.clone()));
        assert_eq!(take("\n-----BEGIN X-----\n-----BEGIN Y-----\n"), Err(unterminated));
        assert_eq!(
            take("-----BEGIN X-----\nAAAA\n-----END Y-----\n"),
            Err(PemLineError::WrongEnd { label: "X".into(), found: "Y".into(), line: 3 })
        );
    }

    #[test]
    fn bare_newlines_are_mended_next_to_boundaries_and_at_64_columns() {
        for length in [4, 60, 64, 68, 128, 200, 256] {
            let good = block(64, length);
            let one_line = good.trim_end().replace('\n', "/n");
            assert_eq!(mend_bare_newlines(&one_line).unwrap(), good, "{length}");
            assert_eq!(mend_bare_newlines(&(one_line + "/n")).unwrap(), good, "{length}");
            let marked = good.replace('\n', "/n\n");
            assert_eq!(mend_bare_newlines(&marked).unwrap(), good, "{length}");
            let two = good.repeat(2);
            assert_eq!(mend_bare_newlines(&two.replace('\n', "/n")).unwrap(), two, "{length}");
        }
    }

    #[test]
    fn base64_that_holds_the_two_characters_is_left_alone() {
        for columns in [64, 66, 76, 1000] {
            assert_eq!(mend_bare_newlines(&block(columns, 400)), None, "{columns}");
        }
        let long = format!(
            "-----BEGIN X-----\n{}/n{}\n-----END X-----\n",
            "A".repeat(64),
            "A".repeat(200)
        );
        assert_eq!(mend_bare_newlines(&long), None);
    }
}
