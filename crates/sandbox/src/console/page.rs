//! What every page is made of: headings, facts, tables, totals. Text is text: it passes the escaper of our reports.

use std::fmt;

use askama::Template;
use el2g_findings::html;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::{Connection, Row};

use crate::call::PageWanted;
use crate::clock::rfc3339;
use crate::refusal::Refusal;
use crate::store::listing::Listing;

/// Where the pages are.
pub(super) const ROOT: &str = "/_sandbox/";
/// Rows of a table that has pages.
pub(super) const ROWS: u32 = 50;
/// Characters of a name in a table; its own page has the whole.
const LONGEST_NAME: usize = 80;

/// The escaper that askama.toml names.
#[derive(Clone, Copy)]
pub(crate) struct Shown;

impl askama::filters::Escaper for Shown {
    fn write_escaped_str<W: fmt::Write>(&self, out: W, text: &str) -> fmt::Result {
        html::escape(text, out)
    }
}

/// A page before it is put into the frame that all have.
pub(super) struct Content {
    /// Its heading.
    pub title: String,
    /// What kind of thing the heading names, above it.
    pub kind: &'static str,
    /// What it shows, in order.
    pub parts: Vec<Part>,
}

impl Content {
    /// A page that is one table.
    pub(super) fn of(title: &str, parts: Vec<Part>) -> Self {
        Self { title: title.to_owned(), kind: "", parts }
    }
}

/// A piece of a page.
pub(super) enum Part {
    /// A heading below the page's own.
    Heading(String),
    /// A sentence.
    Note(Cell),
    /// What is known of the one thing that the page is about.
    Facts(Vec<(&'static str, Cell)>),
    /// How much of everything there is.
    Totals(Vec<Total>),
    /// Shares of a whole, of which `states` says the numbers.
    Shares { bar: Vec<Share>, states: Cell },
    /// Rows under heads; `label` names the table, `empty` stands in its place when there are none.
    Table { label: String, heads: Vec<Cell>, rows: Vec<Vec<Cell>>, empty: Cell },
    /// Where in a long table this page is.
    Pager(Pager),
}

/// A number with a name, and what it consists of.
pub(super) struct Total {
    /// What is counted.
    pub name: &'static str,
    /// The page that lists it.
    pub link: String,
    /// How many there are.
    pub amount: u64,
    /// What they consist of.
    pub lines: Vec<Cell>,
}

impl Total {
    fn amount_text(&self) -> String {
        grouped(self.amount)
    }
}

/// A share of a bar, in thousandths of its length.
pub(super) struct Share {
    /// Its colour.
    pub look: Look,
    start: u64,
    length: u64,
}

/// The shares of these amounts; a small one is seen too.
pub(super) fn shares(amounts: &[(Look, u64)]) -> Vec<Share> {
    let total: u64 = amounts.iter().map(|(_, amount)| amount).sum();
    let mut start = 0;
    let there = amounts.iter().filter(|(_, amount)| *amount > 0);
    there
        .map(|(look, amount)| {
            let length = (amount.saturating_mul(1000) / total).max(4);
            let share = Share { look: *look, start, length };
            start += length;
            share
        })
        .collect()
}

/// How a piece of text looks; colours never say anything that the words do not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// As text.
    Plain,
    /// As a name of programs: ids, paths, types.
    Code,
    /// On one line: moments, durations.
    Whole,
    /// Of little weight.
    Quiet,
    /// A state that is well.
    Good,
    /// A state that is not.
    Bad,
    /// A state that something is waited for in.
    Wait,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Code => "code",
            Self::Whole => "whole",
            Self::Quiet => "quiet",
            Self::Good => "badge good",
            Self::Bad => "badge bad",
            Self::Wait => "badge wait",
        }
    }
}

/// Text of one look, with a link or without.
pub(super) struct Piece {
    text: String,
    look: Look,
    link: Option<String>,
}

/// What stands in one place of a table: pieces with a space between them.
#[derive(Default)]
pub(super) struct Cell(Vec<Piece>);

impl Cell {
    /// Text that looks so.
    pub(super) fn of(look: Look, text: impl ToString) -> Self {
        Self::default().and(look, text)
    }

    /// A link to a page of ours, `path` below [`ROOT`].
    pub(super) fn link(text: impl ToString, path: impl ToString) -> Self {
        Self::default().and_link(Look::Plain, text, path)
    }

    /// The same and more text.
    pub(super) fn and(mut self, look: Look, text: impl ToString) -> Self {
        self.0.push(Piece { text: text.to_string(), look, link: None });
        self
    }

    /// The same and a link.
    pub(super) fn and_link(mut self, look: Look, text: impl ToString, path: impl ToString) -> Self {
        let link = Some(format!("{ROOT}{}", path.to_string()));
        self.0.push(Piece { text: text.to_string(), look, link });
        self
    }

    /// The same and what stands in another cell.
    pub(super) fn and_all(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The name of something that has a page, cut to what fits in a table.
    pub(super) fn named(name: &str, path: impl ToString) -> Self {
        let name = beginning(name, LONGEST_NAME);
        // A link needs something to click.
        Self::link(if name.trim().is_empty() { "(no name)".to_owned() } else { name }, path)
    }

    /// A moment in milliseconds since 1970.
    pub(super) fn moment(at: i64) -> Self {
        Self::of(Look::Whole, rfc3339(at))
    }

    fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Its words alone.
    fn text(&self) -> String {
        self.0.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// A number.
    pub(super) fn number(number: u64) -> Self {
        Self::of(Look::Plain, grouped(number))
    }

    /// A text that may be missing.
    pub(super) fn known(text: Option<impl ToString>) -> Self {
        text.map_or_else(|| Self::of(Look::Quiet, "–"), |text| Self::of(Look::Plain, text))
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::of(Look::Plain, text)
    }
}

/// The heads of a table.
pub(super) fn heads(names: &[&str]) -> Vec<Cell> {
    names.iter().map(|name| Cell::from(*name)).collect()
}

/// A number with its thousands apart: `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many characters of a text.
pub(super) fn beginning(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Text as it stands in a URL.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Which rows of how many are shown, and the ways to the others.
pub(super) struct Pager {
    said: String,
    what: &'static str,
    steps: Vec<(&'static str, String)>,
}

impl Pager {
    /// The page `wanted` of `total` rows; `base` is the path below [`ROOT`] with its query up to the page's number.
    fn of(wanted: PageWanted, total: u64, what: &'static str, base: &str) -> Self {
        let first = wanted.offset() + 1;
        let last = (wanted.offset() + u64::from(wanted.size)).min(total);
        let pages = total.div_ceil(u64::from(wanted.size));
        let number = u64::from(wanted.page) + 1;
        let mut steps = Vec::new();
        let mut step = |name, page: u64| steps.push((name, format!("{ROOT}{base}page={page}")));
        if number > 1 {
            step("First", 1);
            step("Previous", number - 1);
        }
        if number < pages {
            step("Next", number + 1);
            step("Last", pages);
        }
        let rows = format!("{}–{} of {}", grouped(first), grouped(last), grouped(total));
        let said = format!("{what} {rows}, page {} of {}", grouped(number), grouped(pages));
        Self { said, what, steps }
    }
}

/// How much of a table is shown.
#[derive(Clone, Copy)]
pub(super) enum Extent<'a> {
    /// The first so many rows; another page has all.
    Newest(u32),
    /// A page of it, from 1; `base` is the path below [`ROOT`] with a query that ends in `?` or `&`.
    Page { number: u32, base: &'a str },
    /// As many as fit; the rest is counted.
    Found,
}

/// What a table lists.
pub(super) struct Rows<'a> {
    /// What the rows are.
    pub what: &'static str,
    /// What is read.
    pub listing: Listing<'a>,
    /// The heads.
    pub heads: Vec<Cell>,
    /// What stands in place of a table without rows.
    pub empty: Cell,
}

impl Rows<'_> {
    /// The rows of this extent; of a table that is shorter than the page asked for, the last page.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn parts<T>(
        self,
        db: &Connection,
        extent: Extent<'_>,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        row: impl Fn(T) -> Result<Vec<Cell>, Refusal>,
    ) -> Result<Vec<Part>, Refusal> {
        let mut wanted = match extent {
            Extent::Newest(size) => PageWanted { page: 0, size },
            Extent::Page { number, .. } => {
                PageWanted { page: number.saturating_sub(1), size: ROWS }
            }
            Extent::Found => PageWanted { page: 0, size: ROWS },
        };
        let mut page = self.listing.page(db, wanted, &read)?;
        if page.rows.is_empty() && page.total > 0 {
            let last = (page.total - 1) / u64::from(ROWS);
            wanted.page = u32::try_from(last).unwrap_or(u32::MAX);
            page = self.listing.page(db, wanted, &read)?;
        }
        let left = page.total - page.rows.len() as u64;
        let rows = page.rows.into_iter().map(row).collect::<Result<Vec<_>, _>>()?;
        let label = self.what.to_owned();
        let mut parts = vec![Part::Table { label, heads: self.heads, rows, empty: self.empty }];
        match extent {
            Extent::Page { base, .. } if left > 0 => {
                parts.push(Part::Pager(Pager::of(wanted, page.total, self.what, base)));
            }
            Extent::Found if left > 0 => {
                let said = format!("{} more: a longer text finds fewer.", grouped(left));
                parts.push(Part::Note(Cell::of(Look::Quiet, said)));
            }
            Extent::Newest(_) | Extent::Page { .. } | Extent::Found => {}
        }
        Ok(parts)
    }
}

/// The frame of every page.
#[derive(Template)]
#[template(path = "console.html")]
pub(super) struct Frame<'a> {
    /// The page in it.
    pub content: &'a Content,
    /// Its path below [`ROOT`].
    pub path: &'a str,
    /// What was searched for.
    pub sought: &'a str,
    /// Where the sandbox is.
    pub origin: &'a str,
    /// The time of its clock.
    pub now: String,
    /// What makes the page's own style sheet the only one that the browser takes.
    pub nonce: &'a str,
}

/// The pages that every page leads to: path and name.
const CHAPTERS: [(&str, &str); 8] = [
    ("", "Overview"),
    ("groups", "Groups"),
    ("devices", "Devices"),
    ("objects", "Objects"),
    ("provisionings", "Provisionings"),
    ("cas", "CAs"),
    ("claim-codes", "Claim codes"),
    ("requests", "Requests"),
];

impl Frame<'_> {
    /// The page as HTML.
    pub(super) fn html(&self) -> String {
        self.render().expect("a String takes every text")
    }

    fn chapters(&self) -> impl Iterator<Item = (String, &'static str, bool)> {
        let first = self.path.split('/').next().unwrap_or_default();
        CHAPTERS.iter().map(move |(path, name)| (format!("{ROOT}{path}"), *name, *path == first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_thousands_apart() {
        let numbers = [0, 999, 1000, 999_999, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "999,999", "1,234,567"]);
    }

    #[test]
    fn a_pager_leads_to_its_neighbours_and_ends() {
        let pager = |page, total| {
            let pager = Pager::of(PageWanted { page, size: 50 }, total, "Devices", "devices?");
            let steps: Vec<String> =
                pager.steps.iter().map(|(name, link)| format!("{name} {link}")).collect();
            (pager.said, steps)
        };
        let to = |name: &str, page: u32| format!("{name} /_sandbox/devices?page={page}");
        let (said, steps) = pager(0, 10_000);
        assert_eq!(said, "Devices 1–50 of 10,000, page 1 of 200");
        assert_eq!(steps, [to("Next", 2), to("Last", 200)]);
        let (said, steps) = pager(199, 9_999);
        assert_eq!(said, "Devices 9,951–9,999 of 9,999, page 200 of 200");
        assert_eq!(steps, [to("First", 1), to("Previous", 199)]);
        assert_eq!(pager(1, 101).1.len(), 4);
    }

    #[test]
    fn the_smallest_share_is_seen() {
        let bar = shares(&[(Look::Good, 1_000_000), (Look::Wait, 0), (Look::Bad, 1)]);
        let lengths: Vec<(u64, u64)> =
            bar.iter().map(|share| (share.start, share.length)).collect();
        assert_eq!(lengths, [(0, 999), (999, 4)]);
    }
}
