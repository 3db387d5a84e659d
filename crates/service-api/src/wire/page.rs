//! One page of a list.

use serde::{Deserialize, Serialize};

use crate::Nullable;

/// One page of a list (section 7).
///
/// `next` says whether there is another page; it is never followed, because the document itself prints
/// links with another prefix (errata row 2). Pages of 4.4.4 have no `next`, `prev` or `pageType`:
/// `totalElements` counts them out (row 6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
}

impl<T> Page<T> {
    /// Whether another page follows, when `seen` items have been read up to and including this page.
    pub fn has_next(&self, seen: u64) -> bool {
        if self.content.is_empty() {
            return false;
        }
        match (&self.next, self.total_elements.value()) {
            (Nullable::Value(_), _) => true,
            (Nullable::Null, _) => false,
            (Nullable::Absent, Some(total)) => seen < *total,
            (Nullable::Absent, None) => false,
        }
    }
}
