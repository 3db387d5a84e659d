//! `el2g ca`: the CA team's side. Signs intermediates from the service's requests (AN12642 4.2.3 and 6), makes
//! roots for tests and pilots.

use clap::{Args, Subcommand, ValueEnum};
use el2g_x509::HashAlgorithm;

use crate::Result;
use crate::context::Context;
use crate::output::Outcome;

pub mod root;
pub mod sign;

pub use sign::{read_certificate, show as show_summary};

/// Sign intermediate CAs; make roots for pilots.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Make a self-signed root for tests and pilots
    #[command(
        after_help = "Example:\n  el2g ca root --subject \"CN=Pilot Root,O=Example,C=AT\" --key-out new-root.key --out new-root.pem"
    )]
    Root(root::Arguments),
    /// Sign an intermediate CA from a request; checked by the profile before the key is used and after
    #[command(
        after_help = "Example:\n  el2g ca sign --csr ca.csr --root root.pem --root-key root.key --days 5479 --out signed.pem --yes"
    )]
    Sign(Box<sign::Arguments>),
}

/// A hash that section 6 allows.
#[derive(Clone, Copy, ValueEnum)]
pub enum Hash {
    Sha256,
    Sha384,
}

impl From<Hash> for HashAlgorithm {
    fn from(hash: Hash) -> Self {
        match hash {
            Hash::Sha256 => Self::Sha256,
            Hash::Sha384 => Self::Sha384,
        }
    }
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Root(arguments) => root::run(&arguments, context),
        Verb::Sign(arguments) => sign::run(&arguments, context),
    }
}
