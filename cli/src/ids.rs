//! Ids of the service's things as they are typed: as an id, or by the name where exactly one has it.

use std::str::FromStr as _;

use el2g_service_api::secure_objects::SecureObjectType;
use el2g_workflows::{Failure, IdOrName, Named};

use crate::Result;
use crate::online::Online;

/// Help of an argument that takes a device group.
pub const GROUP: &str = "Id of the device group, or its name where it is unique";
/// The same where the profile may hold it.
pub const GROUP_OR_DEFAULT: &str =
    "Id of the device group, or its name where it is unique [default: the profile's]";
/// The same where something is destroyed.
pub const GROUP_TYPED: &str =
    "Id of the device group, or its name where it is unique; the profile's is not taken here";
/// Help of an argument that takes several device groups.
pub const GROUPS: &str =
    "Id of a device group, or its name where it is unique; may be given several times";
/// The same where the profile may hold one.
pub const GROUPS_OR_DEFAULT: &str = "Id of a device group, or its name where it is unique; may be given several times [default: the profile's]";
/// The same where something is destroyed.
pub const GROUPS_TYPED: &str = "Id of a device group, or its name where it is unique; may be given several times; the profile's is not taken here";
/// Help of an argument that takes a secure object.
pub const OBJECT: &str = "Id of the secure object, or its name where it is unique";
/// Help of an argument that takes several secure objects.
pub const OBJECTS: &str =
    "Id of a secure object, or its name where it is unique; may be given several times";
/// Help of an argument that takes an intermediate CA.
pub const CA: &str = "Id of the intermediate CA, or its name where it is unique";

impl Online {
    /// The id of what was typed; for a name the service is asked once. A dry run asks nothing, and takes ids only.
    pub fn id(&self, typed: &IdOrName, named: &Named<'_>) -> Result<u64> {
        if self.is_dry_run()
            && let IdOrName::Name(_) = typed
        {
            let message = format!(
                "{typed}: expected an id, found a name: to find its id the service must be asked, and a dry run sends nothing"
            );
            return Err(Failure::usage(message)
                .with_hint(format!("`{}` shows the ids", named.list_command())));
        }
        self.wait(named.id(typed, self.client()))
    }

    /// The id of a device group of a product.
    pub fn group(&self, typed: &IdOrName, product: &str) -> Result<u64> {
        let id = self.id(typed, &Named::GroupOf { product });
        id.map_err(|failure| self.about_product(Some(product), failure))
    }

    /// The id of a secure object.
    pub fn object(&self, typed: &IdOrName) -> Result<u64> {
        self.id(typed, &Named::Object { kind: None })
    }

    /// The id of a key pair, which is a secure object.
    pub fn key_pair(&self, typed: &IdOrName) -> Result<u64> {
        self.id(typed, &Named::Object { kind: Some(SecureObjectType::KeyPair) })
    }

    /// The id of an intermediate CA.
    pub fn ca(&self, typed: &IdOrName) -> Result<u64> {
        self.id(typed, &Named::IntermediateCa)
    }
}

/// An id of something without a name, or whose name is not looked up, as clap reads it.
macro_rules! id_parser {
    ($(#[doc = $doc:literal] $name:ident => $list:literal;)*) => {$(
        #[doc = $doc]
        pub fn $name(text: &str) -> std::result::Result<u64, String> {
            match IdOrName::from_str(text) {
                Ok(IdOrName::Id(id)) => Ok(id),
                Ok(IdOrName::Name(_)) => {
                    Err(concat!("expected an id (digits), `", $list, "` shows it").to_owned())
                }
                Err(error) => Err(error.to_string()),
            }
        }
    )*};
}

id_parser! {
    /// The id of a claim code.
    claim_code => "el2g claim-code list --group GROUP --product 12NC";
    /// The id of a batch of claim codes.
    batch => "el2g claim-code create-batch";
    /// The id of an intermediate CA, where its name means another thing.
    intermediate_ca => "el2g intermediate-ca list";
    /// The id of a key set, or of a key in it.
    keyset => "the service's web page";
    /// The id of a provisioning.
    provisioning => "el2g device provisionings DEVICE";
}
