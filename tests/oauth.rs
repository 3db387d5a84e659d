//! Client credentials: an issuer of access tokens on this machine, and the sandbox that takes them.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use crate::served::Served;
use crate::workplace::{Ran, Workplace};

const SECRET: &str = "cl13nt-s3cret-0f-th3-t3sts";

/// An issuer that answers every request with the same status and body.
struct Issuer {
    url: String,
    heard: Receiver<String>,
}

impl Issuer {
    fn answering(status: &'static str, body: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/oauth/token/", listener.local_addr().expect("an address"));
        let (tell, heard) = channel();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut request = Vec::new();
                let mut buffer = [0; 4096];
                // The head and the body may come apart.
                while !String::from_utf8_lossy(&request).contains("grant_type=") {
                    match stream.read(&mut buffer) {
                        Ok(read @ 1..) => request.extend_from_slice(&buffer[..read]),
                        Ok(0) | Err(_) => break,
                    }
                }
                let _ = tell.send(String::from_utf8_lossy(&request).into_owned());
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}", body.len());
                let _ = write!(stream, "{head}\r\nConnection: close\r\n\r\n{body}");
            }
        });
        Self { url, heard }
    }

    fn requests(&self) -> Vec<String> {
        self.heard.try_iter().collect()
    }
}

/// A workplace whose profile takes access tokens of `issuer` for the sandbox.
fn workplace(service: &Served, issuer: &Issuer) -> Workplace {
    let work = Workplace::new();
    work.write_secret("client.secret", format!("{SECRET}\n"));
    let base = service.url("foundriesUrl");
    work.el2g(&["config", "init", "--service", "sandbox", "--base-url", &base]).exits(0);
    for (key, value) in [
        ("oauth-client-id", "line 7"),
        ("oauth-client-secret-file", "client.secret"),
        ("oauth-token-url", &issuer.url),
        ("oauth-scope", "devices:read"),
    ] {
        work.el2g(&["config", "set", key, value]).exits(0);
    }
    work
}

fn issuing(token: &str) -> Issuer {
    let answer = format!(
        r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600.0,"scope":"x"}}"#
    );
    Issuer::answering("200 OK", answer)
}

fn is_not_shown(ran: &Ran, secrets: &[&str]) {
    for secret in secrets {
        assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{}", ran.stderr);
    }
}

#[test]
fn a_service_is_called_with_an_access_token() {
    let service = Served::start(Workplace::new(), &[]);
    let issuer = issuing(&service.token);
    let work = workplace(&service, &issuer);
    let hidden = [SECRET, service.token.as_str()];
    let ran = work.el2g(&["product", "list", "-o", "json", "-vv"]).exits(0);
    assert_eq!(ran.json().as_array().map(Vec::len), Some(14));
    assert!(ran.stderr.contains(&format!("asking {} for an access token", issuer.url)));
    is_not_shown(&ran, &hidden);
    let asked = issuer.requests();
    assert_eq!(asked.len(), 1, "{asked:?}");
    let body = format!(
        "grant_type=client_credentials&client_id=line+7&client_secret={SECRET}&scope=devices%3Aread"
    );
    assert!(asked[0].starts_with("POST /oauth/token/ HTTP/1.1\r\n"), "{asked:?}");
    assert!(asked[0].ends_with(&body), "{asked:?}");

    let shown = work.el2g(&["config", "show"]).exits(0);
    for said in ["access tokens for client `line 7`  [profile]", "Authorization  [default"] {
        assert!(shown.stdout.contains(said), "{}", shown.stdout);
    }
    let doctor = work.el2g(&["doctor"]).exits(0);
    let said = "for client `line 7`; its secret is there, and not shown";
    assert!(doctor.stdout.contains(said), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("the token is accepted in Authorization"), "{}", doctor.stdout);
    is_not_shown(&doctor, &hidden);

    // A token that is given beats them, in the header of the service.
    let _ = issuer.requests();
    let given = [("EL2G_TOKEN", service.token.as_str())];
    let base = service.ready("baseUrl");
    work.el2g_with(&given, &["product", "list", "--base-url", base]).exits(0);
    assert_eq!(issuer.requests(), Vec::<String>::new());
}

#[test]
fn a_dry_run_asks_for_no_token_and_prints_a_line_that_works_with_one() {
    let service = Served::start(Workplace::new(), &[]);
    let issuer = issuing(&service.token);
    let work = workplace(&service, &issuer);
    let dry = work.el2g(&["product", "list", "--dry-run"]).exits(0);
    assert!(dry.stdout.contains(r#"-H "Authorization: Bearer $EL2G_TOKEN""#), "{}", dry.stdout);
    assert!(dry.stderr.contains("EL2G_TOKEN must hold one"), "{}", dry.stderr);
    assert_eq!(issuer.requests(), Vec::<String>::new());
    let mut shell = std::process::Command::new("sh");
    shell.env("EL2G_TOKEN", &service.token);
    let Some(ran) = work.oracle(shell, &["-c", &format!("curl -s {}", &dry.stdout[5..])]) else {
        return;
    };
    assert!(ran.exits(0).stdout.contains("935389312472"));
}

#[test]
fn an_issuer_that_refuses_or_is_wrong_is_said_without_the_secret() {
    let service = Served::start(Workplace::new(), &[]);
    let echo = format!(r#"{{"error":"invalid_client","error_description":"{SECRET} is wrong"}}"#);
    for (issuer, code, says) in [
        (Issuer::answering("401 No", echo), 4, "refused the client with 401: invalid_client"),
        (Issuer::answering("200 OK", format!("<html>{SECRET}")), 5, "not the JSON of a token"),
        (Issuer::answering("302 Moved", SECRET.to_owned()), 5, "a redirect, which is not followed"),
    ] {
        let work = workplace(&service, &issuer);
        let ran = work.el2g(&["product", "list", "--retries", "0", "-vvv"]).exits(code);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint: check oauth-"), "{}", ran.stderr);
        is_not_shown(&ran, &[SECRET]);
        let doctor = work.el2g(&["doctor"]).exits(code);
        assert!(doctor.stdout.contains("access      FAILED"), "{}", doctor.stdout);
        is_not_shown(&doctor, &[SECRET]);
    }
}

#[test]
fn what_would_give_the_secret_away_is_not_written() {
    let work = Workplace::new();
    work.el2g(&["config", "init", "--service", "nxp"]).exits(0);
    let config = ".config/el2g/config.toml";
    let before = work.read(config);
    for (key, value, says) in [
        ("oauth-token-url", "http://issuer.example/t", "the client secret would travel in clear"),
        ("oauth-token-url", "https://a:hunter2@issuer.example/t", "holds a user name or password"),
        ("oauth-token-url", "issuer.example", "has no scheme"),
        ("oauth-client-auth", "query", "unknown value, expected `body` or `basic`"),
        ("oauth-client-secret", "hunter2", "unknown key `oauth-client-secret`"),
    ] {
        let ran = work.el2g(&["config", "set", key, value]);
        assert!([2, 3].contains(&ran.code), "{key}: {}", ran.stderr);
        assert!(ran.stderr.contains(says) && !ran.stderr.contains("hunter2"), "{}", ran.stderr);
        assert_eq!(work.read(config), before, "{key}");
    }
    // No service but foundries says where tokens are had.
    work.el2g(&["config", "set", "oauth-client-id", "c"]).exits(0);
    let ran = work.el2g(&["product", "list"]).exits(2);
    assert!(ran.stderr.contains("oauth-token-url is not"), "{}", ran.stderr);
    work.el2g(&["config", "set", "oauth-token-url", "https://issuer.example/t"]).exits(0);
    let ran = work.el2g(&["product", "list"]).exits(2);
    assert!(ran.stderr.contains("its secret is not"), "{}", ran.stderr);
}
