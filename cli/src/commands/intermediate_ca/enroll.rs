//! `el2g intermediate-ca enroll`: from nothing to a usable CA, signed by a root of the user's own.

use el2g_findings::Style;
use el2g_findings::human::findings;
use el2g_text::one_line;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use el2g_cert_profile::{Finding, RuleSet};
use el2g_files::{OutputFile, OutputFileError};
use el2g_service_api::Nullable;
use el2g_service_api::intermediate_cas::{CaAlgorithm, NewIntermediateCa, RequestType};
use el2g_workflows::{
    CaEnrolment, CertificateSource, Enrolled, Failure, Flow, Journal, SigningOrder, SigningSummary,
    broken_by_root,
};
use el2g_x509::{Certificate, CertificateSigner, check_belongs};
use serde::Serialize;

use super::create::{KeyIdentifierArguments, warn_of_section_6};
use crate::Result;
use crate::commands::ca::{Hash, read_certificate, show_summary};
use crate::commands::cert::rule_set;
use crate::context::Context;
use crate::flow_progress::FlowProgress;
use crate::flows::services;
use crate::ids;
use crate::input::SecretPath;
use crate::journals;
use crate::online::{FlowDryRun, Online};
use crate::open_values::open_values;
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;
use crate::throw_away;
use crate::unlocking::{Unlocking, key_place};

#[derive(Args)]
pub struct Arguments {
    /// Name of the intermediate CA in the service
    #[arg(long)]
    name: String,
    /// Algorithm of its key; section 6 allows only NIST_P256
    #[arg(long, default_value = "NIST_P256", value_parser = open_values::<CaAlgorithm>())]
    algorithm: CaAlgorithm,
    /// Subject: common name
    #[arg(long, value_name = "CN")]
    common_name: String,
    /// Subject: organisation
    #[arg(long, value_name = "O")]
    organization: Option<String>,
    /// Subject: organisational unit
    #[arg(long = "organization-unit", alias = "org-unit", value_name = "OU")]
    org_unit: Option<String>,
    /// Subject: country, two capital letters
    #[arg(long, value_name = "C")]
    country: Option<String>,
    /// Subject: locality
    #[arg(long, value_name = "L")]
    locality: Option<String>,
    /// Subject: state or province
    #[arg(long = "province", alias = "state", value_name = "ST")]
    state: Option<String>,
    #[command(flatten)]
    identifiers: KeyIdentifierArguments,
    /// Id of a CA that the service already has; without it a new one is created
    #[arg(value_name = "CA", value_parser = ids::intermediate_ca)]
    id: Option<u64>,
    /// The same
    #[arg(long = "id", hide = true, value_name = "CA", value_parser = ids::intermediate_ca, conflicts_with = "id")]
    named_id: Option<u64>,
    /// Sign with the root's private key: a file, or a pkcs11: URI without pin-value
    #[arg(long, value_name = "FILE|pkcs11:URI", group = "source", requires = "root_cert")]
    root_key: Option<SecretPath>,
    #[arg(long, value_name = "FILE", group = "source", conflicts_with = "root_cert", help = output_help!(kept "the request"; "Then stop: run again with --certificate once it is signed"))]
    csr_out: Option<OutputPath>,
    /// Certificate that was signed elsewhere
    #[arg(long, value_name = "FILE", group = "source", requires = "root_cert")]
    certificate: Option<PathBuf>,
    /// The root's certificate; it is uploaded with the intermediate's
    #[arg(long = "root", alias = "root-cert", value_name = "FILE")]
    root_cert: Option<PathBuf>,
    /// Days of validity with --root-key, cut to the root's end; 15 years cover device certificates of 10.
    /// Whether EdgeLock 2GO issues device certificates that outlive their CA is not known
    #[arg(long, value_name = "N", default_value_t = 5479, value_parser = clap::value_parser!(u32).range(1..))]
    days: u32,
    /// The hash with --root-key; without it SHA-384 for P-384 and P-521 roots, else SHA-256
    #[arg(long, value_enum)]
    hash: Option<Hash>,
    /// Rule set to check by: annex6 (AN12642 section 6), api-algorithms, or a TOML file that inherits one of them
    #[arg(long, value_name = "NAME|FILE", default_value = "annex6")]
    rules: String,
    #[arg(long, value_name = "FILE", help = output_help!(kept "the certificate"))]
    out: Option<OutputPath>,
    #[arg(long, value_name = "FILE", help = output_help!(journal "the steps"; "[default: in el2g/journals of your state folder]"))]
    journal: Option<OutputPath>,
}

/// How far it came.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Enrolment {
    /// `SIGNED`, or `CSR_CREATED` while the request is with somebody else.
    state: &'static str,
    id: u64,
    name: String,
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    csr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
    findings: Vec<Finding>,
    journal: String,
}

impl Human for Enrolment {
    fn human(&self) -> String {
        let mut text = format!("id           {}\nstate        {}\n", self.id, self.state);
        let mut line = |name: &str, value: &str| text.push_str(&format!("{name:<12} {value}\n"));
        line("subject", &self.subject);
        for (name, value) in [
            ("request", &self.csr),
            ("certificate", &self.certificate),
            ("sha256", &self.fingerprint_sha256),
            ("until", &self.not_after),
        ] {
            if let Some(value) = value {
                line(name, &one_line(value));
            }
        }
        text + &findings(&self.findings, Style::Plain)
    }
}

/// The root's side, read before anything is created.
struct RootPapers {
    root: Certificate,
    key: Option<Box<dyn CertificateSigner>>,
    certificate: Option<Certificate>,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Outcome> {
    let rules = rule_set(&arguments.rules, context)?;
    let papers = read_papers(arguments, context)?;
    context.expected.rules = Some(rules.clone());
    let online = Online::open(context)?;
    let context = &*context;
    if let Some(papers) = &papers {
        let at = crate::flows::now();
        online.refuse("the root", broken_by_root(&papers.root, &rules, at))?;
    }
    let confirm = |summary: &SigningSummary| confirm(summary, context);
    let enrolment = enrolment(arguments, papers.as_ref(), rules, &confirm)?;
    warn_of_section_6(&arguments.algorithm, context.console);
    // Every request that is known by now passes the gate, before anything is created.
    let mut entropy = context.entropy();
    let services = services(online.client(), &mut entropy);
    let plan = enrolment.plan(&services);
    let listed = FlowDryRun::of(&plan)?;
    if online.is_dry_run() {
        return Ok(listed);
    }
    let service = online.client().settings().base_url.to_string();
    let mut journal = journals::open(
        arguments.journal.as_deref(),
        Flow::EnrollCa,
        &service,
        &arguments.name,
        &enrolment.subject(&service),
        context,
    )?;
    let outputs = match outputs(arguments, &journal, context) {
        Ok(outputs) => outputs,
        Err(failure) => {
            if journal.is_new() {
                journal.remove()?;
            }
            return Err(failure);
        }
    };
    journal.skipped(&context.skipped_checks())?;
    let progress = FlowProgress::new(context.console, "CAs");
    let enrolled = online.wait(plan.run(Some(&mut journal), &progress))?;
    finish(arguments, enrolled, outputs, &journal.path().display().to_string(), context)
}

/// What is written at the end, checked before the service is called.
fn outputs(
    arguments: &Arguments,
    journal: &Journal,
    context: &Context,
) -> Result<(Option<Output>, Option<Output>)> {
    let output = |kind, path: &OutputPath| match context.output(kind, path) {
        // A run that was interrupted after it wrote the file: it is held against what is to be written.
        Err(_) if !journal.is_new() && path.is_file() && !context.everywhere.force => {
            Ok(Output::Written(path.to_path_buf()))
        }
        prepared => prepared.map(Output::New),
    };
    let request = arguments.csr_out.as_ref().map(|path| output(OutputKind::Request, path));
    let certificate = arguments.out.as_ref().map(|path| output(OutputKind::Certificate, path));
    Ok((request.transpose()?, certificate.transpose()?))
}

/// A file that this run writes, or that an earlier run of the same enrolment may have written.
enum Output {
    New(OutputFile),
    Written(PathBuf),
}

/// Reads root, key and certificate, and makes sure that a yes can be had: all before the service is called.
fn read_papers(arguments: &Arguments, context: &mut Context) -> Result<Option<RootPapers>> {
    let Some(root_cert) = &arguments.root_cert else {
        return match arguments.csr_out {
            Some(_) => Ok(None),
            None => Err(Failure::usage(
                "expected one of: --root-key with --root; --csr-out; --certificate with --root",
            )),
        };
    };
    let place = arguments.root_key.as_ref().map(key_place).transpose()?;
    let root = read_certificate(root_cert, context)?;
    let certificate = arguments.certificate.as_deref();
    let certificate = certificate.map(|path| read_certificate(path, context)).transpose()?;
    let of_certificate = certificate.iter().map(|certificate| ("certificate", certificate));
    let named: Vec<_> = std::iter::once(("root", &root)).chain(of_certificate).collect();
    throw_away::refuse_certificates(&named, context)?;
    let mut unlocking = Unlocking::of(context);
    let open = |place: el2g_signers::KeyPlace| {
        place.open_certificate_key(root.public_key(), &mut unlocking)
    };
    let key = place.map(open).transpose()?;
    if let Some(key) = &key {
        check_belongs(key.as_ref(), &root)?;
        if !context.everywhere.dry_run && !context.everywhere.yes && !context.input.can_ask() {
            return Err(Failure::usage(
                "signing with the root key needs confirmation, and there is no terminal to ask on",
            )
            .with_hint("say --yes to sign without a question"));
        }
    }
    if key.is_none() && certificate.is_none() {
        return Err(Failure::usage("--root needs --root-key or --certificate beside it"));
    }
    Ok(Some(RootPapers { root, key, certificate }))
}

fn enrolment<'a>(
    arguments: &Arguments,
    papers: Option<&'a RootPapers>,
    rules: RuleSet,
    confirm: &'a dyn Fn(&SigningSummary) -> Result<(), Failure>,
) -> Result<CaEnrolment<'a>> {
    let source = match papers {
        None => CertificateSource::HandOver,
        Some(RootPapers { root, certificate: Some(certificate), .. }) => {
            CertificateSource::Bring { root, certificate }
        }
        Some(RootPapers { root, key: Some(key), .. }) => {
            let order = SigningOrder {
                days: arguments.days,
                not_before: None,
                hash: arguments.hash.map(Into::into),
                serial: None,
                crl_urls: Vec::new(),
                policy_url: None,
            };
            CertificateSource::Sign { root, key: key.as_ref(), order, confirm }
        }
        Some(_) => {
            return Err(Failure::usage("--root needs --root-key or --certificate beside it"));
        }
    };
    let enrolment = CaEnrolment::new(wanted(arguments), source, rules)?;
    Ok(match arguments.id.or(arguments.named_id) {
        Some(id) => enrolment.with_existing(id),
        None => enrolment,
    })
}

fn wanted(arguments: &Arguments) -> NewIntermediateCa {
    let mut new = NewIntermediateCa {
        common_name: arguments.common_name.clone().into(),
        organization: Nullable::or_absent(arguments.organization.clone()),
        org_unit: Nullable::or_absent(arguments.org_unit.clone()),
        country: Nullable::or_absent(arguments.country.clone()),
        locality: Nullable::or_absent(arguments.locality.clone()),
        state: Nullable::or_absent(arguments.state.clone()),
        ..NewIntermediateCa::new(
            arguments.name.clone(),
            arguments.algorithm.clone(),
            RequestType::WithCsr,
        )
    };
    arguments.identifiers.put_into(&mut new);
    new
}

/// Shows what is about to be signed and asks.
fn confirm(summary: &SigningSummary, context: &Context) -> Result<()> {
    show_summary(summary, context);
    context.confirm("Sign this with the root's key?")
}

fn finish(
    arguments: &Arguments,
    enrolled: Enrolled,
    (csr_out, out): (Option<Output>, Option<Output>),
    journal: &str,
    context: &Context,
) -> Result<Outcome> {
    match enrolled {
        Enrolled::AwaitingCertificate { id, request } => {
            let csr = write(csr_out, arguments.csr_out.as_deref(), &request.to_pem())?;
            context.console.note(format!(
                "have {} signed, then run the same command with --certificate FILE --root FILE in place of --csr-out",
                csr.as_deref().unwrap_or("the request")
            ));
            Ok(Outcome::of(Enrolment {
                state: "CSR_CREATED",
                id,
                name: arguments.name.clone(),
                subject: request.subject().to_string(),
                csr,
                certificate: None,
                fingerprint_sha256: None,
                not_after: None,
                findings: Vec::new(),
                journal: journal.to_owned(),
            }))
        }
        Enrolled::Signed { ca, certificate, report } => Ok(Outcome::of(Enrolment {
            state: "SIGNED",
            id: ca.id,
            name: arguments.name.clone(),
            subject: certificate.subject().to_string(),
            csr: None,
            certificate: write(out, arguments.out.as_deref(), &certificate.to_pem())?,
            fingerprint_sha256: Some(certificate.fingerprint_sha256_hex()),
            not_after: Some(certificate.not_after().to_string()),
            findings: report.findings,
            journal: journal.to_owned(),
        })),
    }
}

/// Writes a file that was asked for; its name as it was typed.
fn write(file: Option<Output>, typed: Option<&Path>, text: &str) -> Result<Option<String>> {
    match file {
        Some(Output::New(file)) => file.write(text.as_bytes())?,
        Some(Output::Written(path))
            if !fs::read(&path).is_ok_and(|found| found == text.as_bytes()) =>
        {
            return Err(OutputFileError::Exists { path }.into());
        }
        None | Some(Output::Written(_)) => {}
    }
    Ok(typed.map(|path| path.display().to_string()))
}
