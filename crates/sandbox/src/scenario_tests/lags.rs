//! Reads of devices and provisionings that lag behind changes.

use serde_json::{Value, json};

use crate::store::lag::Lag;
use crate::testbed::{PRODUCT, Testbed};

const DEVICE: &str = "77";
const TEN_SECONDS: i64 = 10_000;

/// How many devices the group has, and whether the device is one of them, as reads say.
fn seen(bed: &Testbed, group: &str) -> (Value, bool) {
    let at = [("12nc", PRODUCT), ("deviceGroupId", group)];
    let listed = bed.call("4.3.8", &at, "", Value::Null).unwrap()["totalElements"].clone();
    let device = [&at[..], &[("deviceId", DEVICE)]].concat();
    (listed, bed.call("4.3.7", &device, "", Value::Null).is_ok())
}

#[test]
fn for_a_time_reads_answer_what_was_before_a_change() {
    let mut bed = Testbed::new();
    bed.service.store.lags(Lag::of(TEN_SECONDS));
    let (group, other) = (bed.group(PRODUCT), bed.group(PRODUCT));
    bed.add(&group, &[DEVICE]).unwrap();
    assert_eq!(seen(&bed, &group), (json!(0), false));
    bed.clock.advance_millis(TEN_SECONDS - 1);
    assert_eq!(seen(&bed, &group), (json!(0), false));
    bed.clock.advance_millis(1);
    assert_eq!(seen(&bed, &group), (json!(1), true));
    // Writes see every write: the device can go to another group at once.
    let at = [("12nc", PRODUCT), ("deviceGroupId", group.as_str())];
    bed.call("4.3.10", &at, "", json!({"deviceIds": [DEVICE]})).unwrap();
    assert_eq!(seen(&bed, &group), (json!(1), true));
    bed.clock.advance_millis(TEN_SECONDS / 2);
    bed.add(&other, &[DEVICE]).unwrap();
    assert_eq!((seen(&bed, &group), seen(&bed, &other)), ((json!(1), true), (json!(0), false)));
    bed.clock.advance_millis(TEN_SECONDS / 2);
    // The unclaiming is seen, the adding is not.
    assert_eq!((seen(&bed, &group), seen(&bed, &other)), ((json!(0), false), (json!(0), false)));
    bed.clock.advance_millis(TEN_SECONDS / 2);
    assert_eq!(seen(&bed, &other), (json!(1), true));
}

#[test]
fn what_is_made_meanwhile_is_there_at_once() {
    let mut bed = Testbed::new();
    bed.service.store.lags(Lag::of(TEN_SECONDS));
    let group = bed.group(PRODUCT);
    bed.add(&group, &[DEVICE]).unwrap();
    let later = bed.group(PRODUCT);
    assert_eq!(seen(&bed, &later), (json!(0), false));
    let object = bed.object("KEYPAIR", "83000001", json!({"algorithm": "NIST_P256"})).unwrap();
    let page = bed.call("4.5.9", &[("secureObjectId", &object)], "", Value::Null).unwrap();
    assert_eq!(page["totalElements"], 0);
}

#[test]
fn without_a_lag_nothing_is_kept() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    bed.add(&group, &[DEVICE]).unwrap();
    assert_eq!(seen(&bed, &group), (json!(1), true));
}
