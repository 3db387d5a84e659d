//! What a new intermediate CA is asked to be (AN12642 4.2.1, 4.6.1).

use clap::{ArgGroup, Args};
use el2g_cert_profile::RuleSet;
use el2g_service_api::Nullable;
use el2g_service_api::intermediate_cas::{CaAlgorithm, NewIntermediateCa, RequestType};

use crate::open_values::open_values;
use crate::output::Console;

/// What an intermediate CA is created with.
#[derive(Args)]
#[command(group = ArgGroup::new("signed-by").args(["nxp", "common_name"]).required(true))]
pub struct Arguments {
    /// Name of the intermediate CA
    #[arg(long)]
    name: String,
    /// Algorithm of its key; section 6 takes only NIST_P256 for a CA that your own root signs
    #[arg(long, value_parser = open_values::<CaAlgorithm>())]
    algorithm: CaAlgorithm,
    /// Have NXP's root sign it instead of creating a CSR
    #[arg(long, conflicts_with_all = ["common_name", "organization", "org_unit", "country", "locality", "state"])]
    nxp: bool,
    /// Subject: common name
    #[arg(long, value_name = "CN")]
    common_name: Option<String>,
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
    /// Beginning of the common name of a CA that NXP signs, instead of its name (not in AN12642)
    #[arg(long, value_name = "TEXT", requires = "nxp")]
    prefix: Option<String>,
    #[command(flatten)]
    identifiers: KeyIdentifierArguments,
}

/// The key identifiers of certificates.
#[derive(Args, Clone, Copy)]
pub(super) struct KeyIdentifierArguments {
    /// Put an authority key identifier into device certificates (includeAuthorityKeyIdentifier; not in AN12642)
    #[arg(long)]
    include_aki: bool,
    /// Put a subject key identifier into device certificates (includeSubjectKeyIdentifier; not in AN12642)
    #[arg(long)]
    include_ski: bool,
}

impl KeyIdentifierArguments {
    /// The fields of the request; what is not asked for is left out.
    pub(super) fn put_into(self, new: &mut NewIntermediateCa) {
        let asked = |flag: bool| Nullable::or_absent(flag.then_some(true));
        new.include_authority_key_identifier = asked(self.include_aki);
        new.include_subject_key_identifier = asked(self.include_ski);
    }
}

impl Arguments {
    /// The request.
    pub(super) fn body(self) -> NewIntermediateCa {
        let request_type = if self.nxp { RequestType::WithoutCsr } else { RequestType::WithCsr };
        let mut new = NewIntermediateCa {
            common_name: Nullable::or_absent(self.common_name),
            organization: Nullable::or_absent(self.organization),
            org_unit: Nullable::or_absent(self.org_unit),
            country: Nullable::or_absent(self.country),
            locality: Nullable::or_absent(self.locality),
            state: Nullable::or_absent(self.state),
            prefix: Nullable::or_absent(self.prefix),
            ..NewIntermediateCa::new(self.name, self.algorithm, request_type)
        };
        self.identifiers.put_into(&mut new);
        new
    }
}

/// Warns of an algorithm whose certificate section 6 refuses once it is uploaded.
pub(super) fn warn_of_section_6(algorithm: &CaAlgorithm, console: Console) {
    let rules = RuleSet::annex6();
    let taken: Vec<&str> =
        rules.parameters().subject_keys.iter().filter_map(|key| key.api_name()).collect();
    if !taken.contains(&algorithm.as_str()) {
        console.warn(format!(
            "AN12642 section 6 takes only {} for a CA that your own root signs: the service may refuse the certificate of a CA with {algorithm}",
            taken.join(", ")
        ));
    }
}
