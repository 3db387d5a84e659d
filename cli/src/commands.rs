//! The commands, one noun a line.
//!
//! To add a noun:
//! 1. `commands/<noun>.rs` with `pub struct Arguments` (clap; doc comments are the help) and
//!    `pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome>`;
//! 2. its `mod` and its line in `commands!` below, both in alphabetical order;
//! 3. `tests/<noun>.rs`.
//!
//! To add a verb: a variant of the noun's subcommand enum and one function.
//!
//! A command neither prints nor exits: it returns an [`Outcome`] (something that is `Serialize` and
//! [`Human`](crate::output::Human)) or a [`Failure`](el2g_workflows::Failure). Notes for stderr go through
//! `context.console`, files through `context.input` and `context.*_output`. Every argument that names a
//! file with a secret is a [`SecretPath`](crate::input::SecretPath). Every command (leaf) has
//! `#[command(after_help = "Example:\n  el2g …")]`; `tests/help.rs` runs each such line.

mod activity;
mod api;
mod ca;
mod cert;
mod checksum;
mod claim_code;
mod config;
mod contract;
mod csr;
mod demo;
mod dev_board;
mod device;
mod device_group;
mod doctor;
mod hardware_type;
mod intermediate_ca;
mod object_id;
mod pem;
mod pgp;
mod policy;
mod product;
mod provisioning;
mod recipient;
mod sandbox;
mod secure_object;

use clap::error::{Error, ErrorKind};
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};

use crate::Result;
use crate::context::Context;
use crate::output::Outcome;

/// The table of nouns: what clap offers and what runs.
///
/// What clap's `Subcommand` derives, but a noun is described to clap only when it is the one that was typed
/// ([`clap::Command::defer`]): to describe all of them takes longer than to seal a message.
macro_rules! commands {
    ($(#[doc = $about:literal] $name:literal: $variant:ident => $noun:ident,)*) => {
        /// What can be done.
        pub enum Command {
            $(#[doc = $about] $variant(Box<$noun::Arguments>),)*
        }

        impl Subcommand for Command {
            fn augment_subcommands(command: clap::Command) -> clap::Command {
                command
                    .subcommand_required(true)
                    .arg_required_else_help(true)
                    $(.subcommand(
                        clap::Command::new($name)
                            .about($about.trim())
                            .defer($noun::Arguments::augment_args),
                    ))*
            }

            fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
                Self::augment_subcommands(command)
            }

            fn has_subcommand(name: &str) -> bool {
                [$($name),*].contains(&name)
            }
        }

        impl FromArgMatches for Command {
            fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, Error> {
                match matches.subcommand() {
                    $(Some(($name, matches)) => {
                        $noun::Arguments::from_arg_matches(matches)
                            .map(|arguments| Command::$variant(Box::new(arguments)))
                    })*
                    _ => Err(Error::new(ErrorKind::MissingSubcommand)),
                }
            }

            fn update_from_arg_matches(
                &mut self,
                matches: &ArgMatches,
            ) -> std::result::Result<(), Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }

        /// Runs one command.
        pub fn run(command: Command, context: &mut Context) -> Result<Outcome> {
            match command {
                $(Command::$variant(arguments) => $noun::run(*arguments, context),)*
            }
        }
    };
}

commands! {
    /// What happened in the account
    "activity": Activity => activity,
    /// Call anything below the base URL and print what it answers
    "api": Api => api,
    /// Sign intermediate CAs; make roots for pilots
    "ca": Ca => ca,
    /// Judge certificates by the profile of AN12642 section 6
    "cert": Cert => cert,
    /// SHA3-512 of a file, as the service wants it
    "checksum": Checksum => checksum,
    /// Claim codes, with which devices join a group by themselves
    "claim-code": ClaimCode => claim_code,
    /// Settings: where each comes from, and the file with the profiles
    "config": Config => config,
    /// Where the service's own description differs from what this program knows
    "contract": Contract => contract,
    /// Show certificate requests
    "csr": Csr => csr,
    /// The whole job against the built-in service, no account needed
    "demo": Demo => demo,
    /// Development boards that the service supports
    "dev-board": DevBoard => dev_board,
    /// Devices and their ids
    "device": Device => device,
    /// Device groups and what is in them
    "device-group": DeviceGroup => device_group,
    /// Whether settings, token, connection, clock, recipients and signer are in place
    "doctor": Doctor => doctor,
    /// Hardware types that the service supports
    "hardware-type": HardwareType => hardware_type,
    /// Intermediate CAs that sign device certificates
    "intermediate-ca": IntermediateCa => intermediate_ca,
    /// Ids of secure objects
    "object-id": ObjectId => object_id,
    /// PEM to one line and back
    "pem": Pem => pem,
    /// OpenPGP keys and sealed messages
    "pgp": Pgp => pgp,
    /// Usage policies of secure objects
    "policy": Policy => policy,
    /// Products that the service supports, by 12NC
    "product": Product => product,
    /// What a provisioned device has
    "provisioning": Provisioning => provisioning,
    /// Stored keys that messages are sealed to
    "recipient": Recipient => recipient,
    /// The built-in service: rehearse everything without an account
    "sandbox": Sandbox => sandbox,
    /// Keys, certificates and files for secure elements
    "secure-object": SecureObject => secure_object,
}
