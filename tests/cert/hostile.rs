//! Hostile certificates and requests through the program: each is judged, by a bounded report, in bounded memory.

use std::process::Command;

use serde::Deserialize;

use crate::workplace::{Workplace, program, python, root, testdata};

/// What became of one input in one use (`hostile.py`).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Judged {
    input: String,
    r#in: String,
    r#use: String,
    code: i32,
    rules: Vec<String>,
    printed: usize,
    peak_ki_b: u64,
}

/// Keys that are not keys, or none of a certificate's: what stands for each beginning of a name in an intermediate.
const KEYS: &[(&str, &str)] = &[
    ("rsa-", "public-key-algorithm"),
    ("point-", "public-key-point"),
    ("explicit-curve", "public-key-named-curve"),
];

/// Keys that are sound, or of a size nobody looks at: good enough for a device, and for a request to be shown.
const GOOD_FOR_A_DEVICE: &[&str] = &["rsa-16384", "rsa-a-million-bits", "point-compressed"];

impl Judged {
    /// What the key of an intermediate or a root, a device or a request breaks.
    fn owner(&self) -> Option<&'static str> {
        let key = KEYS.iter().find(|(start, _)| self.input.starts_with(start))?;
        let good_for_a_device = GOOD_FOR_A_DEVICE.contains(&self.input.as_str());
        let chain = self.r#use == "cert check device.der";
        match self.r#in.as_str() {
            "root" if chain => Some("device-intermediate-signature-verifies"),
            "root" => Some("signature-verifies"),
            // The point is the key's, written in another way.
            "intermediate" if self.input == "point-compressed" => {
                (!chain).then_some("public-key-matches-request")
            }
            "intermediate" if chain => Some("device-signature-verifies"),
            "intermediate" => Some(key.1),
            "device" => (!good_for_a_device).then_some("device-public-key-sound"),
            _ => None,
        }
    }
}

#[test]
#[cfg_attr(
    not(all(oracle = "cryptography", oracle = "openssl")),
    ignore = "needs cryptography, openssl"
)]
fn every_hostile_input_is_judged_in_bounds() {
    let Some(python) = python() else { return };
    let work = Workplace::new();
    let script = root().join("tests/cert/hostile.py");
    let paths = [script, work.path(""), testdata("generate"), program().to_owned()];
    let paths = paths.each_ref().map(|path| path.to_str().expect("UTF-8"));
    let ran = work.oracle(Command::new(&python), &[&["-W", "ignore"][..], &paths].concat());
    let judged: Vec<Judged> = serde_json::from_str(&ran.expect("it was found").exits(0).stdout)
        .expect("the script's list");
    assert!(judged.len() > 250, "{} uses", judged.len());
    let mut wrong = Vec::new();
    let mut owned = 0;
    for one in &judged {
        // Neither a panic nor the end of its processor time: judged.
        let ended = [0, 3].contains(&one.code);
        // 256 MiB is the bound of the fuzz targets; a request is shown in full, a certificate's report is not.
        let small = one.peak_ki_b < 256 << 10;
        let most = if one.r#use.starts_with("csr show") { 16 << 20 } else { 64 << 10 };
        if !ended || !small || one.printed > most {
            wrong.push(format!("out of bounds: {one:?}"));
        }
        if one.code == 0 && !one.rules.is_empty() {
            wrong.push(format!("broken and passed: {one:?}"));
        }
        // What cannot be read (a file of more than a megabyte beside it, say) names no rule.
        if let Some(owner) = one.owner().filter(|_| one.printed > 0) {
            owned += 1;
            if !one.rules.iter().any(|rule| rule == owner) {
                wrong.push(format!("{owner} expected: {one:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(owned > 90, "{owned} keys were judged by the rule that owns them");
}
