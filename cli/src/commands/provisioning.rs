//! `el2g provisioning` (AN12642 4.5.11, 4.5.12).

use clap::{Args, Subcommand};
use el2g_service_api::NoQuery;
use el2g_service_api::provisionings::{
    DownloadProvisionedCertificate, DownloadProvisionedIntermediate, ProvisioningPath,
};

use crate::Result;
use crate::context::Context;
use crate::ids;
use crate::online::Online;
use crate::output::Outcome;
use crate::pem_answer::PemOutput;

/// Certificates of provisioned devices.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Print the certificate of a provisioning in PEM
    #[command(after_help = "Example:\n  el2g provisioning certificate 29960 --out device.pem")]
    Certificate {
        /// Id of the provisioning (`el2g device provisionings`)
        #[arg(value_parser = ids::provisioning)]
        id: u64,
        #[command(flatten)]
        out: PemOutput,
    },
    /// Print the intermediate certificate that signed it, in PEM
    #[command(
        after_help = "Example:\n  el2g provisioning intermediate-ca 29960 --out intermediate.pem"
    )]
    IntermediateCa {
        /// Id of the provisioning (`el2g device provisionings`)
        #[arg(value_parser = ids::provisioning)]
        id: u64,
        #[command(flatten)]
        out: PemOutput,
    },
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let online = Online::open(context)?;
    match arguments.verb {
        Verb::Certificate { id, out } => {
            let path = ProvisioningPath { provisioning_id: id };
            out.answer::<DownloadProvisionedCertificate>(&online, &path, &NoQuery {}, &(), context)
        }
        Verb::IntermediateCa { id, out } => {
            let path = ProvisioningPath { provisioning_id: id };
            out.answer::<DownloadProvisionedIntermediate>(&online, &path, &NoQuery {}, &(), context)
        }
    }
}
