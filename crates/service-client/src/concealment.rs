//! The secrets of a call, kept out of whatever a service sends back: it may quote the request, in any coding.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::token::Token;

/// So much of a secret in a row gives it away. Shorter secrets count as a whole.
const WINDOW: usize = 12;

/// Shorter secrets are not concealed: they would be found everywhere.
const SHORTEST: usize = 4;

/// The secrets of one call.
#[derive(Default)]
pub(crate) struct Secrets {
    /// Each in every coding, and whether upper and lower case are the same there.
    forms: Vec<(Zeroizing<Vec<u8>>, bool)>,
}

impl Secrets {
    /// The token, and what the body holds.
    pub(crate) fn of<'a>(token: Option<&'a Token>, body: impl Iterator<Item = &'a str>) -> Self {
        let mut secrets = Self::default();
        for secret in token.map(Token::expose).into_iter().chain(body) {
            secrets.add(secret.as_bytes());
        }
        secrets
    }

    /// One more secret.
    pub(crate) fn add(&mut self, secret: &[u8]) {
        if secret.len() < SHORTEST {
            return;
        }
        self.forms.push((Zeroizing::new(secret.to_vec()), false));
        let hex = base16ct::lower::encode_string(secret).into_bytes();
        self.forms.push((Zeroizing::new(hex), true));
        // Base64 of a text in which the secret stands at any place: the characters that hold nothing but the secret.
        for before in 0..3 {
            let padded = Zeroizing::new([&[0; 3][..before], secret].concat());
            let (from, to) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let coded = Zeroizing::new(engine.encode(&padded));
                let inner = &coded.as_bytes()[from..to];
                if inner.len() >= SHORTEST {
                    self.forms.push((Zeroizing::new(inner.to_vec()), false));
                }
            }
        }
    }

    /// `text` without any of the secrets: raw, in JSON, HTML and percent coding, in hex and base64, whole or in part. Call
    /// it before anything is cut off.
    pub(crate) fn conceal(&self, text: &str) -> String {
        if self.forms.is_empty() {
            return text.to_owned();
        }
        let mut hidden = vec![false; text.len()];
        let plain = View::of(text);
        let once = [plain.percent_decoded(), plain.json_decoded(), plain.html_decoded()];
        // One coding within another: a URL in JSON, JSON in JSON, a URL in a page.
        let twice = once
            .iter()
            .flat_map(|view| [view.percent_decoded(), view.json_decoded(), view.html_decoded()]);
        let views: Vec<View> = twice.chain([plain]).collect();
        for view in &views {
            for (form, any_case) in &self.forms {
                view.mark(form, *any_case, &mut hidden);
            }
        }
        let mut shown = String::with_capacity(text.len());
        let mut inside = false;
        for (at, character) in text.char_indices() {
            if hidden[at..at + character.len_utf8()].contains(&true) {
                if !inside {
                    shown.push_str("[secret]");
                }
                inside = true;
            } else {
                shown.push(character);
                inside = false;
            }
        }
        shown
    }
}

/// A text as it reads once a coding is taken off, with the place of each byte in the text that was received.
struct View {
    bytes: Vec<u8>,
    /// Where each byte comes from: first place and the one behind the last.
    from: Vec<(usize, usize)>,
}

impl View {
    fn of(text: &str) -> Self {
        let from = (0..text.len()).map(|at| (at, at + 1)).collect();
        Self { bytes: text.as_bytes().to_vec(), from }
    }

    /// Takes a coding off: `decode` gives, for the bytes at a place, what they mean and how many they are.
    fn decoded(&self, decode: impl Fn(&[u8]) -> Option<(char, usize)>) -> Self {
        let (mut bytes, mut from, mut at) = (Vec::new(), Vec::new(), 0);
        while at < self.bytes.len() {
            let (text, length) = match decode(&self.bytes[at..]) {
                Some((character, length)) => (character.to_string().into_bytes(), length),
                None => (vec![self.bytes[at]], 1),
            };
            let place = (self.from[at].0, self.from[at + length - 1].1);
            from.extend(std::iter::repeat_n(place, text.len()));
            bytes.extend(text);
            at += length;
        }
        Self { bytes, from }
    }

    fn percent_decoded(&self) -> Self {
        self.decoded(|rest| match rest {
            [b'%', high, low, ..] => Some((ascii(16, &[*high, *low])?, 3)),
            _ => None,
        })
    }

    fn json_decoded(&self) -> Self {
        self.decoded(|rest| match rest {
            [b'\\', b'u', a, b, c, d, ..] => Some((ascii(16, &[*a, *b, *c, *d])?, 6)),
            [b'\\', escaped @ (b'"' | b'\\' | b'/'), ..] => Some((char::from(*escaped), 2)),
            _ => None,
        })
    }

    fn html_decoded(&self) -> Self {
        const NAMED: [(&[u8], char); 5] =
            [(b"&amp;", '&'), (b"&lt;", '<'), (b"&gt;", '>'), (b"&quot;", '"'), (b"&apos;", '\'')];
        self.decoded(|rest| {
            if rest.first() != Some(&b'&') {
                return None;
            }
            if let Some((name, means)) = NAMED.iter().find(|(name, _)| rest.starts_with(name)) {
                return Some((*means, name.len()));
            }
            let digits = rest.strip_prefix(b"&#")?;
            let end = digits.iter().take(8).position(|byte| *byte == b';')?;
            let character = match &digits[..end] {
                [b'x' | b'X', hex @ ..] => ascii(16, hex),
                decimal => ascii(10, decimal),
            };
            Some((character?, end + 3))
        })
    }

    /// Marks what of this text is the secret, or a part of it that is long enough.
    fn mark(&self, secret: &[u8], any_case: bool, hidden: &mut [bool]) {
        let window = secret.len().min(WINDOW);
        let lower = |bytes: &[u8]| {
            Zeroizing::new(if any_case { bytes.to_ascii_lowercase() } else { bytes.to_vec() })
        };
        let (secret, text) = (lower(secret), lower(&self.bytes));
        let parts: HashSet<&[u8]> = secret.windows(window).collect();
        for (at, found) in text.windows(window).enumerate() {
            if parts.contains(found) {
                let (start, end) = (self.from[at].0, self.from[at + window - 1].1);
                hidden[start..end].fill(true);
            }
        }
    }
}

/// The ASCII character with this number; others are in no secret.
fn ascii(radix: u32, digits: &[u8]) -> Option<char> {
    let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?;
    char::from_u32(number).filter(char::is_ascii)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    const SECRET: &str = "tok+en/0123456789\"AbCdEf==";

    fn concealed(text: &str) -> String {
        Secrets::of(None, [SECRET].into_iter()).conceal(text)
    }

    #[test]
    fn a_secret_is_concealed_in_every_coding() {
        let json = serde_json::to_string(SECRET).unwrap();
        let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let some_percent = SECRET.replace('+', "%2B").replace('/', "%2f").replace('"', "%22");
        let html = SECRET.replace('"', "&quot;").replace('+', "&#43;").replace('/', "&#x2F;");
        let unicode: String = SECRET.bytes().map(|byte| format!("\\u{byte:04X}")).collect();
        let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
        for text in [
            SECRET.to_owned(),
            json[1..json.len() - 1].to_owned(),
            json[1..json.len() - 1].replace('/', "\\/"),
            percent,
            some_percent.clone(),
            serde_json::to_string(&json).unwrap(),
            html,
            unicode,
            hex.clone(),
            hex.to_uppercase(),
            SECRET[5..20].to_owned(),
        ] {
            let shown = concealed(&format!("before {text} after"));
            assert!(shown.starts_with("before ") && shown.ends_with(" after"), "{text}: {shown}");
            assert!(shown.contains("[secret]"), "{text}: {shown}");
            for part in text.as_bytes().windows(12) {
                let part = String::from_utf8_lossy(part);
                assert!(!shown.contains(&*part), "{text}: {shown}");
            }
        }
    }

    #[test]
    fn base64_of_a_text_around_a_secret_does_not_give_it_away() {
        for before in ["", "a", "ab", "abc", "EL2G-API-Key: "] {
            let text = format!("{before}{SECRET} and more");
            for coded in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
                let shown = concealed(&coded);
                let left: String = shown.split("[secret]").collect();
                assert!(left.len() <= (text.len() - SECRET.len()) * 4 / 3 + 8, "{coded}: {shown}");
            }
        }
    }

    #[test]
    fn other_text_stays() {
        for text in ["", "no such group", "ä %41 &amp; \\u0041", "0123456789"] {
            assert_eq!(concealed(text), text);
        }
        assert_eq!(Secrets::default().conceal(SECRET), SECRET);
        assert_eq!(Secrets::of(None, ["abc"].into_iter()).conceal("abc"), "abc");
    }

    proptest::proptest! {
        #[test]
        fn no_secret_is_left_in_any_text(
            before: String,
            secret in "[A-Z0-9+/]{4,40}",
            after: String,
        ) {
            let text = format!("{before}{secret}{after}");
            let shown = Secrets::of(None, [secret.as_str()].into_iter()).conceal(&text);
            proptest::prop_assert!(!shown.contains(&secret));
        }
    }
}
