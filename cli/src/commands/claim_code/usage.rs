//! How a claim code may be used, as it is typed.

use clap::{Args, ValueEnum};
use el2g_service_api::claim_codes::{ClaimBehavior, ClaimPolicy};

/// How a claim code may be used.
#[derive(Args)]
pub struct Usage {
    /// Most devices that may use it; without it, any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub device_limit: Option<u64>,
    /// Behaviour at the limit: allow (and alert) or deny
    #[arg(long, default_value = "deny", requires = "device_limit")]
    at_limit: AtLimit,
    /// Let a device use the code only once
    #[arg(long)]
    pub once: bool,
}

/// What happens at the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AtLimit {
    /// Devices are still assigned; an alert is raised
    Allow,
    /// No more devices are assigned
    Deny,
}

impl Usage {
    /// Whether its use is limited.
    pub fn policy(&self) -> ClaimPolicy {
        match self.device_limit {
            Some(_) => ClaimPolicy::Restricted,
            None => ClaimPolicy::Unrestricted,
        }
    }

    /// What happens at the limit.
    pub fn behavior(&self) -> ClaimBehavior {
        match (self.device_limit, self.at_limit) {
            (Some(_), AtLimit::Deny) => ClaimBehavior::Deny,
            // As the document's example of an unrestricted code has it.
            (None, _) | (Some(_), AtLimit::Allow) => ClaimBehavior::Allow,
        }
    }
}

impl From<AtLimit> for ClaimBehavior {
    fn from(at_limit: AtLimit) -> Self {
        match at_limit {
            AtLimit::Allow => Self::Allow,
            AtLimit::Deny => Self::Deny,
        }
    }
}
