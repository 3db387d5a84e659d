//! Access tokens for client credentials: when they are asked for, and what an issuer may answer.

use std::sync::Arc;

use el2g_key_payload::SecretBytes;

use super::scripted::{Act, Scripted, json};
use super::{Told, create_group, settings, show_group};
use crate::{
    AuthHeader, Client, ClientAuthentication, ClientCredentials, ClientError, ClientSecret,
    CredentialsError, GrantError, TokenUrl,
};

const GROUP: &str = r#"{"id":474,"deviceGroupName":"g"}"#;
const SECRET: &str = "cl13nt-s3cret/+ of the tests";
const CODED: &str = "cl13nt-s3cret%2F%2B+of+the+tests";

fn token_answer(token: &str, life: &str) -> Act {
    let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{life}}}"#);
    json(200, &body)
}

fn credentials(issuer: &Scripted) -> ClientCredentials {
    ClientCredentials {
        token_url: TokenUrl::parse(&format!("{}/oauth/token/", issuer.base_url)).expect("a URL"),
        client_id: "line 7".to_owned(),
        client_secret: ClientSecret::new(&SecretBytes::new(format!("{SECRET}\n").into_bytes()))
            .expect("a secret"),
        authentication: ClientAuthentication::Body,
        scope: None,
        audience: None,
    }
}

fn client_of(service: &Scripted, credentials: ClientCredentials) -> Client {
    observed(service, credentials, Arc::default())
}

fn observed(service: &Scripted, credentials: ClientCredentials, told: Arc<Told>) -> Client {
    let mut settings = settings(&service.base_url);
    settings.auth_header = AuthHeader::Bearer;
    settings.token = None;
    settings.client_credentials = Some(credentials);
    settings.observer = Some(told);
    Client::new(settings).expect("a client")
}

fn with_token(token: &str, requests: &[String]) -> usize {
    let line = format!("authorization: bearer {token}\r\n");
    requests.iter().filter(|it| it.to_ascii_lowercase().contains(&line)).count()
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_used_until_it_ends() {
    let issuer = Scripted::start(vec![token_answer("t0ken-1", "3600")]);
    let service = Scripted::start(vec![json(200, GROUP), json(200, GROUP)]);
    let mut credentials = credentials(&issuer);
    credentials.scope = Some("devices:read x".to_owned());
    credentials.audience = Some("https://el2g.example/".to_owned());
    let client = client_of(&service, credentials);
    show_group(&client).await.expect("a group");
    show_group(&client).await.expect("a group");
    let asked = issuer.requests();
    assert_eq!(asked.len(), 1);
    let body = format!(
        "grant_type=client_credentials&client_id=line+7&client_secret={CODED}&scope=devices%3Aread+x&audience=https%3A%2F%2Fel2g.example%2F"
    );
    let request = asked[0].to_ascii_lowercase();
    assert!(request.starts_with("post /oauth/token/ http/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: application/x-www-form-urlencoded\r\n"), "{request}");
    assert!(asked[0].ends_with(&format!("\r\n\r\n{body}")), "{request}");
    let called = service.requests();
    assert_eq!((called.len(), with_token("t0ken-1", &called)), (2, 2));
    assert!(!called.concat().contains("cl13nt"), "{called:?}");
}

#[tokio::test]
async fn the_secret_may_be_in_a_basic_header() {
    let issuer = Scripted::start(vec![token_answer("t0ken-1", "3600")]);
    let service = Scripted::start(vec![json(200, GROUP)]);
    let basic =
        ClientCredentials { authentication: ClientAuthentication::Basic, ..credentials(&issuer) };
    show_group(&client_of(&service, basic)).await.expect("a group");
    let asked = issuer.requests().concat();
    // RFC 6749 section 2.3.1: both are coded as in a form before they are joined.
    let coded = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("line+7:{CODED}"),
    );
    assert!(asked.contains(&format!("authorization: Basic {coded}\r\n")), "{asked}");
    assert!(asked.ends_with("\r\n\r\ngrant_type=client_credentials"), "{asked}");
}

#[tokio::test]
async fn a_token_that_ended_is_replaced_before_it_is_sent() {
    let tokens = vec![token_answer("t0ken-1", "0"), token_answer("t0ken-2", "0")];
    let (issuer, service) =
        (Scripted::start(tokens), Scripted::start(vec![json(200, GROUP), json(200, GROUP)]));
    let client = client_of(&service, credentials(&issuer));
    show_group(&client).await.expect("a group");
    show_group(&client).await.expect("a group");
    let called = service.requests();
    assert_eq!((with_token("t0ken-1", &called), with_token("t0ken-2", &called)), (1, 1));
}

#[tokio::test]
async fn a_token_that_the_service_no_longer_takes_is_replaced_once() {
    let tokens = vec![token_answer("t0ken-1", "3600"), token_answer("t0ken-2", "3600")];
    let issuer = Scripted::start(tokens);
    let refused = || json(401, r#"{"details":"t0ken-1 and t0ken-2 have ended"}"#);
    let mut script = vec![json(200, GROUP), refused(), json(200, GROUP)];
    // One for each attempt.
    script.extend((0..3).map(|_| refused()));
    let service = Scripted::start(script);
    let client = client_of(&service, credentials(&issuer));
    show_group(&client).await.expect("a group");
    create_group(&client).await.expect("with the second token");
    let called = service.requests();
    assert_eq!((with_token("t0ken-1", &called), with_token("t0ken-2", &called)), (2, 1));
    // The issuer is gone: what it says then is that there is no token.
    let error = show_group(&client).await.expect_err("no third token");
    assert!(matches!(error, ClientError::Grant(GrantError::Connection { .. })), "{error}");
    assert!(!error.is_refused() && !error.may_have_happened());
    assert_eq!(issuer.requests().len(), 2);

    // A new token that is refused is not asked for again, and no token is shown.
    let issuer = Scripted::start(vec![token_answer("t0ken-1", "3600")]);
    let service = Scripted::start(vec![refused()]);
    let error = show_group(&client_of(&service, credentials(&issuer))).await.expect_err("401");
    assert_eq!(error.status(), Some(401));
    assert!(error.to_string().contains("[secret] and t0ken-2 have ended"), "{error}");
}

#[tokio::test]
async fn calls_at_the_same_time_wait_for_one_token() {
    let issuer = Scripted::start(vec![token_answer("t0ken-1", "3600")]);
    let service = Scripted::start((0..3).map(|_| json(200, GROUP)).collect());
    let client = client_of(&service, credentials(&issuer));
    let (first, second, third) =
        tokio::join!(show_group(&client), show_group(&client), show_group(&client));
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!((issuer.requests().len(), with_token("t0ken-1", &service.requests())), (1, 3));
}

/// What becomes of a call whose issuer plays this script; nothing is sent to the service, and nothing is shown.
async fn without_token(script: Vec<Act>) -> GrantError {
    let (issuer, service) = (Scripted::start(script), Scripted::start(vec![json(200, GROUP)]));
    let told = Arc::new(Told::default());
    let client = observed(&service, credentials(&issuer), told.clone());
    let error = create_group(&client).await.expect_err("there is no token");
    assert!(!error.may_have_happened(), "{error}");
    assert_eq!(service.requests(), Vec::<String>::new());
    let asked = issuer.requests().concat();
    assert!(asked.contains(CODED), "the issuer was asked: {asked}");
    assert!(!asked.lines().next().unwrap_or_default().contains("cl13nt"), "{asked}");
    for text in [error.to_string(), format!("{error:?}"), told.text()] {
        assert!(!text.contains("cl13nt") && !text.contains("s3cret"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
    match error {
        ClientError::Grant(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn what_an_issuer_refuses_is_said_without_the_secret() {
    let echo = format!(
        r#"{{"error":"invalid_client","error_description":"\u001b[2J{SECRET} or {CODED} is wrong"}}"#
    );
    let GrantError::Refused { status: 401, said: Some(said), .. } =
        without_token(vec![json(401, &echo)]).await
    else {
        panic!("refused")
    };
    assert!(said.starts_with("invalid_client: ") && said.contains("[secret]"), "{said}");
    let page = format!("<html>{SECRET}</html>");
    let refused = without_token(vec![json(400, &page)]).await;
    assert!(matches!(refused, GrantError::Refused { status: 400, said: None, .. }), "{refused}");
}

#[tokio::test]
async fn an_issuer_that_gives_no_token_is_not_quoted() {
    let token = |text: &str| json(200, &format!(r#"{{"access_token":"{text}"}}"#));
    let huge = format!(r#"{{"access_token":"t","x":"{}"}}"#, SECRET.repeat(10_000));
    for (script, problem) in [
        (json(200, &format!("<html>{SECRET}</html>")), "something that is not the JSON of a token"),
        (json(200, r#"{"token_type":"Bearer"}"#), "without an access_token"),
        (json(204, ""), "something that is not the JSON of a token"),
        (token(SECRET), "the client secret instead of a token"),
        (token("a\\nb"), "a token that cannot stand in a header"),
        (json(200, &huge), "more than a token: over 64 KiB"),
    ] {
        let error = without_token(vec![script]).await;
        assert!(
            matches!(&error, GrantError::Unusable { problem: found, .. } if *found == problem),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_issuer_elsewhere_is_not_asked() {
    let elsewhere = Scripted::start(vec![token_answer("t0ken", "3600")]);
    for status in [301, 302, 307, 308] {
        let location: &'static str = format!("Location: {}/x\r\n", elsewhere.base_url).leak();
        let error = without_token(vec![Act::Answer(status, location, String::new())]).await;
        assert!(matches!(error, GrantError::Failed { status: found, .. } if found == status));
    }
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn an_issuer_that_fails_for_a_moment_is_asked_again() {
    for failure in [
        json(503, SECRET),
        json(429, "{}"),
        Act::Drop,
        Act::CutShort(200, r#"{"access_token":"t0ken"}"#.to_owned()),
    ] {
        let issuer = Scripted::start(vec![failure, token_answer("t0ken", "3600")]);
        let service = Scripted::start(vec![json(200, GROUP)]);
        create_group(&client_of(&service, credentials(&issuer))).await.expect("a group");
        assert_eq!((issuer.requests().len(), with_token("t0ken", &service.requests())), (2, 1));
    }
    // One that says nothing is waited for as long as the service.
    let error = without_token(vec![Act::Stall, Act::Stall, Act::Stall]).await;
    assert!(
        matches!(error, GrantError::Connection { phase: crate::ConnectionPhase::TimedOut, .. }),
        "{error}"
    );
}

#[test]
fn a_token_url_keeps_the_secret_from_others() {
    let refused = |text: &str| TokenUrl::parse(text).expect_err(text).to_string();
    for (url, said) in [
        ("app.foundries.io/oauth/token/", "token URL: has no scheme"),
        ("ftp://h/t", "token URL: expected https and a host"),
        (
            "https://a:hunter2@h/t",
            "token URL: holds a user name or password; the client secret has its own place",
        ),
        ("https://h/t?a=b", "token URL: holds a query or fragment"),
        (
            "http://h.example/t",
            "token URL `http://h.example/t`: the client secret would travel in clear; use https except on loopback",
        ),
        (
            "http://localhost.example/t",
            "token URL `http://localhost.example/t`: the client secret would travel in clear; use https except on loopback",
        ),
    ] {
        assert_eq!(refused(url), said);
    }
    let url = TokenUrl::parse("https://app.foundries.io/oauth/token/").expect("a URL");
    assert_eq!(url.to_string(), "https://app.foundries.io/oauth/token/");
    let secret = |text: &str| ClientSecret::new(&SecretBytes::from_slice(text.as_bytes()));
    assert_eq!(secret(" \n").err(), Some(CredentialsError::NoSecret));
    assert_eq!(secret("a\nb").err(), Some(CredentialsError::NotPrintable { position: 2 }));
    assert_eq!(format!("{:?}", secret(SECRET).expect("a secret")), "ClientSecret(…)");
}
