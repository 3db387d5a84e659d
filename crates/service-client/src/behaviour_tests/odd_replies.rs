//! Replies that no good service gives: what is made of each.

use el2g_service_api::devices::{Device, ListDevices};
use el2g_service_api::{NoPath, NoQuery};

use super::scripted::{Act, Scripted, json};
use super::{TOKEN, client, create_group, settings, show_group};
use crate::{Client, ClientError, ConnectionPhase};

const GROUP: &str = r#"{"id":474,"deviceGroupName":"g"}"#;

/// Bytes of a reply, its lines ended as HTTP ends them.
fn raw(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut bytes = head.replace('\n', "\r\n").into_bytes();
    bytes.extend_from_slice(b"\r\n\r\n");
    bytes.extend_from_slice(body.as_ref());
    bytes
}

fn with_length(body: impl AsRef<[u8]>) -> Vec<u8> {
    raw(&format!("HTTP/1.1 200 OK\nContent-Length: {}", body.as_ref().len()), body)
}

#[tokio::test]
async fn unusual_http_is_read() {
    let chunked = format!("{:x};ext=1\r\n{GROUP}\r\n0\r\nTrailer: 1\r\n\r\n", GROUP.len());
    let replies = [
        ("no length", raw("HTTP/1.1 200 OK", GROUP)),
        ("HTTP/1.0", raw("HTTP/1.0 200 OK", GROUP)),
        ("no reason", raw("HTTP/1.1 200 \nConnection: close", GROUP)),
        (
            "chunks, with an extension and a trailer",
            raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", chunked),
        ),
        ("100 first", raw("HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\ncontent-length: 32", GROUP)),
        (
            "headers in odd cases and twice",
            raw(
                "HTTP/1.1 200 OK\ncOnTeNt-LeNgTh: 32\nX: 1\nx: 2\nEL2G-CORRELATION-ID: a\nel2g-correlation-id: b",
                GROUP,
            ),
        ),
        ("another 2xx", raw("HTTP/1.1 203 Odd\nContent-Length: 32", GROUP)),
        ("a byte order mark", with_length(format!("\u{FEFF}{GROUP}"))),
        (
            "deep nesting where nobody looks",
            with_length(format!(
                "{{\"id\":474,\"deviceGroupName\":\"g\",\"x\":{}1{}}}",
                "[".repeat(9_000),
                "]".repeat(9_000)
            )),
        ),
        ("white space around", with_length(format!("\r\n\t{GROUP}\n"))),
        ("another media type", raw("HTTP/1.1 200 OK\nContent-Type: text/html", GROUP)),
    ];
    for (what, reply) in replies {
        let server = Scripted::start(vec![Act::Raw(reply)]);
        let group = show_group(&client(&server.base_url)).await;
        assert_eq!(group.unwrap_or_else(|error| panic!("{what}: {error}")).id, 474, "{what}");
    }
}

#[tokio::test]
async fn a_success_that_is_no_answer_is_an_error_that_shows_it() {
    let utf_16: Vec<u8> = GROUP.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let deep = format!("{}{}", "[".repeat(40_000), "]".repeat(40_000));
    let replies = [
        ("nothing", with_length("")),
        ("204", raw("HTTP/1.1 204 No Content", "")),
        ("204 with a body", raw("HTTP/1.1 204 No Content\nContent-Length: 32", GROUP)),
        ("HTML", with_length("<html>sign in</html>")),
        ("UTF-16", with_length(utf_16)),
        ("NUL", with_length(format!("{GROUP}\0"))),
        ("not UTF-8", with_length(b"{\"id\":474,\"deviceGroupName\":\"\xff\"}")),
        ("deep nesting", with_length(deep)),
        ("an id beyond 64 bits", with_length(GROUP.replace("474", "474000000000000000000"))),
        ("an id that is huge", with_length(GROUP.replace("474", "1e400"))),
        (
            "gzip",
            raw("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 4", b"\x1f\x8b\x08\x00"),
        ),
        ("the same key twice", with_length(r#"{"id":1,"id":2,"deviceGroupName":"g"}"#)),
    ];
    for (what, reply) in replies {
        let server = Scripted::start(vec![Act::Raw(reply)]);
        let error = show_group(&client(&server.base_url)).await.expect_err(what);
        assert!(matches!(error, ClientError::UnreadableReply { .. }), "{what}: {error:?}");
        let text = error.to_string();
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{what}: {text:?}");
    }
}

#[tokio::test]
async fn a_reply_that_breaks_off_is_asked_for_again() {
    let chunk = |size: &str| {
        raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", format!("{size}\r\n{GROUP}\r\n"))
    };
    let replies = [
        ("a length that is too long", raw("HTTP/1.1 200 OK\nContent-Length: 99", GROUP)),
        ("chunks without an end", chunk("20")),
        ("a chunk that is too short", chunk("ff")),
        ("a chunk without a size", chunk("zz")),
        ("half a head", b"HTTP/1.1 200 OK\r\nContent-Le".to_vec()),
        ("no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        ("two lengths", raw("HTTP/1.1 200 OK\nContent-Length: 32\nContent-Length: 31", GROUP)),
    ];
    for (what, reply) in replies {
        let server = Scripted::start(vec![Act::Raw(reply), json(200, GROUP)]);
        let group = show_group(&client(&server.base_url)).await;
        assert_eq!(group.unwrap_or_else(|error| panic!("{what}: {error}")).id, 474, "{what}");
        assert_eq!(server.requests().len(), 2, "{what}");
    }
}

#[tokio::test]
async fn a_reply_that_drips_ends_with_the_time() {
    for head in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nX: ", "H"] {
        let server = Scripted::start(vec![Act::Drip(head)]);
        let mut settings = settings(&server.base_url);
        settings.retry.attempts = 1;
        let error = show_group(&Client::new(settings).expect("a client")).await.expect_err("slow");
        let timed_out =
            matches!(error, ClientError::Connection { phase: ConnectionPhase::TimedOut, .. });
        assert!(timed_out, "{head:?}: {error:?}");
    }
}

#[tokio::test]
async fn the_status_of_a_refusal_stands_when_its_body_breaks_off() {
    let reply = raw("HTTP/1.1 422 X\nContent-Length: 999", r#"{"code":"ERR_RTP_422"#);
    let server = Scripted::start(vec![Act::Raw(reply), json(200, GROUP)]);
    let error = show_group(&client(&server.base_url)).await.expect_err("refused");
    assert_eq!(error.status(), Some(422));
    assert!(error.to_string().contains(r#"the body begins: {"code":"ERR_RTP_422"#), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_excerpt_ends_between_two_characters() {
    for before in 0..4 {
        let body = format!("{}{}", "x".repeat(before), "\u{1F511}".repeat(600));
        let server = Scripted::start(vec![Act::Raw(raw("HTTP/1.1 500 X", body))]);
        let text = show_group(&client(&server.base_url)).await.expect_err("down").to_string();
        assert!(text.ends_with("\u{1F511} …") && !text.contains('\u{FFFD}'), "{text}");
    }
}

#[tokio::test]
async fn a_service_that_sends_the_token_back_does_not_get_it_shown() {
    let (half, escaped) = (&TOKEN[..7], TOKEN.replace('-', "\\u002d"));
    let replies = [
        raw("HTTP/1.1 500 X", format!("<pre>OSF-TOKEN: {TOKEN}</pre>")),
        raw("HTTP/1.1 500 X", format!("{}{TOKEN}", "x".repeat(2040))),
        raw(
            "HTTP/1.1 401 X",
            format!(
                r#"{{"code":"{TOKEN}","details":{{"token":"{escaped}"}},"fieldErrors":[{{"field":"{TOKEN}","description":"{escaped}"}}]}}"#
            ),
        ),
        raw(
            &format!("HTTP/1.1 302 X\nLocation: https://u:{TOKEN}@h/{TOKEN}?t={TOKEN}#{TOKEN}"),
            "",
        ),
        raw(&format!("HTTP/1.1 400 X\nEL2G-Correlation-ID: {TOKEN}"), "{}"),
        with_length(format!(r#"{{"id":"{TOKEN}"}}"#)),
    ];
    for reply in replies {
        let server = Scripted::start(vec![Act::Raw(reply)]);
        let error = show_group(&client(&server.base_url)).await.expect_err("an error");
        let text = format!("{error} {error:?}");
        assert!(!text.contains(half), "{text}");
    }
}

#[tokio::test]
async fn a_redirect_says_where_it_points_and_nothing_secret() {
    for (location, shown) in [
        (
            "https://user:pass@elsewhere.example:8443/login?session=1#x",
            "to https://elsewhere.example:8443/login ",
        ),
        ("/moved?session=1", "/moved "),
        ("//elsewhere.example/x", "to http://elsewhere.example/x "),
        ("data:text/html,x", "to something that is not a URL "),
    ] {
        let reply = raw(&format!("HTTP/1.1 307 X\nLocation: {location}"), "");
        let server = Scripted::start(vec![Act::Raw(reply)]);
        let text = show_group(&client(&server.base_url)).await.expect_err("a redirect").to_string();
        assert!(text.contains(shown), "{text}");
        assert!(!text.contains("session") && !text.contains("pass"), "{text}");
    }
}

#[tokio::test]
async fn device_ids_that_come_as_numbers_keep_every_digit() {
    let id = "348555491056936142262187597632590342062080";
    let page = format!(r#"{{"next":null,"totalElements":1,"content":[{{"id":{id}}}]}}"#);
    let server = Scripted::start(vec![json(200, &page)]);
    let client = client(&server.base_url);
    let devices: Vec<Device> =
        client.pages::<ListDevices>(NoPath, Default::default()).collect().await.expect("devices");
    assert_eq!(devices.iter().map(|device| device.id.as_str()).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn a_create_whose_success_cannot_be_read_is_looked_up() {
    let now = jiff::Timestamp::now();
    let group = format!(
        r#"{{"next":null,"content":[{{"id":9,"deviceGroupName":"meters","resourceMetadata":{{"createdTs":"{now}"}}}}]}}"#
    );
    for body in ["", "<html>sign in</html>"] {
        let server = Scripted::start(vec![json(200, body), json(200, &group)]);
        let made = create_group(&client(&server.base_url)).await.expect("the one that was made");
        assert_eq!(made.id, 9);
        let nothing = r#"{"next":null,"content":[]}"#;
        let server = Scripted::start(vec![json(200, body), json(200, nothing)]);
        let error = create_group(&client(&server.base_url)).await.expect_err("nothing was made");
        assert!(matches!(error, ClientError::UnreadableReply { .. }), "{error:?}");
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_success_without_a_body_is_enough_where_none_is_declared() {
    let path =
        el2g_service_api::device_groups::GroupPath { nc12: "9".to_owned(), device_group_id: 1 };
    for status in [200, 202, 204] {
        let server = Scripted::start(vec![Act::Answer(status, "", String::new())]);
        let client = client(&server.base_url);
        client
            .call::<el2g_service_api::device_groups::DeleteDeviceGroup>(&path, &NoQuery {}, &())
            .await
            .expect("done");
    }
}
