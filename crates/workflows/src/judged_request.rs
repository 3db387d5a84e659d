//! One verdict on a certification request, for every command that takes one.

use el2g_cert_profile::{CertificateReport, RequestOrder, RuleSet, check_request};
use el2g_x509::decoded::kept::KeptRequest;
use el2g_x509::{Block, CertificateRequest, InputError};

use crate::Failure;
use crate::sign_intermediate::refuse_findings;

/// A request and what the profile says of it.
#[derive(Debug)]
pub struct JudgedRequest {
    /// `None` when the report says why it cannot be decoded.
    request: Option<CertificateRequest>,
    report: CertificateReport,
}

impl JudgedRequest {
    /// Reads the one request of a file, in any form, and checks it. `order` is what was asked of the API, where that is
    /// known.
    ///
    /// # Errors
    /// [`Failure`] (input) when the file does not hold one request. Breaches of the profile are in the report.
    pub fn read(
        bytes: &[u8],
        order: Option<&RequestOrder>,
        rules: &RuleSet,
    ) -> Result<Self, Failure> {
        let block = Block::exactly_one(bytes, Block::REQUEST)?;
        let kept = KeptRequest::of_block(&block)?;
        let report = check_request(kept.decoded(), Some(block.label()), order, rules);
        match CertificateRequest::of(kept) {
            Ok(request) => Ok(Self { request: Some(request), report }),
            Err(error @ InputError::WrongKind { .. }) => Err(error.into()),
            Err(error) if report.passed => Err(error.into()),
            Err(_) => Ok(Self { request: None, report }),
        }
    }

    /// What the profile says of it.
    pub const fn report(&self) -> &CertificateReport {
        &self.report
    }

    /// The request, sound or not, as far as it can be decoded.
    pub const fn request(&self) -> Option<&CertificateRequest> {
        self.request.as_ref()
    }

    /// The request, when no rule calls it an error. `what` names it in the failure.
    ///
    /// # Errors
    /// [`Failure`] (input): each breach is a cause.
    pub fn sound(self, what: &str) -> Result<CertificateRequest, Failure> {
        refuse_findings(&self.report, what)?;
        self.request.ok_or_else(|| Failure::input(format!("{what} does not decode")))
    }
}

#[cfg(test)]
mod tests {
    use el2g_cert_profile::{Checker, Severity};
    use el2g_key_payload::SystemEntropy;
    use el2g_x509::{
        Certificate, CertificateSigner as _, FileKey, HashAlgorithm, Instant, KeyAlgorithm, Name,
        make_request, make_root, random_serial,
    };

    use super::*;
    use crate::sign_intermediate::{SigningOrder, prepare};

    const NOW: Instant = Instant::from_unix(1_790_000_000);

    /// One DER element of up to 64 KiB.
    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let header = match content.len() {
            0..=127 => vec![tag, length[1]],
            128..=255 => vec![tag, 0x81, length[1]],
            _ => vec![tag, 0x82, length[0], length[1]],
        };
        [header, content.to_vec()].concat()
    }

    fn pem(der: &[u8]) -> String {
        let (text, label) = (el2g_key_payload::base64_text(der), Block::REQUEST);
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
    }

    fn header(der: &[u8]) -> usize {
        if der[1] < 0x80 { 2 } else { 2 + usize::from(der[1] & 0x7f) }
    }

    /// What is signed in a request: with an attribute and a requested extension in place of the empty attributes.
    fn to_be_signed(key: &FileKey) -> Vec<u8> {
        let subject = Name::parse("CN=Sub,O=NXP").unwrap();
        let request = make_request(&subject, key, HashAlgorithm::Sha256).unwrap();
        let info = &request.der()[header(request.der())..];
        let end = usize::from(info[header(info) - 1]) + header(info);
        let fields = info[header(info)..end].strip_suffix(&[0xa0, 0]).expect("no attributes");
        let constraints = element(4, &element(0x30, &[1, 1, 0xff]));
        let extension = element(0x30, &[&[6, 3, 0x55, 0x1d, 19][..], &constraints].concat());
        let attribute = |last, value: &[u8]| {
            let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, last];
            element(0x30, &[&oid[..], &element(0x31, value)].concat())
        };
        let attributes =
            [attribute(2, &element(12, b"Line")), attribute(14, &element(0x30, &extension))];
        element(0x30, &[fields, &element(0xa0, &attributes.concat())].concat())
    }

    /// Whether `cert check --csr` finds an error in the request.
    fn is_good_reference(file: &str, certificate: &Certificate, rules: &RuleSet) -> bool {
        let Ok(request) = KeptRequest::read(file.as_bytes()) else { return false };
        let checker = Checker::new(rules, NOW).with_request(request.decoded());
        !checker.check(certificate.decoded()).findings.iter().any(|finding| {
            finding.severity >= Severity::Error
                && (finding.rule.starts_with("request-") || finding.rule == "public-key-not-weak")
        })
    }

    /// Every bit of a request, turned and signed again: what is called sound can be signed, and nothing else is a good
    /// reference for a certificate.
    #[test]
    fn no_turned_bit_is_judged_in_two_ways() {
        let rules = RuleSet::annex6();
        let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
        let serial = random_serial(&mut SystemEntropy).unwrap();
        let name = Name::parse("CN=Root,C=AT").unwrap();
        let root = make_root(&name, &key, serial, NOW.plus_days(-1), NOW.plus_days(5000)).unwrap();
        let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
        let order = SigningOrder {
            days: 3650,
            not_before: None,
            hash: None,
            serial: None,
            crl_urls: Vec::new(),
            policy_url: None,
        };
        let algorithm = element(0x30, &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]);
        let signed = to_be_signed(&key);
        let (mut sound, mut only_unread, mut wrong) = (0, 0, Vec::new());
        for bit in 0..signed.len() * 8 {
            let mut turned = signed.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            let signature = key.sign(HashAlgorithm::Sha256, &turned).unwrap();
            let signature = element(3, &[&[0][..], &signature].concat());
            let file = pem(&element(0x30, &[&turned[..], &algorithm, &signature].concat()));
            let judged = JudgedRequest::read(file.as_bytes(), None, &rules)
                .and_then(|judged| judged.sound("the request"));
            // An attribute of a kind that cannot be shown or taken over; a certificate can be compared with the rest.
            let is_unread = |failure: &Failure| failure.message.starts_with("not a certificate");
            let unread = judged.as_ref().is_err_and(is_unread);
            if !unread && judged.is_ok() != is_good_reference(&file, &root, &rules) {
                wrong.push(format!("bit {bit}: cert check disagrees with {judged:?}"));
            }
            only_unread += u32::from(unread && is_good_reference(&file, &root, &rules));
            let Ok(request) = judged else { continue };
            sound += 1;
            if let Err(failure) = prepare(&request, &root, &order, &rules, NOW, &mut SystemEntropy)
            {
                wrong.push(format!("bit {bit}: ca sign refuses: {failure:?}"));
            }
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), signed.len() * 8, wrong.join("\n"));
        assert!(sound > 50 && only_unread < 9, "{sound} are sound, {only_unread} are not read");
    }
}
