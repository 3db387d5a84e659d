//! AES, HMAC and binary payloads for EdgeLock 2GO (AN12642 section 12): the rules for their hex text,
//! their generation, components and check values, and the SHA3-512 checksum and base64 form of what is not secret.
//!
//! Nothing here does I/O of its own: text comes in as [`SecretBytes`], randomness through [`Entropy`].
//! No error or `Debug` output of this crate holds a byte of the material it is about.

mod check_value;
mod checksum;
mod claim_secret;
mod component;
mod entropy;
mod hex;
mod kind;
mod payload;
mod secret;
mod secret_size;
mod stack;

pub use check_value::{CheckMethod, KeyCheckValue, aes_cmac};
pub use checksum::{base64_bytes, base64_text, sha3_512_hex, sha3_512_hex_of};
pub use claim_secret::{
    ClaimSecret, ClaimSecretError, LONGEST_CLAIM_SECRET_TEXT, SHORTEST_CLAIM_SECRET,
};
pub use component::{Component, ComponentError, combine};
pub use entropy::{Entropy, EntropyUnavailable, SystemEntropy};
pub use hex::{Intruder, Place};
pub use kind::{PayloadKind, UnknownKind};
pub use payload::{Payload, PayloadError};
pub use secret::{ReadError, SecretBytes, io_reason};
pub use secret_size::{NotASize, SecretSize, SizeError};
pub use stack::wipe_stack;
