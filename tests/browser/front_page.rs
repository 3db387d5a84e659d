//! The front page of the sandbox, `/_sandbox/`.

use serde_json::json;

use super::{hostile_names, is_well_behaved, look};
use crate::served::Served;
use crate::workplace::Workplace;

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn the_front_page_shows_what_is_there_as_text() {
    let served = Served::start(Workplace::new(), &[]);
    let mut names = hostile_names();
    names.push("W".repeat(255));
    for (index, name) in names.iter().enumerate() {
        let group = json!({"deviceGroupName": name});
        let groups = "/products/935389312472/device-groups";
        let Some(group) = served.done(200, "POST", groups, Some(&group)) else { return };
        let devices = json!({"deviceIds": [(4 + index).to_string()]});
        let members = format!("{groups}/{}/devices", group["id"]);
        served.done(200, "POST", &members, Some(&devices));
        let object = json!({"name": name, "algorithm": "NIST_P256", "secureObjectType": "KEYPAIR",
            "objectId": format!("8300000{index}"), "generateOnDeviceConnection": false,
            "policySourceType": "DEFAULT", "policies": null});
        let object = served.done(200, "POST", "/rtp/secure-objects", Some(&object)).expect("asked");
        let assign = format!("/rtp/secure-objects/{}/assign-device-group", object["id"]);
        let group = json!({"deviceGroupId": group["id"].to_string()});
        served.done(204, "POST", &assign, Some(&group));
    }
    let ca = json!({"algorithm": "NIST_P256", "name": names[0], "requestType": "WITHOUT_CSR"});
    served.done(200, "POST", "/rtp/intermediate-cas", Some(&ca));
    let url = format!("{}/_sandbox/", served.url("baseUrl"));
    let Some(seen) = look(&served.work, &url, "seen") else { return };
    is_well_behaved(&seen, &url);
    assert_eq!(seen["title"], "el2g sandbox");
    let text = seen["text"].as_str().expect("a text");
    for part in [
        names[0].as_str(),
        names[1].as_str(),
        names[3].as_str(),
        "generation completed",
        "Intermediate CAs",
        "/rtp/secure-objects",
        "204",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains('\u{202e}') && !text.contains(&served.token));
}
