//! Tests of `console.rs`.

use serde_json::json;

use super::*;
use crate::testbed::{PRODUCT, Testbed};

#[test]
fn names_are_text_and_secrets_are_not_there() {
    let bed = Testbed::new();
    let hostile = "<script>alert('x')</script>\u{202e}";
    let path = [("12nc", PRODUCT)];
    let group = bed.call("4.1.1", &path, "", json!({"deviceGroupName": hostile})).unwrap();
    let id = group["id"].to_string();
    bed.add(&id, &["5"]).unwrap();
    let more = json!({"algorithm": "NIST_P256", "name": hostile});
    let object = bed.object("KEYPAIR", "83000000", more).unwrap();
    bed.assign(&object, &id).unwrap();
    let secret = "MDEyMzQ1Njc4OTAxMjM0NTY3ODk=";
    let code = json!({"name": hostile, "policy": "UNRESTRICTED", "behavior": "ALLOW",
        "deviceLimit": 0, "reusable": true, "secret": secret});
    bed.call("4.4.1", &[("12nc", PRODUCT), ("deviceGroupId", &id)], "", code).unwrap();
    let own = json!({"algorithm": "NIST_P256", "name": hostile, "requestType": "WITHOUT_CSR"});
    bed.call("4.2.1", &[], "", own).unwrap();
    let log = RequestLog::default();
    let path = format!("/{hostile}");
    let request =
        Answered { at: 0, method: "GET".into(), path, status: 404, millis: 1, fault: None };
    log.add(request);
    let html = page(&bed.service, &log, "http://127.0.0.1:1").unwrap();
    assert!(!html.contains("<script") && !html.contains('\u{202e}'), "{html}");
    assert!(!html.contains(secret) && !html.contains("PRIVATE KEY"));
    assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)"));
    assert!(html.contains("generation completed"));
}

#[test]
fn what_is_too_much_for_the_page_is_counted() {
    let bed = Testbed::new();
    let path = [("12nc", PRODUCT)];
    let body = json!({"algorithm": "NIST_P256", "name": "c", "requestType": "WITHOUT_CSR"});
    bed.call("4.2.1", &[], "", body).unwrap();
    let first = bed.group(PRODUCT);
    let ids: Vec<String> = (1..=57).map(|id| id.to_string()).collect();
    bed.add(&first, &ids.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    for number in 0..103 {
        let algorithm = json!({"algorithm": "NIST_P256", "name": "n".repeat(255)});
        let object = bed.object("KEYPAIR", &format!("8300{number:04}"), algorithm).unwrap();
        if number < 15 {
            bed.assign(&object, &first).unwrap();
        }
    }
    let batch = json!({"namePrefix": "b", "numberOfClaimCodes": 104, "policy": "UNRESTRICTED",
        "behavior": "ALLOW", "deviceLimit": 0, "reusable": true});
    bed.call("4.4.2", &[path[0], ("deviceGroupId", &first)], "", batch).unwrap();
    for device in 0..13 {
        bed.add(&bed.group(PRODUCT), &[&(1000 + device).to_string()]).unwrap();
    }
    let page = || page(&bed.service, &RequestLog::default(), "http://127.0.0.1:1").unwrap();
    let html = page();
    for said in
        ["3 more secure objects", "4 more claim codes", "4 more of these groups have devices"]
    {
        assert!(html.contains(&format!(">{said}<")), "{said}");
    }
    assert!(!html.contains("more devices") && !html.contains("more intermediate CAs"));
    for _ in 0..92 {
        bed.group(PRODUCT);
    }
    let html = page();
    assert!(html.contains(">6 more device groups<"), "{html}");
}

#[test]
fn a_matrix_has_so_many_devices_and_objects() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    let ids: Vec<String> = (1..=57).map(|id| id.to_string()).collect();
    bed.add(&group, &ids.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    for number in 0..15 {
        let algorithm = json!({"algorithm": "NIST_P256", "name": "&".repeat(255)});
        let object = bed.object("KEYPAIR", &format!("8300{number:04}"), algorithm).unwrap();
        bed.assign(&object, &group).unwrap();
    }
    let log = RequestLog::default();
    let path = "/é".repeat(4000);
    log.add(Answered { at: 0, method: "GET".into(), path, status: 404, millis: 1, fault: None });
    let html = page(&bed.service, &log, "http://127.0.0.1:1").unwrap();
    assert_eq!(html.matches("generation completed").count(), 50 * 12);
    assert!(html.contains(">7 more devices<") && html.contains(">3 more secure objects<"));
    assert!(html.contains(&format!(">{}…<", "/é".repeat(100))));
    // Whole in the list of objects only.
    assert_eq!(html.matches(&"&amp;".repeat(255)).count(), 15);
    assert!(html.len() < 600_000, "{} bytes", html.len());
}

#[test]
fn the_log_keeps_the_last_200() {
    let log = RequestLog::default();
    for at in 0..250 {
        let path = String::new();
        log.add(Answered { at, method: "GET".into(), path, status: 200, millis: 0, fault: None });
    }
    let kept = log.newest_first();
    assert_eq!((kept.len(), kept[0].at, kept[199].at), (200, 249, 50));
}
