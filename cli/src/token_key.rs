//! Secret keys that live in tokens: how one is named, taken, and told of in a receipt.

use el2g_key_payload::PayloadKind;
use el2g_signers::{KeyAttributes, KeyPlace, SecretOrigin, TokenSecret, TokenUri};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::input::SecretPath;
use crate::unlocking::Unlocking;

/// The URI of a key on a token, where that was typed; `None` for a file, also one that is called like a key elsewhere.
pub fn token_uri(typed: &SecretPath) -> Result<Option<TokenUri>> {
    let text = typed.path().to_str().unwrap_or_default();
    if !text.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("pkcs11:")) {
        return Ok(None);
    }
    match text.parse::<KeyPlace>()? {
        KeyPlace::Token(uri) => Ok(Some(uri)),
        KeyPlace::File(_) | KeyPlace::Agent(_) => Ok(None),
    }
}

/// Has a key leave its token, and says how. `raw` is what was said of a file.
pub fn take(
    uri: &TokenUri,
    kind: PayloadKind,
    raw: bool,
    context: &mut Context,
) -> Result<(TokenSecret, TokenKeyReport)> {
    if raw {
        return Err(Failure::usage("--raw is about a file; a key on a token has no text form"));
    }
    let mut tokens = std::mem::take(&mut context.tokens);
    let taken = tokens.take(uri, kind, &mut Unlocking::of(context));
    context.tokens = tokens;
    let secret = taken?;
    let report = TokenKeyReport::of(&secret.origin);
    context.console.note(format!("{}: {}", report.name(), report.way()));
    Ok((secret, report))
}

/// What a receipt says of a key on a token.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenKeyReport {
    /// As it was typed, without PIN file and library.
    uri: String,
    token: String,
    key: String,
    attributes: AttributesReport,
    /// How it was wrapped; `null` where it was not sensitive and its value was read.
    wrapped_by: Option<&'static str>,
    /// What the token computed with the key, and this program compared.
    confirmed_by: Option<&'static str>,
}

/// The attributes of PKCS #11, by their names without `CKA_`.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AttributesReport {
    key_type: String,
    value_len: Option<usize>,
    token: Option<bool>,
    private: Option<bool>,
    sensitive: Option<bool>,
    extractable: Option<bool>,
    always_sensitive: Option<bool>,
    never_extractable: Option<bool>,
    local: Option<bool>,
}

impl From<&KeyAttributes> for AttributesReport {
    fn from(attributes: &KeyAttributes) -> Self {
        Self {
            key_type: attributes.key_type.clone(),
            value_len: attributes.byte_len,
            token: attributes.token,
            private: attributes.private,
            sensitive: attributes.sensitive,
            extractable: attributes.extractable,
            always_sensitive: attributes.always_sensitive,
            never_extractable: attributes.never_extractable,
            local: attributes.local,
        }
    }
}

impl TokenKeyReport {
    /// What is known of a key.
    pub fn of(origin: &SecretOrigin) -> Self {
        Self {
            uri: origin.uri.clone(),
            token: origin.token.clone(),
            key: origin.key.clone(),
            attributes: (&origin.attributes).into(),
            wrapped_by: origin.wrapped_by,
            confirmed_by: origin.confirmed_by,
        }
    }

    /// The key and its token.
    pub fn name(&self) -> String {
        format!("{} on token {}", self.key, self.token)
    }

    /// How it left its token.
    pub fn way(&self) -> String {
        let way = match self.wrapped_by {
            Some(mechanism) => format!("left its token wrapped by a session key, {mechanism}"),
            None => "is not sensitive, its value was read".to_owned(),
        };
        match self.confirmed_by {
            Some(method) => format!("{way}; the token's {method} agrees"),
            None => format!("{way}; the token computes nothing with it to compare"),
        }
    }
}
