//! What a device certificate is ordered with (AN12642 4.1.3.2).

use clap::{ArgGroup, Args};
use el2g_service_api::intermediate_cas::{IntermediateCaPath, ShowIntermediateCa};
use el2g_service_api::new_certificate::{
    CertificateValidity, ExtendedKeyUsage, KeyUsage, NewCertificate, ValidityType, json_of,
};
use el2g_service_api::new_secure_object::NewSecureObject;
use el2g_service_api::secure_objects::{SecureObjectPath, ShowSecureObject};
use el2g_service_api::{Json, NoQuery, Nullable, OpenEnum};
use el2g_workflows::IdOrName;

use super::ObjectArguments;
use crate::Result;
use crate::context::Context;
use crate::online::Online;
use crate::open_values::open_values;
use crate::output::Console;

/// A certificate to be made for every device.
#[derive(Args)]
#[command(group = ArgGroup::new("validity").args(["months", "not_after"]).required(true))]
pub struct CertificateArguments {
    #[command(flatten)]
    pub(super) object: ObjectArguments,
    /// Id of the key pair (a secure object) to certify, or its name where it is unique
    #[arg(long, value_name = "OBJECT")]
    pub key_pair: IdOrName,
    /// Id of the intermediate CA that signs, or its name where it is unique
    #[arg(long, value_name = "CA")]
    pub intermediate_ca: IdOrName,
    /// Beginning of the common name
    #[arg(long, value_name = "TEXT")]
    common_name_prefix: String,
    /// Months of validity. Whether EdgeLock 2GO lets a certificate outlive its CA is not known: a CA that ends later is safe
    #[arg(long, value_name = "N")]
    months: Option<u32>,
    /// Valid from, RFC 3339 (newer services)
    #[arg(long, value_name = "TIME", requires = "not_after", conflicts_with = "months")]
    not_before: Option<String>,
    /// Valid until, RFC 3339 (newer services); see --months
    #[arg(long, value_name = "TIME", requires = "not_before", conflicts_with = "months")]
    not_after: Option<String>,
    /// The key may not sign (no keyUsage digitalSignature)
    #[arg(long)]
    no_signing: bool,
    /// Uses of the key besides signing (keyUsageExt); AN12642 names the field and not its values: a list of these is assumed
    #[arg(long, value_name = "USAGE", value_delimiter = ',', value_parser = open_values::<KeyUsage>())]
    key_usage: Vec<KeyUsage>,
    /// Purposes of the certificate instead of CLIENT_AUTH (extendedKeyUsageExt); a list of these is assumed as well
    #[arg(long, value_name = "PURPOSE", value_delimiter = ',', value_parser = open_values::<ExtendedKeyUsage>())]
    extended_key_usage: Vec<ExtendedKeyUsage>,
    /// Subject: country, two capital letters
    #[arg(long, value_name = "C")]
    country: Option<String>,
    /// Subject: state or province
    #[arg(long = "province", alias = "state", value_name = "ST")]
    state: Option<String>,
    /// Subject: locality
    #[arg(long, value_name = "L")]
    locality: Option<String>,
    /// Subject: organisation
    #[arg(long, value_name = "O")]
    organization: Option<String>,
    /// Subject: organisational unit
    #[arg(long, value_name = "OU")]
    organization_unit: Option<String>,
    /// Subject: e-mail address
    #[arg(long)]
    email: Option<String>,
}

impl CertificateArguments {
    /// The request, for a key pair and a CA by their ids.
    pub fn request(self, key_pair: u64, ca: u64, context: &mut Context) -> Result<NewSecureObject> {
        let order = self.object.order(context)?;
        let mut validity = CertificateValidity::new(match self.months {
            Some(_) => ValidityType::Month,
            None => ValidityType::Date,
        });
        validity.span_in_months = Nullable::or_absent(self.months);
        validity.validity_not_before = Nullable::or_absent(self.not_before);
        validity.validity_not_after = Nullable::or_absent(self.not_after);
        let new = NewCertificate::new(
            order.name,
            order.object_id,
            order.policy_source,
            key_pair,
            ca,
            self.common_name_prefix,
            validity,
        );
        Ok(NewSecureObject::Certificate(Box::new(NewCertificate {
            allow_signing: (!self.no_signing).into(),
            key_usage_ext: Nullable::or_absent(list_of(&self.key_usage)),
            extended_key_usage_ext: Nullable::or_absent(list_of(&self.extended_key_usage)),
            country: Nullable::or_absent(self.country),
            state: Nullable::or_absent(self.state),
            locality: Nullable::or_absent(self.locality),
            organization: Nullable::or_absent(self.organization),
            organization_unit: Nullable::or_absent(self.organization_unit),
            email: Nullable::or_absent(self.email),
            generate_on_device_connection: Nullable::or_absent(order.on_connection),
            policies: Nullable::or_absent(order.policies),
            ..new
        })))
    }
}

/// Names as they are sent; none leave the field out.
fn list_of<E: OpenEnum>(names: &[E]) -> Option<Json> {
    (!names.is_empty()).then(|| json_of(names))
}

/// Warns where the document does (4.1.3.2, 4.6.8): the CA is weaker than the key pair that it certifies. What cannot be
/// read is left to the service to refuse.
pub(super) fn warn_of_weaker_ca(new: &NewCertificate, online: &Online, console: Console) {
    let (key_pair, ca) = (new.key_pair_id, new.intermediate_ca_id);
    if online.is_dry_run() {
        return console.note(
            "not checked: whether the intermediate CA is as strong as the key pair: a dry run does not ask",
        );
    }
    let object = SecureObjectPath { secure_object_id: key_pair };
    let of_key = online.client().call::<ShowSecureObject>(&object, &NoQuery {}, &());
    let Ok(object) = online.wait(of_key) else { return };
    let path = IntermediateCaPath { intermediate_ca_id: ca };
    let of_ca = online.client().call::<ShowIntermediateCa>(&path, &NoQuery {}, &());
    let Ok(authority) = online.wait(of_ca) else { return };
    if let (Some(key), Some(signer)) = (object.algorithm.value(), authority.algorithm.value())
        && signer.is_weaker_than(key)
    {
        console.warn(format!(
            "intermediate CA {ca} ({signer}) is weaker than key pair {key_pair} ({key}), which AN12642 4.1.3.2 advises against; `el2g intermediate-ca algorithms` lists what goes together"
        ));
    }
}
