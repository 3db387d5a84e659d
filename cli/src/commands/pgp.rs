//! `el2g pgp`: signing keys, the EdgeLock 2GO key, sealed messages (AN12642 section 12).

mod certify;
mod inspect;
mod keygen;
mod public;
mod recipient;
mod seal;
mod seal_batch;

use clap::{Args, Subcommand};

use crate::Result;
use crate::context::Context;
use crate::output::Outcome;

/// OpenPGP keys and sealed messages.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Make an RSA signing key, protected by a passphrase
    Keygen(keygen::Arguments),
    /// Make the OpenPGP certificate of an RSA key on a token
    Certify(certify::Arguments),
    /// The public key of a secret key
    Public(public::Arguments),
    /// Whether a key file is the EdgeLock 2GO key and usable
    Recipient(recipient::Arguments),
    /// Sign and encrypt a secret to EdgeLock 2GO
    Seal(seal::Arguments),
    /// Seal thousands of secrets that a manifest lists
    SealBatch(seal_batch::Arguments),
    /// What a message is, packet by packet, and whether EdgeLock 2GO will take it
    Inspect(inspect::Arguments),
}

/// Runs the verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Keygen(arguments) => keygen::run(arguments, context),
        Verb::Certify(arguments) => certify::run(arguments, context),
        Verb::Public(arguments) => public::run(arguments, context),
        Verb::Recipient(arguments) => recipient::run(arguments, context),
        Verb::Seal(arguments) => seal::run(arguments, context),
        Verb::SealBatch(arguments) => seal_batch::run(arguments, context),
        Verb::Inspect(arguments) => inspect::run(arguments, context),
    }
}
