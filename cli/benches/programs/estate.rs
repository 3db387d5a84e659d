//! An estate of certificates, all different, checked against their root: in this process beside the bare ECDSA P-256
//! verification of the same signatures, and by `el2g cert check` from a folder and from bundles. With one core and
//! with two; memory as the estate grows.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant as Clock;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use el2g_cert_profile::{Checker, RuleSet};
use el2g_key_payload::SystemEntropy;
use el2g_x509::decoded::certificate::Decoded;
use el2g_x509::{
    AttributeType, Certificate, FileKey, HashAlgorithm, Instant, IntermediateOptions, KeyAlgorithm,
    Name, issue_intermediate, make_request, make_root, random_serial,
};

use crate::child::watched;
use crate::median;

const ROUNDS: usize = 5;

struct Estate {
    root: Certificate,
    certificates: Vec<Certificate>,
    at: Instant,
}

impl Estate {
    /// So many certificates of one subject under one P-256 root, each with a serial number of its own.
    fn new(number: usize) -> Self {
        let at: Instant = "2026-06-01T00:00:00Z".parse().expect("a date");
        let key = || FileKey::generate(KeyAlgorithm::NistP256).expect("a key");
        let name = |text| Name::build(&[(AttributeType::COMMON_NAME, text)]).expect("a name");
        let serial = || random_serial(&mut SystemEntropy).expect("randomness");
        let root_key = key();
        let (begin, end) = (at.plus_days(-30), at.plus_days(7000));
        let root =
            make_root(&name("Estate Root"), &root_key, serial(), begin, end).expect("a root");
        let request = make_request(&name("Estate Intermediate"), &key(), HashAlgorithm::Sha256)
            .expect("a request");
        let issue = |_| {
            let options = IntermediateOptions {
                serial: serial(),
                not_before: at.plus_days(-1),
                not_after: at.plus_days(5000),
                hash: None,
                crl_urls: Vec::new(),
                policy_url: None,
            };
            issue_intermediate(&request, &root, &root_key, &options).expect("a certificate")
        };
        let certificates = (0..number).map(issue).collect();
        Self { root, certificates, at }
    }

    /// Bare verifications a second, on so many threads.
    fn bare(&self, threads: usize) -> f64 {
        let key = self.root.public_key();
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.key_octets()).expect("a key");
        self.rate(threads, |certificate| {
            key.verify_sig(
                black_box(certificate.tbs_der()),
                certificate.decoded().signature.octets,
            )
            .expect("it is good");
        })
    }

    /// Checks against the root a second, on so many threads.
    fn checked(&self, threads: usize) -> f64 {
        let rules = RuleSet::annex6();
        let checker = Checker::new(&rules, self.at).with_root(self.root.decoded());
        self.rate(threads, |certificate| {
            let decoded = Decoded::read(black_box(certificate.der())).expect("a certificate");
            assert!(black_box(checker.check(&decoded)).passed);
        })
    }

    fn rate(&self, threads: usize, work: impl Fn(&Certificate) + Sync) -> f64 {
        let (began, work) = (Clock::now(), &work);
        std::thread::scope(|scope| {
            for share in self.certificates.chunks(self.certificates.len().div_ceil(threads)) {
                scope.spawn(move || share.iter().for_each(work));
            }
        });
        self.certificates.len() as f64 / began.elapsed().as_secs_f64()
    }
}

pub fn measure(number: usize) {
    let estate = Estate::new(number);
    println!("\nan estate of {number} certificates, in one process, {ROUNDS} rounds");
    let mut columns: [Vec<f64>; 4] = Default::default();
    for _ in 0..ROUNDS {
        for (threads, at) in [(1, 0), (2, 2)] {
            columns[at].push(estate.bare(threads));
            columns[at + 1].push(estate.checked(threads));
        }
    }
    let ratio = |one: usize, two: usize| {
        median(columns[one].iter().zip(&columns[two]).map(|(one, two)| one / two).collect())
    };
    for (threads, at) in [(1, 0), (2, 2)] {
        println!(
            "  {threads} thread(s): checked {:>8.0}/s, bare P-256 verification {:>8.0}/s, ratio {:.3}",
            median(columns[at + 1].clone()),
            median(columns[at].clone()),
            ratio(at + 1, at)
        );
    }
    println!("  two threads over one: checked {:.2}, bare {:.2}", ratio(3, 1), ratio(2, 0));
    processes(&estate);
}

/// `cert check` of the estate as files and as bundles of a thousand.
fn processes(estate: &Estate) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("root.pem"), estate.root.to_pem()).expect("its own file");
    println!("\n`cert check --root` of an estate on disk");
    println!(
        "  {:<34} {:>10} {:>12} {:>12} {:>10}",
        "", "cores", "wall, s", "per second", "peak MiB"
    );
    for tenths in [1, 10] {
        let certificates = &estate.certificates[..estate.certificates.len() * tenths / 10];
        for (name, size) in [("files", 1), ("bundles", 1000)] {
            let place = path(&format!("{name}-{tenths}"));
            fs::create_dir(&place).expect("its own folder");
            for (index, bundle) in certificates.chunks(size).enumerate() {
                let text: String = bundle.iter().map(Certificate::to_pem).collect();
                fs::write(place.join(format!("{index:06}.pem")), text).expect("its own file");
            }
            for (cores, form) in [("0", "json"), ("0,1", "json"), ("0,1", "human")] {
                check(&place, &path("root.pem"), estate.at, certificates.len(), cores, form);
            }
            fs::remove_dir_all(&place).expect("its own folder");
        }
    }
}

fn check(place: &Path, root: &Path, at: Instant, number: usize, cores: &str, form: &str) {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", cores, env!("CARGO_BIN_EXE_el2g"), "cert", "check", "-o", form]);
    command.arg("--at").arg(at.to_string()).arg("--root").arg(root).arg(place);
    let took = watched(&mut command);
    let wall = took.wall.as_secs_f64();
    println!(
        "  {:<34} {:>10} {wall:>12.2} {:>12.0} {:>10.1}",
        format!("{number} in {}, {form}", place.file_name().unwrap_or_default().display()),
        cores,
        number as f64 / wall,
        took.peak_kib as f64 / 1024.0
    );
}
