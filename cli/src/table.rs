//! Answers of the service as text: lists as tables, single things field by field.

use std::io::{self, Write};

use el2g_service_api::{Page, PageQuery as _, PagedOperation};
use el2g_text::one_line;
use serde::Serialize;
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use crate::document::{self, Documented, Json};
use crate::indicator::Counter;
use crate::online::Online;
use crate::output::{Human, Outcome, OutputFormat, StreamFailure};
use crate::products::product_in;

/// Something that is one line of a table.
pub trait Row: Documented {
    /// The titles of the columns.
    const COLUMNS: &'static [&'static str];

    /// The cells, one per column.
    fn cells(&self) -> Vec<String>;

    /// The same under the names and in the forms that the service uses elsewhere, where it is odd in
    /// this one answer (docs/an12642-errata.md rows 3 to 6): what is printed has stable keys.
    #[must_use]
    fn tidy(self) -> Self
    where
        Self: Sized,
    {
        self
    }
}

/// A list that is printed page by page, so that its length does not matter. When a page cannot be had,
/// the JSON array is left open: half a list must not look like a whole one.
pub fn list<O>(online: Online, path: O::Path, query: O::Query) -> Outcome
where
    O: PagedOperation<Body = ()>,
    O::Path: 'static,
    O::Item: Row + 'static,
{
    if query.page().is_some() {
        return one_page::<O>(online, path, query);
    }
    Outcome::stream(Box::new(move |format, out| {
        let mut sheet = Sheet::new(format);
        let mut counter = Counter::beside_stdout(online.console, "items");
        let product = product_in(&path);
        let mut pages = online.client().pages::<O>(path, query);
        loop {
            let page = online.wait(pages.next());
            let page =
                page.map_err(|error| online.about_product(product.as_deref(), error.into()))?;
            let Some(items) = page else { break };
            let items: Vec<O::Item> = items.into_iter().map(Row::tidy).collect();
            sheet.add(&items, out)?;
            counter.iter_mut().for_each(|counter| counter.add(items.len() as u64));
            // What is there is shown at once.
            out.flush()?;
        }
        sheet.end::<O::Item>(out)
    }))
}

/// One page: in JSON with its figures, as the service answers it.
fn one_page<O>(online: Online, path: O::Path, query: O::Query) -> Outcome
where
    O: PagedOperation<Body = ()>,
    O::Path: 'static,
    O::Item: Row + 'static,
{
    Outcome::stream(Box::new(move |format, out| {
        let product = product_in(&path);
        let mut pages = online.client().pages::<O>(path, query);
        let page = online.wait(pages.next_page());
        let page = page.map_err(|error| online.about_product(product.as_deref(), error.into()))?;
        let Some(Page { current, next, prev, total_elements, page_type, content, unknown }) = page
        else {
            return Ok(());
        };
        let content: Vec<O::Item> = content.into_iter().map(Row::tidy).collect();
        if format == OutputFormat::Human {
            if let Some(total) = total_elements.value() {
                online.console.note(format!("{} of {total} items", content.len()));
            }
            let mut sheet = Sheet::new(format);
            sheet.add(&content, out)?;
            return sheet.end::<O::Item>(out);
        }
        let no_json = |e| el2g_workflows::Failure::bug(format!("the answer is not JSON: {e}"));
        let content = content.iter().map(Item::of).collect::<Result<_, _>>().map_err(no_json)?;
        let page = Page { current, next, prev, total_elements, page_type, content, unknown };
        let text = document::pretty(&page).map_err(no_json)?;
        out.write_all(text.as_bytes())?;
        Ok(out.write_all(b"\n")?)
    }))
}

/// An item of a page, with its schema.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Item(serde_json::Map<String, Value>);

/// A page as it is printed.
pub type ItemPage = Page<Item>;

impl Item {
    fn of<T: Documented>(item: &T) -> serde_json::Result<Self> {
        serde_json::from_str(&document::line(item)?).map(Self)
    }
}

/// A list that the service answers whole.
pub struct Rows<T>(pub Vec<T>);

impl<T: Row> Json for Rows<T> {
    fn json(&self) -> serde_json::Result<String> {
        document::array(&self.0)
    }
}

impl<T: Row> Human for Rows<T> {
    fn human(&self) -> String {
        let mut sheet = Sheet::new(OutputFormat::Human);
        let mut out = Vec::new();
        let written = sheet.add(&self.0, &mut out).and_then(|()| sheet.end::<T>(&mut out));
        written.unwrap_or_else(|_| panic!("memory can be written"));
        String::from_utf8_lossy(&out).into_owned()
    }
}

/// A table or a JSON array in the making.
struct Sheet {
    format: OutputFormat,
    /// Widths of the columns, from the titles and the first page; later cells may stick out.
    widths: Option<Vec<usize>>,
    items: u64,
}

impl Sheet {
    fn new(format: OutputFormat) -> Self {
        Self { format, widths: None, items: 0 }
    }

    fn add<T: Row>(&mut self, items: &[T], out: &mut dyn Write) -> Result<(), StreamFailure> {
        match self.format {
            OutputFormat::Json => self.add_json(items, out),
            OutputFormat::Human => Ok(self.add_rows(items, out)?),
        }
    }

    fn add_json<T: Row>(&mut self, items: &[T], out: &mut dyn Write) -> Result<(), StreamFailure> {
        for item in items {
            out.write_all(if self.items == 0 { b"[\n  " } else { b",\n  " })?;
            let no_json = |e| el2g_workflows::Failure::bug(format!("the answer is not JSON: {e}"));
            let text = document::pretty(item).map_err(no_json)?;
            out.write_all(text.replace('\n', "\n  ").as_bytes())?;
            self.items += 1;
        }
        Ok(())
    }

    fn add_rows<T: Row>(&mut self, items: &[T], out: &mut dyn Write) -> io::Result<()> {
        let clean = |item: &T| item.cells().iter().map(|cell| one_line(cell)).collect();
        let rows: Vec<Vec<String>> = items.iter().map(clean).collect();
        if self.widths.is_none() {
            let titles: Vec<String> = T::COLUMNS.iter().map(|title| (*title).to_owned()).collect();
            let column = |at: usize| {
                let cells = rows.iter().chain([&titles]).filter_map(|row| row.get(at));
                cells.map(|cell| cell.width()).max().unwrap_or(0)
            };
            let widths: Vec<usize> = (0..titles.len()).map(column).collect();
            write_row(&titles, &widths, out)?;
            self.widths = Some(widths);
        }
        let widths = self.widths.as_deref().unwrap_or_default();
        rows.iter().try_for_each(|row| write_row(row, widths, out))
    }

    fn end<T: Row>(&mut self, out: &mut dyn Write) -> Result<(), StreamFailure> {
        match self.format {
            OutputFormat::Json if self.items == 0 => out.write_all(b"[]\n")?,
            OutputFormat::Json => out.write_all(b"\n]\n")?,
            OutputFormat::Human => self.add_rows::<T>(&[], out)?,
        }
        Ok(())
    }
}

fn write_row(cells: &[String], widths: &[usize], out: &mut dyn Write) -> io::Result<()> {
    let padded = cells.iter().zip(widths).map(|(cell, width)| {
        let blanks = width.saturating_sub(cell.width());
        format!("{cell}{:blanks$}", "")
    });
    let line = padded.collect::<Vec<_>>().join("  ");
    writeln!(out, "{}", line.trim_end())
}

/// One thing, field by field. Texts of several lines (PEM) are shown as they are, after the rest.
pub struct Shown<T>(pub T);

impl<T: Documented> Json for Shown<T> {
    fn json(&self) -> serde_json::Result<String> {
        document::pretty(&self.0)
    }
}

impl<T: Serialize> Human for Shown<T> {
    fn human(&self) -> String {
        let mut text = String::new();
        if let Ok(value) = serde_json::to_value(&self.0) {
            write_value(&value, 0, &mut text);
        }
        text
    }
}

fn write_value(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            let width = fields.keys().map(|key| key.chars().count()).max().unwrap_or(0) + 1;
            for (key, value) in fields {
                let key = format!("{}:", one_line(key));
                match value {
                    Value::Object(inner) if !inner.is_empty() => {
                        text.push_str(&format!("{indent}{key}\n"));
                        write_value(value, depth + 1, text);
                    }
                    Value::Array(inner) if !inner.is_empty() => {
                        text.push_str(&format!("{indent}{key}\n"));
                        write_value(value, depth + 1, text);
                    }
                    Value::String(lines) if lines.trim_end().contains('\n') => {
                        text.push_str(&format!("{indent}{key}\n"));
                        let shown =
                            lines.lines().map(|line| format!("{indent}  {}\n", one_line(line)));
                        text.extend(shown);
                    }
                    leaf => text.push_str(&format!("{indent}{key:width$} {}\n", leaf_text(leaf))),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                if let Value::Object(_) | Value::Array(_) = item {
                    text.push_str(&format!("{indent}-\n"));
                    write_value(item, depth + 1, text);
                } else {
                    text.push_str(&format!("{indent}{}\n", leaf_text(item)));
                }
            }
        }
        leaf => text.push_str(&format!("{indent}{}\n", leaf_text(leaf))),
    }
}

fn leaf_text(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text.trim_end_matches('\n')),
        Value::Null => "-".to_owned(),
        Value::Array(_) | Value::Object(_) => "-".to_owned(),
        other => other.to_string(),
    }
}

/// A cell for a value that may be missing.
pub fn cell<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_in_a_terminal() {
        let cells = |row: [&str; 2]| row.map(str::to_owned);
        let mut out = Vec::new();
        for row in
            [cells(["\u{6e2c}\u{8a66}", "1"]), cells(["e\u{301}tat", "2"]), cells(["plain", "3"])]
        {
            write_row(&row, &[5, 1], &mut out).unwrap();
        }
        let shown = String::from_utf8(out).unwrap();
        assert_eq!(shown, "\u{6e2c}\u{8a66}   1\ne\u{301}tat   2\nplain  3\n");
    }
}
