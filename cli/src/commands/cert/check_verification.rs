//! `el2g cert check-verification`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use el2g_cert_profile::reports::of_verification;
use el2g_cert_profile::{
    Checker, Cloud, InputBlock, InputBlocks, Report, RuleSet, VerificationInput, check_verification,
};
use el2g_workflows::Failure;
use el2g_x509::Instant;
use el2g_x509::decoded::certificate::Decoded;

use super::{moment, reference, verdict};
use crate::Result;
use crate::context::Context;
use crate::input::SMALL_FILE;
use crate::output::Outcome;
use crate::report_format::{FormatArguments, checked};

/// Check a verification certificate: the proof, for AWS or Azure, that one holds a CA's key.
#[derive(Args)]
#[command(
    after_help = "Example:\n  el2g cert check-verification verification.pem --ca intermediate.pem --code 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef --cloud aws"
)]
pub struct Arguments {
    /// The verification certificate, or `-`
    #[arg(value_name = "CERT")]
    certificate: PathBuf,
    /// CA whose possession it proves
    #[arg(long, value_name = "FILE")]
    ca: PathBuf,
    /// Code exactly as the cloud shows it
    #[arg(long, value_name = "CODE")]
    code: String,
    /// Cloud that it is for
    #[arg(long, value_name = "CLOUD")]
    cloud: Option<CloudName>,
    /// Check as at this time (RFC 3339), instead of now
    #[arg(long, value_name = "TIME")]
    at: Option<Instant>,
    #[command(flatten)]
    format: FormatArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CloudName {
    /// AWS IoT Core
    Aws,
    /// Azure IoT Hub and its Device Provisioning Service
    Azure,
}

/// Reads, checks, reports.
pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Outcome> {
    let format = arguments.format.chosen(None, context)?;
    let rules = RuleSet::annex6();
    let at = moment(arguments.at, context);
    let ca = reference(&arguments.ca, "the CA", context)?;
    let bytes = context.input.read(&arguments.certificate, SMALL_FILE)?;
    let read = InputBlocks::read(&bytes);
    let [block] = read.blocks.as_slice() else {
        return Err(Failure::input(format!(
            "{}: expected exactly one certificate, found {} blocks",
            arguments.certificate.display(),
            read.blocks.len()
        )));
    };
    let checker = Checker::new(&rules, at);
    let mut report = match block {
        InputBlock::Certificate(der) => match Decoded::read(der) {
            Err(fault) => checker.undecodable(der, fault),
            Ok(certificate) => check_verification(
                &VerificationInput {
                    certificate: &certificate,
                    ca: ca.decoded(),
                    code: &arguments.code,
                    cloud: arguments.cloud.map(|cloud| match cloud {
                        CloudName::Aws => Cloud::Aws,
                        CloudName::Azure => Cloud::Azure,
                    }),
                    at,
                },
                &rules,
            ),
        },
        InputBlock::Other(fault) => checker.unreadable(fault),
    };
    if let Some(fault) = &read.normalised {
        checker.add_input_fault(&mut report, fault);
    }
    report.file = arguments.certificate.display().to_string();
    let report = Report::new(rules.name(), at, vec![report]);
    let failure = verdict(&report.tally(), false);
    let outcome = checked(&of_verification(&report), report.clone(), format, context);
    Ok(match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}
