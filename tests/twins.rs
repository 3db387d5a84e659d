//! The same secure object is not made twice by accident.

use crate::recorded::{Recorded, Sent};
use crate::served::Served;
use crate::workplace::{Workplace, testdata};

/// Every type of object, with what its command wants.
const OBJECTS: [&str; 6] = [
    "key-pair --algorithm NIST_P256",
    "public-key --algorithm NIST_P256 --file public.pem",
    "binary-file --file clear.bin",
    "binary-file --confidential --in key.hex --signer signer.asc --recipient recipient.asc",
    "master-key --in key.hex --signer signer.asc --recipient recipient.asc",
    "hmac-key --in key.hex --signer signer.asc --recipient recipient.asc",
];

fn workplace(recipient: &str) -> Workplace {
    let work = Workplace::new();
    let copy = |from: &str, to: &str| work.write_secret(to, std::fs::read(from).expect("a key"));
    copy(recipient, "recipient.asc");
    copy(&testdata("openpgp/rsa2048.sec.asc").display().to_string(), "signer.asc");
    work.write_secret("key.hex", "00112233445566778899aabbccddeeff");
    work.write("clear.bin", "clear");
    work.write("public.pem", PUBLIC_KEY);
    work
}

/// `testdata/keys/p256.pub` in PEM.
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----\n\
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXn7FNeaGqVIDL8TNtkWtPnP32jZm\n\
L1JuElbWxFlIKhZBv5wOGzTFHWqSzOQjEbf9Lg4upl4cFypp5BirjokPhA==\n\
-----END PUBLIC KEY-----\n";

fn line(object: &str, more: &str) -> Vec<String> {
    let (kind, rest) = object.split_once(' ').expect("a type and its flags");
    let line =
        format!("secure-object create {kind} --name twin --object-id 83000001 {rest} {more}");
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn an_identical_create_makes_no_second_object() {
    let service = Served::start(Workplace::new(), &[]);
    let work = workplace(service.ready("recipientFile"));
    let count = || {
        let list = ["secure-object", "list", "--name", "twin", "-o", "json"];
        service.el2g(&work, &list).exits(0).json().as_array().expect("a list").len()
    };
    let mut made = 0;
    for object in OBJECTS {
        // A clear and a confidential file are of one type.
        let second = object.starts_with("binary-file --confidential");
        let first = if second { "--allow-duplicate" } else { "" };
        service.el2g(&work, &line(object, first)).exits(0);
        made += 1;
        for flags in ["", "--yes", "--force", "--no-input"] {
            let ran = service.el2g(&work, &line(object, flags)).exits(2);
            assert!(ran.stderr.contains("--allow-duplicate"), "{object}: {}", ran.stderr);
        }
        assert_eq!(count(), made, "{object}");
        // Another name or another id is another object.
        let other: Vec<String> =
            line(object, "").iter().map(|word| word.replace("83000001", "83000002")).collect();
        if !second {
            service.el2g(&work, &other).exits(0);
            made += 1;
        }
        service.el2g(&work, &line(object, "--allow-duplicate")).exits(0);
        made += 1;
        assert_eq!(count(), made, "{object}");
    }
}

#[test]
#[cfg_attr(not(oracle = "python3"), ignore = "needs python3")]
fn the_question_is_answered_on_the_terminal() {
    let service = Served::start(Workplace::new(), &[]);
    let work = workplace(service.ready("recipientFile"));
    let place =
        ["--base-url", service.ready("baseUrl"), "--token-file", service.ready("tokenFile")];
    let create = line(OBJECTS[0], "");
    service.el2g(&work, &create).exits(0);
    let words: Vec<&str> = create.iter().map(String::as_str).chain(place).collect();
    let Some(refused) = work.on_terminal(&words, &["n"]) else { return };
    let shown = refused.exits(2).stdout;
    assert!(shown.contains("Create another KEYPAIR `twin` with object id 83000001"), "{shown}");
    work.on_terminal(&words, &["y"]).expect("python is there").exits(0);
}

/// One filtered look before the create, and none in a dry run.
#[test]
fn twins_are_looked_for_once() {
    let server = Recorded::start(|sent: &Sent| match sent.method.as_str() {
        "GET" => (200, r#"{"content":[],"next":null,"totalElements":0}"#.to_owned()),
        _ => (
            200,
            r#"{"id":1,"secureObjectType":"KEYPAIR","name":"twin","objectId":"83000001"}"#
                .to_owned(),
        ),
    });
    let work = workplace(&testdata("openpgp/recipient.pub.asc").display().to_string());
    work.write_secret("token", "some-token");
    for object in OBJECTS {
        let run = |more: &str| {
            let mut words = line(object, more);
            let to = ["--base-url", server.base_url(), "--token-file", "token"];
            words.extend(to.map(str::to_owned));
            work.el2g(&words).exits(0);
            server.sent()
        };
        assert_eq!(run("--dry-run"), [], "{object}");
        let sent = run("");
        let methods: Vec<&str> = sent.iter().map(|it| it.method.as_str()).collect();
        assert_eq!(methods, ["GET", "POST"], "{object}: {sent:?}");
        let looked = &sent[0].path;
        assert!(looked.contains("name=twin") && looked.contains("secureObjectType="), "{looked}");
        // A run that may be interrupted takes note of the twins that are there.
        let looks = usize::from(object.contains("--signer"));
        assert_eq!(run("--allow-duplicate").len(), looks + 1, "{object}");
    }
}
