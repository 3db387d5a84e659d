//! Where private keys live: files, agents, tokens.

mod key_place;
mod secret_file;

pub use key_place::{KeyPlace, KeyPlaceError, TokenUri};
pub use secret_file::{Readability, SecretFileError, check_secret_file, read_secret_file};
