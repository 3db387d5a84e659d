//! Lists, page by page.

use el2g_service_api::{PageQuery as _, PagedOperation};

use crate::{Client, ClientError};

/// The most items a page may have (section 7).
const LARGEST_PAGE: u32 = 100;

/// The pages of a list. Each next page is asked for by its number: `next` links only say that there is
/// one, because the document prints links that lead elsewhere (errata row 2).
pub struct Pages<'a, O: PagedOperation> {
    client: &'a Client,
    path: O::Path,
    query: O::Query,
    page: u32,
    seen: u64,
    done: bool,
}

impl<'a, O: PagedOperation> Pages<'a, O> {
    pub(crate) fn new(client: &'a Client, path: O::Path, mut query: O::Query) -> Self {
        let page = query.page().unwrap_or(0);
        let size = query.size().unwrap_or(LARGEST_PAGE);
        query.set_size(size);
        Pages { client, path, query, page, seen: u64::from(page) * u64::from(size), done: false }
    }

    /// The items of the next page; `None` after the last one.
    ///
    /// # Errors
    /// As for [`Client::call`]. After an error the same page is asked for again.
    pub async fn next(&mut self) -> Result<Option<Vec<O::Item>>, ClientError> {
        if self.done {
            return Ok(None);
        }
        let mut query = self.query.clone();
        query.set_page(self.page);
        let page = self.client.call::<O>(&self.path, &query, &no_body::<O>()?).await?;
        self.seen += page.content.len() as u64;
        self.done = !page.has_next(self.seen);
        self.page += 1;
        Ok(Some(page.content))
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

/// Lists are GETs: they have no body.
fn no_body<O: PagedOperation>() -> Result<O::Body, ClientError> {
    O::decode_body(b"null").map_err(ClientError::Encode)
}
