//! What an operation's handler is given beside its path, query and body.

use std::ops::Deref;

use el2g_service_api::owner_domains::OwnerDomains;
use el2g_service_api::{Nullable, Page, PageQuery, SortDirection, UnknownFields};
use el2g_text::one_line;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::refusal::{FieldError, INVALID_PARAMETER, Refusal};
use crate::service::Service;

/// Pages are this long unless asked otherwise (docs/an12642-errata.md row 31).
pub(crate) const DEFAULT_PAGE_SIZE: u32 = 20;
/// AN12642 section 7.
pub(crate) const LARGEST_PAGE_SIZE: u32 = 100;

/// A request whose path is one of the operations'.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// The path's parameters, in order, decoded.
    pub path: Vec<(String, String)>,
    /// The query's parameters, in order, decoded.
    pub query: Vec<(String, String)>,
    /// The URL without the query, for the links of a page.
    pub url: String,
}

impl Request {
    /// A path parameter's text.
    #[must_use]
    pub(crate) fn path_text(&self, name: &str) -> Option<String> {
        self.path.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone())
    }

    /// The query parameter called `name`, empty or not; one that is there several times is joined by commas.
    #[must_use]
    pub(crate) fn query_text(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self.values(name).collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether each of the parameters called `names` is there at most once, the one apart that may be there often.
    ///
    /// # Errors
    /// 400 when one is there twice: which of them is meant?
    pub(crate) fn check_once(&self, names: &[&str]) -> Result<(), Refusal> {
        let mut once = names.iter().filter(|name| **name != OwnerDomains::PARAMETER);
        let twice = once.find(|name| self.values(name).count() > 1);
        twice.map_or(Ok(()), |name| Err(parameter_refused(name, "given more than once")))
    }
}

/// The service, and the request that it answers.
pub(crate) struct Call<'a> {
    /// The service.
    pub service: &'a Service,
    /// The request.
    pub request: &'a Request,
}

impl Deref for Call<'_> {
    type Target = Service;

    fn deref(&self) -> &Service {
        self.service
    }
}

/// The part of a list that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageWanted {
    /// Counted from 0.
    pub page: u32,
    /// 1 to [`LARGEST_PAGE_SIZE`].
    pub size: u32,
}

impl PageWanted {
    /// What a query asks for.
    ///
    /// # Errors
    /// 400 when `size` is not 1 to 100.
    pub(crate) fn of(query: &impl PageQuery) -> Result<Self, Refusal> {
        let size = query.size().unwrap_or(DEFAULT_PAGE_SIZE);
        if !(1..=LARGEST_PAGE_SIZE).contains(&size) {
            let found = format!("{size}, allowed: 1 to {LARGEST_PAGE_SIZE} (section 7)");
            return Err(parameter_refused("size", found));
        }
        Ok(Self { page: query.page().unwrap_or(0), size })
    }

    /// How many items come before this page.
    #[must_use]
    pub(crate) fn offset(self) -> u64 {
        u64::from(self.page) * u64::from(self.size)
    }
}

/// The `ORDER BY` of a list: `columns` maps what may be asked as `sortBy` to SQL, the first is the default, in the
/// direction `default`. Ties are broken by `id`, so that pages never overlap.
///
/// # Errors
/// 400 for another field.
pub(crate) fn order(
    by: Option<&str>,
    direction: Option<&SortDirection>,
    columns: &[(&str, &str)],
    id: &str,
    default: SortDirection,
) -> Result<String, Refusal> {
    let by = by.unwrap_or(columns[0].0);
    let direction = direction.unwrap_or(&default).as_str();
    match columns.iter().find(|(name, _)| *name == by) {
        Some((_, column)) if *column == id => Ok(format!(" ORDER BY {id} {direction}")),
        Some((_, column)) => Ok(format!(" ORDER BY {column} {direction}, {id} {direction}")),
        None => {
            let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
            let found = format!("`{}`, allowed: {}", shown(by), names.join(", "));
            Err(parameter_refused("sortBy", found))
        }
    }
}

/// What the links of sorted lists say when no direction is asked for.
pub(crate) const NEWEST_FIRST: &[(&str, &str)] = &[("sortByDirection", "DESC")];

impl Call<'_> {
    /// A page as AN12642 prints it, its links with the parameters of the request alone.
    #[must_use]
    pub(crate) fn page<T>(
        &self,
        wanted: PageWanted,
        page_type: Option<&str>,
        total: u64,
        content: Vec<T>,
    ) -> Page<T> {
        self.page_with(&[], wanted, page_type, total, content)
    }

    /// A page as AN12642 prints it; its links name `defaults`, parameters with the values that they have when they are not
    /// asked for. `page_type` is `None` where the document prints neither that nor the links to the
    /// neighbours (docs/an12642-errata.md row 6).
    #[must_use]
    pub(crate) fn page_with<T>(
        &self,
        defaults: &[(&str, &str)],
        wanted: PageWanted,
        page_type: Option<&str>,
        total: u64,
        content: Vec<T>,
    ) -> Page<T> {
        let link = |page| self.link(defaults, page, wanted.size);
        let mut page = Page {
            current: link(wanted.page).into(),
            next: Nullable::Absent,
            prev: Nullable::Absent,
            total_elements: total.into(),
            page_type: Nullable::or_absent(page_type.map(str::to_owned)),
            content,
            unknown: UnknownFields::default(),
        };
        if page_type.is_some() {
            let next = wanted
                .page
                .checked_add(1)
                .filter(|next| u64::from(*next) * u64::from(wanted.size) < total);
            page.next = Nullable::or_null(next.map(link));
            let before = wanted.page.checked_sub(1);
            page.prev = Nullable::or_null(before.map(link));
        }
        page
    }

    fn link(&self, defaults: &[(&str, &str)], page: u32, size: u32) -> String {
        let mut url = format!("{}?", self.request.url);
        for (name, value) in &self.request.query {
            if name != "page" && name != "size" {
                url.push_str(&format!("{}={}&", encoded(name), encoded(value)));
            }
        }
        for (name, value) in defaults {
            // The direction of an order is spelled in two ways.
            let plain = name.replace('-', "");
            let asked =
                |(asked, _): &(String, String)| asked.replace('-', "").eq_ignore_ascii_case(&plain);
            if !self.request.query.iter().any(asked) {
                url.push_str(&format!("{name}={value}&"));
            }
        }
        url.push_str(&format!("page={page}&size={size}"));
        url
    }
}

/// A refused query or path parameter.
#[must_use]
pub(crate) fn parameter_refused(name: &str, description: impl Into<String>) -> Refusal {
    let description = description.into();
    Refusal {
        problem: &INVALID_PARAMETER,
        details: format!("parameter `{name}`: {description}"),
        field_errors: vec![FieldError { field: name.to_owned(), description }],
    }
}

/// A foreign text cut to what fits in a message.
#[must_use]
pub(crate) fn shown(text: &str) -> String {
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
    use el2g_service_api::secure_objects::SecureObjectQuery;
    use el2g_service_api::{ParameterError, QueryParameters as _};

    use super::*;
    use crate::testbed::Testbed;

    fn read(name: &str, value: &str) -> Result<SecureObjectQuery, ParameterError> {
        SecureObjectQuery::from_values(&|asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn pages_have_neighbours_where_there_are_some() {
        let bed = Testbed::new();
        let query = [("device-id", "a b"), ("page", "1"), ("size", "2")];
        let request = Request {
            path: Vec::new(),
            query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            url: "http://127.0.0.1:1/api/v1/devices".into(),
        };
        let call = Call { service: &bed.service, request: &request };
        let wanted = PageWanted { page: 1, size: 2 };
        let url = "http://127.0.0.1:1/api/v1/devices?device-id=a%20b&page=";
        let page = Page {
            current: format!("{url}1&size=2").into(),
            next: format!("{url}2&size=2").into(),
            prev: format!("{url}0&size=2").into(),
            total_elements: 5.into(),
            page_type: "DevicePage".to_owned().into(),
            content: Vec::<u8>::new(),
            unknown: UnknownFields::default(),
        };
        assert_eq!(call.page(wanted, Some("DevicePage"), 5, vec![]), page);
        let named = call.page_with(&[("sortByDirection", "DESC")], wanted, None, 5, vec![0_u8]);
        let url = "http://127.0.0.1:1/api/v1/devices?device-id=a%20b&sortByDirection=DESC";
        assert_eq!(named.current, format!("{url}&page=1&size=2").into());
        let last = Page { next: Nullable::Null, total_elements: 4.into(), ..page };
        assert_eq!(call.page(wanted, Some("DevicePage"), 4, vec![]), last);
    }

    #[test]
    fn page_sizes_are_1_to_100() {
        for bad in ["", "-1", "+5", "x", "99999999999999999999"] {
            assert!(read("size", bad).is_err(), "{bad}");
        }
        for bad in ["0", "101"] {
            let refused = PageWanted::of(&read("size", bad).unwrap()).unwrap_err();
            assert_eq!(refused.problem, &INVALID_PARAMETER, "{bad}");
        }
        let last = PageWanted::of(&read("page", "4294967295").unwrap());
        assert_eq!(last, Ok(PageWanted { page: 4_294_967_295, size: 20 }));
    }

    #[test]
    fn sorts_by_known_fields_only_and_reads_both_spellings_of_the_direction() {
        let columns = [("id", "s.id"), ("name", "s.name")];
        let sql = |by: Option<&str>, direction: Option<SortDirection>| {
            order(by, direction.as_ref(), &columns, "s.id", SortDirection::Descending)
        };
        assert_eq!(sql(None, None).unwrap(), " ORDER BY s.id DESC");
        let direction = read("sort-by-direction", "ASC").unwrap().sort_by_direction;
        assert_eq!(sql(Some("name"), direction).unwrap(), " ORDER BY s.name ASC, s.id ASC");
        assert!(sql(Some("name;--"), None).is_err());
    }

    #[test]
    fn a_choice_is_not_empty_and_a_parameter_is_there_once() {
        assert!(read("secureObjectType", "").is_err());
        let query = ["page", "other", "other", "page"];
        let twice = Request {
            query: query.map(|name| (name.to_owned(), "0".to_owned())).into(),
            ..Request::default()
        };
        assert_eq!(twice.check_once(&["size"]), Ok(()));
        assert_eq!(twice.check_once(&["size", "page"]).unwrap_err().problem, &INVALID_PARAMETER);
    }

    #[test]
    fn owner_domains_may_be_there_often_and_are_joined() {
        let query = ["RTP", "MATTER"];
        let often = Request {
            query: query.map(|value| (OwnerDomains::PARAMETER.to_owned(), value.to_owned())).into(),
            ..Request::default()
        };
        assert_eq!(often.check_once(&[OwnerDomains::PARAMETER]), Ok(()));
        assert_eq!(often.query_text(OwnerDomains::PARAMETER).as_deref(), Some("RTP,MATTER"));
    }
}
