//! One request as a handler sees it, and what it answers: no HTTP in here.

use el2g_text::one_line;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::refusal::{FieldError, INVALID_PARAMETER, Problem, Refusal};

/// Pages are this long unless asked otherwise (docs/an12642-errata.md row 31).
pub const DEFAULT_PAGE_SIZE: u64 = 20;
/// AN12642 section 7.
pub const LARGEST_PAGE_SIZE: u64 = 100;

/// A request whose path is one of the operations'.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// The path's parameters, in order, decoded.
    pub path: Vec<(String, String)>,
    /// The query's parameters, in order, decoded.
    pub query: Vec<(String, String)>,
    /// The URL without the query, for the links of a page.
    pub url: String,
}

/// What an operation answers; its status is the catalogue's.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// No body.
    Empty,
    /// A JSON body.
    Json(Value),
    /// A body that is not JSON: a certificate in PEM, a secret, a table. Its media type is the
    /// catalogue's.
    Text(String),
}

/// The part of a list that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageWanted {
    /// Counted from 0.
    pub page: u64,
    /// 1 to [`LARGEST_PAGE_SIZE`].
    pub size: u64,
}

impl PageWanted {
    /// How many items come before this page; at most `i64::MAX`.
    #[must_use]
    pub fn offset(self) -> i64 {
        i64::try_from(self.page.saturating_mul(self.size)).unwrap_or(i64::MAX)
    }

    /// The page's length for SQL's `LIMIT`.
    #[must_use]
    pub fn limit(self) -> i64 {
        i64::try_from(self.size).unwrap_or(i64::MAX)
    }
}

impl Call {
    /// A path parameter's text; empty when the path has none of that name.
    #[must_use]
    pub fn path_text(&self, name: &str) -> &str {
        self.path.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// A path parameter that is one of our ids. What is not a number names nothing: `absent`.
    ///
    /// # Errors
    /// `absent` when it is not a number.
    pub fn path_id(&self, name: &str, absent: &'static Problem) -> Result<i64, Refusal> {
        let text = self.path_text(name);
        text.parse::<i64>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit())).ok_or_else(
            || Refusal::new(absent, format!("{}: `{name}` is `{}`", absent.summary, shown(text))),
        )
    }

    /// The first query parameter called `name` that is not empty.
    #[must_use]
    pub fn query_text(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// The first query parameter called `name`, empty or not.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Whether each of the parameters called `names` is there at most once.
    ///
    /// # Errors
    /// 400 when one is there twice: which of them is meant?
    pub fn check_once(&self, names: &[&str]) -> Result<(), Refusal> {
        let twice =
            names.iter().find(|name| self.query.iter().filter(|(n, _)| n == **name).count() > 1);
        twice.map_or(Ok(()), |name| Err(parameter_refused(name, "given more than once")))
    }

    /// A query parameter with a closed set of values.
    ///
    /// # Errors
    /// 400 when it has another.
    pub fn query_choice<'a>(
        &self,
        name: &str,
        allowed: &[&'a str],
    ) -> Result<Option<&'a str>, Refusal> {
        let Some(text) = self.given(name) else {
            return Ok(None);
        };
        allowed.iter().find(|a| **a == text).copied().map(Some).ok_or_else(|| {
            parameter_refused(name, format!("`{}`, allowed: {}", shown(text), allowed.join(", ")))
        })
    }

    /// `page` and `size`.
    ///
    /// # Errors
    /// 400 when they are not numbers, or `size` is not 1 to 100.
    pub fn page(&self) -> Result<PageWanted, Refusal> {
        let number = |name: &str, default: u64| match self.given(name) {
            None => Ok(default),
            Some(text) => {
                let digits = Some(text).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
                digits.and_then(|text| text.parse::<u32>().ok()).map(u64::from).ok_or_else(|| {
                    let found = format!("`{}` is not a page number or size", shown(text));
                    parameter_refused(name, found)
                })
            }
        };
        let page = number("page", 0)?;
        let size = number("size", DEFAULT_PAGE_SIZE)?;
        if !(1..=LARGEST_PAGE_SIZE).contains(&size) {
            return Err(parameter_refused(
                "size",
                format!("{size}, allowed: 1 to {LARGEST_PAGE_SIZE} (section 7)"),
            ));
        }
        Ok(PageWanted { page, size })
    }

    /// The `ORDER BY` of a list: `columns` maps what may be asked as `sortBy` to SQL, the first is
    /// the default, in the direction `default`. Ties are broken by `id`, so that pages never overlap.
    ///
    /// # Errors
    /// 400 for another field or direction.
    pub fn order(
        &self,
        columns: &[(&str, &str)],
        id: &str,
        default: &str,
    ) -> Result<String, Refusal> {
        let (by, direction) = self.sorting(columns, default)?;
        let column = columns.iter().find(|(n, _)| *n == by).map_or(id, |(_, sql)| sql);
        Ok(if column == id {
            format!(" ORDER BY {id} {direction}")
        } else {
            format!(" ORDER BY {column} {direction}, {id} {direction}")
        })
    }

    /// The field to sort by, which is one of `columns`, and the direction, as for
    /// [`order`](Self::order).
    ///
    /// # Errors
    /// 400 for another field or direction.
    pub fn sorting<'a>(
        &self,
        columns: &[(&'a str, &str)],
        default: &'a str,
    ) -> Result<(&'a str, &'a str), Refusal> {
        let names: Vec<&str> = columns.iter().map(|(n, _)| *n).collect();
        let by = self.query_choice("sortBy", &names)?.unwrap_or(names[0]);
        let direction = match self.query_choice("sortByDirection", &["ASC", "DESC"])? {
            Some(direction) => direction,
            None => self.query_choice("sort-by-direction", &["ASC", "DESC"])?.unwrap_or(default),
        };
        Ok((by, direction))
    }

    /// A page as AN12642 prints it; `page_type` is `None` where the document prints neither that
    /// nor the links to the neighbours (docs/an12642-errata.md row 6).
    #[must_use]
    pub fn page_reply(
        &self,
        wanted: PageWanted,
        page_type: Option<&str>,
        total: i64,
        content: Vec<Value>,
    ) -> Reply {
        let total = u64::try_from(total).unwrap_or(0);
        let current = self.link(wanted.page, wanted.size);
        let Some(page_type) = page_type else {
            return Reply::Json(
                json!({"current": current, "totalElements": total, "content": content}),
            );
        };
        let after = wanted.page.saturating_add(1);
        let next =
            (after.saturating_mul(wanted.size) < total).then(|| self.link(after, wanted.size));
        let prev = wanted.page.checked_sub(1).map(|before| self.link(before, wanted.size));
        Reply::Json(json!({
            "current": current,
            "next": next,
            "prev": prev,
            "totalElements": total,
            "pageType": page_type,
            "content": content,
        }))
    }

    fn link(&self, page: u64, size: u64) -> String {
        let mut url = format!("{}?", self.url);
        for (name, value) in &self.query {
            if name != "page" && name != "size" {
                url.push_str(&format!("{}={}&", encoded(name), encoded(value)));
            }
        }
        url.push_str(&format!("page={page}&size={size}"));
        url
    }
}

/// A refused query or path parameter.
#[must_use]
pub fn parameter_refused(name: &str, description: impl Into<String>) -> Refusal {
    let description = description.into();
    Refusal {
        problem: &INVALID_PARAMETER,
        details: format!("parameter `{name}`: {description}"),
        field_errors: vec![FieldError { field: name.to_owned(), description }],
    }
}

/// A foreign text cut to what fits in a message.
#[must_use]
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let clean = one_line(&text.chars().take(LONGEST).collect::<String>());
    if text.chars().count() > LONGEST { format!("{clean}…") } else { clean }
}

fn encoded(text: &str) -> String {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(query: &[(&str, &str)]) -> Call {
        Call {
            path: vec![("id".into(), "7".into())],
            query: query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            url: "http://127.0.0.1:1/api/v1/devices".into(),
        }
    }

    #[test]
    fn pages_have_neighbours_where_there_are_some() {
        let call = call(&[("device-id", "a b"), ("page", "1"), ("size", "2")]);
        let wanted = call.page().unwrap();
        let Reply::Json(page) = call.page_reply(wanted, Some("DevicePage"), 5, vec![]) else {
            panic!("not JSON")
        };
        let url = "http://127.0.0.1:1/api/v1/devices?device-id=a%20b&page=";
        assert_eq!(page["current"], format!("{url}1&size=2"));
        assert_eq!(page["next"], format!("{url}2&size=2"));
        assert_eq!(page["prev"], format!("{url}0&size=2"));
        let Reply::Json(last) = call.page_reply(wanted, Some("DevicePage"), 4, vec![]) else {
            panic!("not JSON")
        };
        assert_eq!(last["next"], Value::Null);
    }

    #[test]
    fn page_sizes_are_1_to_100() {
        for bad in ["", "0", "101", "-1", "+5", "x", "99999999999999999999"] {
            let refused = call(&[("size", bad)]).page().unwrap_err();
            assert_eq!(refused.problem, &INVALID_PARAMETER, "{bad}");
        }
        assert_eq!(
            call(&[("size", "100"), ("page", "4294967295")]).page(),
            Ok(PageWanted { page: 4_294_967_295, size: 100 })
        );
    }

    #[test]
    fn sorts_by_known_fields_only_and_reads_both_spellings_of_the_direction() {
        let columns = [("id", "s.id"), ("name", "s.name")];
        assert_eq!(call(&[]).order(&columns, "s.id", "DESC").unwrap(), " ORDER BY s.id DESC");
        let by_name = call(&[("sortBy", "name"), ("sort-by-direction", "ASC")]);
        assert_eq!(
            by_name.order(&columns, "s.id", "DESC").unwrap(),
            " ORDER BY s.name ASC, s.id ASC"
        );
        assert!(call(&[("sortBy", "name;--")]).order(&columns, "s.id", "DESC").is_err());
    }

    #[test]
    fn a_choice_is_not_empty_and_a_parameter_is_there_once() {
        assert!(call(&[("status", "")]).query_choice("status", &["ACTIVE"]).is_err());
        let twice = call(&[("page", "0"), ("other", "a"), ("other", "b"), ("page", "0")]);
        assert_eq!(twice.check_once(&["size"]), Ok(()));
        assert_eq!(twice.check_once(&["size", "page"]).unwrap_err().problem, &INVALID_PARAMETER);
    }

    #[test]
    fn an_id_is_digits_only() {
        for bad in ["+7", "-7", "7 ", "", "0x7", "99999999999999999999"] {
            let mut call = call(&[]);
            call.path[0].1 = bad.into();
            assert!(call.path_id("id", &INVALID_PARAMETER).is_err(), "{bad}");
        }
        assert_eq!(call(&[]).path_id("id", &INVALID_PARAMETER), Ok(7));
    }
}
