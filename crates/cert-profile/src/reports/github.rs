//! Annotations of GitHub Actions: workflow commands, one a line.

use super::path;
use crate::finding::Severity;
use crate::report::{CertificateReport, Report, Tally};
use el2g_text::one_line;

/// The annotations of one certificate (`::error file=…,title=…::…`).
pub(super) fn certificate(certificate: &CertificateReport) -> String {
    let mut text = String::new();
    for finding in &certificate.findings {
        let command = match finding.severity {
            Severity::Fatal | Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let which = certificate.number.map(|number| format!("certificate {number}: "));
        let which = which.unwrap_or_default();
        let message = format!(
            "{which}{} (found {}, allowed {}; {}). Fix: {}",
            finding.message, finding.found, finding.allowed, finding.section, finding.fix
        );
        text.push_str(&format!(
            "::{command} file={},title={}::{}\n",
            property(path(certificate)),
            property(finding.rule),
            data(&message)
        ));
    }
    text
}

/// The last line, which annotates nothing.
pub(super) fn summary(report: &Report, tally: Tally) -> String {
    format!(
        "{} certificates checked with rules {}, {} failed\n",
        tally.certificates,
        data(&report.rules),
        tally.failed
    )
}

/// Text after `::`.
fn data(text: &str) -> String {
    let coded = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    one_line(&coded)
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_value_ends_it() {
        assert_eq!(property("a:b,c%\n::error::x"), "a%3Ab%2Cc%25%0A%3A%3Aerror%3A%3Ax");
        assert_eq!(data("a:b\r\n%"), "a:b%0D%0A%25");
    }
}
