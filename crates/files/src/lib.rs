#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`OutputFile`] to write, [`read_secret_file`] with an [`InputPolicy`] to read, [`open_appended`] for files
//! that only grow.

mod accounts;
mod appended_file;
mod draft;
mod identity;
mod interruption;
mod regular_file;
mod secret_file;
#[cfg(test)]
mod swapped_target_tests;
mod trust;
mod unread;
mod untrusted;
mod whole_file;

pub use appended_file::{open_appended, read_appended};
pub use draft::rename_to_new;
pub use identity::Identity;
pub use interruption::{handled_by_program, restored_when_interrupted};
pub use regular_file::open_regular;
pub use secret_file::{SecretFileError, check_secret_file, find_secret_file, read_secret_file};
pub use trust::{FileRole, InputPolicy, OnAccepted, Readability, TrustError};
pub use unread::unread_name;
pub use untrusted::{Place, UntrustedFile};
pub use whole_file::{Keep, OutputFile, OutputFileError, Visibility, folder_of};
