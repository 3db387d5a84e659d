//! `/n` where a newline was meant: what is left of `\n` when somebody "fixed" the backslashes.

use zeroize::Zeroizing;

const BARE: &[u8] = b"/n";

/// Turns each bare `/n` that stands for a newline into one; `None` when there is none.
///
/// `/n` is valid base64, so it counts only next to a `-----` line, and between full lines of 64
/// columns where every line of the block is built so.
pub(crate) fn replace(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if !text.windows(BARE.len()).any(|pair| pair == BARE) {
        return None;
    }
    // Reserved at once: a vector that grows leaves a copy behind, and the text may be a key.
    let mut replaced = Zeroizing::new(Vec::with_capacity(2 * text.len() + 1));
    for line in join_marked_lines(text) {
        for piece in pieces(line) {
            replaced.extend_from_slice(piece);
            replaced.push(b'\n');
        }
    }
    (replaced.trim_ascii_end() != text.trim_ascii_end()).then_some(replaced)
}

/// The lines of the text. In blocks of which every line carries its `/n` before a real newline as well, the real one is
/// enough.
fn join_marked_lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> =
        text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    let mut start = None;
    for index in 0..lines.len() {
        if lines[index].starts_with(b"-----BEGIN ") {
            start = Some(index + 1);
        }
        if let (Some(first), true) = (start, lines[index].starts_with(b"-----END ")) {
            start = None;
            let begin_is_marked = lines[first - 1].ends_with(b"-----/n");
            let Some((last, full)) = lines[first..index].split_last_mut() else { continue };
            let marked = |line: &[u8]| line.len() == 66 && line.ends_with(BARE);
            let any_mark = begin_is_marked || !full.is_empty() || marked(last);
            if full.iter().all(|line| marked(line)) && last.len() <= 66 && any_mark {
                for line in full.iter_mut() {
                    *line = &line[..64];
                }
                // The last line stands next to END.
                *last = last.strip_suffix(BARE).unwrap_or(last);
            }
        }
    }
    lines
}

/// One line that may hold a whole block: its boundaries, and the lines between them.
fn pieces(line: &[u8]) -> Vec<&[u8]> {
    let mut pieces: Vec<&[u8]> = Vec::new();
    let mut rest = line;
    while let Some((before, boundary, after)) = split_at_boundary(rest) {
        let before = if pieces.is_empty() && !before.starts_with(BARE) {
            before
        } else {
            before.strip_prefix(BARE).unwrap_or(before)
        };
        let body = before.strip_suffix(BARE).unwrap_or(before);
        if !body.is_empty() {
            split_at_joints(body, &mut pieces);
        }
        pieces.push(boundary);
        rest = after;
    }
    if pieces.is_empty() {
        return vec![line];
    }
    let rest = rest.strip_prefix(BARE).unwrap_or(rest);
    if !rest.is_empty() {
        split_at_joints(rest, &mut pieces);
    }
    pieces
}

/// What stands before the first boundary, the boundary with its dashes, and what stands after it.
fn split_at_boundary(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let marks: [&[u8]; 2] = [b"-----BEGIN ", b"-----END "];
    let start = marks.iter().filter_map(|mark| find(text, mark)).min()?;
    let end = start + 5 + find(&text[start + 5..], b"-----")? + 5;
    Some((&text[..start], &text[start..end], &text[end..]))
}

pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// `body` split at its `/n`, if each of its lines but the last has 64 columns; else as it is.
fn split_at_joints<'a>(body: &'a [u8], pieces: &mut Vec<&'a [u8]>) {
    let lines: Option<Vec<&[u8]>> = body
        .chunks(66)
        .map(|chunk| if chunk.len() > 64 { chunk.strip_suffix(BARE) } else { Some(chunk) })
        .collect();
    match lines {
        Some(lines) => pieces.extend(lines),
        None => pieces.push(body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str) -> Option<String> {
        replace(text.as_bytes()).map(|text| String::from_utf8(text.to_vec()).unwrap())
    }

    fn block(columns: usize, length: usize) -> String {
        let body = "A/n+".repeat(length).chars().take(length).collect::<Vec<char>>();
        let lines: Vec<String> = body.chunks(columns).map(|line| line.iter().collect()).collect();
        format!("-----BEGIN X-----\n{}\n-----END X-----\n", lines.join("\n"))
    }

    #[test]
    fn bare_newlines_are_replaced_next_to_boundaries_and_at_64_columns() {
        for length in [4, 60, 64, 68, 128, 200, 256] {
            let good = block(64, length);
            let one_line = good.trim_end().replace('\n', "/n");
            assert_eq!(replaced(&one_line).unwrap(), good, "{length}");
            assert_eq!(replaced(&(one_line + "/n")).unwrap(), good, "{length}");
            let marked = good.replace('\n', "/n\n");
            assert_eq!(replaced(&marked).unwrap(), good, "{length}");
            let two = good.repeat(2);
            assert_eq!(replaced(&two.replace('\n', "/n")).unwrap(), two, "{length}");
        }
    }

    #[test]
    fn base64_that_holds_the_two_characters_is_left_alone() {
        for columns in [64, 66, 76, 1000] {
            assert_eq!(replaced(&block(columns, 400)), None, "{columns}");
        }
        let long = format!(
            "-----BEGIN X-----\n{}/n{}\n-----END X-----\n",
            "A".repeat(64),
            "A".repeat(200)
        );
        assert_eq!(replaced(&long), None);
    }
}
