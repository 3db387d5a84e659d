//! Tests of the pages as a browser asks for them.

use std::sync::Arc;

use axum::http::{HeaderMap, Request, header};

use super::console_tests::filled;
use super::{PAGES, RequestLog};
use crate::server::App;

/// A sandbox that others can reach, or this machine alone.
fn app(loopback: bool) -> Arc<App> {
    Arc::new(App {
        service: filled("n").service,
        token: el2g_key_payload::SecretBytes::from_slice(b"the-token"),
        origin: "http://127.0.0.1:1".to_owned(),
        faults: crate::faults::Faults::default(),
        log: RequestLog::default(),
        observer: None,
        loopback,
        answer_202: false,
    })
}

/// The answer of the whole sandbox: status, headers, body.
fn answer(app: &Arc<App>, host: &str, path: &str, method: &str) -> (u16, HeaderMap, String) {
    use tower::ServiceExt as _;
    let request = Request::builder().method(method).uri(path).header(header::HOST, host);
    let request = request.body(axum::body::Body::empty()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response = crate::server::router(Arc::clone(app)).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 24).await.unwrap();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
    })
}

#[test]
fn only_the_browser_of_this_machine_sees_the_pages() {
    let (here, everywhere) = (app(true), app(false));
    for host in ["127.0.0.1:1", "localhost:1", "localhost", "[::1]:1"] {
        assert_eq!(answer(&here, host, "/_sandbox/", "GET").0, 200, "{host}");
        // What others can reach shows nothing, whatever it is called.
        assert_eq!(answer(&everywhere, host, "/_sandbox/", "GET").0, 404, "{host}");
    }
    for (path, _) in PAGES {
        let path = format!("/_sandbox/{}", path.replace("{id}", "1"));
        for host in
            ["rebound.example:1", "127.0.0.1.example", "", "localhost.example:1", "127.0.0.2"]
        {
            let (status, _, body) = answer(&here, host, &path, "GET");
            assert_eq!(status, 404, "{host} {path}");
            assert!(body.starts_with('{'), "nothing of the page: {body}");
        }
    }
}

#[test]
fn a_browser_may_show_a_page_and_search_and_nothing_else() {
    let app = app(true);
    let (status, headers, body) = answer(&app, "localhost:1", "/_sandbox/groups/1", "GET");
    assert_eq!(status, 200);
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    let (before, rest) = policy.split_once("'nonce-").unwrap();
    let (nonce, after) = rest.split_once('\'').unwrap();
    assert_eq!(before, "default-src 'none'; style-src ");
    let rest = "; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    assert_eq!(after, rest);
    assert!(body.contains(&format!("<style nonce=\"{nonce}\">")) && nonce.len() == 32);
    assert!(!body.contains(" style=") && !body.contains("the-token"), "{body}");
    let (_, again, _) = answer(&app, "localhost:1", "/_sandbox/groups/1", "GET");
    assert_ne!(again[header::CONTENT_SECURITY_POLICY], headers[header::CONTENT_SECURITY_POLICY]);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    assert!(!headers.keys().any(|name| name.as_str().starts_with("access-control")));
}

#[test]
fn pages_are_only_read() {
    let app = app(true);
    for (path, _) in PAGES {
        let path = format!("/_sandbox/{}", path.replace("{id}", "1"));
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            assert_eq!(answer(&app, "localhost:1", &path, method).0, 405, "{method} {path}");
        }
        let (status, _, body) = answer(&app, "localhost:1", &path, "HEAD");
        assert!(body.is_empty() && [200, 404].contains(&status), "{path}");
    }
}
