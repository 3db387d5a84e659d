//! Opening a key: the place where it lives decides what is asked for.

use std::path::{Path, PathBuf};

use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{
    KeyError, KeyName, LARGEST_KEY_FILE, MessageSigner, SigningKey, Timestamp,
};
use el2g_x509::{CertificateSigner, FileKey, FileKeyError, PublicKey};

use crate::{
    AgentError, AgentKey, AgentSettings, KeyPlace, KeyPlaceError, RemoteSigner, Token, TokenError,
    TokenKey, TokenUri,
};

/// Most bytes of a private key file for certificates.
const LARGEST_CERTIFICATE_KEY: usize = 1024 * 1024;

/// What opens keys, given by the program: files, passphrases and PINs. Each is asked for only when it is needed.
pub trait Unlock {
    /// Why something is not given, or a key does not open.
    type Error: From<OpenError>;

    /// The content of a key file, at most `cap` bytes.
    fn key_file(&mut self, path: &Path, cap: usize) -> Result<SecretBytes, Self::Error>;

    /// The passphrase that was given in advance.
    fn passphrase_given(&mut self) -> Result<Option<SecretBytes>, Self::Error>;

    /// The passphrase of a key that turned out to need one; its owner is asked.
    fn passphrase(&mut self, key: &str) -> Result<SecretBytes, Self::Error>;

    /// The PIN of a token: from the file that its URI names, else its owner is asked.
    fn pin(&mut self, token: &Token, file: Option<PathBuf>) -> Result<SecretBytes, Self::Error>;

    /// The PKCS #11 library to use where a URI names none.
    fn module(&self) -> Option<PathBuf>;

    /// How gpg-agent reaches the terminal or display that it asks on, as options of its protocol.
    fn agent_prompt(&self) -> Vec<(&'static str, String)>;

    /// The OpenPGP certificate of a token's key, and its name.
    fn certificate(&mut self) -> Result<Option<(String, Vec<u8>)>, Self::Error>;

    /// Hears that a token is given the messages themselves to hash.
    fn note_token_sees_messages(&mut self, key: &str);
}

/// Why a key is not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// A file with a key for certificates.
    #[error("{name}: {error}")]
    CertificateKey {
        /// The file.
        name: String,
        /// What is wrong with it.
        error: FileKeyError,
    },
    /// A file with an OpenPGP key.
    #[error("{name}: {error}")]
    MessageKey {
        /// The file.
        name: String,
        /// What is wrong with it.
        error: KeyError,
    },
    /// A token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A URI that names something else.
    #[error(transparent)]
    Place(#[from] KeyPlaceError),
    /// gpg-agent.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// A key of gpg-agent for certificates.
    #[error("keys of gpg-agent sign messages, not certificates; expected a file or a pkcs11: URI")]
    AgentKey,
    /// A key of a token for messages, without its OpenPGP certificate.
    #[error("a pkcs11: signer needs its OpenPGP certificate: --signer-public")]
    NoCertificate,
}

impl KeyPlace {
    /// Opens a key that signs certificates. `certified` is the key of the CA's certificate, for tokens that hold only the
    /// private half.
    ///
    /// # Errors
    /// [`OpenError`], and what `unlock` fails with.
    pub fn open_certificate_key<U: Unlock>(
        &self,
        certified: &PublicKey,
        unlock: &mut U,
    ) -> Result<Box<dyn CertificateSigner>, U::Error> {
        match self {
            Self::File(path) => Ok(Box::new(open_certificate_file(path, unlock)?)),
            Self::Agent(_) => Err(OpenError::AgentKey.into()),
            Self::Token(uri) => Ok(Box::new(uri.open(Some(certified), unlock)?)),
        }
    }

    /// Opens an OpenPGP key that signs messages.
    ///
    /// # Errors
    /// [`OpenError`], and what `unlock` fails with.
    pub fn open_message_key<U: Unlock>(
        &self,
        now: Timestamp,
        unlock: &mut U,
    ) -> Result<Box<dyn MessageSigner>, U::Error> {
        match self {
            Self::File(path) => Ok(Box::new(open_message_file(path, now, unlock)?)),
            Self::Agent(name) => Ok(Box::new(open_agent(*name, now, unlock)?)),
            Self::Token(uri) => Ok(Box::new(open_token(uri, now, unlock)?)),
        }
    }
}

impl TokenUri {
    /// Unlocks a token and finds its key.
    ///
    /// # Errors
    /// [`TokenError`], and what `unlock` fails with.
    pub fn open<U: Unlock>(
        &self,
        certified: Option<&PublicKey>,
        unlock: &mut U,
    ) -> Result<TokenKey, U::Error> {
        self.expect_type("private", "a private key (type=private)").map_err(OpenError::Place)?;
        let token = Token::find(self, unlock.module().as_deref()).map_err(OpenError::Token)?;
        let pin = self.pin(&token, unlock)?;
        Ok(token.open_key(pin.as_ref(), certified).map_err(OpenError::Token)?)
    }
}

impl TokenUri {
    /// The PIN of the token, where one has to be given.
    pub(crate) fn pin<U: Unlock>(
        &self,
        token: &Token,
        unlock: &mut U,
    ) -> Result<Option<SecretBytes>, U::Error> {
        match token.wants_pin() {
            true => unlock.pin(token, self.pin_file()).map(Some),
            false => Ok(None),
        }
    }
}

fn open_certificate_file<U: Unlock>(path: &Path, unlock: &mut U) -> Result<FileKey, U::Error> {
    let name = path.display().to_string();
    let file = unlock.key_file(path, LARGEST_CERTIFICATE_KEY)?;
    let given = unlock.passphrase_given()?;
    let opened = match FileKey::read(&file, given.as_ref()) {
        Err(FileKeyError::PassphraseNeeded) if given.is_none() => {
            FileKey::read(&file, Some(&unlock.passphrase(&name)?))
        }
        opened => opened,
    };
    Ok(opened.map_err(|error| OpenError::CertificateKey { name, error })?)
}

fn open_message_file<U: Unlock>(
    path: &Path,
    now: Timestamp,
    unlock: &mut U,
) -> Result<SigningKey, U::Error> {
    let name = path.display().to_string();
    let file = unlock.key_file(path, LARGEST_KEY_FILE)?;
    let given = unlock.passphrase_given()?;
    let opened = match SigningKey::open(&file, given.as_ref(), now) {
        Err(KeyError::PassphraseNeeded { .. }) => {
            SigningKey::open(&file, Some(&unlock.passphrase(&name)?), now)
        }
        opened => opened,
    };
    Ok(opened.map_err(|error| OpenError::MessageKey { name, error })?)
}

/// The agent asks through the user's own pinentry, unless a passphrase was given.
fn open_agent<U: Unlock>(
    name: KeyName,
    now: Timestamp,
    unlock: &mut U,
) -> Result<RemoteSigner, U::Error> {
    // GNUPGHOME reaches gpg and gpgconf through the environment.
    let settings = AgentSettings {
        home: None,
        prompt: unlock.agent_prompt(),
        passphrase: unlock.passphrase_given()?,
    };
    Ok(AgentKey::find(name, settings, now).map_err(OpenError::Agent)?)
}

fn open_token<U: Unlock>(
    uri: &TokenUri,
    now: Timestamp,
    unlock: &mut U,
) -> Result<RemoteSigner, U::Error> {
    let (name, certificate) = unlock.certificate()?.ok_or(OpenError::NoCertificate)?;
    let key = uri.open(None, unlock)?;
    if key.may_see_messages() {
        unlock.note_token_sees_messages(key.name());
    }
    let opened = key.into_message_signer(&certificate, now);
    Ok(opened.map_err(|error| OpenError::MessageKey { name, error })?)
}
