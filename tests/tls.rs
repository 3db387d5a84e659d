//! `el2g sandbox serve --tls` as curl, OpenSSL, Python and our own client see it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::sandbox::curl_is_missing;
use crate::served::Served;
use crate::workplace::{Workplace, skipped};

/// curl and OpenSSL in both versions of TLS, and our own client.
fn ask_over_tls(served: &Served, host: &str) {
    let ca = served.url("caFile");
    let port = served.url("baseUrl").rsplit(':').next().expect("a port").to_owned();
    let header = format!("OSF-TOKEN: {}", served.token);
    let url = format!("https://{host}:{port}/api/v1/products");
    for version in ["1.2", "1.3"] {
        let (lowest, highest) = (format!("--tlsv{version}"), ["--tls-max", version]);
        let asked = [&lowest, highest[0], highest[1], "--cacert", &ca, "-H", &header, &url];
        let (status, _) = served.curl(&asked).expect("curl is there");
        assert_eq!(status, 200, "{host}, TLS {version}");
        let bare = host.trim_matches(['[', ']']);
        let named = if bare.parse::<std::net::IpAddr>().is_ok() {
            "-verify_ip"
        } else {
            "-verify_hostname"
        };
        let connect = format!("{host}:{port}");
        let version = format!("-tls{}", version.replace('.', "_"));
        let arguments = [
            "s_client",
            "-connect",
            &connect,
            "-CAfile",
            &ca,
            "-verify_return_error",
            "-x509_strict",
            named,
            bare,
            &version,
        ];
        if let Some(ran) = served.work.oracle(Command::new("openssl"), &arguments) {
            let said = ran.exits(0).stdout;
            assert!(said.contains("Verify return code: 0 (ok)"), "{host}: {said}");
        }
    }
    let base = format!("https://{host}:{port}");
    let listed = served.work.el2g(&[
        "product",
        "list",
        "-o",
        "json",
        "--service",
        "sandbox",
        "--base-url",
        &base,
        "--token-file",
        &served.url("tokenFile"),
        "--ca-cert",
        &ca,
    ]);
    assert_eq!(listed.exits(0).json()[0]["nc12"], "935386987471", "{host}");
}

/// What Python's ssl module, which is strict since 3.13, and its HTTP client say; run with URL and CA.
const PYTHON: &str = "import ssl, sys, urllib.request as u
c = ssl.create_default_context(cafile=sys.argv[2])
c.verify_flags |= ssl.VERIFY_X509_STRICT
print(u.build_opener(u.ProxyHandler({}), u.HTTPSHandler(context=c)).open(sys.argv[1]).status)";

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn tls_is_trusted_through_the_ca_it_writes_out() {
    let served = Served::start(Workplace::new(), &["--tls"]);
    if curl_is_missing(&served) {
        return;
    }
    assert!(served.url("baseUrl").starts_with("https://"));
    for host in ["127.0.0.1", "localhost"] {
        ask_over_tls(&served, host);
    }
    let url = format!("{}/openapi.json", served.url("baseUrl"));
    let arguments = ["-c", PYTHON, &url, &served.url("caFile")];
    if let Some(ran) = served.work.oracle(Command::new("python3"), &arguments) {
        assert_eq!(ran.exits(0).stdout, "200\n");
    }
    let url = format!("{}/products", served.url("nxpUrl"));
    let untrusted =
        served.work.oracle(Command::new("curl"), &["--silent", &url]).expect("curl is there");
    assert_eq!(untrusted.code, 60, "curl does not trust it by itself");
    let old = ["--silent", "--tls-max", "1.1", "--cacert", &served.url("caFile"), &url];
    let old = served.work.oracle(Command::new("curl"), &old).expect("curl is there");
    assert_eq!(old.code, 35, "TLS 1.1 is refused");
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn tls_is_spoken_on_the_other_loopback_too() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return skipped("this machine has no ::1");
    }
    let served = Served::start(Workplace::new(), &["--tls", "--listen", "[::1]:0"]);
    if !curl_is_missing(&served) {
        ask_over_tls(&served, "[::1]");
    }
}

#[test]
#[cfg_attr(not(all(oracle = "curl", oracle = "openssl")), ignore = "needs curl, openssl")]
fn the_tls_ca_stays_the_users_and_signs_for_this_machine_only() {
    let mut served = Served::start(Workplace::new(), &["--tls"]);
    let ca = served.url("caFile");
    let kept = fs::read_to_string(&ca).expect("the ready line names it");
    let state = served.work.path(".local/state/el2g/sandbox");
    assert_eq!(std::path::Path::new(&ca), state.join("tls-ca.pem"));
    let secret = fs::metadata(state.join("tls-ca-secret.pem")).expect("kept").permissions();
    assert_eq!(secret.mode() & 0o777, 0o600);
    let shown = ["x509", "-in", &ca, "-noout", "-text"];
    if let Some(ran) = served.work.oracle(Command::new("openssl"), &shown) {
        let text = ran.exits(0).stdout;
        for wanted in
            ["X509v3 Name Constraints: critical", "DNS:localhost", "IP:127.0.0.1/255.255.255.255"]
        {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
    }
    served.child.kill().expect("it runs");
    served.child.wait().expect("it was killed");
    let work = std::mem::replace(&mut served.work, Workplace::new());
    let again = Served::start(work, &["--tls"]);
    assert_eq!(again.url("caFile"), ca);
    assert_eq!(fs::read_to_string(&ca).expect("still there"), kept);
    if !curl_is_missing(&again) {
        ask_over_tls(&again, "127.0.0.1");
    }
}
