//! `el2g sandbox connect-device`: a device that comes online.

use clap::Args;
use el2g_service_api::Method;
use el2g_service_client::CurlBody;
use el2g_workflows::Failure;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::device_files::{self, Credentials};
use crate::Result;
use crate::context::Context;
use crate::device_id;
use crate::input::SecretPath;
use crate::online::{DryRun, Online};
use crate::options::Service;
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_places::OutputFolder;
use crate::secret_body::write_secret_body;

/// Play a device that comes online: it claims itself and takes what is provisioned to it.
///
/// With `--out-dir`, each certificate that the device has by now is written with its private key: `device-ID.key.pem` (0600),
/// `device-ID.cert.pem` and `device-ID.chain.pem` (its CA, then the root); ID is the secure object's. They are throw-away
/// keys, to rehearse a connection to a server or cloud with.
#[derive(Args)]
#[command(
    after_help = "Example:\n  el2g sandbox connect-device 0x04005001d706ca37a1e4ed047e6dda0f6880 --base-url http://127.0.0.1:8443 --token-file token --out-dir device"
)]
pub struct Arguments {
    /// Device id: decimal or hexadecimal, as `sscli` prints it too
    #[arg(value_name = "UID")]
    uid: String,
    /// File with the claim code that the device presents
    #[arg(long, value_name = "FILE")]
    claim_code_file: Option<SecretPath>,
    /// Let the provisioning of this secure object fail: ID=generation or ID=provisioning
    #[arg(long, value_name = "ID=HOW", value_parser = failure)]
    fail: Vec<(u64, &'static str)>,
    #[arg(long, alias = "out", value_name = "DIR", help = output_help!(device "the keys, certificates and chains that the device has"))]
    out_dir: Option<OutputFolder>,
}

/// Most bytes of a claim-code file.
const LONGEST_CLAIM_CODE: usize = 4096;

fn failure(text: &str) -> Result<(u64, &'static str), String> {
    let (id, how) = text.split_once('=').ok_or("ID=generation or ID=provisioning is needed")?;
    let id = id.parse().map_err(|_| format!("`{id}` is not a secure object id"))?;
    match how {
        "generation" => Ok((id, "GENERATION_FAILED")),
        "provisioning" => Ok((id, "PROVISIONING_FAILED")),
        _ => Err(format!("`{how}`, allowed: generation, provisioning")),
    }
}

/// What the sandbox answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    device_id: String,
    device_group_id: Value,
    provisionings: Vec<Value>,
    #[serde(default)]
    credentials: Vec<Credentials>,
}

/// What a device got, without its keys.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connected {
    device_id: String,
    device_group_id: Value,
    provisionings: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
}

impl Human for Connected {
    fn human(&self) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut lines = format!(
            "device {} is online in device group {}\n",
            self.device_id, self.device_group_id
        );
        for provisioning in &self.provisionings {
            let states: Vec<String> =
                provisioning["states"].as_array().into_iter().flatten().map(text).collect();
            lines.push_str(&format!(
                "provisioning {}  secure object {}  {}  {}\n",
                provisioning["provisioningId"],
                provisioning["secureObjectId"],
                text(&provisioning["secureObjectType"]),
                states.join(" -> ")
            ));
        }
        for file in &self.files {
            lines.push_str(&format!("wrote {file}\n"));
        }
        lines
    }
}

/// Lets the device come online.
pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Outcome> {
    let uid = device_id::typed(&arguments.uid)?;
    let service = context.service()?;
    if service.service != Service::Sandbox {
        return Err(Failure::usage("connect-device speaks to a sandbox only").with_hint(
            "give --base-url as `el2g sandbox serve` printed it, or --service sandbox",
        ));
    }
    let body = body(arguments, context)?;
    // The control endpoint stands beside the two fronts, whichever of the three was given.
    let origin = service.base_url.origin();
    context.everywhere.base_url = Some(format!("{origin}/_sandbox"));
    context.everywhere.service = Some(Service::Sandbox);
    let online = Online::open(context)?;
    let path = format!("/control/devices/{uid}/connect");
    if online.is_dry_run() {
        let source = match &arguments.claim_code_file {
            Some(_) => CurlBody::File(write_secret_body(context, &body)?),
            None => CurlBody::Inline,
        };
        let line = online.client().curl_raw(Method::Post, &path, Some(body), &source)?;
        return Ok(Outcome::of(DryRun::of(vec![line])));
    }
    let reply = online.wait(online.client().call_raw(Method::Post, &path, Some(body)))?;
    let reply = Zeroizing::new(reply.body);
    let answer: Answer = serde_json::from_slice(&reply).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Failure::unavailable(format!(
            "the sandbox's answer is not what a connection answers (line {line}, column {column})"
        ))
    })?;
    let Answer { device_id, device_group_id, provisionings, credentials } = answer;
    let files = match &arguments.out_dir {
        Some(folder) => device_files::write(folder, &device_id, &credentials, context)?,
        None => Vec::new(),
    };
    Ok(Outcome::of(Connected { device_id, device_group_id, provisionings, files }))
}

fn body(arguments: &Arguments, context: &mut Context) -> Result<Vec<u8>> {
    let mut body = Map::new();
    if let Some(path) = &arguments.claim_code_file {
        let secret = context.input.read_secret(path, LONGEST_CLAIM_CODE)?;
        let text = std::str::from_utf8(secret.expose())
            .map_err(|_| Failure::input(format!("{}: not text", path.path().display())))?;
        body.insert("claimCode".into(), json!(text.trim()));
    }
    if !arguments.fail.is_empty() {
        let failures: Map<String, Value> =
            arguments.fail.iter().map(|(id, how)| (id.to_string(), json!(how))).collect();
        body.insert("failures".into(), Value::Object(failures));
    }
    if arguments.out_dir.is_some() {
        body.insert("credentials".into(), json!(true));
    }
    Ok(Value::Object(body).to_string().into_bytes())
}
