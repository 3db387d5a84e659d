//! A 12NC that no product has: what was probably meant.

use el2g_service_api::products::{ListProducts, Product, ProductQuery};
use el2g_service_api::{NoPath, PathParameters};
use el2g_service_client::ClientError;
use el2g_text::one_line;
use el2g_workflows::Failure;

use crate::near::near;
use crate::online::Online;

/// The names of the path parameter that is a product.
const PARAMETERS: [&str; 2] = ["12nc", "nc12"];

/// The product in the path of an operation.
pub fn product_in<P: PathParameters>(path: &P) -> Option<String> {
    let at = P::NAMES.iter().position(|name| PARAMETERS.contains(name))?;
    path.values().into_iter().nth(at)
}

impl Online {
    /// The failure of a call.
    pub fn failed<P: PathParameters>(&self, path: &P, error: ClientError) -> Failure {
        self.about_product(product_in(path).as_deref(), error.into())
    }

    /// The failure of a call about a product; where the service does not have it, with those that are near.
    pub fn about_product(&self, product: Option<&str>, failure: Failure) -> Failure {
        let (Some(404), Some(typed)) = (failure.status, product) else { return failure };
        match self.product_meant(typed) {
            Some(meant) => failure.with_hint(meant),
            None => failure,
        }
    }

    /// What to do about a 12NC that no product has; `None` where one has it, or they cannot be listed.
    pub fn product_meant(&self, typed: &str) -> Option<String> {
        let all = ProductQuery::default();
        let products = self.wait(self.client().call::<ListProducts>(&NoPath, &all, &())).ok()?;
        let is_known = products.iter().any(|product| product.nc12 == typed);
        (!is_known).then(|| meant(typed, &products))
    }
}

/// Products whose 12NC or name is near to what was typed, and the command that lists them all.
fn meant(typed: &str, products: &[Product]) -> String {
    let names = products.iter().flat_map(|product| {
        let name = product.commercial_name.value().map(String::as_str);
        [Some(product.nc12.as_str()), name].into_iter().flatten()
    });
    let near = near(typed, names);
    let is_near = |product: &&Product| {
        let name = product.commercial_name.value().map_or("", String::as_str);
        near.contains(&product.nc12.as_str()) || near.contains(&name)
    };
    let shown = products.iter().filter(is_near).map(|product| {
        let name = product.commercial_name.value().map_or("", String::as_str);
        one_line(&format!("{} ({name})", product.nc12))
    });
    let shown: Vec<String> = shown.collect();
    let meant = match shown.is_empty() {
        true => String::new(),
        false => format!(" did you mean {}?", shown.join(" or ")),
    };
    format!("no product has this 12NC;{meant} `el2g product list` lists the products")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(nc12: &str, name: &str) -> Product {
        serde_json::from_value(serde_json::json!({"nc12": nc12, "commercialName": name}))
            .expect("a product")
    }

    #[test]
    fn products_are_near_by_12nc_and_by_name() {
        let products =
            [product("935389312472", "SE050C2HQ1/Z01V3Z"), product("120405220204", "SE051")];
        for (typed, expected) in [
            ("935389312742", "did you mean 935389312472 (SE050C2HQ1/Z01V3Z)?"),
            ("SE050C2HQ1/Z01V3Z", "did you mean 935389312472 (SE050C2HQ1/Z01V3Z)?"),
            ("se051", "did you mean 120405220204 (SE051)?"),
            ("777777777777", "no product has this 12NC; `el2g product list`"),
        ] {
            let said = meant(typed, &products);
            assert!(said.contains(expected), "{typed}: {said}");
        }
    }
}
