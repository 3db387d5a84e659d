//! What may be shown of a foreign text: one set of characters, for terminals, reports and pages alike.

use std::fmt::Write as _;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Whether a character can be shown as it is. Control characters (Cc) steer a terminal; format characters (Cf) reorder or
/// hide what is around them; line and paragraph separators (Zl, Zp) break lines; private and unassigned ones (Co, Cn) look
/// like anything.
#[must_use]
pub fn is_shown(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    !matches!(
        character.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
            | GeneralCategory::Surrogate
    )
}

/// `text` on one line, what cannot be shown escaped: it may quote a file name or a foreign answer.
#[must_use]
pub fn one_line(text: &str) -> String {
    shown_with(text, &[])
}

/// The same for a text of several lines, whose line breaks are ours.
#[must_use]
pub fn lines(text: &str) -> String {
    shown_with(text, &['\n'])
}

fn shown_with(text: &str, kept: &[char]) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_shown(character) || kept.contains(&character) {
            shown.push(character);
        } else {
            shown.extend(character.escape_default());
        }
    }
    shown
}

/// A JSON document in which what cannot be shown is written as `\uXXXX`. It means the same: such characters stand in strings
/// only, line breaks apart.
#[must_use]
pub fn json_text(document: &str) -> String {
    if document.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return document.to_owned();
    }
    let mut shown = String::with_capacity(document.len());
    for character in document.chars() {
        if is_shown(character) || character == '\n' {
            shown.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                write!(shown, "\\u{unit:04x}").expect("a String takes everything");
            }
        }
    }
    shown
}

/// Fewest digits in a row that could be key material.
const HEX_RUN: usize = 32;

/// Fewest characters without a separator that could be a token.
const TOKEN_RUN: usize = 20;

/// A file name, or another word that was typed, as a message may repeat it: on one line, without what could be a key, token
/// or the text of a key file that was given where a name is expected.
#[must_use]
pub fn file_name(text: &str) -> String {
    const LONGEST: usize = 300;
    let count = text.chars().count();
    // A slash may be one of base64, where nothing else of a path is there.
    let is_base64 = !text.contains('.') && !text.starts_with('/') && !text.contains(is_outside);
    if text.contains("-----BEGIN")
        || count > LONGEST
        || text.split(is_between).any(is_key_like)
        || (is_base64 && is_key_like(text))
    {
        let start: String = text.chars().take(4).collect();
        return format!("{}… ({count} characters, not shown)", one_line(&start));
    }
    one_line(text)
}

/// What stands between the parts of a path, and between words.
fn is_between(character: char) -> bool {
    !(character.is_ascii_alphanumeric() || "+=_-".contains(character))
}

/// What is neither in base64 nor a slash.
fn is_outside(character: char) -> bool {
    character != '/' && is_between(character)
}

fn is_key_like(run: &str) -> bool {
    if run.len() >= HEX_RUN && run.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return true;
    }
    // Long names of files are words: of tokens and base64, capitals, small letters and digits are mixed.
    let has = |of: fn(&u8) -> bool| run.bytes().any(|byte| of(&byte));
    let is_mixed =
        has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    let is_one_word = !run.contains(['-', '_', '/']);
    is_mixed && run.len() >= if is_one_word { TOKEN_RUN } else { HEX_RUN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_or_fools_a_reader_is_escaped() {
        assert_eq!(one_line("a\nb\u{1b}[31m é 漢 🙂"), "a\\nb\\u{1b}[31m é 漢 🙂");
        for hidden in [
            '\u{202e}',
            '\u{200b}',
            '\u{2028}',
            '\u{2029}',
            '\u{feff}',
            '\u{ad}',
            '\u{85}',
            '\u{e000}',
            '\u{e0041}',
            '\u{2066}',
        ] {
            assert!(!is_shown(hidden), "{hidden:?}");
            assert_eq!(one_line(&hidden.to_string()), hidden.escape_default().to_string());
        }
        assert_eq!(lines("a\n\tb"), "a\n\\tb");
    }

    #[test]
    fn json_means_the_same() {
        let text = "a\u{202e}b\u{e0041}\u{1b}\n";
        let plain = serde_json::to_string_pretty(&[text]).unwrap();
        let shown = json_text(&plain);
        assert!(shown.chars().all(|character| is_shown(character) || character == '\n'));
        assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), [text]);
    }

    #[test]
    fn what_could_be_a_key_is_not_repeated() {
        for key in [
            "00112233445566778899aabbccddeeff",
            "./00112233445566778899aabbccddeeff",
            "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg",
            "MIGH/gEAM/MGByqG/M49AgEG/CqGSM49/wEHBG0w+wIBAQ==",
            "tKn4Zq8sLw2Xv6Yb1Nc5Mf9Gh3Jk7Pr0Qs",
            "eyJhbGciOi-JIUzI1NiIs_InR5cCI6IkpXVCJ9",
            "-----BEGIN PRIVATE KEY----- MIGH",
        ] {
            assert!(
                file_name(key).ends_with("characters, not shown)"),
                "{key}: {}",
                file_name(key)
            );
        }
        for typed in ["key.hex", "/secrets/2026-11-27/line-7/intermediate.certificate.pem", "a\nb"]
        {
            assert_eq!(file_name(typed), one_line(typed));
        }
    }
}
