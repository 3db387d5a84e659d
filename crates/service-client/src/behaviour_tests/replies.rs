//! How replies are read.

use el2g_service_api::device_groups::{DeviceGroupQuery, ListDeviceGroups, ProductPath};
use el2g_service_api::devices::{AddDevices, DeviceIds};
use el2g_service_api::intermediate_cas::{DownloadIntermediateCa, IntermediateCaPath};
use el2g_service_api::{DeviceId, NoQuery};

use super::scripted::{Act, Scripted, json};
use super::{TOKEN, client, show_group};
use crate::{Answered, ClientError};

fn answered(error: ClientError) -> Answered {
    match error {
        ClientError::Answered(answered) => *answered,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_error_body_is_read() {
    let headers = "EL2G-Correlation-ID: their-id\r\n";
    let body = r#"{"code":"ERR_RTP_400_20","details":{"a":1},"fieldErrors":[{"field":"f","description":"d"}]}"#;
    let server = Scripted::start(vec![Act::Answer(400, headers, body.to_owned())]);
    let answered = answered(show_group(&client(&server.base_url)).await.expect_err("refused"));
    assert_eq!(answered.correlation_id, "their-id");
    assert_eq!(answered.body, serde_json::from_str(body).expect("an error body"));
    assert_eq!(answered.excerpt, None);
}

#[tokio::test]
async fn fields_that_are_not_known_are_kept_without_the_secrets_of_the_call() {
    let body = format!(
        r#"{{"id":474,"deviceGroupName":"g","note":{{"new":["kept","auth: {TOKEN}"]}},"claimSecret":"s","{TOKEN}":1}}"#
    );
    let server = Scripted::start(vec![json(200, &body)]);
    let group = show_group(&client(&server.base_url)).await.expect("a group");
    let shown = serde_json::to_value(&group).expect("JSON");
    let expected = serde_json::json!({
        "id": 474, "deviceGroupName": "g", "note": {"new": ["kept", "auth: [secret]"]}, "[secret]": 1,
    });
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn the_request_id_that_was_sent_is_shown_when_none_comes_back() {
    let server = Scripted::start(vec![json(404, "{}")]);
    let error = show_group(&client(&server.base_url)).await.expect_err("not there");
    let sent = server.requests().concat().to_ascii_lowercase();
    let id = error.correlation_id().expect("an id").to_owned();
    assert!(sent.contains(&format!("el2g-correlation-id: {id}\r\n")), "{sent} {id}");
}

#[tokio::test]
async fn of_a_body_that_is_not_json_2_kib_are_kept() {
    let body = format!("<html>{}", "x".repeat(10_000));
    let server = Scripted::start(vec![Act::Answer(500, "", body)]);
    let answered = answered(show_group(&client(&server.base_url)).await.expect_err("down"));
    let excerpt = answered.excerpt.expect("an excerpt");
    assert!(excerpt.starts_with("<html>xxx") && excerpt.ends_with("x …"), "{excerpt}");
    assert_eq!(excerpt.len(), 2048 + " …".len());
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_not_repeated() {
    for body in ["", "<html>", "[]", r#"{"id":"x"}"#] {
        let server = Scripted::start(vec![json(200, body), json(200, body)]);
        let error = show_group(&client(&server.base_url)).await.expect_err("not a group");
        assert!(matches!(error, ClientError::UnreadableReply { status: 200, .. }), "{error:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_reply_beyond_the_limit_is_refused() {
    let server =
        Scripted::start(vec![json(200, &format!(r#"{{"id":1,"x":"{}"}}"#, "y".repeat(200_000)))]);
    let error = show_group(&client(&server.base_url)).await.expect_err("too long");
    assert!(matches!(error, ClientError::ReplyTooLong { limit: 100_000, .. }), "{error:?}");
}

#[tokio::test]
async fn pages_are_asked_for_by_number_whatever_next_says() {
    let elsewhere = Scripted::start(vec![json(200, "{}")]);
    let page = |id: u32, next: &str| {
        json(
            200,
            &format!(
                r#"{{"next":{next},"totalElements":3,"content":[{{"id":{id},"deviceGroupName":"g"}}]}}"#
            ),
        )
    };
    let link = format!(r#""{}/iothubapigateway/v1/x?page=7""#, elsewhere.base_url);
    let server =
        Scripted::start(vec![page(1, &link), json(503, ""), page(2, &link), page(3, "null")]);
    let path = ProductPath { nc12: "935389312472".to_owned() };
    let client = client(&server.base_url);
    let groups = client
        .pages::<ListDeviceGroups>(path, DeviceGroupQuery::default())
        .collect()
        .await
        .expect("groups");
    assert_eq!(groups.iter().map(|group| group.id).collect::<Vec<_>>(), [1, 2, 3]);
    let lines: Vec<_> = [0, 1, 1, 2]
        .map(|page| format!("GET /products/935389312472/device-groups?page={page}&size=100"))
        .into();
    assert_eq!(server.request_lines(), lines);
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn added_devices_may_be_accepted_without_a_body() {
    let server = Scripted::start(vec![Act::Answer(202, "", String::new())]);
    let path =
        el2g_service_api::device_groups::GroupPath { nc12: "9".to_owned(), device_group_id: 1 };
    let body =
        DeviceIds::new(vec![DeviceId::as_received("348555491056936142262187597632590342062080")]);
    let page = client(&server.base_url)
        .call::<AddDevices>(&path, &NoQuery {}, &body)
        .await
        .expect("accepted");
    assert_eq!(page.content, []);
    assert!(
        server
            .requests()
            .concat()
            .ends_with(r#"{"deviceIds":["348555491056936142262187597632590342062080"]}"#)
    );
}

#[tokio::test]
async fn a_certificate_may_come_as_text_or_as_a_json_string() {
    let pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
    for body in [pem.to_owned(), serde_json::to_string(pem).expect("JSON")] {
        let server = Scripted::start(vec![Act::Answer(200, "", body)]);
        let path = IntermediateCaPath { intermediate_ca_id: 1 };
        let client = client(&server.base_url);
        let read = client
            .call::<DownloadIntermediateCa>(&path, &NoQuery {}, &())
            .await
            .expect("a certificate");
        assert_eq!(read, pem);
    }
}
