//! A message that is sent, and the signer's key beside it.

use el2g_findings::Severity;
use el2g_openpgp_envelope::{
    InspectOptions, KeyError, KeyId, PublicSigningKey, Recipient, Timestamp, WantedKey, inspect,
};
use el2g_service_client::BrokenRule;

use super::gate_rules::{SIGNER_KEY_UNREADABLE, broken};
use super::skipped_rule::NEVER;

/// What stands beside a message is not encrypted: it is sent along in clear.
const BESIDE: [&str; 3] = ["text-before", "text-after", "several-messages"];

/// Adds the rules that a message breaks, as `pgp inspect` finds them; what should be known of it otherwise. The message
/// must be encrypted to one of `recipients`, where there are any.
pub(super) fn check(
    path: &str,
    message: &str,
    recipients: &[Recipient],
    now: Timestamp,
    broken: &mut Vec<BrokenRule>,
) -> Vec<String> {
    let outer = InspectOptions::outer(now);
    let found = inspect(message.as_bytes(), &outer);
    // Of several keys that would do, the one that fits, else any: the message is for none of them.
    let meant = recipients
        .iter()
        .find(|recipient| found.recipients.contains(&recipient.encryption_key_id()))
        .or(recipients.first());
    let inspection = inspect(message.as_bytes(), &InspectOptions { recipient: meant, ..outer });
    let before = broken.len();
    for finding in &inspection.findings {
        if finding.severity == Severity::Error || BESIDE.contains(&finding.rule) {
            broken.push(BrokenRule {
                rule: finding.rule,
                place: path.to_owned(),
                message: finding.message.to_string(),
                fix: Some(finding.fix),
                skippable: !NEVER.contains(&finding.rule),
            });
        }
    }
    let refused_for_good = broken[before..].iter().any(|broken| !broken.skippable);
    // Whatever is passed over, what goes out is encrypted, to one key.
    if inspection.encryption.is_none() && !refused_for_good {
        broken.push(BrokenRule {
            rule: "not-encrypted",
            place: path.to_owned(),
            message: "no encrypted data were found in the message".to_owned(),
            fix: None,
            skippable: false,
        });
    }
    match (meant, &inspection.recipients[..]) {
        (None, [only]) if !only.is_hidden() => vec![unknown_recipient(*only)],
        _ => Vec::new(),
    }
}

fn unknown_recipient(key_id: KeyId) -> String {
    format!(
        "the message is encrypted to key {key_id}; whether that is EdgeLock 2GO's was not checked, because no recipient is known (--recipient, or `el2g recipient add`)"
    )
}

/// The signer's key that is sent along: one that EdgeLock 2GO takes signatures of.
pub(super) fn broken_by_signer(path: &str, key: &str, now: Timestamp) -> Option<BrokenRule> {
    let error = PublicSigningKey::read(key.as_bytes(), WantedKey::Any, now).err()?;
    let message = format!("the signer's public key cannot be used: {error}");
    let unreadable = broken(&SIGNER_KEY_UNREADABLE, path, message);
    Some(match error {
        // A rule of messages too: the fix is about the key here.
        KeyError::Refused { .. } => {
            BrokenRule { rule: "signer-key", skippable: true, ..unreadable }
        }
        _ => unreadable,
    })
}
