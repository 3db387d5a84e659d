#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Systems differ in one module for each concern: where it stands for Unix, and under `windows/` by the same name.
//!
//! Where to begin: [`OutputFile`] to write, [`read_secret_file`] with an [`InputPolicy`] to read, [`open_appended`] for files
//! that only grow.

#[cfg_attr(windows, path = "windows/access.rs")]
mod access;
#[cfg(unix)]
mod accounts;
mod appended_file;
#[cfg_attr(windows, path = "windows/draft.rs")]
mod draft;
mod draft_name;
#[cfg_attr(windows, path = "windows/identity.rs")]
mod identity;
mod interruption;
#[cfg_attr(windows, path = "windows/judge.rs")]
mod judge;
#[cfg(windows)]
#[path = "windows/long_name.rs"]
mod long_name;
#[cfg_attr(windows, path = "windows/new_file.rs")]
mod new_file;
#[cfg(windows)]
#[path = "windows/process.rs"]
mod process;
mod regular_file;
#[cfg_attr(windows, path = "windows/repair.rs")]
mod repair;
mod secret_file;
#[cfg(windows)]
#[path = "windows/security.rs"]
mod security;
#[cfg_attr(windows, path = "windows/stop_signals.rs")]
mod stop_signals;
#[cfg_attr(windows, path = "windows/stream.rs")]
mod stream;
#[cfg(test)]
mod swapped_target_tests;
mod trust;
mod unread;
mod untrusted;
mod whole_file;
/// What access lists say is decided on text, and tested everywhere.
#[cfg(all(test, unix))]
#[expect(dead_code, unreachable_pub, reason = "only its tests are here")]
#[path = "windows/access.rs"]
mod windows_access;
#[cfg(windows)]
#[path = "windows/wine.rs"]
mod wine;

pub use access::{Access, OwnerId, PRIVATE};
pub use appended_file::{open_appended, open_or_create_appended, read_appended};
pub use draft::rename_to_new;
pub use identity::{Identity, real_path};
pub use interruption::{handled_by_program, restored_when_interrupted};
pub use new_file::{create_folder, create_new, create_private_folders, sync_files, sync_folder};
#[cfg(windows)]
pub use process::close_process_to_others;
pub use regular_file::{open_named, open_regular};
pub use repair::hide_command;
pub use secret_file::{SecretFileError, check_secret_file, find_secret_file, read_secret_file};
pub use trust::{FileRole, InputPolicy, OnAccepted, Readability, TrustError};
pub use unread::{error_kind, unread_name};
pub use untrusted::{Place, UntrustedFile};
pub use whole_file::{Keep, OutputFile, OutputFileError, Visibility, folder_of};
