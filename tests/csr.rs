//! `el2g csr`.

mod authorities;

use std::process::Command;

use crate::workplace::Workplace;

/// A request as OpenSSL makes it; `None` when OpenSSL is not there.
fn request(work: &Workplace, curve: &str) -> Option<()> {
    let pkeyopt = format!("ec_paramgen_curve:{curve}");
    let made = work.oracle(
        Command::new("openssl"),
        &[
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            &pkeyopt,
            "-nodes",
            "-keyout",
            "ca.key",
            "-subj",
            "/C=AT/O=NXP/CN=Example\\, 33",
            "-addext",
            "basicConstraints=critical,CA:TRUE,pathlen:1",
            "-out",
            "ca.csr",
        ],
    )?;
    made.exits(0);
    Some(())
}

#[test]
fn shows_subject_key_extensions_and_signature_in_every_form() {
    let work = Workplace::new();
    let Some(()) = request(&work, "P-256") else { return };
    let pem = String::from_utf8(work.read("ca.csr")).unwrap();
    work.write("new.csr", pem.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"));
    let line = pem.trim_end().replace('\n', "\\n");
    work.write("line.csr", &line);
    work.write("answer.json", format!("{{\"value\": \"{line}\"}}"));
    work.write("crlf.csr", format!("\u{feff}{}", pem.replace('\n', "\r\n")));
    let to_der = ["req", "-in", "ca.csr", "-outform", "DER", "-out", "ca.der"];
    work.oracle(Command::new("openssl"), &to_der).unwrap().exits(0);
    let shown = work.el2g(&["csr", "show", "ca.csr", "-o", "json"]).exits(0).json();
    assert_eq!(shown["subject"], "CN=Example\\, 33,O=NXP,C=AT");
    assert_eq!(shown["publicKey"]["apiName"], "NIST_P256");
    assert_eq!(shown["signatureValid"], true);
    assert_eq!(shown["requestedExtensions"][0]["name"], "basicConstraints");
    assert_eq!(shown["requestedExtensions"][0]["value"], "CA, path length 1");
    for file in ["new.csr", "line.csr", "answer.json", "crlf.csr", "ca.der"] {
        let mut other = work.el2g(&["csr", "show", file, "-o", "json"]).exits(0).json();
        other["file"] = "ca.csr".into();
        assert_eq!(other, shown, "{file}");
    }
    let human = work.el2g_fed(&["csr", "show"], pem.as_bytes()).exits(0).stdout;
    assert!(human.contains("ecdsa-with-SHA256, good"), "{human}");
}

#[test]
fn a_changed_request_is_shown_and_refused() {
    let work = Workplace::new();
    let Some(()) = request(&work, "P-256") else { return };
    let to_der = ["req", "-in", "ca.csr", "-outform", "DER", "-out", "ca.der"];
    work.oracle(Command::new("openssl"), &to_der).unwrap().exits(0);
    let mut der = work.read("ca.der");
    let at = der.windows(3).position(|window| window == b"NXP").unwrap();
    der[at] = b'M';
    work.write("changed.der", &der);
    let ran = work.el2g(&["csr", "show", "changed.der", "-o", "json"]).exits(3);
    assert_eq!(ran.json()["signatureValid"], false);
    assert_eq!(ran.json()["subject"], "CN=Example\\, 33,O=MXP,C=AT");
    assert!(ran.stderr.lines().last().unwrap().starts_with("{\"error\":{\"kind\":\"input\""));
}

#[test]
fn says_what_stands_where_a_request_is_wanted() {
    let work = Workplace::new();
    let root = ["ca", "root", "--subject", "CN=R", "--key-out", "k", "--out", "root.pem"];
    work.el2g(&root).exits(0);
    work.write("empty", "");
    work.write("text", "no request");
    work.write("cut.csr", "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n");
    work.write(
        "damaged.csr",
        "-----BEGIN CERTIFICATE REQUEST-----\nM*IB\n-----END CERTIFICATE REQUEST-----\n",
    );
    work.write("trailing.der", [0x30, 0x03, 0x02, 0x01, 0x00, 0x00]);
    let said = |file: &str| work.el2g(&["csr", "show", file]).exits(3).stderr;
    assert!(said("root.pem").contains("found a certificate where a certificate request is wanted"));
    assert!(said("k").contains("found a private key where a certificate request is wanted"));
    assert!(said("empty").contains("the input is empty, a certificate request is needed"));
    assert!(said("text").contains("found neither PEM nor DER"));
    assert!(said("cut.csr").contains("has no `-----END CERTIFICATE REQUEST-----` line"));
    assert!(said("damaged.csr").contains("cannot be decoded"));
    assert!(said("trailing.der").contains("neither PEM nor DER"));
    assert!(said("missing").contains("missing: cannot be read"));
    let large = std::fs::File::create(work.path("large")).unwrap();
    large.set_len(100 << 20).unwrap();
    assert!(said("large").contains("larger than"));
}

#[test]
fn judges_by_the_rule_set_that_is_named() {
    let work = Workplace::new();
    let Some(()) = request(&work, "P-384") else { return };
    let show = |rules: &str| work.el2g(&["csr", "show", "ca.csr", "--rules", rules, "-o", "json"]);
    let strict = show("annex6").json();
    assert!(strict["findings"].to_string().contains("P-384"), "{strict}");
    assert_eq!(show("api-algorithms").exits(0).json()["passed"], true);
    show("none").exits(2);
}
