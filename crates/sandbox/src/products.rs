//! The products of the document's examples and of NXP's public clients, by 12NC.

use el2g_service_api::Nullable;
use el2g_service_api::products::{HardwareFamily, Product as ApiProduct};

/// One product. What no source says of it is `None`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Product {
    /// Its 12NC.
    pub nc12: &'static str,
    /// `SE05`, `RW6` and the like.
    pub family: HardwareFamily,
    /// Its commercial name.
    pub commercial_name: Option<&'static str>,
    /// `SE050`, `SE051`.
    pub hardware_type: Option<&'static str>,
    /// `SE050C2` and the like.
    pub hardware_variant: Option<&'static str>,
    /// Its software version.
    pub software_version: Option<&'static str>,
}

/// A product as AN12642 prints it.
const fn se05(
    nc12: &'static str,
    commercial_name: &'static str,
    hardware_type: &'static str,
    hardware_variant: &'static str,
    software_version: &'static str,
) -> Product {
    Product {
        nc12,
        family: HardwareFamily::Se05,
        commercial_name: Some(commercial_name),
        hardware_type: Some(hardware_type),
        hardware_variant: Some(hardware_variant),
        software_version: Some(software_version),
    }
}

/// A product of which NXP's clients say the 12NC and the family.
const fn newer(nc12: &'static str, family: HardwareFamily) -> Product {
    Product {
        nc12,
        family,
        commercial_name: None,
        hardware_type: None,
        hardware_variant: None,
        software_version: None,
    }
}

/// Every product that AN12642 names, in the order of its first mention in 4.3, then those of NXP's public clients. The
/// families of these are the `el2go_name` of their chips in spsdk.
pub(crate) static PRODUCTS: &[Product] = &[
    se05("935386987471", "SE050A1HQ1/Z01SC", "SE050", "SE050A1", "0"),
    se05("935386984472", "SE050A2HQ1/Z01SH", "SE050", "SE050A2", "0"),
    se05("935398293472", "SE050C2HQ1/Z01LM", "SE050", "SE050C2", "0"),
    se05("121909132101", "SE050A1HQ1/Z01SF", "SE050", "SE050A1", "0"),
    se05("935381378118", "SE050A1HQ1/Z01SC", "SE050", "SE050A1", "0"),
    se05("935389312472", "SE050C2HQ1/Z01V3", "SE050", "SE050C2", "0"),
    se05("935414457472", "SE051C2HQ1/Z01XD", "SE051", "SE051C2", "1"),
    se05("121909132103", "SE050C1HQ1/Z01SF", "SE050", "SE050C1", "0"),
    se05("120405220204", "SE050C1HQ1/Z01SC", "SE050", "SE050C1", "0"),
    // RW610, RW612, MCXN947 and MCXN236: `el2go_blob_rewrap.py` of NXP/el2go-agent. MCXN947 also in an example of spsdk.
    newer("999340000610", HardwareFamily::Rw6),
    newer("999340000612", HardwareFamily::Rw6),
    newer("999340000274", HardwareFamily::Mcxn),
    newer("999340002301", HardwareFamily::Mcxn),
    // i.MX 93 (mimx9352): `examples/el2go/imx93` of spsdk.
    newer("935454724557", HardwareFamily::Imx9),
];

/// The development boards of 4.3.3: name, colour, 12NC.
pub(crate) static BOARDS: &[(&str, &str, &str)] =
    &[("SE050ARD", "black", "935389312472"), ("SE051ARD", "white", "935414457472")];

/// The product with this 12NC.
#[must_use]
pub(crate) fn find(nc12: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.nc12 == nc12)
}

impl Product {
    /// `productDetails` as most operations print it.
    #[must_use]
    pub(crate) fn details(&self) -> ApiProduct {
        let known = |text: Option<&str>| Nullable::or_null(text.map(str::to_owned));
        ApiProduct {
            commercial_name: known(self.commercial_name),
            hardware_type: known(self.hardware_type),
            hardware_variant: known(self.hardware_variant),
            hardware_family_type: self.family.clone().into(),
            software_version: known(self.software_version),
            ..ApiProduct::new(self.nc12.to_owned())
        }
    }

    /// Whether `text` is its 12NC, type, variant or family.
    #[must_use]
    pub(crate) fn is_meant(&self, text: &str) -> bool {
        let names = [self.hardware_type, self.hardware_variant];
        self.nc12 == text || self.family.as_str() == text || names.contains(&Some(text))
    }
}

/// `productDetails` of the product with this 12NC.
#[must_use]
pub(crate) fn details(nc12: &str) -> Nullable<ApiProduct> {
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

    #[test]
    fn what_no_source_says_of_a_product_is_null() {
        let product = serde_json::to_value(find("999340000612").map(Product::details)).unwrap();
        let expected = serde_json::json!({
            "nc12": "999340000612", "commercialName": null, "hardwareType": null,
            "hardwareVariant": null, "hardwareFamilyType": "RW6", "softwareVersion": null,
        });
        assert_eq!(product, expected);
    }
}
