//! Claim codes and the activity report.

use serde_json::{Value, json};

use crate::testbed::{PRODUCT, Testbed};

const SECRET: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODk=";

fn at<'a>(group: &'a str, code: &'a str) -> [(&'static str, &'a str); 3] {
    [("12nc", PRODUCT), ("deviceGroupId", group), ("claimCodeId", code)]
}

fn terms(policy: &str, behavior: &str, limit: i64, reusable: bool) -> Value {
    json!({"name": "MyClaim", "policy": policy, "behavior": behavior, "deviceLimit": limit,
        "reusable": reusable, "secret": SECRET, "status": "ALL", "metadata": null})
}

fn code(bed: &Testbed, group: &str, terms: Value) -> String {
    bed.call("4.4.1", &at(group, "")[..2], "", terms).unwrap()["id"].to_string()
}

/// A device presents the code; the code of a refusal, or `OK`.
fn present(bed: &Testbed, uid: &str) -> String {
    match bed.connect(uid, json!({"claimCode": SECRET})) {
        Ok(_) => "OK".into(),
        Err(refusal) => refusal.problem.code(),
    }
}

#[test]
fn a_claim_code_brings_devices_into_its_group() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    assert_eq!(present(&bed, "5"), "ERR_SEDM_422_4");
    let id = code(&bed, &group, terms("UNRESTRICTED", "ALLOW", 0, true));
    assert_eq!(present(&bed, "5"), "OK");
    let shown = bed.call("4.4.5", &at(&group, &id), "", Value::Null).unwrap();
    assert_eq!((&shown["deviceCount"], &shown["status"]), (&json!(1), &json!("ACTIVE")));
    assert_eq!(shown["metadata"]["createdTs"], json!(1_795_392_000.0));
    let secret = bed.call("4.4.8", &at(&group, &id), "", Value::Null).unwrap();
    assert_eq!(secret, SECRET);
    let list = bed.call("4.4.4", &at(&group, "")[..2], "", Value::Null).unwrap();
    assert!(!list.to_string().contains(SECRET));
    assert_eq!(list.get("next"), None);
}

#[test]
fn limits_and_reuse_are_as_in_section_10() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    let id = code(&bed, &group, terms("RESTRICTED", "DENY", 1, false));
    assert_eq!(present(&bed, "5"), "OK");
    assert_eq!(present(&bed, "6"), "ERR_SEDM_422_4");
    let away = json!({"deviceIds": ["5"]});
    bed.call("4.3.10", &at(&group, "")[..2], "", away).unwrap();
    assert_eq!(present(&bed, "5"), "ERR_SEDM_422_4", "not reusable");
    let mut changed = terms("RESTRICTED", "ALLOW", 1, true);
    changed.as_object_mut().unwrap().remove("secret");
    bed.call("4.4.6", &at(&group, &id), "", changed.clone()).unwrap();
    assert_eq!(present(&bed, "5"), "OK", "reusable now");
    assert_eq!(present(&bed, "6"), "OK", "beyond the limit with ALLOW");
    let reached =
        bed.call("4.4.4", &at(&group, "")[..2], "usageStatus=REACHED", Value::Null).unwrap();
    assert_eq!(reached["totalElements"], 1);
    bed.call("4.4.7", &at(&group, &id), "", Value::Null).unwrap();
    assert_eq!(present(&bed, "7"), "ERR_SEDM_422_4", "revoked");
    assert_eq!(bed.refused("4.4.6", &at(&group, &id), "", changed), "ERR_SEDM_409_3");
}

#[test]
fn secrets_have_16_bytes_to_255_characters() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    let with = |secret: &str| {
        let mut body = terms("UNRESTRICTED", "ALLOW", 0, true);
        body["secret"] = json!(secret);
        bed.call("4.4.1", &at(&group, "")[..2], "", body)
    };
    for bad in ["?not_base_64?", "MDEyMzQ1Njc4OTAxMjM0", &"A".repeat(256)] {
        let refusal = with(bad).unwrap_err();
        assert_eq!(refusal.problem.code(), "ERR_SEDM_422_2", "{bad}");
        assert!(!refusal.details.contains(bad), "the value is not repeated");
    }
    with("MDEyMzQ1Njc4OTAxMjM0NQ==").unwrap();
    assert_eq!(with("MDEyMzQ1Njc4OTAxMjM0NQ==").unwrap_err().problem.code(), "ERR_SEDM_409_2");
}

#[test]
fn batches_statistics_and_deletion_by_criteria() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    let batch = |number: i64| {
        json!({"namePrefix": "Code", "numberOfClaimCodes": number, "policy": "RESTRICTED",
            "behavior": "DENY", "deviceLimit": 2, "reusable": true})
    };
    let path = [("12nc", PRODUCT), ("deviceGroupId", group.as_str())];
    for wrong in [99, 1001] {
        assert_eq!(bed.refused("4.4.2", &path, "", batch(wrong)), "ERR_SEDM_422_2");
    }
    let made = bed.call("4.4.2", &path, "", batch(100)).unwrap();
    let id = made["batchId"].to_string();
    let mut of_batch = path.to_vec();
    of_batch.push(("batchId", &id));
    let progress = bed.call("4.4.3", &of_batch, "", Value::Null).unwrap();
    assert_eq!(progress["progressInPercentage"], 100);
    code(&bed, &group, terms("RESTRICTED", "DENY", 1, true));
    assert_eq!(present(&bed, "5"), "OK");
    let statistics = bed.call("4.4.12", &path, "", Value::Null).unwrap();
    assert_eq!(
        statistics,
        json!({"groupedStatistics": [{"status": "LOW", "amount": 100}, {"status": "HIGH", "amount": 1}],
            "totalAmount": 101})
    );
    let criteria = |body: Value| bed.call("4.4.11", &[], "", body);
    let none = criteria(json!({"revoked": false, "maxUsageAchieved": false})).unwrap_err();
    assert_eq!(none.problem.code(), "ERR_SEDM_422_3");
    let both = json!({"revoked": true, "maxUsageAchieved": true});
    assert_eq!(criteria(both).unwrap(), json!({"deletedCount": 0}), "combined with AND");
    assert_eq!(criteria(json!({"maxUsageAchieved": true})).unwrap(), json!({"deletedCount": 1}));
    bed.clock.advance_millis(1000);
    let before = json!({"createdBefore": "2026-11-23T00:00:00.500Z"});
    assert_eq!(criteria(before).unwrap(), json!({"deletedCount": 100}));
}

#[test]
fn the_activity_report_counts_by_month() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    bed.add(&group, &["5", "6"]).unwrap();
    bed.clock.advance_millis(31 * 86_400_000);
    bed.add(&group, &["7"]).unwrap();
    let months = |from: i64, to: i64| json!({"startMonthYear": {"month": from, "year": 2026}, "endMonthYear": {"month": to, "year": 2026}});
    let csv = bed.call("4.7.1", &[], "", months(10, 12)).unwrap();
    let lines: Vec<&str> = csv.as_str().unwrap().lines().collect();
    assert_eq!(lines[0], "Company Name,Company ID,Event Type,Oct-26,Nov-26,Dec-26");
    assert_eq!(lines[1], "el2g sandbox,1,NEW_DEVICE,0,2,1");
    assert_eq!(bed.refused("4.7.1", &[], "", months(2, 1)), "ERR_AUDIT_422_1");
    assert_eq!(bed.refused("4.7.1", &[], "", months(0, 13)), "ERR_GW_400_1");
}
