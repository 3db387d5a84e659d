//! When a call is repeated, and when it is not.

use std::time::{Duration, Instant};

use el2g_service_api::NoPath;
use el2g_service_api::NoQuery;
use el2g_service_api::claim_codes::{ClaimCodeIds, DeleteClaimCodes};
use el2g_service_api::device_groups::{DeleteDeviceGroup, GroupPath};
use el2g_service_api::intermediate_cas::{
    IntermediateCaPath, SignedIntermediate, UploadIntermediateCa,
};

use super::scripted::{Act, Scripted, json};
use super::{client, create_group, settings, show_group};
use crate::{Client, ClientError, RetryPolicy};

const GROUP: &str = r#"{"id":474,"deviceGroupName":"meters"}"#;
const CREATE: &str = "POST /products/935389312472/device-groups";
const LOOK_UP: &str = "GET /products/935389312472/device-groups?name=meters&page=0&size=100";

/// A page of groups named `meters`, made at these times.
fn groups(created: &[&str]) -> Act {
    let group = |at: &&str| {
        format!(
            r#"{{"id":9,"deviceGroupName":"meters","resourceMetadata":{{"createdTs":"{at}"}}}}"#
        )
    };
    let content: Vec<String> = created.iter().map(group).collect();
    json(200, &format!(r#"{{"next":null,"content":[{}]}}"#, content.join(",")))
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}

#[tokio::test]
async fn a_read_is_repeated_on_429_502_503_504_and_lost_connections() {
    let html = || Act::Answer(503, "Content-Type: text/html\r\n", "<h1>down</h1>".to_owned());
    for act in [
        json(429, ""),
        json(502, "{}"),
        html(),
        json(504, ""),
        Act::Drop,
        Act::Stall,
        Act::CutShort(200, GROUP.to_owned()),
    ] {
        let server = Scripted::start(vec![act, json(200, GROUP)]);
        let group = show_group(&client(&server.base_url)).await.expect("the second attempt");
        assert_eq!(group.id, 474);
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_read_is_not_repeated_on_other_statuses() {
    for status in [400, 401, 403, 404, 409, 422, 500] {
        let server = Scripted::start(vec![json(status, "{}"), json(200, GROUP)]);
        let error = show_group(&client(&server.base_url)).await.expect_err("an error");
        assert_eq!(error.status(), Some(status));
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn attempts_are_bounded_and_counted() {
    let server =
        Scripted::start(vec![json(503, ""), json(503, ""), json(503, ""), json(200, GROUP)]);
    let error = show_group(&client(&server.base_url)).await.expect_err("three attempts");
    assert_eq!(server.requests().len(), 3);
    assert!(error.to_string().contains("tried 3 times"), "{error}");
    assert!(error.is_unavailable());
}

#[tokio::test]
async fn retry_after_is_waited_for_when_there_is_time() {
    let busy = || Act::Answer(429, "Retry-After: 1\r\n", String::new());
    let server = Scripted::start(vec![busy(), json(200, GROUP)]);
    let began = Instant::now();
    show_group(&client(&server.base_url)).await.expect("the second attempt");
    assert!(began.elapsed() >= Duration::from_secs(1));

    let server = Scripted::start(vec![busy(), json(200, GROUP)]);
    let mut settings = settings(&server.base_url);
    settings.retry = RetryPolicy { total: Duration::from_millis(500), ..settings.retry };
    let error = show_group(&Client::new(settings).expect("a client")).await.expect_err("no time");
    assert!(error.to_string().contains("asks to wait 1 s"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn retry_after_may_be_a_date_and_may_ask_too_much() {
    let soon = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(2));
    let header: &'static str = format!("Retry-After: {soon}\r\n").leak();
    let server = Scripted::start(vec![Act::Answer(503, header, String::new()), json(200, GROUP)]);
    let began = Instant::now();
    show_group(&client(&server.base_url)).await.expect("the second attempt");
    assert!(began.elapsed() >= Duration::from_secs(1));

    for endless in
        ["18446744073709551615", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"]
    {
        let header: &'static str = format!("Retry-After: {endless}\r\n").leak();
        let server =
            Scripted::start(vec![Act::Answer(429, header, String::new()), json(200, GROUP)]);
        let error = show_group(&client(&server.base_url)).await.expect_err("no such time");
        assert_eq!(error.status(), Some(429), "{endless}");
        assert_eq!(server.requests().len(), 1, "{endless}");
    }
}

#[tokio::test]
async fn all_attempts_of_a_call_have_one_request_id_and_each_call_its_own() {
    let id = |request: &String| {
        let lower = request.to_ascii_lowercase();
        lower.lines().find_map(|line| line.strip_prefix("el2g-correlation-id: ")).map(str::to_owned)
    };
    let server = Scripted::start(vec![json(503, ""), json(200, GROUP), json(200, GROUP)]);
    let client = client(&server.base_url);
    show_group(&client).await.expect("the second attempt");
    show_group(&client).await.expect("another call");
    let ids: Vec<_> = server.requests().iter().map(id).collect();
    assert!(ids[0].as_ref().is_some_and(|id| id.len() == 36), "{ids:?}");
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[1], ids[2]);
}

#[tokio::test]
async fn a_create_that_timed_out_is_never_repeated_because_it_may_happen_still() {
    let nothing = || groups(&[]);
    let script = vec![Act::Stall, nothing(), nothing(), nothing(), nothing(), json(200, GROUP)];
    let server = Scripted::start(script);
    let error = create_group(&client(&server.base_url)).await.expect_err("no telling");
    assert!(matches!(error, ClientError::OutcomeUnknown { .. }), "{error:?}");
    let lines = server.request_lines();
    assert_eq!(lines.iter().filter(|line| line.starts_with("POST")).count(), 1, "{lines:?}");

    // It happens while it is being looked for.
    let server = Scripted::start(vec![Act::Stall, nothing(), groups(&[&now()])]);
    assert_eq!(create_group(&client(&server.base_url)).await.expect("it was made").id, 9);
}

#[tokio::test]
async fn reads_that_lag_are_waited_for() {
    let server = Scripted::start(vec![Act::Drop, groups(&[]), groups(&[&now()])]);
    let mut settings = settings(&server.base_url);
    settings.retry.settle = Duration::from_secs(3);
    let group = create_group(&Client::new(settings).expect("a client")).await.expect("it was made");
    assert_eq!(group.id, 9);
    assert_eq!(server.request_lines(), [CREATE, LOOK_UP, LOOK_UP]);
}

#[tokio::test]
async fn two_new_ones_of_the_same_name_leave_open_which_is_ours() {
    let server = Scripted::start(vec![Act::Drop, groups(&[&now(), &now()]), json(200, GROUP)]);
    let error = create_group(&client(&server.base_url)).await.expect_err("no telling");
    assert!(matches!(error, ClientError::OutcomeUnknown { .. }), "{error:?}");
    assert_eq!(server.request_lines(), [CREATE, LOOK_UP]);
}

#[tokio::test]
async fn a_list_without_end_shows_nothing() {
    let page = || json(200, r#"{"next":"x","content":[{"id":1,"deviceGroupName":"other"}]}"#);
    let mut script = vec![Act::Drop];
    script.extend((0..200).map(|_| page()));
    script.push(json(200, GROUP));
    let server = Scripted::start(script);
    let error = create_group(&client(&server.base_url)).await.expect_err("no telling");
    assert!(matches!(error, ClientError::OutcomeUnknown { .. }), "{error:?}");
    assert_eq!(server.requests().len(), 201);
}

#[tokio::test]
async fn a_create_whose_reply_is_lost_is_looked_up_and_not_repeated_when_it_happened() {
    for lost in
        [Act::Drop, Act::Stall, json(503, ""), json(504, ""), Act::CutShort(200, GROUP.to_owned())]
    {
        let server = Scripted::start(vec![lost, groups(&["2020-01-01T00:00:00Z", &now()])]);
        let group = create_group(&client(&server.base_url)).await.expect("the one that was made");
        assert_eq!(group.id, 9);
        assert_eq!(server.request_lines(), [CREATE, LOOK_UP]);
    }
}

#[tokio::test]
async fn a_create_is_repeated_after_the_look_up_showed_that_it_did_not_happen() {
    for before in [groups(&[]), groups(&["2020-01-01T00:00:00Z"])] {
        let server = Scripted::start(vec![Act::Drop, before, json(200, GROUP)]);
        let group = create_group(&client(&server.base_url)).await.expect("the second attempt");
        assert_eq!(group.id, 474);
        assert_eq!(server.request_lines(), [CREATE, LOOK_UP, CREATE]);
    }
}

#[tokio::test]
async fn a_create_that_was_not_taken_is_repeated_without_a_look_up() {
    let server = Scripted::start(vec![json(429, ""), json(200, GROUP)]);
    create_group(&client(&server.base_url)).await.expect("the second attempt");
    assert_eq!(server.request_lines(), [CREATE, CREATE]);
}

#[tokio::test]
async fn a_create_is_not_repeated_when_the_look_up_fails() {
    let server = Scripted::start(vec![Act::Drop, json(403, "{}"), json(200, GROUP)]);
    let error = create_group(&client(&server.base_url)).await.expect_err("no telling");
    assert!(matches!(error, ClientError::OutcomeUnknown { .. }), "{error:?}");
    assert_eq!(server.request_lines(), [CREATE, LOOK_UP]);
}

#[tokio::test]
async fn the_last_attempt_of_a_create_is_looked_up_too() {
    let server = Scripted::start(vec![Act::Drop, groups(&[&now()])]);
    let mut settings = settings(&server.base_url);
    settings.retry = RetryPolicy::never();
    let group = create_group(&Client::new(settings).expect("a client")).await.expect("it was made");
    assert_eq!(group.id, 9);
}

#[tokio::test]
async fn what_has_no_look_up_is_never_repeated_in_doubt() {
    let server = Scripted::start(vec![Act::Drop, json(200, "{}")]);
    let body = ClaimCodeIds::new(vec![1]);
    let client = client(&server.base_url);
    let error =
        client.call::<DeleteClaimCodes>(&NoPath, &NoQuery {}, &body).await.expect_err("no telling");
    assert!(matches!(error, ClientError::OutcomeUnknown { .. }), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_free_post_is_never_repeated_in_doubt() {
    let server = Scripted::start(vec![Act::Drop, json(200, "{}")]);
    let client = client(&server.base_url);
    let posted =
        client.call_raw(el2g_service_api::Method::Post, "/anything", Some(b"{}".to_vec())).await;
    assert!(matches!(posted, Err(ClientError::OutcomeUnknown { .. })), "{posted:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_delete_that_is_repeated_may_find_nothing_left() {
    let path = GroupPath { nc12: "935389312472".to_owned(), device_group_id: 474 };
    let server = Scripted::start(vec![Act::Drop, json(404, "{}")]);
    let deleted = client(&server.base_url).call::<DeleteDeviceGroup>(&path, &NoQuery {}, &()).await;
    deleted.expect("the first attempt deleted it");

    let server = Scripted::start(vec![json(429, ""), json(404, "{}")]);
    let missing = client(&server.base_url).call::<DeleteDeviceGroup>(&path, &NoQuery {}, &()).await;
    assert_eq!(missing.expect_err("it never was there").status(), Some(404));
}

#[tokio::test]
async fn an_upload_that_is_repeated_may_be_refused_because_it_is_done() {
    let done =
        r#"{"id":1,"name":"n","signingState":"SIGNED","value":"-----BEGIN\nAA==\n-----END\n"}"#;
    let other =
        r#"{"id":1,"name":"n","signingState":"SIGNED","value":"-----BEGIN\nBB==\n-----END\n"}"#;
    let path = IntermediateCaPath { intermediate_ca_id: 1 };
    let body = SignedIntermediate::new("-----BEGIN\nAA==\n-----END".to_owned(), "root".to_owned());
    for (state, ok) in [(done, true), (other, false)] {
        let server = Scripted::start(vec![Act::Drop, json(409, "{}"), json(200, state)]);
        let uploaded =
            client(&server.base_url).call::<UploadIntermediateCa>(&path, &NoQuery {}, &body).await;
        assert_eq!(uploaded.is_ok(), ok, "{uploaded:?}");
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn nothing_listening_is_a_failed_connection_that_surely_did_nothing() {
    // Bound and dropped again: nothing listens there.
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address");
    let error =
        create_group(&client(&format!("http://{address}"))).await.expect_err("nothing there");
    assert!(matches!(&error, ClientError::Connection { attempts: 3, .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("cannot connect to") && text.contains("refused"), "{text}");
}
