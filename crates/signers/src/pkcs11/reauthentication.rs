//! Keys that want the PIN again for each signature: CKA_ALWAYS_AUTHENTICATE (PKCS #11 v2.40 section 4.9).
//! The signing key of a PIV card and qualified signature cards are such keys.

use std::sync::OnceLock;

use cryptoki::error::{Error, Result, RvError};
use cryptoki::mechanism::{Mechanism, MechanismType};
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
    /// A mechanism that was found to sign in one step only: it is not tried again either.
    in_one_step: OnceLock<MechanismType>,
}

impl Reauthentication {
    pub(super) fn new(pin: Option<&SecretBytes>) -> Self {
        let pin = pin.map(|pin| SecretBytes::from_slice(pin.expose()));
        Self { pin, refused: OnceLock::new(), in_one_step: OnceLock::new() }
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
        let kind = mechanism.mechanism_type();
        let in_one_step =
            || TokenError::PinForEachSignature { key: key.to_owned(), mechanism: kind.to_string() };
        if self.in_one_step.get() == Some(&kind) {
            return Err(in_one_step());
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
            ) => {
                self.in_one_step.get_or_init(|| kind);
                in_one_step()
            }
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
