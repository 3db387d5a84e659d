//! What holds for every certificate under its issuer (RFC 5280 section 6.1.3 (a)), whatever kind it is.

use el2g_x509::Instant;

use super::chain;
use crate::decoded::certificate::Decoded;
use crate::details;
use crate::finding::Verdict;
use crate::inspection::Signer;
use crate::name_comparison;

/// The issuer is `issuer`'s subject; `whose` names the certificate.
pub(super) fn issued_by(certificate: &Decoded<'_>, issuer: &Signer<'_>, whose: &str) -> Verdict {
    let (named, subject) = (certificate.issuer, issuer.subject());
    if name_comparison::equal(named.whole, subject.whole) {
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
    if (start..=end).contains(&at) {
        return Verdict::Kept;
    }
    Verdict::broken(
        format!("the {whose} is not in force"),
        format!("valid from {start} to {end}"),
        format!("a validity that covers {at}"),
    )
}
