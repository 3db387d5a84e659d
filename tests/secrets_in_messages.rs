//! No message repeats a key: not one that was given in the wrong place, whatever happened to it on the way, and not one that
//! the service sends back.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::file_arguments::{line, lines, papers};
use crate::workplace::{Workplace, testdata};

/// So many characters in a row would help somebody.
const WINDOW: usize = 12;

/// Private keys in their forms, and what of each is secret.
fn keys() -> Vec<(&'static str, String, String)> {
    let read = |name: &str| fs::read_to_string(testdata(name)).unwrap();
    let body = |text: &str| {
        let lines = text.lines().filter(|line| !line.contains(['-', ':', ' ']) && line.len() > 8);
        lines.collect::<String>()
    };
    let mut keys: Vec<(&str, String, String)> = [
        ("pkcs8", "keys/p256-pkcs8.pem"),
        ("encrypted", "keys/rsa2048-aes256.pem"),
        ("sec1", "keys/p256-sec1.pem"),
        ("pkcs1", "keys/rsa2048-pkcs1.pem"),
    ]
    .into_iter()
    .map(|(name, path)| (name, read(path), body(&read(path))))
    .collect();
    let openpgp = read("openpgp/rsa4096.sec.asc");
    let whole = body(&openpgp);
    // What comes first is the public half.
    keys.push(("openpgp", openpgp, whole[whole.len() / 2..].to_owned()));
    let hex = "3f8a1c5b9d2e4f60718293a4b5c6d7e8f9012345678abcde";
    keys.push(("hex", hex.to_owned(), hex.to_owned()));
    let token = "tKn4Zq8sLw2Xv6Yb1Nc5Mf9Gh3Jk7Pr0Qs";
    keys.push(("json", format!("{{\"k\": \"{token}\"}}"), token.to_owned()));
    keys
}

type Damage = fn(&str) -> Vec<u8>;

/// What happens to a key on its way.
const DAMAGES: [(&str, Damage); 12] = [
    ("whole", |key| key.into()),
    ("line breaks lost", |key| key.replace('\n', "").into()),
    ("blanks for line breaks", |key| key.replace('\n', " ").into()),
    ("blank lines", |key| key.replace('\n', "\n\n").into()),
    ("CRLF", |key| key.replace('\n', "\r\n").into()),
    ("literal \\n", |key| key.replace('\n', "\\n").into()),
    ("begins late", |key| key[key.len() / 8..].into()),
    ("ends early", |key| key[..key.len() * 7 / 8].into()),
    ("only what is between the dashes", |key| {
        key.lines().filter(|line| !line.contains("--")).collect::<String>().into()
    }),
    ("a label that nobody knows", |key| key.replace("BEGIN ", "BEGIN OLD ").into()),
    ("in a table", |key| format!("[a]\nkey = {}\n", key.replace('\n', "")).into()),
    ("UTF-16", |key| key.encode_utf16().flat_map(u16::to_le_bytes).collect()),
];

/// Panics when `said` has a part of the secret.
fn holds_nothing_of(secret: &str, said: &str, of: &str) {
    let said: String = said.chars().filter(|c| !c.is_whitespace() && *c != '\0').collect();
    let said = said.replace("\\n", "").replace("\\0", "");
    for part in secret.as_bytes().windows(WINDOW) {
        let part = std::str::from_utf8(part).unwrap();
        assert!(!said.contains(part), "{of}: {part} in {said}");
    }
}

#[test]
fn no_argument_repeats_a_key_that_is_given_in_its_place() {
    let work = papers();
    let keys = keys();
    for (row, (template, argument, _)) in lines().iter().enumerate() {
        // `sandbox serve` without faults would serve; what it is given here is none.
        for (turn, (what, damage)) in DAMAGES.iter().enumerate() {
            let (name, key, secret) = &keys[(row + turn) % keys.len()];
            work.write_secret("given", damage(key));
            let json = (row + turn) % 3 == 0;
            let mut typed = line(template, "given");
            if json {
                typed.extend(["-o".to_owned(), "json".to_owned()]);
            }
            let ran = work.el2g(&typed);
            let of = format!("{template} ({argument}), {name}, {what}");
            assert!(!ran.stderr.contains("panicked"), "{of}: {}", ran.stderr);
            holds_nothing_of(secret, &ran.stderr, &of);
            // These print what they are given: it is what they are for.
            if !template.starts_with("pem ") {
                holds_nothing_of(secret, &ran.stdout, &of);
            }
            let _ = fs::remove_dir_all(work.path("d"));
            for made in ["o", "e"] {
                let _ = fs::remove_file(work.path(made));
            }
        }
    }
}

#[test]
fn no_report_repeats_a_key() {
    let work = papers();
    for (name, key, secret) in keys() {
        for (what, damage) in DAMAGES {
            work.write_secret("given", damage(&key));
            for format in ["human", "json", "sarif", "junit", "github", "html"] {
                let ran = work.el2g(&["cert", "check", "given", "root.pem", "--format", format]);
                let of = format!("{format}, {name}, {what}");
                holds_nothing_of(&secret, &format!("{}{}", ran.stdout, ran.stderr), &of);
            }
        }
    }
}

#[test]
fn a_key_that_is_typed_where_a_file_is_named_is_not_repeated() {
    let work = papers();
    for (template, argument, _) in lines() {
        for secret in [
            "3f8a1c5b9d2e4f60718293a4b5c6d7e8f9012345678abcde",
            "tKn4Zq8sLw2Xv6Yb1Nc5Mf9Gh3Jk7Pr0Qs",
        ] {
            let ran = work.el2g(&line(template, secret));
            let of = format!("{template} ({argument})");
            holds_nothing_of(secret, &format!("{}{}", ran.stdout, ran.stderr), &of);
        }
    }
}

/// How a hostile service sends back what it got.
type Echo = fn(&[u8]) -> Vec<u8>;

const ECHOES: [(&str, Echo); 7] = [
    ("raw", |request| request.to_vec()),
    ("json", |request| {
        serde_json::json!({"code": "E", "details": String::from_utf8_lossy(request)})
            .to_string()
            .into()
    }),
    ("percent", |request| request.iter().flat_map(|b| format!("%{b:02X}").into_bytes()).collect()),
    ("base64", |request| STANDARD.encode(request).into()),
    ("base64url", |request| URL_SAFE_NO_PAD.encode(request).into()),
    ("hex", |request| request.iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect()),
    ("html", |request| {
        let text = String::from_utf8_lossy(request).replace('+', "&#43;").replace('/', "&#x2F;");
        format!("<html><body><pre>{text}</pre></body></html>").into()
    }),
];

/// A service that answers every request with what it was sent, in its headers too.
fn echoing(status: u16, echo: Echo) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            let _ = stream.set_read_timeout(Some(std::time::Duration::from_millis(60)));
            while let Ok(count @ 1..) = stream.read(&mut piece) {
                request.extend_from_slice(&piece[..count]);
            }
            let token = String::from_utf8_lossy(&request)
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase().starts_with("el2g-api-key").then(|| line.to_owned())
                })
                .unwrap_or_default();
            let body = echo(&request);
            let head = format!(
                "HTTP/1.1 {status} X\r\nEL2G-Correlation-ID: {}{token}\r\nLocation: /{token}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                "x".repeat(190),
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    url
}

#[test]
fn no_echo_of_a_service_shows_a_secret_of_the_request() {
    let work = Workplace::new();
    let token = "tKn4/Zq8s+Lw2Xv6Yb1Nc5Mf9Gh3Jk7Pr0Qs".repeat(8);
    let secret = STANDARD.encode("a claim code's own secret!");
    work.write_secret("token", &token);
    work.write_secret("claim", &secret);
    work.write_secret("body.json", format!("{{\"name\":\"n\",\"claimCodeSecret\":\"{secret}\"}}"));
    let create = "claim-code create --product 935389312472 --group 1 --name c --secret-file claim";
    for (name, echo) in ECHOES {
        for status in [302, 400, 401, 403, 409, 422, 500] {
            let url = echoing(status, echo);
            for command in [create, "product list", "api PUT /rtp/x --body body.json --yes"] {
                let words = command.split(' ').map(str::to_owned);
                let more = [
                    "--base-url",
                    &url,
                    "--token-file",
                    "token",
                    "--retries",
                    "0",
                    "--no-input",
                    "-vv",
                ];
                let line: Vec<String> = words.chain(more.map(str::to_owned)).collect();
                let ran = work.el2g(&line);
                let said = format!("{}{}", ran.stdout, ran.stderr);
                let of = format!("{command}, {status}, {name}");
                assert!([2, 3, 4, 5].contains(&ran.code), "{of}: {} {said}", ran.code);
                for secret in [&token, &secret] {
                    holds_nothing_of(secret, &said, &of);
                    let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
                    holds_nothing_of(&hex, &said.to_ascii_lowercase(), &of);
                    holds_nothing_of(&STANDARD.encode(secret), &said, &of);
                }
            }
        }
    }
}
