//! Sealed messages, opened as the receiver opens them.

use el2g_key_payload::{PayloadKind, SecretBytes, SystemEntropy};

use super::*;
use crate::testdata::{NOW, recipient, recipient_secret, signing_key};
use crate::{KeyId, open};

fn payload(kind: PayloadKind, len: usize) -> Payload {
    Payload::generate(kind, len, &mut SystemEntropy).unwrap()
}

#[test]
fn what_is_sealed_opens_at_the_receiver_for_every_kind_and_signer() {
    let (recipient, secret) = (recipient(), recipient_secret());
    for name in ["rsa2048.sec.asc", "rsa4096.sec.asc", "signing-subkey.sec.asc"] {
        let signer = signing_key(name);
        for depth in [ReadBack::Structure, ReadBack::Signature] {
            let sealer = Sealer::new(&signer, &recipient, depth).unwrap();
            for (kind, len) in
                [(PayloadKind::Aes, 16), (PayloadKind::Hmac, 1), (PayloadKind::Binary, 500)]
            {
                let payload = payload(kind, len);
                let message = sealer.seal(&payload, NOW, &mut SystemEntropy).unwrap();
                let armored = message.armored().as_bytes();
                let opened = open(armored, &secret, signer.public_armored(), NOW).unwrap();
                assert!(opened.literal.same_as(&payload.hex_text()));
                assert_eq!(opened.signer_key_id, signer.key_id());
                assert_eq!(opened.signer_fingerprint, signer.fingerprint());
                assert_eq!(opened.signer_bits, signer.bits());
                assert_eq!(opened.signed_at, NOW);
                assert_eq!((&*opened.cipher, &*opened.compression), ("AES256", "none"));
            }
        }
    }
}

#[test]
fn the_armor_is_as_the_receiver_wants_it() {
    let signer = signing_key("rsa2048.sec.asc");
    let payload = payload(PayloadKind::Aes, 32);
    let message = seal(&payload, &signer, &recipient(), NOW, &mut SystemEntropy).unwrap();
    let text = message.armored();
    assert!(text.starts_with("-----BEGIN PGP MESSAGE-----\n\n"));
    assert!(text.ends_with("\n-----END PGP MESSAGE-----\n"));
    assert!(!text.contains('\r'));
    assert_eq!(text.lines().filter(|line| line.starts_with('=') && line.len() == 5).count(), 1);
    assert_eq!(message.sha256_hex().len(), 64);
}

#[test]
fn threads_may_share_a_sealer() {
    fn shared<T: Send + Sync>() {}
    shared::<Sealer<'_>>();
    shared::<Recipient>();
    shared::<crate::SigningKey>();
    shared::<crate::RecipientSecret>();
}

#[test]
fn no_two_messages_are_alike() {
    let (signer, recipient) = (signing_key("rsa2048.sec.asc"), recipient());
    let payload = payload(PayloadKind::Aes, 32);
    let one = seal(&payload, &signer, &recipient, NOW, &mut SystemEntropy).unwrap();
    let two = seal(&payload, &signer, &recipient, NOW, &mut SystemEntropy).unwrap();
    assert_ne!(one.armored(), two.armored());
}

/// A signer whose parts can be falsified.
struct Odd<'a> {
    key: &'a crate::SigningKey,
    public: String,
    fingerprint: Fingerprint,
    signature: Option<Vec<u8>>,
}

impl MessageSigner for Odd<'_> {
    fn key_id(&self) -> KeyId {
        self.fingerprint.key_id()
    }

    fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    fn bits(&self) -> u32 {
        self.key.bits()
    }

    fn public_armored(&self) -> &str {
        &self.public
    }

    fn sign_digest(&self, _: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
        self.signature.clone().ok_or(SignerError::Library { key_id: self.key_id() })
    }
}

#[test]
fn a_signer_that_fails_or_does_not_fit_gives_no_message() {
    let (key, recipient) = (signing_key("rsa2048.sec.asc"), recipient());
    let payload = payload(PayloadKind::Aes, 32);
    let odd = |signature| Odd {
        key: &key,
        public: key.public_armored().to_owned(),
        fingerprint: key.fingerprint(),
        signature,
    };
    let seal = |signer: &Odd<'_>| {
        super::seal(&payload, signer, &recipient, NOW, &mut SystemEntropy).unwrap_err()
    };
    let key_id = key.key_id();
    assert_eq!(seal(&odd(None)), SealError::Signer(SignerError::Library { key_id }));
    let other = signing_key("rsa4096.sec.asc").fingerprint();
    assert_eq!(
        seal(&Odd { fingerprint: other, ..odd(None) }),
        SealError::SignerMissing { fingerprint: other }
    );
    assert!(matches!(
        seal(&Odd { public: "nothing".to_owned(), ..odd(None) }),
        SealError::SignerKey(KeyError::NotOpenPgp { .. })
    ));
}

#[test]
fn reading_back_the_signature_finds_a_wrong_one() {
    let (key, recipient) = (signing_key("rsa2048.sec.asc"), recipient());
    let payload = payload(PayloadKind::Aes, 32);
    let odd = Odd {
        key: &key,
        public: key.public_armored().to_owned(),
        fingerprint: key.fingerprint(),
        signature: Some(vec![0x55; 256]),
    };
    let sealer = Sealer::new(&odd, &recipient, ReadBack::Signature).unwrap();
    assert_eq!(
        sealer.seal(&payload, NOW, &mut SystemEntropy).unwrap_err(),
        SealError::ReadBack(ReadBackFault::SignatureValue)
    );
}

#[test]
fn a_holder_that_hashes_the_octets_itself_signs_the_same() {
    struct Hashing(crate::SigningKey);
    impl MessageSigner for Hashing {
        fn key_id(&self) -> KeyId {
            self.0.key_id()
        }

        fn fingerprint(&self) -> Fingerprint {
            self.0.fingerprint()
        }

        fn bits(&self) -> u32 {
            self.0.bits()
        }

        fn public_armored(&self) -> &str {
            self.0.public_armored()
        }

        fn sign_digest(&self, _: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
            Err(SignerError::Library { key_id: self.key_id() })
        }

        fn sign_octets(&self, octets: &[u8], _: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
            self.0.sign_digest(&digest(&SHA256, octets).as_ref().try_into().unwrap())
        }
    }
    let (signer, recipient) = (Hashing(signing_key("rsa2048.sec.asc")), recipient());
    for (kind, len) in [(PayloadKind::Aes, 16), (PayloadKind::Binary, 500)] {
        let sealer = Sealer::new(&signer, &recipient, ReadBack::Signature).unwrap();
        sealer.seal(&payload(kind, len), NOW, &mut SystemEntropy).unwrap();
    }
}

#[test]
fn without_randomness_nothing_is_sealed() {
    struct Broken;
    impl Entropy for Broken {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyUnavailable> {
            Err(EntropyUnavailable)
        }
    }
    let signer = signing_key("rsa2048.sec.asc");
    let text = SecretBytes::from_slice(&[b'1'; 32]);
    let payload = Payload::from_hex(PayloadKind::Aes, &text).unwrap();
    assert_eq!(
        seal(&payload, &signer, &recipient(), NOW, &mut Broken).unwrap_err(),
        SealError::Entropy(EntropyUnavailable)
    );
}
