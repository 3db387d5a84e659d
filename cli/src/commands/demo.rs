//! `el2g demo`: the whole job against the built-in service, through the real client over HTTP.
//!
//! Every step that can be wrong is checked, and the first one that does not hold ends the demo with its failure.

mod authority;
mod device;
mod secrets;
pub mod stage;

use std::sync::Arc;

use clap::Args;
use el2g_key_payload::SystemEntropy;
use el2g_openpgp_envelope::{Timestamp, generate_recipient_key};
use el2g_sandbox::{KeySource, Options, Running};
use el2g_service_api::Method;
use el2g_service_client::{AuthHeader, BaseUrl, Client, Settings, Token};
use el2g_workflows::{Failure, Gate};

use self::stage::Stage;
use crate::Result;
use crate::context::Context;
use crate::flows::now;
use crate::output::Outcome;
use crate::output_help::output_help;
use crate::output_places::OutputFolder;

/// Run the whole job against the built-in service.
///
/// No account is needed and nothing leaves this machine.
#[derive(Args)]
#[command(after_help = "Example:\n  el2g demo --keep demo-files")]
pub struct Arguments {
    #[arg(long, value_name = "DIR", help = output_help!(emptied "all files"; "Without it they are removed"))]
    keep: Option<OutputFolder>,
}

/// What every part of the demo needs.
struct Scene<'a> {
    /// Speaks to the service as to NXP's.
    client: &'a Client,
    /// Speaks to what only the built-in service has: a device that comes online.
    control: &'a Client,
    base_url: String,
    /// The EdgeLock-like recipient's public key, armored.
    recipient: String,
}

impl Scene<'_> {
    fn pgp_now() -> Timestamp {
        Timestamp(u32::try_from(now().unix()).unwrap_or(u32::MAX))
    }

    /// Lets a device come online.
    async fn connect(&self, device: &str) -> Result<()> {
        let path = format!("/_sandbox/control/devices/{device}/connect");
        self.control.call_raw(Method::Post, &path, None).await?;
        Ok(())
    }
}

/// Plays the demo.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let mut stage = Stage::open(arguments.keep.as_deref(), context)?;
    context.block_on(play(&mut stage))??;
    Ok(Outcome::of(stage.close()))
}

async fn play(stage: &mut Stage) -> Result<()> {
    let running = open_service(stage).await?;
    let client = client_of(&running, &running.nxp_url())?;
    let control = client_of(&running, &running.base_url())?;
    let recipient = running.recipient_public().await.map_err(|error| {
        Failure::bug(format!("the built-in service has no OpenPGP key: {error}"))
    })?;
    let scene =
        Scene { client: &client, control: &control, base_url: running.nxp_url(), recipient };
    let objects = secrets::import(stage, &scene).await?;
    let group = device::make_group(stage, &scene, &objects).await?;
    let authority = authority::enroll(stage, &scene).await?;
    authority::prove(stage, &scene, &authority).await?;
    device::come_online(stage, &scene, &group, &authority).await?;
    running.shutdown().await;
    Ok(())
}

/// A client of the running service below `base_url`.
fn client_of(running: &Running, base_url: &str) -> Result<Client> {
    let token = Token::new(running.token()).map_err(|error| Failure::bug(error.to_string()))?;
    let mut settings =
        Settings::new(BaseUrl::parse(base_url)?, AuthHeader::El2gApiKey, Some(token));
    settings.gate = Some(Arc::new(Gate::new(crate::flows::now())));
    Ok(Client::new(settings)?)
}

/// Starts the built-in service with an OpenPGP key of the real one's shape, whose secret half is kept too:
/// here, and only here, the messages can be opened.
async fn open_service(stage: &mut Stage) -> Result<Running> {
    let key = generate_recipient_key(
        "Built-in EdgeLock 2GO <sandbox@example.invalid>",
        Scene::pgp_now(),
        &mut SystemEntropy,
    )?;
    let secret = stage.secret("recipient.secret.asc", key.secret_armored.expose())?;
    let public = stage.public("recipient.public.asc", key.public_armored.as_bytes())?;
    let options = Options { keys: KeySource::Given(key.secret_armored), ..Options::default() };
    let running = el2g_sandbox::start(options)
        .await
        .map_err(|error| Failure::bug(format!("the built-in service does not start: {error}")))?;
    stage.step(
        format!(
            "the built-in service listens on {}; its OpenPGP key is RSA-4096, {}",
            running.base_url(),
            key.fingerprint
        ),
        &[secret, public],
    )?;
    Ok(running)
}
