//! The operations that AN12642 does not have.

use std::collections::BTreeSet;

use super::{CATALOGUE, NEWER, called};
use crate::{ApiVersion, Method, Repeat};

#[test]
fn names_and_routes_are_no_others() {
    let all = || CATALOGUE.iter().chain(NEWER);
    let names: BTreeSet<_> = all().map(|e| e.name).collect();
    assert_eq!(names.len(), CATALOGUE.len() + NEWER.len());
    let routes: BTreeSet<_> = all().map(|e| (e.api.segment(), e.method.as_str(), e.path)).collect();
    assert_eq!(routes.len(), names.len());
}

#[test]
fn each_says_where_it_was_seen() {
    for endpoint in NEWER {
        let (program, call) = endpoint.section.split_once(' ').expect(endpoint.name);
        assert!(["spsdk", "spsdk-el2go"].contains(&program) && !call.is_empty());
    }
    assert!(CATALOGUE.iter().all(|e| e.api == ApiVersion::V1 && e.section.starts_with("4.")));
}

#[test]
fn path_parameters_are_those_of_the_path() {
    for endpoint in NEWER {
        let in_path: Vec<_> =
            endpoint.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        assert_eq!(in_path, endpoint.path_parameters, "{}", endpoint.name);
    }
}

#[test]
fn what_leaves_something_behind_that_nothing_shows_is_never_repeated() {
    let never: Vec<_> = NEWER.iter().filter(|e| e.repeat == Repeat::Never).collect();
    let names: Vec<_> = never.iter().map(|e| e.name).collect();
    assert_eq!(names, ["RegisterDevices", "RequestBatch"]);
}

#[test]
fn a_version_has_its_own_paths() {
    let name = |api, path| called(api, Method::Get, path).map(|called| called.endpoint.name);
    assert_eq!(name(ApiVersion::V2, "/rtp/jobs/7"), Some("ShowJob"));
    assert_eq!(name(ApiVersion::V1, "/rtp/jobs/7"), None);
    assert_eq!(name(ApiVersion::V2, "/products"), None);
}

/// A body and how it is wrong: the path and the rule.
#[test]
fn what_is_wrong_with_a_body_is_named_with_its_path() {
    for (operation, body, path, rule) in [
        (
            "SignHash",
            r#"{"payload":"YQ==","signatureAlgorithm":"ECDSA"}"#,
            "payload",
            "base64-form",
        ),
        ("SignHash", r#"{"payload":".","signatureAlgorithm":"ECDSA"}"#, "payload", "base64-form"),
        ("ComputeCmac", r#"{"payload":"."}"#, "payload", "base64-form"),
        (
            "RequestBatch",
            r#"{"nc12":1,"deviceGroupId":1,"batchSize":0}"#,
            "batchSize",
            "value-unknown",
        ),
        (
            "RequestBatch",
            r#"{"nc12":1000000000000,"deviceGroupId":1,"batchSize":1}"#,
            "nc12",
            "product-12nc",
        ),
        ("RegisterDevices", r#"{"deviceIds":[]}"#, "deviceIds", "list-empty"),
        ("DownloadProvisionings", r#"{"deviceIds":["x"]}"#, "deviceIds[0]", "device-id-form"),
        (
            "DownloadProvisionings",
            r#"{"deviceIds":["5"],"productHardwareFamilyType":"X"}"#,
            "productHardwareFamilyType",
            "value-unknown",
        ),
    ] {
        let endpoint = NEWER.iter().find(|e| e.name == operation).expect(operation);
        let faults = (endpoint.check_body)(body.as_bytes());
        let found: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), fault.rule)).collect();
        assert_eq!(found, [(path, rule)], "{operation} {body}");
    }
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(proptest::arbitrary::any::<u8>(), 0..200)) {
        for endpoint in NEWER {
            let _ = (endpoint.reencode_body)(&bytes);
            let _ = (endpoint.reencode_reply)(&bytes);
        }
    }
}
