//! `el2g sandbox serve`: what it does before it has seen a token, what it logs, and the profile that it saves.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use crate::served::Served;
use crate::workplace::{Workplace, program};

/// A request whose head is sent and whose body never comes: the head of the answer.
fn answer_without_body(served: &Served, head: &str) -> String {
    let address = served.url("baseUrl").replace("http://", "");
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    let limit = Some(std::time::Duration::from_secs(10));
    stream.set_read_timeout(limit).expect("a time limit");
    stream.write_all(head.as_bytes()).expect("it listens");
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece).expect("an answer before the body") {
            0 => break,
            read => answer.extend_from_slice(&piece[..read]),
        }
    }
    String::from_utf8_lossy(&answer).to_ascii_lowercase()
}

#[test]
fn no_byte_of_a_body_is_read_from_who_has_no_token() {
    let served = Served::start(Workplace::new(), &[]);
    let front = "/api/v1/rtp/secure-objects";
    let control = "/_sandbox/control/devices/7/connect";
    for path in [front, control, "/api/v1/no-such-thing", "/nothing"] {
        for (token, length) in
            [("", "content-length: 4000000"), ("x", "transfer-encoding: chunked")]
        {
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\nEL2G-API-Key: {token}\r\n{length}\r\n\r\n"
            );
            let answer = answer_without_body(&served, &head);
            assert!(answer.starts_with("http/1.1 401 "), "{path}: {answer}");
            assert!(answer.contains("connection: close"), "{path}: {answer}");
        }
    }
    // With the token, what is too long is refused by its length alone.
    let token = &served.token;
    let head = format!(
        "POST {front} HTTP/1.1\r\nhost: localhost\r\nEL2G-API-Key: {token}\r\ncontent-length: 40000000\r\n\r\n"
    );
    assert!(answer_without_body(&served, &head).starts_with("http/1.1 413 "));
    // What needs no token needs no body either.
    let head = "GET /openapi.json HTTP/1.1\r\nhost: localhost\r\ncontent-length: 400\r\n\r\n";
    let answer = answer_without_body(&served, head);
    assert!(
        answer.starts_with("http/1.1 200 ") && answer.contains("connection: close"),
        "{answer}"
    );
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn the_front_page_is_found_without_its_last_slash() {
    let served = Served::start(Workplace::new(), &[]);
    let url = format!("{}/_sandbox", served.url("baseUrl"));
    let Some((status, _)) = served.curl(&[&url]) else { return };
    assert_eq!(status, 308);
    let (status, body) = served.curl(&["--location", &url]).expect("curl is there");
    assert_eq!(status, 200);
    assert!(body.contains("<h1>el2g sandbox</h1>"), "{body}");
}

/// What a running sandbox says on stderr, from its start to its end.
fn said_while(work: &Workplace, arguments: &[&str], act: impl FnOnce(&Value)) -> String {
    let log = std::fs::File::create(work.path("log")).expect("the test's own folder");
    let mut child = Command::new(program())
        .args(["sandbox", "serve"])
        .args(arguments)
        .env_clear()
        .env("HOME", work.path(""))
        .env("TMPDIR", work.temporary())
        .current_dir(work.path(""))
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("it was built");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut line).expect("text");
    act(&serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")));
    crate::served::terminate(&mut child);
    String::from_utf8(work.read("log")).expect("text")
}

#[test]
fn requests_are_logged_with_v_and_nothing_secret_is() {
    let work = Workplace::new();
    crate::served::keep_recipient(&work);
    let mut secret = String::new();
    let said = said_while(&work, &["-v"], |line| {
        let token_file = line["tokenFile"].as_str().expect("a path").to_owned();
        secret = std::fs::read_to_string(&token_file).expect("a token").trim().to_owned();
        let to = ["--base-url", line["baseUrl"].as_str().unwrap(), "--token-file", &token_file];
        work.el2g(&[&["product", "list", "--product", "935389312472"], &to[..]].concat()).exits(0);
        work.el2g(&[&["api", "GET", "/x%1b[31m%0a?token=hidden"], &to[..]].concat()).exits(4);
    });
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines[0].starts_with("GET /api/v1/products 200, ") && lines[0].ends_with(" ms"),
        "{said}"
    );
    assert!(lines[1].starts_with("GET /api/v1/x%1b[31m%0a 404, "), "{said}");
    assert!(!said.contains(&secret) && !said.contains("hidden"), "{said}");
}

/// The lines to paste are run as they stand, by a shell, with nothing else set.
#[test]
fn a_saved_profile_keeps_its_address_and_token_and_its_lines_work() {
    let work = Workplace::new();
    crate::served::keep_recipient(&work);
    work.write_secret(
        "config.toml",
        "default-profile = \"real\"\n\n# NXP\n[profiles.real]\nservice = \"nxp\"\n",
    );
    let serve = ["--save-profile", "rehearsal", "--config", "config.toml"];
    let folder = program().parent().expect("target/<profile>").display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let mut before = Value::Null;
    for round in 0..2 {
        let said = said_while(&work, &serve, |line| {
            if round == 1 {
                assert_eq!(
                    (&line["baseUrl"], &line["tokenFile"]),
                    (&before["baseUrl"], &before["tokenFile"])
                );
            }
            before = line.clone();
            let token = std::path::Path::new(line["tokenFile"].as_str().unwrap());
            let mode = std::fs::metadata(token).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600);
            // What is said stands on stderr a moment after the line.
            let said = (0..100).find_map(|_| {
                std::thread::sleep(std::time::Duration::from_millis(50));
                let said = String::from_utf8(work.read("log")).unwrap();
                (said.matches("\n  el2g ").count() == 3).then_some(said)
            });
            let said = said.expect("three lines to paste");
            for command in said.lines().filter_map(|line| line.strip_prefix("  el2g ")) {
                let mut shell = Command::new("sh");
                shell.env_clear().env("PATH", &path);
                let ran = work.oracle(shell, &["-c", &format!("el2g {command}")]).expect("a shell");
                assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
            }
        });
        assert!(said.contains(&format!("  {}/_sandbox/\n", before["baseUrl"].as_str().unwrap())));
    }
    let config = String::from_utf8(work.read("config.toml")).unwrap();
    let kept = "default-profile = \"real\"\n\n# NXP\n[profiles.real]\nservice = \"nxp\"\n\n[profiles.rehearsal]\n";
    assert!(config.starts_with(kept), "{config}");
    assert_eq!(config.matches("[profiles.").count(), 2, "{config}");
    // A profile of another service is not taken.
    let line = ["sandbox", "serve", "--save-profile", "real", "--config", "config.toml"];
    let ran = work.el2g(&line).exits(3);
    assert!(ran.stderr.contains("profile `real` is not a sandbox's"), "{}", ran.stderr);
    assert_eq!(String::from_utf8(work.read("config.toml")).unwrap(), config);
}
