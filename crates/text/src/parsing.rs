//! Why a file could not be parsed, in words of our own.
//!
//! What a parser of another library says may quote the file, and the file may be a key that was given by mistake, of which
//! no part is repeated, however short. Its message is only used to tell what kind of fault it was, where it is, and what
//! our own types expected there.

/// Kinds of a fault that serde reports, by how its message begins, in our words. What follows is quoted from the file.
const KINDS: [(&str, &str); 7] = [
    ("unknown field ", "unknown field"),
    ("unknown variant ", "unknown value"),
    ("invalid value: ", "value not allowed"),
    ("invalid length ", "wrong number of values"),
    ("duplicate key", "duplicate key"),
    ("EOF while parsing ", "ends too early"),
    ("recursion limit exceeded", "nested too deeply"),
];

/// Kinds of a value, as serde names them (`Unexpected`).
const FOUND: [&str; 10] = [
    "boolean",
    "integer",
    "floating point",
    "character",
    "string",
    "byte array",
    "sequence",
    "map",
    "null",
    "unit",
];

/// What a parser of another library says of a file, as a message may repeat it: place, kind of the fault, and what was
/// expected. No part of the file is in it.
#[must_use]
pub fn parser_message(message: &str) -> String {
    let (message, place) = without_place(message);
    match place {
        Some((line, column)) => placed(line, column, &fault(message)),
        None => fault(message),
    }
}

/// The same with the place in the file: line and column counted from 1, of the byte at `offset` of `text`.
#[must_use]
pub fn parser_message_at(text: &str, offset: usize, message: &str) -> String {
    // `str::floor_char_boundary` came with Rust 1.91.
    let end = (0..=offset.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    let before = &text[..end.unwrap_or_default()];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    placed(line, column, &fault(message))
}

fn placed(line: usize, column: usize, fault: &str) -> String {
    format!("line {line}, column {column}: {fault}")
}

/// A message of serde_json ends in its place.
fn without_place(message: &str) -> (&str, Option<(usize, usize)>) {
    let Some((said, place)) = message.rsplit_once(" at line ") else { return (message, None) };
    let Some((line, column)) = place.split_once(" column ") else { return (message, None) };
    match (line.parse(), column.parse()) {
        (Ok(line), Ok(column)) => (said, Some((line, column))),
        _ => (message, None),
    }
}

fn fault(message: &str) -> String {
    // The names of these are those of our own fields.
    for (begin, ours) in
        [("missing field `", "missing field"), ("duplicate field `", "duplicate field")]
    {
        let name = message.strip_prefix(begin).and_then(|rest| rest.strip_suffix('`'));
        if let Some(name) = name.filter(|name| is_field(name)) {
            return format!("{ours} `{name}`");
        }
    }
    if let Some(found) = message.strip_prefix("invalid type: ") {
        let kind = FOUND.iter().find(|kind| found.starts_with(**kind)).unwrap_or(&"something else");
        return format!("wrong type: found {kind}{}", expected(message));
    }
    match KINDS.iter().find(|(begin, _)| message.starts_with(begin)) {
        Some((_, ours)) => format!("{ours}{}", expected(message)),
        None => "syntax error".to_owned(),
    }
}

/// What our own type expected. serde puts it last, behind what it quotes, so the last such words are its own.
fn expected(message: &str) -> &str {
    const BEGIN: &str = ", expected ";
    let tail = message.rfind(BEGIN).map_or("", |at| &message[at..]);
    let is_plain = tail.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if is_plain { tail } else { "" }
}

fn is_field(name: &str) -> bool {
    const LONGEST: usize = 32;
    name.len() <= LONGEST
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parser_quotes_nothing_of_a_file() {
        for (said, shown) in [
            ("unknown field `deviceLimit`, expected `name`", "unknown field, expected `name`"),
            (
                "unknown field `a`, expected `3f8a1c`, expected `name`",
                "unknown field, expected `name`",
            ),
            (
                "unknown variant `tKn4`, expected one of `a`, `b` at line 3 column 9",
                "line 3, column 9: unknown value, expected one of `a`, `b`",
            ),
            (
                "invalid type: string \"MIGHAgEA\", expected a map at line 1 column 10",
                "line 1, column 10: wrong type: found string, expected a map",
            ),
            ("invalid type: tKn4Zq, expected u8", "wrong type: found something else, expected u8"),
            ("invalid value: integer `4821`, expected u8", "value not allowed, expected u8"),
            ("missing field `name`", "missing field `name`"),
            ("missing field `tKn4Zq` and 3f8a", "syntax error"),
            ("string \"00112233\"", "syntax error"),
            ("EOF while parsing a string at line 1 column 4", "line 1, column 4: ends too early"),
            ("unknown at line 48 column 21 here", "syntax error"),
        ] {
            assert_eq!(parser_message(said), shown);
        }
        assert_eq!(
            parser_message_at("a = 1\nbé = ", 9, "no value"),
            "line 2, column 3: syntax error"
        );
    }

    #[test]
    fn what_serde_json_says_is_understood() {
        for (text, shown) in [
            ("\"4821\"", "line 1, column 6: wrong type: found string, expected u8"),
            ("4821", "line 1, column 4: value not allowed, expected u8"),
            ("[48", "line 1, column 3: ends too early"),
            ("tKn4", "line 1, column 2: syntax error"),
        ] {
            let said = match text.starts_with('[') {
                true => serde_json::from_str::<Vec<u8>>(text).map(|_| ()),
                false => serde_json::from_str::<u8>(text).map(|_| ()),
            };
            let said = said.unwrap_err().to_string();
            assert_eq!(parser_message(&said), shown, "{said}");
        }
    }
}
