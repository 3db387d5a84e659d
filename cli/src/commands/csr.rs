//! `el2g csr`: certificate requests (PKCS#10), as `intermediate-ca csr` hands them out (AN12642 4.2.2).

use std::path::PathBuf;

use clap::{Args, Subcommand};
use el2g_cert_profile::reports::of_request;
use el2g_cert_profile::{CertificateReport, Finding, RuleSet, Severity};
use el2g_findings::{Checked, Fact, Report};
use el2g_workflows::{Failure, JudgedRequest};
use el2g_x509::{
    Attribute, CertificateRequest, Extension, Instant, Oid, PublicKey, RequestAttribute,
};
use serde::Serialize;

use crate::Result;
use crate::commands::cert::rule_set;
use crate::context::Context;
use crate::input::SMALL_FILE;
use crate::output::Outcome;
use crate::report_format::{FormatArguments, checked};

/// Show certificate requests.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Show and check a request: subject, key, extensions, its own signature
    #[command(after_help = "Example:\n  el2g csr show ca.csr")]
    Show {
        /// The request: PEM, DER, an escaped line or the API's JSON answer; `-` is standard input
        #[arg(value_name = "FILE", default_value = "-")]
        file: PathBuf,
        /// Rule set to check by: annex6 (AN12642 section 6), api-algorithms, or a TOML file that inherits one of them
        #[arg(long, value_name = "NAME|FILE", default_value = "annex6")]
        rules: String,
        #[command(flatten)]
        format: FormatArguments,
    },
}

/// What `csr show` prints.
#[derive(Clone, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestReport {
    file: String,
    version: u8,
    subject: String,
    subject_attributes: Vec<SubjectAttribute>,
    public_key: RequestKey,
    signature_algorithm: String,
    signature_valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_fault: Option<String>,
    signature: String,
    attributes: Vec<ShownAttribute>,
    requested_extensions: Vec<RequestedExtension>,
    fingerprint_sha256: String,
    rules: String,
    findings: Vec<Finding>,
    passed: bool,
}

#[derive(Clone, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SubjectAttribute {
    r#type: String,
    oid: String,
    value: Option<String>,
    encoding: Option<String>,
}

#[derive(Clone, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RequestKey {
    algorithm: String,
    api_name: Option<&'static str>,
    key_identifier: String,
    /// An EC point in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    point: Option<String>,
    /// An RSA modulus in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    modulus: Option<String>,
    /// An RSA exponent in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    exponent: Option<String>,
}

/// An attribute of the request; the values of a challenge password are a secret and stay out.
#[derive(Clone, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ShownAttribute {
    oid: String,
    name: String,
    values: Vec<String>,
}

#[derive(Clone, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RequestedExtension {
    oid: String,
    name: String,
    critical: bool,
    value: String,
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let Verb::Show { file, rules, format } = arguments.verb;
    let format = format.chosen(None, context)?;
    let rules = rule_set(&rules, context)?;
    let name = file.display().to_string();
    let bytes = context.read_text(&file, SMALL_FILE)?;
    let judged =
        JudgedRequest::read(&bytes, None, &rules).map_err(|failure| failure.about(&name))?;
    let Some(request) = judged.request().cloned() else {
        // Nothing to show; the rules say why.
        let refused = judged.sound("the request").map(|_| ());
        return Err(refused.map_err(|failure| failure.about(&name)).expect_err("it is not sound"));
    };
    let document = RequestReport::of(name, &request, judged.report(), &rules);
    let failure = document.failure();
    let report = of_request(judged.report(), rules.name(), Instant::from_unix(context.now()));
    let inputs = report.inputs.into_iter().map(|input| Checked {
        file: &document.file,
        fingerprint: None,
        passed: input.passed && document.signature_valid,
        facts: document.facts(),
        ..input
    });
    let report = Report { inputs: inputs.collect(), ..report };
    let outcome = checked(&report, document.clone(), format, context);
    Ok(match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}

impl RequestReport {
    fn of(
        file: String,
        request: &CertificateRequest,
        judged: &CertificateReport,
        rules: &RuleSet,
    ) -> Self {
        let signature = request.verify_signature();
        let key = request.public_key();
        Self {
            file,
            version: 0,
            subject: request.subject().to_string(),
            subject_attributes: request.subject().attributes().map(shown_attribute).collect(),
            public_key: RequestKey::of(key),
            signature_algorithm: request.signature_algorithm().to_string(),
            signature_valid: signature.is_ok(),
            signature_fault: signature.err().map(|error| error.to_string()),
            signature: base16ct::lower::encode_string(request.signature()),
            attributes: request.attributes().iter().map(shown_request_attribute).collect(),
            requested_extensions: request
                .requested_extensions()
                .unwrap_or_default()
                .iter()
                .map(shown_extension)
                .collect(),
            fingerprint_sha256: request.fingerprint_sha256_hex(),
            rules: rules.name().to_owned(),
            passed: judged.passed,
            findings: judged.findings.clone(),
        }
    }

    /// The failure that comes with the report, when the request is not good.
    fn failure(&self) -> Option<Failure> {
        if self.passed && self.signature_valid {
            return None;
        }
        let broken: Vec<&Finding> =
            self.findings.iter().filter(|finding| finding.severity >= Severity::Error).collect();
        let failure = match (&self.signature_fault, broken.first()) {
            (_, Some(finding)) => {
                Failure::input(format!("{}: {}: {}", self.file, finding.rule, finding.message))
                    .with_hint(finding.fix)
            }
            (Some(fault), None) => Failure::input(format!("{}: {fault}", self.file)),
            (None, None) => return None,
        };
        Some(failure)
    }
}

impl RequestKey {
    fn of(key: &PublicKey) -> Self {
        let algorithm = key.algorithm();
        let (modulus, exponent) = key.rsa_numbers().unzip();
        Self {
            algorithm: algorithm.to_string(),
            api_name: algorithm.api_name(),
            key_identifier: base16ct::lower::encode_string(&key.key_identifier()),
            point: modulus.is_none().then(|| base16ct::lower::encode_string(key.key_octets())),
            modulus: modulus.as_deref().map(base16ct::lower::encode_string),
            exponent: exponent.as_deref().map(base16ct::lower::encode_string),
        }
    }
}

impl RequestReport {
    /// What people see of it beside the findings.
    fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        let mut line = |label: &str, value: &str| facts.push(Fact::new(label, value));
        line("version", &format!("{} (v1)", self.version));
        line("subject", &self.subject);
        for attribute in &self.subject_attributes {
            let value = attribute.value.as_deref().unwrap_or("(no string)");
            let encoding = attribute.encoding.as_deref().unwrap_or("no string type");
            line("", &format!("{} = {value} ({encoding})", attribute.r#type));
        }
        let api = self.public_key.api_name.map(|name| format!(" ({name})")).unwrap_or_default();
        line("key", &format!("{}{api}", self.public_key.algorithm));
        let numbers = [
            ("point", &self.public_key.point),
            ("modulus", &self.public_key.modulus),
            ("exponent", &self.public_key.exponent),
        ];
        for (what, number) in numbers {
            if let Some(number) = number {
                line("", &format!("{what} {number}"));
            }
        }
        line("key id", &self.public_key.key_identifier);
        line(
            "signature",
            &match &self.signature_fault {
                None => format!("{}, good", self.signature_algorithm),
                Some(fault) => format!("NOT GOOD: {fault}"),
            },
        );
        line("", &self.signature);
        for attribute in &self.attributes {
            line(
                "attribute",
                format!("{} {}", attribute.name, attribute.values.join(", ")).trim_end(),
            );
        }
        for extension in &self.requested_extensions {
            let critical = if extension.critical { ", critical" } else { "" };
            line("asks for", &format!("{}{critical}: {}", extension.name, extension.value));
        }
        line("sha256", &self.fingerprint_sha256);
        facts
    }
}

fn shown_attribute(attribute: &Attribute) -> SubjectAttribute {
    SubjectAttribute {
        r#type: attribute.type_name(),
        oid: attribute.oid().to_string(),
        value: attribute.text().map(str::to_owned),
        encoding: attribute.string_type().map(|string_type| string_type.to_string()),
    }
}

fn shown_request_attribute(attribute: &RequestAttribute) -> ShownAttribute {
    let name = match attribute.oid {
        RequestAttribute::EXTENSION_REQUEST => "extensionRequest".to_owned(),
        RequestAttribute::CHALLENGE_PASSWORD => "challengePassword".to_owned(),
        RequestAttribute::UNSTRUCTURED_NAME => "unstructuredName".to_owned(),
        oid => oid.to_string(),
    };
    let values = match attribute.oid {
        // Told extension by extension.
        RequestAttribute::EXTENSION_REQUEST => Vec::new(),
        RequestAttribute::CHALLENGE_PASSWORD => vec!["(a secret, not shown)".to_owned()],
        _ => attribute
            .texts()
            .zip(&attribute.values)
            .map(|(text, value)| text.unwrap_or_else(|| base16ct::lower::encode_string(value)))
            .collect(),
    };
    ShownAttribute { oid: attribute.oid.to_string(), name, values }
}

fn shown_extension(extension: &Extension) -> RequestedExtension {
    RequestedExtension {
        oid: extension.oid().to_string(),
        name: extension.name(),
        critical: extension.critical(),
        value: described(extension)
            .unwrap_or_else(|| base16ct::lower::encode_string(extension.value())),
    }
}

/// The value in words, for the extensions a CA request carries.
fn described(extension: &Extension) -> Option<String> {
    match extension.oid() {
        Extension::BASIC_CONSTRAINTS => extension.basic_constraints().ok().map(|constraints| {
            let ca = if constraints.ca { "CA" } else { "no CA" };
            match constraints.path_length {
                Some(length) => format!("{ca}, path length {length}"),
                None => format!("{ca}, no path length"),
            }
        }),
        Extension::KEY_USAGE => extension.key_usage().ok().map(|usage| usage.names().join(", ")),
        Extension::SUBJECT_KEY_IDENTIFIER => extension
            .subject_key_identifier()
            .ok()
            .map(|octets| base16ct::lower::encode_string(&octets)),
        Extension::SUBJECT_ALT_NAME => {
            extension.alternative_names().ok().map(|names| names.join(", "))
        }
        Extension::EXTENDED_KEY_USAGE => extension.extended_key_usage().ok().map(|purposes| {
            let names: Vec<String> = purposes.into_iter().map(purpose).collect();
            names.join(", ")
        }),
        _ => None,
    }
}

/// A purpose of extKeyUsage by its name in RFC 5280, where it is one of the usual ones.
fn purpose(oid: Oid) -> String {
    match oid {
        Extension::CLIENT_AUTH => "clientAuth".to_owned(),
        Extension::SERVER_AUTH => "serverAuth".to_owned(),
        Extension::ANY_EXTENDED_KEY_USAGE => "anyExtendedKeyUsage".to_owned(),
        other => other.to_string(),
    }
}
