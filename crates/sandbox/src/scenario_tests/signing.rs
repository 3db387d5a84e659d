//! Intermediate CAs, certificates and devices that come online.

use el2g_cert_profile::{Checker, RuleSet};
use el2g_x509::{
    Certificate, CertificateRequest, FileKey, Instant, IntermediateOptions, KeyAlgorithm, Name,
    SerialNumber, issue_intermediate, make_root,
};
use serde_json::{Value, json};

use crate::testbed::{NOW, PRODUCT, Testbed};

const DEVICE: &str = "0x04005001d706ca37a1e4ed047e6dda0f6880";

/// An id of the service as requests name it.
fn number(id: &str) -> i64 {
    id.parse().unwrap()
}

fn now() -> Instant {
    Instant::from_unix(NOW / 1000)
}

struct Root {
    key: FileKey,
    certificate: Certificate,
}

fn root() -> Root {
    let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
    let name = Name::parse("CN=Test Root,O=Example,C=AT").unwrap();
    let serial = SerialNumber::from_unsigned(&[1]).unwrap();
    let certificate = make_root(&name, &key, serial, now(), now().plus_days(7300)).unwrap();
    Root { key, certificate }
}

fn issue(root: &Root, csr: &CertificateRequest) -> Certificate {
    let options = IntermediateOptions {
        serial: SerialNumber::from_unsigned(&[0x5a; 16]).unwrap(),
        not_before: now(),
        not_after: now().plus_days(3650),
        hash: None,
        crl_urls: Vec::new(),
        policy_url: None,
    };
    issue_intermediate(csr, &root.certificate, &root.key, &options).unwrap()
}

fn ask(bed: &Testbed, algorithm: &str) -> (String, CertificateRequest) {
    let asked = json!({"algorithm": algorithm, "name": "testCsr", "requestType": "WITH_CSR",
        "commonName": "testCsr", "organization": "myOrg", "orgUnit": "myUnit", "country": "AT",
        "locality": "myCity", "state": "myState"});
    let ca = bed.call("4.2.1", &[], "", asked).unwrap();
    assert_eq!((&ca["signingState"], &ca["value"]), (&json!("CSR_CREATED"), &Value::Null));
    let id = ca["id"].to_string();
    let csr = bed.call("4.2.2", &[("intermediateCaId", &id)], "", Value::Null).unwrap();
    (id, CertificateRequest::read(csr["value"].as_str().unwrap().as_bytes()).unwrap())
}

fn upload(
    bed: &Testbed,
    id: &str,
    certificate: &Certificate,
    root: &Root,
) -> Result<Value, crate::refusal::Refusal> {
    let body =
        json!({"signedCertificate": certificate.to_pem(), "rootCa": root.certificate.to_pem()});
    bed.call("4.2.3", &[("intermediateCaId", id)], "", body)
}

fn connect(bed: &Testbed, uid: &str, body: Value) -> Result<Value, crate::refusal::Refusal> {
    bed.connect(uid, body)
}

fn assert_chain(leaf: &Certificate, intermediate: &Certificate, root: &Certificate) {
    let rules = RuleSet::annex6();
    let checker = Checker::new(&rules, now()).with_intermediate(intermediate.decoded());
    let report = checker.with_root(root.decoded()).check(leaf.decoded());
    assert!(report.passed, "{:?}", report.findings);
}

#[test]
fn an_externally_signed_ca_issues_device_certificates() {
    let bed = Testbed::new();
    let (ca, csr) = ask(&bed, "NIST_P256");
    csr.verify_signature().unwrap();
    assert_eq!(csr.subject().common_name(), Some("testCsr"));
    let path = [("intermediateCaId", ca.as_str())];
    assert_eq!(bed.refused("4.6.4", &path, "", Value::Null), "ERR_RTP_409_4");
    let code = json!({"verificationCode": "0123abc"});
    assert_eq!(bed.refused("4.6.5", &path, "", code.clone()), "ERR_RTP_409_4");

    let root = root();
    let intermediate = issue(&root, &csr);
    upload(&bed, &ca, &intermediate, &root).unwrap();
    upload(&bed, &ca, &intermediate, &root).unwrap();
    let shown = bed.call("4.6.2", &path, "", Value::Null).unwrap();
    assert_eq!(shown["signingState"], "SIGNED");
    assert_eq!(shown["value"], intermediate.to_pem());
    let proof = bed.call("4.6.5", &path, "", code).unwrap();
    let proof = Certificate::read(proof.as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(proof.subject().common_name(), Some("0123abc"));
    proof.verify_signed_by(intermediate.public_key()).unwrap();

    let group = bed.group(PRODUCT);
    bed.add(&group, &[DEVICE]).unwrap();
    let key_pair = bed.object("KEYPAIR", "83000007", json!({"algorithm": "NIST_P384"})).unwrap();
    let order = json!({"keyPairId": number(&key_pair), "intermediateCaId": number(&ca),
        "commonNamePrefix": "myCommonName", "allowSigning": true, "generateOnDeviceConnection": true,
        "certificateValidity": {"validityType": "MONTH", "spanInMonths": 120}});
    let certificate = bed.object("CERTIFICATE", "83000008", order).unwrap();
    bed.assign(&key_pair, &group).unwrap();
    bed.assign(&certificate, &group).unwrap();
    let ids = json!([group.parse::<i64>().unwrap()]);
    let needed = bed.refused("4.5.2", &[("secureObjectId", &key_pair)], "", ids);
    assert_eq!(needed, "ERR_RTP_409_7");
    assert_eq!(bed.refused("4.6.7", &path, "", Value::Null), "ERR_RTP_409_6");

    let of_object = [("secureObjectId", certificate.as_str())];
    let waiting = bed.call("4.5.9", &of_object, "", Value::Null).unwrap();
    assert_eq!(waiting["content"][0]["provisioningState"], "GENERATION_ON_CONNECTION");
    let id = waiting["content"][0]["provisioningId"].to_string();
    let provisioning = [("provisioningId", id.as_str())];
    assert_eq!(bed.refused("4.5.11", &provisioning, "", Value::Null), "ERR_RTP_409_9");

    let online = connect(&bed, DEVICE, Value::Null).unwrap();
    assert_eq!(
        online["provisionings"][1]["states"],
        json!([
            "GENERATION_ON_CONNECTION",
            "GENERATION_TRIGGERED",
            "GENERATION_COMPLETED",
            "PROVISIONING_COMPLETED"
        ])
    );
    let leaf = bed.call("4.5.11", &provisioning, "", Value::Null).unwrap();
    let leaf = Certificate::read(leaf.as_str().unwrap().as_bytes()).unwrap();
    let signer = bed.call("4.5.12", &provisioning, "", Value::Null).unwrap();
    assert_eq!(signer, intermediate.to_pem());
    assert_chain(&leaf, &intermediate, &root.certificate);
    assert_eq!(leaf.subject().common_name(), Some("myCommonName-ed047e6dda0f6880-0001"));
    assert_eq!(
        leaf.serial().octets(),
        [0, 0xed, 0x04, 0x7e, 0x6d, 0xda, 0x0f, 0x68, 0x80, 0, 0, 0, 1]
    );
    assert_eq!(leaf.not_after().to_string(), "2036-11-23T00:00:00Z");
    assert_eq!(leaf.public_key().algorithm(), KeyAlgorithm::NistP384);
    assert_eq!(leaf.extensions().map(<[_]>::len), Some(2));
    assert_eq!(leaf.key_usage().unwrap().unwrap().names(), ["digitalSignature"]);
}

#[test]
fn a_certificate_without_on_connection_is_ready_before_the_device_comes() {
    let bed = Testbed::new();
    let own = json!({"algorithm": "NIST_P521", "name": "MySigningCertificate", "requestType": "WITHOUT_CSR"});
    let ca = bed.call("4.2.1", &[], "", own).unwrap();
    let id = ca["id"].as_i64().unwrap();
    assert_eq!(ca["commonName"], format!("MySigningCertifi-{id:016x}-00000000-vE200"));
    assert_eq!((&ca["signingState"], &ca["signingAuthority"]), (&json!("SIGNED"), &json!("NXP")));
    let ca_id = id.to_string();
    assert_eq!(
        bed.refused("4.2.2", &[("intermediateCaId", &ca_id)], "", Value::Null),
        "ERR_RTP_422_1"
    );
    let group = bed.group(PRODUCT);
    let key_pair = bed.object("KEYPAIR", "83000007", json!({"algorithm": "NIST_P256"})).unwrap();
    let order = json!({"keyPairId": number(&key_pair), "intermediateCaId": id, "commonNamePrefix": "p",
        "certificateValidity": {"validityType": "DATE", "validityNotBefore": "2026-01-01T00:00:00Z",
            "validityNotAfter": "2027-01-01T00:00:00Z"}});
    let certificate = bed.object("CERTIFICATE", "83000008", order).unwrap();
    bed.assign(&certificate, &group).unwrap();
    bed.add(&group, &[DEVICE]).unwrap();
    let page = bed.call("4.5.10", &[("deviceId", DEVICE)], "", Value::Null).unwrap();
    assert_eq!(page["content"][0]["provisioningState"], "GENERATION_COMPLETED");
    let provisioning = page["content"][0]["provisioningId"].to_string();
    let path = [("provisioningId", provisioning.as_str())];
    let leaf = bed.call("4.5.11", &path, "", Value::Null).unwrap();
    assert_eq!(bed.call("4.5.11", &path, "", Value::Null).unwrap(), leaf);
    let leaf = Certificate::read(leaf.as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(leaf.not_before().to_string(), "2026-01-01T00:00:00Z");
    let ca_certificate =
        bed.call("4.6.4", &[("intermediateCaId", &ca_id)], "", Value::Null).unwrap();
    let ca_certificate = Certificate::read(ca_certificate.as_str().unwrap().as_bytes()).unwrap();
    let (_, own_root) =
        bed.service.store.write(|db| crate::authority::root(&bed.service, db)).unwrap();
    assert_chain(&leaf, &ca_certificate, &own_root);
}

#[test]
fn device_certificates_have_the_usages_and_key_identifiers_that_are_asked_for() {
    let bed = Testbed::new();
    let own = json!({"algorithm": "NIST_P256", "name": "MySigningCertificate", "requestType": "WITHOUT_CSR",
        "prefix": "meters", "includeAuthorityKeyIdentifier": true, "includeSubjectKeyIdentifier": true});
    let ca = bed.call("4.2.1", &[], "", own).unwrap();
    let id = ca["id"].as_i64().unwrap();
    assert_eq!(ca["commonName"], format!("meters-{id:016x}-00000000-vE200"));
    assert_eq!(ca["resourceMetadata"]["version"], 1);
    let has = (&ca["hasAuthorityKeyIdentifier"], &ca["hasSubjectKeyIdentifier"]);
    assert_eq!(has, (&json!(true), &json!(true)));
    let issuer = Certificate::read(ca["value"].as_str().unwrap().as_bytes()).unwrap();
    let group = bed.group(PRODUCT);
    bed.add(&group, &[DEVICE]).unwrap();
    let key_pair = bed.object("KEYPAIR", "83000007", json!({"algorithm": "NIST_P256"})).unwrap();
    let order = |more: Value| {
        let mut order = json!({"keyPairId": number(&key_pair), "intermediateCaId": id, "commonNamePrefix": "p",
            "certificateValidity": {"validityType": "MONTH", "spanInMonths": 12}});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        bed.object("CERTIFICATE", "83000008", order)
    };
    for (asked, usages, purposes) in [
        (json!({}), vec!["digitalSignature"], vec!["1.3.6.1.5.5.7.3.2"]),
        (
            json!({"keyUsageExt": ["KEY_AGREEMENT"], "extendedKeyUsageExt": []}),
            vec!["keyAgreement"],
            vec!["1.3.6.1.5.5.7.3.2"],
        ),
        (
            json!({"allowSigning": true, "keyUsageExt": ["KEY_ENCIPHERMENT"],
                "extendedKeyUsageExt": ["SERVER_AUTH", "CLIENT_AUTH"]}),
            vec!["digitalSignature", "keyEncipherment"],
            vec!["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
        ),
    ] {
        let object = order(asked.clone()).unwrap();
        let of_object = [("secureObjectId", object.as_str())];
        let shown = bed.call("4.5.4", &of_object, "", Value::Null).unwrap();
        for field in ["keyUsageExt", "extendedKeyUsageExt"] {
            assert_eq!(&shown[field], asked.get(field).unwrap_or(&Value::Null));
        }
        bed.assign(&object, &group).unwrap();
        let page = bed.call("4.5.9", &of_object, "", Value::Null).unwrap();
        let provisioning = page["content"][0]["provisioningId"].to_string();
        let path = [("provisioningId", provisioning.as_str())];
        let leaf = bed.call("4.5.11", &path, "", Value::Null).unwrap();
        let leaf = Certificate::read(leaf.as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(leaf.key_usage().unwrap().unwrap().names(), usages);
        let found = leaf.extended_key_usage().unwrap().unwrap();
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), purposes);
        let key_identifier = leaf.public_key().key_identifier();
        assert_eq!(leaf.subject_key_identifier().unwrap(), Some(key_identifier));
        leaf.verify_signed_by(issuer.public_key()).unwrap();
        bed.call("4.5.2", &of_object, "", json!([number(&group)])).unwrap();
    }
    for (field, wrong) in [
        ("keyUsageExt", json!(["KEY_CERT_SIGN"])),
        ("keyUsageExt", json!(["KEY_AGREEMENT", "KEY_AGREEMENT"])),
        ("extendedKeyUsageExt", json!("CLIENT_AUTH")),
        ("extendedKeyUsageExt", json!([7])),
    ] {
        let refusal = order(json!({field: wrong})).unwrap_err();
        assert_eq!(refusal.problem.code(), "ERR_RTP_422_2");
        assert_eq!(refusal.field_errors[0].field, field);
    }
}

#[test]
fn certificates_outside_section_6_are_refused_with_the_rules() {
    let bed = Testbed::new();
    let root = root();
    let (other, _) = ask(&bed, "NIST_P256");
    let (_, csr) = ask(&bed, "NIST_P256");
    let refusal = upload(&bed, &other, &issue(&root, &csr), &root).unwrap_err();
    assert_eq!(refusal.problem.code(), "ERR_RTP_422_7");
    assert!(!refusal.field_errors.is_empty());
    let (stronger, csr) = ask(&bed, "NIST_P384");
    let refusal = upload(&bed, &stronger, &issue(&root, &csr), &root).unwrap_err();
    assert_eq!(refusal.problem.code(), "ERR_RTP_422_7");
    let path = [("intermediateCaId", stronger.as_str())];
    let body = json!({"signedCertificate": "nonsense", "rootCa": root.certificate.to_pem()});
    assert_eq!(bed.refused("4.2.3", &path, "", body), "ERR_RTP_422_7");
    let shown = bed.call("4.6.2", &path, "", Value::Null).unwrap();
    assert_eq!(shown["signingState"], "CSR_CREATED");
}

#[test]
fn a_certificate_object_wants_a_key_pair_and_a_signed_ca() {
    let bed = Testbed::new();
    let (ca, _) = ask(&bed, "NIST_P256");
    let key_pair = bed.object("KEYPAIR", "83000007", json!({"algorithm": "NIST_P256"})).unwrap();
    let order = |key_pair: &str, ca: &str| {
        let more = json!({"keyPairId": number(key_pair), "intermediateCaId": number(ca), "commonNamePrefix": "p",
            "certificateValidity": {"validityType": "MONTH", "spanInMonths": 12}});
        bed.object("CERTIFICATE", "83000008", more).unwrap_err().problem.code()
    };
    assert_eq!(order(&key_pair, &ca), "ERR_RTP_409_4");
    assert_eq!(order(&key_pair, "99"), "ERR_RTP_404_2");
    assert_eq!(order("99", &ca), "ERR_RTP_422_2");
}

#[test]
fn a_failed_provisioning_stays_failed_until_the_device_tries_again() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    bed.add(&group, &[DEVICE]).unwrap();
    let more = json!({"algorithm": "NIST_P256", "generateOnDeviceConnection": true});
    let key_pair = bed.object("KEYPAIR", "83000007", more).unwrap();
    bed.assign(&key_pair, &group).unwrap();
    let fail = |how: &str| json!({"failures": {key_pair.as_str(): how}});
    let state = |online: Value| online["provisionings"][0]["provisioningState"].clone();
    let online = connect(&bed, DEVICE, fail("GENERATION_FAILED")).unwrap();
    assert_eq!(state(online), "GENERATION_FAILED");
    let online = connect(&bed, DEVICE, fail("PROVISIONING_FAILED")).unwrap();
    assert_eq!(state(online), "PROVISIONING_FAILED");
    let failed = "provisioningState=PROVISIONING_FAILED";
    let page = bed.call("4.5.9", &[("secureObjectId", &key_pair)], failed, Value::Null).unwrap();
    assert_eq!(page["totalElements"], 1);
    assert_eq!(state(connect(&bed, DEVICE, Value::Null).unwrap()), "PROVISIONING_COMPLETED");
    let refused = connect(&bed, "7", Value::Null).unwrap_err();
    assert_eq!(refused.problem.code(), "ERR_SEDM_404_3");
}
