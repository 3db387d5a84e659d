//! The rules that can be passed over by name.

use std::fmt;
use std::str::FromStr;

use el2g_cert_profile::RULES;
use el2g_openpgp_envelope::MESSAGE_RULES;
use el2g_service_api::body_check::BODY_RULES;

use super::gate_rules::GATE_RULES;

/// Rules that are never passed over: a message that is not encrypted, or not to the recipient alone; a key that only
/// tests use; what cannot be read, because it may be a secret.
pub(super) const NEVER: &[&str] = &[
    "not-encrypted",
    "clear-signed",
    "detached-signature",
    "no-encrypted-data",
    "not-openpgp",
    "not-a-message",
    "empty",
    "text-before",
    "text-after",
    "several-messages",
    "no-recipient",
    "several-recipients",
    "hidden-recipient",
    "wrong-recipient",
    "password-recipient",
    "signer-key-unreadable",
    "public-key-unreadable",
    "certificate-unreadable",
    "throw-away-key",
];

/// Every rule that is checked before something is sent, in the order of the alphabet, and whether it can be passed over.
pub fn gate_rules() -> Vec<(&'static str, bool)> {
    let bodies = BODY_RULES.iter().map(|rule| rule.id);
    let certificates = RULES.iter().map(|rule| rule.id);
    let messages = MESSAGE_RULES.iter().map(|rule| rule.id);
    let own = GATE_RULES.iter().map(|rule| rule.id);
    let mut rules: Vec<&str> = bodies.chain(certificates).chain(messages).chain(own).collect();
    rules.sort_unstable();
    rules.dedup();
    rules.into_iter().map(|rule| (rule, !NEVER.contains(&rule))).collect()
}

/// A rule that is to be passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkippedRule(&'static str);

impl SkippedRule {
    /// Its name.
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for SkippedRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// A name that cannot be passed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownRule {
    /// There is no such rule.
    #[error("unknown rule; similar are {}", .similar.join(", "))]
    Unknown {
        /// Names that look like it.
        similar: Vec<&'static str>,
    },
    /// The rule is kept whatever is asked.
    #[error(
        "this rule cannot be passed over: what is sent must be encrypted to the recipient alone, readable, and no test key"
    )]
    Kept,
}

impl FromStr for SkippedRule {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let rules = gate_rules();
        match rules.iter().find(|(rule, _)| *rule == name) {
            Some((rule, true)) => Ok(Self(rule)),
            Some((_, false)) => Err(UnknownRule::Kept),
            None => Err(UnknownRule::Unknown { similar: similar(name, &rules) }),
        }
    }
}

/// The names that share most with a mistyped one: pairs of letters in common, as Dice counts them.
fn similar(name: &str, rules: &[(&'static str, bool)]) -> Vec<&'static str> {
    const SHOWN: usize = 5;
    let pairs = |text: &str| -> Vec<(char, char)> {
        text.chars().zip(text.chars().skip(1)).map(|(a, b)| (a.to_ascii_lowercase(), b)).collect()
    };
    let wanted = pairs(name);
    let mut scored: Vec<(usize, &'static str)> = rules
        .iter()
        .filter(|(_, skippable)| *skippable)
        .map(|(rule, _)| {
            let own = pairs(rule);
            let common = own.iter().filter(|pair| wanted.contains(pair)).count();
            (2000 * common / (own.len() + wanted.len()).max(1), *rule)
        })
        .collect();
    scored.sort_by_key(|(score, rule)| (std::cmp::Reverse(*score), *rule));
    scored.into_iter().take(SHOWN).map(|(_, rule)| rule).collect()
}
