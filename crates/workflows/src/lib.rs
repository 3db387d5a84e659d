//! Flows over several operations: import a key, enrol a CA, prove possession; and the one [`Failure`]
//! every error below the command line becomes.

mod failure;
mod journal;
mod sign_intermediate;
mod whole_file;

pub use failure::{Failure, FailureKind};
pub use journal::{Journal, JournalError, Progressed};
pub use sign_intermediate::{
    Prepared, Signed, SigningOrder, SigningSummary, prepare, resume, sign_intermediate,
};
pub use whole_file::{Keep, OutputFile, OutputFileError, Visibility};
