//! Whether the requested CA is possible at all.

use el2g_cert_profile::RuleSet;
use el2g_service_api::intermediate_cas::NewIntermediateCa;

/// Why an enrolment cannot even be begun.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolmentError {
    /// A text of the subject is empty or too long for its attribute (RFC 5280, upper bounds of appendix A).
    #[error("{field}: found {found} characters, allowed are 1 to {allowed}")]
    Length {
        /// The field.
        field: &'static str,
        /// Characters found.
        found: usize,
        /// Most characters allowed.
        allowed: usize,
    },
    /// The country is not two capital letters (ISO 3166).
    #[error("country: found `{0}`, allowed are two capital letters")]
    Country(String),
    /// The algorithm cannot pass the rules that the certificate will be checked with.
    #[error("algorithm: found {found}, the rules `{rules}` allow {allowed}")]
    Algorithm {
        /// The algorithm asked for.
        found: String,
        /// The rule set.
        rules: String,
        /// What it allows.
        allowed: String,
    },
}

/// Whether a certificate can carry the subject.
pub(super) fn check(wanted: &NewIntermediateCa) -> Result<(), EnrolmentError> {
    let texts = [
        ("name", Some(&wanted.name), 255),
        ("common-name", Some(wanted.common_name.value().map_or(&wanted.name, |name| name)), 64),
        ("organization", wanted.organization.value(), 64),
        ("org-unit", wanted.org_unit.value(), 64),
        ("locality", wanted.locality.value(), 128),
        ("state", wanted.state.value(), 128),
    ];
    for (field, text, allowed) in texts {
        let Some(text) = text else { continue };
        let found = text.chars().count();
        if found == 0 || found > allowed || text.trim() != text {
            return Err(EnrolmentError::Length { field, found, allowed });
        }
    }
    match wanted.country.value() {
        Some(country)
            if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) =>
        {
            Err(EnrolmentError::Country(country.clone()))
        }
        _ => Ok(()),
    }
}

/// Whether a key of the algorithm can pass the rules.
pub(super) fn check_algorithm(
    wanted: &NewIntermediateCa,
    rules: &RuleSet,
) -> Result<(), EnrolmentError> {
    let keys = &rules.parameters().subject_keys;
    let allowed: Vec<&str> = keys.iter().filter_map(|key| key.api_name()).collect();
    if allowed.contains(&wanted.algorithm.as_str()) {
        return Ok(());
    }
    Err(EnrolmentError::Algorithm {
        found: wanted.algorithm.as_str().to_owned(),
        rules: rules.name().to_owned(),
        allowed: allowed.join(", "),
    })
}

#[cfg(test)]
mod tests {
    use el2g_service_api::intermediate_cas::{CaAlgorithm, RequestType};

    use super::*;

    fn wanted(name: &str, algorithm: CaAlgorithm) -> NewIntermediateCa {
        NewIntermediateCa::new(name.to_owned(), algorithm, RequestType::WithCsr)
    }

    #[test]
    fn refuses_a_key_that_section_6_refuses() {
        let wanted = wanted("line-7", CaAlgorithm::NistP384);
        assert_eq!(
            check_algorithm(&wanted, &RuleSet::annex6()),
            Err(EnrolmentError::Algorithm {
                found: "NIST_P384".to_owned(),
                rules: "annex6".to_owned(),
                allowed: "NIST_P256".to_owned(),
            })
        );
        assert_eq!(check_algorithm(&wanted, &RuleSet::api_algorithms()), Ok(()));
    }

    #[test]
    fn refuses_texts_that_no_name_can_hold() {
        let long = NewIntermediateCa {
            common_name: "x".repeat(65).into(),
            ..wanted("line-7", CaAlgorithm::NistP256)
        };
        let error = EnrolmentError::Length { field: "common-name", found: 65, allowed: 64 };
        assert_eq!(check(&long), Err(error));
        let empty = EnrolmentError::Length { field: "name", found: 0, allowed: 255 };
        assert_eq!(check(&wanted("", CaAlgorithm::NistP256)), Err(empty));
        for country in ["Austria", "at", "A", ""] {
            let wrong = NewIntermediateCa {
                country: country.to_owned().into(),
                ..wanted("line-7", CaAlgorithm::NistP256)
            };
            assert_eq!(check(&wrong), Err(EnrolmentError::Country(country.to_owned())));
        }
    }
}
