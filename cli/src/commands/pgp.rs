//! `el2g pgp`: signing keys, the EdgeLock 2GO key, sealed messages (AN12642 section 12).

pub mod certify;
pub mod inspect;
pub mod keygen;
pub mod public;
pub mod recipient;
pub mod seal;
pub mod seal_batch;

use clap::Args;

use crate::Result;
use crate::context::Context;
use crate::output::Outcome;

/// OpenPGP keys and sealed messages.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

commands! { Verb
    /// Make an RSA signing key, protected by a passphrase
    "keygen": Keygen => keygen,
    /// Make the OpenPGP certificate of an RSA key on a token
    "certify": Certify => certify,
    /// Print the public key of a secret key
    "public": Public => public,
    /// Check that a key file is the EdgeLock 2GO key and can be used
    "recipient": Recipient => recipient,
    /// Sign and encrypt a secret to EdgeLock 2GO
    "seal": Seal => seal,
    /// Seal thousands of secrets that a manifest lists
    "seal-batch": SealBatch => seal_batch,
    /// Show a message packet by packet, and whether EdgeLock 2GO will accept it
    "inspect": Inspect => inspect,
}

/// Runs the verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    arguments.verb.run(context)
}
