//! What the document advises against, and what section 6 will refuse, is said before it is sent.

use crate::served::Served;
use crate::workplace::{Ran, Workplace};

fn run(service: &Served, line: &str) -> Ran {
    service.el2g(&service.work, &line.split_whitespace().collect::<Vec<_>>())
}

#[test]
fn a_key_pair_stronger_than_its_ca_is_warned_of_when_a_certificate_is_ordered() {
    let service = Served::start(Workplace::new(), &[]);
    run(&service, "intermediate-ca create --nxp --name ca --algorithm NIST_P256").exits(0);
    for (name, id, algorithm) in
        [("strong", "83000001", "NIST_P384"), ("same", "83000002", "NIST_P256")]
    {
        let create = format!("secure-object create key-pair --name {name} --object-id {id}");
        run(&service, &format!("{create} --algorithm {algorithm}")).exits(0);
    }
    let order = |key_pair: &str, more: &str| {
        let certificate =
            format!("secure-object create certificate --name c-{key_pair} --object-id 83000009");
        let of =
            format!("--key-pair {key_pair} --intermediate-ca 1 --common-name-prefix m --months 12");
        run(&service, &format!("{certificate} {of} {more}")).exits(0).stderr
    };
    let said = "warning: intermediate CA 1 (NIST_P256) is weaker than key pair 1 (NIST_P384)";
    assert!(order("strong", "").contains(said));
    assert!(!order("same", "").contains("weaker"));
    let dry = order("1", "--dry-run");
    assert!(dry.contains("not checked: whether the intermediate CA is as strong"), "{dry}");
}

#[test]
fn usages_of_a_certificate_are_typed_and_reach_the_device() {
    let service = Served::start(Workplace::new(), &[]);
    let ca = "intermediate-ca create --nxp --name ca --algorithm NIST_P256 --prefix meters --include-aki --include-ski";
    let ca = run(&service, &format!("{ca} -o json")).exits(0).json();
    assert_eq!(ca["commonName"], "meters-0000000000000001-00000000-vE200");
    let has = (&ca["hasAuthorityKeyIdentifier"], &ca["hasSubjectKeyIdentifier"]);
    assert_eq!(has, (&true.into(), &true.into()));
    assert_eq!(ca["resourceMetadata"]["version"], 1);
    let key = "secure-object create key-pair --name k --object-id 83000001 --algorithm NIST_P256";
    run(&service, key).exits(0);
    let order = "secure-object create certificate --name c --object-id 83000002 --key-pair k --intermediate-ca ca";
    let usages = "--key-usage key-agreement,KEY_ENCIPHERMENT --extended-key-usage client-auth --extended-key-usage SERVER_AUTH";
    let order = format!("{order} --common-name-prefix m --months 12 {usages} -o json");
    let made = run(&service, &order).exits(0).json();
    assert_eq!(made["keyUsageExt"], serde_json::json!(["KEY_AGREEMENT", "KEY_ENCIPHERMENT"]));
    assert_eq!(made["extendedKeyUsageExt"], serde_json::json!(["CLIENT_AUTH", "SERVER_AUTH"]));
    run(&service, "device-group create --name g --product 935389312472").exits(0);
    let device = "0x04005001d706ca37a1e4ed047e6dda0f6880";
    run(&service, &format!("device add {device} --group g --product 935389312472")).exits(0);
    for object in ["k", "c"] {
        run(&service, &format!("secure-object assign {object} --group g")).exits(0);
    }
    let listed = run(&service, "secure-object provisionings c -o json").exits(0).json();
    let id = listed[0]["provisioningId"].to_string();
    let pem = run(&service, &format!("provisioning certificate {id}")).exits(0).stdout;
    let certificate = el2g_x509::Certificate::read(pem.as_bytes()).expect("a certificate");
    let usage = certificate.key_usage().expect("it can be read").expect("it is there");
    assert_eq!(usage.names(), ["digitalSignature", "keyEncipherment", "keyAgreement"]);
    let wrong = order.replace("client-auth", "flying");
    let refused = run(&service, &wrong).exits(2).stderr;
    assert!(refused.contains("known are SERVER_AUTH, CLIENT_AUTH"), "{refused}");
}

#[test]
fn a_ca_whose_certificate_section_6_will_refuse_is_warned_of() {
    let service = Served::start(Workplace::new(), &[]);
    let said = "warning: AN12642 section 6 takes only NIST_P256";
    for (line, warns) in [
        ("intermediate-ca create --name a --algorithm NIST_P384 --common-name a", true),
        ("intermediate-ca create --name b --algorithm NIST_P256 --common-name b", false),
        ("intermediate-ca create --name c --algorithm NIST_P384 --nxp", false),
        (
            "intermediate-ca enroll --name d --algorithm RSA_2048 --common-name d --rules api-algorithms --csr-out d.csr",
            true,
        ),
        ("intermediate-ca enroll --name e --common-name e --csr-out e.csr", false),
    ] {
        let ran = run(&service, line).exits(0);
        assert_eq!(ran.stderr.contains(said), warns, "{line}: {}", ran.stderr);
    }
}

#[test]
fn help_lists_the_algorithms() {
    let work = Workplace::new();
    for (command, first, last) in [
        ("secure-object create key-pair", "NIST_P192", "SECP256K1"),
        ("secure-object create public-key", "NIST_P192", "SECP256K1"),
        ("intermediate-ca create", "NIST_P256", "RSA_4096"),
        ("intermediate-ca enroll", "NIST_P256", "RSA_4096"),
    ] {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = work.el2g(&words).exits(0).stdout;
        let one_line = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let listed = one_line.split("[possible values: ").find(|text| text.starts_with(first));
        let listed = listed.unwrap_or_else(|| panic!("{command}: {help}"));
        assert!(
            listed.split(']').next().is_some_and(|list| list.ends_with(last)),
            "{command}: {help}"
        );
    }
}

#[test]
fn one_page_of_a_list_keeps_its_figures() {
    let service = Served::start(Workplace::new(), &[]);
    for name in ["a", "b", "c"] {
        run(&service, &format!("device-group create --name {name} --product 935389312472"))
            .exits(0);
    }
    let list = "device-group list --product 935389312472 --page 0 --size 2";
    let page = run(&service, &format!("{list} -o json")).exits(0).json();
    assert_eq!((&page["totalElements"], &page["prev"]), (&3.into(), &serde_json::Value::Null));
    assert_eq!(page["content"].as_array().map(Vec::len), Some(2));
    let path = "/products/935389312472/device-groups?name=&page=";
    for (link, end) in [("current", "0&size=2"), ("next", "1&size=2")] {
        let url = page[link].as_str().expect("a link");
        assert!(url.ends_with(&format!("{path}{end}")), "{url}");
    }
    let shown = run(&service, list).exits(0);
    assert_eq!(shown.stdout.lines().count(), 3);
    assert!(shown.stderr.contains("2 of 3 items"), "{}", shown.stderr);
    let all = run(&service, "device-group list --product 935389312472 -o json").exits(0).json();
    assert_eq!(all.as_array().map(Vec::len), Some(3));
}
