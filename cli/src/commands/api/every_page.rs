//! `el2g api --paginate`: every page of a list.

use std::collections::HashSet;

use el2g_service_api::{Method, Page};
use el2g_service_client::CurlBody;
use el2g_workflows::Failure;
use serde_json::value::RawValue;

use super::Raw;
use crate::Result;
use crate::context::Context;
use crate::online::{DryRun, Online};
use crate::output::Outcome;

/// The most pages that are read of a list whose length the service does not say.
const MOST_PAGES: u32 = 100_000;

/// Reads the pages one after the other, by their numbers: where a link leads is not looked at.
pub fn every_page(method: Method, path: &str, context: &mut Context) -> Result<Outcome> {
    if method != Method::Get {
        return Err(Failure::usage("--paginate: only a GET answers pages"));
    }
    let names = path.split_once('?').map_or("", |(_, query)| query).split('&');
    let names: Vec<&str> = names.filter_map(|pair| pair.split('=').next()).collect();
    if names.contains(&"page") {
        let failure = Failure::usage("--paginate reads every page, and the path asks for one");
        return Err(failure.with_hint("leave `page` out of the path"));
    }
    let size = if names.contains(&"size") { "" } else { "&size=100" };
    let mark = if path.contains('?') { '&' } else { '?' };
    let of_page = |page: u32| format!("{path}{mark}page={page}{size}");
    let online = Online::open(context)?;
    if online.is_dry_run() {
        let curl = online.client().curl_raw(method, &of_page(0), None, &CurlBody::Inline)?;
        return Ok(Outcome::of(DryRun::of(vec![curl])));
    }
    let (mut items, mut read) = (Vec::new(), HashSet::new());
    for page in 0..MOST_PAGES {
        let reply = online.wait(online.client().call_raw(method, &of_page(page), None))?;
        let no_page = |error| {
            let reason = el2g_text::parser_message(&format!("{error}"));
            Failure::unavailable(format!("the service answered no page of a list: {reason}"))
                .with_hint("without --paginate the answer is printed as it is")
        };
        let answered: Page<Box<RawValue>> = serde_json::from_slice(&reply.body).map_err(no_page)?;
        let content: Vec<String> =
            answered.content.iter().map(|item| item.get().to_owned()).collect();
        let seen = (items.len() + content.len()) as u64;
        if content.is_empty() && answered.announces_more(seen) {
            return Err(endless(page, "is empty, and the service says that another follows"));
        }
        if !content.is_empty() && !read.insert(content.join(",")) {
            return Err(endless(page, "has the items of an earlier one"));
        }
        items.extend(content);
        if !answered.has_next(seen) {
            let text =
                format!("{{\"totalElements\":{},\"content\":[{}]}}", items.len(), items.join(","));
            return Ok(Outcome::of(Raw { status: reply.status, text }));
        }
    }
    Err(endless(MOST_PAGES, "was not the last"))
}

fn endless(page: u32, what: &str) -> Failure {
    Failure::unavailable(format!("page {page} {what}; nothing was printed"))
}
