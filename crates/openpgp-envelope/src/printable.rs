//! Foreign octets as text.

use el2g_text::one_line;

/// Foreign text that is safe to show; what is not UTF-8 becomes replacement characters.
pub(crate) fn printable(text: &[u8]) -> String {
    one_line(&String::from_utf8_lossy(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_a_terminal() {
        assert_eq!(printable("Ä <a@b>".as_bytes()), "Ä <a@b>");
        assert_eq!(printable(b"a\x1b[31m\nb\xFF"), "a\\u{1b}[31m\\nb\u{FFFD}");
    }
}
