//! Where requests and the token go, and where they do not, as the program is run: proxies of the environment, redirects,
//! and everything that is printed.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::workplace::{Ran, Workplace};

const TOKEN: &str = "Qm7-tOken.of_the~transp0rt+tests/9x";

/// A server that answers every request with the same bytes, and keeps the heads it heard.
struct Listener {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let (listener, bytes) = (TcpListener::bind("127.0.0.1:0").expect("a port"), bytes.into());
        let port = listener.local_addr().expect("an address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keep = heard.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut head = Vec::new();
                let mut piece = [0; 4096];
                stream.set_read_timeout(Some(Duration::from_secs(2))).expect("a time limit");
                // A greeting of TLS (record type 22) has no end that this server knows.
                while !head.windows(4).any(|end| end == b"\r\n\r\n") && !head.starts_with(&[22]) {
                    match stream.read(&mut piece) {
                        Ok(0) | Err(_) => break,
                        Ok(read) => head.extend_from_slice(&piece[..read]),
                    }
                }
                keep.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
                // The client may have gone.
                let _ = stream.write_all(&bytes);
            }
        });
        Self { port, heard }
    }

    /// What was heard since the last time.
    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
    )
}

/// A free call of a base URL with `environment`.
fn call(work: &Workplace, base: &str, environment: &[(&str, &str)]) -> Ran {
    let arguments = ["api", "GET", "/x", "--base-url", base, "--token-file", "token"];
    let more = ["--service", "nxp", "--allow-other-host", "--retries", "0", "--timeout", "5"];
    work.el2g_with(environment, &[&arguments[..], &more].concat())
}

const PROXY_VARIABLES: [&str; 6] =
    ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

#[test]
fn no_proxy_variable_captures_a_call_to_this_machine() {
    let work = Workplace::new();
    work.write_secret("token", TOKEN);
    let service = Listener::answering(answer("200 OK", "", "{}"));
    let proxy = Listener::answering(answer("200 OK", "", "{}"));
    for scheme in ["http://", ""] {
        let address = format!("{scheme}127.0.0.1:{}", proxy.port);
        for variable in PROXY_VARIABLES {
            for host in ["127.0.0.1", "localhost", "LOCALHOST", "127.1"] {
                let base = format!("http://{host}:{}", service.port);
                // An empty NO_PROXY takes nothing out, and cannot take our own exception away.
                let environment =
                    [(variable, address.as_str()), ("NO_PROXY", ""), ("no_proxy", "")];
                call(&work, &base, &environment).exits(0);
                let heard = service.heard().concat();
                assert!(heard.contains(TOKEN), "{variable}, {base}: {heard}");
            }
            let base = format!("https://localhost:{}", service.port);
            let ran = call(&work, &base, &[(variable, address.as_str())]).exits(5);
            assert!(ran.stderr.contains("does not speak TLS"), "{variable}: {}", ran.stderr);
            assert_eq!(service.heard().len(), 1, "{variable}");
            assert_eq!(proxy.heard(), Vec::<String>::new(), "{variable}");
        }
    }
}

#[test]
fn other_hosts_are_reached_through_the_proxy_that_is_asked_for() {
    let work = Workplace::new();
    work.write_secret("token", TOKEN);
    let proxy = Listener::answering(answer("502 Bad Gateway", "", ""));
    let address = format!("http://127.0.0.1:{}", proxy.port);
    // RFC 2606: a name that is nowhere.
    let base = "https://el2g.invalid";
    for variable in PROXY_VARIABLES {
        let ran = call(&work, base, &[(variable, &address)]).exits(5);
        assert!(ran.stderr.contains("https://el2g.invalid"), "{}", ran.stderr);
        let heard = proxy.heard();
        if variable.eq_ignore_ascii_case("http_proxy") {
            assert_eq!(heard, Vec::<String>::new(), "{variable} is not for https");
        } else {
            assert_eq!(heard.len(), 1, "{variable}");
            assert!(heard[0].starts_with("CONNECT el2g.invalid:443 HTTP/1.1\r\n"), "{heard:?}");
            assert!(!heard[0].contains(TOKEN), "{heard:?}");
        }
        for exception in ["no_proxy", "NO_PROXY"] {
            for hosts in ["el2g.invalid", "other.example,.invalid", "*"] {
                call(&work, base, &[(variable, &address), (exception, hosts)]).exits(5);
                let heard = proxy.heard();
                assert_eq!(heard, Vec::<String>::new(), "{variable}, {exception}={hosts}");
            }
        }
    }
}

/// Everything that is printed by a command under every switch that makes it say more.
fn printed(work: &Workplace, line: &str, base: &str, token: (&str, &str)) -> String {
    let arguments =
        format!("{line} --base-url {base} --service sandbox --retries 1 --timeout 2 -vvv");
    let words: Vec<&str> = arguments.split(' ').collect();
    let loud = [token, ("RUST_LOG", "trace"), ("EL2G_LOG", "debug"), ("RUST_BACKTRACE", "full")];
    let ran = work.el2g_with(&loud, &words);
    format!("exit {}\n{}\n{}", ran.code, ran.stdout, ran.stderr)
}

#[test]
fn nothing_that_is_printed_shows_the_token() {
    let work = Workplace::new();
    let echo = format!("<pre>OSF-TOKEN: {TOKEN}</pre>");
    let refusal = format!(r#"{{"code":"{TOKEN}","details":"token {TOKEN} is unknown"}}"#);
    let elsewhere = Listener::answering(answer("200 OK", "", "{}"));
    let location = format!("Location: http://127.0.0.1:{}/{TOKEN}\r\n", elsewhere.port);
    let services = [
        answer("200 OK", "", r#"{"next":null,"content":[]}"#),
        answer("401 Unauthorized", "", &refusal),
        answer("500 Oops", "", &echo),
        answer("503 Busy", "Retry-After: 0\r\n", &echo),
        answer("200 OK", "", &echo),
        answer("307 Moved", &location, ""),
        answer("400 Bad", &format!("EL2G-Correlation-ID: {TOKEN}\r\n"), "{}"),
        String::new(),
    ]
    .map(Listener::answering);
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut bases: Vec<String> =
        services.iter().map(|service| format!("http://127.0.0.1:{}", service.port)).collect();
    bases.push(format!("https://localhost:{}", services[0].port));
    bases.push(format!("http://{}", gone.local_addr().expect("an address")));
    drop(gone);
    let mut lines = vec!["device-group list --product 935389312472 --dry-run"];
    lines.extend([
        "device-group list --product 935389312472 -o json",
        "device-group create --product 935389312472 --name n",
    ]);
    let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, TOKEN);
    for base in &bases {
        for line in &lines {
            let text = printed(&work, line, base, ("EL2G_TOKEN", TOKEN));
            for shown in [&TOKEN[..16], &TOKEN[18..], &base64[..20]] {
                assert!(!text.contains(shown), "{line} of {base}: {text}");
            }
            let sent = line.ends_with("--dry-run") || text.contains(" (attempt 1, id ");
            assert!(sent, "-vvv says what is sent: {text}");
        }
    }
    for service in &services[..7] {
        assert!(service.heard().concat().contains(TOKEN), "it was sent all the same");
    }
    assert_eq!(elsewhere.heard(), Vec::<String>::new(), "redirects are not followed");
}

#[test]
fn a_token_that_cannot_be_used_is_not_shown_either() {
    let work = Workplace::new();
    let with_control = format!("{TOKEN}\u{7}{TOKEN}");
    work.write_secret("control", &with_control);
    work.write("readable", TOKEN);
    let line = "product list --base-url http://127.0.0.1:9";
    for token in [
        ("EL2G_TOKEN", with_control.as_str()),
        ("EL2G_TOKEN_FILE", "control"),
        ("EL2G_TOKEN_FILE", "readable"),
        // The token where its file's name belongs.
        ("EL2G_TOKEN_FILE", TOKEN),
    ] {
        let text = printed(&work, line, "http://127.0.0.1:9", token);
        assert!(text.starts_with("exit 3\n") || text.starts_with("exit 2\n"), "{text}");
        let named = token == ("EL2G_TOKEN_FILE", TOKEN);
        assert!(named || !text.contains(&TOKEN[..16]), "{text}");
    }
}
