//! The products of the document's examples, by 12NC.

use el2g_service_api::Nullable;
use el2g_service_api::products::{HardwareFamily, Product as ApiProduct};

/// One product.
#[derive(Debug, PartialEq, Eq)]
pub struct Product {
    /// Its 12NC.
    pub nc12: &'static str,
    /// Its commercial name.
    pub commercial_name: &'static str,
    /// `SE050`, `SE051`.
    pub hardware_type: &'static str,
    /// `SE050C2` and the like.
    pub hardware_variant: &'static str,
    /// Its software version.
    pub software_version: &'static str,
}

const fn product(
    nc12: &'static str,
    commercial_name: &'static str,
    hardware_type: &'static str,
    hardware_variant: &'static str,
    software_version: &'static str,
) -> Product {
    Product { nc12, commercial_name, hardware_type, hardware_variant, software_version }
}

/// Every product that AN12642 names, in the order of its first mention in 4.3.
pub static PRODUCTS: &[Product] = &[
    product("935386987471", "SE050A1HQ1/Z01SC", "SE050", "SE050A1", "0"),
    product("935386984472", "SE050A2HQ1/Z01SH", "SE050", "SE050A2", "0"),
    product("935398293472", "SE050C2HQ1/Z01LM", "SE050", "SE050C2", "0"),
    product("121909132101", "SE050A1HQ1/Z01SF", "SE050", "SE050A1", "0"),
    product("935381378118", "SE050A1HQ1/Z01SC", "SE050", "SE050A1", "0"),
    product("935389312472", "SE050C2HQ1/Z01V3", "SE050", "SE050C2", "0"),
    product("935414457472", "SE051C2HQ1/Z01XD", "SE051", "SE051C2", "1"),
    product("121909132103", "SE050C1HQ1/Z01SF", "SE050", "SE050C1", "0"),
    product("120405220204", "SE050C1HQ1/Z01SC", "SE050", "SE050C1", "0"),
];

/// The development boards of 4.3.3: name, colour, 12NC.
pub static BOARDS: &[(&str, &str, &str)] =
    &[("SE050ARD", "black", "935389312472"), ("SE051ARD", "white", "935414457472")];

/// Every product here is of this family.
pub const FAMILY: HardwareFamily = HardwareFamily::Se05;

/// The product with this 12NC.
#[must_use]
pub fn find(nc12: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.nc12 == nc12)
}

impl Product {
    /// `productDetails` as most operations print it.
    #[must_use]
    pub fn details(&self) -> ApiProduct {
        ApiProduct {
            commercial_name: self.commercial_name.to_owned().into(),
            hardware_type: self.hardware_type.to_owned().into(),
            hardware_variant: self.hardware_variant.to_owned().into(),
            hardware_family_type: FAMILY.into(),
            software_version: self.software_version.to_owned().into(),
            ..ApiProduct::new(self.nc12.to_owned())
        }
    }
}

/// `productDetails` of the product with this 12NC.
#[must_use]
pub fn details(nc12: &str) -> Nullable<ApiProduct> {
    Nullable::or_null(find(nc12).map(Product::details))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_12nc_has_12_digits_and_is_there_once() {
        for (index, product) in PRODUCTS.iter().enumerate() {
            assert_eq!(product.nc12.len(), 12);
            assert!(product.nc12.bytes().all(|b| b.is_ascii_digit()));
            assert!(!PRODUCTS[..index].iter().any(|p| p.nc12 == product.nc12));
        }
        for (_, _, nc12) in BOARDS {
            assert!(find(nc12).is_some());
        }
    }
}
