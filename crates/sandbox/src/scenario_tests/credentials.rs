//! What a device has to show who it is, and how long its certificate is valid.

use serde_json::{Value, json};

use crate::testbed::{PRODUCT, Testbed};

const DEVICE: &str = "77";

/// A certificate object in a group with a device, valid so many months; its id, and that of its CA.
fn ordered(bed: &Testbed, months: u32) -> (String, String) {
    let group = bed.group(PRODUCT);
    bed.add(&group, &[DEVICE]).unwrap();
    let key_pair = bed.object("KEYPAIR", "83000001", json!({"algorithm": "NIST_P256"})).unwrap();
    let ca = json!({"algorithm": "NIST_P256", "name": "ca", "requestType": "WITHOUT_CSR"});
    let ca = bed.call("4.2.1", &[], "", ca).unwrap()["id"].to_string();
    let order = json!({"keyPairId": key_pair.parse::<u64>().unwrap(), "intermediateCaId": ca.parse::<u64>().unwrap(),
        "commonNamePrefix": "p", "certificateValidity": {"validityType": "MONTH", "spanInMonths": months}});
    let certificate = bed.object("CERTIFICATE", "83000002", order).unwrap();
    for object in [&key_pair, &certificate] {
        bed.assign(object, &group).unwrap();
    }
    (certificate, ca)
}

#[test]
fn credentials_are_in_the_answer_only_when_they_are_asked_for() {
    let bed = Testbed::new();
    let (certificate, _) = ordered(&bed, 12);
    let silent = bed.connect(DEVICE, Value::Null).unwrap();
    assert!(silent.get("credentials").is_none() && !silent.to_string().contains("PRIVATE KEY"));
    let online = bed.connect(DEVICE, json!({"credentials": true})).unwrap();
    let credentials = online["credentials"].as_array().unwrap();
    let [one] = &credentials[..] else { panic!("{} certificates", credentials.len()) };
    assert_eq!(one["secureObjectId"].to_string(), certificate);
    assert!(one["privateKey"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY-----"));
    assert_eq!(one["chain"].as_str().unwrap().matches("BEGIN CERTIFICATE").count(), 2);
    // 4.5.10 has the certificate, as Foundries.io's client reads it, and no key.
    let page = bed.call("4.5.10", &[("deviceId", DEVICE)], "", Value::Null).unwrap();
    assert!(!page.to_string().contains("PRIVATE KEY"));
    let shown: Vec<&Value> = page["content"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one.get("certificate"))
        .collect();
    assert_eq!(shown, [&one["certificate"]]);
}

#[test]
fn what_failed_is_not_among_the_credentials() {
    let bed = Testbed::new();
    let (certificate, _) = ordered(&bed, 12);
    let failures = json!({certificate.clone(): "PROVISIONING_FAILED"});
    let online = bed.connect(DEVICE, json!({"credentials": true, "failures": failures})).unwrap();
    assert_eq!(online["credentials"], json!([]));
}

#[test]
fn a_certificate_is_cut_to_its_ca_where_the_sandbox_is_told_so() {
    let ends = |within_ca: bool| {
        let mut bed = Testbed::new();
        bed.service.within_ca = within_ca;
        // The CAs of the service are valid for 15 years.
        let (_, ca) = ordered(&bed, 300);
        let online = bed.connect(DEVICE, json!({"credentials": true})).unwrap();
        let leaf = online["credentials"][0]["certificate"].as_str().unwrap();
        let ca = bed.call("4.6.4", &[("intermediateCaId", &ca)], "", Value::Null).unwrap();
        let read = |pem: &str| el2g_x509::Certificate::read(pem.as_bytes()).unwrap().not_after();
        (read(leaf), read(ca.as_str().unwrap()))
    };
    let (leaf, ca) = ends(false);
    assert!(leaf > ca);
    let (leaf, ca) = ends(true);
    assert_eq!(leaf, ca);
}
