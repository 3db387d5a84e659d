//! Throw-away keys never go to a real service: one address for whatever is sealed or signed.
//!
//! A service is a rehearsal where it is the built-in one on this machine. Everything else counts as real, whatever it is
//! called, and no flag passes over that.

use el2g_openpgp_envelope::{
    Fingerprint, InspectOptions, KeyId, KeyName, LARGEST_KEY_FILE, Recipient, ThrowAway,
    examine_recipient, inspect, is_published_key, public_of, throw_away_key,
};
use el2g_workflows::{Failure, ObjectTerms, SealedRow};
use el2g_x509::{Certificate, CertificateRequest, PublicKey, ThrowAway as X509ThrowAway};

use crate::Result;
use crate::context::Context;
use crate::input::SecretPath;
use crate::recipients::{Store, fingerprint};
use crate::sandbox_folder::{RECIPIENT_FILE, sandbox_folder};
use crate::sealing::timestamp;

/// Where a sealed message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// To the service, now.
    Service,
    /// Into a file: where it goes from there is not known.
    File,
}

/// Refuses throw-away keys where the message goes to a real service, and warns of them where that is not known.
pub fn check_keys(
    recipient: &Recipient,
    signer_public: &str,
    destination: Destination,
    context: &mut Context,
) -> Result<()> {
    let name = fingerprint(recipient).map(|it| it.to_string()).unwrap_or_default();
    let of_recipient = recipient.report().throw_away.map(|why| found("recipient", &name, why));
    let of_signer = throw_away_key(signer_public.as_bytes());
    let of_signer = of_signer.map(|why| found("signer", "", why));
    let found = of_recipient.or(of_signer);
    if destination == Destination::File {
        let rehearsal = context.service().is_ok_and(|service| service.is_rehearsal());
        if let (false, Some(found)) = (rehearsal, found) {
            context
                .console
                .warn(format!("{found}; no service but the sandbox may get the message"));
        }
        return Ok(());
    }
    if context.service()?.is_rehearsal() {
        return Ok(());
    }
    refuse(found, context)?;
    if !recipient.report().known_edgelock_key {
        context.console.warn(format!(
            "recipient {name} is not the EdgeLock 2GO key that AN12642 publishes; NXP's service cannot open messages to \
             another key"
        ));
    }
    Ok(())
}

/// Refuses a throw-away signer, by its public key, and a message to a throw-away recipient, where they go to a real
/// service.
pub fn refuse_message(message: &str, signer_public: &str, context: &mut Context) -> Result<()> {
    if context.service()?.is_rehearsal() {
        return Ok(());
    }
    refuse_signer(signer_public, context)?;
    let now = timestamp(context);
    let inspection = inspect(message.as_bytes(), &InspectOptions::outer(now));
    let own = own_throw_away_keys(context);
    for key_id in inspection.recipients {
        if let Some(why) = known(&KeyName::from(key_id), &own) {
            refuse(Some(found("recipient", &key_id.to_string(), why)), context)?;
        }
    }
    Ok(())
}

/// The same for the results of `pgp seal-batch`.
pub fn refuse_results(
    rows: &[SealedRow],
    terms: &ObjectTerms,
    context: &mut Context,
) -> Result<()> {
    if context.service()?.is_rehearsal() {
        return Ok(());
    }
    refuse_signer(&terms.signer_public, context)?;
    let own = own_throw_away_keys(context);
    for row in rows {
        let Ok(recipient) = row.sealed.recipient.parse::<Fingerprint>() else { continue };
        if let Some(why) = known(&KeyName::Fingerprint(recipient), &own) {
            let found = found("recipient", &recipient.to_string(), why);
            refuse(Some(format!("entry {}: {found}", row.entry)), context)?;
        }
    }
    Ok(())
}

/// Refuses certificates of throw-away keys, or signed by one, where they go to a real service.
pub fn refuse_certificates(named: &[(&str, &Certificate)], context: &mut Context) -> Result<()> {
    let Some(found) = of_certificates(named) else { return Ok(()) };
    match context.service()?.is_rehearsal() {
        true => Ok(()),
        false => refuse(Some(found), context),
    }
}

/// The same where something is signed: no service need be known, and where none is, a warning is all.
pub fn check_signing(
    root: &Certificate,
    request: &CertificateRequest,
    context: &mut Context,
) -> Result<()> {
    let of_request = || {
        let is_published = request.public_key().is_published();
        is_published.then(|| {
            found_certificate("request", &request.subject().to_string(), X509ThrowAway::Published)
        })
    };
    let Some(found) = of_certificates(&[("root", root)]).or_else(of_request) else {
        return Ok(());
    };
    match context.service() {
        Ok(service) if service.is_rehearsal() => {}
        Ok(_) => refuse(Some(found), context)?,
        Err(_) => {
            context
                .console
                .warn(format!("{found}; no service but the sandbox may get the certificate"));
        }
    }
    Ok(())
}

/// Refuses a public key whose private half is published, where it goes to a real service.
pub fn refuse_public_key(pem: &str, context: &mut Context) -> Result<()> {
    // What cannot be read is left to the gate.
    let is_published = PublicKey::read(pem.as_bytes()).is_ok_and(|key| key.is_published());
    if !is_published || context.service()?.is_rehearsal() {
        return Ok(());
    }
    refuse(Some(found_certificate("public key", "", X509ThrowAway::Published)), context)
}

fn of_certificates(named: &[(&str, &Certificate)]) -> Option<String> {
    named.iter().find_map(|(part, certificate)| {
        let why = certificate.throw_away()?;
        Some(found_certificate(part, &certificate.subject().to_string(), why))
    })
}

fn found_certificate(part: &str, subject: &str, why: X509ThrowAway) -> String {
    let subject = if subject.is_empty() { String::new() } else { format!(" `{subject}`") };
    format!("the {part}{subject} belongs to a throw-away key: {why}")
}

fn refuse_signer(signer_public: &str, context: &mut Context) -> Result<()> {
    let why = throw_away_key(signer_public.as_bytes());
    refuse(why.map(|why| found("signer", "", why)), context)
}

/// What is said of a throw-away key.
pub fn found(part: &str, name: &str, why: ThrowAway) -> String {
    let gap = if name.is_empty() { "" } else { " " };
    format!("the {part}{gap}{name} is a throw-away key: {why}")
}

fn refuse(found: Option<String>, context: &mut Context) -> Result<()> {
    let Some(found) = found else { return Ok(()) };
    let service = context.service()?.base_url;
    let host = service.host();
    Err(Failure::input(format!("{found}; nothing was sent to {host}")).with_hint(
        "use your own signing key, and the recipient's key that NXP gave you; to rehearse, use the sandbox on this machine",
    ))
}

/// A throw-away key that only this user knows: its fingerprint, and the id of its encryption subkey.
struct OwnKey {
    fingerprint: Option<Fingerprint>,
    encryption: Option<KeyId>,
}

/// Why a key is a throw-away key of which only the name is known.
fn known(name: &KeyName, own: &[OwnKey]) -> Option<ThrowAway> {
    let is_own = own.iter().any(|key| match name {
        KeyName::Fingerprint(wanted) => key.fingerprint == Some(*wanted),
        KeyName::KeyId(wanted) => {
            key.encryption == Some(*wanted)
                || key.fingerprint.is_some_and(|found| found.key_id() == *wanted)
        }
    });
    match (is_published_key(name), is_own) {
        (true, _) => Some(ThrowAway::Published),
        (false, true) => Some(ThrowAway::Marked),
        (false, false) => None,
    }
}

/// The key of this user's sandbox, and the stored recipients that are throw-away keys. What cannot be read is not known.
fn own_throw_away_keys(context: &mut Context) -> Vec<OwnKey> {
    let now = timestamp(context);
    let mut own = Vec::new();
    if let Some(folder) = sandbox_folder() {
        let path = SecretPath::new(folder.join(RECIPIENT_FILE));
        let secret = context.input.read_secret(&path, LARGEST_KEY_FILE);
        let public = secret.ok().and_then(|secret| public_of(&secret).ok());
        let report = public.and_then(|key| examine_recipient(key.as_bytes(), now).ok());
        own.extend(report.map(|report| OwnKey {
            fingerprint: report.fingerprint,
            encryption: report.encryption_subkey.map(|subkey| subkey.key_id),
        }));
    }
    let Ok(store) = Store::open() else { return own };
    for name in store.names().unwrap_or_default() {
        let stored = store.recipient(&name, now, context).ok();
        let stored = stored.filter(|recipient| recipient.report().throw_away.is_some());
        own.extend(stored.map(|recipient| OwnKey {
            fingerprint: fingerprint(&recipient),
            encryption: Some(recipient.encryption_key_id()),
        }));
    }
    own
}
