//! Tests of the pages, without HTTP.

use std::collections::BTreeSet;

use axum::http::Uri;
use el2g_key_payload::PayloadKind;
use serde_json::json;

use super::page::encoded;
use super::*;
use crate::testbed::{PRODUCT, Testbed};

/// A page by its path below the root, with its query: status and HTML.
fn get(bed: &Testbed, target: &str) -> (u16, String) {
    get_with(bed, &RequestLog::default(), target)
}

fn get_with(bed: &Testbed, log: &RequestLog, target: &str) -> (u16, String) {
    let uri: Uri = format!("{ROOT}{target}").parse().unwrap();
    let path = uri.path().trim_start_matches(ROOT);
    let (folder, id) = path.split_once('/').unwrap_or((path, ""));
    let wanted = if id.is_empty() { folder.to_owned() } else { format!("{folder}/{{id}}") };
    let (_, view) = PAGES.iter().find(|(path, _)| *path == wanted).unwrap();
    let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(&uri).unwrap();
    let asked = Asked { service: &bed.service, log, id, query: &query };
    html(&asked, *view, path, "http://127.0.0.1:1", "0123")
}

/// A page that is there.
#[track_caller]
fn page(bed: &Testbed, target: &str) -> String {
    let (status, html) = get(bed, target);
    assert_eq!(status, 200, "{target}: {html}");
    html
}

/// Where the links of a page lead, below the root.
fn links(html: &str) -> BTreeSet<String> {
    let after = html.split("href=\"/_sandbox/").skip(1);
    after.map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&")).collect()
}

const SECRET: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODk=";
const KEY: &str = "000102030405060708090a0b0c0d0e0f";

/// Everything that there can be, each called `name`, whose device has come online.
pub(super) fn filled(name: &str) -> Testbed {
    let bed = Testbed::new().with_recipient();
    let path = [("12nc", PRODUCT)];
    let group = bed.call("4.1.1", &path, "", json!({"deviceGroupName": name})).unwrap();
    let group = group["id"].to_string();
    let path = [("12nc", PRODUCT), ("deviceGroupId", &*group)];
    let code = json!({"name": name, "policy": "RESTRICTED", "behavior": "DENY", "deviceLimit": 1,
        "reusable": true, "secret": SECRET});
    bed.call("4.4.1", &path, "", code).unwrap();
    let key = bed.object("KEYPAIR", "83000000", json!({"algorithm": "NIST_P256", "name": name}));
    let key = key.unwrap();
    let (message, signer) = bed.sealed(PayloadKind::Aes, KEY);
    let sealed = json!({"name": name, "keySize": "AES128", "encryptedKey": message,
        "customerPgpPublicKey": signer});
    let sealed = bed.object("MASTER_KEY", "83000001", sealed);
    let own = json!({"algorithm": "NIST_P256", "name": name, "requestType": "WITHOUT_CSR"});
    let ca = bed.call("4.2.1", &[], "", own).unwrap()["id"].clone();
    let other = json!({"algorithm": "NIST_P256", "name": name, "requestType": "WITH_CSR",
        "commonName": "Example Factory CA"});
    bed.call("4.2.1", &[], "", other).unwrap();
    let order = json!({"name": name, "keyPairId": key.parse::<u64>().unwrap(), "intermediateCaId": ca,
        "commonNamePrefix": "line-7",
        "certificateValidity": {"validityType": "MONTH", "spanInMonths": 1}});
    let certificate = bed.object("CERTIFICATE", "83000002", order).unwrap();
    for object in [Ok(key), sealed, Ok(certificate)] {
        bed.assign(&object.unwrap(), &group).unwrap();
    }
    bed.connect("5", json!({"claimCode": SECRET})).unwrap();
    bed.add(&group, &["0x04005001d706ca37a1e4ed047e6dda0f6880"]).unwrap();
    bed
}

/// Every page that a reader comes to by links, by its path.
fn crawled(bed: &Testbed) -> Vec<(String, String)> {
    let (mut seen, mut left) = (BTreeSet::new(), vec![String::new()]);
    let mut pages = Vec::new();
    while let Some(target) = left.pop() {
        let served_elsewhere = ["recipient.asc", "root.pem"].contains(&&*target);
        if served_elsewhere || !seen.insert(target.clone()) {
            continue;
        }
        let html = page(bed, &target);
        left.extend(links(&html));
        pages.push((target, html));
    }
    pages
}

#[test]
fn every_link_leads_somewhere_names_are_text_and_secrets_are_never_there() {
    let hostile = "<script>alert('x')</script>\u{202e}";
    let bed = filled(hostile);
    let pages = crawled(&bed);
    for (target, html) in &pages {
        assert!(!html.contains("<script") && !html.contains('\u{202e}'), "{target}: {html}");
        for secret in [SECRET, KEY, "PRIVATE KEY", "PGP MESSAGE"] {
            assert!(!html.contains(secret), "{secret} in {target}");
        }
    }
    let paths: Vec<&str> = pages.iter().map(|(target, _)| target.as_str()).collect();
    for path in ["groups/1", "devices/5", "objects/3", "provisionings/6", "cas/1", "claim-codes/1"]
    {
        assert!(paths.contains(&path), "{path} in {paths:?}");
    }
    let overview = &pages[0].1;
    assert!(
        overview.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\\u{202e}"),
        "{overview}"
    );
}

#[test]
fn the_overview_counts_everything_by_state() {
    let html = page(&filled("line-7"), "");
    for total in [
        "<b>1</b> Device groups",
        "<b>2</b> Devices",
        "<b>3</b> Secure objects",
        "<b>6</b> Provisionings",
        "<b>2</b> Intermediate CAs",
        "<b>1</b> Claim codes",
    ] {
        assert!(html.contains(total), "{total}: {html}");
    }
    for state in [
        "badge good\">3 provisioning completed<",
        "badge wait\">3 generation completed<",
        "badge good\">1 have connected<",
        "badge wait\">1 waiting for a certificate<",
        "badge wait\">1 at their limit<",
        "badge good\">1 signed<",
    ] {
        assert!(html.contains(state), "{state}: {html}");
    }
}

#[test]
fn an_empty_sandbox_says_how_to_begin() {
    let html = page(&Testbed::new(), "");
    assert!(html.contains("Nothing is here yet.") && !html.contains("<table"), "{html}");
    for (target, command) in [
        ("groups", "el2g device-group create"),
        ("devices", "el2g device add"),
        ("objects", "el2g secure-object create"),
        ("cas", "el2g intermediate-ca enroll"),
        ("claim-codes", "el2g claim-code create"),
        ("provisionings", "they come when a group has both"),
        ("requests", "No request has come yet."),
    ] {
        assert!(page(&Testbed::new(), target).contains(command), "{target}");
    }
}

#[test]
fn things_lead_to_what_they_belong_to() {
    let bed = filled("n");
    for (target, to) in [
        ("groups/1", &["devices/5", "objects/1", "claim-codes/1", "provisionings/1"][..]),
        ("devices/5", &["groups/1", "objects/2", "provisionings/1", "claim-codes/1"]),
        ("objects/3", &["groups/1", "objects/1", "cas/1", "devices/5", "provisionings/3"]),
        ("provisionings/3", &["devices/5", "objects/3", "groups/1", "cas/1"]),
        ("cas/1", &["objects/3"]),
        ("claim-codes/1", &["groups/1", "devices/5"]),
    ] {
        let found = links(&page(&bed, target));
        for link in to {
            assert!(found.contains(*link), "{target} to {link}: {found:?}");
        }
    }
    let certificate = page(&bed, "provisionings/3");
    assert!(certificate.contains("CN=line-7-0000000000000005-0001"), "{certificate}");
    assert!(page(&bed, "cas/1").contains("CN=el2g sandbox root (not NXP)"));
}

#[test]
fn search_finds_names_ids_device_ids_object_ids_and_common_names() {
    let bed = filled("Pilot Line");
    let uid = "348555491520256655378778189093672538040448";
    let found = |text: &str| {
        let html = page(&bed, &format!("search?q={text}"));
        let bodies =
            html.split("<tbody").skip(1).map(|rest| rest.split("</tbody>").next().unwrap());
        links(&bodies.collect::<String>())
            .into_iter()
            .filter(|link| !link.contains('?'))
            .collect::<Vec<_>>()
    };
    let all =
        ["cas/1", "cas/2", "claim-codes/1", "groups/1", "objects/1", "objects/2", "objects/3"];
    assert_eq!(found("pilot+line"), all);
    assert_eq!(found("PILOT%20L"), all);
    let device = |uid: &str| vec![format!("devices/{uid}"), "groups/1".to_owned()];
    for text in [
        uid,
        "0x04005001d706ca37a1e4ed047e6dda0f6880",
        "04005001d706ca37a1e4ed047e6dda0f6880",
        "04005001D706CA37A1E4ED047E6DDA0F6880",
        &uid[..12],
        &format!("++{uid}+"),
    ] {
        assert_eq!(found(text), device(uid), "{text}");
    }
    assert_eq!(found("line-7-0000000000000005-0001"), device("5"));
    for text in ["83000001", "0x83000001"] {
        assert_eq!(found(text), ["objects/2"], "{text}");
    }
    assert_eq!(found("example+factory"), ["cas/2"]);
    assert_eq!(found("line-7"), ["objects/3"]);
    assert_eq!(found("3"), [format!("devices/{uid}"), "groups/1".into(), "objects/3".into()]);
    for nothing in ["nowhere", SECRET, KEY, "%25", "_", "'", "\u{0}", "line-7-zz-1"] {
        let text = encoded(nothing);
        assert_eq!(found(&text), Vec::<String>::new(), "{nothing}");
    }
    assert!(page(&bed, "search?q=%3Cb%3E").contains("Nothing has the name or id"));
    assert!(page(&bed, "search").contains("Nothing was searched for."));
    assert!(page(&bed, "search?q=%3Cb%3E").contains("value=\"&lt;b&gt;\""));
}

#[test]
fn many_rows_have_pages() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    let ids: Vec<String> = (1..=120).map(|id| id.to_string()).collect();
    bed.add(&group, &ids.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    for number in 0..8 {
        let more = json!({"algorithm": "NIST_P256", "name": "&".repeat(255)});
        let object = bed.object("KEYPAIR", &format!("8300{number:04}"), more).unwrap();
        bed.assign(&object, &group).unwrap();
    }
    for (target, rows, said) in [
        ("devices", 50, "Devices 1–50 of 120, page 1 of 3"),
        ("devices?page=3", 20, "Devices 101–120 of 120, page 3 of 3"),
        ("devices?page=4000000000", 20, "page 3 of 3"),
        ("devices?page=x", 50, "page 1 of 3"),
        ("devices?page=0", 50, "page 1 of 3"),
        ("groups/1?page=2", 58, "Devices 51–100 of 120, page 2 of 3"),
        ("objects/1?page=3", 21, "Provisionings 101–120 of 120, page 3 of 3"),
        ("provisionings?state=GENERATION_COMPLETED&page=20", 10, "page 20 of 20"),
        // 1, ten of two digits and 21 of three, a group and an object.
        ("search?q=1", 34, "Devices"),
    ] {
        let html = page(&bed, target);
        assert!(html.contains(said), "{target}: {html}");
        assert_eq!(
            html.matches("<tr role=\"row\"><th role=\"rowheader\"").count(),
            rows,
            "{target}"
        );
    }
    let matrix = page(&bed, "groups/1");
    // Six across, and a link of its name with each.
    assert_eq!(matrix.matches(">generation completed</a>").count(), 50 * 6);
    assert!(matrix.contains("2 more secure objects: the page of a device has them all."));
    assert_eq!(matrix.matches(&"&amp;".repeat(81)).count(), 0);
    assert_eq!(page(&bed, "objects/1").matches(&"&amp;".repeat(255)).count(), 2);
    assert!(matrix.len() < 120_000, "{} bytes", matrix.len());
}

#[test]
fn provisionings_are_listed_by_state_group_and_object() {
    let bed = filled("n");
    let rows = |target: &str| page(&bed, target).matches("<th role=\"rowheader\"").count();
    assert_eq!(rows("provisionings"), 6);
    assert_eq!(rows("provisionings?state=PROVISIONING_COMPLETED"), 3);
    assert_eq!(rows("provisionings?state=GENERATION_FAILED"), 0);
    assert_eq!(rows("provisionings?group=1&object=3&state=PROVISIONING_COMPLETED"), 1);
    assert_eq!(rows("objects?group=1"), 3);
    assert_eq!(rows("claim-codes?group=1"), 1);
}

#[test]
fn what_is_not_there_is_said_in_a_page() {
    let bed = filled("n");
    for target in [
        "groups/7",
        "groups/x",
        "groups/-1",
        "groups/99999999999999999999",
        "devices/9",
        "devices/x",
        "objects/9",
        "cas/9",
        "claim-codes/9",
        "provisionings/99",
        "provisionings?group=9",
        "provisionings?object=9",
        "provisionings?state=GONE",
        "objects?group=x",
        "claim-codes?group=9",
    ] {
        let (status, html) = get(&bed, target);
        assert_eq!(status, 404, "{target}");
        assert!(html.contains("<h1>Not found</h1>") && html.contains("no "), "{target}: {html}");
    }
    // A device is found by either spelling of its id.
    assert!(page(&bed, "devices/0x05").contains("<h1>5</h1>"));
}

#[test]
fn requests_are_shown_as_text() {
    let log = RequestLog::default();
    for (path, status) in [("/<script>\u{202e}", 404), ("/x", 200), ("/y", 0)] {
        let (method, path) = ("GET".to_owned(), path.to_owned());
        log.add(Answered { at: 0, method, path, status, millis: 1, fault: Some("drop before") });
    }
    for target in ["", "requests"] {
        let (_, html) = get_with(&Testbed::new(), &log, target);
        assert!(!html.contains("<script") && !html.contains('\u{202e}'), "{html}");
        for said in ["badge bad\">404<", "badge good\">200<", "badge bad\">dropped<", "drop before"]
        {
            assert!(html.contains(said), "{said}: {html}");
        }
    }
}
