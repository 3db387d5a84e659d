//! A row of a CSV file that is written.

use csv::{QuoteStyle, Terminator, WriterBuilder};

/// The fields of a row, quoted where they have to be (RFC 4180), without the end of the line.
pub fn csv_row(fields: &[&str]) -> String {
    let mut writer = WriterBuilder::new()
        .quote_style(QuoteStyle::Necessary)
        .terminator(Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    // Memory can be written.
    let written = writer.write_record(fields).ok().and_then(|()| writer.into_inner().ok());
    let row = String::from_utf8(written.unwrap_or_default()).unwrap_or_default();
    row.trim_end_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_has_to_be_quoted() {
        assert_eq!(csv_row(&["4", "line-7"]), "4,line-7");
        assert_eq!(csv_row(&["4", "a,b \"c\""]), "4,\"a,b \"\"c\"\"\"");
        assert_eq!(csv_row(&["id", "two\nlines"]), "id,\"two\nlines\"");
    }
}
