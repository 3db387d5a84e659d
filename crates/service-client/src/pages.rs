//! Lists, page by page.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use el2g_service_api::{DecodeError, Page, PageQuery as _, PagedOperation, known_only};

use crate::{Client, ClientError};

/// The most pages that are read of a list whose length the service does not say.
const PAGES_WITHOUT_TOTAL: u32 = 100_000;

/// The pages of a list. Each next page is asked for by its number: `next` links only say that there is
/// one, because the document prints links that lead elsewhere (docs/an12642-errata.md row 2).
pub struct Pages<'a, O: PagedOperation> {
    client: &'a Client,
    path: O::Path,
    query: O::Query,
    /// The next page; `None` after the last number there is.
    page: Option<u32>,
    /// Items up to and including the last page that was read.
    seen: u64,
    /// Fingerprints of the pages that were read.
    read: HashSet<u64>,
    /// The most pages that are read when the service does not say how many items there are.
    pub(crate) pages_without_total: usize,
    done: bool,
}

impl<'a, O: PagedOperation> Pages<'a, O> {
    pub(crate) fn new(client: &'a Client, path: O::Path, mut query: O::Query) -> Self {
        let page = query.page().unwrap_or(0);
        let size = query.size().unwrap_or(client.settings().limits.page_size);
        query.set_size(size);
        let seen = u64::from(page) * u64::from(size);
        let (page, read) = (Some(page), HashSet::new());
        let pages_without_total = PAGES_WITHOUT_TOTAL as usize;
        Pages { client, path, query, page, seen, read, pages_without_total, done: false }
    }

    /// The items of the next page; `None` after the last one.
    ///
    /// # Errors
    /// As for [`Client::call`]; after such an error the same page is asked for again. A list that cannot come
    /// to its end is [`ClientError::RepeatedPage`], [`ClientError::EmptyPage`] or
    /// [`ClientError::TooManyPages`].
    pub async fn next(&mut self) -> Result<Option<Vec<O::Item>>, ClientError> {
        Ok(self.next_page().await?.map(|page| page.content))
    }

    /// The next page with its figures; `None` after the last one.
    ///
    /// # Errors
    /// As for [`Pages::next`].
    pub async fn next_page(&mut self) -> Result<Option<Page<O::Item>>, ClientError> {
        if self.done {
            return Ok(None);
        }
        let Some(number) = self.page else {
            return Err(ClientError::TooManyPages { operation: operation::<O>(), limit: u32::MAX });
        };
        let mut query = self.query.clone();
        query.set_page(number);
        let page = self.client.call::<O>(&self.path, &query, &no_body::<O>()?).await?;
        self.seen = self.seen.saturating_add(page.content.len() as u64);
        self.done = !page.has_next(self.seen);
        self.check_end(number, &page)?;
        self.page = number.checked_add(1);
        Ok(Some(page))
    }

    /// Refuses answers that would make a list endless, or cut it short silently.
    fn check_end(&mut self, number: u32, page: &Page<O::Item>) -> Result<(), ClientError> {
        if page.content.is_empty() {
            return match page.announces_more(self.seen) {
                true => Err(ClientError::EmptyPage { operation: operation::<O>(), page: number }),
                false => Ok(()),
            };
        }
        // The same items under another total: the list has grown at its front meanwhile.
        if !self.read.insert(fingerprint::<O>(page)?) {
            return Err(ClientError::RepeatedPage { operation: operation::<O>(), page: number });
        }
        let untold = page.total_elements.value().is_none() && !self.done;
        if untold && self.read.len() >= self.pages_without_total {
            let limit = PAGES_WITHOUT_TOTAL;
            return Err(ClientError::TooManyPages { operation: operation::<O>(), limit });
        }
        Ok(())
    }

    /// All items of all pages that are left. For lists that are known to be short.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn collect(mut self) -> Result<Vec<O::Item>, ClientError> {
        let mut all = Vec::new();
        while let Some(items) = self.next().await? {
            all.extend(items);
        }
        Ok(all)
    }
}

/// The command that reads the list, for messages.
fn operation<O: PagedOperation>() -> String {
    O::COMMAND.join(" ")
}

/// Tells pages apart: by their items, and by how many the service says there are.
fn fingerprint<O: PagedOperation>(page: &Page<O::Item>) -> Result<u64, ClientError> {
    let encode = |error| ClientError::Encode(DecodeError::json(O::NAME, &error));
    let mut hasher = DefaultHasher::new();
    // What is not known may be another each time, such as a request id.
    known_only(|| serde_json::to_vec(&page.content)).map_err(encode)?.hash(&mut hasher);
    page.total_elements.value().hash(&mut hasher);
    Ok(hasher.finish())
}

/// Lists are GETs: they have no body.
fn no_body<O: PagedOperation>() -> Result<O::Body, ClientError> {
    O::decode_body(b"null").map_err(ClientError::Encode)
}
