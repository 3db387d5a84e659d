//! Where private keys live: files, tokens (PKCS #11), gpg-agent. What signs does so where the key is.

mod gpg_agent;
mod key_place;
mod opening;
mod pkcs11;
mod remote_signer;

pub use gpg_agent::{AgentError, AgentKey, AgentSettings};
pub use key_place::{KeyPlace, KeyPlaceError, TokenUri};
pub use opening::{OpenError, Unlock};
pub use pkcs11::{Token, TokenError, TokenKey};
pub use remote_signer::RemoteSigner;
