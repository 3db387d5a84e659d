//! `el2g sandbox connect-device --out-dir`: what a device has is good for a connection, judged by OpenSSL. What clouds ask of
//! certificates is in `docs/sandbox-devices.md`, with the pages that say so.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};

use crate::served::Served;
use crate::workplace::{Ran, Workplace};

const PRODUCT: &str = "935389312472";
const DEVICE: &str = "0x04005001d706ca37a1e4ed047e6dda0f6880";
/// Its last eight bytes, which name it in certificates.
const NAMED: &str = "ed047e6dda0f6880";
const CODE: &str = "3b1c6e0f9a7d4c52b8e1f00d3b1c6e0f9a7d4c52b8e1f00d3b1c6e0f9a7d4c52";

/// A device with a certificate below a root of ours.
struct Place {
    service: Served,
    work: Workplace,
    ca: String,
    certificate: String,
}

impl Place {
    fn new(serve: &[&str]) -> Self {
        let (service, work) = (Served::start(Workplace::new(), serve), Workplace::new());
        let mut place = Self { service, work, ca: String::new(), certificate: String::new() };
        place
            .work
            .el2g(&words(
                "ca root --subject CN=Root,O=Example,C=AT --key-out root.key --out root.pem",
            ))
            .exits(0);
        let enroll = "intermediate-ca enroll --name line --common-name Line --root-key root.key --root root.pem --yes";
        place.ca = place.json(enroll)["id"].to_string();
        place
    }

    fn run(&self, line: &str) -> Ran {
        self.service.el2g(&self.work, &words(&format!("{line} -o json")))
    }

    #[track_caller]
    fn json(&self, line: &str) -> serde_json::Value {
        self.run(line).exits(0).json()
    }

    /// A group with the device, a key pair and its certificate.
    fn with_certificate(mut self) -> Self {
        let group = format!("device-group create --name meters --product {PRODUCT}");
        let group = self.json(&group)["id"].to_string();
        let key =
            "secure-object create key-pair --name key --object-id 83000001 --algorithm nist-p256";
        let key = self.json(key)["id"].to_string();
        let order = format!(
            "secure-object create certificate --name tls --object-id 83000002 --key-pair {key} --intermediate-ca {} \
             --common-name-prefix meter --months 300",
            self.ca
        );
        self.certificate = self.json(&order)["id"].to_string();
        for object in [&key, &self.certificate] {
            self.run(&format!("secure-object assign {object} --group {group}")).exits(0);
        }
        self.run(&format!("device add {DEVICE} --group {group} --product {PRODUCT}")).exits(0);
        self
    }

    fn connect(&self, more: &str) -> Ran {
        self.run(&format!("sandbox connect-device {DEVICE} {more}"))
    }

    fn file(&self, end: &str) -> String {
        format!("out/device-{}.{end}.pem", self.certificate)
    }

    #[track_caller]
    fn openssl(&self, line: &str) -> String {
        self.work
            .oracle(Command::new("openssl"), &words(line))
            .expect("it is there")
            .exits(0)
            .stdout
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8(self.work.read(name)).expect("PEM")
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn key_certificate_and_chain_are_written_whole_and_only_where_nothing_is_lost() {
    let place = Place::new(&[]).with_certificate();
    let plain = place.connect("").exits(0);
    assert!(!plain.stdout.contains("PRIVATE KEY") && !plain.stdout.contains("credentials"));
    let written = place.connect("--out-dir out").exits(0);
    assert!(!written.stdout.contains("PRIVATE KEY"), "{}", written.stdout);
    let ends = ["chain", "cert", "key"];
    let names = ends.map(|end| place.file(end));
    assert_eq!(written.json()["files"], serde_json::json!(names));
    let mode = |name: &str| {
        std::fs::metadata(place.work.path(name)).expect("it is there").permissions().mode() & 0o777
    };
    assert_eq!((mode("out"), mode(&place.file("key"))), (0o700, 0o600));
    let key = place.read(&place.file("key"));
    assert!(key.starts_with("el2g sandbox (not EdgeLock 2GO): throw-away key of device "), "{key}");
    assert_eq!(key.matches("-----BEGIN PRIVATE KEY-----\n").count(), 1);
    assert_eq!(place.read(&place.file("chain")).matches("-----BEGIN CERTIFICATE-----").count(), 2);
    // Again: nothing is overwritten, and of what is missing nothing is written either.
    let before = names.each_ref().map(|name| place.read(name));
    std::fs::remove_file(place.work.path(&names[0])).expect("it was there");
    place.connect("--out out").exits(3);
    assert!(!place.work.path(&names[0]).exists());
    place.connect("--out-dir out --force").exits(0);
    // The same device has the same keys.
    assert_eq!(names.each_ref().map(|name| place.read(name)), before);
}

#[test]
fn keys_leave_the_sandbox_only_for_the_token_and_for_a_device_that_has_them() {
    let place = Place::new(&[]).with_certificate();
    let url = format!("{}/_sandbox/control/devices/{DEVICE}/connect", place.service.url("baseUrl"));
    let wanted = r#"{"credentials":true}"#;
    let ask = |token: &str| {
        let token = format!("OSF-TOKEN: {token}");
        place.service.curl(&["-X", "POST", "-H", &token, "--data", wanted, &url])
    };
    let Some((status, body)) = ask("wrong") else { return };
    assert_eq!(status, 401, "{body}");
    assert!(!body.contains("PRIVATE KEY"));
    let (status, body) = ask(&place.service.token).expect("curl");
    assert!(status == 200 && body.contains("PRIVATE KEY"), "{status}");
    // No operation of the service answers them.
    let listed = place.run(&format!("device provisionings {DEVICE}")).exits(0);
    assert!(!listed.stdout.contains("PRIVATE KEY"), "{}", listed.stdout);
    // Where the certificate failed there is none to write, and no folder is left.
    let other = Place::new(&[]).with_certificate();
    let fail = format!("--fail {}=provisioning --out-dir out", other.certificate);
    let failed = other.connect(&fail).exits(4);
    assert!(failed.stderr.contains("has no certificate"), "{}", failed.stderr);
    assert!(!other.work.path("out").exists());
}

/// A TLS server that demands a client certificate below `chain`; it is stopped when dropped.
struct Server {
    child: Child,
    port: String,
}

impl Server {
    fn start(place: &Place, chain: &str) -> Self {
        let own = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
                   -keyout server.key -out server.pem";
        place.openssl(own);
        let serve = format!(
            "s_server -accept 127.0.0.1:0 -cert server.pem -key server.key -Verify 4 -verify_return_error \
             -CAfile {chain} -no-CApath -no-CAstore -www"
        );
        let mut child = Command::new("openssl")
            .args(words(&serve))
            .current_dir(place.work.path(""))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it was asked before");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let accepts = stdout.lines().map_while(Result::ok).find(|line| line.starts_with("ACCEPT "));
        let accepts = accepts.expect("s_server says where it listens");
        let port = accepts.rsplit(':').next().expect("a port").to_owned();
        Self { child, port }
    }

    /// What a client with these arguments reads of the server's page.
    fn page(&self, place: &Place, arguments: &str) -> String {
        let line = format!(
            "s_client -connect 127.0.0.1:{} -CAfile server.pem -verify_return_error -ign_eof {arguments}",
            self.port
        );
        let mut client = Command::new("openssl")
            .args(words(&line))
            .current_dir(place.work.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it was asked before");
        let mut stdin = client.stdin.take().expect("it is piped");
        // The server may have hung up.
        let _ = stdin.write_all(b"GET / HTTP/1.0\r\n\r\n");
        drop(stdin);
        let ended = client.wait_with_output().expect("it ends");
        format!(
            "{}{}",
            String::from_utf8_lossy(&ended.stdout),
            String::from_utf8_lossy(&ended.stderr)
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn a_tls_server_of_openssl_lets_the_device_in_and_nobody_else() {
    let place = Place::new(&[]).with_certificate();
    place.connect("--out-dir out").exits(0);
    let [key, cert, chain] = ["key", "cert", "chain"].map(|end| place.file(end));
    let server = Server::start(&place, &chain);
    let own = format!("-cert {cert} -key {key} -cert_chain {chain}");
    for version in ["-tls1_2", "-tls1_3"] {
        let page = server.page(&place, &format!("{own} {version}"));
        assert!(page.contains("HTTP/1.0 200 ok"), "{page}");
        assert!(page.contains(&format!("meter-{NAMED}-0001")), "{page}");
        let without = server.page(&place, version);
        assert!(!without.contains("HTTP/1.0 200 ok") && without.contains("alert"), "{without}");
    }
    // The server trusts what is below this root only.
    let foreign = Place::new(&[]).with_certificate();
    foreign.connect("--out-dir out").exits(0);
    for end in ["key", "cert"] {
        place.work.write_secret(&format!("foreign.{end}"), foreign.read(&foreign.file(end)));
    }
    let page = server.page(&place, "-cert foreign.cert -key foreign.key -tls1_3");
    assert!(!page.contains("HTTP/1.0 200 ok") && page.contains("alert"), "{page}");
}

/// The common name of a certificate.
fn common_name(place: &Place, file: &str) -> String {
    let subject = place.openssl(&format!("x509 -in {file} -noout -subject -nameopt multiline"));
    let name = subject.lines().find_map(|line| line.trim().strip_prefix("commonName"));
    name.and_then(|rest| rest.split_once("= ")).expect("a common name").1.to_owned()
}

/// CA and verification certificate, as a cloud takes them to register the CA.
fn proves_possession(place: &Place, cloud: &str) {
    place.run(&format!("intermediate-ca download {} --out ca.pem --force", place.ca)).exits(0);
    let prove = format!(
        "intermediate-ca prove {} --code {CODE} --cloud {cloud} --out proof.pem --force",
        place.ca
    );
    place.run(&prove).exits(0);
    assert_eq!(common_name(place, "proof.pem"), CODE);
    let verify = "verify -partial_chain -CAfile ca.pem proof.pem";
    assert_eq!(place.openssl(verify), "proof.pem: OK\n");
}

/// What a cloud checks of a device certificate: its issuer is the registered CA, the CA signed it, it is in date, for the
/// client's side of TLS, and the device has its key.
fn is_of_registered_ca(place: &Place) {
    let [key, cert] = ["key", "cert"].map(|end| place.file(end));
    let hash = |file: &str, of: &str| place.openssl(&format!("x509 -in {file} -noout -{of}_hash"));
    assert_eq!(hash(&cert, "issuer"), hash("ca.pem", "subject"));
    let verify = format!("verify -partial_chain -purpose sslclient -CAfile ca.pem {cert}");
    assert_eq!(place.openssl(&verify), format!("{cert}: OK\n"));
    place.openssl(&format!("x509 -in {cert} -noout -checkend 0"));
    let of_key = place.openssl(&format!("pkey -in {key} -pubout"));
    assert_eq!(place.openssl(&format!("x509 -in {cert} -noout -pubkey")), of_key);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn a_device_can_be_registered_as_aws_checks_it() {
    let place = Place::new(&[]).with_certificate();
    place.connect("--out-dir out").exits(0);
    proves_possession(&place, "aws");
    is_of_registered_ca(&place);
    // The first connection sends the device's certificate and then that of the registered CA.
    let sent = place.read(&place.file("chain"));
    assert!(sent.replace('\n', "").starts_with(&place.read("ca.pem").replace('\n', "")), "{sent}");
    // Of the algorithms that are taken for device certificates.
    let text = place.openssl(&format!("x509 -in {} -noout -text", place.file("cert")));
    assert!(text.contains("Signature Algorithm: ecdsa-with-SHA256"), "{text}");
    assert!(text.contains("ASN1 OID: prime256v1"), "{text}");
    assert_eq!(common_name(&place, &place.file("cert")), format!("meter-{NAMED}-0001"));
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn a_device_can_be_registered_as_azure_checks_it() {
    let place = Place::new(&[]).with_certificate();
    place.connect("--out-dir out").exits(0);
    proves_possession(&place, "azure");
    is_of_registered_ca(&place);
    let chain = place.file("chain");
    let verify = format!("verify -CAfile {chain} {}", place.file("cert"));
    assert_eq!(place.openssl(&verify), format!("{}: OK\n", place.file("cert")));
    // The registration id is the common name.
    let id = common_name(&place, &place.file("cert"));
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    assert!(id.len() <= 128 && id.chars().all(allowed), "{id}");
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    assert!(is_letter(id.chars().next()) && is_letter(id.chars().next_back()), "{id}");
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn a_device_certificate_outlives_its_ca_unless_the_sandbox_is_told_otherwise() {
    for (serve, outlives) in [(&[][..], true), (&["--within-ca"][..], false)] {
        let place = Place::new(serve).with_certificate();
        place.connect("--out-dir out").exits(0);
        place.run(&format!("intermediate-ca download {} --out ca.pem", place.ca)).exits(0);
        let end = |file: &str| place.openssl(&format!("x509 -in {file} -noout -enddate"));
        assert_eq!(end(&place.file("cert")) != end("ca.pem"), outlives);
    }
}
