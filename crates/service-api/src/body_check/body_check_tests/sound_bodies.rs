//! Bodies that are right.

use serde_json::{Value, json};

/// Policies of one product, with each first text of `replace` replaced by its second.
pub(super) fn policy(replace: &[(&str, &str)]) -> Value {
    let mut text = r#"{"935389312472":{"policyType":"ACCESS_RULE","policySourceType":"CUSTOM","accessRuleConfiguration":[
        {"objectId":"00000000","type":"UNAUTHENTICATED","accessRules":["POLICY_OBJ_ALLOW_SIGN"]},
        {"objectId":"F0000021","type":"MANDATORY","accessRules":["POLICY_OBJ_ALLOW_DELETE"]}]}}"#
        .to_owned();
    for (this, by) in replace {
        assert!(text.contains(this), "{this}");
        text = text.replacen(this, by, 1);
    }
    serde_json::from_str(&text).expect("policies")
}

/// A sound body for every operation that has one; object types apart.
pub(super) fn sound() -> Vec<(&'static str, Value)> {
    let sealed = |kind: &str, size: &str| {
        json!({"secureObjectType": kind, "name": "k", "objectId": "83000001", "policySourceType": "DEFAULT",
            "keySize": size, "customerPgpPublicKey": "armor", "encryptedKey": "armor"})
    };
    let object = |kind: &str, more: Value| {
        let mut body = json!({"secureObjectType": kind, "name": "k", "objectId": "83000001"});
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        body
    };
    let claim = json!({"name": "c", "policy": "RESTRICTED", "behavior": "DENY", "deviceLimit": 2,
        "reusable": true, "secret": "MDEyMzQ1Njc4OTAxMjM0NTY3ODk="});
    vec![
        ("CreateDeviceGroup", json!({"deviceGroupName": "g"})),
        (
            "AddDevices",
            json!({"deviceIds": ["348555491056936142262187597632590342062080", "0x0400"]}),
        ),
        ("CreateSecureObject", object("KEYPAIR", json!({"algorithm": "NIST_P256"}))),
        (
            "CreateSecureObject",
            object(
                "KEYPAIR",
                json!({"algorithm": "RSA_2048",
            "policySourceType": "CUSTOM", "policies": policy(&[])}),
            ),
        ),
        (
            "CreateSecureObject",
            object(
                "CERTIFICATE",
                json!({"keyPairId": 1, "intermediateCaId": 2,
            "commonNamePrefix": "meter", "country": "AT",
            "certificateValidity": {"validityType": "MONTH", "spanInMonths": 120}}),
            ),
        ),
        ("CreateSecureObject", sealed("MASTER_KEY", "AES256")),
        ("CreateSecureObject", sealed("HMAC_KEY", "256")),
        (
            "CreateSecureObject",
            object(
                "BINARY_FILE",
                json!({"payload": {"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": "AAEC"}}),
            ),
        ),
        (
            "CreateSecureObject",
            object("STATIC_PUBLIC_KEY", json!({"algorithm": "NIST_P256", "publicKey": "PEM"})),
        ),
        ("CreateSecureObject", sealed("OEM_FW_DECRYPT_KEY", "AES256")),
        (
            "CreateSecureObject",
            object(
                "OEM_FW_AUTH_KEY_HASH",
                json!({"binaryFile": "AAEC", "oemProvisioned": true, "policies": null}),
            ),
        ),
        ("AssignSecureObject", json!({"deviceGroupId": "474"})),
        ("AssignSecureObject", json!({"deviceGroupId": 474, "productHardwareFamilyType": "RW6"})),
        (
            "CreateIntermediateCa",
            json!({"name": "ca", "algorithm": "NIST_P256",
            "requestType": "WITH_CSR", "commonName": "CA"}),
        ),
        ("UploadIntermediateCa", json!({"signedCertificate": "PEM", "rootCa": "PEM"})),
        ("CreateClaimCode", claim.clone()),
        (
            "CreateClaimCodeBatch",
            json!({"namePrefix": "c", "numberOfClaimCodes": 100,
            "policy": "UNRESTRICTED", "behavior": "ALLOW", "deviceLimit": 0, "reusable": true}),
        ),
        ("UpdateClaimCode", claim),
        ("DeleteClaimCodes", json!({"claimCodeIds": [1]})),
        ("DeleteMatchingClaimCodes", json!({"createdBefore": "2026-01-01T00:00:00Z"})),
        ("UnassignFromGroups", json!([1])),
        ("UnassignFromGroups", json!([{"deviceGroupId": 1, "productHardwareFamilyType": "RW6"}])),
        ("UpdateSecureObject", json!({"name": "n"})),
        ("CreateVerificationCertificate", json!({"verificationCode": "5d3f0c"})),
        (
            "CreateActivityReport",
            json!({"startMonthYear": {"month": 1, "year": 2026},
            "endMonthYear": {"month": 1, "year": 2026}}),
        ),
        ("UnclaimDevices", json!({"deviceIds": ["1"]})),
        ("UnassignObjects", json!([1])),
        ("RenameDeviceGroup", json!({"deviceGroupName": "g"})),
        (
            "DownloadProvisionings",
            json!({"deviceIds": ["5", "0x0400"], "productHardwareFamilyType": "RW6"}),
        ),
        ("RegisterDevices", json!({"deviceIds": ["5"]})),
        ("RequestBatch", json!({"nc12": 999340000612_u64, "deviceGroupId": 7, "batchSize": 10})),
        (
            "SignHash",
            json!({"payload": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "signatureAlgorithm": "ECDSA"}),
        ),
        ("ComputeCmac", json!({"payload": "YQ=="})),
    ]
}
