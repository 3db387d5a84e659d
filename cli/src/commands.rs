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
//! A command neither prints nor exits: it returns an [`Outcome`](crate::output::Outcome) (something that is `Serialize` and
//! [`Human`](crate::output::Human)) or a [`Failure`](el2g_workflows::Failure). Notes for stderr go through
//! `context.console`, files through `context.input` and `context.*_output`. Every argument that names a
//! file with a secret is a [`SecretPath`](crate::input::SecretPath). Every command (leaf) has
//! `#[command(after_help = "Example:\n  el2g …")]`; `tests/help.rs` runs each such line.

/// A table of commands: what clap offers and what runs. `Name` is the enum it makes; each line is a word to type, and the
/// module with its `Arguments` and `run`.
///
/// What clap's `Subcommand` derives, but a command is described to clap only when it is the one that was typed
/// ([`clap::Command::defer`]): to describe all of them takes longer than to seal a message.
macro_rules! commands {
    ($Name:ident $(#[doc = $about:literal] $name:literal: $variant:ident => $module:ident,)*) => {
        /// What can be done.
        pub enum $Name {
            $(#[doc = $about] $variant(Box<$module::Arguments>),)*
        }

        impl $Name {
            /// Runs one command.
            pub fn run(
                self,
                context: &mut $crate::context::Context,
            ) -> $crate::Result<$crate::output::Outcome> {
                match self {
                    $(Self::$variant(arguments) => $module::run(*arguments, context),)*
                }
            }

            /// Adds a command to `parent`, if there is one of this name.
            fn augment_with(name: &str, parent: clap::Command) -> Option<clap::Command> {
                match name {
                    $($name => Some(parent.subcommand(
                        clap::Command::new($name)
                            .about($about.trim())
                            .defer(|command| {
                                let augment = <$module::Arguments as clap::Args>::augment_args;
                                $crate::help_examples::wrap_examples(augment(command))
                            }),
                    )),)*
                    _ => None,
                }
            }
        }

        impl clap::Subcommand for $Name {
            fn augment_subcommands(command: clap::Command) -> clap::Command {
                [$($name),*].into_iter().fold(
                    command.subcommand_required(true).arg_required_else_help(true),
                    |command, name| Self::augment_with(name, command).expect("a name of this table"),
                )
            }

            fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
                Self::augment_subcommands(command)
            }

            fn has_subcommand(name: &str) -> bool {
                [$($name),*].contains(&name)
            }
        }

        impl clap::FromArgMatches for $Name {
            fn from_arg_matches(
                matches: &clap::ArgMatches,
            ) -> std::result::Result<Self, clap::Error> {
                match matches.subcommand() {
                    $(Some(($name, matches)) => {
                        <$module::Arguments as clap::FromArgMatches>::from_arg_matches(matches)
                            .map(|arguments| Self::$variant(Box::new(arguments)))
                    })*
                    _ => Err(clap::Error::new(clap::error::ErrorKind::MissingSubcommand)),
                }
            }

            fn update_from_arg_matches(
                &mut self,
                matches: &clap::ArgMatches,
            ) -> std::result::Result<(), clap::Error> {
                *self = <Self as clap::FromArgMatches>::from_arg_matches(matches)?;
                Ok(())
            }
        }
    };
}

mod activity;
mod api;
mod batch;
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
mod job;
mod keyset;
mod object_id;
mod pem;
mod pgp;
mod policy;
mod product;
mod provision;
mod provisioning;
mod recipient;
mod sandbox;
mod secure_object;
mod setup;

use std::ffi::OsString;

use crate::options::Everywhere;

impl Command {
    /// The command line as far as it is needed for the noun that was typed first; `None` when none was. Nothing of it
    /// differs from the whole for a line that is right; help and errors are the whole's to print.
    pub fn typed(arguments: &[OsString]) -> Option<clap::Command> {
        let noun = arguments.get(1)?.to_str()?;
        let root = <Everywhere as clap::Args>::augment_args(clap::Command::new("el2g"));
        Self::augment_with(noun, root)
    }
}

commands! { Command
    /// Reports about the account
    "activity": Activity => activity,
    /// Call anything below the base URL and print the answer
    "api": Api => api,
    /// Secure objects for devices that the service does not know, made in batches
    "batch": Batch => batch,
    /// Sign intermediate CAs; make roots for pilots
    "ca": Ca => ca,
    /// Check certificates against the profile of AN12642 section 6
    "cert": Cert => cert,
    /// Print the SHA3-512 checksum of a file, as the service expects it
    "checksum": Checksum => checksum,
    /// Claim codes, which let devices join a group by themselves
    "claim-code": ClaimCode => claim_code,
    /// Show settings and where each comes from; edit the config file
    "config": Config => config,
    /// Compare the service's own description with what this program knows
    "contract": Contract => contract,
    /// Show certificate requests
    "csr": Csr => csr,
    /// Run the whole job against the built-in service; no account needed
    "demo": Demo => demo,
    /// Development boards that the service supports
    "dev-board": DevBoard => dev_board,
    /// Devices and their ids
    "device": Device => device,
    /// Device groups and what is in them
    "device-group": DeviceGroup => device_group,
    /// Check settings, token, connection, clock, recipients and signer
    "doctor": Doctor => doctor,
    /// Hardware types that the service supports
    "hardware-type": HardwareType => hardware_type,
    /// Intermediate CAs that sign device certificates
    "intermediate-ca": IntermediateCa => intermediate_ca,
    /// Jobs that make secure objects for many devices
    "job": Job => job,
    /// Keys that the service signs code with, and derives keys by
    "keyset": Keyset => keyset,
    /// Ids of secure objects
    "object-id": ObjectId => object_id,
    /// Convert PEM to one line and back
    "pem": Pem => pem,
    /// OpenPGP keys and sealed messages
    "pgp": Pgp => pgp,
    /// Usage policies of secure objects
    "policy": Policy => policy,
    /// Products that the service supports, by 12NC
    "product": Product => product,
    /// Create objects, assign them to groups and wait until devices have them
    "provision": Provision => provision,
    /// Certificates of provisioned devices
    "provisioning": Provisioning => provisioning,
    /// Stored keys that messages are sealed to
    "recipient": Recipient => recipient,
    /// The built-in service: rehearse everything without an account
    "sandbox": Sandbox => sandbox,
    /// Keys, certificates and files for secure elements
    "secure-object": SecureObject => secure_object,
    /// Set up a profile: asks for what is missing and checks it
    "setup": Setup => setup,
}
