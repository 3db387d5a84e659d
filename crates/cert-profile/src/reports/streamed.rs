//! Reports that are written certificate by certificate, so that an estate of any size takes the memory of a few.
//!
//! A SARIF log, a JUnit document and an HTML page begin with what is only known at the end; they are made whole.

use el2g_findings::{Document, Style, Tally, github, human, json_document};

use super::{LINTER, SCHEMA};
use crate::report::{CertificateReport, Report};

/// A form whose parts, put together in this order, are the report: [`head`](Self::head), each
/// [`certificate`](Self::certificate) with the [`separator`](Self::separator) between two, [`tail`](Self::tail).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamedForm {
    /// Text for people.
    Human(Style),
    /// One JSON document: the [`Report`] itself with its schema, as `serde_json` prints it over several lines.
    Json,
    /// Annotations of GitHub Actions.
    Github,
}

/// How an empty list of certificates looks in the JSON of a report. No text in it can look the same: its quotes are
/// escaped there.
const NO_CERTIFICATES: &str = "\"certificates\": []";

impl StreamedForm {
    /// What stands before the certificates. Of `report` everything is taken but the certificates.
    #[must_use]
    pub fn head(self, report: &Report) -> String {
        match self {
            Self::Human(_) | Self::Github => String::new(),
            Self::Json => halves(report, &Tally::default()).0 + "\"certificates\": [",
        }
    }

    /// One certificate.
    #[must_use]
    pub fn certificate(self, certificate: &CertificateReport) -> String {
        match self {
            Self::Human(style) => human::input(&certificate.checked(), &LINTER, style),
            Self::Github => github::input(&certificate.checked(), &LINTER),
            // A line break in a text is escaped: those that are left are the printer's own.
            Self::Json => format!("\n{}", json_document(certificate)).replace('\n', "\n    "),
        }
    }

    /// What stands between two certificates.
    #[must_use]
    pub const fn separator(self) -> &'static str {
        match self {
            Self::Human(_) | Self::Github => "",
            Self::Json => ",",
        }
    }

    /// What stands behind the certificates: the counts over them, and of `report` everything but the certificates.
    #[must_use]
    pub fn tail(self, report: &Report, tally: &Tally) -> String {
        match self {
            Self::Human(style) => human::summary(&report.around(), tally, style),
            Self::Github => github::summary(&LINTER, Some(&report.rules), tally),
            Self::Json => {
                let line = if tally.inputs == 0 { "" } else { "\n  " };
                format!("{line}]{}\n", halves(report, tally).1)
            }
        }
    }

    /// The whole report in one piece.
    #[must_use]
    pub fn whole(self, report: &Report) -> String {
        let mut text = self.head(report);
        for (index, certificate) in report.certificates.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { self.separator() });
            text.push_str(&self.certificate(certificate));
        }
        text + &self.tail(report, &report.tally())
    }
}

/// The JSON of a report around its certificates, before and behind.
fn halves(report: &Report, tally: &Tally) -> (String, String) {
    let around = Report {
        certificates: Vec::new(),
        passed: tally.failed == 0,
        complete: tally.incomplete == 0,
        ..report.clone()
    };
    let text = json_document(&Document::of_tool(SCHEMA, &around));
    let (before, behind) =
        text.split_once(NO_CERTIFICATES).expect("a report has a list of certificates");
    (before.to_owned(), behind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Checker, InputFault, RuleSet};

    /// Reports on `number` inputs that hold no certificate, and whose names hold what could end a text.
    fn report(number: usize) -> Report {
        let rules = RuleSet::annex6();
        let checker = Checker::new(&rules, "2026-06-01T00:00:00Z".parse().unwrap());
        let certificates = (0..number).map(|index| {
            let found = format!("\"certificates\": [] \n{index}");
            let mut one = checker.unreadable(&InputFault::NoCertificate { found });
            one.file = format!("\"certificates\": []\n{index}.pem");
            one
        });
        checker.report(certificates.collect())
    }

    #[test]
    fn json_in_parts_is_the_json_of_the_whole() {
        for number in 0..4 {
            let report = report(number);
            let whole = json_document(&Document::of_tool(SCHEMA, &report)) + "\n";
            assert_eq!(StreamedForm::Json.whole(&report), whole);
        }
    }

    #[test]
    fn counts_stand_at_the_end() {
        let report = report(2);
        let human = StreamedForm::Human(Style::Plain).whole(&report);
        assert_eq!(
            human.lines().last(),
            Some(
                "2 certificates, 2 failed; rules annex6, at 2026-06-01T00:00:00Z; not everything was checked"
            )
        );
        let github = StreamedForm::Github.whole(&report);
        assert_eq!(
            github.lines().last(),
            Some("2 certificates checked with rules annex6, 2 failed")
        );
    }
}
