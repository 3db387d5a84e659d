//! `el2g intermediate-ca prove`: a verification certificate for a cloud's code, checked before it is written.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use el2g_cert_profile::{Cloud as ProfileCloud, Finding};
use el2g_workflows::PossessionProof;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::flows::services;
use crate::online::{DryRun, Narrator, Online};
use crate::output::{Human, Outcome};

#[derive(Args)]
pub struct Arguments {
    /// Id of the intermediate CA
    #[arg(long, value_name = "ID")]
    id: u64,
    /// The code, as the cloud shows it
    #[arg(long)]
    code: String,
    /// The cloud that gave the code
    #[arg(long, value_enum)]
    cloud: Cloud,
    /// Where the verification certificate goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Cloud {
    /// AWS IoT Core
    Aws,
    /// Azure IoT Hub and its Device Provisioning Service
    Azure,
}

impl From<Cloud> for ProfileCloud {
    fn from(cloud: Cloud) -> Self {
        match cloud {
            Cloud::Aws => Self::Aws,
            Cloud::Azure => Self::Azure,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    id: u64,
    code: String,
    file: String,
    ca: String,
    fingerprint_sha256: String,
    not_after: String,
    findings: Vec<Finding>,
}

impl Human for Proof {
    fn human(&self) -> String {
        let mut text = format!(
            "certificate  {}\nsigned by    {}\nuntil        {}\nsha256       {}\n",
            self.file, self.ca, self.not_after, self.fingerprint_sha256
        );
        for finding in &self.findings {
            text.push_str(&format!("{:<12} {}\n", finding.severity, finding.message));
        }
        text
    }
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Outcome> {
    let proof = PossessionProof::new(arguments.id, &arguments.code, arguments.cloud.into())?;
    let out = context.public_output(&arguments.out)?;
    let online = Online::open(context)?;
    if online.is_dry_run() {
        let steps = proof.plan(online.client())?;
        return Ok(Outcome::of(DryRun::of(steps.into_iter().filter_map(|s| s.curl).collect())));
    }
    let mut entropy = context.entropy();
    let services = services(online.client(), &mut entropy);
    let proven = online.wait(proof.run(&services, &Narrator(context.console)))?;
    out.write(proven.certificate.to_pem().as_bytes())?;
    Ok(Outcome::of(Proof {
        id: arguments.id,
        code: arguments.code.clone(),
        file: arguments.out.display().to_string(),
        ca: proven.ca.subject().to_string(),
        fingerprint_sha256: proven.certificate.fingerprint_sha256_hex(),
        not_after: proven.certificate.not_after().to_string(),
        findings: proven.report.findings,
    }))
}
