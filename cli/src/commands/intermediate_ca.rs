//! `el2g intermediate-ca` (AN12642 4.2, 4.6).

use std::path::PathBuf;

use clap::{Args, Subcommand};
use el2g_service_api::intermediate_cas::{
    AlgorithmPair, CaAlgorithm, CreateIntermediateCa, CreateVerificationCertificate,
    DeleteIntermediateCa, DownloadIntermediateCa, IntermediateCa, IntermediateCaPath,
    IntermediateCaQuery, ListIntermediateCas, ListSignedObjects, ListSupportedAlgorithms,
    RequestType, ShowCsr, ShowIntermediateCa, SignedIntermediate, SignedObject, SignedObjectQuery,
    SigningAuthority, SigningState, UploadIntermediateCa, Validity, VerificationCode,
};
use el2g_service_api::{NoPath, NoQuery, OpenEnum as _};
use el2g_workflows::{Failure, IdOrName, broken_by_upload};
use el2g_x509::decoded::kept::KeptRequest;

use crate::Result;
use crate::commands::ca::read_certificate;
use crate::commands::cert::rule_set;
use crate::context::Context;
use crate::ids;
use crate::online::{Done, Online};
use crate::open_values::open_values;
use crate::output::Outcome;
use crate::paging::{Paging, Sorting, paged_query};
use crate::pem_answer::PemOutput;
use crate::table::{Row, Rows, Shown, cell};
use crate::throw_away;

mod create;
pub mod enroll;
pub mod prove;

/// Intermediate CAs that sign device certificates.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Create a CA that can be used: create, fetch the CSR, sign or hand over, check, upload, confirm
    #[command(
        after_help = "Example:\n  el2g intermediate-ca enroll --name line-7 --common-name \"Line 7 CA\" --root-key root.key --root root.pem --yes"
    )]
    Enroll(Box<enroll::Arguments>),
    /// Prove to a cloud that the service holds the CA's key: a checked verification certificate
    #[command(
        after_help = "Example:\n  el2g intermediate-ca prove 51 --code 0123456789abcdef0123456789abcdef01234567 --cloud azure --out proof.pem\n  el2g intermediate-ca prove 51 --cloud aws --sni-only --out ca.pem"
    )]
    Prove(prove::Arguments),
    /// Upload the certificate that your CA made from the CSR; it is checked against its root, section 6 and the CSR
    #[command(
        after_help = "Example:\n  el2g intermediate-ca upload 2307 --certificate pilot.pem --root root.pem"
    )]
    Upload {
        #[arg(value_name = "CA", help = ids::CA)]
        id: IdOrName,
        /// The intermediate certificate
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,
        /// The root certificate that signed it
        #[arg(long = "root", alias = "root-cert", value_name = "FILE")]
        root_cert: PathBuf,
        /// Rule set to check by: annex6 (AN12642 section 6), api-algorithms, or a TOML file that inherits one of them
        #[arg(long, value_name = "NAME|FILE", default_value = "annex6")]
        rules: String,
    },
    #[command(flatten)]
    Operation(Operation),
}

/// The verbs that are one operation each.
#[derive(Subcommand)]
enum Operation {
    /// Create an intermediate CA: with a CSR for a CA of your own, or signed by NXP
    #[command(
        after_help = "Example:\n  el2g intermediate-ca create --name pilot --algorithm NIST_P256 --common-name \"Pilot CA\" --organization Example --country AT"
    )]
    Create(Box<create::Arguments>),
    /// Print the certificate signing request of an intermediate CA in PEM
    #[command(after_help = "Example:\n  el2g intermediate-ca csr 2307 --out pilot.csr")]
    Csr {
        #[arg(value_name = "CA", help = ids::CA)]
        id: IdOrName,
        #[command(flatten)]
        out: PemOutput,
    },
    /// List intermediate CAs
    #[command(after_help = "Example:\n  el2g intermediate-ca list --status SIGNED --signed-by EXT")]
    List {
        /// Only those whose name contains this
        #[arg(long)]
        name: Option<String>,
        /// CSR_CREATED or SIGNED
        #[arg(long, value_parser = SigningState::from_typed)]
        status: Option<SigningState>,
        /// NXP or EXT
        #[arg(long = "signed-by", alias = "signer", value_name = "AUTHORITY", value_parser = SigningAuthority::from_typed)]
        signer: Option<SigningAuthority>,
        /// VALID or EXPIRED
        #[arg(long, value_parser = Validity::from_typed)]
        validity: Option<Validity>,
        /// Only those with this algorithm
        #[arg(long, value_parser = open_values::<CaAlgorithm>())]
        algorithm: Option<CaAlgorithm>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        sorting: Sorting,
    },
    /// Show one intermediate CA
    #[command(after_help = "Example:\n  el2g intermediate-ca show 51")]
    Show {
        #[arg(value_name = "CA", help = ids::CA)]
        id: IdOrName,
    },
    /// Print the certificate of an intermediate CA in PEM
    #[command(after_help = "Example:\n  el2g intermediate-ca download 51 --out intermediate.pem")]
    Download {
        #[arg(value_name = "CA", help = ids::CA)]
        id: IdOrName,
        #[command(flatten)]
        out: PemOutput,
    },
    /// Print a certificate that proves possession of the CA to a cloud service, in PEM
    #[command(
        after_help = "Example:\n  el2g intermediate-ca verification-certificate 51 --code 5d3f0c --out verification.pem"
    )]
    VerificationCertificate {
        #[arg(value_name = "CA", help = ids::CA)]
        id: IdOrName,
        /// The code that the cloud service gave
        #[arg(long)]
        code: String,
        #[command(flatten)]
        out: PemOutput,
    },
    /// List the secure objects that an intermediate CA signs for
    #[command(after_help = "Example:\n  el2g intermediate-ca secure-objects 51")]
    SecureObjects {
        #[arg(value_name = "CA", help = ids::CA)]
        id: IdOrName,
        #[command(flatten)]
        paging: Paging,
    },
    /// Delete an intermediate CA that signs for nothing; this cannot be undone
    #[command(after_help = "Example:\n  el2g intermediate-ca delete 51 --yes")]
    Delete {
        #[arg(value_name = "CA", help = ids::CA)]
        id: IdOrName,
    },
    /// List which algorithms of key pairs and intermediate CAs go together
    #[command(after_help = "Example:\n  el2g intermediate-ca algorithms")]
    Algorithms,
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Enroll(arguments) => enroll::run(&arguments, context),
        Verb::Prove(arguments) => prove::run(&arguments, context),
        Verb::Upload { id, certificate, root_cert, rules } => {
            upload(&id, &certificate, &root_cert, &rules, context)
        }
        Verb::Operation(operation) => call(operation, context),
    }
}

/// Runs a verb that is one operation.
fn call(operation: Operation, context: &mut Context) -> Result<Outcome> {
    let online = Online::open(context)?;
    match operation {
        Operation::Create(new) => {
            let body = new.body();
            if body.request_type == RequestType::WithCsr {
                create::warn_of_section_6(&body.algorithm, context.console);
            }
            online.answer::<CreateIntermediateCa>(&NoPath, &NoQuery {}, &body, |ca| {
                Outcome::of(Shown(ca))
            })
        }
        Operation::Csr { id, out } => csr(online.ca(&id)?, out, &online, context),
        Operation::List { name, status, signer, validity, algorithm, paging, sorting } => {
            let query = paged_query!(IntermediateCaQuery {
                name: name,
                status: status,
                signer: signer,
                validity: validity,
                algorithm: algorithm,
            } paging, sorting);
            online.list::<ListIntermediateCas>(NoPath, query)
        }
        Operation::Show { id } => online.show::<ShowIntermediateCa>(&path(online.ca(&id)?)),
        Operation::Download { id, out } => {
            let path = path(online.ca(&id)?);
            out.answer::<DownloadIntermediateCa>(&online, &path, &NoQuery {}, &(), context)
        }
        Operation::VerificationCertificate { id, code, out } => {
            let body = VerificationCode::new(code);
            let path = path(online.ca(&id)?);
            out.answer::<CreateVerificationCertificate>(&online, &path, &NoQuery {}, &body, context)
        }
        Operation::SecureObjects { id, paging } => {
            let path = path(online.ca(&id)?);
            online.list::<ListSignedObjects>(path, paged_query!(SignedObjectQuery {} paging))
        }
        Operation::Delete { id } => {
            let id = online.ca(&id)?;
            online.confirm::<DeleteIntermediateCa>(format!("Delete intermediate CA {id}"))?;
            online.done::<DeleteIntermediateCa>(&path(id), &(), done("deleted", id))
        }
        Operation::Algorithms => {
            online.answer::<ListSupportedAlgorithms>(&NoPath, &NoQuery {}, &(), |supported| {
                Outcome::of(Rows(supported.supported_algorithms))
            })
        }
    }
}

fn path(id: u64) -> IntermediateCaPath {
    IntermediateCaPath { intermediate_ca_id: id }
}

fn done(result: &'static str, id: u64) -> Done {
    Done::new(result, "intermediateCaId", id)
}

fn csr(id: u64, out: PemOutput, online: &Online, context: &mut Context) -> Result<Outcome> {
    if let Some(printed) = online.dry_run::<ShowCsr>(&path(id), &NoQuery {}, &())? {
        return Ok(printed);
    }
    let csr = online.call::<ShowCsr>(&path(id), &NoQuery {}, &())?;
    out.finish(&csr.value, context)
}

/// Compares certificate, root and the service's CSR, and uploads what fits.
fn upload(
    id: &IdOrName,
    certificate: &std::path::Path,
    root: &std::path::Path,
    rules: &str,
    context: &mut Context,
) -> Result<Outcome> {
    let rules = rule_set(rules, context)?;
    let (certificate, root) =
        (read_certificate(certificate, context)?, read_certificate(root, context)?);
    throw_away::refuse_certificates(&[("root", &root), ("certificate", &certificate)], context)?;
    let body = SignedIntermediate::new(certificate.to_pem(), root.to_pem());
    context.expected.rules = Some(rules.clone());
    let online = Online::open(context)?;
    let id = online.ca(id)?;
    online.check::<UploadIntermediateCa>(&path(id), &body)?;
    let not_compared = match online.is_dry_run() {
        true => Some("a dry run does not fetch it".to_owned()),
        false => {
            let csr = online.wait(online.client().call::<ShowCsr>(&path(id), &NoQuery {}, &()));
            match csr {
                Ok(csr) => {
                    let of_ca =
                        |failure: Failure| failure.about(format_args!("the CSR of CA {id}"));
                    // The rules judge it, as they do in every command; here it need only be one.
                    let request = KeptRequest::read(csr.value.as_bytes());
                    let request = request.map_err(|error| of_ca(error.into()))?;
                    let (certificate, root) =
                        (body.signed_certificate.as_bytes(), body.root_ca.as_bytes());
                    let at = crate::flows::now();
                    let broken = broken_by_upload(certificate, root, Some(&request), &rules, at);
                    online.refuse("intermediate-ca upload", broken)?;
                    None
                }
                Err(error) if error.is_refused() => Some(error.to_string()),
                Err(error) => return Err(error.into()),
            }
        }
    };
    if let Some(why) = not_compared {
        context
            .console
            .note(format!("not checked: whether the certificate fits the CSR of CA {id}: {why}"));
    }
    online.done::<UploadIntermediateCa>(&path(id), &body, done("uploaded", id))
}

impl Row for IntermediateCa {
    const COLUMNS: &'static [&'static str] =
        &["ID", "NAME", "ALGORITHM", "STATE", "SIGNER", "VALID-UNTIL", "COMMON-NAME"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.name.clone(),
            cell(self.algorithm.value()),
            self.signing_state.to_string(),
            cell(self.signing_authority.value()),
            cell(self.valid_until.value()),
            cell(self.common_name.value()),
        ]
    }
}

impl Row for SignedObject {
    const COLUMNS: &'static [&'static str] = &["NAME", "TYPE", "SINCE"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.secure_object_type.to_string(),
            cell(self.assignment_date_time.value()),
        ]
    }
}

impl Row for AlgorithmPair {
    const COLUMNS: &'static [&'static str] = &["KEY-PAIR", "INTERMEDIATE-CA", "STATUS"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.key_pair_algorithm.to_string(),
            self.intermediate_ca_algorithm.to_string(),
            self.status.to_string(),
        ]
    }
}
