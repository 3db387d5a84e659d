//! Every body: the document's own examples are right, and each wrong field is named with its path and rule.

mod sound_bodies;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::sound_bodies::{policy, sound};
use super::{BODY_RULES, BodyFault};
use crate::{ApiVersion, CATALOGUE, Method, NEWER, called};

fn checked(operation: &str, body: &Value) -> Vec<BodyFault> {
    let mut all = CATALOGUE.iter().chain(NEWER);
    let endpoint = all.find(|endpoint| endpoint.name == operation).expect(operation);
    (endpoint.check_body)(body.to_string().as_bytes())
}

fn broken(operation: &str, body: &Value) -> Vec<(String, &'static str)> {
    checked(operation, body).into_iter().map(|fault| (fault.path, fault.rule)).collect()
}

#[test]
fn every_operation_with_a_body_has_a_sound_one_here() {
    let here: BTreeSet<&str> = sound().iter().map(|(operation, _)| *operation).collect();
    let all: BTreeSet<&str> = CATALOGUE
        .iter()
        .chain(NEWER)
        .filter(|endpoint| endpoint.has_body)
        .map(|endpoint| endpoint.name)
        .collect();
    assert_eq!(here, all);
    for (operation, body) in sound() {
        assert_eq!(checked(operation, &body), [], "{operation} {body}");
    }
}

/// One change of a sound body, and what is said of it.
#[test]
fn every_rule_is_broken_by_something_and_named_with_its_path() {
    let long = "x".repeat(300);
    let rows: Vec<(&str, usize, &str, Value, &str, &str)> = vec![
        ("CreateDeviceGroup", 0, "/deviceGroupName", json!(""), "deviceGroupName", "name-length"),
        ("CreateDeviceGroup", 0, "/deviceGroupName", json!(long), "deviceGroupName", "name-length"),
        (
            "CreateDeviceGroup",
            0,
            "/deviceGroupName",
            json!("a\nb"),
            "deviceGroupName",
            "name-characters",
        ),
        (
            "CreateDeviceGroup",
            0,
            "/deviceGroupName",
            json!("  "),
            "deviceGroupName",
            "name-characters",
        ),
        ("CreateDeviceGroup", 0, "/deviceGroupName", json!(7), "deviceGroupName", "body-form"),
        ("AddDevices", 0, "/deviceIds/1", json!("12x"), "deviceIds[1]", "device-id-form"),
        ("AddDevices", 0, "/deviceIds/1", json!("0"), "deviceIds[1]", "device-id-form"),
        ("AddDevices", 0, "/deviceIds", json!([]), "deviceIds", "list-empty"),
        (
            "CreateSecureObject",
            0,
            "/objectId",
            json!("F0000001"),
            "objectId",
            "object-id-forbidden",
        ),
        ("CreateSecureObject", 0, "/objectId", json!("0"), "objectId", "object-id-forbidden"),
        ("CreateSecureObject", 0, "/objectId", json!("0x12"), "objectId", "object-id-form"),
        (
            "CreateSecureObject",
            0,
            "/algorithm",
            json!("NIST_P999"),
            "algorithm",
            "algorithm-unknown",
        ),
        (
            "CreateSecureObject",
            1,
            "/policySourceType",
            json!("DEFAULT"),
            "policySourceType",
            "policy-source",
        ),
        (
            "CreateSecureObject",
            1,
            "/policySourceType",
            json!("MINE_"),
            "policySourceType",
            "value-unknown",
        ),
        ("CreateSecureObject", 1, "/policies", json!(null), "policies", "policy-source"),
        ("CreateSecureObject", 1, "/policies", json!({}), "policies", "policy-products"),
        (
            "CreateSecureObject",
            1,
            "/policies",
            policy(&[("935389312472", "93538931247")]),
            "policies.93538931247",
            "policy-12nc",
        ),
        (
            "CreateSecureObject",
            1,
            "/policies",
            policy(&[("ACCESS_RULE", "X_Y")]),
            "policies.935389312472.policyType",
            "policy-type",
        ),
        (
            "CreateSecureObject",
            1,
            "/policies",
            policy(&[("MANDATORY", "CUSTOM"), ("F0000021", "83000009")]),
            "policies.935389312472.accessRuleConfiguration",
            "policy-entries",
        ),
        (
            "CreateSecureObject",
            1,
            "/policies",
            policy(&[("00000000", "00000001")]),
            "policies.935389312472.accessRuleConfiguration[0].objectId",
            "policy-user",
        ),
        (
            "CreateSecureObject",
            1,
            "/policies",
            policy(&[("ALLOW_DELETE", "ALLOW_SIGN")]),
            "policies.935389312472.accessRuleConfiguration[1].accessRules",
            "policy-mandatory",
        ),
        (
            "CreateSecureObject",
            1,
            "/policies",
            policy(&[("ALLOW_SIGN", "ALLOW_FLY")]),
            "policies.935389312472.accessRuleConfiguration[0].accessRules[0]",
            "policy-rule-unknown",
        ),
        (
            "CreateSecureObject",
            1,
            "/policies",
            policy(&[(
                "[\"POLICY_OBJ_ALLOW_SIGN",
                "[\"POLICY_OBJ_ALLOW_KA\",\"POLICY_OBJ_ALLOW_KA",
            )]),
            "policies.935389312472.accessRuleConfiguration[0].accessRules[1]",
            "policy-rule-repeated",
        ),
        (
            "CreateSecureObject",
            2,
            "/commonNamePrefix",
            json!(""),
            "commonNamePrefix",
            "name-length",
        ),
        ("CreateSecureObject", 2, "/country", json!("Austria"), "country", "country-form"),
        ("CreateSecureObject", 2, "/email", json!("\u{e4}@x"), "email", "email-form"),
        (
            "CreateSecureObject",
            2,
            "/certificateValidity/spanInMonths",
            json!(0),
            "certificateValidity.spanInMonths",
            "validity-range",
        ),
        (
            "CreateSecureObject",
            2,
            "/certificateValidity",
            json!({"validityType": "DATE", "validityNotBefore": "2026-01-01", "validityNotAfter": "2027-01-01T00:00:00Z"}),
            "certificateValidity.validityNotBefore",
            "validity-form",
        ),
        ("CreateSecureObject", 3, "/keySize", json!("AES192"), "keySize", "key-size"),
        ("CreateSecureObject", 3, "/encryptedKey", json!(""), "encryptedKey", "text-length"),
        ("CreateSecureObject", 4, "/keySize", json!("257"), "keySize", "key-size"),
        ("CreateSecureObject", 4, "/keySize", json!("032"), "keySize", "key-size"),
        (
            "CreateSecureObject",
            5,
            "/payload/binaryFile",
            json!("A"),
            "payload.binaryFile",
            "base64-form",
        ),
        (
            "CreateSecureObject",
            5,
            "/payload/checksum",
            json!("00"),
            "payload.checksum",
            "checksum-form",
        ),
        (
            "CreateSecureObject",
            5,
            "/payload/checksum",
            json!("0".repeat(128)),
            "payload.checksum",
            "checksum-mismatch",
        ),
        (
            "CreateSecureObject",
            6,
            "/algorithm",
            json!("RSA_9999"),
            "algorithm",
            "algorithm-unknown",
        ),
        ("CreateIntermediateCa", 0, "/commonName", json!(""), "commonName", "common-name-missing"),
        (
            "CreateIntermediateCa",
            0,
            "/algorithm",
            json!("RSA_1024"),
            "algorithm",
            "algorithm-unknown",
        ),
        ("CreateClaimCode", 0, "/deviceLimit", json!(0), "deviceLimit", "claim-limit"),
        ("CreateClaimCode", 0, "/secret", json!("<html>"), "secret", "claim-secret"),
        (
            "CreateClaimCodeBatch",
            0,
            "/numberOfClaimCodes",
            json!(99),
            "numberOfClaimCodes",
            "claim-count",
        ),
        (
            "DeleteMatchingClaimCodes",
            0,
            "/createdBefore",
            json!("yesterday"),
            "createdBefore",
            "time-form",
        ),
        ("DeleteMatchingClaimCodes", 0, "/createdBefore", json!(null), "", "claim-criteria"),
        ("UpdateSecureObject", 0, "/name", json!(null), "", "update-empty"),
        (
            "CreateVerificationCertificate",
            0,
            "/verificationCode",
            json!(""),
            "verificationCode",
            "verification-code",
        ),
        (
            "CreateActivityReport",
            0,
            "/startMonthYear/month",
            json!(2),
            "endMonthYear",
            "report-period",
        ),
    ];
    let mut broken_rules = BTreeSet::from(["product-12nc", "policy-user-repeated"]);
    for (operation, nth, pointer, value, path, rule) in rows {
        let mut body =
            sound().into_iter().filter(|(name, _)| *name == operation).nth(nth).expect(operation).1;
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        let parent = body.pointer_mut(parent).expect(pointer);
        match parent.as_array_mut() {
            Some(items) => items[field.parse::<usize>().expect("an index")] = value,
            None => parent[field] = value,
        }
        assert_eq!(broken(operation, &body), [(path.to_owned(), rule)], "{operation} {body}");
        broken_rules.insert(rule);
    }
    let all: BTreeSet<&str> = BODY_RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(broken_rules, all);
}

#[test]
fn all_wrong_fields_are_named_at_once() {
    let body = json!({"secureObjectType": "KEYPAIR", "name": "", "objectId": "F0000001",
        "algorithm": "NO_SUCH", "policySourceType": "CUSTOM"});
    let rules: Vec<&str> =
        checked("CreateSecureObject", &body).into_iter().map(|fault| fault.rule).collect();
    assert_eq!(rules, ["name-length", "object-id-forbidden", "policy-source", "algorithm-unknown"]);
}

#[test]
fn what_cannot_be_read_is_named_beside_what_breaks_a_rule() {
    let body = json!({"secureObjectType": "CERTIFICATE", "name": "", "objectId": 83000001, "keyPairId": "x",
        "commonNamePrefix": "p".repeat(43), "country": ["AT"],
        "certificateValidity": {"validityType": "DATE", "validityNotBefore": "2027-01-01T00:00:00Z",
            "validityNotAfter": "soon"}});
    let expected = [
        ("objectId", "body-form"),
        ("keyPairId", "body-form"),
        ("intermediateCaId", "body-form"),
        ("country", "body-form"),
        ("name", "name-length"),
        ("commonNamePrefix", "name-length"),
        ("certificateValidity.validityNotAfter", "validity-form"),
    ];
    assert_eq!(
        broken("CreateSecureObject", &body),
        expected.map(|(path, rule)| (path.to_owned(), rule))
    );
    let body = json!({"startMonthYear": "2022-01", "endMonthYear": {"month": 13, "year": 2022}});
    assert_eq!(
        broken("CreateActivityReport", &body),
        [
            ("startMonthYear".to_owned(), "body-form"),
            ("endMonthYear.month".to_owned(), "report-period")
        ]
    );
    for body in [json!([]), json!("x"), json!(null)] {
        assert_eq!(broken("CreateSecureObject", &body), [(String::new(), "body-form")]);
    }
    assert_eq!(broken("UnassignFromGroups", &json!([1, "2", -3])).len(), 2);
}

#[test]
fn a_type_that_is_not_known_is_named_beside_what_all_types_have() {
    let body = json!({"secureObjectType": "KEY", "name": "", "objectId": "83000001"});
    assert_eq!(
        broken("CreateSecureObject", &body),
        [("name".to_owned(), "name-length"), ("secureObjectType".to_owned(), "value-unknown")]
    );
}

#[test]
fn a_sound_body_is_read_as_it_is_decoded() {
    for (operation, body) in sound() {
        macro_rules! compare {
            ($($declared:ty,)+) => {$(
                if <$declared as crate::Operation>::NAME == operation {
                    type Body = <$declared as crate::Operation>::Body;
                    let read = super::read_body::<Body>(body.to_string().as_bytes()).expect(operation);
                    let decoded: Body = serde_json::from_value(body.clone()).expect(operation);
                    let encoded = |body: &Body| serde_json::to_value(body).expect(operation);
                    assert_eq!(encoded(&read), encoded(&decoded));
                }
            )+};
        }
        crate::every_operation!(compare);
        crate::every_newer_operation!(compare);
    }
}

#[test]
fn a_certificate_may_end_with_the_year_9999() {
    let mut order = sound().remove(4).1;
    order["certificateValidity"] = json!({"validityType": "DATE",
        "validityNotBefore": "2026-01-01T00:00:00Z", "validityNotAfter": "9999-12-31T23:59:59Z"});
    assert_eq!(checked("CreateSecureObject", &order), []);
}

#[test]
fn an_operation_is_found_by_method_and_path_however_the_path_is_written() {
    let name =
        |method, path| called(ApiVersion::V1, method, path).map(|called| called.endpoint.name);
    for path in ["/rtp/secure-objects", "/rtp//secure-objects/", "/rtp/secure%2Dobjects"] {
        assert_eq!(name(Method::Post, path), Some("CreateSecureObject"), "{path}");
    }
    assert_eq!(
        name(Method::Get, "/rtp/intermediate-cas/supported-algorithms"),
        Some("ListSupportedAlgorithms")
    );
    assert_eq!(name(Method::Post, "/rtp/secure-objects/7"), None);
    let found = called(ApiVersion::V1, Method::Put, "/products/93%35/device-groups/7")
        .expect("an operation");
    assert_eq!(
        (found.endpoint.name, found.parameters),
        ("RenameDeviceGroup", vec!["935".to_owned(), "7".to_owned()])
    );
}

proptest::proptest! {
    #[test]
    fn arbitrary_bodies_and_paths_never_panic(
        body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        path in ".{0,80}",
    ) {
        for endpoint in CATALOGUE.iter().chain(NEWER) {
            let _ = (endpoint.check_body)(&body);
        }
        for api in ApiVersion::ALL {
            let _ = called(api, Method::Post, &path);
        }
    }
}
