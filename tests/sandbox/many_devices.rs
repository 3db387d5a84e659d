//! A million devices: every page is found, single devices are, and the pages for people stay small.

use std::process::Command;

use serde_json::{Value, json};

use crate::sandbox::races::adds_up;
use crate::sandbox::{PRODUCT, curl_is_missing};
use crate::served::Served;
use crate::workplace::{Workplace, root};

/// With the one that is there.
const DEVICES: u64 = 1_000_000;

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn a_million_devices_are_listed_shown_and_changed() {
    let arguments = ["--state", "state.sqlite"];
    let served = Served::start(Workplace::new(), &arguments);
    if curl_is_missing(&served) {
        return;
    }
    let groups = format!("/products/{PRODUCT}/device-groups");
    let other = json!({"deviceGroupName": "other"});
    served.done(200, "POST", &groups, Some(&other)).expect("curl");
    served.done(200, "POST", &groups, Some(&json!({"deviceGroupName": "many"}))).expect("curl");
    let added = json!({"deviceIds": ["1000000001"]});
    served.done(200, "POST", &format!("{groups}/2/devices"), Some(&added)).expect("curl");
    let work = adds_up(served, "state.sqlite", None);
    let script = root().join("tests/sandbox/fill.py");
    let fill = [script.to_str().expect("UTF-8"), "state.sqlite", &(DEVICES - 1).to_string()];
    let Some(ran) = work.oracle(Command::new("python3"), &fill) else { return };
    ran.exits(0);

    let served = Served::start(work, &arguments);
    let get = |path: &str| served.done(200, "GET", path, None).expect("curl");
    for (page, first) in [(0, 1), (4_999, 499_901), (9_999, 999_901)] {
        for list in ["/devices".to_owned(), format!("{groups}/2/devices")] {
            let found = get(&format!("{list}?page={page}&size=100"));
            assert_eq!(found["totalElements"], DEVICES, "{list}");
            let ids: Vec<&Value> = found["content"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|item| item.get("device").unwrap_or(item).get("id").expect("an id"))
                .collect();
            let wanted: Vec<String> =
                (0..100).map(|n| (1_000_000_000 + first + n).to_string()).collect();
            assert_eq!(ids, wanted.iter().collect::<Vec<_>>(), "{list} {page}");
        }
    }
    assert_eq!(get("/devices?page=10000&size=100")["content"], json!([]));
    assert_eq!(get("/devices?device-id=1000777777")["content"][0]["deviceGroupId"], 2);
    assert_eq!(get("/devices/1000777777/product")["nc12"], PRODUCT);
    let moved = json!({"deviceIds": ["1000500000", "1000500001"]});
    served.done(200, "POST", &format!("{groups}/2/devices/unclaim"), Some(&moved)).expect("curl");
    served.done(200, "POST", &format!("{groups}/1/devices"), Some(&moved)).expect("curl");
    assert_eq!(get(&format!("{groups}/2"))["deviceCount"], DEVICES - 2);
    let root = format!("{}/_sandbox/", served.url("baseUrl"));
    let page = |path: &str| {
        let (status, page) = served.curl(&[&format!("{root}{path}")]).expect("curl");
        assert_eq!(status, 200, "{page}");
        assert!(page.len() < 100_000, "{path}: {} bytes", page.len());
        page
    };
    assert!(page("").contains("<b>1,000,000</b> Devices"));
    assert!(page("groups/2").contains(">Devices 1–50 of 999,998, page 1 of 20,000<"));
    assert!(page("devices?page=20000").contains(">1001000000</a>"));
    assert!(page("search?q=1000777777").contains("href=\"/_sandbox/devices/1000777777\""));
    adds_up(served, "state.sqlite", None);
}
