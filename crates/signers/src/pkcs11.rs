//! Keys on PKCS #11 tokens: smart cards, hardware modules, SoftHSM2. A private key never leaves the token; a secret key
//! leaves it, where it may, to be sealed.

mod error;
mod home;
mod message_signer;
mod module;
mod public_half;
mod reauthentication;
mod secret_key;
mod session_key;
mod token_secrets;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::RawAuthPin;
use el2g_key_payload::SecretBytes;
use el2g_x509::{CertificateSigner, HashAlgorithm, PublicKey, SignerError, ecdsa_signature_der};

pub use error::TokenError;
use error::of_token;
pub use home::{Home, NewSecretKey};
pub use secret_key::{KeyAttributes, SecretOrigin, TokenSecret};
pub use token_secrets::TokenSecrets;

use crate::key_place::TokenUri;
use reauthentication::Reauthentication;

/// The one token that a `pkcs11:` URI (RFC 7512) names.
pub struct Token {
    module: Pkcs11,
    slot: Slot,
    name: String,
    described: String,
    uri: TokenUri,
    protected_path: bool,
    wants_pin: bool,
    last_try: bool,
    write_protected: bool,
}

impl Token {
    /// Loads the module (`module-path` or `module-name` of the URI, else `module`, else a usual one) and
    /// finds the token. Nothing is unlocked.
    ///
    /// # Errors
    /// [`TokenError`] about the module or the token.
    pub fn find(uri: &TokenUri, module: Option<&Path>) -> Result<Self, TokenError> {
        let path = module::find(uri, module)?;
        let module = module::load(&path)?;
        let failed = |error: &Error| of_token(&path.display().to_string(), error);
        let slots = module.get_slots_with_initialized_token().map_err(|error| failed(&error))?;
        let mut all = Vec::new();
        for slot in slots {
            match module.get_token_info(slot) {
                Ok(info) => all.push((slot, info)),
                // Pulled out since the list was made.
                Err(Error::Pkcs11(RvError::TokenNotPresent | RvError::DeviceRemoved, _)) => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        let found: Vec<String> = all.iter().map(|(_, info)| described(info)).collect();
        let library = module.get_library_info().map_err(|error| failed(&error))?;
        let is_meant = |(slot, info): &(Slot, TokenInfo)| {
            let slot_info = module.get_slot_info(*slot).ok();
            let slot_text = slot_info.as_ref();
            let version = library.library_version();
            uri.names_version(version.major(), version.minor())
                && uri.names_all(&[
                    ("token", info.label()),
                    ("manufacturer", info.manufacturer_id()),
                    ("serial", info.serial_number()),
                    ("model", info.model()),
                    ("slot-id", &slot.id().to_string()),
                    ("slot-description", slot_text.map_or("", |slot| slot.slot_description())),
                    ("slot-manufacturer", slot_text.map_or("", |slot| slot.manufacturer_id())),
                    ("library-manufacturer", library.manufacturer_id()),
                    ("library-description", library.library_description()),
                ])
        };
        let mut matching: Vec<(Slot, TokenInfo)> = all.into_iter().filter(is_meant).collect();
        let wanted = uri.to_string();
        match (matching.pop(), matching.is_empty()) {
            (None, _) => Err(TokenError::NoToken { wanted, found }),
            (Some((slot, info)), true) => Ok(Self {
                module,
                slot,
                name: format!("token `{}`", info.label()),
                described: described(&info),
                uri: uri.clone(),
                protected_path: info.protected_authentication_path(),
                wants_pin: info.login_required(),
                last_try: info.user_pin_final_try(),
                write_protected: info.write_protected(),
            }),
            (Some(last), false) => {
                let found =
                    matching.iter().chain([&last]).map(|(_, info)| described(info)).collect();
                Err(TokenError::SeveralTokens { wanted, found })
            }
        }
    }

    /// What it is called, for a prompt: ``token `label` ``.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a PIN has to be given to [`Token::open_key`]; not so where the reader has its own keypad.
    pub(crate) fn wants_pin(&self) -> bool {
        self.wants_pin && !self.protected_path
    }

    /// Whether a wrong PIN now locks the token.
    pub fn is_last_try(&self) -> bool {
        self.last_try
    }

    /// Unlocks the token and finds the one private key that the URI names. `given` is the public key to
    /// go by when the token has none for it (a root certificate's).
    ///
    /// # Errors
    /// [`TokenError`] about the PIN or the key.
    pub(crate) fn open_key(
        self,
        pin: Option<&SecretBytes>,
        given: Option<&PublicKey>,
    ) -> Result<TokenKey, TokenError> {
        let failed = |error: Error| of_token(&self.name, &error);
        let session = self.module.open_ro_session(self.slot).map_err(failed)?;
        self.log_in(&session, pin)?;
        let PrivateKey { handle, name, always_authenticate } = self.private_key(&session)?;
        let public = public_half::find(&session, handle, given, &name, &self.name)?;
        if always_authenticate && pin.is_none() && !self.protected_path {
            return Err(TokenError::PinWanted { token: self.name });
        }
        let pin = pin.filter(|_| !self.protected_path);
        let mechanisms = self.module.get_mechanism_list(self.slot).map_err(failed)?;
        Ok(TokenKey {
            session: Mutex::new(session),
            handle,
            name: format!("{name} on {}", self.name),
            token: self.name,
            public,
            mechanisms,
            reauthentication: always_authenticate.then(|| Reauthentication::new(pin)),
        })
    }

    fn log_in(&self, session: &Session, pin: Option<&SecretBytes>) -> Result<(), TokenError> {
        let token = || self.name.clone();
        let logged_in = match (pin, self.protected_path) {
            (_, true) => session.login(UserType::User, None),
            (Some(pin), false) => {
                // The box wipes its copy.
                let pin: RawAuthPin = Box::new(pin.expose().to_vec()).into();
                session.login_with_raw(UserType::User, &pin)
            }
            (None, false) if self.wants_pin => {
                return Err(TokenError::PinWanted { token: token() });
            }
            (None, false) => return Ok(()),
        };
        match logged_in {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => Err(match of_token(&self.name, &error) {
                TokenError::WrongPin { token, .. } => {
                    let info = self.module.get_token_info(self.slot).ok();
                    let locked = info.as_ref().is_some_and(TokenInfo::user_pin_locked);
                    let last_try = info.as_ref().is_some_and(TokenInfo::user_pin_final_try);
                    match locked {
                        true => TokenError::PinLocked { token },
                        false => TokenError::WrongPin { token, last_try },
                    }
                }
                other => other,
            }),
        }
    }

    fn private_key(&self, session: &Session) -> Result<PrivateKey, TokenError> {
        let failed = |error: Error| of_token(&self.name, &error);
        let private = [Attribute::Class(ObjectClass::PRIVATE_KEY)];
        let template = [&private[..], &named(&self.uri)].concat();
        let names = |handles: &[ObjectHandle]| {
            handles.iter().map(|&handle| key_name(session, handle)).collect()
        };
        let (token, wanted) = (self.name.clone(), self.uri.to_string());
        let found = session.find_objects(&template).map_err(failed)?;
        let &[handle] = &found[..] else {
            return Err(match found.is_empty() {
                false => TokenError::SeveralKeys {
                    token,
                    what: "private key",
                    wanted,
                    found: names(&found),
                },
                true => {
                    let all = session.find_objects(&private).map_err(failed)?;
                    TokenError::NoKey { token, what: "private key", wanted, found: names(&all) }
                }
            });
        };
        let name = key_name(session, handle);
        let mut always_authenticate = false;
        let asked = [AttributeType::Sign, AttributeType::AlwaysAuthenticate];
        for attribute in session.get_attributes(handle, &asked).map_err(failed)? {
            match attribute {
                Attribute::AlwaysAuthenticate(always) => always_authenticate = always,
                Attribute::Sign(false) => {
                    return Err(TokenError::MayNotSign { key: format!("{name} on {token}") });
                }
                _ => {}
            }
        }
        Ok(PrivateKey { handle, name, always_authenticate })
    }
}

/// The label and id in a URI, to search by.
fn named(uri: &TokenUri) -> Vec<Attribute> {
    let label = uri.attribute("object").map(|label| Attribute::Label(label.to_vec()));
    let id = uri.attribute("id").map(|id| Attribute::Id(id.to_vec()));
    label.into_iter().chain(id).collect()
}

/// A private key as it was found.
struct PrivateKey {
    handle: ObjectHandle,
    name: String,
    /// Whether it needs the PIN for each signature.
    always_authenticate: bool,
}

/// `label` (model, serial): what tells tokens apart.
fn described(info: &TokenInfo) -> String {
    format!("`{}` (model {}, serial {})", info.label(), info.model(), info.serial_number())
}

/// ``key `label` (id 01ff)``.
fn key_name(session: &Session, handle: ObjectHandle) -> String {
    let attributes = session
        .get_attributes(handle, &[AttributeType::Label, AttributeType::Id])
        .unwrap_or_default();
    let (mut label, mut id) = (String::new(), String::new());
    for attribute in attributes {
        match attribute {
            Attribute::Label(text) => label = String::from_utf8_lossy(&text).into_owned(),
            Attribute::Id(octets) => {
                id = base16ct::lower::encode_string(&octets);
            }
            _ => {}
        }
    }
    match id.is_empty() {
        true => format!("key `{label}`"),
        false => format!("key `{label}` (id {id})"),
    }
}

/// A private key on an unlocked token. Signs certificates (RSA, P-256, P-384, P-521) and, with its OpenPGP
/// certificate, messages.
pub struct TokenKey {
    session: Mutex<Session>,
    handle: ObjectHandle,
    name: String,
    token: String,
    public: PublicKey,
    mechanisms: Vec<MechanismType>,
    /// For a key that needs the PIN for each signature.
    reauthentication: Option<Reauthentication>,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "TokenKey({}, {})", self.name, self.public.algorithm())
    }
}

impl TokenKey {
    /// What it is called: ``key `label` (id 01) on token `label` ``.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn offers(&self, mechanism: MechanismType) -> bool {
        self.mechanisms.contains(&mechanism)
    }

    fn run(&self, mechanism: &Mechanism<'_>, data: &[u8]) -> Result<Vec<u8>, TokenError> {
        // A poisoned session is a session still: the other thread's panic did not change it.
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reauthentication) = &self.reauthentication {
            let key = (self.handle, self.name.as_str(), self.token.as_str());
            return reauthentication.sign(&session, mechanism, key, data);
        }
        session.sign(mechanism, self.handle, data).map_err(|error| match error {
            Error::Pkcs11(RvError::KeyFunctionNotPermitted, _) => {
                TokenError::MayNotSign { key: self.name.clone() }
            }
            error => of_token(&self.token, &error),
        })
    }

    fn no_mechanism(&self, wanted: &'static str) -> TokenError {
        TokenError::NoMechanism { token: self.token.clone(), wanted }
    }

    /// RSASSA-PKCS1-v1_5 over a digest (RFC 8017 section 8.2).
    fn sign_rsa_digest(&self, hash: HashAlgorithm, digest: &[u8]) -> Result<Vec<u8>, TokenError> {
        if !self.offers(MechanismType::RSA_PKCS) {
            return Err(self.no_mechanism("CKM_RSA_PKCS"));
        }
        self.run(&Mechanism::RsaPkcs, &hash.digest_info(digest))
    }

    fn sign_rsa(&self, hash: HashAlgorithm, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let (hashing, wanted) = match hash {
            HashAlgorithm::Sha384 => {
                (Mechanism::Sha384RsaPkcs, "CKM_RSA_PKCS or CKM_SHA384_RSA_PKCS")
            }
            HashAlgorithm::Sha512 => {
                (Mechanism::Sha512RsaPkcs, "CKM_RSA_PKCS or CKM_SHA512_RSA_PKCS")
            }
            _ => (Mechanism::Sha256RsaPkcs, "CKM_RSA_PKCS or CKM_SHA256_RSA_PKCS"),
        };
        // What hashes takes its data in parts: see `Reauthentication`.
        if self.reauthentication.is_none() && self.offers(MechanismType::RSA_PKCS) {
            self.sign_rsa_digest(hash, &hash.digest(message))
        } else if self.offers(hashing.mechanism_type()) {
            self.run(&hashing, message)
        } else if self.offers(MechanismType::RSA_PKCS) {
            self.sign_rsa_digest(hash, &hash.digest(message))
        } else {
            Err(self.no_mechanism(wanted))
        }
    }

    fn sign_ec(&self, hash: HashAlgorithm, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let hashing = match hash {
            HashAlgorithm::Sha384 => Mechanism::EcdsaSha384,
            HashAlgorithm::Sha512 => Mechanism::EcdsaSha512,
            _ => Mechanism::EcdsaSha256,
        };
        let raw = if self.reauthentication.is_some() && self.offers(hashing.mechanism_type()) {
            self.run(&hashing, message)?
        } else if self.offers(MechanismType::ECDSA) {
            self.run(&Mechanism::Ecdsa, &hash.digest(message))?
        } else {
            return Err(self.no_mechanism("CKM_ECDSA"));
        };
        ecdsa_signature_der(self.public.algorithm(), &raw)
            .ok_or_else(|| TokenError::WrongSignature { key: self.name.clone() })
    }

    fn sign_message(&self, hash: HashAlgorithm, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let signature = match self.public.algorithm().rsa_bits() {
            Some(_) => self.sign_rsa(hash, message)?,
            None => self.sign_ec(hash, message)?,
        };
        match self.public.verify_own(hash, message, &signature) {
            Ok(()) => Ok(signature),
            Err(_) => Err(TokenError::WrongSignature { key: self.name.clone() }),
        }
    }
}

impl CertificateSigner for TokenKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, hash: HashAlgorithm, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.sign_message(hash, message).map_err(|error| SignerError::Refused {
            place: self.token.clone(),
            reason: error.to_string(),
        })
    }
}
