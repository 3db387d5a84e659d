//! `el2g config`: the settings with their origin, and the file that holds them.

mod edit;
pub mod origin;
pub mod token;

use clap::{Args, Subcommand};

pub use self::edit::{Defaults, everywhere_pairs, save_profile};
pub use self::token::{Store, StoredSecret};
use crate::Result;
use crate::context::Context;
use crate::output::Outcome;

/// Show settings with their origin; edit the config file.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Add a profile with the given flags to the config file, which is created if it does not exist
    ///
    /// The name is that of --profile, else `default`. The profile becomes the default one of a file that has none.
    /// Other profiles and comments stay. A profile that exists is replaced only with --force.
    #[command(
        after_help = "Examples:\n  el2g config init --profile line-7 --service nxp --token-file token\n  el2g config init --profile pilot --service nxp --product 935389312472 --group pilot"
    )]
    Init(Defaults),
    /// Show each setting with its origin: flag, environment, profile or default; the token is not shown
    #[command(after_help = "Example:\n  el2g config show --service nxp")]
    Show,
    /// Set one key of a profile in the config file; comments and order stay
    ///
    /// The profile is the one of --profile, else the default one of the file. Keys: service, base-url, auth-header,
    /// factory, ca-cert, allow-other-host, signer, recipient; where the token comes from, one of token-file, token-command,
    /// token-keyring (true: from the keyring of the system) and oauth-client-id; product (12NC) and group (id or name),
    /// which commands take where --product and --group are not typed; and default-profile. Commands that delete, unclaim,
    /// unassign or revoke take neither product nor group from the profile.
    ///
    /// For OAuth 2.0 client credentials: oauth-client-id; its secret, one of oauth-client-secret-file,
    /// oauth-client-secret-command and oauth-client-secret-keyring; oauth-token-url (https; default for foundries:
    /// `https://app.foundries.io/oauth/token/`); oauth-client-auth (`body` or `basic`; default: body); oauth-scope and
    /// oauth-audience, where the issuer asks for them. The access token is sent as `Authorization: Bearer`, kept in memory
    /// only and replaced when it ends.
    ///
    /// These answer what AN12642 leaves open; `el2g contract check --save` finds them in the service's own description:
    /// checksum (`none`, `checksum` or `checkSum`: the field for the SHA3-512 of a file or public key; none is assumed, the
    /// document makes it optional), checksum-encoding (`hex` or `base64`; hex is assumed), checksum-over (`bytes` or `text`;
    /// assumed: the bytes of a file, the PEM text of a public key), claim-code-status (`none` or `ALL`, as the document's
    /// example sends; none is assumed) and page-size (1 to 1000; 100 is known to work by the document).
    #[command(after_help = "Example:\n  el2g config set token-file /run/secrets/el2g-token")]
    Set {
        /// The key
        key: String,
        /// Value; for token-command the words of a command, after `--` if one of them is a flag
        #[arg(required = true, num_args = 1..)]
        value: Vec<String>,
    },
    /// Store the token of a profile in the keyring of the system or in a file, or remove it
    Token(token::Arguments),
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Init(defaults) => edit::init(&defaults, context),
        Verb::Show => origin::show(context),
        Verb::Token(arguments) => token::run(arguments, context),
        Verb::Set { key, value } => edit::set(&key, &value, context),
    }
}
