//! Files: secrets that only their owner may read, and outputs that are written whole or not at all.

mod secret_file;
mod whole_file;

pub use secret_file::{Readability, SecretFileError, check_secret_file, read_secret_file};
pub use whole_file::{Keep, OutputFile, OutputFileError, Visibility, folder_of};
