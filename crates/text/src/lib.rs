//! Text of others: made safe to show on a terminal, in a report, in HTML; and which encoding a text file is in.

mod encoding;
mod parsing;
mod shown;

pub use encoding::{
    BYTE_ORDER_MARK, Endian, Unmarked, Utf16, unmarked, unmarked_bytes, without_mark,
};
pub use parsing::{parser_message, parser_message_at};
pub use shown::{file_name, is_shown, json_text, lines, one_line};
