#![no_main]
//! Fuzz target: the forms of a report, over whatever text a certificate brings along.

use std::sync::LazyLock;

use el2g_cert_profile::reports::{StreamedForm, html, junit, sarif};
use el2g_cert_profile::{Checker, RuleSet};
use el2g_findings::Style;
use el2g_x509::Instant;
use el2g_x509::decoded::certificate::Decoded;
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<RuleSet> = LazyLock::new(RuleSet::annex6);

fuzz_target!(|data: &[u8]| {
    let checker = Checker::new(&RULES, Instant::from_unix(1_790_000_000)).describing();
    let Ok(certificate) = Decoded::read(data) else { return };
    let with_root = checker.with_root(&certificate);
    let report = with_root.report(vec![with_root.check(&certificate)]);
    for text in [sarif(&report), serde_json::to_string(&report).expect("a report serialises")] {
        let _: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    }
    // A finding is one line of GitHub's, whatever is in it; the last line sums up.
    let findings = report.certificates.iter().map(|one| one.findings.len()).sum::<usize>();
    assert_eq!(StreamedForm::Github.whole(&report).lines().count(), findings + 1);
    let page = html(&report);
    assert_eq!(page.matches("<script").count(), html_scripts(&with_root), "a script came in");
    let _ = (StreamedForm::Human(Style::Plain).whole(&report), junit(&report));
});

/// The page's own scripts: those of a page without certificates.
fn html_scripts(checker: &Checker<'_>) -> usize {
    html(&checker.report(Vec::new())).matches("<script").count()
}
