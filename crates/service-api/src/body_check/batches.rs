//! Bodies about batches of secure objects.

use super::{BodyFaults, CheckBody};
use crate::batches::{BatchOrder, LARGEST_BATCH};

impl CheckBody for BatchOrder {
    fn check(&self, faults: &mut BodyFaults) {
        if self.nc12 > 999_999_999_999 {
            let expected = "the 12 digits of a product's 12NC, such as 999340000612";
            faults.add("product-12nc", "nc12", self.nc12.to_string(), expected);
        }
        if !(1..=LARGEST_BATCH).contains(&self.batch_size) {
            let expected = format!("1 to {LARGEST_BATCH}");
            faults.add("value-unknown", "batchSize", self.batch_size.to_string(), expected);
        }
    }
}
