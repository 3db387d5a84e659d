#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`one_line`] and [`lines`] for text that is shown, [`json_text`] for JSON, [`file_name`] for names of files,
//! [`without_mark`] for encodings, [`Shell`] for command lines.

mod encoding;
mod parsing;
mod shell;
mod shown;

pub use encoding::{
    BYTE_ORDER_MARK, Endian, Unmarked, Utf16, unmarked, unmarked_bytes, without_mark,
};
pub use parsing::{parser_message, parser_message_at};
pub use shell::Shell;
pub use shown::{file_name, is_shown, json_text, lines, one_line};
