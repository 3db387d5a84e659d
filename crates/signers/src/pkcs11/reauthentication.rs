//! Keys that want the PIN again for each signature: CKA_ALWAYS_AUTHENTICATE (PKCS #11 v2.40 section 4.9).
//! The signing key of a PIV card and qualified signature cards are such keys.

use std::sync::OnceLock;

use cryptoki::error::{Error, Result, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectHandle;
use cryptoki::session::{Session, UserType};
use cryptoki::types::RawAuthPin;
use el2g_key_payload::SecretBytes;

use super::{TokenError, of_token};

/// The PIN, kept to be given again between the start of a signature and its data.
pub(super) struct Reauthentication {
    /// `None` where it is typed at the reader's own keypad.
    pin: Option<SecretBytes>,
    /// What a PIN that was refused was answered with: it is not tried again, cards lock after a few.
    refused: OnceLock<TokenError>,
}

impl Reauthentication {
    pub(super) fn new(pin: Option<&SecretBytes>) -> Self {
        let pin = pin.map(|pin| SecretBytes::from_slice(pin.expose()));
        Self { pin, refused: OnceLock::new() }
    }

    /// Signs `data` with `handle`, called `key`, on `token`. In parts, for `cryptoki` leaves no place for a
    /// login between C_SignInit and C_Sign.
    pub(super) fn sign(
        &self,
        session: &Session,
        mechanism: &Mechanism<'_>,
        (handle, key, token): (ObjectHandle, &str, &str),
        data: &[u8],
    ) -> std::result::Result<Vec<u8>, TokenError> {
        if let Some(refused) = self.refused.get() {
            return Err(refused.clone());
        }
        let failed = |error| of_token(token, &error);
        session.sign_init(mechanism, handle).map_err(failed)?;
        if let Err(error) = self.log_in(session) {
            return Err(self.refused.get_or_init(|| failed(error)).clone());
        }
        let signed = session.sign_update(data).and_then(|()| session.sign_final());
        signed.map_err(|error| match error {
            Error::Pkcs11(
                RvError::FunctionNotSupported
                | RvError::OperationNotInitialized
                | RvError::MechanismInvalid,
                _,
            ) => TokenError::PinForEachSignature {
                key: key.to_owned(),
                mechanism: mechanism.mechanism_type().to_string(),
            },
            error => failed(error),
        })
    }

    fn log_in(&self, session: &Session) -> Result<()> {
        match &self.pin {
            None => session.login(UserType::ContextSpecific, None),
            Some(pin) => {
                // The box wipes its copy.
                let pin: RawAuthPin = Box::new(pin.expose().to_vec()).into();
                session.login_with_raw(UserType::ContextSpecific, &pin)
            }
        }
    }
}
