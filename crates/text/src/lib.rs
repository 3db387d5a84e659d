//! Text of others, made safe to show: on a terminal, in a report, in HTML.

mod shown;

pub use shown::one_line;
