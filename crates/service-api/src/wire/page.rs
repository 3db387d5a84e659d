//! One page of a list.

use serde::{Deserialize, Serialize};

use crate::{Nullable, UnknownFields};

/// One page of a list (section 7).
///
/// `next` says whether there is another page; it is never followed, because the document itself prints
/// links with another prefix (docs/an12642-errata.md row 2). Pages of 4.4.4 have no `next`, `prev` or `pageType`:
/// `totalElements` counts them out (row 6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", remote = "Self")]
#[schemars(rename = "PageOf{T}", !remote)]
pub struct Page<T> {
    /// The address of this page.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub current: Nullable<String>,
    /// The address of the next page; `null` on the last one.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub next: Nullable<String>,
    /// The address of the page before; `null` on the first one.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub prev: Nullable<String>,
    /// How many items all pages have together.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub total_elements: Nullable<u64>,
    /// What the items are, such as `DeviceGroupPage`.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub page_type: Nullable<String>,
    /// The items of this page.
    pub content: Vec<T>,
    /// What the page has besides.
    #[serde(flatten, skip_deserializing)]
    #[schemars(skip)]
    pub unknown: UnknownFields,
}

keeps_unknown_fields! { Page<T> }

impl<T> Page<T> {
    /// Whether another page follows, when `seen` items have been read up to and including this page.
    pub fn has_next(&self, seen: u64) -> bool {
        !self.content.is_empty() && self.announces_more(seen)
    }

    /// Whether the page says that another follows, be it by link or by count, and even when it is empty.
    pub fn announces_more(&self, seen: u64) -> bool {
        match (&self.next, self.total_elements.value()) {
            (Nullable::Null, _) | (Nullable::Absent, None) => false,
            // A service that repeats itself without end is stopped by its own count.
            (_, Some(total)) => seen < *total,
            (Nullable::Value(_), None) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(fields: &str) -> Page<u32> {
        serde_json::from_str(&format!(r#"{{{fields} "content":[1,2]}}"#)).expect("a page")
    }

    #[test]
    fn a_null_next_ends_a_list() {
        assert!(!page(r#""next":null,"totalElements":9,"#).has_next(2));
        assert!(page(r#""next":"https://elsewhere.example/","totalElements":9,"#).has_next(2));
    }

    #[test]
    fn without_next_the_total_counts_out() {
        assert!(page(r#""totalElements":3,"#).has_next(2));
        assert!(!page(r#""totalElements":2,"#).has_next(2));
        assert!(!page("").has_next(2));
    }

    #[test]
    fn a_list_ends_at_its_total_and_at_an_empty_page() {
        assert!(!page(r#""next":"x","totalElements":2,"#).has_next(2));
        let empty: Page<u32> =
            serde_json::from_str(r#"{"next":"x","content":[]}"#).expect("a page");
        assert!(!empty.has_next(2) && empty.announces_more(2));
    }
}
