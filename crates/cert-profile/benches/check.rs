//! Checks per second against the bare ECDSA P-256 verification of aws-lc-rs, side by side in one run.
//!
//! `cargo bench -p el2g-cert-profile` prints both rates and their ratio: the median over rounds in which the two take
//! turns, so that what disturbs one disturbs the other.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant as Clock};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use el2g_cert_profile::{Checker, RuleSet};
use el2g_x509::decoded::certificate::Decoded;
use el2g_x509::decoded::kept::{KeptCertificate, KeptRequest};
use el2g_x509::{Certificate, Instant};

const ROUNDS: usize = 1501;
/// Short enough that most slices are not interrupted on a busy machine.
const SLICE: Duration = Duration::from_micros(700);

fn der(file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/x509").join(file);
    pem::parse(std::fs::read(path).expect("testdata is there")).expect("it is PEM").into_contents()
}

/// Operations a second, over one slice of time.
fn rate(mut operation: impl FnMut()) -> f64 {
    let start = Clock::now();
    let mut count = 0_u32;
    while start.elapsed() < SLICE {
        for _ in 0..4 {
            operation();
        }
        count += 4;
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
/// Takes turns; prints the medians and the median ratio.
fn compare(label: &str, mut bare: impl FnMut(), mut ours: impl FnMut()) {
    let (mut bare_rates, mut our_rates, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (one, two) = (rate(&mut bare), rate(&mut ours));
        bare_rates.push(one);
        our_rates.push(two);
        ratios.push(two / one);
    }
    println!(
        "{label:34} {:>9.0}/s   bare P-256 verify {:>9.0}/s   ratio {:.3}",
        median(our_rates),
        median(bare_rates),
        median(ratios)
    );
}

fn main() {
    let (certificate, root, request) =
        (der("good/intermediate.pem"), der("good/root.pem"), der("good/request.pem"));
    let at: Instant = "2026-06-01T00:00:00Z".parse().expect("a date");
    let rules = RuleSet::annex6();
    let read = Certificate::from_der(&certificate).expect("a certificate");
    let root_key =
        Certificate::from_der(&root).expect("a certificate").public_key().key_octets().to_vec();
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &root_key).expect("a key");
    let (message, signature) = (read.tbs_der().to_vec(), read.decoded().signature.octets.to_vec());
    let bare = || key.verify_sig(black_box(&message), black_box(&signature)).expect("it verifies");

    let root = KeptCertificate::from_der(&root).expect("a root");
    let request = KeptRequest::from_der(&request).expect("a request");
    let check = |checker: &Checker<'_>| {
        let decoded = Decoded::read(black_box(&certificate)).expect("a certificate");
        assert!(black_box(checker.check(&decoded)).passed);
    };
    let with_root = Checker::new(&rules, at).with_root(root.decoded());
    compare("check with the root", bare, || check(&with_root));
    let with_both =
        Checker::new(&rules, at).with_root(root.decoded()).with_request(request.decoded());
    compare("check with root and request", bare, || check(&with_both));
    let alone = Checker::new(&rules, at);
    compare("check without root (no signature)", bare, || check(&alone));
}
