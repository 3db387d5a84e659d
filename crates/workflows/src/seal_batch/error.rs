//! Why a batch does not begin, or stops.

use std::io;
use std::path::PathBuf;

use el2g_files::Access;
use el2g_key_payload::{EntropyUnavailable, io_reason};
use el2g_openpgp_envelope::SealError;

use super::manifest::ManifestError;
use crate::JournalError;

/// Why a batch does not begin, or stops before its end. What is wrong with one row is in its result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The manifest cannot be read, or not to its end.
    #[error("{}", .path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong.
        #[source]
        error: ManifestError,
    },
    /// A secret is to be made and nothing says what becomes of it.
    #[error("{}: line {line}: makes a new secret, whose only form would be its sealed message", .path.display())]
    GeneratedLost {
        /// The manifest.
        path: PathBuf,
        /// The first such line.
        line: u64,
    },
    /// The journal in the folder is of a batch with other values.
    #[error("{}: a batch was begun here with {what}", .folder.display())]
    Changed {
        /// The folder for the messages.
        folder: PathBuf,
        /// What differs: `another manifest`, `another signer` …
        what: &'static str,
    },
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A line of the results is not ours.
    #[error("line {line} of the results is not a result")]
    Results {
        /// The line, counted from 1.
        line: u64,
    },
    /// The results cannot be read.
    #[error("the results cannot be read: {}", io_reason(*.kind))]
    ResultsUnread {
        /// The reason the operating system gave.
        kind: io::ErrorKind,
    },
    /// The results do not belong to this manifest: an entry is not where it must be.
    #[error("the results have entry {found} where entry {wanted} is expected")]
    ResultsOrder {
        /// The entry that stands there.
        found: u64,
        /// The one that must.
        wanted: u64,
    },
    /// Results of something else are there already.
    #[error("{}: exists already and is not overwritten", .path.display())]
    ResultsExist {
        /// The file.
        path: PathBuf,
    },
    /// A file came to be where a message belongs while the batch ran.
    #[error("{}: appeared while the batch ran; the message for it waits in {}", .path.display(), .waiting.display())]
    Appeared {
        /// The message's place.
        path: PathBuf,
        /// Where the message is.
        waiting: PathBuf,
    },
    /// Copies for escrow cannot go there: they take the names of the messages, and are moved in one step.
    #[error("{}: copies for escrow go to another folder than the messages, on the same file system", .path.display())]
    EscrowFolder {
        /// The folder, or the copy's place in it.
        path: PathBuf,
    },
    /// The batch's own folder can be changed by another user.
    #[error("{}: expected a folder that only its owner can change, found {access}, owner {}", .path.display(), .access.owner())]
    ForeignFolder {
        /// The folder.
        path: PathBuf,
        /// Who can change it.
        access: Access,
    },
    /// Something that should be a folder is not.
    #[error("{}: is not a folder", .path.display())]
    NoFolder {
        /// What was found.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{}: cannot be written: {}", .path.display(), io_reason(*.kind))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The reason it gave.
        kind: io::ErrorKind,
    },
    /// A message could not be sealed, for a reason that is not the row's.
    #[error("entry {entry} was not sealed")]
    Seal {
        /// The row's number.
        entry: u64,
        /// Why.
        #[source]
        error: SealError,
    },
    /// No random bytes for a new secret.
    #[error("entry {entry} was not sealed")]
    Entropy {
        /// The row's number.
        entry: u64,
        /// Why.
        #[source]
        error: EntropyUnavailable,
    },
    /// Told to stop.
    #[error("stopped")]
    Stopped,
}
