//! `el2g intermediate-ca prove`: a verification certificate for a cloud's code, checked before it is written; or the CA
//! alone for AWS IoT's certificate mode SNI_ONLY, which needs none.

use clap::{ArgGroup, Args, ValueEnum};
use el2g_cert_profile::{Cloud as ProfileCloud, Finding};
use el2g_findings::Style;
use el2g_findings::human::findings;
use el2g_text::one_line;
use el2g_workflows::{Failure, IdOrName, PossessionProof, SniOnlyRegistration};
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::flow_progress::FlowProgress;
use crate::flows::services;
use crate::ids;
use crate::online::{FlowDryRun, Online};
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;

#[derive(Args)]
#[command(group = ArgGroup::new("mode").args(["code", "sni_only"]).required(true))]
pub struct Arguments {
    #[arg(value_name = "CA", help = ids::CA, required_unless_present = "named_id")]
    id: Option<IdOrName>,
    /// The same
    #[arg(long = "id", hide = true, value_name = "CA", conflicts_with = "id")]
    named_id: Option<IdOrName>,
    /// Code as the cloud shows it: AWS's registration code, or the verification code of an IoT Hub or a Device
    /// Provisioning Service
    #[arg(long)]
    code: Option<String>,
    /// Cloud that gave the code
    #[arg(long, value_enum)]
    cloud: Cloud,
    /// For AWS's certificate mode SNI_ONLY (several accounts), which needs no code and no verification certificate:
    /// check that AWS takes the CA, and write the CA's certificate
    #[arg(long, conflicts_with = "code")]
    sni_only: bool,
    #[arg(long, value_name = "FILE", help = output_help!(kept "the verification certificate"; "With --sni-only the certificate of the CA"))]
    out: OutputPath,
}

impl Arguments {
    fn id(&self, online: &Online) -> Result<u64> {
        let typed = self.id.as_ref().or(self.named_id.as_ref());
        online.ca(typed.ok_or_else(|| Failure::usage("no intermediate CA was named"))?)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
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

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
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
            one_line(&self.file),
            self.ca,
            self.not_after,
            self.fingerprint_sha256
        );
        text.push_str(&findings(&self.findings, Style::Plain));
        text
    }
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    id: u64,
    certificate_mode: &'static str,
    file: String,
    ca: String,
    fingerprint_sha256: String,
    not_after: String,
    next: String,
}

impl Human for Registration {
    fn human(&self) -> String {
        format!(
            "CA           {}\nfile         {}\nuntil        {}\nsha256       {}\nnext         {}\n",
            self.ca,
            one_line(&self.file),
            self.not_after,
            self.fingerprint_sha256,
            self.next
        )
    }
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Outcome> {
    match &arguments.code {
        Some(code) => prove(arguments, code, context),
        None => register(arguments, context),
    }
}

/// SNI_ONLY: the CA's certificate is all there is to hand over.
fn register(arguments: &Arguments, context: &mut Context) -> Result<Outcome> {
    if arguments.cloud != Cloud::Aws {
        return Err(Failure::usage("--sni-only is a certificate mode of AWS IoT alone")
            .with_hint("Azure: upload the CA, then `--cloud azure --code CODE`"));
    }
    let out = context.output(OutputKind::Certificate, &arguments.out)?;
    let online = Online::open(context)?;
    let registration = SniOnlyRegistration { id: arguments.id(&online)? };
    let mut entropy = context.entropy();
    let services = services(online.client(), &mut entropy);
    let plan = registration.plan(&services);
    if online.is_dry_run() {
        return FlowDryRun::of(&plan);
    }
    let progress = FlowProgress::new(context.console, "CAs");
    let found = online.wait(plan.run(None, &progress))?;
    out.write(found.ca.to_pem().as_bytes())?;
    let file = arguments.out.display().to_string();
    Ok(Outcome::of(Registration {
        id: registration.id,
        certificate_mode: "SNI_ONLY",
        ca: found.ca.subject().to_string(),
        fingerprint_sha256: found.ca.fingerprint_sha256_hex(),
        not_after: found.ca.not_after().to_string(),
        next: format!(
            "aws iot register-ca-certificate --ca-certificate file://{file} --certificate-mode SNI_ONLY"
        ),
        file,
    }))
}

fn prove(arguments: &Arguments, code: &str, context: &mut Context) -> Result<Outcome> {
    let out = context.output(OutputKind::Certificate, &arguments.out)?;
    let online = Online::open(context)?;
    let id = arguments.id(&online)?;
    let proof = PossessionProof::new(id, code, arguments.cloud.into())?;
    let mut entropy = context.entropy();
    let services = services(online.client(), &mut entropy);
    let plan = proof.plan(&services);
    if online.is_dry_run() {
        return FlowDryRun::of(&plan);
    }
    let progress = FlowProgress::new(context.console, "CAs");
    let proven = online.wait(plan.run(None, &progress))?;
    out.write(proven.certificate.to_pem().as_bytes())?;
    Ok(Outcome::of(Proof {
        id,
        code: code.to_owned(),
        file: arguments.out.display().to_string(),
        ca: proven.ca.subject().to_string(),
        fingerprint_sha256: proven.certificate.fingerprint_sha256_hex(),
        not_after: proven.certificate.not_after().to_string(),
        findings: proven.report.findings,
    }))
}
