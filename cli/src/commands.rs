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
mod contract;
mod csr;
mod demo;
mod dev_board;
mod device;
mod device_group;
mod hardware_type;
mod intermediate_ca;
mod object_id;
mod pem;
mod pgp;
mod policy;
mod product;
mod provisioning;
mod sandbox;
mod secure_object;

use clap::Subcommand;

use crate::Result;
use crate::context::Context;
use crate::output::Outcome;

/// The table of nouns: what clap offers and what runs.
macro_rules! commands {
    ($($(#[$attribute:meta])* $variant:ident => $noun:ident,)*) => {
        /// What can be done.
        #[derive(Subcommand)]
        pub enum Command {
            $($(#[$attribute])* $variant($noun::Arguments),)*
        }

        /// Runs one command.
        pub fn run(command: Command, context: &mut Context) -> Result<Outcome> {
            match command {
                $(Command::$variant(arguments) => $noun::run(arguments, context),)*
            }
        }
    };
}

commands! {
    /// What happened in the account
    Activity => activity,
    /// Call anything below the base URL and print what it answers
    Api => api,
    /// Sign intermediate CAs; make roots for pilots
    Ca => ca,
    /// Judge certificates by the profile of AN12642 section 6
    Cert => cert,
    /// SHA3-512 of a file, as the service wants it
    Checksum => checksum,
    /// Claim codes, with which devices join a group by themselves
    ClaimCode => claim_code,
    /// Where the service's own description differs from what this program knows
    Contract => contract,
    /// Show certificate requests
    Csr => csr,
    /// The whole job against the built-in service, no account needed
    Demo => demo,
    /// Development boards that the service supports
    DevBoard => dev_board,
    /// Devices and their ids
    Device => device,
    /// Device groups and what is in them
    DeviceGroup => device_group,
    /// Hardware types that the service supports
    HardwareType => hardware_type,
    /// Intermediate CAs that sign device certificates
    IntermediateCa => intermediate_ca,
    /// Ids of secure objects
    ObjectId => object_id,
    /// PEM to one line and back
    Pem => pem,
    /// OpenPGP keys and sealed messages
    Pgp => pgp,
    /// Usage policies of secure objects
    Policy => policy,
    /// Products that the service supports, by 12NC
    Product => product,
    /// What a provisioned device has
    Provisioning => provisioning,
    /// The built-in service: rehearse everything without an account
    Sandbox => sandbox,
    /// Keys, certificates and files for secure elements
    SecureObject => secure_object,
}
