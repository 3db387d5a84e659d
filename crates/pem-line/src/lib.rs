#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`escape`] and [`unescape`] change the form; [`read`] and [`read_secret`] find the blocks, decode them, and
//! say what they left out. [`Kind`] names what a block or file is, and the command that converts it.

mod answer;
mod bare_newlines;
mod blocks;
mod der;
mod error;
mod escape;
mod kind;
mod reading;

pub use blocks::{Block, BlockFault};
pub use der::Der;
pub use error::PemLineError;
pub use escape::{escape, unescape, unescape_bare};
pub use kind::Kind;
pub use reading::{Content, Note, Reading, read, read_secret};
