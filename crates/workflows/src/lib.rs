//! Flows over several operations: import a key, enrol a CA, prove possession; and the one [`Failure`]
//! every error below the command line becomes.

mod failure;
mod journal;
mod whole_file;

pub use failure::{Failure, FailureKind};
pub use journal::{Journal, JournalError, Progressed};
pub use whole_file::{Keep, OutputFile, OutputFileError, Visibility};
