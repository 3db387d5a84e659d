//! Why a key on a token was not found or did not sign.

use std::path::PathBuf;

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};
use el2g_key_payload::PayloadKind;

/// Why a key on a PKCS #11 token cannot be used. Labels and serial numbers are shown, a PIN never is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The program is a static one (`crt-static`): it has no loader for the libraries of others.
    #[error("this is the static program, which cannot load a PKCS #11 module")]
    StaticProgram,
    /// No module was named and none is where modules usually are.
    #[error("no PKCS #11 module was named, and none was found at {}", .tried.join(", "))]
    NoModule {
        /// Where it was looked for.
        tried: Vec<String>,
    },
    /// `module-name` names a module that is in no folder of modules.
    #[error("no PKCS #11 module `{name}` was found in {}", .tried.join(", "))]
    NoModuleNamed {
        /// The name in the URI.
        name: String,
        /// The folders.
        tried: Vec<String>,
    },
    /// The module is not a PKCS #11 library, or does not start.
    #[error("{}: cannot be used as a PKCS #11 module: {reason}", .path.display())]
    Module {
        /// The library.
        path: PathBuf,
        /// What the loader or the library said.
        reason: String,
    },
    /// Another user can change the module, which would run in this process.
    #[error("PKCS #11 module {0}")]
    UntrustedModule(Box<el2g_files::UntrustedFile>),
    /// No token is as the URI says.
    #[error("no token matches `{wanted}`; found: {}", listed(.found))]
    NoToken {
        /// The URI.
        wanted: String,
        /// The tokens that are there.
        found: Vec<String>,
    },
    /// More than one token is as the URI says.
    #[error("{} tokens match `{wanted}`, expected 1: {}", .found.len(), listed(.found))]
    SeveralTokens {
        /// The URI.
        wanted: String,
        /// Those that match.
        found: Vec<String>,
    },
    /// The token's user PIN was never set.
    #[error("{token} has no user PIN yet")]
    PinNotSet {
        /// The token.
        token: String,
    },
    /// A PIN is needed, and none was given.
    #[error("{token} needs its PIN and none was given")]
    PinWanted {
        /// The token.
        token: String,
    },
    /// The PIN is not the token's.
    #[error("the PIN does not open {token}{}", if *.last_try { "; the next wrong one locks it" } else { "" })]
    WrongPin {
        /// The token.
        token: String,
        /// Whether only one try is left.
        last_try: bool,
    },
    /// Too many wrong PINs.
    #[error("the PIN of {token} is locked")]
    PinLocked {
        /// The token.
        token: String,
    },
    /// The PIN must be changed first.
    #[error("the PIN of {token} has expired")]
    PinExpired {
        /// The token.
        token: String,
    },
    /// No key is as the URI says.
    #[error("{token} has no {what} that matches `{wanted}`; found: {}", listed(.found))]
    NoKey {
        /// The token.
        token: String,
        /// `private key` or `secret key`.
        what: &'static str,
        /// The URI.
        wanted: String,
        /// The keys that are there.
        found: Vec<String>,
    },
    /// More than one key is as the URI says.
    #[error("{} {what}s on {token} match `{wanted}`, expected 1: {}", .found.len(), listed(.found))]
    SeveralKeys {
        /// The token.
        token: String,
        /// `private key` or `secret key`.
        what: &'static str,
        /// The URI.
        wanted: String,
        /// Those that match.
        found: Vec<String>,
    },
    /// CKA_SIGN is false.
    #[error("{key} may not sign (CKA_SIGN is false)")]
    MayNotSign {
        /// The key.
        key: String,
    },
    /// CKA_ALWAYS_AUTHENTICATE is true, and the token does not sign in parts with that mechanism.
    #[error(
        "{key} needs the PIN again for each signature (CKA_ALWAYS_AUTHENTICATE) and signs with {mechanism} in one step only, where it cannot be given; use a key without that attribute"
    )]
    PinForEachSignature {
        /// The key.
        key: String,
        /// The mechanism.
        mechanism: String,
    },
    /// Neither RSA nor EC.
    #[error("{key} is a {found} key, RSA and EC are allowed")]
    KeyType {
        /// The key.
        key: String,
        /// Its kind.
        found: String,
    },
    /// The public half is not on the token.
    #[error(
        "the public half of {key} is not on the token: neither a public key nor a certificate with its id"
    )]
    NoPublicKey {
        /// The key.
        key: String,
    },
    /// Several public keys could be the public half.
    #[error(
        "several public keys could be that of {key}, which has the id of all of them and the label of none: {}",
        listed(.found)
    )]
    SeveralPublicKeys {
        /// The key.
        key: String,
        /// Those that could be meant.
        found: Vec<String>,
    },
    /// The public half cannot be read.
    #[error("the public half of {key} cannot be read: {reason}")]
    PublicKey {
        /// The key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The token cannot sign in the way that is needed.
    #[error("{token} does not offer {wanted}")]
    NoMechanism {
        /// The token.
        token: String,
        /// The mechanisms, one of which is needed.
        wanted: &'static str,
    },
    /// The key signs with another size or another algorithm than its public half says.
    #[error("the signature that {key} made does not verify with its public key")]
    WrongSignature {
        /// The key.
        key: String,
    },
    /// What the URI names is not a secret key.
    #[error("{token}: `{wanted}` names {}, expected a secret key (AES or generic secret)", listed(.found))]
    NotSecretKey {
        /// The token.
        token: String,
        /// The URI.
        wanted: String,
        /// The objects: class and name.
        found: Vec<String>,
    },
    /// A secret key of a type that the kind of secret cannot be.
    #[error("{key} has the type {found}; {kind} takes {allowed}")]
    WrongKeyType {
        /// The key.
        key: String,
        /// Its type.
        found: String,
        /// The kind that was asked for.
        kind: PayloadKind,
        /// The types that fit.
        allowed: &'static str,
    },
    /// A secret key of a length that the kind of secret cannot have.
    #[error("{key} has {byte_len} bytes; {kind} takes {}", .kind.allowed_bytes())]
    WrongKeyLength {
        /// The key.
        key: String,
        /// Its length.
        byte_len: usize,
        /// The kind that was asked for.
        kind: PayloadKind,
    },
    /// CKA_EXTRACTABLE is false.
    #[error("{key} does not leave its token (CKA_EXTRACTABLE is false)")]
    NotExtractable {
        /// The key.
        key: String,
    },
    /// CKA_WRAP_WITH_TRUSTED is true.
    #[error(
        "{key} leaves its token only wrapped by a key that the security officer marked as trusted (CKA_WRAP_WITH_TRUSTED is true), which a session key is not"
    )]
    OnlyTrusted {
        /// The key.
        key: String,
    },
    /// No way of wrapping the key worked.
    #[error("{key} cannot be wrapped by a session key: {}", .tried.join("; "))]
    NotWrapped {
        /// The key.
        key: String,
        /// What was tried, with the answer.
        tried: Vec<String>,
    },
    /// What left the token is not the key that it works with.
    #[error("what {token} gave as {key} is not that key: {method} disagrees")]
    WrongValue {
        /// The token.
        token: String,
        /// The key.
        key: String,
        /// What it was compared by.
        method: &'static str,
    },
    /// A new key needs a name that is free.
    #[error("{token} has a key with that label or id already: {}", listed(.found))]
    NameTaken {
        /// The token.
        token: String,
        /// Those that have it: class, name, and for secret keys whether they are extractable.
        found: Vec<String>,
    },
    /// A new key needs a name.
    #[error("the pkcs11: URI of the new key has neither a label (object=) nor an id (id=)")]
    NoName,
    /// Nothing can be written to the token.
    #[error("{token} is write-protected: no key can be made in it")]
    WriteProtected {
        /// The token.
        token: String,
    },
    /// The token has no room.
    #[error("{token} is full: {function} failed: {reason}")]
    Full {
        /// The token.
        token: String,
        /// The PKCS #11 function.
        function: String,
        /// What it answered.
        reason: String,
    },
    /// The new key is not as it must be, by its own attributes.
    #[error("{key}: {found} after CKA_EXTRACTABLE was set to false")]
    NotSealedOff {
        /// The key.
        key: String,
        /// The attributes that are wrong.
        found: String,
    },
    /// Something failed after the new key was made, and it was removed again.
    #[error("{error}; the new {key} was removed again, nothing is left in the token")]
    MadeAndRemoved {
        /// What failed.
        error: Box<TokenError>,
        /// The key.
        key: String,
    },
    /// Something failed after the new key was made, and it could not be removed.
    #[error(
        "{error}; the new {key} IS LEFT in the token, {state}, and could not be removed: {reason}"
    )]
    MadeAndLeft {
        /// What failed.
        error: Box<TokenError>,
        /// The key.
        key: String,
        /// Whether it is extractable.
        state: &'static str,
        /// Why it was not removed.
        reason: String,
    },
    /// The token is gone.
    #[error("{token} was removed")]
    Removed {
        /// The token.
        token: String,
    },
    /// Anything else.
    #[error("{token}: {function} failed: {reason}")]
    Failed {
        /// The token.
        token: String,
        /// The PKCS #11 function.
        function: String,
        /// What it answered.
        reason: String,
    },
}

fn listed(found: &[String]) -> String {
    if found.is_empty() { "none".to_owned() } else { found.join(", ") }
}

/// What a module answered, as an error about `token`.
pub(super) fn of_token(token: &str, error: &Error) -> TokenError {
    let token = token.to_owned();
    let Error::Pkcs11(value, function) = error else {
        let function = "the module".to_owned();
        return TokenError::Failed { token, function, reason: error.to_string() };
    };
    match value {
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => {
            TokenError::WrongPin { token, last_try: false }
        }
        RvError::PinLocked => TokenError::PinLocked { token },
        RvError::PinExpired => TokenError::PinExpired { token },
        RvError::UserPinNotInitialized => TokenError::PinNotSet { token },
        RvError::UserNotLoggedIn => TokenError::PinWanted { token },
        RvError::DeviceRemoved | RvError::TokenNotPresent | RvError::SessionHandleInvalid => {
            TokenError::Removed { token }
        }
        RvError::TokenWriteProtected | RvError::SessionReadOnly => {
            TokenError::WriteProtected { token }
        }
        RvError::DeviceMemory => {
            TokenError::Full { token, function: name(*function), reason: format!("{value:?}") }
        }
        value => {
            TokenError::Failed { token, function: name(*function), reason: format!("{value:?}") }
        }
    }
}

/// What a module answered, for a list of what was tried.
pub(super) fn reason_of(error: &Error) -> String {
    match error {
        Error::Pkcs11(value, function) => format!("{} failed: {value:?}", name(*function)),
        other => other.to_string(),
    }
}

/// `Sign` is `C_Sign` in the standard.
fn name(function: Function) -> String {
    format!("C_{function:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_a_user_can_do_something_about_are_told_apart() {
        let told = |value| of_token("token `T`", &Error::Pkcs11(value, Function::Sign)).to_string();
        assert_eq!(told(RvError::PinIncorrect), "the PIN does not open token `T`");
        assert_eq!(told(RvError::PinLocked), "the PIN of token `T` is locked");
        assert_eq!(told(RvError::DeviceRemoved), "token `T` was removed");
        assert_eq!(told(RvError::DeviceError), "token `T`: C_Sign failed: DeviceError");
        assert_eq!(
            told(RvError::TokenWriteProtected),
            "token `T` is write-protected: no key can be made in it"
        );
        assert_eq!(told(RvError::DeviceMemory), "token `T` is full: C_Sign failed: DeviceMemory");
        let last = TokenError::WrongPin { token: "token `T`".into(), last_try: true };
        assert_eq!(
            last.to_string(),
            "the PIN does not open token `T`; the next wrong one locks it"
        );
        let none = TokenError::NoToken { wanted: "pkcs11:token=x".into(), found: vec![] };
        assert_eq!(none.to_string(), "no token matches `pkcs11:token=x`; found: none");
    }
}
