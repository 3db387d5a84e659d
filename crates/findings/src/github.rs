//! Annotations of GitHub Actions: workflow commands, one a line.

use el2g_text::one_line;

use crate::finding::Severity;
use crate::report::{Checked, Linter, Report, Tally, count};

/// The annotations of one input (`::error file=…,title=…::…`).
#[must_use]
pub fn input(checked: &Checked<'_>, linter: &Linter) -> String {
    let mut text = String::new();
    for finding in checked.findings {
        let command = match finding.severity {
            Severity::Fatal | Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let place = finding.place.as_deref().map(|it| format!("{}: ", it.place));
        let message = format!(
            "{}{}{} (found {}, allowed {}; {}). Fix: {}",
            checked.prefix(linter),
            place.unwrap_or_default(),
            finding.message,
            finding.found,
            finding.allowed,
            finding.section,
            finding.fix
        );
        text.push_str(&format!(
            "::{command} file={},title={}::{}\n",
            property(checked.path()),
            property(finding.rule),
            data(&message)
        ));
    }
    text
}

/// The last line, which annotates nothing.
#[must_use]
pub fn summary(linter: &Linter, rule_set: Option<&str>, tally: &Tally) -> String {
    let rules = rule_set.map(|rules| format!(" with rules {}", data(rules)));
    format!(
        "{} checked{}, {} failed\n",
        count(tally.inputs, linter.noun),
        rules.unwrap_or_default(),
        tally.failed
    )
}

/// The whole report.
#[must_use]
pub fn github(report: &Report<'_>) -> String {
    let lines: String = report.inputs.iter().map(|one| input(one, &report.linter)).collect();
    lines + &summary(&report.linter, report.rule_set, &Tally::of(&report.inputs))
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
