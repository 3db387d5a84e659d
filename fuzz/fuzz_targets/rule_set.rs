#![no_main]
//! Fuzz target: rule sets in TOML.

use el2g_cert_profile::RuleSet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(rules) = RuleSet::from_toml(text) {
        assert!(RuleSet::built_in(rules.name()).is_none(), "a file took a built-in set's name");
    }
});
