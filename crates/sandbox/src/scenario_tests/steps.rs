//! What SQLite does for each operation: only lists of the whole account walk over what is in the store.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use el2g_service_api::CATALOGUE;
use serde_json::{Value, json};

use crate::testbed::{PRODUCT, Testbed};

/// Operations over the whole account, which walk over all of it: their pages are plain SQL, or they answer
/// everything at once. Every other operation is about one thing or one group, and finds it by a key.
const WALKS: [(&str, &str); 6] = [
    ("4.3.4", "a page of the groups of a product"),
    ("4.3.6", "a page of all devices"),
    ("4.5.1", "every group that fits"),
    ("4.5.5", "a page of all secure objects"),
    ("4.5.7", "every object that fits"),
    ("4.6.3", "a page of all intermediate CAs"),
];

/// A call of an operation: its section, what is in the path, the query, the body.
type Step = (&'static str, Vec<(&'static str, String)>, &'static str, Value);

fn secret(number: usize) -> String {
    base64::engine::general_purpose::STANDARD.encode(format!("a secret of 16 bytes and {number}"))
}

fn code(number: usize) -> Value {
    json!({"name": "c", "policy": "RESTRICTED", "behavior": "DENY", "deviceLimit": 5, "reusable": true,
        "secret": secret(number)})
}

/// Groups, devices, objects, codes and CAs that nobody asks for.
fn fill(bed: &Testbed, amount: usize) {
    for number in 0..amount {
        let group = bed.group(PRODUCT);
        let ids = [1, 2, 3].map(|n| (1000 + 10 * number + n).to_string());
        bed.add(&group, &ids.each_ref().map(String::as_str)).unwrap();
        let key_pair =
            bed.object("KEYPAIR", "83000001", json!({"algorithm": "NIST_P256"})).unwrap();
        bed.assign(&key_pair, &group).unwrap();
        let path = [("12nc", PRODUCT), ("deviceGroupId", group.as_str())];
        bed.call("4.4.1", &path, "", code(1000 + number)).unwrap();
        let body = json!({"algorithm": "NIST_P256", "name": "ca", "requestType": "WITHOUT_CSR"});
        let ca = bed.call("4.2.1", &[], "", body).unwrap()["id"].clone();
        let order = json!({"keyPairId": key_pair.parse::<i64>().unwrap(), "intermediateCaId": ca,
            "commonNamePrefix": "p", "certificateValidity": {"validityType": "MONTH", "spanInMonths": 1}});
        let certificate = bed.object("CERTIFICATE", "83000002", order).unwrap();
        bed.assign(&certificate, &group).unwrap();
        // It makes a key and a certificate of the device, and a use of a code.
        bed.connect(&ids[0], Value::Null).unwrap();
    }
}

/// Every operation once, on things of its own.
fn steps(bed: &Testbed) -> Vec<Step> {
    let (group, other) = (bed.group(PRODUCT), bed.group(PRODUCT));
    let made = |section: &str, path: &[(&str, &str)], body: Value| {
        bed.call(section, path, "", body).unwrap()["id"].to_string()
    };
    let here = [("12nc", PRODUCT), ("deviceGroupId", group.as_str())];
    bed.add(&group, &["5", "6"]).unwrap();
    let key_pair = bed.object("KEYPAIR", "83000001", json!({"algorithm": "NIST_P256"})).unwrap();
    bed.assign(&key_pair, &group).unwrap();
    let body = json!({"algorithm": "NIST_P256", "name": "ca", "requestType": "WITH_CSR", "commonName": "c"});
    let foreign = made("4.2.1", &[], body.clone());
    let own = json!({"algorithm": "NIST_P256", "name": "ca", "requestType": "WITHOUT_CSR"});
    let ca = made("4.2.1", &[], own);
    let order = json!({"keyPairId": key_pair.parse::<i64>().unwrap(), "intermediateCaId": ca.parse::<i64>().unwrap(),
        "commonNamePrefix": "p", "certificateValidity": {"validityType": "MONTH", "spanInMonths": 1}});
    let certificate = bed.object("CERTIFICATE", "83000002", order).unwrap();
    bed.assign(&certificate, &group).unwrap();
    let claim_code = made("4.4.1", &here, code(1));
    let batch = json!({"namePrefix": "b", "numberOfClaimCodes": 100, "policy": "UNRESTRICTED",
        "behavior": "ALLOW", "deviceLimit": 0, "reusable": true});
    let batch_id = bed.call("4.4.2", &here, "", batch.clone()).unwrap()["batchId"].to_string();
    let jobs = bed.call("4.5.9", &[("secureObjectId", &certificate)], "", Value::Null).unwrap();
    let job = jobs["content"][0]["provisioningId"].to_string();

    let product = vec![("12nc", PRODUCT.to_owned())];
    let in_group = |more: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        let all = here.iter().chain(more);
        all.map(|(name, value)| (*name, (*value).to_owned())).collect()
    };
    let by = |name: &'static str, id: &str| vec![(name, id.to_owned())];
    let object = || by("secureObjectId", &certificate);
    let of_code = || in_group(&[("claimCodeId", &claim_code)]);
    let name = json!({"deviceGroupName": "n"});
    let number = |id: &str| id.parse::<i64>().unwrap();
    let mut terms = code(1);
    terms.as_object_mut().unwrap().remove("secret");
    let month = json!({"month": 11, "year": 2026});
    let none = Value::Null;
    vec![
        ("4.1.1", product.clone(), "", name.clone()),
        ("4.1.2", in_group(&[]), "", json!({"deviceIds": ["7"]})),
        (
            "4.1.3",
            vec![],
            "",
            json!({"name": "k", "secureObjectType": "KEYPAIR", "algorithm": "NIST_P256",
            "objectId": "83000003"}),
        ),
        ("4.1.4", by("secureObjectId", &key_pair), "", json!({"deviceGroupId": other})),
        ("4.2.1", vec![], "", body),
        ("4.2.2", by("intermediateCaId", &foreign), "", none.clone()),
        (
            "4.2.3",
            by("intermediateCaId", &foreign),
            "",
            json!({"signedCertificate": "x", "rootCa": "y"}),
        ),
        ("4.3.1", vec![], "deviceId=5", none.clone()),
        ("4.3.2", vec![], "", none.clone()),
        ("4.3.3", vec![], "", none.clone()),
        ("4.3.4", product, "page=1&size=2", none.clone()),
        ("4.3.5", in_group(&[]), "", none.clone()),
        ("4.3.6", vec![], "page=1&size=2", none.clone()),
        ("4.3.7", in_group(&[("deviceId", "5")]), "", none.clone()),
        ("4.3.8", in_group(&[]), "", none.clone()),
        ("4.3.9", by("deviceId", "5"), "", none.clone()),
        ("4.3.10", in_group(&[]), "", json!({"deviceIds": ["7"]})),
        ("4.3.12", in_group(&[]), "", none.clone()),
        ("4.3.13", in_group(&[]), "", name),
        ("4.4.1", in_group(&[]), "", code(2)),
        ("4.4.2", in_group(&[]), "", batch),
        ("4.4.3", in_group(&[("batchId", &batch_id)]), "", none.clone()),
        ("4.4.4", in_group(&[]), "size=2", none.clone()),
        ("4.4.5", of_code(), "", none.clone()),
        ("4.4.6", of_code(), "", terms),
        ("4.4.8", of_code(), "", none.clone()),
        ("4.4.12", in_group(&[]), "", none.clone()),
        ("4.4.7", of_code(), "", none.clone()),
        ("4.4.11", vec![], "", json!({"revoked": true, "maxUsageAchieved": true})),
        (
            "4.4.11",
            vec![],
            "",
            json!({"maxUsageAchieved": true, "createdBefore": "2001-01-01T00:00:00Z"}),
        ),
        ("4.4.11", vec![], "", json!({"createdBefore": "2001-01-01T00:00:00Z"})),
        ("4.4.9", of_code(), "", none.clone()),
        ("4.4.11", vec![], "", json!({"revoked": true})),
        ("4.4.10", vec![], "", json!({"claimCodeIds": [999_999]})),
        ("4.5.1", object(), "", none.clone()),
        ("4.5.4", object(), "", none.clone()),
        ("4.5.5", vec![], "page=1&size=2", none.clone()),
        ("4.5.6", by("deviceGroupId", &group), "", none.clone()),
        ("4.5.7", by("deviceGroupId", &group), "", none.clone()),
        ("4.5.8", object(), "", none.clone()),
        ("4.5.9", object(), "", none.clone()),
        ("4.5.9", object(), "deviceId=5", none.clone()),
        ("4.5.10", by("deviceId", "5"), "", none.clone()),
        ("4.5.11", by("provisioningId", &job), "", none.clone()),
        ("4.5.12", by("provisioningId", &job), "", none.clone()),
        ("4.5.14", object(), "", json!({"name": "n"})),
        ("4.5.15", object(), "", none.clone()),
        (
            "4.5.16",
            vec![("nc12", PRODUCT.into()), ("secureObjectType", "HMAC_KEY".into())],
            "policyType=ACCESS_RULE",
            none.clone(),
        ),
        ("4.5.17", vec![], "", none.clone()),
        ("4.6.2", by("intermediateCaId", &ca), "", none.clone()),
        ("4.6.3", vec![], "page=1&size=2", none.clone()),
        ("4.6.4", by("intermediateCaId", &ca), "", none.clone()),
        ("4.6.5", by("intermediateCaId", &ca), "", json!({"verificationCode": "v"})),
        ("4.6.6", by("intermediateCaId", &ca), "", none.clone()),
        ("4.6.8", vec![], "", none.clone()),
        ("4.7.1", vec![], "", json!({"startMonthYear": month, "endMonthYear": month})),
        ("4.5.2", by("secureObjectId", &key_pair), "", json!([number(&other)])),
        (
            "4.5.3",
            by("deviceGroupId", &group),
            "",
            json!([number(&key_pair), number(&certificate)]),
        ),
        ("4.5.13", object(), "", none.clone()),
        ("4.5.13", by("secureObjectId", &key_pair), "", none.clone()),
        ("4.6.7", by("intermediateCaId", &ca), "", none.clone()),
        ("4.3.11", in_group(&[]), "", none.clone()),
        ("4.3.12", vec![("12nc", PRODUCT.into()), ("deviceGroupId", other.clone())], "", none),
    ]
}

/// The sums since a statement was prepared, by its SQL.
type Sums = HashMap<String, (i32, i32)>;

/// What SQLite did for one call: steps of its machine, and the statements that scanned with their rows.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Work {
    steps: i32,
    scans: BTreeMap<String, i32>,
}

/// The work of every step among so much else; the key is the step's place and section.
fn works(among: usize) -> BTreeMap<(usize, &'static str), Work> {
    let bed = Testbed::new();
    fill(&bed, among);
    let steps = steps(&bed);
    let work = Arc::new(Mutex::new(Work::default()));
    let watched = Arc::clone(&work);
    let mut sums = Sums::new();
    bed.service.store.watch(move |sql, scanned, stepped| {
        let (before, now) = (sums.insert(sql.to_owned(), (scanned, stepped)), (scanned, stepped));
        // A statement that was prepared again begins at 0.
        let (scans, steps) = before.filter(|b| b.0 <= now.0 && b.1 <= now.1).unwrap_or_default();
        let mut work = watched.lock().unwrap();
        work.steps += now.1 - steps;
        if now.0 > scans {
            *work.scans.entry(sql.to_owned()).or_default() += now.0 - scans;
        }
    });
    let mut works = BTreeMap::new();
    for (place, (section, path, query, body)) in steps.into_iter().enumerate() {
        *work.lock().unwrap() = Work::default();
        let path: Vec<(&str, &str)> = path.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let outcome = bed.call(section, &path, query, body);
        if let Err(refusal) = &outcome {
            let meant = [("4.2.3", 422), ("4.3.12", 409)];
            assert!(meant.contains(&(section, refusal.problem.status)), "{section}: {refusal:?}");
        }
        works.insert((place, section), work.lock().unwrap().clone());
    }
    works
}

#[test]
fn only_lists_of_the_whole_account_pay_for_what_they_are_not_about() {
    let (few, many) = (works(4), works(40));
    for endpoint in CATALOGUE {
        assert!(
            few.keys().any(|(_, section)| *section == endpoint.section),
            "{}",
            endpoint.section
        );
    }
    let mut wrong = Vec::new();
    for ((place, section), large) in &many {
        let small = &few[&(*place, *section)];
        if WALKS.iter().any(|(walks, _)| walks == section) {
            assert!(
                large.steps > small.steps,
                "{section} walks: growth is seen where there is some"
            );
            continue;
        }
        let most = small.steps * 11 / 10;
        if !large.scans.is_empty() {
            wrong.push(format!("{section} scans: {:?}", large.scans));
        }
        if large.steps > most {
            wrong.push(format!(
                "{section}: {} steps, {} among ten times as much",
                small.steps, large.steps
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
