//! `el2g pgp seal --generate … --in-token`: the key is made in a token, which stays its home.

use clap::Args;
use el2g_files::OutputFile;
use el2g_key_payload::{Payload, PayloadKind};
use el2g_signers::{Home, NewSecretKey};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::input::SecretPath;
use crate::output::{Human, Outcome};
use crate::sealing::Secret;
use crate::token_key::{TokenKeyReport, token_uri};
use crate::unlocking::Unlocking;

/// The flags of a key that is made in a token.
#[derive(Args)]
pub struct InTokenArguments {
    /// Make the new secret in this token, with the label (object=) and id (id=) of the URI: the token stays its home. It
    /// leaves once, wrapped, and cannot leave again
    #[arg(long, value_name = "pkcs11:URI", group = "plaintext", requires = "generate")]
    in_token: Option<SecretPath>,
    /// Confirm that the key made by --in-token may leave its token once, for the message
    #[arg(long, requires = "in_token")]
    extractable: bool,
}

/// A token that will take the key. Nothing was made.
pub struct TokenHome {
    home: Home,
    uri: String,
    kind: PayloadKind,
    byte_len: usize,
}

/// The key that was made, until its message is written.
pub struct MadeKey {
    key: NewSecretKey,
    report: TokenKeyReport,
}

impl InTokenArguments {
    /// Refuses to make a key that may leave its token, unless that was said.
    pub fn check_flags(&self) -> Result<()> {
        if self.in_token.is_none() || self.extractable {
            return Ok(());
        }
        let failure = Failure::usage(
            "--in-token: the key has to leave its token once, wrapped, to be sealed",
        );
        Err(failure.with_hint(
            "pass --extractable to allow it; afterwards the key is not extractable any more",
        ))
    }

    /// Refuses a message that is not kept: the key could not be sealed again.
    pub fn check_message(&self, message: Option<&OutputFile>) -> Result<()> {
        if self.in_token.is_none() || message.is_some_and(|output| !output.is_stream()) {
            return Ok(());
        }
        let failure = Failure::usage(
            "--in-token: the key leaves its token once, so its message must be in a file",
        );
        Err(failure.with_hint("name it with --out FILE"))
    }

    /// Unlocks the token, and checks that the key can be made there.
    pub fn home(
        &self,
        kind: PayloadKind,
        byte_len: Option<usize>,
        context: &mut Context,
    ) -> Result<Option<TokenHome>> {
        let (Some(typed), Some(byte_len)) = (&self.in_token, byte_len) else { return Ok(None) };
        let Some(uri) = token_uri(typed)? else {
            return Err(Failure::usage("--in-token: expected a pkcs11: URI"));
        };
        let home = uri.home(kind, byte_len, &mut Unlocking::of(context))?;
        let uri = uri.without_query().to_owned();
        Ok(Some(TokenHome { home, uri, kind, byte_len }))
    }
}

impl TokenHome {
    /// What would be made.
    pub fn plan(&self) -> Outcome {
        Outcome::of(PlannedKey {
            dry_run: true,
            would_generate_in: self.home.token().to_owned(),
            uri: self.uri.clone(),
            kind: self.kind.name(),
            length: self.byte_len,
        })
    }

    /// Makes the key, which leaves its token once.
    pub fn make(self, context: &Context) -> Result<(Secret, MadeKey)> {
        let (taken, key) = self.home.make()?;
        let report = TokenKeyReport::of(&taken.origin);
        let made = MadeKey { key, report };
        match Payload::from_raw(self.kind, taken.bytes) {
            Ok(payload) => {
                let (name, way) = (made.report.name(), made.report.way());
                context.console.note(format!(
                    "made {name}: it {way}; it is sensitive and not extractable any more"
                ));
                Ok((payload.into(), made))
            }
            Err(error) => Err(made.removed_after(error.into())),
        }
    }
}

impl MadeKey {
    /// What a receipt says of it.
    pub fn report(&self) -> &TokenKeyReport {
        &self.report
    }

    /// Removes the key, because its message was not written, and says what is left.
    pub fn removed_after(self, failure: Failure) -> Failure {
        let name = self.key.name();
        match self.key.remove() {
            Ok(()) => failure.with_cause(format!(
                "the new {name} was removed again: nothing is left, the same command can be run again"
            )),
            Err(error) => failure
                .with_cause(format!(
                    "the new {name} IS LEFT in the token, not extractable, and no message holds it; it could not be removed: {error}"
                ))
                .with_hint(
                    "delete it before you run the command again: pkcs11-tool --login --delete-object --type secrkey --label LABEL",
                ),
        }
    }
}

/// What a dry run would make.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlannedKey {
    dry_run: bool,
    would_generate_in: String,
    uri: String,
    kind: &'static str,
    length: usize,
}

impl Human for PlannedKey {
    fn human(&self) -> String {
        let Self { would_generate_in, uri, kind, length, .. } = self;
        let uri = el2g_text::one_line(uri);
        format!("would make {uri} ({kind}, {length} bytes) in {would_generate_in}, and seal it\n")
    }
}
