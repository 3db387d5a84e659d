//! Which devices of a request a refusal is about, and why.

use std::collections::HashMap;

use el2g_service_api::{DeviceId, DeviceUid, Json, UidRadix};
use el2g_service_client::{Answered, ClientError};
use serde::Serialize;
use serde_json::Value;

/// A device that the service refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RefusedDevice {
    /// The device.
    pub device_id: DeviceId,
    /// Why, in the service's words.
    pub reason: String,
    /// The service's error code.
    pub code: Option<String>,
}

/// The devices that a refusal names: in its details (`ERR_SEDM_422_11` lists them in hexadecimal), or by their places
/// in the request (`deviceIds[3]`). Names of devices that were not sent do not count.
pub(crate) struct RefusedReasons(HashMap<DeviceId, String>);

impl RefusedReasons {
    /// Reads a refusal of a request with these devices.
    pub(crate) fn of(error: &ClientError, sent: &[DeviceId]) -> Self {
        let mut reasons = HashMap::new();
        if let ClientError::Answered(answered) = error {
            let details = answered.body.details.value().and_then(listing);
            for (device, reason) in details.iter().flat_map(listed) {
                if let Some(device) = among(sent, device) {
                    reasons.insert(device.clone(), reason);
                }
            }
            for (place, reason) in places(answered) {
                if let Some(device) = sent.get(place) {
                    reasons.entry(device.clone()).or_insert(reason);
                }
            }
        }
        Self(reasons)
    }

    /// Whether it names none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it names this device.
    pub(crate) fn names(&self, device: &DeviceId) -> bool {
        self.0.contains_key(device)
    }

    /// The device with its own reason, else with that of the whole refusal.
    pub(crate) fn refused(&self, device_id: DeviceId, error: &ClientError) -> RefusedDevice {
        let own = self.0.get(&device_id).cloned();
        let reason = own.unwrap_or_else(|| match error {
            ClientError::Answered(answered) => whole_reason(answered),
            other => other.to_string(),
        });
        RefusedDevice { device_id, reason, code: error.code().map(str::to_owned) }
    }
}

/// Details that list devices: JSON, as a text or as it is.
fn listing(details: &Json) -> Option<Value> {
    serde_json::from_str(&details.text()).ok()
}

/// What the details list: the service's way to write a device, and why it is there.
fn listed(details: &Value) -> Vec<(String, String)> {
    let items = |name: &str| details.get(name).and_then(Value::as_array).into_iter().flatten();
    let id = |item: &Value| match item.get("deviceId").unwrap_or(item) {
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    let elsewhere = items("devicesInDifferentGroup").filter_map(|item| {
        let group = match item.get("deviceGroupId") {
            Some(Value::String(text)) => format!(", {text}"),
            Some(Value::Number(number)) => format!(", {number}"),
            _ => String::new(),
        };
        Some((id(item)?, format!("it is in another device group{group}")))
    });
    let unknown = items("notFoundDevices")
        .filter_map(|item| Some((id(item)?, "the service knows no such device".to_owned())));
    elsewhere.chain(unknown).collect()
}

/// The places that field errors name, counted from 0.
fn places(answered: &Answered) -> impl Iterator<Item = (usize, String)> {
    answered.body.field_errors.value().into_iter().flatten().filter_map(|error| {
        let place = error.field.value()?.strip_prefix("deviceIds[")?.strip_suffix(']')?;
        let reason = error.description.value().map_or("refused", String::as_str);
        Some((place.parse().ok()?, reason.to_owned()))
    })
}

/// The device that is meant: error details have hexadecimal where answers have decimal.
fn among(sent: &[DeviceId], written: String) -> Option<&DeviceId> {
    let read = [UidRadix::Hexadecimal, UidRadix::Decimal]
        .map(|radix| DeviceUid::parse_as(&written, radix).ok().map(DeviceUid::to_device_id));
    let is = |device: &DeviceId| sent.iter().find(|sent| *sent == device);
    read.into_iter().flatten().find_map(|device| is(&device))
}

/// What a refusal says as a whole.
fn whole_reason(answered: &Answered) -> String {
    let details = answered.body.details.value().map(|details| details.text().into_owned());
    details
        .or(answered.meaning().map(str::to_owned))
        .unwrap_or_else(|| ClientError::Answered(Box::new(answered.clone())).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ONE: &str = "348555491520256655378778189093672538040448";
    const ONE_HEX: &str = "04005001d706ca37a1e4ed047e6dda0f6880";
    const TWO: &str = "348555491056936142262187597632590342062080";

    fn refusal(body: Value) -> ClientError {
        ClientError::Answered(Box::new(Answered {
            operation: "device add".to_owned(),
            status: 422,
            body: serde_json::from_value(body).unwrap(),
            excerpt: None,
            location: None,
            correlation_id: "c0ffee".to_owned(),
            retry_after: None,
            attempts: 1,
        }))
    }

    /// The devices that a refusal names, with their reasons.
    fn named(body: Value) -> Vec<(String, String)> {
        let sent = [ONE, TWO].map(DeviceId::as_received);
        let reasons = RefusedReasons::of(&refusal(body), &sent);
        let mut named: Vec<_> =
            reasons.0.into_iter().map(|(device, reason)| (device.to_string(), reason)).collect();
        named.sort();
        named
    }

    fn pair(device: &str, reason: &str) -> (String, String) {
        (device.to_owned(), reason.to_owned())
    }

    #[test]
    fn details_that_list_devices_name_each_with_its_reason() {
        for hex in [ONE_HEX.to_owned(), format!("0x{}", ONE_HEX.to_uppercase()), ONE.to_owned()] {
            let details = json!({
                "devicesInDifferentGroup": [{"deviceId": hex, "deviceGroupId": 7}],
                "notFoundDevices": [DeviceUid::parse(TWO).unwrap().hex()],
            });
            let both = [
                pair(TWO, "the service knows no such device"),
                pair(ONE, "it is in another device group, 7"),
            ];
            assert_eq!(named(json!({"details": details.to_string()})), both);
            assert_eq!(named(json!({"details": details})), both);
        }
    }

    #[test]
    fn field_errors_name_devices_by_their_places() {
        let errors = json!([
            {"field": "deviceIds[1]", "description": "no"},
            {"field": "deviceIds[2]", "description": "beyond the request"},
            {"field": "deviceIds", "description": "all"},
        ]);
        assert_eq!(named(json!({"fieldErrors": errors})), [pair(TWO, "no")]);
    }

    #[test]
    fn other_refusals_name_none() {
        let other =
            json!({"devicesInDifferentGroup": [{"deviceId": "04"}], "notFoundDevices": [4]});
        for details in [other, json!("a text"), json!({"deviceId": ONE_HEX}), json!([]), json!(1)] {
            assert_eq!(named(json!({"details": details})), []);
        }
    }

    #[test]
    fn a_device_that_is_not_named_has_the_whole_reason() {
        let error = refusal(json!({"details": "not today", "code": "ERR_SEDM_422_1"}));
        let one = DeviceId::as_received(ONE);
        let refused = RefusedReasons::of(&error, &[]).refused(one.clone(), &error);
        let code = Some("ERR_SEDM_422_1".to_owned());
        assert_eq!(refused, RefusedDevice { device_id: one, reason: "not today".to_owned(), code });
    }
}
