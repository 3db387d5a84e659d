//! The hardware family that NXP's own client says beside a device group or a device, and AN12642 does not know: as typed,
//! or as the service says it of the product. It is never guessed, and never sent unasked for the products of AN12642.

use clap::Args;
use el2g_service_api::OpenEnum as _;
use el2g_service_api::device_groups::{GroupPath, ShowDeviceGroup};
use el2g_service_api::products::{DevicePath, HardwareFamily, ShowDeviceProduct};
use el2g_workflows::Failure;

use crate::Result;
use crate::online::Online;

/// The hardware family of device groups.
#[derive(Args)]
pub struct FamilyArguments {
    /// Hardware family of the group's product, such as RW6: sent as NXP's own client does. Without it and without
    /// --product none is sent, as in AN12642; whether newer products need one is not known
    #[arg(long, value_name = "FAMILY", value_parser = HardwareFamily::from_typed)]
    hardware_family: Option<HardwareFamily>,
    /// 12NC of the group's product: the service is asked for its hardware family, which is sent unless it is SE05
    #[arg(long, value_name = "12NC", conflicts_with = "hardware_family")]
    product: Option<String>,
}

impl FamilyArguments {
    /// The family to send for these groups.
    pub fn of_groups(&self, online: &Online, groups: &[u64]) -> Result<Option<HardwareFamily>> {
        let Some(product) = &self.product else { return Ok(self.hardware_family.clone()) };
        if online.is_dry_run() {
            let message = "--product: the service must be asked for the hardware family, and a dry run sends nothing";
            return Err(Failure::usage(message).with_hint("give --hardware-family instead"));
        }
        let mut family = None;
        // Each of them: that they are of this product is not to be guessed either.
        for group in groups {
            let said = said_of(online, product, *group)?.ok_or_else(|| {
                let message = format!("the service does not say the hardware family of {product}");
                Failure::refused(message)
                    .with_hint("give --hardware-family, or leave out --product")
            })?;
            family = newer_than_the_document(&said);
        }
        Ok(family)
    }
}

/// The hardware family that the service says of a group's product.
fn said_of(online: &Online, product: &str, group: u64) -> Result<Option<HardwareFamily>> {
    let path = GroupPath { nc12: product.to_owned(), device_group_id: group };
    let group = online.call::<ShowDeviceGroup>(&path, &Default::default(), &())?;
    let details = group.product_details.value();
    Ok(details.and_then(|details| details.hardware_family_type.value().cloned()))
}

/// The hardware family to send for groups of a product: the one that was typed, else the one that the service says, where it
/// says another one than SE05. A dry run asks nothing.
pub fn of_product(
    typed: Option<&HardwareFamily>,
    product: &str,
    groups: &[u64],
    online: &Online,
) -> Result<Option<HardwareFamily>> {
    if typed.is_some() || online.is_dry_run() {
        return Ok(typed.cloned());
    }
    let mut family = None;
    for group in groups {
        family = said_of(online, product, *group)?.as_ref().and_then(newer_than_the_document);
    }
    Ok(family)
}

/// The hardware family of a device's provisionings, where the service says another one than SE05.
pub fn of_device(online: &Online, path: &DevicePath) -> Option<HardwareFamily> {
    if online.is_dry_run() {
        return None;
    }
    // Where the product cannot be had, the provisionings are asked for as in AN12642.
    let product = online.call::<ShowDeviceProduct>(path, &Default::default(), &()).ok()?;
    product.hardware_family_type.value().and_then(newer_than_the_document)
}

/// `None` for the family whose requests AN12642 prints without it.
fn newer_than_the_document(family: &HardwareFamily) -> Option<HardwareFamily> {
    (*family != HardwareFamily::Se05).then(|| family.clone())
}
