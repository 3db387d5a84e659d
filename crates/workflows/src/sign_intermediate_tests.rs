//! Tests of `sign_intermediate.rs`.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};

use el2g_key_payload::SystemEntropy;
use el2g_x509::decoded::decodings;
use el2g_x509::{Name, PublicKey, SignerError, make_request, make_root};

use super::*;
use crate::Silent;

const NOW: Instant = Instant::from_unix(1_790_000_000);

/// A root's key that counts how often it is used.
struct Counted {
    key: FileKey,
    used: AtomicU32,
}

impl CertificateSigner for Counted {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn sign(&self, hash: HashAlgorithm, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.used.fetch_add(1, Ordering::Relaxed);
        self.key.sign(hash, message)
    }
}

struct Papers {
    request: CertificateRequest,
    root: Certificate,
    key: Counted,
}

fn papers(requested: KeyAlgorithm) -> Papers {
    let root_key = FileKey::generate(KeyAlgorithm::NistP256).expect("P-256 can be made");
    let serial = random_serial(&mut SystemEntropy).expect("there is randomness");
    let name = Name::parse("CN=Root,C=AT").expect("a name");
    let root = make_root(&name, &root_key, serial, NOW.plus_days(-1), NOW.plus_days(5000))
        .expect("a root");
    let key = FileKey::generate(requested).expect("it can be made");
    let subject = Name::parse("CN=Sub,O=NXP").expect("a name");
    let request = make_request(&subject, &key, HashAlgorithm::Sha256).expect("a request");
    Papers { request, root, key: Counted { key: root_key, used: AtomicU32::new(0) } }
}

fn order(days: u32) -> SigningOrder {
    SigningOrder {
        days,
        not_before: None,
        hash: None,
        serial: None,
        crl_urls: Vec::new(),
        policy_url: None,
    }
}

fn sign(papers: &Papers, order: &SigningOrder, rules: &RuleSet) -> Result<Signed, Failure> {
    let Papers { request, root, key } = papers;
    let signing = IntermediateSigning { request, root, rules, now: NOW, show: &|_| () };
    let signature = RootSignature::Key { key, order, confirm: &|| Ok(()) };
    let mut entropy = SystemEntropy;
    let entropy = RefCell::new(&mut entropy as &mut dyn Entropy);
    let plan = signing.plan(&signature, &entropy);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(plan.run(None, &Silent))
}

#[test]
fn uses_the_key_once_and_hands_over_a_certificate_that_passes() {
    let papers = papers(KeyAlgorithm::NistP256);
    let signed = sign(&papers, &order(3650), &RuleSet::annex6()).unwrap();
    assert_eq!(papers.key.used.load(Ordering::Relaxed), 1);
    assert!(signed.report.passed && signed.report.complete, "{:?}", signed.report);
    assert_eq!(signed.summary.subject, "CN=Sub,O=NXP");
    assert_eq!(signed.summary.not_after, NOW.plus_days(3650).to_string());
    assert!(!signed.summary.cut_to_root);
}

#[test]
fn decodes_request_and_root_once_and_each_certificate_it_makes_once() {
    let Papers { request, root, key } = papers(KeyAlgorithm::NistP256);
    let (request, root, rules) = (request.to_pem(), root.to_pem(), RuleSet::annex6());
    let before = decodings();
    let root = Certificate::read(root.as_bytes()).unwrap();
    let request = crate::JudgedRequest::read(request.as_bytes(), None, &rules).unwrap();
    let request = request.sound("the request").unwrap();
    assert_eq!(decodings() - before, 2);
    let papers = Papers { request, root, key };
    sign(&papers, &order(3650), &rules).unwrap();
    // The rehearsal with the throw-away key, and the certificate.
    assert_eq!(decodings() - before, 4);
}

#[test]
fn never_uses_the_key_for_what_the_profile_refuses() {
    let papers = papers(KeyAlgorithm::NistP384);
    let failure = sign(&papers, &order(3650), &RuleSet::annex6()).unwrap_err();
    assert_eq!(failure.message, "the request breaks 1 rule of the profile");
    assert!(failure.causes[0].starts_with("error request-key-allowed"), "{failure:?}");
    let over = SigningOrder { not_before: Some(NOW.plus_days(-100)), ..order(10) };
    let failure = sign(&papers, &over, &RuleSet::api_algorithms()).unwrap_err();
    assert_eq!(failure.message, "the certificate to be signed breaks 1 rule of the profile");
    assert!(failure.causes[0].starts_with("error validity-not-ended"), "{failure:?}");
    assert_eq!(papers.key.used.load(Ordering::Relaxed), 0);
    sign(&papers, &order(3650), &RuleSet::api_algorithms()).unwrap();
}

#[test]
fn refuses_a_key_of_another_root_before_all_else() {
    let mut mixed = papers(KeyAlgorithm::NistP256);
    mixed.key = papers(KeyAlgorithm::NistP256).key;
    let failure = sign(&mixed, &order(3650), &RuleSet::annex6()).unwrap_err();
    assert!(failure.message.contains("does not belong to the root"), "{failure:?}");
    assert_eq!(mixed.key.used.load(Ordering::Relaxed), 0);
}

#[test]
fn cuts_to_the_root_and_says_so() {
    let papers = papers(KeyAlgorithm::NistP256);
    let signed = sign(&papers, &order(36_500), &RuleSet::annex6()).unwrap();
    assert!(signed.summary.cut_to_root);
    assert_eq!(signed.certificate.not_after(), papers.root.not_after());
}

#[test]
fn bytes_that_were_prepared_elsewhere_are_judged_again() {
    let papers = papers(KeyAlgorithm::NistP256);
    let rules = RuleSet::annex6();
    let Papers { request, root, key } = &papers;
    let first = prepare(request, root, &order(10), &rules, NOW, &mut SystemEntropy).unwrap();
    let signature = key.sign(first.hash(), first.tbs_der()).unwrap();
    let again = resume(request, root, first.tbs_der(), &rules, NOW).unwrap();
    assert_eq!(again.summary(), first.summary());
    assert!(again.join(&signature).unwrap().report.passed);
    // Another request's certificate does not pass as this one's.
    let other = self::papers(KeyAlgorithm::NistP256).request;
    assert!(resume(&other, root, first.tbs_der(), &rules, NOW).is_err());
}
