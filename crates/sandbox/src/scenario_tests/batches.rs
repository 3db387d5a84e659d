//! Batches: objects for devices that are not known, and those that every device gets.

use el2g_key_payload::base64_bytes;
use el2g_x509::{KeyAlgorithm, PublicKey};
use serde_json::{Value, json};

use crate::generation;
use crate::testbed::{PRODUCT, Testbed};

fn order(group: &str, size: u32) -> Value {
    let nc12: u64 = PRODUCT.parse().unwrap();
    json!({"nc12": nc12, "deviceGroupId": group.parse::<u64>().unwrap(), "batchSize": size})
}

fn key_pair(bed: &Testbed, group: &str) -> String {
    let object = bed.object("KEYPAIR", "83000001", json!({"algorithm": "NIST_P256"})).unwrap();
    bed.assign(&object, group).unwrap();
    object
}

fn certificate(bed: &Testbed, group: &str, key_pair: &str) {
    let body = json!({"algorithm": "NIST_P256", "name": "ca", "requestType": "WITHOUT_CSR"});
    let ca = bed.call("4.2.1", &[], "", body).unwrap()["id"].clone();
    let order = json!({"keyPairId": key_pair.parse::<i64>().unwrap(), "intermediateCaId": ca,
        "commonNamePrefix": "p", "certificateValidity": {"validityType": "MONTH", "spanInMonths": 1}});
    let object = bed.object("CERTIFICATE", "83000002", order).unwrap();
    bed.assign(&object, group).unwrap();
}

fn file(bed: &Testbed, group: &str) -> String {
    let payload = json!({"payload": {"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": "YQ=="}});
    let object = bed.object("BINARY_FILE", "83000003", payload).unwrap();
    bed.assign(&object, group).unwrap();
    object
}

#[test]
fn a_batch_has_new_objects_for_each_device_and_stays_as_it_was_made() {
    let mut bed = Testbed::new();
    generation::takes(&mut bed.service, 10_000).unwrap();
    let group = bed.group(PRODUCT);
    let key_pair = key_pair(&bed, &group);
    certificate(&bed, &group, &key_pair);
    file(&bed, &group);
    let job = bed.call("RequestBatch", &[], "", order(&group, 3)).unwrap();
    let path = [("jobId", job["jobId"].as_str().unwrap())];
    let state = || bed.call("ShowJob", &path, "", Value::Null).unwrap();
    assert_eq!((&state()["state"], state().get("deviceIds")), (&json!("JOB_TRIGGERED"), None));
    assert_eq!(bed.refused("DownloadBatchFile", &path, "", Value::Null), "ERR_RTP_409_20");
    bed.clock.advance_millis(10_000);
    assert_eq!(state()["state"], "COMPLETED_SUCCESSFULLY");
    let batch = bed.call("DownloadBatchFile", &path, "", Value::Null).unwrap();
    assert_eq!(batch, bed.call("DownloadBatchFile", &path, "", Value::Null).unwrap());
    assert_eq!(batch["metadata"]["jobId"], job["jobId"]);
    let attestation = &batch["metadata"]["provisioningReportAttestationKey"]["publicKey"];
    let attestation = base64_bytes(attestation.as_str().unwrap()).unwrap();
    let attestation = PublicKey::from_der(&attestation).unwrap();
    assert_eq!(attestation.algorithm(), KeyAlgorithm::NistP256);
    assert_eq!(batch["staticProvisionings"].as_array().unwrap().len(), 1);
    let devices = batch["dynamicProvisionings"].as_object().unwrap();
    assert_eq!(devices.len(), 3);
    let mut seen = std::collections::BTreeSet::new();
    for objects in devices.values() {
        let objects = objects.as_array().unwrap();
        assert_eq!(objects.len(), 2);
        for object in objects {
            let bytes = base64_bytes(object["data"].as_str().unwrap()).unwrap();
            assert!(bytes.starts_with(b"\x40\x0bedgelock2go\x41\x04\x83"), "{bytes:02x?}");
            assert!(bytes.len() > 100 && seen.insert(bytes), "each is its own");
        }
    }
}

#[test]
fn a_group_without_such_objects_has_static_ones_only() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    assert_eq!(bed.refused("RequestBatch", &[], "", order(&group, 1)), "ERR_RTP_400_20");
    file(&bed, &group);
    assert_eq!(bed.refused("RequestBatch", &[], "", order(&group, 1)), "ERR_RTP_400_20");
    let query = format!("nc12={PRODUCT}&deviceGroupId={group}");
    let found = bed.call("DownloadStaticProvisionings", &[], &query, Value::Null).unwrap();
    assert_eq!(found["staticProvisionings"].as_array().unwrap().len(), 1);
    assert_eq!((found.get("dynamicProvisionings"), found["metadata"].get("jobId")), (None, None));
}

#[test]
fn what_is_not_there_is_refused() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    assert_eq!(bed.refused("RequestBatch", &[], "", order("99", 1)), "ERR_SEDM_404_2");
    assert_eq!(bed.refused("RequestBatch", &[], "", order(&group, 0)), "ERR_GW_400_1");
    let job = [("jobId", "x")];
    assert_eq!(bed.refused("DownloadBatchFile", &job, "", Value::Null), "ERR_RTP_404_8");
    for query in ["", "nc12=935389312472", "deviceGroupId=1", "nc12=1&deviceGroupId=x"] {
        let code = bed.refused("DownloadStaticProvisionings", &[], query, Value::Null);
        assert_eq!(code, "ERR_GW_400_2", "{query}");
    }
}
