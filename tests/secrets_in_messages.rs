//! No message repeats a key: not one that was given in the wrong place, whatever happened to it on the way, and not one that
//! the service sends back.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::file_arguments::{line, lines, papers};
use crate::workplace::{Ran, Workplace, testdata};

/// So many characters in a row are never repeated in a message. Fewer are found in any text.
const MESSAGE_WINDOW: usize = 6;

/// The same for answers, which hold random base64.
const ANSWER_WINDOW: usize = 8;

/// The same for echoes of a request, in which other fields may look like a part of the secret.
const ECHO_WINDOW: usize = 12;

/// A private key or another secret in one of its forms.
struct Key {
    name: &'static str,
    content: Vec<u8>,
    /// What of it is secret, in every form that could be shown.
    secrets: Vec<String>,
}

impl Key {
    fn text(name: &'static str, content: &str, secret: &str) -> Self {
        Self { name, content: content.into(), secrets: vec![secret.to_owned()] }
    }

    fn binary(name: &'static str, content: &[u8], secret: &[u8]) -> Self {
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let secrets = vec![hex.to_uppercase(), hex, STANDARD.encode(secret)];
        Self { name, content: content.to_vec(), secrets }
    }
}

/// The secret numbers of an OpenPGP secret key (version 4, RSA): what follows modulus and exponent in the first packet
/// (RFC 4880 5.5.3).
fn secret_part(packets: &[u8]) -> std::ops::Range<usize> {
    let (header, len) = match (packets[0], packets[1], packets[2]) {
        (0x95, high, low) => (3, (usize::from(high) << 8) | usize::from(low)),
        (0xC5, first @ 192..=223, second) => {
            (3, ((usize::from(first) - 192) << 8) + usize::from(second) + 192)
        }
        other => panic!("{other:?}"),
    };
    let mut at = header + 6;
    for _ in 0..2 {
        let bits = usize::from(packets[at]) << 8 | usize::from(packets[at + 1]);
        at += 2 + bits.div_ceil(8);
    }
    at..header + len
}

/// Every kind of private key, and other secrets.
fn keys() -> Vec<Key> {
    let read = |name: &str| fs::read_to_string(testdata(name)).unwrap();
    let body = |text: &str| {
        let lines =
            text.lines().filter(|line| !line.contains(['-', ':', ' ', '=']) && line.len() > 8);
        lines.collect::<String>()
    };
    let mut keys: Vec<Key> = [
        ("PKCS#8", "keys/p256-pkcs8.pem"),
        ("encrypted PKCS#8", "keys/rsa2048-aes256.pem"),
        ("SEC1", "keys/p256-sec1.pem"),
        ("PKCS#1", "keys/rsa2048-pkcs1.pem"),
        ("encrypted SEC1 (RFC 1421)", "keys/p256-old-encryption.pem"),
    ]
    .into_iter()
    .map(|(name, path)| Key::text(name, &read(path), &body(&read(path))))
    .collect();
    for (name, path) in
        [("PKCS#8, DER", "keys/p256-pkcs8.der"), ("PKCS#1, DER", "keys/rsa2048-pkcs1.der")]
    {
        let der = fs::read(testdata(path)).unwrap();
        keys.push(Key::binary(name, &der, &der[der.len() / 3..]));
    }
    for (name, armored, path) in [
        ("OpenPGP", true, "openpgp/rsa4096.sec.asc"),
        ("OpenPGP, locked", true, "openpgp/locked.sec.asc"),
        ("OpenPGP, binary", false, "openpgp/rsa2048.sec.asc"),
    ] {
        let text = read(path);
        let lines = text.lines().skip_while(|line| !line.is_empty());
        let base64: String = lines.take_while(|line| !line.starts_with(['=', '-'])).collect();
        let packets = STANDARD.decode(&base64).unwrap();
        let secret = secret_part(&packets);
        keys.push(match armored {
            true => {
                let in_base64 = secret.start.div_ceil(3) * 4..secret.end / 3 * 4;
                Key::text(name, &text, &base64[in_base64])
            }
            false => Key::binary(name, &packets, &packets[secret]),
        });
    }
    let hex = "3f8a1c5b9d2e4f60718293a4b5c6d7e8f90b7d61e5c3a29f";
    keys.push(Key::text("AES, hex", hex, hex));
    let token = "tKn4Zq8sLw2Xv6Yb1Nc5Mf9Gh3Jk7Pr0Qs";
    keys.push(Key::text("token", &format!("{token}\n"), token));
    keys.push(Key::text("token in JSON", &format!("{{\"k\": \"{token}\"}}"), token));
    keys.push(Key::text("PIN", "739152\n", "739152"));
    keys
}

type Damage = fn(&[u8]) -> Vec<u8>;

fn replaced(key: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut made = Vec::new();
    let mut rest = key;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from.as_bytes()) {
        made.extend_from_slice(&rest[..at]);
        made.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
    }
    [&made[..], rest].concat()
}

fn within(before: &str, key: &[u8], after: &str) -> Vec<u8> {
    [before.as_bytes(), &replaced(key, "\n", ""), after.as_bytes()].concat()
}

/// What happens to a key on its way.
const DAMAGES: [(&str, Damage); 15] = [
    ("whole", |key| key.into()),
    ("line breaks lost", |key| replaced(key, "\n", "")),
    ("blanks for line breaks", |key| replaced(key, "\n", " ")),
    ("blank lines", |key| replaced(key, "\n", "\n\n")),
    ("CRLF", |key| replaced(key, "\n", "\r\n")),
    ("literal \\n", |key| replaced(key, "\n", "\\n")),
    ("begins late", |key| key[key.len() / 8..].into()),
    ("ends early", |key| key[..key.len() * 7 / 8].into()),
    ("only what is between the dashes", |key| {
        let lines = key.split(|byte| *byte == b'\n');
        lines.filter(|line| !line.starts_with(b"--")).collect::<Vec<_>>().concat()
    }),
    ("a label that nobody knows", |key| replaced(key, "BEGIN ", "BEGIN OLD ")),
    ("in a table", |key| within("[a]\nkey = ", key, "\n")),
    ("in a JSON text", |key| within("{\"policies\": {\"", key, "\": 1}}\n")),
    ("in a CSV row", |key| within("name,kind,file\nk,aes,", key, "\n")),
    ("as a field name", |key| within("", key, " = 1\n")),
    ("UTF-16", |key| key.iter().flat_map(|byte| [*byte, 0]).collect()),
];

/// The characters of a secret, so many in a row, that are in `said`.
fn part_of<'a>(secret: &'a str, said: &str, window: usize) -> Option<&'a str> {
    let said: String = said.chars().filter(|c| !c.is_whitespace() && *c != '\0').collect();
    let said = said.replace("\\n", "").replace("\\0", "");
    let mut parts = secret.as_bytes().windows(window.min(secret.len()));
    let part = parts.find(|part| said.as_bytes().windows(part.len()).any(|it| it == *part))?;
    std::str::from_utf8(part).ok()
}

/// Panics when an echo has a part of the secret.
fn holds_nothing_of(secret: &str, said: &str, of: &str) {
    let part = part_of(secret, said, ECHO_WINDOW);
    assert_eq!(part, None, "{of}: {said}");
}

/// What a run shows of a key in any form. The name of the test's folder is random.
fn shown_of(key: &Key, ran: &Ran, is_answer_shown: bool, work: &Workplace) -> Option<String> {
    let stderr = ran.stderr.replace(&work.path("").display().to_string(), "");
    if stderr.contains("panicked") {
        return Some(stderr);
    }
    key.secrets.iter().find_map(|secret| {
        if let Some(part) = part_of(secret, &stderr, MESSAGE_WINDOW) {
            return Some(format!("{part} in {stderr}"));
        }
        let part = part_of(secret, &ran.stdout, ANSWER_WINDOW).filter(|_| !is_answer_shown);
        part.map(|part| format!("{part} in {}", ran.stdout))
    })
}

/// Which damage each key gets in a row of the table: each argument meets every key and every damage, and each key every
/// damage. With `EL2G_WHOLE_MATRIX`, as `.ci/long` sets it, each argument meets every key in every damage.
fn cells(row: usize, keys: usize) -> Vec<(usize, usize)> {
    let damages = DAMAGES.len();
    if std::env::var_os("EL2G_WHOLE_MATRIX").is_some() {
        return (0..keys).flat_map(|key| (0..damages).map(move |damage| (key, damage))).collect();
    }
    (0..keys.max(damages)).map(|turn| (turn % keys, (turn + row) % damages)).collect()
}

#[test]
fn no_argument_repeats_a_key_that_is_given_in_its_place() {
    let work = papers();
    let keys = keys();
    let mut wrong = Vec::new();
    for (row, (template, argument, _)) in lines().iter().enumerate() {
        for (key, damage) in cells(row, keys.len()) {
            let (key, (what, damage)) = (&keys[key], &DAMAGES[damage]);
            work.write_secret("given", damage(&key.content));
            let mut typed = line(template, "given");
            if (row + key.content.len()) % 3 == 0 {
                typed.extend(["-o".to_owned(), "json".to_owned()]);
            }
            let ran = work.el2g(&typed);
            let of = format!("{template} ({argument}), {}, {what}", key.name);
            // These print what they are given: it is what they are for.
            let is_answer_shown = SHOWN.iter().any(|command| template.starts_with(command));
            wrong.extend(
                shown_of(key, &ran, is_answer_shown, &work).map(|it| format!("{of}: {it}")),
            );
            let _ = fs::remove_dir_all(work.path("d"));
            for made in ["o", "e"] {
                let _ = fs::remove_file(work.path(made));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Commands whose answer is the file that they are given, or a request with it.
const SHOWN: [&str; 8] = [
    "pem ",
    "device add ",
    "device unclaim ",
    "device register ",
    "device download ",
    "keyset cmac ",
    "provision keys.csv --product 935389312472 --group 1 --devices ",
    "secure-object create binary-file ",
];

#[test]
fn the_cells_cover_every_pair() {
    let (rows, keys) = (lines().len(), keys().len());
    let mut pairs = std::collections::BTreeSet::new();
    for row in 0..rows {
        let cells = cells(row, keys);
        for key in 0..keys {
            assert!(cells.iter().any(|cell| cell.0 == key), "{row} {key}");
        }
        for damage in 0..DAMAGES.len() {
            assert!(cells.iter().any(|cell| cell.1 == damage), "{row} {damage}");
        }
        pairs.extend(cells);
    }
    assert_eq!(pairs.len(), keys * DAMAGES.len());
}

#[test]
fn no_report_repeats_a_key() {
    let work = papers();
    let mut wrong = Vec::new();
    for (row, format) in ["human", "json", "sarif", "junit", "github", "html"].iter().enumerate() {
        let keys = keys();
        for (key, damage) in cells(row, keys.len()) {
            let (key, (what, damage)) = (&keys[key], &DAMAGES[damage]);
            work.write_secret("given", damage(&key.content));
            let ran = work.el2g(&["cert", "check", "given", "root.pem", "--format", format]);
            let shown = shown_of(key, &ran, false, &work);
            wrong.extend(shown.map(|it| format!("{format}, {}, {what}: {it}", key.name)));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
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
            let said = format!("{}{}", ran.stdout, ran.stderr);
            holds_nothing_of(secret, &said, &of);
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
