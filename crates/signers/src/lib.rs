#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`KeyPlace`] names a key, [`Unlock`] is what you give to open it.

mod gpg_agent;
mod key_place;
mod opening;
mod pkcs11;
mod remote_signer;

pub use gpg_agent::{AgentError, AgentKey, AgentSettings};
pub use key_place::{KeyPlace, KeyPlaceError, TokenUri};
pub use opening::{OpenError, Unlock};
pub use pkcs11::{
    Home, KeyAttributes, NewSecretKey, SecretOrigin, Token, TokenError, TokenKey, TokenSecret,
    TokenSecrets,
};
pub use remote_signer::RemoteSigner;
