//! PEM text (RFC 7468) to one JSON-safe line and back (AN12642 section 11), and the reading of PEM in
//! every form in which people hold it: a file, an escaped line, a JSON string, a whole JSON answer,
//! raw DER.
//!
//! [`escape`] and [`unescape`] change the form only. [`normalise`] is what a reader of certificates and
//! requests calls first: it also takes away what surrounds the blocks, and says what it did. Neither
//! decodes base64; the first reader of the result does.

mod answer;
mod blocks;
mod error;
mod escape;
mod normalise;

pub use error::PemLineError;
pub use escape::{escape, unescape};
pub use normalise::{Content, Normalised, Note, normalise};
