//! Runs the rules about public keys, of whatever origin.

use super::{Checker, Outcome};
use crate::finding::{Finding, Verdict};
use crate::inspection::KeyInspection;
use crate::rule_set::RuleSet;
use crate::rules::{Check, Target};
use el2g_x509::decoded::certificate::KeyInfo;

/// A public key that certificates are compared with, checked once.
#[derive(Clone, Debug)]
pub(super) struct ReferenceKey<'a> {
    /// Its SubjectPublicKeyInfo.
    pub(super) key: &'a [u8],
    /// Part of the report of every certificate with another key.
    pub(super) findings: Vec<Finding>,
}

impl Outcome {
    /// Runs the rules about public keys over one key.
    pub(super) fn run_key(&mut self, rules: &RuleSet, owner: &'static str, key: &KeyInfo<'_>) {
        let inspection = KeyInspection { owner, key };
        self.run(rules, Target::Key, |check| {
            let Check::Key(check) = check else { return Verdict::NotApplicable };
            check(&inspection)
        });
    }
}

impl<'a> Checker<'a> {
    /// Checks a key that certificates are compared with.
    pub(super) fn add_reference_key(&mut self, owner: &'static str, key: &'a KeyInfo<'a>) {
        let mut outcome = Outcome::default();
        outcome.run_key(self.rules, owner, key);
        self.reference_keys.push(ReferenceKey { key: key.whole, findings: outcome.findings });
    }
}
