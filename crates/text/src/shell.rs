//! Words of command lines that are printed to be typed.

/// The kind of shell that reads a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// A POSIX shell.
    Posix,
    /// cmd and PowerShell. Between double quotes cmd still replaces `%NAME%`, and PowerShell `$name` and what follows a
    /// backtick; nothing that both take prevents that.
    Windows,
}

impl Shell {
    /// The one that people use on this system.
    pub const HERE: Self = if cfg!(windows) { Self::Windows } else { Self::Posix };

    /// `text` as one word, between quotes.
    pub fn quoted(self, text: &str) -> String {
        match self {
            Self::Posix => format!("'{}'", text.replace('\'', r"'\''")),
            Self::Windows => quoted_for_windows(text),
        }
    }

    /// `text` as one word, between quotes where it needs them.
    pub fn word(self, text: &str) -> String {
        let marks = match self {
            Self::Posix => "/._-+:@%,=",
            // In PowerShell `,` makes a list, and `@` and `-` begin what is no text.
            Self::Windows => r"/\._-+:",
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
        let is_word = !text.is_empty() && text.chars().all(is_plain);
        let is_text = self == Self::Posix || !text.starts_with('-');
        if is_word && is_text { text.to_owned() } else { self.quoted(text) }
    }
}

/// A quotation mark is doubled: cmd sees no end of the word in it, and programs read one mark. Backslashes before a mark,
/// and at the end, are doubled too.
fn quoted_for_windows(text: &str) -> String {
    let mut word = String::from("\"");
    let mut backslashes = 0;
    for character in text.chars() {
        if character == '"' {
            word.push_str(&"\\".repeat(backslashes));
            word.push('"');
        }
        backslashes = if character == '\\' { backslashes + 1 } else { 0 };
        word.push(character);
    }
    word.push_str(&"\\".repeat(backslashes));
    word.push('"');
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_a_posix_shell_stands_between_single_quotes() {
        for (text, word) in [
            ("", "''"),
            ("/a b/it's", r"'/a b/it'\''s'"),
            ("a&b", "'a&b'"),
            ("a=b/c-1.pem", "a=b/c-1.pem"),
        ] {
            assert_eq!(Shell::Posix.word(text), word);
        }
    }

    #[test]
    fn a_word_for_windows_stands_between_double_quotes() {
        for (text, word) in [
            ("", r#""""#),
            (r"C:\a-b\c.pem", r"C:\a-b\c.pem"),
            (r"C:\a b\it's", r#""C:\a b\it's""#),
            (r"C:\a b\", r#""C:\a b\\""#),
            (r#"{"name":"a & b"}"#, r#""{""name"":""a & b""}""#),
            (r#"a\"b"#, r#""a\\""b""#),
            ("-a.b", r#""-a.b""#),
        ] {
            assert_eq!(Shell::Windows.word(text), word);
        }
    }
}
