//! What NXP's tools for the factory floor ask: jobs, downloads, and generation that takes its time.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::generation;
use crate::refusal::Refusal;
use crate::testbed::{PRODUCT, Testbed};

const FIRST: &str = "0x04005001d706ca37a1e4ed047e6dda0f6880";
const FIRST_DECIMAL: &str = "348555491520256655378778189093672538040448";
const SECOND: &str = "0x040050011ce89d305cf379041f1d12946680";
const TEN_SECONDS: i64 = 10_000;

fn register(bed: &Testbed, group: &str, ids: &[&str]) -> Result<String, Refusal> {
    let path = [("12nc", PRODUCT), ("deviceGroupId", group)];
    let job = bed.call("RegisterDevices", &path, "", json!({"deviceIds": ids}))?;
    Ok(job.as_str().unwrap().to_owned())
}

/// State and percentage.
fn job(bed: &Testbed, id: &str) -> (Value, Value) {
    let job = bed.call("ShowJob", &[("jobId", id)], "", Value::Null).unwrap();
    (job["state"].clone(), job["provisionedPercentage"].clone())
}

fn download(bed: &Testbed, group: &str, ids: &[&str], domain: &str) -> Result<Value, Refusal> {
    let query = format!("owner-domain-types={domain}");
    let body = json!({"productHardwareFamilyType": "SE05", "deviceIds": ids});
    bed.call("DownloadProvisionings", &[("deviceGroupId", group)], &query, body)
}

fn connect(bed: &Testbed, uid: &str, body: Value) -> Value {
    generation::settle(&bed.service).unwrap();
    bed.connect(uid, body).unwrap()["provisionings"][0]["states"].clone()
}

fn key_pair(bed: &Testbed, group: &str, on_connection: bool) -> String {
    let more = json!({"algorithm": "NIST_P256", "generateOnDeviceConnection": on_connection});
    let object = bed.object("KEYPAIR", "83000007", more).unwrap();
    bed.assign(&object, group).unwrap();
    object
}

fn slow() -> Testbed {
    let mut bed = Testbed::new();
    generation::takes(&mut bed.service, TEN_SECONDS).unwrap();
    bed
}

#[test]
fn a_job_is_triggered_processing_and_then_as_its_devices_are() {
    let bed = slow();
    let group = bed.group(PRODUCT);
    let object = key_pair(&bed, &group, false);
    let id = register(&bed, &group, &[FIRST, SECOND]).unwrap();
    assert_eq!(job(&bed, &id), (json!("JOB_TRIGGERED"), json!(0)));
    bed.clock.advance_millis(TEN_SECONDS / 2);
    assert_eq!(job(&bed, &id), (json!("JOB_PROCESSING"), json!(50)));
    bed.clock.advance_millis(TEN_SECONDS / 2);
    assert_eq!(job(&bed, &id), (json!("COMPLETED_SUCCESSFULLY"), json!(100)));
    let failures = json!({"failures": {object.as_str(): "GENERATION_FAILED"}});
    connect(&bed, FIRST, failures.clone());
    assert_eq!(job(&bed, &id), (json!("JOB_COMPLETED_PARTIALLY"), json!(100)));
    connect(&bed, SECOND, failures);
    assert_eq!(job(&bed, &id), (json!("JOB_FAILED"), json!(100)));
    assert_eq!(bed.refused("ShowJob", &[("jobId", "x")], "", Value::Null), "ERR_RTP_404_8");
}

#[test]
fn devices_of_another_group_are_named_in_details_that_are_json() {
    let bed = Testbed::new();
    let (home, other) = (bed.group(PRODUCT), bed.group(PRODUCT));
    register(&bed, &home, &[FIRST]).unwrap();
    let refusal = register(&bed, &other, &[SECOND, FIRST]).unwrap_err();
    assert_eq!(refusal.problem.code(), "ERR_SEDM_422_11");
    let details: Value = serde_json::from_str(&refusal.details).unwrap();
    let found = json!({"deviceId": &FIRST[2..], "deviceGroupId": home.parse::<i64>().unwrap()});
    assert_eq!(details, json!({"devicesInDifferentGroup": [found], "notFoundDevices": []}));
    assert_eq!(refusal.field_errors[0].field, "deviceIds[1]");
    let second = bed.refused(
        "4.3.7",
        &[("12nc", PRODUCT), ("deviceGroupId", &other), ("deviceId", SECOND)],
        "",
        Value::Null,
    );
    assert_eq!(second, "ERR_SEDM_404_3", "none of them was taken in");
}

#[test]
fn a_download_has_what_is_generated_and_no_secret() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    let object = key_pair(&bed, &group, false);
    register(&bed, &group, &[FIRST]).unwrap();
    let answer = download(&bed, &group, &[FIRST], "RTP,MATTER").unwrap();
    let provisioning = &answer[0]["rtpProvisionings"][0];
    assert_eq!(answer[0]["deviceId"], FIRST_DECIMAL);
    assert_eq!(provisioning["state"], "GENERATION_COMPLETED");
    assert_eq!(provisioning["secureObject"]["id"].to_string(), object);
    let text = provisioning["apdus"]["createApdu"]["apdu"].as_str().unwrap();
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    let magic = [&[0x40, 11][..], b"edgelock2go", &[0x41, 4, 0x83, 0, 0, 7]].concat();
    assert!(bytes.starts_with(&magic), "{bytes:02x?}");
    let key = el2g_x509::PublicKey::from_der(&bytes[magic.len() + 12..]).unwrap();
    assert_eq!(key.algorithm(), el2g_x509::KeyAlgorithm::NistP256);
    assert_eq!(
        download(&bed, &group, &[FIRST], "MATTER").unwrap()[0]["rtpProvisionings"],
        json!([])
    );
    let refusal = download(&bed, &group, &[SECOND], "RTP").unwrap_err();
    assert_eq!(refusal.problem.code(), "ERR_RTP_404_5");
}

#[test]
fn generation_is_triggered_and_takes_its_time() {
    let bed = slow();
    let group = bed.group(PRODUCT);
    let object = key_pair(&bed, &group, false);
    bed.add(&group, &[FIRST]).unwrap();
    let state = || {
        let page = bed.call("4.5.9", &[("secureObjectId", &object)], "", Value::Null).unwrap();
        page["content"][0]["provisioningState"].clone()
    };
    assert_eq!(state(), "GENERATION_TRIGGERED");
    assert_eq!(connect(&bed, FIRST, Value::Null), json!(["GENERATION_TRIGGERED"]));
    let answer = download(&bed, &group, &[FIRST], "RTP").unwrap();
    assert_eq!(answer[0]["rtpProvisionings"][0]["apdus"], Value::Null);
    bed.clock.advance_millis(TEN_SECONDS);
    assert_eq!(state(), "GENERATION_COMPLETED");
    let taken = json!(["GENERATION_COMPLETED", "PROVISIONING_COMPLETED"]);
    assert_eq!(connect(&bed, FIRST, Value::Null), taken);
    assert_eq!(connect(&bed, FIRST, Value::Null), json!(["PROVISIONING_COMPLETED"]));
}

#[test]
fn generation_on_connection_is_triggered_by_the_device() {
    let mut bed = slow();
    let group = bed.group(PRODUCT);
    let object = key_pair(&bed, &group, true);
    bed.add(&group, &[FIRST, SECOND]).unwrap();
    let triggered = json!(["GENERATION_ON_CONNECTION", "GENERATION_TRIGGERED"]);
    assert_eq!(connect(&bed, FIRST, Value::Null), triggered);
    let failures = json!({"failures": {object.as_str(): "GENERATION_FAILED"}});
    let failed = json!(["GENERATION_ON_CONNECTION", "GENERATION_TRIGGERED", "GENERATION_FAILED"]);
    assert_eq!(connect(&bed, SECOND, failures), failed);
    let again = json!(["GENERATION_FAILED", "GENERATION_TRIGGERED"]);
    assert_eq!(connect(&bed, SECOND, Value::Null), again);
    // A sandbox that is started again without the delay owes nothing.
    generation::takes(&mut bed.service, 0).unwrap();
    let taken = json!(["GENERATION_COMPLETED", "PROVISIONING_COMPLETED"]);
    assert_eq!(connect(&bed, FIRST, Value::Null), taken);
    assert_eq!(connect(&bed, SECOND, Value::Null), taken);
}
