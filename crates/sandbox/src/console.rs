//! The pages for people: what the sandbox holds, and how it hangs together. Rendered here, no scripts, no secrets, and
//! nothing that they lead to changes anything.

mod authorities;
mod claim_codes;
mod devices;
mod groups;
mod objects;
mod overview;
mod page;
mod provisionings;
mod request_log;
mod requests;
mod search;
mod states;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts as _, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use rusqlite::Connection;

use self::page::{Cell, Content, Frame, Look, Part, ROOT};
pub use self::request_log::Answered;
pub(crate) use self::request_log::RequestLog;
use crate::clock::rfc3339;
use crate::generation;
use crate::refusal::{INTERNAL, Refusal};
use crate::server::{App, unknown_path};
use crate::service::Service;

/// What a page is asked for, and what it may look at.
struct Asked<'a> {
    service: &'a Service,
    log: &'a RequestLog,
    /// What stands in the path for an id; empty where nothing does.
    id: &'a str,
    query: &'a [(String, String)],
}

impl Asked<'_> {
    /// A parameter of the query; empty when it is not there.
    fn text(&self, name: &str) -> &str {
        let found = self.query.iter().find(|(found, _)| found == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// The page of a table, from 1; the first where that is not a number.
    fn page(&self) -> u32 {
        self.text("page").parse().unwrap_or(1)
    }

    /// The id in the path; 0, which nothing has, where that is not a number.
    fn number(&self) -> u64 {
        self.id.parse().unwrap_or(0)
    }
}

/// What makes a page.
type View = fn(&Asked<'_>, &Connection) -> Result<Content, Refusal>;

/// Every page, by its path below [`ROOT`].
const PAGES: [(&str, View); 15] = [
    ("", overview::page),
    ("groups", groups::list),
    ("groups/{id}", groups::one),
    ("devices", devices::list),
    ("devices/{id}", devices::one),
    ("objects", objects::list),
    ("objects/{id}", objects::one),
    ("provisionings", provisionings::list),
    ("provisionings/{id}", provisionings::one),
    ("cas", authorities::list),
    ("cas/{id}", authorities::one),
    ("claim-codes", claim_codes::list),
    ("claim-codes/{id}", claim_codes::one),
    ("requests", requests::list),
    ("search", search::page),
];

/// Every page as a route.
pub(crate) fn routes() -> Router<Arc<App>> {
    PAGES.into_iter().fold(Router::new(), |router, (path, view)| {
        let answer =
            move |State(app): State<Arc<App>>, request: Request| answered(app, view, request);
        router.route(&format!("{ROOT}{path}"), get(answer))
    })
}

/// Whether the browser is one of this machine, and asks for this machine by its own name: no foreign page reads ours through
/// a name of its own that leads here.
fn is_from_here(app: &App, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    app.loopback && ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

async fn answered(app: Arc<App>, view: View, request: Request) -> Response {
    if !is_from_here(&app, request.headers()) {
        return unknown_path(request).await;
    }
    let (mut parts, _) = request.into_parts();
    let path = Path::<Vec<(String, String)>>::from_request_parts(&mut parts, &()).await;
    let id = path.ok().and_then(|Path(mut path)| path.pop()).map(|(_, id)| id);
    let query = Query::<Vec<(String, String)>>::from_request_parts(&mut parts, &()).await;
    let query = query.map(|Query(query)| query).unwrap_or_default();
    let asked_path = parts.uri.path().trim_start_matches(ROOT).to_owned();
    // A page is made from what it is given, off the threads that serve sockets.
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let policy = policy(&nonce);
    let made = tokio::task::spawn_blocking(move || {
        let id = id.unwrap_or_default();
        let asked = Asked { service: &app.service, log: &app.log, id: &id, query: &query };
        html(&asked, view, &asked_path, &app.origin, &nonce)
    });
    let failed = |_| (INTERNAL.status, "a page could not be made".to_owned());
    let (status, html) = made.await.unwrap_or_else(failed);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, "text/html; charset=utf-8");
    set(header::CACHE_CONTROL, "no-store");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// What a browser may do for a page: show it with its own style sheet and icon, and send its search back to us.
fn policy(nonce: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("hexadecimal digits in a policy of ASCII")
}

/// A page as HTML and its status: where there is no such thing, the page says so.
fn html(asked: &Asked<'_>, view: View, path: &str, origin: &str, nonce: &str) -> (u16, String) {
    let service = asked.service;
    let made = generation::settle(service).and_then(|()| service.store.read(|db| view(asked, db)));
    let (status, content) = match made {
        Ok(content) => (200, content),
        Err(refusal) => (refusal.problem.status, nothing_there(&refusal)),
    };
    let sought = asked.text("q");
    let now = rfc3339(service.now());
    (status, Frame { content: &content, path, sought, origin, now, nonce }.html())
}

fn nothing_there(refusal: &Refusal) -> Content {
    let back = Cell::of(Look::Plain, "It may have been deleted. See the").and_link(
        Look::Plain,
        "overview",
        "",
    );
    let title = if refusal.problem.status == 404 { "Not found" } else { "Failed" };
    let details = Cell::of(Look::Plain, format!("{}.", refusal.details));
    Content::of(title, vec![Part::Note(details), Part::Note(back)])
}

#[cfg(test)]
mod console_tests;
#[cfg(test)]
mod http_tests;
