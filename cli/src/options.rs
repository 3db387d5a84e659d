//! What may be typed with every command.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, ValueEnum};

use el2g_files::OwnerId;
use el2g_workflows::SkippedRule;

use crate::commands::Command;
use crate::input::SecretPath;
use crate::output::{ColorChoice, OutputFormat};
use crate::version::VERSION;

/// Keys and certificates into EdgeLock 2GO, right the first time.
#[derive(Parser)]
#[command(name = "el2g", bin_name = "el2g", version = VERSION, propagate_version = false, max_term_width = 100)]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub everywhere: Everywhere,
    #[command(subcommand)]
    pub command: Command,
}

/// The heading of what may be typed with every command.
pub const EVERYWHERE: &str = "Everywhere";

/// Options of every command. Where an environment variable is named, the flag beats it, and it beats
/// the profile.
#[derive(Args, Default)]
#[command(next_help_heading = EVERYWHERE)]
pub struct Everywhere {
    /// Named service of the config file [env: EL2G_PROFILE]
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub profile: Option<String>,
    /// Config file, instead of el2g/config.toml in your config folder [env: EL2G_CONFIG]
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub config: Option<PathBuf>,
    /// Service to talk to [env: EL2G_SERVICE]
    #[arg(long, global = true, value_name = "SERVICE", hide_short_help = true)]
    pub service: Option<Service>,
    /// Address of the service's API, instead of the profile's [env: EL2G_BASE_URL]
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub base_url: Option<String>,
    /// Foundries.io factory [env: EL2G_FACTORY]
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub factory: Option<String>,
    /// Certificates to trust besides the system's, PEM [env: EL2G_CA_CERT]
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub ca_cert: Option<PathBuf>,
    /// Send the token of `foundries` or `nxp` to a host that is not the official one
    #[arg(long, global = true, hide_short_help = true)]
    pub allow_other_host: bool,
    /// File with the token [env: EL2G_TOKEN holds the token, EL2G_TOKEN_FILE names the file]
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub token_file: Option<SecretPath>,
    /// File with the passphrase, instead of a prompt [env: EL2G_PASSPHRASE_FILE]
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub passphrase_file: Option<SecretPath>,
    /// Form of the answer on stdout: for people or one JSON document [env: EL2G_OUTPUT]
    #[arg(short, long, global = true, value_name = "FORMAT", hide_short_help = true)]
    pub output: Option<OutputFormat>,
    /// Seconds to wait for one answer of the service, 1 to 3600 [default: 60]
    #[arg(long, global = true, value_name = "SECONDS", hide_short_help = true, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: Option<u64>,
    /// Most repetitions of a call, where that is safe, when the service cannot be reached or is busy: 0 to 20 [default:
    /// 4]
    #[arg(long, global = true, value_name = "N", hide_short_help = true, value_parser = clap::value_parser!(u32).range(0..=20))]
    pub retries: Option<u32>,
    /// Send nothing: print each request as a cURL line
    #[arg(long, global = true, hide_short_help = true)]
    pub dry_run: bool,
    /// Never prompt; a prompt that is needed becomes an error
    #[arg(long, global = true, hide_short_help = true)]
    pub no_input: bool,
    /// Answer yes to every question
    #[arg(long, global = true, hide_short_help = true)]
    pub yes: bool,
    /// Overwrite output files that exist (reports are always overwritten)
    #[arg(long, global = true, hide_short_help = true)]
    pub force: bool,
    /// Skip one check before sending, by the rule that its error names; may be given several times. Never skips a
    /// missing encryption, another recipient or a throw-away key
    #[arg(long, global = true, value_name = "RULE", hide_short_help = true)]
    pub skip_check: Vec<SkippedRule>,
    /// Accept secret files that others can read
    #[arg(long, global = true, hide_short_help = true)]
    pub allow_readable_secrets: bool,
    /// Accept input files that belong to this user, besides your own and root's; may be given several times. Never for
    /// a PKCS #11 module or a config that runs a command
    #[arg(long, global = true, value_name = "OWNER", hide_short_help = true)]
    pub trust_owner: Vec<OwnerId>,
    /// Accept input files in folders that others can write to, with a warning. Never a file that others can write to
    /// itself, a PKCS #11 module or a config that runs a command
    #[arg(long, global = true, hide_short_help = true)]
    pub allow_writable_inputs: bool,
    /// Nothing on stderr but errors [env: EL2G_LOG=quiet]
    #[arg(short, long, global = true, hide_short_help = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// More on stderr; twice for more still [env: EL2G_LOG=info|debug]
    #[arg(short, long, global = true, action = ArgAction::Count, hide_short_help = true)]
    pub verbose: u8,
    /// Colours [env: NO_COLOR, CLICOLOR, CLICOLOR_FORCE]
    #[arg(long, global = true, value_name = "WHEN", hide_short_help = true)]
    pub color: Option<ColorChoice>,
}

/// What a profile starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// The Foundries.io proxy
    Foundries,
    /// EdgeLock 2GO at NXP
    Nxp,
    /// The built-in service (`el2g sandbox serve`)
    Sandbox,
}
