//! What holds for every certificate under its issuer (RFC 5280 section 6.1.3 (a)), whatever kind it is.

use el2g_x509::Instant;

use super::{chain, encoding};
use crate::details;
use crate::finding::Verdict;
use crate::inspection::{Facts, Known, Signer};
use crate::name_comparison;
use el2g_x509::decoded::certificate::Decoded;
use el2g_x509::decoded::element::hex;
use el2g_x509::decoded::extensions::{BasicConstraints, KeyUsage, oid};

/// The issuer is `issuer`'s subject; `whose` names the certificate.
pub(super) fn issued_by(certificate: &Decoded<'_>, issuer: &Signer<'_>, whose: &str) -> Verdict {
    let (named, subject) = (&certificate.issuer, issuer.subject());
    if name_comparison::equal(named, subject) {
        return Verdict::Kept;
    }
    Verdict::broken(
        format!("the {whose} was issued by another CA"),
        details::name(named),
        details::name(subject),
    )
}

/// The signature is `issuer`'s, by the algorithm named inside and outside.
pub(super) fn signed_by(certificate: &Decoded<'_>, issuer: &Signer<'_>) -> Verdict {
    if certificate.signature.unused != 0 {
        return Verdict::broken(
            "the signature is not whole octets",
            format!("{} unused bits", certificate.signature.unused),
            "0 unused bits",
        );
    }
    if certificate.inner_algorithm.whole != certificate.outer_algorithm.whole {
        return Verdict::broken(
            "the two signature algorithms differ",
            format!(
                "{} inside, {} outside",
                details::signature_algorithm(&certificate.inner_algorithm),
                details::signature_algorithm(&certificate.outer_algorithm)
            ),
            "the same bytes twice",
        );
    }
    chain::verify(issuer, certificate)
}

/// The certificate is in force at `at`; `whose` names it.
pub(super) fn in_force(certificate: &Decoded<'_>, at: Instant, whose: &str) -> Verdict {
    let (Some(start), Some(end)) = (certificate.not_before.instant, certificate.not_after.instant)
    else {
        return Verdict::broken(
            format!("the validity of the {whose} is unreadable"),
            format!("{} to {}", certificate.not_before.text(), certificate.not_after.text()),
            "two dates",
        );
    };
    for (which, moment) in
        [("notBefore", &certificate.not_before), ("notAfter", &certificate.not_after)]
    {
        if let Some(fault) = moment.fault() {
            return Verdict::broken(
                format!(
                    "a date of the {whose} is not written as a certificate's: verifiers refuse it"
                ),
                format!("{which} {} {fault}", moment.text()),
                "YYMMDDHHMMSSZ, from 2050 YYYYMMDDHHMMSSZ",
            );
        }
    }
    if (start..=end).contains(&at) {
        return Verdict::Kept;
    }
    Verdict::broken(
        format!("the {whose} is not in force"),
        format!("valid from {start} to {end}"),
        format!("a validity that covers {at}"),
    )
}

/// The authority key identifier, where there is one, is `issuer`'s: its subject key identifier, where that has one, and
/// its issuer and serial number.
pub(super) fn key_identifier(facts: &Facts<'_>, issuer: &Signer<'_>) -> Verdict {
    let Some(authority) = facts.authority_key_identifier.value() else {
        return Verdict::NotApplicable;
    };
    let broken = |found: String, allowed: String| {
        Verdict::broken("the authority key identifier is not the issuer's", found, allowed)
    };
    if let (Some(found), Some(identifier)) =
        (authority.key_identifier, issuer.facts.subject_key_identifier.value())
        && found != identifier
    {
        return broken(hex(found), hex(identifier));
    }
    let issuing = issuer.facts.decoded;
    if let (Some(found), Some(serial)) = (authority.serial, issuing.serial)
        && found != serial
    {
        return broken(format!("serial number {}", hex(found)), hex(serial));
    }
    match authority.issuer_name() {
        Some(found) if !name_comparison::equal_der(found, &issuing.issuer) => {
            broken(details::name_der(found), details::name(&issuing.issuer))
        }
        _ => Verdict::Kept,
    }
}

/// What is wrong with the certificate, else with its issuer.
pub(super) fn both(
    facts: &Facts<'_>,
    issuer: &Signer<'_>,
    judge: fn(&Decoded<'_>) -> Verdict,
) -> Verdict {
    match judge(facts.decoded) {
        Verdict::Kept => judge(issuer.facts.decoded),
        broken @ (Verdict::NotApplicable | Verdict::Broken(_) | Verdict::NotChecked(_)) => broken,
    }
}

/// What a certificate needs to issue others.
pub(super) const CA: &str = "cA TRUE, and keyCertSign in keyUsage";

/// Why a certificate may not issue others (RFC 5280 section 6.1.4 (k), (n)). `None` also for basicConstraints that do not
/// decode, which another rule tells.
pub(super) fn may_not_issue(facts: &Facts<'_>) -> Option<String> {
    match (&facts.basic_constraints, facts.key_usage.value()) {
        (Known::Absent, _) => Some("no basicConstraints".to_owned()),
        (Known::Present { value, .. }, _) if !value.is_ca() => Some("cA FALSE".to_owned()),
        (Known::Present { .. }, Some(usage)) if !usage.key_cert_sign() => {
            Some(format!("keyUsage {}", usage.describe()))
        }
        _ => None,
    }
}

/// It is not a CA certificate; `whose` names it.
pub(super) fn not_a_ca(facts: &Facts<'_>, whose: &str) -> Verdict {
    match facts.basic_constraints.value() {
        Some(constraints) if constraints.is_ca() => Verdict::broken(
            format!("the {whose} is a CA certificate"),
            "cA TRUE",
            "no basicConstraints, or cA FALSE",
        ),
        _ => Verdict::Kept,
    }
}

/// Extensions that decode, each once, with values that their standard allows.
pub(super) fn sound_extensions(certificate: &Decoded<'_>) -> Verdict {
    let sound = encoding::sound(&certificate.extensions);
    if !matches!(sound, Verdict::Kept) {
        return sound;
    }
    let value = |oid: &[u8]| certificate.extension(oid).map(|extension| extension.value);
    let usage = value(oid::KEY_USAGE).and_then(|value| KeyUsage::read(value).ok());
    if usage.is_some_and(|usage| usage.is_empty()) {
        return Verdict::broken("keyUsage allows nothing", "no bit set", "at least one bit");
    }
    let constraints =
        value(oid::BASIC_CONSTRAINTS).and_then(|value| BasicConstraints::read(value).ok());
    match constraints.and_then(|constraints| constraints.path_length) {
        Some(octets) if octets.first().is_some_and(|first| first & 0x80 != 0) => {
            Verdict::broken("the path length is negative", details::integer(octets), "0 or more")
        }
        _ => Verdict::Kept,
    }
}
