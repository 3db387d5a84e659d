//! Which object ids may be used, as the API says it (4.5.16, 4.5.17, docs/an12642-errata.md row 10).

use std::ops::RangeInclusive;

use el2g_service_api::ObjectId;
pub use el2g_service_api::object_id_ranges::{FORBIDDEN, SUGGESTED};
use serde_json::{Value, json};

use crate::refusal::{FORBIDDEN_OBJECT_ID, Refusal};

/// An object id's number: 1 to 8 hexadecimal digits.
#[must_use]
pub fn parse(text: &str) -> Option<u32> {
    ObjectId::as_received(text).value()
}

/// Refuses an id in a forbidden range.
///
/// # Errors
/// 422 that names the range.
pub fn check(value: u32, text: &str) -> Result<(), Refusal> {
    match FORBIDDEN.iter().find(|range| range.contains(&value)) {
        None => Ok(()),
        Some(range) => Err(Refusal::field(
            &FORBIDDEN_OBJECT_ID,
            "objectId",
            format!(
                "`{text}` is in the forbidden range {:08X} to {:08X} (4.5.17)",
                range.start(),
                range.end()
            ),
        )),
    }
}

/// Ranges as the API prints them.
#[must_use]
pub fn ranges(of: &[RangeInclusive<u32>]) -> Value {
    of.iter()
        .map(|range| {
            json!({"minValue": format!("{:08X}", range.start()), "maxValue": format!("{:08X}", range.end())})
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_printed_and_refused_with_eight_digits() {
        assert_eq!(ranges(&SUGGESTED), json!([{"minValue": "83000000", "maxValue": "8300FFFF"}]));
        let refusal = check(0, "0").unwrap_err();
        assert!(refusal.details.contains("`0` is in the forbidden range 00000000 to 00000000"));
        assert_eq!(check(0x7FFF_0203, "7FFF0203"), Ok(()));
    }
}
