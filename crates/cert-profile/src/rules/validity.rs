//! Validity (AN12642 section 6; RFC 5280 section 4.1.2.5).

use el2g_x509::Instant;

use crate::finding::{Breach, Severity, Verdict};
use crate::inspection::{Inspection, NO_ROOT};
use crate::rules::{Check, Rule};
use el2g_x509::decoded::element::{describe_tag, tag};
use el2g_x509::decoded::times::Moment;

const FIX: &str =
    "sign again with `el2g ca sign --days N`: it starts now and ends no later than the root";

/// It has begun.
pub(super) static STARTED: Rule = Rule {
    id: "validity-started",
    severity: Severity::Error,
    section: "AN12642 6, Valid from",
    summary: "The certificate is already valid at the time of the check.",
    fix: "wait until it is valid, check the clock, or sign again with an earlier start",
    check: Check::Certificate(started),
};

/// It has not ended.
pub(super) static NOT_ENDED: Rule = Rule {
    id: "validity-not-ended",
    severity: Severity::Error,
    section: "AN12642 6, Valid from",
    summary: "The certificate is still valid at the time of the check.",
    fix: FIX,
    check: Check::Certificate(not_ended),
};

/// Begin comes before end.
pub(super) static ORDER: Rule = Rule {
    id: "validity-order",
    severity: Severity::Error,
    section: "RFC 5280 4.1.2.5",
    summary: "Not-before is not later than not-after.",
    fix: FIX,
    check: Check::Certificate(order),
};

/// UTCTime or GeneralizedTime by the year.
pub(super) static TIME_TYPE: Rule = Rule {
    id: "validity-time-type",
    severity: Severity::Error,
    section: "RFC 5280 4.1.2.5",
    summary: "Dates through 2049 are UTCTime, dates from 2050 GeneralizedTime.",
    fix: FIX,
    check: Check::Certificate(time_type),
};

/// Dates are written in full.
pub(super) static TIME_FORM: Rule = Rule {
    id: "validity-time-form",
    severity: Severity::Error,
    section: "RFC 5280 4.1.2.5.1, 4.1.2.5.2",
    summary: "Dates are real ones with seconds 00 to 59, no fraction, ending in Z.",
    fix: FIX,
    check: Check::Certificate(time_form),
};

/// It ends with its root or before.
pub(super) static WITHIN_ROOT: Rule = Rule {
    id: "validity-within-root",
    severity: Severity::Error,
    section: "AN12642 6, Valid to",
    summary: "The certificate does not end later than its root (the same moment is fine).",
    fix: FIX,
    check: Check::Certificate(within_root),
};

/// It begins with its root or after.
pub(super) static STARTS_WITHIN_ROOT: Rule = Rule {
    id: "validity-starts-within-root",
    severity: Severity::Warning,
    section: "RFC 5280 6.1",
    summary: "The certificate does not begin before its root.",
    fix: FIX,
    check: Check::Certificate(starts_within_root),
};

/// Its end is not near.
pub(super) static ENDS_SOON: Rule = Rule {
    id: "validity-ends-soon",
    severity: Severity::Warning,
    section: "AN12642 6, Valid to",
    summary: "The certificate does not end within 90 days.",
    fix: "plan its successor now: devices need a new intermediate before this one ends",
    check: Check::Certificate(ends_soon),
};

/// It covers the devices' certificates.
pub(super) static COVERS_DEVICES: Rule = Rule {
    id: "validity-covers-devices",
    severity: Severity::Note,
    section: "AN12642 4.1.3.2",
    summary: "Device certificates issued now (120 months) end before the intermediate does.",
    fix: "sign for longer than the device certificates live, as far as the root allows",
    check: Check::Certificate(covers_devices),
};

/// Both dates, when both mean a moment and stand in order: other rules own the rest.
fn ordered(inspection: &Inspection<'_>) -> Option<(Instant, Instant)> {
    let certificate = inspection.certificate();
    let (start, end) = (certificate.not_before.instant?, certificate.not_after.instant?);
    (start <= end).then_some((start, end))
}

fn started(inspection: &Inspection<'_>) -> Verdict {
    match ordered(inspection) {
        Some((start, _)) if inspection.at < start => Verdict::broken(
            "the certificate is not valid yet",
            format!("valid from {start}"),
            format!("{} or earlier", inspection.at),
        ),
        Some(_) => Verdict::Kept,
        None => Verdict::NotApplicable,
    }
}

fn not_ended(inspection: &Inspection<'_>) -> Verdict {
    match ordered(inspection) {
        Some((_, end)) if inspection.at > end => Verdict::broken(
            "the certificate is no longer valid",
            format!("valid to {end}"),
            format!("{} or later", inspection.at),
        ),
        Some(_) => Verdict::Kept,
        None => Verdict::NotApplicable,
    }
}

fn order(inspection: &Inspection<'_>) -> Verdict {
    let certificate = inspection.certificate();
    match (certificate.not_before.instant, certificate.not_after.instant) {
        (Some(start), Some(end)) if start > end => Verdict::broken(
            "the certificate ends before it begins",
            format!("{start} to {end}"),
            "a not-before that is not later than not-after",
        ),
        _ => Verdict::Kept,
    }
}

fn dates<'a>(inspection: &Inspection<'a>) -> [(&'static str, &'a Moment<'a>); 2] {
    let certificate = inspection.certificate();
    [("not-before", &certificate.not_before), ("not-after", &certificate.not_after)]
}

fn time_type(inspection: &Inspection<'_>) -> Verdict {
    let breaches = dates(inspection)
        .into_iter()
        .filter_map(|(which, moment)| {
            let year = moment.year()?;
            let expected =
                if (1950..2050).contains(&year) { tag::UTC_TIME } else { tag::GENERALIZED_TIME };
            (moment.tag != expected).then(|| {
                Breach::new(
                    format!("{which} is written in the wrong type"),
                    format!("{} {}", describe_tag(moment.tag), moment.text()),
                    format!("{} for the year {year}", describe_tag(expected)),
                )
            })
        })
        .collect();
    Verdict::from_breaches(breaches)
}

fn time_form(inspection: &Inspection<'_>) -> Verdict {
    let breaches = dates(inspection)
        .into_iter()
        .filter_map(|(which, moment)| {
            let fault = moment.fault()?;
            Some(Breach::new(
                format!("{which} {fault}"),
                moment.text(),
                if moment.tag == tag::UTC_TIME { "YYMMDDHHMMSSZ" } else { "YYYYMMDDHHMMSSZ" },
            ))
        })
        .collect();
    Verdict::from_breaches(breaches)
}

const NO_DATE: &str = "a date does not mean a moment";

fn within_root(inspection: &Inspection<'_>) -> Verdict {
    let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
    let (end, root_end) = (&inspection.certificate().not_after, &root.facts.decoded.not_after);
    match (end.instant, root_end.instant) {
        (Some(end), Some(root_end)) if end > root_end => Verdict::broken(
            "the certificate outlives its root",
            format!("valid to {end}"),
            format!("{root_end} or earlier"),
        ),
        (Some(_), Some(_)) => Verdict::Kept,
        _ => Verdict::NotChecked(NO_DATE),
    }
}

fn starts_within_root(inspection: &Inspection<'_>) -> Verdict {
    let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
    if root.facts.decoded.not_before.instant.is_some_and(|start| inspection.at < start) {
        // That the root is not in force yet is what has to be said.
        return Verdict::NotApplicable;
    }
    let starts =
        (inspection.certificate().not_before.instant, root.facts.decoded.not_before.instant);
    match starts {
        (Some(start), Some(root_start)) if start < root_start => Verdict::broken(
            "the certificate begins before its root",
            format!("valid from {start}"),
            format!("{root_start} or later"),
        ),
        (Some(_), Some(_)) => Verdict::Kept,
        _ => Verdict::NotChecked(NO_DATE),
    }
}

/// Does it end within the days of the rule set, from now on?
fn end_is_near(inspection: &Inspection<'_>) -> Option<Instant> {
    let (_, end) = ordered(inspection)?;
    let horizon = inspection.at.unix() + i64::from(inspection.parameters.ends_soon_days) * 86_400;
    (end >= inspection.at && end.unix() < horizon).then_some(end)
}

fn ends_soon(inspection: &Inspection<'_>) -> Verdict {
    match end_is_near(inspection) {
        None => Verdict::Kept,
        Some(end) => Verdict::broken(
            "the certificate ends soon",
            format!("valid to {end}; days from the check: {}", end.days_since(inspection.at)),
            format!("{} days or more", inspection.parameters.ends_soon_days),
        ),
    }
}

fn covers_devices(inspection: &Inspection<'_>) -> Verdict {
    let Some((_, end)) = ordered(inspection) else { return Verdict::NotApplicable };
    if end < inspection.at || end_is_near(inspection).is_some() {
        return Verdict::NotApplicable;
    }
    let months = inspection.parameters.device_certificate_months;
    // A month of a hundred-and-twentieth of ten years: 3,652 days for the default.
    let devices_end = inspection.at.unix() + i64::from(months) * 86_400 * 36_525 / 1_200;
    if end.unix() >= devices_end {
        return Verdict::Kept;
    }
    Verdict::broken(
        format!(
            "device certificates of {months} months issued now would outlive it (the service issues them all the same)"
        ),
        format!("valid to {end}"),
        format!("{} or later", Instant::from_unix(devices_end)),
    )
}
