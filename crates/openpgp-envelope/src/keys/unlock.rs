//! Taking the passphrase off a secret key (RFC 9580 3.7.2), once.

use el2g_key_payload::SecretBytes;
use pgp::errors::Error;
use pgp::ser::Serialize;
use pgp::types::{
    EncryptedSecretParams, KeyDetails, Password, PlainSecretParams, S2kParams, SecretParams,
    StringToKey, Tag,
};

use crate::{KeyError, KeyId, KeyProblem};

/// The most Argon2 may cost, as rPGP limits it: passes, lanes, and the exponent of the memory in KiB.
const ARGON2_LIMITS: (u8, u8, u8) = (32, 32, 21);

/// Why a secret part is not in the file, if it is not.
pub(crate) fn absence(secret: &SecretParams) -> Option<KeyProblem> {
    let SecretParams::Encrypted(locked) = secret else { return None };
    match string_to_key(locked.string_to_key_params())? {
        // A hash octet, `GNU`, and what kind of stub it is.
        StringToKey::Private { unknown, .. } => match &unknown[..] {
            [_, b'G', b'N', b'U', 2, ..] => Some(KeyProblem::OnCard),
            _ => Some(KeyProblem::Stub),
        },
        _ => None,
    }
}

fn string_to_key(params: &S2kParams) -> Option<&StringToKey> {
    match params {
        S2kParams::Cfb { s2k, .. }
        | S2kParams::MalleableCfb { s2k, .. }
        | S2kParams::Aead { s2k, .. } => Some(s2k),
        S2kParams::Unprotected | S2kParams::LegacyCfb { .. } => None,
    }
}

/// The secret part of a key, unlocked if need be.
pub(crate) fn unlock(
    secret: &SecretParams,
    public: &(impl KeyDetails + Serialize),
    tag: Tag,
    passphrase: Option<&SecretBytes>,
) -> Result<PlainSecretParams, KeyError> {
    let key_id = KeyId::of(public.legacy_key_id());
    let locked = match secret {
        SecretParams::Plain(plain) => return Ok(plain.clone()),
        SecretParams::Encrypted(locked) => locked,
    };
    supported(locked.string_to_key_params(), key_id)?;
    let passphrase = passphrase.ok_or(KeyError::PassphraseNeeded { key_id })?;
    let password = Password::from(passphrase.expose());
    match locked.unlock(&password, public, Some(tag)) {
        Ok(plain) => Ok(plain),
        Err(error) => unlock_with_short_checksum(locked, public, tag, &password)
            .ok_or_else(|| failure(&error, key_id)),
    }
}

/// rPGP takes S2K usage 255 for 254 when it reads a packet. The two differ in their checksum (two
/// bytes instead of SHA-1), so what failed as 254 is tried as 255, which Bouncy Castle writes.
fn unlock_with_short_checksum(
    locked: &EncryptedSecretParams,
    public: &(impl KeyDetails + Serialize),
    tag: Tag,
    password: &Password,
) -> Option<PlainSecretParams> {
    let S2kParams::Cfb { sym_alg, s2k, iv } = locked.string_to_key_params() else { return None };
    let params = S2kParams::MalleableCfb { sym_alg: *sym_alg, s2k: s2k.clone(), iv: iv.clone() };
    EncryptedSecretParams::new(locked.data().to_vec().into(), params)
        .unlock(password, public, Some(tag))
        .ok()
}

fn supported(params: &S2kParams, key_id: KeyId) -> Result<(), KeyError> {
    let unsupported = |detail: String| KeyError::UnsupportedProtection { key_id, detail };
    match string_to_key(params) {
        None
        | Some(
            StringToKey::Simple { .. }
            | StringToKey::Salted { .. }
            | StringToKey::IteratedAndSalted { .. },
        ) => Ok(()),
        Some(StringToKey::Argon2 { t, p, m_enc, .. }) => {
            let (passes, lanes, memory) = ARGON2_LIMITS;
            if *t <= passes && *p <= lanes && *m_enc <= memory {
                Ok(())
            } else {
                Err(unsupported(format!(
                    "Argon2 with {t} passes, {p} lanes and 2^{m_enc} KiB, more than {passes}, {lanes} and 2^{memory} KiB"
                )))
            }
        }
        Some(other) => Err(unsupported(format!("string-to-key specifier {}", other.id()))),
    }
}

fn failure(error: &Error, key_id: KeyId) -> KeyError {
    match error {
        Error::Unsupported { message, .. } | Error::Unimplemented { message, .. } => {
            KeyError::UnsupportedProtection { key_id, detail: message.clone() }
        }
        _ => KeyError::WrongPassphrase { key_id },
    }
}
