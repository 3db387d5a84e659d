//! `el2g doctor`: whether everything that the other commands rely on is in place, one line each.

use std::fmt::Write as _;

use clap::Args;
use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{KeyError, LARGEST_KEY_FILE, SigningKey, public_of, throw_away_key};
use el2g_service_api::NoPath;
use el2g_service_api::products::{ListProducts, ProductQuery};
use el2g_service_client::{ClientError, ConnectionPhase};
use el2g_signers::{KeyPlace, Token, TokenUri};
use el2g_text::one_line;
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::config_file::config_file;
use crate::context::Context;
use crate::input::SecretPath;
use crate::online::{DryRun, Online};
use crate::output::{Human, Outcome};
use crate::recipients::{self, Store};
use crate::sealing::timestamp;
use crate::token::{Credentials, TokenOrigin};
use crate::unlocking::{key_place, module_of_environment};

/// How far this machine's clock may be from the service's, in seconds: beyond it a signature may lie in the future.
const CLOCK_TOLERANCE: u64 = 60;

/// Check settings, token, connection, clock and keys.
///
/// One line for each check, TLS, recipients and signer included; nothing is changed.
///
/// Files that others can change, and secrets that others can read, are reported and not used: no command of such a config is
/// run, and nothing is sent with such a token.
///
/// The service is asked once, for its products. Exit 0 when nothing failed, else the code of the first failure.
#[derive(Args)]
#[command(after_help = "Example:\n  el2g doctor")]
pub struct Arguments {}

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Failed,
    /// It could not be made, or there is nothing to check.
    Skipped,
}

#[derive(Serialize, schemars::JsonSchema)]
struct Check {
    name: &'static str,
    status: Status,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// All checks, and the first failure among them.
#[derive(Default)]
struct Examination {
    checks: Vec<Check>,
    first: Option<Failure>,
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Report {
    healthy: bool,
    checks: Vec<Check>,
}

/// Makes every check that can be made.
pub fn run(_: Arguments, context: &mut Context) -> Result<Outcome> {
    if context.everywhere.dry_run {
        let online = Online::open(context)?;
        let curl = online.curl::<ListProducts>(&NoPath, &ProductQuery::default(), &())?;
        return Ok(Outcome::of(DryRun::of(vec![curl])));
    }
    // Somebody waits for this one.
    context.everywhere.retries.get_or_insert(0);
    context.everywhere.timeout.get_or_insert(10);
    let mut found = Examination::default();
    settings(&mut found, context);
    recipients(&mut found, context);
    signer(&mut found, context);
    Ok(found.outcome())
}

/// Config file, service, token; and the connection, when these are there.
fn settings(found: &mut Examination, context: &mut Context) {
    let file = config_file(&context.everywhere);
    let profile = context.profile().map(|_| match file {
        Some(path) => path.display().to_string(),
        None => "no config file: flags and environment only".to_owned(),
    });
    if !found.made("config", profile) {
        // What was typed needs no config: it is looked at, and not used without the rest.
        match context.token_without_profile() {
            Some(token) => {
                found.token(token);
            }
            None => found.skipped("token", "needs the config file"),
        }
        passphrase(found, context);
        return found.skipped("connection", "needs the config file");
    }
    let service = context.service().map(|service| service.base_url.to_string());
    let token = checked_credentials(context);
    // Both are looked at, whatever comes of the first.
    let is_reachable = found.made("service", service) & found.made("token", token);
    passphrase(found, context);
    defaults(found, context);
    if !is_reachable {
        return found.skipped("connection", "needs the service and the token");
    }
    match Online::open(context) {
        Ok(online) => connection(found, &online, context),
        Err(failure) => {
            found.made("connection", Err(failure));
        }
    }
}

/// Whether what calls are authorised by is there, and where it comes from. Access tokens are asked for with the connection.
fn checked_credentials(context: &mut Context) -> Result<String> {
    let origin = context.token_origin()?;
    Ok(match (context.credentials()?, origin) {
        (Credentials::Token(_), Some(origin @ TokenOrigin::Keyring(_))) => {
            format!("in {}, and not shown", origin.described(context.profile()?))
        }
        (Credentials::Token(_), _) => "there, and not shown".to_owned(),
        (Credentials::Grant(credentials), _) => format!(
            "access tokens of {} for client `{}`; its secret is there, and not shown",
            credentials.token_url.origin(),
            credentials.client_id
        ),
    })
}

/// The product and the group that commands take where none is typed.
fn defaults(found: &mut Examination, context: &mut Context) {
    let Ok(profile) = context.profile() else { return };
    let product = profile.product.as_ref().map(|it| format!("product {it}"));
    let group = profile.group.as_ref().map(|it| format!("device group {it}"));
    let said: Vec<String> = product.into_iter().chain(group).collect();
    if !said.is_empty() {
        found.passed("defaults", said.join(", "));
    }
}

/// The passphrase file, where one is named.
fn passphrase(found: &mut Examination, context: &mut Context) {
    match context.passphrase_given() {
        Ok(None) => {}
        Ok(Some(_)) => found.passed("passphrase", "there, and not shown"),
        Err(failure) => {
            found.made("passphrase", Err(failure));
        }
    }
}

/// Asks the service once, and tells how far that came.
fn connection(found: &mut Examination, online: &Online, context: &Context) {
    let client = online.client();
    let origin = client.settings().base_url.origin();
    let began = context.now();
    let every = ProductQuery::default();
    let access = match online.wait(client.call::<ListProducts>(&NoPath, &every, &())) {
        Err(
            error @ ClientError::Connection {
                phase: ConnectionPhase::Negotiating | ConnectionPhase::Securing,
                ..
            },
        ) => {
            found.made("connection", Ok(origin));
            found.made("tls", Err(error.into()));
            return;
        }
        Err(error @ ClientError::Grant(_)) => {
            found.made("access", Err(error.into()));
            return;
        }
        Err(error @ ClientError::Connection { .. }) => {
            found.made("connection", Err(error.into()));
            return;
        }
        access => access,
    };
    found.made("connection", Ok(origin));
    match client.settings().base_url.is_https() {
        true => found.passed("tls", "1.2 or newer, and the certificate is trusted"),
        false => found.skipped("tls", "http, which only this machine is spoken to in"),
    }
    let header = client.settings().auth_header.name();
    let products = access
        .map(|products| format!("the token is accepted in {header}; {} products", products.len()));
    found.made("access", products.map_err(Failure::from));
    match client.service_clock() {
        Some(theirs) => found.clock(began, context.now(), theirs),
        None => found.skipped("clock", "the service does not say what time it is"),
    }
}

/// Each stored recipient against its pin, and the one that would be sealed to.
fn recipients(found: &mut Examination, context: &mut Context) {
    let now = timestamp(context);
    let stored = Store::open().and_then(|store| Ok((store.names()?, store)));
    let (names, store) = match stored {
        Ok(stored) => stored,
        Err(failure) => {
            found.made("recipient", Err(failure));
            return;
        }
    };
    let of_profile = context.profile().is_ok_and(|profile| profile.recipient.is_some());
    if names.is_empty() && !of_profile {
        found.skipped("recipient", "none is stored: `el2g recipient add` stores one");
    }
    let real = context.service().is_ok_and(|service| !service.is_rehearsal());
    let default = recipients::default_name(&names).map(str::to_owned);
    for name in names {
        let recipient = store.recipient(&name, now, context);
        let used = !of_profile && default.as_deref() == Some(&*name);
        let said = recipient.and_then(|key| judged(&format!("`{name}`"), &key, used && real));
        found.made("recipient", said);
    }
    if of_profile {
        let recipient = recipients::chosen(None, now, context);
        found.made("recipient", recipient.and_then(|key| judged("of the profile", &key, real)));
    }
}

/// A recipient that can be used; a throw-away key that would be used for a real service cannot.
fn judged(which: &str, recipient: &el2g_openpgp_envelope::Recipient, real: bool) -> Result<String> {
    let told = told(which, recipient);
    match recipient.report().throw_away {
        None => Ok(told),
        Some(_) if !real => Ok(format!("{told}, a throw-away key: for the sandbox only")),
        Some(why) => Err(Failure::input(format!("{told}: a throw-away key: {why}"))
            .with_hint("store the key that NXP gave you: `el2g recipient add`")),
    }
}

/// A recipient in a line.
fn told(which: &str, recipient: &el2g_openpgp_envelope::Recipient) -> String {
    let fingerprint = recipients::fingerprint(recipient);
    let fingerprint = fingerprint.map(|found| found.to_string()).unwrap_or_default();
    let ends = match recipient.report().expires {
        Some(at) => format!("expires {at}"),
        None => "does not expire".to_owned(),
    };
    format!("{which}, {fingerprint}, {ends}")
}

/// The profile's signer, without its passphrase.
fn signer(found: &mut Examination, context: &mut Context) {
    let Some(signer) = context.profile().ok().and_then(|profile| profile.signer.clone()) else {
        return found.skipped("signer", "none in the profile: --signer names one");
    };
    let path = SecretPath::new(signer);
    let message = match key_place(&path) {
        Ok(KeyPlace::File(_)) => locked(&path, context),
        Ok(KeyPlace::Token(uri)) => {
            token_files(found, &uri, context);
            return found.skipped("signer", "on a token, which may ask: not opened here");
        }
        Ok(KeyPlace::Agent(_)) => {
            return found.skipped("signer", "in GnuPG, which may ask: not opened here");
        }
        Err(failure) => Err(failure),
    };
    found.made("signer", message);
}

/// The module of a token's key, which is not loaded, and its PIN file.
fn token_files(found: &mut Examination, uri: &TokenUri, context: &mut Context) {
    let module = Token::module(uri, module_of_environment().as_deref());
    let module = module.map(|path| path.display().to_string());
    found.made("module", module.map_err(Failure::from));
    if let Some(file) = uri.pin_file() {
        let name = file.display().to_string();
        let pin = context.read_short_secret(&SecretPath::new(file));
        found.made("pin", pin.map(|_| format!("{name}, not shown")));
    }
}

/// Whether a signing key in a file can be used, or could with its passphrase.
fn locked(path: &SecretPath, context: &mut Context) -> Result<String> {
    let name = path.path().display().to_string();
    let file = context.input.read_secret(path, LARGEST_KEY_FILE)?;
    let why = public_of(&file).ok().and_then(|public| throw_away_key(public.as_bytes()));
    if let Some(why) = why
        && context.service().is_ok_and(|service| !service.is_rehearsal())
    {
        return Err(Failure::input(format!("{name}: a throw-away key: {why}"))
            .with_hint("`el2g pgp keygen` makes a signing key of your own"));
    }
    match SigningKey::open(&file, None, timestamp(context)) {
        Ok(_) => Ok(format!("{name}, without a passphrase")),
        Err(KeyError::PassphraseNeeded { .. }) => Ok(format!("{name}, locked by a passphrase")),
        Err(error) => Err(Failure::of_signing_key(error).about(name)),
    }
}

impl Examination {
    /// Takes down a check that was made; whether it held.
    fn made(&mut self, name: &'static str, result: Result<String>) -> bool {
        match result {
            Ok(message) => {
                self.passed(name, message);
                true
            }
            Err(failure) => {
                let (message, hint) = (failure.to_string(), failure.hint.clone());
                self.checks.push(Check { name, status: Status::Failed, message, hint });
                self.first.get_or_insert(failure);
                false
            }
        }
    }

    fn token(&mut self, token: Result<SecretBytes>) -> bool {
        self.made("token", token.map(|_| "there, and not shown".to_owned()))
    }

    fn passed(&mut self, name: &'static str, message: impl Into<String>) {
        self.checks.push(Check { name, status: Status::Ok, message: message.into(), hint: None });
    }

    fn skipped(&mut self, name: &'static str, why: impl Into<String>) {
        self.checks.push(Check { name, status: Status::Skipped, message: why.into(), hint: None });
    }

    /// The service's clock between the begin and the end of the call.
    fn clock(&mut self, began: i64, ended: i64, theirs: i64) {
        let ours = theirs.clamp(began, ended);
        let apart = ours.abs_diff(theirs);
        let result = match apart {
            0..=CLOCK_TOLERANCE => Ok(format!("{apart} s from the service's")),
            _ => {
                let which = if ours > theirs { "ahead of" } else { "behind" };
                let message = format!(
                    "this machine is {apart} s {which} the service; up to {CLOCK_TOLERANCE} s are allowed"
                );
                Err(Failure::input(message).with_hint(
                    "set the clock: signatures carry its time, and dates are checked against it",
                ))
            }
        };
        self.made("clock", result);
    }

    fn outcome(self) -> Outcome {
        let failed = self.checks.iter().filter(|check| check.status == Status::Failed).count();
        let outcome = Outcome::of(Report { healthy: failed == 0, checks: self.checks }).listing();
        match self.first {
            None => outcome,
            Some(first) => outcome.failing(first.about(format!("{failed} failed, the first"))),
        }
    }
}

impl Human for Report {
    fn human(&self) -> String {
        let mut text = String::new();
        for check in &self.checks {
            let status = match check.status {
                Status::Ok => "ok",
                Status::Failed => "FAILED",
                Status::Skipped => "-",
            };
            let _ = writeln!(text, "{:<10}  {status:<6}  {}", check.name, one_line(&check.message));
            if let Some(hint) = &check.hint {
                let _ = writeln!(text, "{:<10}  {:<6}  {}", "", "hint:", one_line(hint));
            }
        }
        text
    }
}
