//! Whose secure objects a device's provisionings are: a query parameter of NXP's newer clients.

use serde::{Deserialize, Serialize};

use crate::parameters::ParameterValue;

open_enum! {
    /// The owner of a secure object, as NXP's newer clients ask for it. AN12642 does not know it.
    pub enum OwnerDomain {
        /// Objects of the remote trust provisioning service: those of AN12642.
        Rtp = "RTP",
        /// Objects of the Matter service.
        Matter = "MATTER",
    }
}

/// Owners to ask for; sent as one parameter for each of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct OwnerDomains(pub Vec<OwnerDomain>);

impl OwnerDomains {
    /// The name of the parameter, which may be there several times.
    pub const PARAMETER: &'static str = "owner-domain-types";

    /// `None` for no owners: what was not asked for is not sent.
    pub fn asked(domains: Vec<OwnerDomain>) -> Option<Self> {
        (!domains.is_empty()).then_some(Self(domains))
    }
}

impl ParameterValue for OwnerDomains {
    /// Several are separated by commas, as a reader of a query joins a repeated parameter.
    fn from_text(text: &str) -> Result<Self, String> {
        text.split(',').map(OwnerDomain::from_text).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_read_from_one_parameter_or_several() {
        let read = |text| OwnerDomains::from_text(text);
        assert_eq!(read("MATTER"), Ok(OwnerDomains(vec![OwnerDomain::Matter])));
        let both = vec![OwnerDomain::Rtp, OwnerDomain::Matter];
        assert_eq!(read("RTP,MATTER"), Ok(OwnerDomains(both)));
        for bad in ["", "rtp", "RTP,", "RTP,OTHER"] {
            assert_eq!(read(bad), Err("one of RTP, MATTER".to_owned()), "{bad}");
        }
    }
}
