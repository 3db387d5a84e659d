#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`Payload`] for a secret of a kind, [`SecretBytes`] for bytes that are wiped, [`combine`] for components,
//! [`sha3_512_hex`] for the checksum.

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
pub use claim_secret::{ClaimSecret, ClaimSecretError, LONGEST_CLAIM_SECRET_TEXT};
pub use component::{Component, ComponentError, combine};
pub use entropy::{Entropy, EntropyUnavailable, SystemEntropy};
pub use hex::{Intruder, Place};
pub use kind::{PayloadKind, UnknownKind};
pub use payload::{Payload, PayloadError};
pub use secret::{ReadError, SecretBytes, io_reason};
pub use secret_size::{NotASize, SecretSize, SizeError};
pub use stack::wipe_stack;
