//! The two dates of a certificate (RFC 5280 section 4.1.2.5).

use crate::instant::Instant;
use el2g_text::one_line;

use super::element::{Elements, Malformed, describe_tag, tag};

/// A date as it stands, and the moment it means where one can be made out.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Moment<'a> {
    /// `UTCTime` or `GeneralizedTime`, as an identifier octet.
    pub tag: u8,
    pub text: &'a [u8],
    /// Read as leniently as it can be; `None` when no date is in it.
    pub instant: Option<Instant>,
}

/// What a date is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parts {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    has_seconds: bool,
    has_fraction: bool,
    zulu: bool,
    /// Minutes east of UTC, where an offset is written.
    offset: Option<i32>,
}

impl<'a> Moment<'a> {
    pub fn read(elements: &mut Elements<'a>, what: &'static str) -> Result<Self, Malformed> {
        let remaining = elements.rest().len();
        let element = elements.next(what)?;
        if element.tag != tag::UTC_TIME && element.tag != tag::GENERALIZED_TIME {
            return Err(Malformed { what, found: describe_tag(element.tag), remaining });
        }
        let instant = parts(element.tag, element.content).and_then(|parts| parts.instant());
        Ok(Self { tag: element.tag, text: element.content, instant })
    }

    /// The year written, with the century UTCTime implies.
    pub fn year(&self) -> Option<i16> {
        parts(self.tag, self.text).map(|parts| parts.year)
    }

    /// What is wrong with the way the date is written; `None` when it is the form RFC 5280 asks for.
    pub fn fault(&self) -> Option<&'static str> {
        if self.has_plain_shape() && self.instant.is_some() {
            return None;
        }
        let Some(parts) = parts(self.tag, self.text) else {
            return Some("is not a date");
        };
        if !parts.has_seconds {
            Some("has no seconds")
        } else if parts.has_fraction {
            Some("has a fraction of a second")
        } else if !parts.zulu {
            Some("does not end in Z")
        } else if parts.second > 59 {
            Some("has a second beyond 59")
        } else if parts.instant().is_none() {
            Some("is not a day of the calendar or no time of day")
        } else {
            Some("has the wrong length")
        }
    }

    /// Twelve or fourteen digits and a Z.
    fn has_plain_shape(&self) -> bool {
        let digits = if self.tag == tag::UTC_TIME { 12 } else { 14 };
        self.text.len() == digits + 1
            && self.text[digits] == b'Z'
            && self.text[..digits].iter().all(u8::is_ascii_digit)
    }

    /// The text as it stands, made printable.
    pub fn text(&self) -> String {
        one_line(&String::from_utf8_lossy(self.text)).chars().take(40).collect()
    }
}

/// Two digits at the front of `text`.
fn two(text: &mut &[u8]) -> Option<i8> {
    let (digits, rest) = text.split_at_checked(2)?;
    let value = match digits {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => (tens - b'0') * 10 + (ones - b'0'),
        _ => return None,
    };
    *text = rest;
    i8::try_from(value).ok()
}

/// Reads every form X.680 gives the two types, not only the one RFC 5280 allows.
fn parts(kind: u8, text: &[u8]) -> Option<Parts> {
    let mut rest = text;
    let first = i16::from(two(&mut rest)?);
    let year = if kind == tag::GENERALIZED_TIME {
        first * 100 + i16::from(two(&mut rest)?)
    } else if first >= 50 {
        1900 + first
    } else {
        2000 + first
    };
    let mut parts = Parts {
        year,
        month: two(&mut rest)?,
        day: two(&mut rest)?,
        hour: two(&mut rest)?,
        minute: two(&mut rest)?,
        ..Parts::default()
    };
    if let Some(second) = two(&mut rest) {
        parts.second = second;
        parts.has_seconds = true;
    }
    if let [b'.' | b',', fraction @ ..] = rest {
        let digits = fraction.iter().take_while(|octet| octet.is_ascii_digit()).count();
        parts.has_fraction = true;
        rest = &fraction[digits..];
    }
    match rest {
        b"Z" => parts.zulu = true,
        [sign @ (b'+' | b'-'), offset @ ..] => {
            let mut offset = offset;
            let minutes = i32::from(two(&mut offset)?) * 60 + i32::from(two(&mut offset)?);
            if !offset.is_empty() {
                return None;
            }
            parts.offset = Some(if *sign == b'-' { -minutes } else { minutes });
        }
        b"" => {}
        _ => return None,
    }
    Some(parts)
}

impl Parts {
    fn instant(&self) -> Option<Instant> {
        if self.hour > 23 || self.minute > 59 || self.second > 59 {
            return None;
        }
        let date = jiff::civil::Date::new(self.year, self.month, self.day).ok()?;
        let days = date.duration_since(jiff::civil::Date::constant(1970, 1, 1)).as_secs() / 86_400;
        let seconds =
            i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
                - i64::from(self.offset.unwrap_or(0)) * 60;
        Some(Instant::from_unix(days * 86_400 + seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(tag: u8, text: &str) -> (Option<i64>, Option<&'static str>) {
        let mut der = vec![tag, u8::try_from(text.len()).unwrap()];
        der.extend_from_slice(text.as_bytes());
        let moment = Moment::read(&mut Elements::new(&der), "the date").unwrap();
        (moment.instant.map(Instant::unix), moment.fault())
    }

    #[test]
    fn reads_both_types_and_names_what_is_wrong() {
        for (tag, text, seconds, fault) in [
            (tag::UTC_TIME, "700101000000Z", Some(0), None),
            (tag::UTC_TIME, "491231235959Z", Some(2_524_607_999), None),
            (tag::UTC_TIME, "500101000000Z", Some(-631_152_000), None),
            (tag::GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000), None),
            (tag::GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799), None),
            (tag::UTC_TIME, "7001010000Z", Some(0), Some("has no seconds")),
            (tag::UTC_TIME, "700101010000+0100", Some(0), Some("does not end in Z")),
            (tag::UTC_TIME, "700101000000", Some(0), Some("does not end in Z")),
            (
                tag::GENERALIZED_TIME,
                "19700101000000.5Z",
                Some(0),
                Some("has a fraction of a second"),
            ),
            (tag::UTC_TIME, "700101000060Z", None, Some("has a second beyond 59")),
            (
                tag::UTC_TIME,
                "700229000000Z",
                None,
                Some("is not a day of the calendar or no time of day"),
            ),
            (
                tag::UTC_TIME,
                "700101240000Z",
                None,
                Some("is not a day of the calendar or no time of day"),
            ),
            (tag::UTC_TIME, "hello", None, Some("is not a date")),
            (tag::UTC_TIME, "", None, Some("is not a date")),
        ] {
            assert_eq!(moment(tag, text), (seconds, fault), "{text}");
        }
    }
}
