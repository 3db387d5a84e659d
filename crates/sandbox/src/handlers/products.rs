//! Products, hardware types and development boards (4.3.1 to 4.3.3, 4.3.9).

use el2g_service_api::products::{
    DevBoard, DevicePath, HardwareType, HardwareVariant, Product as ApiProduct, ProductQuery,
};
use el2g_service_api::{NoPath, NoQuery, Nullable, UnknownFields};

use crate::call::{Call, shown};
use crate::handlers::devices;
use crate::products::{self, BOARDS, PRODUCTS, Product};
use crate::refusal::{DEVICE_NOT_FOUND, Refusal};

/// 4.3.1; by 12NC or device id, none or one.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn list(
    call: &Call<'_>,
    _: NoPath,
    query: ProductQuery,
    (): (),
) -> Result<Vec<ApiProduct>, Refusal> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let wanted = |text: &Option<String>, value: Option<&str>| {
        given(text).is_none_or(|text| Some(text.as_str()) == value)
    };
    let of_device = given(&query.device_id)
        .map(|id| call.store.read(|db| devices::named(db, &id)))
        .transpose()?
        .map(|device| device.map(|device| device.nc12).unwrap_or_default());
    let is_wanted = |product: &&Product| {
        wanted(&query.hardware_type, product.hardware_type)
            && wanted(&query.hardware_variant, product.hardware_variant)
            && wanted(&query.nc12, Some(product.nc12))
            && of_device.as_ref().is_none_or(|nc12| nc12 == product.nc12)
    };
    let printed = |product: &Product| ApiProduct {
        profiles: Nullable::Null,
        customers: Nullable::Null,
        ..product.details()
    };
    Ok(PRODUCTS.iter().filter(is_wanted).map(printed).collect())
}

/// 4.3.2: a product whose type or variant is not known is in none.
///
/// # Errors
/// None.
pub(crate) fn hardware_types(
    _: &Call<'_>,
    _: NoPath,
    _: NoQuery,
    (): (),
) -> Result<Vec<HardwareType>, Refusal> {
    let variant = |hardware_type: &str, name: &str| {
        let products = PRODUCTS
            .iter()
            .filter(|p| p.hardware_type == Some(hardware_type) && p.hardware_variant == Some(name))
            .map(Product::details)
            .collect();
        HardwareVariant::new(name.to_owned(), products)
    };
    let with_variants = |hardware_type: &str| {
        let of_type = PRODUCTS.iter().filter(|p| p.hardware_type == Some(hardware_type));
        let variants = distinct(of_type.filter_map(|p| p.hardware_variant));
        let variants = variants.into_iter().map(|name| variant(hardware_type, name)).collect();
        HardwareType::new(hardware_type.to_owned(), variants)
    };
    let types = distinct(PRODUCTS.iter().filter_map(|p| p.hardware_type));
    Ok(types.into_iter().map(with_variants).collect())
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
pub(crate) fn boards(
    _: &Call<'_>,
    _: NoPath,
    _: NoQuery,
    (): (),
) -> Result<Vec<DevBoard>, Refusal> {
    let printed = |(name, color, nc12): &(&str, &str, &str)| DevBoard {
        name: (*name).to_owned(),
        color: (*color).to_owned().into(),
        product: products::details(nc12),
        unknown: UnknownFields::default(),
    };
    Ok(BOARDS.iter().map(printed).collect())
}

/// 4.3.9
///
/// # Errors
/// 404 without such a device.
pub(crate) fn of_device(
    call: &Call<'_>,
    path: DevicePath,
    _: NoQuery,
    (): (),
) -> Result<ApiProduct, Refusal> {
    let id = path.device_id.as_str();
    let device = call.store.read(|db| devices::named(db, id))?;
    let product = device.and_then(|device| products::find(&device.nc12));
    product
        .map(Product::details)
        .ok_or_else(|| Refusal::new(&DEVICE_NOT_FOUND, format!("no device `{}`", shown(id))))
}
