//! One table: every field of a certificate and of its root, how it is changed, and the rules that own it.
//!
//! A change is signed again, so that the signature does not give it away. Whatever the change, a rule that owns the
//! field breaks; over all changes each owner breaks at least once; and nothing breaks that the row does not name.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;

mod extension_changes;
mod field_changes;
mod name_changes;
mod table;

use table::{ELSEWHERE, TABLE};

/// A good certificate under a good root, one of them changed.
#[derive(Clone, Debug)]
enum Changed {
    Certificate(Vec<u8>),
    Root(Vec<u8>),
}

fn judged(changed: &Changed) -> BTreeSet<&'static str> {
    let good = with_field(SERIAL, GOOD.fields[SERIAL].clone());
    let (certificate, root) = match changed {
        Changed::Certificate(certificate) => (certificate.as_slice(), GOOD.root.as_slice()),
        Changed::Root(root) => (good.as_slice(), root.as_slice()),
    };
    let report = checked(certificate, Some(root), Some(&GOOD.request)).unwrap();
    report.findings.iter().map(|finding| finding.rule).collect()
}

#[test]
fn every_change_of_a_field_is_caught_by_a_rule_that_owns_it() {
    let mut wrong = Vec::new();
    for row in TABLE {
        // The same changes every time: that each owner breaks for some must not hang on luck.
        let config = Config { cases: 160, failure_persistence: None, ..Config::default() };
        let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let broke = RefCell::new(BTreeSet::new());
        let ran = TestRunner::new_with_rng(config, random).run(&(row.changes)(), |changed| {
            let found = judged(&changed);
            prop_assert!(found.iter().any(|rule| row.owners.contains(rule)), "found {found:?}");
            let named = |rule: &&&str| row.owners.contains(*rule) || row.along.contains(*rule);
            let others: Vec<_> = found.iter().filter(|rule| !named(rule)).collect();
            prop_assert!(others.is_empty(), "broke besides: {others:?}");
            broke.borrow_mut().extend(found);
            Ok(())
        });
        if let Err(fault) = ran {
            wrong.push(format!("{}: {fault}", row.field));
        }
        let idle: Vec<_> =
            row.owners.iter().filter(|rule| !broke.borrow().contains(*rule)).collect();
        if !idle.is_empty() {
            wrong.push(format!("{}: no change breaks {idle:?}", row.field));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_about_a_certificate_and_its_root_owns_a_field() {
    let owners: BTreeSet<&str> = TABLE.iter().flat_map(|row| row.owners).copied().collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(owners.intersection(&elsewhere).collect::<Vec<_>>(), [&""; 0]);
    // Requests, devices and verification certificates have no root and request of this kind: their pairs in
    // cases.json change them, one field each.
    let here = [Target::Input, Target::Key, Target::Certificate, Target::Root];
    let rules = RULES.iter().filter(|rule| here.contains(&rule.target()));
    let rules: BTreeSet<&str> = rules.map(|rule| rule.id).collect();
    assert_eq!(&owners | &elsewhere, rules);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_field_changed_and_not_signed_anew(
        place in 0..=EXTENSIONS, content in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let good = with_field(SERIAL, GOOD.fields[SERIAL].clone());
        let decoded = Decoded::read(&good).unwrap();
        let mut fields = GOOD.fields.clone();
        fields[place] = tlv(fields[place][0], &content);
        prop_assume!(fields[place] != GOOD.fields[place]);
        let to_be_signed = tlv(tag::SEQUENCE, &fields.concat());
        let bits = tlv(tag::BIT_STRING, &[&[0], decoded.signature.octets].concat());
        let changed = tlv(tag::SEQUENCE, &[to_be_signed, GOOD.algorithm.clone(), bits].concat());
        let found = judged(&Changed::Certificate(changed));
        let caught = ["signature-verifies", "encoding-decodes"].iter().any(|rule| found.contains(rule));
        prop_assert!(caught, "{found:?}");
    }
}
