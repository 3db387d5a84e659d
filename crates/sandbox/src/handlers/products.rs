//! Products, hardware types and development boards (4.3.1 to 4.3.3, 4.3.9).

use serde_json::{Value, json};

use crate::call::{Call, Reply, shown};
use crate::device_id;
use crate::handlers::devices;
use crate::products::{self, BOARDS, PRODUCTS, Product};
use crate::refusal::{DEVICE_NOT_FOUND, Refusal};
use crate::service::Service;

/// 4.3.1; by 12NC or device id, none or one.
///
/// # Errors
/// When the state cannot be read.
pub fn list(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let wanted = |name: &str, value: &str| call.query_text(name).is_none_or(|text| text == value);
    let of_device = match call.query_text("deviceId") {
        None => None,
        Some(text) => {
            let device = match device_id::parse(text) {
                Ok(uid) => service.store.read(|db| devices::by_uid(db, &uid))?,
                Err(_) => None,
            };
            Some(device.filter(|device| device.group_id.is_some()))
        }
    };
    let found: Vec<Value> = PRODUCTS
        .iter()
        .filter(|p| {
            wanted("hardwareType", p.hardware_type)
                && wanted("hardwareVariant", p.hardware_variant)
                && wanted("nc12", p.nc12)
                && of_device
                    .as_ref()
                    .is_none_or(|device| device.as_ref().is_some_and(|d| d.nc12 == p.nc12))
        })
        .map(|p| {
            let mut details = p.details();
            details["profiles"] = Value::Null;
            details["customers"] = Value::Null;
            details
        })
        .collect();
    Ok(Reply::Json(Value::Array(found)))
}

/// 4.3.2
///
/// # Errors
/// None.
pub fn hardware_types(_: &Service, _: &Call) -> Result<Reply, Refusal> {
    let types = distinct(PRODUCTS.iter().map(|p| p.hardware_type))
        .into_iter()
        .map(|hardware_type| {
            let of_type = || PRODUCTS.iter().filter(move |p| p.hardware_type == hardware_type);
            let variants: Vec<Value> = distinct(of_type().map(|p| p.hardware_variant))
                .into_iter()
                .map(|variant| {
                    let details: Vec<Value> = of_type()
                        .filter(|p| p.hardware_variant == variant)
                        .map(Product::details)
                        .collect();
                    json!({"name": variant, "products": details})
                })
                .collect();
            json!({"name": hardware_type, "hardwareVariants": variants})
        })
        .collect();
    Ok(Reply::Json(Value::Array(types)))
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

/// 4.3.3
///
/// # Errors
/// None.
pub fn boards(_: &Service, _: &Call) -> Result<Reply, Refusal> {
    let boards = BOARDS
        .iter()
        .map(|(name, color, nc12)| {
            json!({"name": name, "color": color, "product": products::find(nc12).map(Product::details)})
        })
        .collect();
    Ok(Reply::Json(Value::Array(boards)))
}

/// 4.3.9
///
/// # Errors
/// 404 without such a device.
pub fn of_device(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let text = call.path_text("deviceId");
    let absent = || Refusal::new(&DEVICE_NOT_FOUND, format!("no device `{}`", shown(text)));
    let uid = device_id::parse(text).map_err(|_| absent())?;
    let device = service
        .store
        .read(|db| devices::by_uid(db, &uid))?
        .filter(|device| device.group_id.is_some())
        .ok_or_else(absent)?;
    Ok(Reply::Json(products::find(&device.nc12).map_or(Value::Null, Product::details)))
}
