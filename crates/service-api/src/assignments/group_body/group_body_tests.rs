//! How groups are written and read, with a hardware family and without.

use serde_json::{Value, json};

use super::*;
use crate::body_check::read_body;

fn assignment(family: Option<HardwareFamily>) -> GroupAssignment {
    GroupAssignment::new(474, family)
}

#[test]
fn an_assignment_is_written_as_printed_or_as_nxps_client_writes_it() {
    for (body, written) in [
        (assignment(None), json!({"deviceGroupId": "474"})),
        (
            assignment(Some(HardwareFamily::Rw6)),
            json!({"deviceGroupId": 474, "productHardwareFamilyType": "RW6"}),
        ),
    ] {
        assert_eq!(serde_json::to_value(&body).expect("JSON"), written);
        assert_eq!(read_body::<GroupAssignment>(written.to_string().as_bytes()), Ok(body.clone()));
        assert_eq!(serde_json::from_value::<GroupAssignment>(written).expect("a body"), body);
    }
}

#[test]
fn groups_to_unassign_from_are_ids_unless_a_family_is_given() {
    let family = HardwareFamily::Mcxn;
    for (body, written) in [
        (UnassignedGroups::new([1, 2], None), json!([1, 2])),
        (
            UnassignedGroups::new([1, 2], Some(&family)),
            json!([
                {"deviceGroupId": 1, "productHardwareFamilyType": "MCXN"},
                {"deviceGroupId": 2, "productHardwareFamilyType": "MCXN"},
            ]),
        ),
    ] {
        assert_eq!(serde_json::to_value(&body).expect("JSON"), written);
        assert_eq!(read_body::<UnassignedGroups>(written.to_string().as_bytes()), Ok(body.clone()));
        assert_eq!(serde_json::from_value::<UnassignedGroups>(written).expect("a body"), body);
    }
}

#[test]
fn ids_and_objects_may_stand_in_one_list() {
    let read = read_body::<UnassignedGroups>(br#"[1, {"deviceGroupId": 2}]"#);
    assert_eq!(read, Ok(UnassignedGroups::new([1, 2], None)));
}

fn broken(faults: Vec<crate::body_check::BodyFault>) -> Vec<(String, &'static str)> {
    faults.into_iter().map(|fault| (fault.path, fault.rule)).collect()
}

#[test]
fn a_family_that_nobody_knows_and_a_group_that_is_none_are_named_with_their_place() {
    let fault = |body: Value| {
        broken(read_body::<UnassignedGroups>(body.to_string().as_bytes()).unwrap_err())
    };
    assert_eq!(
        fault(json!([
            {"deviceGroupId": 1, "productHardwareFamilyType": "RW612"},
            {"productHardwareFamilyType": "RW6"},
            {"deviceGroupId": 1, "productHardwareFamilyType": 6},
            "7",
        ])),
        [
            ("[1].deviceGroupId".to_owned(), "body-form"),
            ("[2].productHardwareFamilyType".to_owned(), "body-form"),
            ("[3]".to_owned(), "body-form"),
            ("[0].productHardwareFamilyType".to_owned(), "value-unknown"),
        ]
    );
    assert_eq!(fault(json!([])), [(String::new(), "list-empty")]);
    let assign = br#"{"deviceGroupId": "474", "productHardwareFamilyType": "SE06"}"#;
    assert_eq!(
        broken(read_body::<GroupAssignment>(assign).unwrap_err()),
        [("productHardwareFamilyType".to_owned(), "value-unknown")]
    );
}
