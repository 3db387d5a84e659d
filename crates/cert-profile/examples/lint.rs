//! Checks the intermediate CA certificates of a file by section 6 of AN12642 and prints the report.
//!
//! `cargo run --example lint -- FILE [ROOT]`; without a file it checks a certificate that it makes.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::SystemTime;

use el2g_cert_profile::{Checker, InputBlocks, RuleSet, reports};
use el2g_key_payload::SystemEntropy;
use el2g_x509::{
    Certificate, FileKey, HashAlgorithm, Instant, IntermediateOptions, KeyAlgorithm, Name,
    issue_intermediate, make_request, make_root, random_serial,
};

fn now() -> Result<Instant, Box<dyn Error>> {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(Instant::from_unix(i64::try_from(since_1970.as_secs())?))
}

/// Prints the report, and says whether all certificates passed.
fn lint(file: &[u8], root: Option<&Certificate>) -> Result<bool, Box<dyn Error>> {
    let rules = RuleSet::annex6();
    let mut checker = Checker::new(&rules, now()?).describing();
    if let Some(root) = root {
        checker = checker.with_root(root.decoded());
    }
    let input = InputBlocks::read(file);
    let certificates = input.blocks.iter().map(|block| checker.check_block(block)).collect();
    let report = checker.report(certificates);
    // JSON, JUnit, GitHub annotations and HTML are beside it.
    println!("{}", reports::sarif(&report));
    Ok(report.certificates.iter().all(|certificate| certificate.passed))
}

fn example() -> Result<(Certificate, Certificate), Box<dyn Error>> {
    let (now, entropy) = (now()?, &mut SystemEntropy);
    let key = FileKey::generate(KeyAlgorithm::NistP256)?;
    let name = Name::parse("CN=Example Root,O=Example,C=DE")?;
    let root = make_root(&name, &key, random_serial(entropy)?, now, now.plus_days(20 * 365))?;
    let subject = Name::parse("CN=Example Devices,O=Example,C=DE")?;
    let own_key = FileKey::generate(KeyAlgorithm::NistP256)?;
    let request = make_request(&subject, &own_key, HashAlgorithm::Sha256)?;
    let options = IntermediateOptions {
        serial: random_serial(entropy)?,
        not_before: now,
        not_after: now.plus_days(15 * 365),
        hash: None,
        crl_urls: Vec::new(),
        policy_url: None,
    };
    Ok((issue_intermediate(&request, &root, &key, &options)?, root))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let passed = match arguments.next() {
        Some(file) => {
            let root = arguments.next().map(std::fs::read).transpose()?;
            let root = root.map(|root| Certificate::read(&root)).transpose()?;
            lint(&std::fs::read(file)?, root.as_ref())?
        }
        None => {
            let (intermediate, root) = example()?;
            lint(intermediate.to_pem().as_bytes(), Some(&root))?
        }
    };
    if passed { Ok(()) } else { Err("a certificate did not pass".into()) }
}

#[test]
fn runs() {
    let (intermediate, root) = example().expect("two certificates");
    assert!(lint(intermediate.to_pem().as_bytes(), Some(&root)).expect("the example runs"));
    // A root is not an intermediate.
    assert!(!lint(root.to_pem().as_bytes(), Some(&root)).expect("the example runs"));
}
