//! Hardware families, as NXP's clients say them, and products that AN12642 does not name.

use serde_json::{Value, json};

use crate::testbed::{PRODUCT, Testbed};

const RW612: &str = "999340000612";
const DEVICE: &str = "77";

/// A key pair, and a group of a product with one device.
fn ready(bed: &Testbed, nc12: &str) -> (String, String) {
    let group = bed.group(nc12);
    let path = [("12nc", nc12), ("deviceGroupId", group.as_str())];
    bed.call("4.1.2", &path, "", json!({"deviceIds": [DEVICE]})).unwrap();
    let object = bed.object("KEYPAIR", "83000001", json!({"algorithm": "NIST_P256"})).unwrap();
    (object, group)
}

fn assignment(group: &str, family: &str) -> Value {
    let id: u64 = group.parse().unwrap();
    json!({"deviceGroupId": id, "productHardwareFamilyType": family})
}

#[test]
fn nxps_client_assigns_and_unassigns_with_the_family_of_the_product() {
    let bed = Testbed::new();
    let (object, group) = ready(&bed, RW612);
    let (object, group) = (object.as_str(), group.as_str());
    let (of_object, of_group) = ([("secureObjectId", object)], [("deviceGroupId", group)]);
    let query = "hardware-family-type=RW6";
    let assign = || bed.call("4.1.4", &of_object, "", assignment(group, "RW6")).unwrap();
    let assigned = || {
        let page = bed.call("4.5.8", &of_object, "", Value::Null).unwrap();
        page["totalElements"].clone()
    };
    assign();
    assert_eq!(assigned(), 1);
    bed.call("4.5.2", &of_object, query, json!([assignment(group, "RW6")])).unwrap();
    assert_eq!(assigned(), 0);
    assign();
    let id: u64 = object.parse().unwrap();
    bed.call("4.5.3", &of_group, query, json!([id])).unwrap();
    assert_eq!(assigned(), 0);
}

#[test]
fn another_family_than_the_products_is_refused_and_changes_nothing() {
    const REFUSED: &str = "ERR_RTP_422_12";
    let bed = Testbed::new();
    let (object, group) = ready(&bed, PRODUCT);
    let (object, group) = (object.as_str(), group.as_str());
    let (of_object, of_group) = ([("secureObjectId", object)], [("deviceGroupId", group)]);
    assert_eq!(bed.refused("4.1.4", &of_object, "", assignment(group, "RW6")), REFUSED);
    bed.assign(object, group).unwrap();
    let query = "hardware-family-type=RW6";
    let id: u64 = object.parse().unwrap();
    let other = bed.group(RW612);
    for (section, path, query, body) in [
        ("4.5.2", &of_object, query, json!([assignment(group, "SE05")])),
        ("4.5.2", &of_object, "", json!([assignment(group, "RW6")])),
        ("4.5.2", &of_object, "", json!([assignment(group, "SE05"), assignment(&other, "SE05")])),
        ("4.5.3", &of_group, query, json!([id])),
    ] {
        assert_eq!(bed.refused(section, path, query, body.clone()), REFUSED, "{section} {body}");
    }
    let unknown = bed.refused("4.5.3", &of_group, "hardware-family-type=RW612", json!([id]));
    assert_eq!(unknown, "ERR_GW_400_2");
    let page = bed.call("4.5.8", &of_object, "", Value::Null).unwrap();
    assert_eq!(page["totalElements"], 1);
}

#[test]
fn provisionings_of_a_device_are_filtered_by_family_and_owner() {
    let bed = Testbed::new();
    let (object, group) = ready(&bed, RW612);
    bed.assign(&object, &group).unwrap();
    let found = |query: &str| {
        let page = bed.call("4.5.10", &[("deviceId", DEVICE)], query, Value::Null).unwrap();
        page["totalElements"].clone()
    };
    for query in [
        "",
        "hardware-family-type=RW6",
        "owner-domain-types=RTP",
        "hardware-family-type=RW6&owner-domain-types=RTP&owner-domain-types=MATTER",
    ] {
        assert_eq!(found(query), 1, "{query}");
    }
    for query in ["hardware-family-type=SE05", "owner-domain-types=MATTER"] {
        assert_eq!(found(query), 0, "{query}");
    }
    for query in ["hardware-family-type=", "owner-domain-types=RTP&owner-domain-types=NXP"] {
        let refused = bed.refused("4.5.10", &[("deviceId", DEVICE)], query, Value::Null);
        assert_eq!(refused, "ERR_GW_400_2", "{query}");
    }
}

#[test]
fn products_of_nxps_clients_have_a_family_and_are_in_no_hardware_type() {
    let bed = Testbed::new();
    let products = bed.call("4.3.1", &[], "", Value::Null).unwrap();
    let of_family = |family: &str| -> Vec<String> {
        let all = products.as_array().unwrap().iter();
        let some = all.filter(|product| product["hardwareFamilyType"] == family);
        some.map(|product| product["nc12"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(of_family("SE05").len(), 9);
    assert_eq!(of_family("RW6"), ["999340000610", RW612]);
    assert_eq!(of_family("MCXN"), ["999340000274", "999340002301"]);
    assert_eq!(of_family("IMX9"), ["935454724557"]);
    let types = bed.call("4.3.2", &[], "", Value::Null).unwrap();
    let names: Vec<&Value> = types.as_array().unwrap().iter().map(|kind| &kind["name"]).collect();
    assert_eq!(names, ["SE050", "SE051"]);
    ready(&bed, RW612);
    let product = bed.call("4.3.9", &[("deviceId", DEVICE)], "", Value::Null).unwrap();
    assert_eq!((&product["nc12"], &product["hardwareFamilyType"]), (&RW612.into(), &"RW6".into()));
    let devices = bed.call("4.3.6", &[], "producttype=RW6", Value::Null).unwrap();
    assert_eq!(devices["totalElements"], 1);
}
