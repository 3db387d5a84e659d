//! HTTP around the service: both fronts, tokens, bodies, errors.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Bytes, HttpBody as _};
use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodFilter, MethodRouter, get, on, post};
use el2g_key_payload::SecretBytes;
use el2g_service_api::devices::AddDevices;
use el2g_service_api::{ApiVersion, CATALOGUE, Endpoint, Method, NEWER, Operation as _};

use crate::authority;
use crate::call::{Call, Request as ApiRequest, parameter_refused, shown};
use crate::console::{self, Answered, RequestLog};
use crate::control;
use crate::fault_answers::{
    DropConnection, Injected, cut, dropped, faulty, injected, with_unknown_fields,
};
use crate::faults::{Fault, Faults};
use crate::front_door::{closing, demand_token};
use crate::generation;
use crate::membership;
use crate::openapi;
use crate::options::Observer;
use crate::refusal::{INTERNAL, Refusal, UNKNOWN_PATH, WRONG_METHOD};
use crate::request_body::{said_to_be_json, whole};
use crate::routes::{Handler, handler};
use crate::service::Service;

/// Where the operations are: as behind the Foundries.io proxy, and as NXP serves them.
const FRONTS: [&str; 2] = ["/ota/factories/{factory}/el2g-proxy", "/api/v1"];

const CORRELATION: &str = "EL2G-Correlation-ID";

/// What every request needs.
pub(crate) struct App {
    pub(crate) service: Service,
    pub(crate) token: SecretBytes,
    pub(crate) origin: String,
    pub(crate) faults: Faults,
    pub(crate) log: RequestLog,
    pub(crate) observer: Option<Observer>,
    /// Whether only this machine can reach the sandbox: the pages for people need no token.
    pub(crate) loopback: bool,
    /// Whether adding devices answers 202 without a body.
    pub(crate) answer_202: bool,
}

/// What is done and answered at one path.
#[derive(Clone, Copy)]
struct Route {
    endpoint: &'static Endpoint,
    handler: Handler,
}

/// Where the operations are that AN12642 does not have: as NXP serves them alone.
fn newer_front(api: ApiVersion) -> String {
    format!("/api/{}", api.segment())
}

/// The whole sandbox as a router.
pub(crate) fn router(app: Arc<App>) -> Router {
    let at_fronts = FRONTS.iter().flat_map(|front| {
        CATALOGUE.iter().map(move |endpoint| (format!("{front}{}", endpoint.path), endpoint))
    });
    let newer = NEWER
        .iter()
        .map(|endpoint| (format!("{}{}", newer_front(endpoint.api), endpoint.path), endpoint));
    let mut operations = Router::new();
    for (path, endpoint) in at_fronts.chain(newer) {
        if let Some(handler) = handler(endpoint) {
            let route = || method_router(Route { endpoint, handler });
            // NXP's clients write both forms.
            operations = operations.route(&path, route()).route(&format!("{path}/"), route());
        }
    }
    operations
        .route("/_sandbox/control/devices/{uid}/connect", post(connect))
        .method_not_allowed_fallback(wrong_method)
        .fallback(unknown_path)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), demand_token))
        .route("/_sandbox/recipient.asc", get(recipient))
        .route("/_sandbox/root.pem", get(own_root))
        .route("/_sandbox", get(async || Redirect::permanent("/_sandbox/")))
        .merge(console::routes())
        .route("/openapi.json", get(openapi_document))
        // Once more, for the routes that want no token: a fallback is one of the routes before it.
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), correlate))
        .with_state(app)
}

/// A device comes online; the body may be empty.
async fn connect(State(app): State<Arc<App>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let outcome = async {
        let request = read_request(&app, &mut parts).await?;
        let body = whole(body).await?;
        blocking(move || {
            generation::settle(&app.service)?;
            control::connect(&Call { service: &app.service, request: &request }, &body)
        })
        .await
    };
    plain(outcome.await, "application/json")
}

/// What customers encrypt to: not a secret.
async fn recipient(State(app): State<Arc<App>>) -> Response {
    let found = blocking(move || match app.service.recipient.wait() {
        Ok(recipient) => Ok(recipient.public_armored.clone().into_bytes()),
        Err(error) => Err(Refusal::new(&INTERNAL, format!("no OpenPGP key: {error}"))),
    });
    plain(found.await, "application/pgp-keys")
}

/// The root of the CAs that the service signs itself.
async fn own_root(State(app): State<Arc<App>>) -> Response {
    let found = blocking(move || {
        let service = &app.service;
        let (_, root) = service.store.write(|db| authority::root(service, db))?;
        Ok(root.to_pem().into_bytes())
    });
    plain(found.await, "application/x-pem-file")
}

async fn openapi_document(State(app): State<Arc<App>>) -> Response {
    let fronts =
        FRONTS.map(|front| format!("{}{}", app.origin, front.replace("{factory}", "sandbox")));
    let newer = |api| format!("{}{}", app.origin, newer_front(api));
    plain(Ok(openapi::document(&fronts, &newer).to_string().into_bytes()), "application/json")
}

fn plain(outcome: Result<Vec<u8>, Refusal>, media_type: &'static str) -> Response {
    match outcome {
        Err(refusal) => refused(&refusal),
        Ok(body) => ([(header::CONTENT_TYPE, media_type)], body).into_response(),
    }
}

fn method_router(route: Route) -> MethodRouter<Arc<App>> {
    let filter = match route.endpoint.method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Delete => MethodFilter::DELETE,
    };
    on(filter, move |State(app): State<Arc<App>>, request: Request| async move {
        match answer(app, route, request).await {
            Ok(response) => response,
            Err(refusal) => refused(&refusal),
        }
    })
}

async fn answer(app: Arc<App>, route: Route, request: Request) -> Result<Response, Refusal> {
    let answer_202 = app.answer_202;
    let (mut parts, body) = request.into_parts();
    let asked = read_request(&app, &mut parts).await?;
    asked.check_once(route.endpoint.query)?;
    let page = asked.query_text("page").and_then(|text| text.parse().ok()).unwrap_or(0);
    let fault = app.faults.next(route.endpoint, page);
    match &fault {
        Some(Fault::Answer { status, retry_after, html }) => {
            return Ok(injected(faulty(*status, *retry_after, *html), "answer"));
        }
        Some(Fault::DropBefore) => return Ok(injected(dropped(), "drop before")),
        _ => {}
    }
    let body = if route.endpoint.has_body {
        said_to_be_json(&parts.headers, body).await?
    } else {
        Bytes::new()
    };
    let act = answered(app, asked, body, route);
    let reply = match fault {
        // Done in its own time, whether or not anybody waits for it still: as a service does.
        Some(Fault::Stall(time)) => tokio::spawn(async move {
            tokio::time::sleep(time).await;
            act.await
        })
        .await
        .unwrap_or_else(|_| Err(Refusal::new(&INTERNAL, "a handler panicked"))),
        _ => act.await,
    }?;
    if answer_202 && fault.is_none() && route.endpoint.name == AddDevices::NAME {
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    Ok(match fault {
        Some(Fault::DropAfter) => injected(dropped(), "drop after"),
        Some(Fault::UnknownFields) => {
            injected(success(route, with_unknown_fields(reply)), "unknown fields")
        }
        Some(Fault::CutBody) => injected(cut(success(route, reply)).await, "cut body"),
        Some(Fault::Stall(_)) => injected(success(route, reply), "stall"),
        _ => success(route, reply),
    })
}

/// What a handler answers.
async fn answered(
    app: Arc<App>,
    request: ApiRequest,
    body: Bytes,
    route: Route,
) -> Result<Vec<u8>, Refusal> {
    blocking(move || {
        generation::settle(&app.service)?;
        let call = Call { service: &app.service, request: &request };
        membership::answer(&call, route.endpoint, || (route.handler)(&call, &body))
    })
    .await
}

/// Handlers touch the state and make keys: off the threads that serve sockets.
async fn blocking(
    work: impl FnOnce() -> Result<Vec<u8>, Refusal> + Send + 'static,
) -> Result<Vec<u8>, Refusal> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(Refusal::new(&INTERNAL, "a handler panicked")))
}

async fn read_request(app: &App, parts: &mut Parts) -> Result<ApiRequest, Refusal> {
    use axum::extract::rejection::PathRejection;
    let path = match Path::<Vec<(String, String)>>::from_request_parts(parts, &()).await {
        Ok(Path(path)) => path,
        Err(PathRejection::MissingPathParams(_)) => Vec::new(),
        Err(other) => return Err(parameter_refused("path", other.body_text())),
    };
    let Query(query) = Query::<Vec<(String, String)>>::from_request_parts(parts, &())
        .await
        .map_err(|rejection| parameter_refused("query", rejection.body_text()))?;
    Ok(ApiRequest { path, query, url: format!("{}{}", app.origin, parts.uri.path()) })
}

fn success(route: Route, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(route.endpoint.success).unwrap_or(StatusCode::OK);
    match route.endpoint.reply.media_type() {
        None => status.into_response(),
        Some(media_type) => (status, [(header::CONTENT_TYPE, media_type)], body).into_response(),
    }
}

/// The answer to a request that was refused.
pub(crate) fn refused(refusal: &Refusal) -> Response {
    let status =
        StatusCode::from_u16(refusal.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media_type = [(header::CONTENT_TYPE, "application/json")];
    (status, media_type, serde_json::to_vec(&refusal.body()).unwrap_or_default()).into_response()
}

/// The answer to a path that there is not.
pub(crate) async fn unknown_path(request: Request) -> Response {
    refused(&Refusal::new(
        &UNKNOWN_PATH,
        format!("no operation has the path `{}`", shown(request.uri().path())),
    ))
}

async fn wrong_method(request: Request) -> Response {
    refused(&Refusal::new(
        &WRONG_METHOD,
        format!(
            "`{}` has no operation with method {}",
            shown(request.uri().path()),
            request.method()
        ),
    ))
}

/// Every answer carries the id that the request brought, or a new one, and the time of our clock.
async fn correlate(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(CORRELATION)
        .filter(|value| (1..=64).contains(&value.len()) && value.to_str().is_ok())
        .cloned()
        .unwrap_or_else(|| {
            HeaderValue::from_str(&uuid::Uuid::new_v4().to_string())
                .expect("a UUID is hexadecimal digits and hyphens")
        });
    let (at, began) = (app.service.now(), Instant::now());
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let is_open = is_open(&path);
    let unread = is_open && !request.body().is_end_stream();
    let mut response = next.run(request).await;
    if unread {
        response = closing(response);
    }
    let dropped = response.extensions().get::<DropConnection>().is_some();
    let answered = Answered {
        at,
        method,
        path,
        status: if dropped { 0 } else { response.status().as_u16() },
        millis: began.elapsed().as_millis(),
        fault: response.extensions().get::<Injected>().map(|fault| fault.0),
    };
    if let Some(observer) = &app.observer {
        observer(&answered);
    }
    if !is_open || answered.path == "/openapi.json" {
        app.log.add(answered);
    }
    response.headers_mut().insert(CORRELATION, id);
    if let Some(date) = http_date(app.service.now()) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// Whether a path needs no token: what people and browsers look at.
fn is_open(path: &str) -> bool {
    let own = path == "/_sandbox" || path.starts_with("/_sandbox/");
    path == "/openapi.json" || own && !path.starts_with("/_sandbox/control/")
}

/// A moment as HTTP writes it (RFC 9110 5.6.7).
fn http_date(millis: i64) -> Option<HeaderValue> {
    let moment = jiff::Timestamp::from_millisecond(millis).ok()?;
    let text =
        jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).ok()?;
    HeaderValue::from_str(&text).ok()
}
