//! Which object ids may be used (4.5.16, 4.5.17, errata 10).

use serde_json::{Value, json};

use crate::refusal::{FORBIDDEN_OBJECT_ID, Refusal};

/// Ids that are suggested.
pub const SUGGESTED: [(u32, u32); 1] = [(0x8300_0000, 0x8300_FFFF)];
/// Ids that are refused, both ends included.
pub const FORBIDDEN: [(u32, u32); 4] = [
    (0x0000_0000, 0x0000_0000),
    (0x7FFF_0200, 0x7FFF_0202),
    (0x7FFF_0204, 0x7FFF_020B),
    (0xF000_0000, 0xFFFF_FFFF),
];

/// An object id's number: 1 to 8 hexadecimal digits.
#[must_use]
pub fn parse(text: &str) -> Option<u32> {
    let digits = (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    digits.then(|| u32::from_str_radix(text, 16).ok())?
}

/// Refuses an id in a forbidden range.
///
/// # Errors
/// 422 that names the range.
pub fn check(value: u32, text: &str) -> Result<(), Refusal> {
    match FORBIDDEN.iter().find(|(first, last)| (*first..=*last).contains(&value)) {
        None => Ok(()),
        Some((first, last)) => Err(Refusal::field(
            &FORBIDDEN_OBJECT_ID,
            "objectId",
            format!("`{text}` is in the forbidden range {first:08X} to {last:08X} (4.5.17)"),
        )),
    }
}

/// Ranges as the API prints them.
#[must_use]
pub fn ranges(of: &[(u32, u32)]) -> Value {
    of.iter()
        .map(|(first, last)| {
            json!({"minValue": format!("{first:08X}"), "maxValue": format!("{last:08X}")})
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_ranges_are_forbidden_and_their_neighbours_are_not() {
        for (first, last) in FORBIDDEN {
            assert!(check(first, "").is_err());
            assert!(check(last, "").is_err());
        }
        for value in [1, 0x7FFF_01FF, 0x7FFF_0203, 0x7FFF_020C, 0x8300_0000, 0xEFFF_FFFF] {
            assert_eq!(check(value, ""), Ok(()), "{value:08X}");
        }
    }

    #[test]
    fn reads_one_to_eight_digits() {
        assert_eq!(parse("8300000a"), Some(0x8300_000A));
        assert_eq!(parse("1"), Some(1));
        for bad in ["", "123456789", "0x1", "g", "+1", " 1"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
