//! `el2g sandbox`: the built-in service on a port, and devices that come online to it.

pub mod connect_device;
mod device_files;
mod run_folder;
mod saved_profile;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use el2g_sandbox::{Answered, Faults, KeySource, Observer, Options, Running, SandboxError, start};
use el2g_workflows::Failure;
use serde::Serialize;

use self::run_folder::RunFolder;
use self::saved_profile::{Files, SavedProfile};
use crate::Result;
use crate::context::Context;
use crate::document;
use crate::indicator::Indicator;
use crate::output::Outcome;
use crate::output_kind::OutputKind;
use crate::sandbox_folder::sandbox_folder;
use crate::stop_signal::stop_signal;

/// The built-in service, to rehearse without an account.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Serve(Serve),
    ConnectDevice(connect_device::Arguments),
}

/// Serve until Ctrl-C or SIGTERM; the first line on stdout is JSON with the addresses; -v prints each request on
/// stderr.
///
/// `baseUrl` is the origin; `foundriesUrl` and `nxpUrl` are the two fronts. `--token-file` names the token that
/// requests must have; without it one is made, and `tokenFile` says where it is until the sandbox stops.
#[derive(Args)]
#[command(
    after_help = "Example:\n  el2g sandbox serve --save-profile rehearsal --state rehearsal.sqlite"
)]
struct Serve {
    /// Address to listen on: with a port, or only a port; port 0 takes a free one [default: 127.0.0.1:0, or the address
    /// of the saved profile]
    #[arg(long, value_name = "ADDR", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Keep address and token for the next time, and add a profile for them to the config file
    #[arg(long, value_name = "NAME")]
    save_profile: Option<String>,
    /// Speak TLS, with a certificate from a local CA that `caFile` names
    #[arg(long)]
    tls: bool,
    /// Seconds that the generation of keys and certificates takes (GENERATION_TRIGGERED)
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=86_400))]
    generation_seconds: u64,
    /// Seconds for which reads of devices and provisionings still answer what was before devices were added or unclaimed
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=3600))]
    lag: u64,
    /// Let no device certificate be valid longer than its CA. Whether EdgeLock 2GO does so is not known: without this a
    /// certificate is valid as long as was asked for
    #[arg(long)]
    within_ca: bool,
    /// Answer 202 without a body where devices are added (4.1.2), as newer versions of EdgeLock 2GO do
    #[arg(long)]
    answer_202: bool,
    /// Let chosen calls go wrong: a script of `[[fault]]` tables (TOML)
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Keep the state in this file (0600): it survives restarts, keys included
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

/// Most bytes of a fault script.
const LARGEST_SCRIPT: usize = 1024 * 1024;

fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, 0));
    }
    text.replacen("localhost:", "127.0.0.1:", 1)
        .parse()
        .map_err(|_| "an address like 127.0.0.1:8443 is needed".to_owned())
}

/// Runs one of the verbs.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Serve(serve) => run_serve(serve, context),
        Verb::ConnectDevice(connect) => connect_device::run(&connect, context),
    }
}

fn run_serve(arguments: Serve, context: &mut Context) -> Result<Outcome> {
    let saved = arguments.save_profile.map(|name| SavedProfile::open(name, context)).transpose()?;
    let listen = arguments.listen.or(saved.as_ref().and_then(|saved| saved.listen));
    let listen = listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    if !listen.ip().is_loopback() {
        context.console.warn(format!(
            "{listen} can be reached from other machines; the sandbox is made for this one"
        ));
    }
    let given = context.everywhere.token_file.clone();
    let token = match (&given, &saved) {
        (Some(_), _) => Some(context.token()?),
        (None, Some(saved)) => Some(saved.token(context)?),
        (None, None) => None,
    };
    let token_file = given.as_ref().map(|path| path.path().to_owned());
    let token_file = token_file.or_else(|| saved.as_ref().map(SavedProfile::token_file));
    let console = context.console;
    let observer: Observer = Arc::new(move |answered| console.info(request_line(answered)));
    let options = Options {
        listen,
        token,
        state: arguments.state,
        keys: key_source(),
        tls: arguments.tls,
        generation: Duration::from_secs(arguments.generation_seconds),
        lag: Duration::from_secs(arguments.lag),
        within_ca: arguments.within_ca,
        answer_202: arguments.answer_202,
        faults: arguments
            .faults
            .map(|path| read_faults(&path, context))
            .transpose()?
            .unwrap_or_default(),
        observer: Some(observer),
        ..Options::default()
    };
    let runtime = context.runtime()?;
    runtime.block_on(serve(options, token_file.as_deref(), saved.as_ref(), context))?;
    Ok(Outcome::stream(Box::new(|_, _| Ok(()))))
}

fn read_faults(path: &Path, context: &mut Context) -> Result<Faults> {
    let bytes = context.input.read(path, LARGEST_SCRIPT)?;
    let named = |reason: String| Failure::input(format!("{}: {reason}", path.display()));
    let text = String::from_utf8(bytes).map_err(|_| named("not text".into()))?;
    Faults::parse(&text).map_err(|error| named(error.to_string()))
}

/// The sandbox's OpenPGP key is the user's, so that only the very first start waits for its making.
fn key_source() -> KeySource {
    sandbox_folder().map_or(KeySource::Generated, KeySource::Folder)
}

/// A request in a line: what was asked, what was answered, how long it took. The query and every header stay out of it.
fn request_line(answered: &Answered) -> String {
    let Answered { method, path, status, millis, fault, .. } = answered;
    let status = if *status == 0 { "dropped".to_owned() } else { status.to_string() };
    let fault = fault.map(|fault| format!(", fault: {fault}")).unwrap_or_default();
    format!("{method} {path} {status}, {millis} ms{fault}")
}

async fn serve(
    options: Options,
    token_file: Option<&Path>,
    saved: Option<&SavedProfile>,
    context: &mut Context,
) -> Result<()> {
    let listen = options.listen;
    let indicator = Indicator::new(context.console, "starting the sandbox");
    let started = start(options).await;
    drop(indicator);
    let running = started.map_err(|error| match error {
        SandboxError::Listen { .. } if saved.is_some() => refused(error).with_hint(format!(
            "stop the sandbox that listens on {listen}, or give this profile another address with --listen"
        )),
        error => refused(error),
    })?;
    let mut stopped = Box::pin(
        stop_signal().map_err(|error| Failure::bug(format!("cannot wait for signals: {error}")))?,
    );
    let folder = RunFolder::make()
        .map_err(|error| Failure::input(format!("no temporary folder: {error}")))?;
    let ready = announce(&running, folder.path(), token_file, saved, context);
    let announced = tokio::select! {
        announced = ready => announced,
        () = &mut stopped => {
            running.shutdown().await;
            return Ok(());
        }
    };
    if announced.is_ok() {
        stopped.await;
    }
    running.shutdown().await;
    announced
}

/// The line that is printed once the sandbox can be called.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    /// The origin: both fronts, `/_sandbox/` and `/openapi.json` are below it.
    base_url: String,
    /// The base URL as Foundries.io had it.
    foundries_url: String,
    /// The base URL as NXP has it.
    nxp_url: String,
    token_file: PathBuf,
    recipient_file: PathBuf,
    /// The CA of its TLS certificate; `null` without TLS.
    ca_file: Option<PathBuf>,
    pid: u32,
}

/// Writes the files, then prints the ready line.
async fn announce(
    running: &Running,
    folder: &Path,
    token_file: Option<&Path>,
    saved: Option<&SavedProfile>,
    context: &mut Context,
) -> Result<()> {
    let folder = saved.map_or(folder, |saved| &saved.folder);
    let recipient = running.recipient_public().await.map_err(refused)?;
    let recipient_file = folder.join("recipient.asc");
    context.write_again(OutputKind::PublicKey, &recipient_file, recipient.as_bytes())?;
    let token_file = match token_file {
        Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        None => {
            let path = folder.join("token");
            context.output(OutputKind::Token, &path)?.write(running.token().expose())?;
            path
        }
    };
    let ca_file = match (running.ca_file(), running.ca_pem()) {
        (Some(kept), _) => Some(kept.to_owned()),
        (None, Some(pem)) => {
            let path = folder.join("ca.pem");
            context.write_again(OutputKind::Certificate, &path, pem.as_bytes())?;
            Some(path)
        }
        (None, None) => None,
    };
    let ready = Ready {
        base_url: running.base_url(),
        foundries_url: running.foundries_url(),
        nxp_url: running.nxp_url(),
        token_file: token_file.clone(),
        recipient_file: recipient_file.clone(),
        ca_file: ca_file.clone(),
        pid: std::process::id(),
    };
    let line = document::line(&ready)
        .map_err(|error| Failure::bug(format!("the line is not JSON: {error}")))?;
    let Some(saved) = saved else { return context.console.line(&line) };
    let (token, recipient) = (&*token_file, &*recipient_file);
    let files = Files { token, recipient, ca: ca_file.as_deref() };
    let is_default = saved.save(running, &files, context)?;
    context.console.line(&line)?;
    saved.tell(running, is_default, context);
    Ok(())
}

fn refused(error: SandboxError) -> Failure {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    Failure::input(text)
}
