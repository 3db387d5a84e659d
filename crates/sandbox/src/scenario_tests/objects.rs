//! Secure objects of every type, and where they go.

use base64::Engine as _;
use el2g_key_payload::{PayloadKind, sha3_512_hex};
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::testbed::{PRODUCT, Testbed};

const AES256: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn code(outcome: Result<String, Refusal>) -> String {
    outcome.unwrap_err().problem.code()
}

fn key_pair(bed: &Testbed, object_id: &str) -> String {
    bed.object("KEYPAIR", object_id, json!({"algorithm": "NIST_P256"})).unwrap()
}

#[test]
fn a_sealed_master_key_is_opened_and_its_size_compared() {
    let bed = Testbed::new().with_recipient();
    let (message, customer) = bed.sealed(PayloadKind::Aes, AES256);
    let body = |size: &str| json!({"keySize": size, "customerPgpPublicKey": customer, "encryptedKey": message});
    let id = bed.object("MASTER_KEY", "83000009", body("AES256")).unwrap();
    let shown = bed.call("4.5.4", &[("secureObjectId", &id)], "", Value::Null).unwrap();
    assert_eq!((&shown["algorithm"], &shown["length"]), (&json!("AES"), &json!(256)));
    assert_eq!(shown["imported"], true);
    assert!(!shown.to_string().contains("BEGIN PGP"));
    assert_eq!(code(bed.object("MASTER_KEY", "83000009", body("AES128"))), "ERR_RTP_422_5");
    assert_eq!(code(bed.object("MASTER_KEY", "83000009", body("AES192"))), "ERR_GW_400_1");
}

#[test]
fn hmac_keys_and_confidential_files_are_opened_too() {
    let bed = Testbed::new().with_recipient();
    let (message, customer) = bed.sealed(PayloadKind::Hmac, AES256);
    let hmac = |size: &str| json!({"keySize": size, "customerPgpPublicKey": customer, "encryptedKey": message});
    bed.object("HMAC_KEY", "8300000A", hmac("32")).unwrap();
    assert_eq!(code(bed.object("HMAC_KEY", "8300000A", hmac("31"))), "ERR_RTP_422_5");
    assert_eq!(code(bed.object("HMAC_KEY", "8300000A", hmac("257"))), "ERR_GW_400_1");
    let (message, customer) = bed.sealed(PayloadKind::Binary, &"ab".repeat(300));
    let file = json!({"payload": {"binaryFileType": "CONFIDENTIAL",
        "customerPgpPublicKey": customer, "encryptedBinaryFile": message}});
    bed.object("BINARY_FILE", "8300000C", file).unwrap();
}

#[test]
fn the_types_of_nxps_client_are_taken_as_it_sends_them_and_reach_devices() {
    let bed = Testbed::new().with_recipient();
    let (message, customer) = bed.sealed(PayloadKind::OemFwDecrypt, AES256);
    let create = |body: Value| bed.call("4.1.3", &[], "", body);
    // createOEMFWDecryptionKey and createOEMFWAuthenticationKeyHash of el2goAPI/API.py.
    let key = |size: &str| {
        json!({"name": "firmware-key", "secureObjectType": "OEM_FW_DECRYPT_KEY", "objectId": "7FFF817B",
            "keySize": size, "encryptedKey": message, "customerPgpPublicKey": customer,
            "generateOnDeviceConnection": false, "policySourceType": "DEFAULT", "policies": null})
    };
    let hash = |binary_file: &str| {
        json!({"name": "firmware-keys", "secureObjectType": "OEM_FW_AUTH_KEY_HASH", "objectId": "7FFF817A",
            "binaryFile": binary_file, "oemProvisioned": true, "generateOnDeviceConnection": false,
            "policySourceType": "DEFAULT", "policies": null})
    };
    let made = create(key("AES256")).unwrap();
    assert_eq!((&made["algorithm"], &made["length"]), (&json!("AES"), &json!(256)));
    assert!(!made.to_string().contains("BEGIN PGP"));
    let hashed = create(hash("AAECAwQFBgcICQoLDA0ODw==")).unwrap();
    assert_eq!(hashed["oemProvisioned"], true);
    assert_eq!(create(key("AES128")).unwrap_err().problem.code(), "ERR_RTP_422_5");
    assert_eq!(create(key("256")).unwrap_err().problem.code(), "ERR_GW_400_1");
    for damaged in ["", "no base64!"] {
        assert_eq!(create(hash(damaged)).unwrap_err().problem.code(), "ERR_RTP_422_2");
    }
    let group = bed.group(PRODUCT);
    let uid = "348555491056936142262187597632590342062080";
    bed.add(&group, &[uid]).unwrap();
    for object in [&made, &hashed] {
        bed.assign(&object["id"].to_string(), &group).unwrap();
    }
    let kinds = |page: &Value| -> Vec<String> {
        let items = page["content"].as_array().unwrap();
        items.iter().map(|item| item["secureObjectType"].as_str().unwrap().to_owned()).collect()
    };
    let page = bed.call("4.5.10", &[("deviceId", uid)], "", Value::Null).unwrap();
    let mut found = kinds(&page);
    found.sort();
    assert_eq!(found, ["OEM_FW_AUTH_KEY_HASH", "OEM_FW_DECRYPT_KEY"]);
    let query = "secureObjectType=OEM_FW_DECRYPT_KEY";
    let page = bed.call("4.5.5", &[], query, Value::Null).unwrap();
    assert_eq!(kinds(&page), ["OEM_FW_DECRYPT_KEY"]);
}

#[test]
fn a_message_that_is_damaged_or_signed_by_another_key_is_refused() {
    let bed = Testbed::new().with_recipient();
    let (message, customer) = bed.sealed(PayloadKind::Aes, AES256);
    let with = |message: &str, customer: &str| {
        code(bed.object(
            "MASTER_KEY",
            "83000009",
            json!({"keySize": "AES256", "customerPgpPublicKey": customer, "encryptedKey": message}),
        ))
    };
    assert_eq!(with(&message[..message.len() / 2], &customer), "ERR_RTP_422_4");
    assert_eq!(with("nonsense", &customer), "ERR_RTP_422_4");
    assert_eq!(with(&message, "nonsense"), "ERR_RTP_422_4");
    let recipient = &bed.service.recipient.wait().ok().unwrap().public_armored;
    assert_eq!(with(&message, recipient), "ERR_RTP_422_4");
}

#[test]
fn checksums_are_compared_in_every_form_that_the_document_leaves_open() {
    let bed = Testbed::new();
    let text = base64::engine::general_purpose::STANDARD.encode("firmware");
    let sum = sha3_512_hex(b"firmware");
    let file = |field: &str, sum: &str| {
        let mut payload = json!({"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": text});
        payload[field] = json!(sum);
        bed.object("BINARY_FILE", "8300000B", json!({"payload": payload}))
    };
    file("checksum", &sum).unwrap();
    file("checkSum", &sum.to_uppercase()).unwrap();
    file("checksum", &sha3_512_hex(text.as_bytes())).unwrap();
    let base64 = |hex: &str| {
        base64::engine::general_purpose::STANDARD.encode(base16ct::lower::decode_vec(hex).unwrap())
    };
    file("checkSum", &base64(&sum)).unwrap();
    assert_eq!(code(file("checkSum", &base64(&sha3_512_hex(b"other")))), "ERR_RTP_422_6");
    assert_eq!(code(file("checksum", &sha3_512_hex(b"other"))), "ERR_RTP_422_6");
    let payload =
        json!({"payload": {"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": "no base64!"}});
    assert_eq!(code(bed.object("BINARY_FILE", "8300000B", payload)), "ERR_RTP_422_2");
}

#[test]
fn a_public_key_must_be_one_of_the_declared_algorithm() {
    let bed = Testbed::new();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/keys/rsa2048.pub");
    let der = std::fs::read(file).expect("testdata is there");
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let pem = &format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n");
    let key = |algorithm: &str, pem: &str| {
        bed.object(
            "STATIC_PUBLIC_KEY",
            "8300000D",
            json!({"algorithm": algorithm, "publicKey": pem,
            "checksum": sha3_512_hex(pem.as_bytes())}),
        )
    };
    let id = key("RSA_2048", pem).unwrap();
    let shown = bed.call("4.5.4", &[("secureObjectId", &id)], "", Value::Null).unwrap();
    assert_eq!((&shown["algorithm"], &shown["publicKey"]), (&json!("RSA_2048"), &json!(pem)));
    assert_eq!(code(key("RSA_4096", pem)), "ERR_RTP_422_2");
    assert_eq!(
        code(key("RSA_2048", "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n")),
        "ERR_RTP_422_2"
    );
}

#[test]
fn forbidden_and_malformed_object_ids_are_refused() {
    let bed = Testbed::new();
    let create =
        |object_id: &str| bed.object("KEYPAIR", object_id, json!({"algorithm": "NIST_P256"}));
    for forbidden in ["0", "00000000", "7FFF0201", "7fff020b", "F0000000", "FFFFFFFF"] {
        assert_eq!(code(create(forbidden)), "ERR_RTP_422_3", "{forbidden}");
    }
    for malformed in ["", "123456789", "0x830000", "8300000g"] {
        assert_eq!(code(create(malformed)), "ERR_GW_400_1", "{malformed}");
    }
}

#[test]
fn object_ids_are_unique_in_a_group_however_they_are_spelled() {
    let bed = Testbed::new();
    let (group, other) = (bed.group(PRODUCT), bed.group(PRODUCT));
    let (one, two) = (key_pair(&bed, "8300000a"), key_pair(&bed, "8300000A"));
    bed.assign(&one, &group).unwrap();
    assert_eq!(bed.assign(&two, &group).unwrap_err().problem.code(), "ERR_RTP_409_1");
    assert_eq!(bed.assign(&one, &group).unwrap_err().problem.code(), "ERR_RTP_409_2");
    bed.assign(&two, &other).unwrap();
    let available = bed.call("4.5.7", &[("deviceGroupId", &other)], "", Value::Null).unwrap();
    assert_eq!(available, json!([]));
    assert_eq!(
        bed.refused("4.5.13", &[("secureObjectId", &one)], "", Value::Null),
        "ERR_RTP_409_3"
    );
}

#[test]
fn a_group_is_named_by_string_or_number() {
    let bed = Testbed::new();
    let group: i64 = bed.group(PRODUCT).parse().unwrap();
    let object = key_pair(&bed, "83000000");
    let path = [("secureObjectId", object.as_str())];
    bed.call("4.1.4", &path, "", json!({"deviceGroupId": group})).unwrap();
    assert_eq!(bed.refused("4.1.4", &path, "", json!({"deviceGroupId": "99"})), "ERR_RTP_404_4");
    assert_eq!(bed.refused("4.1.4", &path, "", json!({"deviceGroupId": true})), "ERR_GW_400_1");
}

#[test]
fn a_custom_policy_must_fit_the_product_of_the_group() {
    let bed = Testbed::new();
    let rules = json!([
        {"objectId": "00000000", "type": "UNAUTHENTICATED", "accessRules": []},
        {"objectId": "F0000021", "type": "MANDATORY", "accessRules": ["POLICY_OBJ_ALLOW_DELETE"]}]);
    let policy = json!({"policyType": "ACCESS_RULE", "policySourceType": "CUSTOM",
        "accessRuleConfiguration": rules});
    let object = bed
        .object(
            "KEYPAIR",
            "83000001",
            json!({"algorithm": "NIST_P256", "policySourceType": "CUSTOM",
            "policies": {"935414457472": policy}}),
        )
        .unwrap();
    let group = bed.group(PRODUCT);
    assert_eq!(bed.assign(&object, &group).unwrap_err().problem.code(), "ERR_RTP_422_10");
    let path = [("secureObjectId", object.as_str())];
    assert_eq!(bed.call("4.5.1", &path, "", Value::Null).unwrap(), json!([]));
    bed.call("4.5.14", &path, "", json!({"policies": {PRODUCT: policy}})).unwrap();
    bed.assign(&object, &group).unwrap();
    let page = bed.call("4.5.15", &path, "", Value::Null).unwrap();
    assert_eq!(page["totalElements"], 2);
    assert_eq!(page["content"][0]["secureObjectPolicyConfiguration"], policy);
    let default = key_pair(&bed, "83000002");
    let path = [("secureObjectId", default.as_str())];
    let add = json!({"policies": {PRODUCT: policy}});
    assert_eq!(bed.refused("4.5.14", &path, "", add), "ERR_RTP_422_9");
    assert_eq!(bed.call("4.5.15", &path, "", Value::Null).unwrap()["totalElements"], 0);
    bed.assign(&default, &group).unwrap();
    assert_eq!(bed.call("4.5.15", &path, "", Value::Null).unwrap()["totalElements"], 1);
}

#[test]
fn lists_are_filtered_sorted_and_paged() {
    let bed = Testbed::new();
    for index in 0..5 {
        key_pair(&bed, &format!("8300001{index}"));
    }
    let first =
        bed.call("4.5.5", &[], "size=2&sortBy=objectId&sortByDirection=ASC", Value::Null).unwrap();
    assert_eq!(first["totalElements"], 5);
    assert_eq!(first["content"][0]["objectId"], "83000010");
    assert_eq!(first["prev"], Value::Null);
    assert!(
        first["next"]
            .as_str()
            .unwrap()
            .ends_with("sortBy=objectId&sortByDirection=ASC&page=1&size=2")
    );
    let last = bed.call("4.5.5", &[], "size=2&page=2", Value::Null).unwrap();
    assert_eq!(last["content"][0]["objectId"], "83000010");
    assert_eq!(last["next"], Value::Null);
    assert_eq!(bed.call("4.5.5", &[], "name=hmac", Value::Null).unwrap()["totalElements"], 0);
    assert_eq!(bed.refused("4.5.5", &[], "sortBy=shoeSize", Value::Null), "ERR_GW_400_2");
    assert_eq!(bed.refused("4.5.5", &[], "secureObjectType=KEY", Value::Null), "ERR_GW_400_2");
}

#[test]
fn assigned_objects_are_printed_as_the_document_prints_them() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    let (digits, letters) = (key_pair(&bed, "83000004"), key_pair(&bed, "8300000A"));
    bed.assign(&digits, &group).unwrap();
    bed.assign(&letters, &group).unwrap();
    let page = bed
        .call("4.5.6", &[("deviceGroupId", &group)], "sortByDirection=ASC", Value::Null)
        .unwrap();
    assert_eq!(page["content"][0]["objectId"], json!(83_000_004));
    assert_eq!(page["content"][1]["objectId"], json!("8300000A"));
    assert_eq!(page["content"][0]["unassignable"], true);
    let groups = bed.call("4.5.8", &[("secureObjectId", &digits)], "", Value::Null).unwrap();
    assert_eq!(groups["content"][0]["deviceId"].to_string(), group);
}
