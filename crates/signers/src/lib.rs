//! Where private keys live: files, agents, tokens.

mod secret_file;

pub use secret_file::{Readability, SecretFileError, check_secret_file, read_secret_file};
