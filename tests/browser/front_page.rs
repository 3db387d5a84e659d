//! The pages of the sandbox, `/_sandbox/` and what it leads to.

use serde_json::json;

use super::{hostile_names, is_readable, look, look_and_search};
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
    let last = served.el2g(&served.work, &["sandbox", "connect-device", "4", "-o", "json"]);
    last.exits(0);
    let root = format!("{}/_sandbox/", served.url("baseUrl"));
    // Each device and its group have a name of their own.
    let text = [names[0].as_str()];
    let Some(seen) = look_and_search(&served.work, &root, "seen", &text) else { return };
    is_readable(&seen, &root, &[]);
    assert_eq!(seen["title"], "el2g sandbox");
    let text = seen["text"].as_str().expect("a text");
    for part in [
        names[0].as_str(),
        names[1].as_str(),
        names[3].as_str(),
        "5\nDevice groups",
        "4 generation completed",
        "1 provisioning completed",
        "Newest intermediate CAs",
        "/rtp/secure-objects",
        "204",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains('\u{202e}') && !text.contains(&served.token));
    let search = &seen["search"];
    assert_eq!(search["found"]["heading"], "Search");
    let found = search["found"]["text"].as_str().expect("a text");
    for part in ["Device groups", "Secure objects", "Intermediate CAs", names[0].as_str()] {
        assert!(found.contains(part), "{part} is not in {found}");
    }
    assert!(!found.contains(&names[1]), "{found}");
    assert_eq!(search["focus"], "solid");
    assert_eq!(search["followed"]["heading"], names[0].as_str());
    assert_eq!(search["followed"]["url"], format!("{root}groups/1"));
    // A page of tables and states, of facts, of many rows.
    for page in ["groups/5", "cas/1", "provisionings"] {
        let url = format!("{root}{page}");
        let Some(seen) = look(&served.work, &url, "more") else { return };
        is_readable(&seen, &url, &[]);
        assert!(!seen["text"].as_str().expect("a text").contains(&served.token), "{page}");
    }
}
