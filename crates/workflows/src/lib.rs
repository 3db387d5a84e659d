//! Flows over several operations: import a key, enrol a CA, prove possession; and the one [`Failure`]
//! every error below the command line becomes.

mod failure;
mod whole_file;

pub use failure::{Failure, FailureKind};
pub use whole_file::{Keep, OutputFile, OutputFileError, Visibility};
