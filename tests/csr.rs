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
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
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
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn every_field_is_shown_as_openssl_reads_it() {
    let work = Workplace::new();
    let extensions = "[req]\nprompt = no\ndistinguished_name = name\nattributes = attributes\n\
        req_extensions = asked\n[name]\nC = AT\nCN = Line 7\n[attributes]\n\
        challengePassword = open sesame\nunstructuredName = Line seven\n[asked]\n\
        subjectAltName = DNS:line7.example, IP:192.0.2.7, URI:https://example.com/7, email:ca@example.com\n\
        extendedKeyUsage = clientAuth, 1.2.3.4\nkeyUsage = keyCertSign\nsubjectKeyIdentifier = hash\n";
    work.write("req.cnf", extensions);
    let openssl = |arguments: &[&str]| work.oracle(Command::new("openssl"), arguments);
    let make = ["req", "-new", "-config", "req.cnf", "-nodes", "-keyout", "k", "-out", "ca.csr"];
    let Some(made) = openssl(&[&make[..], &["-newkey", "rsa:2048"]].concat()) else { return };
    made.exits(0);
    let show = ["csr", "show", "ca.csr", "--rules", "api-algorithms"];
    let shown = work.el2g(&[&show[..], &["-o", "json"]].concat()).exits(0);
    assert!(!shown.stdout.contains("sesame"), "{}", shown.stdout);
    let shown = shown.json();
    let read = |what: &[&str]| -> String {
        let arguments = [&["req", "-in", "ca.csr", "-noout"][..], what].concat();
        openssl(&arguments).expect("it was there before").exits(0).stdout
    };
    let modulus = shown["publicKey"]["modulus"].as_str().expect("hex").to_uppercase();
    assert_eq!(read(&["-modulus"]), format!("Modulus={modulus}\n"));
    assert_eq!(shown["publicKey"]["exponent"], "010001");
    let dashes = |text: &str| text.chars().filter(char::is_ascii_hexdigit).collect::<String>();
    let text = read(&["-text"]);
    let signature = text.split("Signature Value:").nth(1).expect("the end of the text");
    assert_eq!(shown["signature"], dashes(signature));
    assert_eq!(
        shown["attributes"],
        serde_json::json!([
            {"oid": "1.2.840.113549.1.9.2", "name": "unstructuredName", "values": ["Line seven"]},
            {"oid": "1.2.840.113549.1.9.7", "name": "challengePassword", "values": ["(a secret, not shown)"]},
            {"oid": "1.2.840.113549.1.9.14", "name": "extensionRequest", "values": []},
        ])
    );
    let asked: Vec<(&str, &str)> = shown["requestedExtensions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["name"].as_str().expect("a name"), one["value"].as_str().expect("a text")))
        .collect();
    let identifier = shown["publicKey"]["keyIdentifier"].as_str().expect("hex");
    assert_eq!(
        asked,
        [
            (
                "subjectAltName",
                "DNS:line7.example, IP:192.0.2.7, URI:https://example.com/7, email:ca@example.com"
            ),
            ("extKeyUsage", "clientAuth, 1.2.3.4"),
            ("keyUsage", "keyCertSign"),
            ("subjectKeyIdentifier", identifier),
        ]
    );
    let human = work.el2g(&show).exits(0).stdout;
    for part in [&modulus.to_lowercase(), "Line seven", "DNS:line7.example", "0 (v1)"] {
        assert!(human.contains(part), "{part} in {human}");
    }
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
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
    let error = "{\"schema\":\"el2g/error/1\",\"error\":{\"kind\":\"input\"";
    assert!(ran.stderr.lines().last().unwrap().starts_with(error));
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
    assert!(said("root.pem").contains("expected a certificate request, found a certificate"));
    assert!(said("k").contains("expected a certificate request, found a private key"));
    assert!(said("empty").contains("the input is empty; expected a certificate request"));
    assert!(said("text").contains("found neither PEM nor DER"));
    assert!(said("cut.csr").contains("has no END line"));
    assert!(said("damaged.csr").contains("cannot be decoded"));
    assert!(said("trailing.der").contains("neither PEM nor DER"));
    assert!(said("missing").contains("missing: cannot be read"));
    let large = std::fs::File::create(work.path("large")).unwrap();
    large.set_len(100 << 20).unwrap();
    assert!(said("large").contains("larger than"));
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn judges_by_the_rule_set_that_is_named() {
    let work = Workplace::new();
    let Some(()) = request(&work, "P-384") else { return };
    let show = |rules: &str| work.el2g(&["csr", "show", "ca.csr", "--rules", rules, "-o", "json"]);
    let strict = show("annex6").exits(3).json();
    assert_eq!(strict["findings"][0]["rule"], "request-key-allowed", "{strict}");
    assert_eq!(strict["findings"][0]["found"], "P-384");
    assert_eq!(show("api-algorithms").exits(0).json()["passed"], true);
    show("none").exits(2);
}
