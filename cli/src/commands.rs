//! The commands, one noun a line.
//!
//! To add a noun:
//! 1. `commands/<noun>.rs` with `pub struct Arguments` (clap; doc comments are the help) and
//!    `pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome>`;
//! 2. its `mod` and its line in `commands!` below, under the job it is for, both in alphabetical order;
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
///
/// A table whose lines stand under jobs (`"Prepare" { … }`) also has `JOBS`, by which the help groups them.
macro_rules! commands {
    ($Name:ident $($job:literal { $($row:tt)* })+) => {
        commands! { $Name $($($row)*)+ }

        impl $Name {
            /// The commands with what each is for, by job.
            pub const JOBS: &[$crate::help_layout::Job] = &[
                $($crate::help_layout::Job { name: $job, commands: commands!(@rows $($row)*) },)+
            ];
        }
    };
    (@rows $(#[doc = $about:literal] $name:literal: $variant:ident => $module:ident,)*) => {
        &[$(($name, $about.trim_ascii()),)*]
    };
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
                                $crate::help_layout::examples_first(augment(command))
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

pub mod activity;
pub mod api;
pub mod batch;
pub mod ca;
pub mod cert;
pub mod checksum;
pub mod claim_code;
pub mod completions;
pub mod config;
pub mod contract;
pub mod csr;
pub mod demo;
mod dev_board;
pub mod device;
mod device_group;
pub mod doctor;
pub mod explain;
mod hardware_type;
pub mod help;
pub mod intermediate_ca;
mod job;
pub mod keyset;
pub mod man;
pub mod object_id;
pub mod pem;
pub mod pgp;
pub mod policy;
mod product;
pub mod provision;
mod provisioning;
pub mod recipient;
pub mod sandbox;
pub mod secure_object;
pub mod setup;

use std::ffi::OsString;

use crate::options::Everywhere;

impl Command {
    /// The command line as far as it is needed for the noun that was typed first; `None` when none was. Nothing of it
    /// differs from the whole for a line that is right; help and errors are the whole's to print.
    pub fn typed(arguments: &[OsString]) -> Option<clap::Command> {
        let noun = arguments.get(1)?.to_str()?;
        // As in the whole: `help` is a command of ours.
        let root = clap::Command::new("el2g").disable_help_subcommand(true);
        let root = <Everywhere as clap::Args>::augment_args(root);
        Self::augment_with(noun, root)
    }
}

commands! { Command
    "Prepare" {
        /// Print a file's SHA3-512 checksum, as the service expects it
        "checksum": Checksum => checksum,
        /// Ids of secure objects
        "object-id": ObjectId => object_id,
        /// Convert PEM to one line and back
        "pem": Pem => pem,
        /// OpenPGP keys and sealed messages
        "pgp": Pgp => pgp,
        /// Usage policies of secure objects
        "policy": Policy => policy,
        /// Stored keys that messages are sealed to
        "recipient": Recipient => recipient,
    }
    "Certificates" {
        /// Sign intermediate CAs; make roots for pilots
        "ca": Ca => ca,
        /// Check certificates by AN12642 section 6
        "cert": Cert => cert,
        /// Show certificate requests
        "csr": Csr => csr,
        /// Intermediate CAs that sign device certificates
        "intermediate-ca": IntermediateCa => intermediate_ca,
        /// Certificates of provisioned devices
        "provisioning": Provisioning => provisioning,
    }
    "Service" {
        /// Reports about the account
        "activity": Activity => activity,
        /// Call anything below the base URL and print the answer
        "api": Api => api,
        /// Make secure objects for devices unknown to the service
        "batch": Batch => batch,
        /// Claim codes, which let devices join a group
        "claim-code": ClaimCode => claim_code,
        /// Compare the service's description with this program
        "contract": Contract => contract,
        /// Development boards that the service supports
        "dev-board": DevBoard => dev_board,
        /// Devices and their ids
        "device": Device => device,
        /// Device groups and what is in them
        "device-group": DeviceGroup => device_group,
        /// Hardware types that the service supports
        "hardware-type": HardwareType => hardware_type,
        /// Jobs that make secure objects for many devices
        "job": Job => job,
        /// Keys by which the service signs code and derives keys
        "keyset": Keyset => keyset,
        /// Products that the service supports, by 12NC
        "product": Product => product,
        /// Create objects, assign them, wait until devices have them
        "provision": Provision => provision,
        /// Keys, certificates and files for secure elements
        "secure-object": SecureObject => secure_object,
    }
    "Rehearse" {
        /// Run the whole job against the built-in service
        "demo": Demo => demo,
        /// The built-in service, to rehearse without an account
        "sandbox": Sandbox => sandbox,
    }
    "Settings and help" {
        /// Print what makes a shell complete commands and options
        "completions": Completions => completions,
        /// Show settings with their origin; edit the config file
        "config": Config => config,
        /// Check settings, token, connection, clock and keys
        "doctor": Doctor => doctor,
        /// Explain an exit code, a rule or an error code
        "explain": Explain => explain,
        /// Print the help of a command
        "help": Help => help,
        /// Print manual pages, or write one for each command
        "man": Man => man,
        /// Set up a profile: asks for what is missing and checks it
        "setup": Setup => setup,
    }
}
