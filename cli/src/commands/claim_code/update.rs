//! `el2g claim-code update`: what is not named stays as it is.
//!
//! The service replaces the whole claim code (4.4.6), so it is read first; fields that this program does not know are sent
//! back as they were read.

use clap::{ArgGroup, Args};
use el2g_service_api::NoQuery;
use el2g_service_api::claim_codes::{
    ClaimBehavior, ClaimCode, ClaimCodePath, ClaimCodeUpdate, ClaimPolicy, ShowClaimCode,
    UpdateClaimCode,
};
use el2g_service_client::{CurlBody, Request};
use el2g_text::Shell;
use el2g_workflows::Failure;
use serde_json::{Map, json};

use super::usage::AtLimit;
use crate::Result;
use crate::online::{Done, DryRun, Online};
use crate::output::Outcome;

/// What is to change.
#[derive(Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
pub struct Change {
    /// New name
    #[arg(long, group = "change")]
    name: Option<String>,
    /// Most devices that may use it
    #[arg(long, group = "change", value_name = "N", conflicts_with = "no_limit", value_parser = clap::value_parser!(u64).range(1..))]
    device_limit: Option<u64>,
    /// Any number of devices
    #[arg(long, group = "change", conflicts_with = "at_limit")]
    no_limit: bool,
    /// Behaviour at the limit: allow (and alert) or deny
    #[arg(long, group = "change")]
    at_limit: Option<AtLimit>,
    /// Let a device use the code only once
    #[arg(long, group = "change", conflicts_with = "reusable")]
    once: bool,
    /// Let a device use the code again
    #[arg(long, group = "change")]
    reusable: bool,
}

impl Change {
    /// Reads the claim code, changes what was named and writes it.
    pub fn send(self, path: &ClaimCodePath, online: &Online, done: Done) -> Result<Outcome> {
        if online.is_dry_run() {
            return self.dry_run(path, online);
        }
        // Before the service is asked anything.
        online.check::<UpdateClaimCode>(path, &self.stand_in())?;
        let client = online.client();
        let (code, unknown) = online
            .wait(client.call_whole::<ShowClaimCode>(path, &NoQuery {}))
            .map_err(|error| online.failed(path, error))?;
        let body = self.merged(code)?;
        online.wait(client.call_with::<UpdateClaimCode>(path, &body, unknown))?;
        Ok(online.noted(done))
    }

    /// What was named, with something sound in place of what stays: for checks before the claim code is read.
    fn stand_in(&self) -> ClaimCodeUpdate {
        let policy = match self.device_limit {
            Some(_) => ClaimPolicy::Restricted,
            None => ClaimPolicy::Unrestricted,
        };
        let name = self.name.clone().unwrap_or_else(|| "unchanged".to_owned());
        let limit = self.device_limit.unwrap_or(0);
        ClaimCodeUpdate::new(name, policy, ClaimBehavior::Deny, limit, self.reusable)
    }

    /// The claim code as it is to be.
    fn merged(self, code: ClaimCode) -> Result<ClaimCodeUpdate> {
        let mut to = ClaimCodeUpdate::new(
            code.name,
            code.policy,
            code.behavior,
            code.device_limit,
            code.reusable,
        );
        if let Some(name) = self.name {
            to.name = name;
        }
        if let Some(limit) = self.device_limit {
            if to.policy != ClaimPolicy::Restricted {
                to.behavior = ClaimBehavior::Deny;
            }
            (to.policy, to.device_limit) = (ClaimPolicy::Restricted, limit);
        }
        if self.no_limit {
            (to.policy, to.behavior, to.device_limit) =
                (ClaimPolicy::Unrestricted, ClaimBehavior::Allow, 0);
        }
        if let Some(at_limit) = self.at_limit {
            if to.policy != ClaimPolicy::Restricted {
                return Err(Failure::usage("--at-limit: the claim code has no limit")
                    .with_hint("give it one with --device-limit"));
            }
            to.behavior = at_limit.into();
        }
        if self.once || self.reusable {
            to.reusable = self.reusable;
        }
        Ok(to)
    }

    /// The same as a pipeline: curl reads the code, jq changes it, curl writes it.
    fn dry_run(&self, path: &ClaimCodePath, online: &Online) -> Result<Outcome> {
        let settings = online.client().settings();
        let read = online.curl::<ShowClaimCode>(path, &NoQuery {}, &())?;
        let write = Request::<UpdateClaimCode>::new(settings, path, &NoQuery {}, &self.stand_in())?;
        let write = write.curl(settings, &CurlBody::File("-"));
        let filter = Shell::HERE.quoted(&self.filter());
        Ok(Outcome::of(DryRun::of(vec![format!("{read} | jq -c {filter} | {write}")])))
    }

    /// What [`Change::merged`] does, for jq.
    fn filter(&self) -> String {
        let mut set = Map::new();
        set.extend(self.name.as_ref().map(|name| ("name".to_owned(), json!(name))));
        let mut steps = Vec::new();
        if let Some(limit) = self.device_limit {
            if self.at_limit.is_none() {
                steps.push(
                    r#"if .policy == "RESTRICTED" then . else .behavior = "DENY" end"#.to_owned(),
                );
            }
            set.insert("policy".to_owned(), json!(ClaimPolicy::Restricted));
            set.insert("deviceLimit".to_owned(), json!(limit));
        }
        if self.no_limit {
            set.insert("policy".to_owned(), json!(ClaimPolicy::Unrestricted));
            set.insert("behavior".to_owned(), json!(ClaimBehavior::Allow));
            set.insert("deviceLimit".to_owned(), json!(0));
        }
        if let Some(at_limit) = self.at_limit {
            set.insert("behavior".to_owned(), json!(ClaimBehavior::from(at_limit)));
        }
        if self.once || self.reusable {
            set.insert("reusable".to_owned(), json!(self.reusable));
        }
        steps.push(format!(". + {}", serde_json::Value::Object(set)));
        steps.push("del(.id, .secret, .deviceCount, .status, .metadata)".to_owned());
        steps.join(" | ")
    }
}
