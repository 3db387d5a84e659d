//! `el2g ca sign`.

use el2g_text::one_line;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use el2g_cert_profile::RuleSet;
use el2g_files::OutputFile;
use el2g_signers::KeyPlace;
use el2g_workflows::{
    CeremonyRecord, Failure, IntermediateSigning, JudgedRequest, RecordFile, RootSignature, Signed,
    SigningOrder, SigningSummary,
};
use el2g_x509::{Certificate, CertificateRequest, Instant, SerialNumber};
use serde::Serialize;

use super::Hash;
use crate::Result;
use crate::commands::cert::rule_set;
use crate::context::Context;
use crate::flow_progress::FlowProgress;
use crate::input::{SMALL_FILE, SecretPath};
use crate::online::FlowDryRun;
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;
use crate::throw_away;
use crate::unlocking::{Unlocking, key_place};

#[derive(Args)]
#[command(
    group = ArgGroup::new("who-signs").args(["root_key", "tbs_out", "signature_in"]).required(true),
    group = ArgGroup::new("how-long").args(["days", "signature_in"]).required(true),
    group = ArgGroup::new("result").args(["out", "tbs_out"]).required(true)
)]
pub struct Arguments {
    /// The request: PEM, DER, an escaped line or the API's JSON answer
    #[arg(long, value_name = "FILE")]
    csr: PathBuf,
    /// The root certificate
    #[arg(long = "root", alias = "root-cert", value_name = "FILE")]
    root_cert: PathBuf,
    /// The root's private key: a file (PKCS#8, SEC1, PKCS#1; PEM or DER), or a pkcs11: URI without pin-value
    #[arg(
        long,
        value_name = "FILE|pkcs11:URI",
        conflicts_with_all = ["tbs_out", "signature_in"]
    )]
    root_key: Option<SecretPath>,
    /// Days of validity, cut to the root's end; 5479 (15 years) cover device certificates of 10 years
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    days: Option<u32>,
    /// The hash; without it SHA-384 for P-384 and P-521 roots, else SHA-256
    #[arg(long, value_enum)]
    hash: Option<Hash>,
    /// The serial number in hex; without it 159 random bits
    #[arg(long, value_name = "HEX", value_parser = serial)]
    serial: Option<SerialNumber>,
    /// First moment of validity (RFC 3339); without it now
    #[arg(long, value_name = "TIME", value_parser = instant)]
    not_before: Option<Instant>,
    /// A URL of the CA's revocation list; may be repeated
    #[arg(long, value_name = "URL", value_parser = url)]
    crl_url: Vec<String>,
    /// A URL of the CA's practice statement
    #[arg(long, value_name = "URL", value_parser = url)]
    policy_url: Option<String>,
    /// Rule set to check by: annex6 (AN12642 section 6), api-algorithms, or a TOML file that inherits one of them
    #[arg(long, value_name = "NAME|FILE", default_value = "annex6")]
    rules: String,
    #[arg(long, value_name = "FILE", help = output_help!(kept "the certificate"; "`-` is standard output"))]
    out: Option<OutputPath>,
    #[arg(long, value_name = "FILE", conflicts_with = "tbs_out", help = output_help!(record "one JSON line about the ceremony"))]
    record: Option<OutputPath>,
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "signature_in"], help = output_help!(kept "the to-be-signed bytes (DER)"; "Nothing is signed: the first half of the offline split"))]
    tbs_out: Option<OutputPath>,
    /// Offline split, second half: the bytes that --tbs-out wrote
    #[arg(long, value_name = "FILE", requires = "signature_in")]
    tbs_in: Option<PathBuf>,
    /// Offline split, second half: the signature over them (binary: DER, or r and s for an EC key)
    #[arg(
        long,
        value_name = "FILE",
        requires = "tbs_in",
        conflicts_with_all = ["days", "hash", "serial", "not_before", "crl_url", "policy_url"]
    )]
    signature_in: Option<PathBuf>,
}

fn serial(text: &str) -> Result<SerialNumber, String> {
    SerialNumber::parse_hex(text).map_err(|error| error.to_string())
}

fn instant(text: &str) -> Result<Instant, String> {
    text.parse().map_err(|error: el2g_x509::InstantError| error.to_string())
}

fn url(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https" | "ldap") {
        return Err("expected an http, https or ldap URL".to_owned());
    }
    Ok(url.into())
}

/// What signing, or its first half, left.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SigningOutcome {
    /// `signed` or `to-be-signed`.
    state: &'static str,
    /// `None` when it went to standard output.
    file: Option<String>,
    /// PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    #[serde(flatten)]
    summary: SigningSummary,
}

impl Human for SigningOutcome {
    fn human(&self) -> String {
        let file = one_line(self.file.as_deref().unwrap_or_default());
        match (&self.certificate, &self.fingerprint_sha256) {
            (Some(pem), _) if self.file.is_none() => pem.clone(),
            (_, Some(fingerprint)) => format!(
                "certificate  {}\nserial       {}\nvalid        {} to {}\nsha256       {fingerprint}\n",
                file, self.summary.serial_number, self.summary.not_before, self.summary.not_after,
            ),
            (_, None) => format!(
                "to be signed {}\nalgorithm    {}\nsha256       {}\n",
                file, self.summary.signature_algorithm, self.summary.to_be_signed_sha256,
            ),
        }
    }
}

/// What was read from the files named on the command line.
struct Papers {
    request: CertificateRequest,
    root: Certificate,
    rules: RuleSet,
    now: Instant,
}

impl Papers {
    fn signing<'a>(&'a self, show: &'a dyn Fn(&SigningSummary)) -> IntermediateSigning<'a> {
        let Self { request, root, rules, now } = self;
        IntermediateSigning { request, root, rules, now: *now, show }
    }
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Outcome> {
    let place = arguments.root_key.as_ref().map(key_place).transpose()?;
    let rules = rule_set(&arguments.rules, context)?;
    let papers = Papers {
        // The root first: that files were mixed up is said before what the profile says of one.
        root: read_certificate(&arguments.root_cert, context)?,
        request: read_request(&arguments.csr, &rules, context)?,
        rules,
        now: Instant::from_unix(context.now()),
    };
    throw_away::check_signing(&papers.root, &papers.request, context)?;
    match (&arguments.tbs_out, &arguments.signature_in, place) {
        (Some(file), _, _) => write_to_be_signed(arguments, &papers, file, context),
        (None, Some(file), _) => join(arguments, &papers, file, context),
        (None, None, Some(key)) => sign_with_key(arguments, &papers, &key, context),
        (None, None, None) => Err(Failure::usage("--root-key is missing")),
    }
}

/// `--tbs-out`: everything but the signature.
fn write_to_be_signed(
    arguments: &Arguments,
    papers: &Papers,
    file: &Path,
    context: &mut Context,
) -> Result<Outcome> {
    // They may be with the HSM already: the signature that comes back fits no others.
    let out = context.output(OutputKind::ToBeSigned, file)?;
    let (order, mut entropy) = (order(arguments)?, context.entropy());
    let (show, entropy) = (|summary: &_| show(summary, context), RefCell::new(&mut entropy as _));
    let signing = papers.signing(&show);
    let plan = signing.plan_to_be_signed(&order, &entropy);
    if context.everywhere.dry_run {
        return FlowDryRun::of(&plan);
    }
    let progress = FlowProgress::new(context.console, "CAs");
    let prepared = context.block_on(plan.run(None, &progress))??;
    out.write(prepared.tbs_der())?;
    context.console.note(format!(
        "sign {} with {} and bring the signature back: el2g ca sign --csr … --root … --tbs-in {0} --signature-in SIGNATURE --out CERTIFICATE",
        file.display(),
        prepared.hash(),
    ));
    Ok(Outcome::of(SigningOutcome {
        state: "to-be-signed",
        file: Some(file.display().to_string()),
        certificate: None,
        fingerprint_sha256: None,
        record: None,
        summary: prepared.summary().clone(),
    }))
}

/// `--signature-in`: the signature comes from elsewhere.
fn join(
    arguments: &Arguments,
    papers: &Papers,
    signature: &Path,
    context: &mut Context,
) -> Result<Outcome> {
    let (out, record) = outputs(arguments, context)?;
    let tbs_in =
        arguments.tbs_in.as_deref().ok_or_else(|| Failure::usage("--tbs-in is missing"))?;
    let tbs = context.input.read(tbs_in, SMALL_FILE)?;
    let signature_octets = context.input.read(signature, SMALL_FILE)?;
    let (tbs_in, name) = (tbs_in.display().to_string(), signature.display().to_string());
    let brought = RootSignature::Brought {
        to_be_signed: (&tbs_in, &tbs),
        signature: (&name, &signature_octets),
    };
    sign(arguments, papers, &brought, &format!("brought in {name}"), (out, record), context)
}

/// The key is at hand.
fn sign_with_key(
    arguments: &Arguments,
    papers: &Papers,
    place: &KeyPlace,
    context: &mut Context,
) -> Result<Outcome> {
    let (out, record) = outputs(arguments, context)?;
    let key = place.open_certificate_key(papers.root.public_key(), &mut Unlocking::of(context))?;
    let (order, context) = (order(arguments)?, &*context);
    let confirm = || context.confirm("Sign this with the root's key?");
    let signature = RootSignature::Key { key: key.as_ref(), order: &order, confirm: &confirm };
    sign(arguments, papers, &signature, &place.to_string(), (out, record), context)
}

/// Takes the steps, or lists them.
fn sign(
    arguments: &Arguments,
    papers: &Papers,
    signature: &RootSignature<'_>,
    place: &str,
    outputs: (Option<OutputFile>, Option<RecordFile>),
    context: &Context,
) -> Result<Outcome> {
    let mut entropy = context.entropy();
    let (show, entropy) = (|summary: &_| show(summary, context), RefCell::new(&mut entropy as _));
    let signing = papers.signing(&show);
    let plan = signing.plan(signature, &entropy);
    if context.everywhere.dry_run {
        return FlowDryRun::of(&plan);
    }
    let progress = FlowProgress::new(context.console, "CAs");
    let signed = context.block_on(plan.run(None, &progress))??;
    finish(arguments, &signed, papers, place, outputs, context)
}

fn order(arguments: &Arguments) -> Result<SigningOrder> {
    Ok(SigningOrder {
        days: arguments.days.ok_or_else(|| Failure::usage("--days is missing"))?,
        not_before: arguments.not_before,
        hash: arguments.hash.map(Into::into),
        serial: arguments.serial.clone(),
        crl_urls: arguments.crl_url.clone(),
        policy_url: arguments.policy_url.clone(),
    })
}

/// Checks that both files can be written before a key is used.
fn outputs(
    arguments: &Arguments,
    context: &Context,
) -> Result<(Option<OutputFile>, Option<RecordFile>)> {
    let out = arguments.out.as_deref().ok_or_else(|| Failure::usage("--out is missing"))?;
    let record = arguments.record.as_deref().map(|path| context.record(path)).transpose()?;
    Ok((context.output_or_stdout(OutputKind::Certificate, Some(out))?, record))
}

/// The record first: a signature that was made is on record even if the certificate cannot be written.
fn finish(
    arguments: &Arguments,
    signed: &Signed,
    papers: &Papers,
    key: &str,
    (out, record): (Option<OutputFile>, Option<RecordFile>),
    context: &Context,
) -> Result<Outcome> {
    if let Some(record) = record {
        let (root, rules, skipped) = (&papers.root, &papers.rules, context.skipped_checks());
        record.append(&CeremonyRecord::of(signed, root, key, rules, skipped))?;
    }
    let pem = signed.certificate.to_pem();
    // As typed: the path it resolves to may be another's.
    let typed = arguments.out.as_ref().filter(|_| out.is_some());
    let file = typed.map(|path| path.display().to_string());
    if let Some(out) = out {
        out.write(pem.as_bytes())?;
    }
    Ok(Outcome::of(SigningOutcome {
        state: "signed",
        file,
        certificate: Some(pem),
        fingerprint_sha256: Some(signed.certificate.fingerprint_sha256_hex()),
        record: arguments.record.as_ref().map(|path| path.display().to_string()),
        summary: signed.summary.clone(),
    }))
}

/// The summary on stderr, for the eyes of who confirms.
pub fn show(summary: &SigningSummary, context: &Context) {
    let console = &context.console;
    console.note(format!("subject    {}", summary.subject));
    console.note(format!("issuer     {}", summary.issuer));
    console.note(format!("serial     {}", summary.serial_number));
    let cut = if summary.cut_to_root { " (cut to the root's end)" } else { "" };
    console.note(format!("valid      {} to {}{cut}", summary.not_before, summary.not_after));
    console.note(format!("key        {}", summary.public_key));
    console.note(format!("signature  {}", summary.signature_algorithm));
    console.note(format!("extensions {}", summary.extensions.join(", ")));
    console.note(format!("request    sha256 {}", summary.request_sha256));
    console.note(format!("rules      {}: no error", summary.rules));
    for ignored in &summary.ignored_requests {
        console.warn(format!("the request asks for {ignored}, which is not taken over"));
    }
    for remark in &summary.remarks {
        console.note(format!("           {remark}"));
    }
}

/// Reads exactly one certificate.
pub fn read_certificate(path: &Path, context: &mut Context) -> Result<Certificate> {
    let bytes = context.read_text(path, SMALL_FILE)?;
    Certificate::read(&bytes).map_err(|error| Failure::from(error).about(path.display()))
}

/// Reads exactly one request, which must pass the checks of `csr show`.
fn read_request(path: &Path, rules: &RuleSet, context: &mut Context) -> Result<CertificateRequest> {
    let bytes = context.read_text(path, SMALL_FILE)?;
    JudgedRequest::read(&bytes, None, rules)
        .and_then(|judged| judged.sound("the request"))
        .map_err(|failure| failure.about(path.display()))
}
