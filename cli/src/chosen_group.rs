//! The product and the device group of a command: as typed, else the profile's. Where a command destroys something, both
//! must be typed.

use clap::Args;
use el2g_service_api::device_groups::GroupPath;
use el2g_text::one_line;
use el2g_workflows::{Failure, IdOrName};

use crate::Result;
use crate::context::Context;
use crate::ids;
use crate::missing_arguments::missing;
use crate::online::Online;

/// The product of a command.
#[derive(Args, Default)]
pub struct ProductArgument {
    /// 12NC of the product (`el2g product list`) [default: the profile's]
    #[arg(long, value_name = "12NC")]
    product: Option<String>,
}

impl ProductArgument {
    /// The product that was typed, else the profile's.
    pub fn chosen(self, context: &mut Context) -> Result<String> {
        chosen_product(self.product, context)?.ok_or_else(|| missing(&[PRODUCT]))
    }
}

/// A device group and its product.
#[derive(Args, Clone)]
pub struct GroupArguments {
    #[arg(long, value_name = "GROUP", help = ids::GROUP_OR_DEFAULT)]
    group: Option<IdOrName>,
    /// 12NC of the group's product [default: the profile's]
    #[arg(long, value_name = "12NC")]
    product: Option<String>,
}

impl GroupArguments {
    /// A group that was typed, with its product where that was typed too.
    pub fn of(group: IdOrName, product: Option<String>) -> Self {
        Self { group: Some(group), product }
    }

    /// What was typed, else the profile's. What neither says is named together.
    pub fn chosen(self, context: &mut Context) -> Result<TypedGroup> {
        let group = match self.group {
            Some(group) => Some(group),
            None => default_group(context)?,
        };
        match (group, chosen_product(self.product, context)?) {
            (Some(group), Some(product)) => Ok(TypedGroup { group, product }),
            (Some(_), None) => Err(missing(&[PRODUCT])),
            (None, Some(_)) => Err(missing(&[GROUP])),
            (None, None) => Err(missing(&[GROUP, PRODUCT])),
        }
    }
}

/// A device group and its product where a command destroys something: neither is taken from the profile.
#[derive(Args, Clone)]
pub struct TypedGroup {
    #[arg(long, value_name = "GROUP", help = ids::GROUP_TYPED)]
    pub group: IdOrName,
    /// 12NC of the group's product; the profile's is not taken here
    #[arg(long, value_name = "12NC")]
    pub product: String,
}

impl TypedGroup {
    /// The group's id; for a name the service is asked.
    pub fn path(self, online: &Online) -> Result<GroupPath> {
        let device_group_id = online.group(&self.group, &self.product)?;
        Ok(GroupPath { nc12: self.product, device_group_id })
    }
}

/// The arguments as clap names them.
const PRODUCT: &str = "--product <12NC>";
const GROUP: &str = "--group <GROUP>";

fn chosen_product(typed: Option<String>, context: &mut Context) -> Result<Option<String>> {
    if typed.is_some() {
        return Ok(typed);
    }
    let product = context.profile()?.product.clone();
    if let Some(product) = &product {
        context.console.note(format!("product {product}, the default of the profile"));
    }
    Ok(product)
}

/// The groups that were typed, else the profile's.
pub fn chosen_groups(typed: Vec<IdOrName>, context: &mut Context) -> Result<Vec<IdOrName>> {
    if !typed.is_empty() {
        return Ok(typed);
    }
    match default_group(context)? {
        Some(group) => Ok(vec![group]),
        None => Err(missing(&[GROUP])),
    }
}

/// The profile's group.
fn default_group(context: &mut Context) -> Result<Option<IdOrName>> {
    let Some(text) = context.profile()?.group.clone() else { return Ok(None) };
    let group = text.parse().map_err(|error| Failure::input(format!("group: {error}")))?;
    context.console.note(format!("device group {}, the default of the profile", one_line(&text)));
    Ok(Some(group))
}

#[cfg(test)]
mod tests {
    use crate::every_argument::every_argument;

    /// Words of commands that destroy something.
    const DESTROYING: [&str; 4] = ["delete", "unclaim", "unassign", "revoke"];

    #[test]
    fn what_destroys_takes_nothing_from_the_profile() {
        let (mut typed, mut defaulted) = (Vec::new(), Vec::new());
        every_argument(|words, argument| {
            if !["product", "group"].contains(&argument.get_long().unwrap_or_default()) {
                return;
            }
            let destroys = DESTROYING.iter().any(|word| words.contains(word));
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let named = format!("{words} {argument}");
            if destroys {
                assert!(!help.contains("[default: the profile's]"), "{named}");
            } else {
                assert!(!argument.is_required_set(), "{named}: not from the profile");
            }
            match argument.is_required_set() {
                true => typed.push(named),
                false if help.contains("[default: the profile's]") => defaulted.push(named),
                false => {}
            }
        });
        assert!(typed.len() >= 9 && defaulted.len() >= 30, "{typed:?} {defaulted:?}");
    }
}
