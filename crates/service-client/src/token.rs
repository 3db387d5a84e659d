//! The token that authorises calls.

use std::fmt;

use el2g_key_payload::SecretBytes;
use el2g_text::Shell;
use zeroize::Zeroizing;

/// Why a text cannot be a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing but white space.
    #[error("the token is empty")]
    Empty,
    /// A character that cannot stand in an HTTP header.
    #[error(
        "the token contains a character that cannot stand in an HTTP header (line break, blank, control or non-ASCII) at position {position}"
    )]
    NotHeaderSafe {
        /// Where, counted from 1.
        position: usize,
    },
}

/// The token of a service: wiped when dropped, never shown.
pub struct Token(Zeroizing<String>);

impl Token {
    /// Takes a token as read from a file or the environment; white space around it is dropped.
    ///
    /// # Errors
    /// [`TokenError`] when it is empty or not printable ASCII.
    pub fn new(text: &SecretBytes) -> Result<Self, TokenError> {
        let trimmed = trimmed(text.expose());
        if trimmed.is_empty() {
            return Err(TokenError::Empty);
        }
        match trimmed.iter().position(|byte| !byte.is_ascii_graphic()) {
            Some(at) => Err(TokenError::NotHeaderSafe { position: at + 1 }),
            None => Ok(Token(ascii(trimmed))),
        }
    }

    /// The token itself, for the header.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A secret without white space around it.
pub(crate) fn trimmed(text: &[u8]) -> &[u8] {
    std::str::from_utf8(text).map_or_else(|_| text.trim_ascii(), |text| text.trim().as_bytes())
}

/// Bytes that were found to be ASCII, as text.
pub(crate) fn ascii(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(String::from_utf8(bytes.to_vec()).expect("ASCII is UTF-8"))
}

/// Where the cURL line of a dry run takes the token from. It never holds the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// An environment variable.
    Variable(&'static str),
    /// A file.
    File(String),
    /// A program and its arguments that print it.
    Command(Vec<String>),
}

impl TokenSource {
    /// What stands for the token in a POSIX shell, between double quotes.
    pub(crate) fn in_posix_shell(&self) -> String {
        match self {
            TokenSource::Variable(name) => format!("${name}"),
            // As here, white space around the token is not part of it.
            TokenSource::File(path) => {
                format!("$(tr -d '[:space:]' < {})", Shell::Posix.quoted(path))
            }
            TokenSource::Command(words) => {
                let words: Vec<String> =
                    words.iter().map(|word| Shell::Posix.quoted(word)).collect();
                format!("$({})", words.join(" "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_is_told_where_the_token_is() {
        let command = ["pass".to_owned(), "it's here".to_owned()].to_vec();
        for (source, text) in [
            (TokenSource::Variable("EL2G_TOKEN"), "$EL2G_TOKEN"),
            (TokenSource::File("a b/token".into()), "$(tr -d '[:space:]' < 'a b/token')"),
            (TokenSource::Command(command), r"$('pass' 'it'\''s here')"),
        ] {
            assert_eq!(source.in_posix_shell(), text);
        }
    }

    fn token(text: &str) -> Result<Token, TokenError> {
        Token::new(&SecretBytes::from_slice(text.as_bytes()))
    }

    #[test]
    fn white_space_around_is_dropped() {
        assert_eq!(token(" abc\r\n").expect("a token").expose(), "abc");
    }

    #[test]
    fn what_would_split_a_header_is_refused() {
        assert_eq!(token("ab\nc").err(), Some(TokenError::NotHeaderSafe { position: 3 }));
        assert_eq!(token("ab c").err(), Some(TokenError::NotHeaderSafe { position: 3 }));
        assert_eq!(token("äb").err(), Some(TokenError::NotHeaderSafe { position: 1 }));
        assert_eq!(token(" \n").err(), Some(TokenError::Empty));
        let not_text = Token::new(&SecretBytes::new(b" a\xff\n".to_vec()));
        assert_eq!(not_text.err(), Some(TokenError::NotHeaderSafe { position: 2 }));
    }

    #[test]
    fn debug_does_not_show_it() {
        assert_eq!(format!("{:?}", token("s3cret").expect("a token")), "Token(…)");
    }
}
