//! Lists of intermediate CAs and of what they are used by.

use serde_json::{Value, json};

use crate::scenario_tests::pages::{World, in_both_directions};

#[test]
fn pages_of_intermediate_cas_and_their_objects_are_those_of_the_plain_query() {
    let world = World::new();
    let bed = &world.bed;
    for number in 0..13 {
        bed.clock.advance_millis(1);
        let body = json!({"name": format!("ca{number}"), "algorithm": "NIST_P256", "commonName": "c",
            "requestType": if number % 3 == 0 { "WITH_CSR" } else { "WITHOUT_CSR" }});
        bed.call("4.2.1", &[], "", body).unwrap();
    }
    let key_pair = bed.object("KEYPAIR", "83000000", json!({"algorithm": "NIST_P256"})).unwrap();
    for number in 1..12 {
        let order = json!({"keyPairId": key_pair.parse::<i64>().unwrap(), "intermediateCaId": 2,
            "commonNamePrefix": "p", "name": number.to_string(),
            "certificateValidity": {"validityType": "MONTH", "spanInMonths": 1}});
        bed.object("CERTIFICATE", &format!("8300{number:04}"), order).unwrap();
    }
    bed.call("4.5.13", &[("secureObjectId", "5")], "", Value::Null).unwrap();
    bed.call("4.6.7", &[("intermediateCaId", "3")], "", Value::Null).unwrap();
    let refused = bed.refused("4.6.7", &[("intermediateCaId", "2")], "", Value::Null);
    assert_eq!(refused, "ERR_RTP_409_6");
    let orders = [("id", "id"), ("createdTs", "created_ts"), ("name", "lower(name)")];
    for ((by, column), direction) in in_both_directions(&orders) {
        for (filter, condition) in [
            ("", "1"),
            ("status=SIGNED", "certificate IS NOT NULL"),
            ("status=CSR_CREATED", "certificate IS NULL"),
            ("signer=NXP&status=SIGNED", "signing_authority = 'NXP'"),
            ("signer=EXT&status=SIGNED", "0"),
            ("algorithm=RSA_2048", "0"),
            ("validity=VALID", "valid_until IS NOT NULL"),
        ] {
            let sql = format!(
                "SELECT id FROM intermediate_ca WHERE {condition} ORDER BY {column} {direction}, id {direction}"
            );
            let query = format!("{filter}&sortBy={by}&sortByDirection={direction}");
            world.compare("4.6.3", &[], &query, "/id", &sql, 5);
        }
    }
    let sql = "SELECT CAST(name AS INTEGER) FROM secure_object WHERE intermediate_ca_id = 2 ORDER BY id DESC";
    world.compare("4.6.6", &[("intermediateCaId", "2")], "", "/name", sql, 3);
}
