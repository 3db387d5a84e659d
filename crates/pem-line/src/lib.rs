//! PEM text (RFC 7468) to one JSON-safe line and back (AN12642 section 11), and the only reader of PEM and DER, in
//! every form in which people hold it: a file with anything around its blocks, an escaped line, a JSON string, a whole
//! JSON answer, raw DER.
//!
//! [`escape`] and [`unescape`] change the form only. [`read`] and [`read_secret`] are what every reader of certificates,
//! requests and keys calls first: they find the blocks, decode them, and say what they left out. [`Kind`] names what a
//! block or file is, and the command that converts it.

mod answer;
mod bare_newlines;
mod blocks;
mod error;
mod escape;
mod kind;
mod reading;

pub use blocks::{Block, BlockFault};
pub use error::PemLineError;
pub use escape::{escape, unescape, unescape_bare};
pub use kind::Kind;
pub use reading::{Content, Note, Reading, read, read_secret};
