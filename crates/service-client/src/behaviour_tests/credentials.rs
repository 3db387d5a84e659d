//! Where the token goes, and where it does not.

use std::sync::Arc;

use super::scripted::{Act, Scripted, json};
use super::{TOKEN, Told, client, settings, show_group};
use crate::{AuthHeader, Client, ClientError};

const GROUP: &str = r#"{"id":474,"deviceGroupName":"g"}"#;

#[tokio::test]
async fn the_token_is_sent_in_the_header_of_the_service() {
    for (header, line) in [
        (AuthHeader::OsfToken, format!("osf-token: {TOKEN}")),
        (AuthHeader::El2gApiKey, format!("el2g-api-key: {TOKEN}")),
        (AuthHeader::Bearer, format!("authorization: bearer {TOKEN}")),
    ] {
        let server = Scripted::start(vec![json(200, GROUP)]);
        let mut settings = settings(&format!("{}/api/v1", server.base_url));
        settings.auth_header = header;
        show_group(&Client::new(settings).expect("a client")).await.expect("a group");
        let request = server.requests().concat().to_ascii_lowercase();
        assert!(request.contains(&line), "{request}");
        assert!(
            request.starts_with("get /api/v1/products/935389312472/device-groups/474 http/1.1"),
            "{request}"
        );
        assert_eq!(request.matches(TOKEN).count(), 1, "{request}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Scripted::start(vec![json(200, GROUP)]);
    for status in [301, 302, 307, 308] {
        let location: &'static str = format!("Location: {}/x\r\n", elsewhere.base_url).leak();
        let server = Scripted::start(vec![Act::Answer(status, location, String::new())]);
        let error = show_group(&client(&server.base_url)).await.expect_err("a redirect");
        assert_eq!(error.status(), Some(status));
        assert!(error.is_unavailable() && !error.is_retryable(), "{error}");
    }
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
}

#[test]
fn proxy_variables_do_not_capture_calls_to_loopback() {
    // The environment is the process's: the test runs itself again with the variables set.
    if std::env::var_os("EL2G_TEST_PROXIED").is_none() {
        let proxy = Scripted::start(vec![json(200, GROUP)]);
        let mut child = std::process::Command::new(std::env::current_exe().expect("this program"));
        child.args([
            "--exact",
            "behaviour_tests::credentials::proxy_variables_do_not_capture_calls_to_loopback",
        ]);
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"] {
            child.env(name, &proxy.base_url);
        }
        let output = child.env("EL2G_TEST_PROXIED", "1").output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
        assert_eq!(proxy.requests(), Vec::<String>::new());
        return;
    }
    let server = Scripted::start(vec![json(200, GROUP)]);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(show_group(&client(&server.base_url))).expect("a group");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn nothing_that_is_told_or_shown_has_the_token() {
    let server =
        Scripted::start(vec![Act::Drop, json(503, ""), json(401, r#"{"details":"who?"}"#)]);
    let told = Arc::new(Told::default());
    let mut settings = settings(&server.base_url);
    settings.observer = Some(told.clone());
    let error = show_group(&Client::new(settings).expect("a client")).await.expect_err("refused");
    assert_eq!(error.status(), Some(401));
    let text = format!("{error} {error:?} {}", told.text());
    assert!(text.contains("Retrying") && text.contains("Sending"), "{text}");
    assert!(!text.contains(TOKEN), "{text}");
}

#[tokio::test]
async fn a_free_call_stays_below_the_base() {
    let client = client("http://127.0.0.1:9/api/v1");
    for path in ["/../secret", "products", "//127.0.0.1:1/../../../x", "/%2e%2e/%2e%2e/x"] {
        let refused = client.call_raw(el2g_service_api::Method::Get, path, None).await;
        assert!(matches!(refused, Err(ClientError::OutsideBase { .. })), "{path}: {refused:?}");
    }
}
