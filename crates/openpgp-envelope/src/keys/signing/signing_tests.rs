//! Signing keys of every kind, taken and refused.

use proptest::prelude::*;

use super::*;
use crate::testdata::{NOW, PASSPHRASE, file, packets_like, packets_of, secret, signing_key, text};
use crate::{FrameFault, KeyPart};

fn open(name: &str) -> Result<SigningKey, KeyError> {
    SigningKey::open(&secret(name), None, NOW)
}

fn problem(name: &str) -> (KeyPart, KeyProblem) {
    match open(name) {
        Err(KeyError::Refused { part, problem, .. }) => (part, problem),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn opens_what_gnupg_exports() {
    for (name, bits) in
        [("rsa2048.sec.asc", 2048), ("rsa4096.sec.asc", 4096), ("rsa2048.sec.gpg", 2048)]
    {
        let key = signing_key(name);
        assert_eq!(key.bits(), bits, "{name}");
        assert_eq!(key.key_id(), key.fingerprint().key_id(), "{name}");
        assert_eq!(key.expires(), None, "{name}");
    }
    assert_eq!(signing_key("rsa2048.sec.asc").user_ids(), ["rsa2048 <rsa2048@el2g.example>"]);
}

#[test]
fn takes_the_signing_subkey_even_without_the_primary_secret() {
    let whole = signing_key("signing-subkey.sec.asc");
    let offline = signing_key("offline-primary.sec.asc");
    assert_eq!(whole.key_id(), offline.key_id());
    assert!(!text("signing-subkey.pub.asc").is_empty());
    let primary = file::read_public(&file("signing-subkey.pub.asc")).unwrap();
    assert_ne!(whole.key_id(), KeyId::of(primary.primary_key.legacy_key_id()));
}

#[test]
fn refuses_each_unfit_key_with_its_own_reason() {
    use KeyPart::{Primary, Subkey};
    let sizes = "RSA-2048 or RSA-4096";
    let expired = Timestamp(1_711_972_800);
    let cases = [
        ("rsa3072.sec.asc", Primary, KeyProblem::RsaSize { found: 3072, allowed: sizes }),
        ("rsa1024.sec.asc", Primary, KeyProblem::RsaSize { found: 1024, allowed: sizes }),
        ("dsa.sec.asc", Primary, KeyProblem::Algorithm { found: "a DSA-2048 key".into() }),
        (
            "ed25519.sec.asc",
            Primary,
            KeyProblem::Algorithm { found: "an EdDSA (Ed25519) key".into() },
        ),
        (
            "nistp256.sec.asc",
            Primary,
            KeyProblem::Algorithm { found: "an ECDSA (NIST P-256) key".into() },
        ),
        ("expired.sec.asc", Primary, KeyProblem::Expired { at: expired }),
        ("future.sec.asc", Primary, KeyProblem::NotYetValid { created: Timestamp(2_145_916_800) }),
        ("encrypt-only.sec.asc", Primary, KeyProblem::CannotSign { flags: "certify".into() }),
        ("stub.sec.asc", Primary, KeyProblem::Stub),
    ];
    for (name, part, expected) in cases {
        assert_eq!(problem(name), (part, expected), "{name}");
    }
    let (part, KeyProblem::Expired { .. }) = problem("expired-subkey.sec.asc") else {
        panic!("expired-subkey");
    };
    assert_eq!(part, Subkey);
}

#[test]
fn refuses_revoked_keys_with_their_reason() {
    let (part, revoked) = problem("revoked.sec.asc");
    assert_eq!(part, KeyPart::Primary);
    assert!(
        matches!(&revoked, KeyProblem::Revoked { hard: true, reason, .. } if reason == "no reason given")
    );
    let (part, revoked) = problem("revoked-subkey.sec.asc");
    assert_eq!(part, KeyPart::Subkey);
    assert!(
        matches!(&revoked, KeyProblem::Revoked { hard: true, reason, .. } if reason == "compromised: replaced")
    );
}

#[test]
fn a_key_expires_only_when_its_time_has_come() {
    let file = secret("expired.sec.asc");
    let before = Timestamp(1_711_972_799);
    let key = SigningKey::open(&file, None, before).unwrap();
    assert_eq!(key.expires(), Some(Timestamp(1_711_972_800)));
    assert!(SigningKey::open(&file, None, Timestamp(1_711_972_800)).is_err());
}

#[test]
fn a_passphrase_is_wanted_checked_and_may_be_any_utf_8() {
    let file = secret("locked.sec.asc");
    let open = |passphrase: Option<&str>| {
        let passphrase = passphrase.map(|text| SecretBytes::from_slice(text.as_bytes()));
        SigningKey::open(&file, passphrase.as_ref(), NOW)
    };
    let key = open(Some(PASSPHRASE)).unwrap();
    let key_id = key.key_id();
    assert_eq!(open(None).unwrap_err(), KeyError::PassphraseNeeded { key_id });
    for wrong in ["", "passwort", "pässwörd €uro\n"] {
        assert_eq!(open(Some(wrong)).unwrap_err(), KeyError::WrongPassphrase { key_id });
    }
}

#[test]
fn refuses_files_that_hold_no_single_secret_key() {
    let error =
        |bytes: &[u8]| SigningKey::open(&SecretBytes::from_slice(bytes), None, NOW).unwrap_err();
    assert_eq!(error(b""), KeyError::Empty);
    assert!(matches!(error(&file("rsa2048.pub.asc")), KeyError::PublicOnly { .. }));
    for name in ["two-blocks.sec.asc", "two-keys.sec.asc"] {
        let KeyError::SeveralKeys { count: 2, keys } = error(&file(name)) else { panic!("{name}") };
        assert_eq!(keys.len(), 2, "{name}");
    }
    let pem = b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    assert_eq!(error(pem), KeyError::NotOpenPgp { found: "a `RSA PRIVATE KEY`".into() });
    assert_eq!(
        error(&file("messages/accepted.asc")),
        KeyError::NotOpenPgp { found: "a `PGP MESSAGE`".into() }
    );
    assert_eq!(error(b"hello"), KeyError::NotOpenPgp { found: "text or unknown data".into() });
    let large = vec![0x99; crate::LARGEST_KEY_FILE + 1];
    assert_eq!(
        error(&large),
        KeyError::TooLarge { found: large.len(), allowed: crate::LARGEST_KEY_FILE }
    );
}

#[test]
fn a_key_cut_short_anywhere_is_refused() {
    let whole = file("rsa2048.sec.gpg");
    for len in (1..whole.len()).step_by(7) {
        let cut = SecretBytes::from_slice(&whole[..len]);
        assert!(SigningKey::open(&cut, None, NOW).is_err(), "cut at {len}");
    }
    let cut = SecretBytes::from_slice(&whole[..whole.len() - 1]);
    assert!(matches!(
        SigningKey::open(&cut, None, NOW).unwrap_err(),
        KeyError::Packets(FrameFault::BodyCut { .. })
    ));
    let armored = text("rsa2048.sec.asc");
    let cut = SecretBytes::from_slice(&armored.as_bytes()[..armored.len() / 2]);
    assert!(matches!(SigningKey::open(&cut, None, NOW).unwrap_err(), KeyError::Armor(_)));
}

#[test]
fn an_altered_key_is_refused() {
    let whole = file("rsa2048.sec.gpg");
    for at in (0..whole.len()).step_by(11) {
        let mut altered = whole.clone();
        altered[at] ^= 0x04;
        // The signature's unhashed issuer may be altered without harm; all else is bound.
        if let Ok(key) = SigningKey::open(&SecretBytes::new(altered), None, NOW) {
            assert_eq!(key.key_id(), signing_key("rsa2048.sec.gpg").key_id(), "byte {at}");
        }
    }
}

#[test]
fn the_public_key_needs_no_passphrase_and_holds_no_secret() {
    let public = public_of(&secret("locked.sec.asc")).unwrap();
    let key = file::read_public(public.as_bytes()).unwrap();
    let gpg = file::read_public(&file("locked.pub.asc")).unwrap();
    assert_eq!(key, gpg);
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", signing_key("rsa2048.sec.asc"));
    assert!(shown.starts_with("SigningKey(") && shown.len() < 50, "{shown}");
}

#[test]
fn opens_what_other_programs_export() {
    let passphrase = SecretBytes::from_slice(PASSPHRASE.as_bytes());
    for (name, bits) in [
        ("sequoia", 4096),
        ("openpgpjs", 2048),
        ("openpgpjs-locked", 2048),
        ("openpgpjs-argon2", 2048),
        ("openpgpjs-subkeys", 2048),
        ("openpgpjs-offline-primary", 2048),
        ("bouncy-castle-sha1", 2048),
        ("bouncy-castle-checksum", 2048),
    ] {
        let file = secret(&format!("others/{name}.sec.asc"));
        let key = SigningKey::open(&file, Some(&passphrase), NOW)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(key.bits(), bits, "{name}");
        assert!(rsa_backend::sign_sha256(&key.pair, &[7; 32]).is_some(), "{name}");
    }
    for locked in
        ["openpgpjs-locked", "openpgpjs-argon2", "bouncy-castle-sha1", "bouncy-castle-checksum"]
    {
        let file = secret(&format!("others/{locked}.sec.asc"));
        let wrong = SecretBytes::from_slice(b"wrong");
        let error = SigningKey::open(&file, Some(&wrong), NOW).unwrap_err();
        assert!(matches!(error, KeyError::WrongPassphrase { .. }), "{locked}: {error}");
        let error = SigningKey::open(&file, None, NOW).unwrap_err();
        assert!(matches!(error, KeyError::PassphraseNeeded { .. }), "{locked}: {error}");
    }
    assert_eq!(problem("others/openpgpjs-version6.sec.asc").1, KeyProblem::Version { found: 6 });
}

#[test]
fn every_way_of_protecting_a_key_is_opened() {
    use pgp::crypto::aead::AeadAlgorithm as Aead;
    use pgp::crypto::hash::HashAlgorithm as Hash;
    use pgp::crypto::sym::SymmetricKeyAlgorithm as Cipher;
    use pgp::types::{Password, S2kParams, StringToKey};

    // rPGP does not write SHA-1 here; GnuPG's `locked.sec.asc` has it.
    let (salt, count) = ([7; 8], 96);
    let iv = |cipher: Cipher| vec![9; cipher.block_size()].into();
    let iterated = |hash_alg| StringToKey::IteratedAndSalted { hash_alg, salt, count };
    let mut ways = Vec::new();
    for cipher in [
        Cipher::AES128,
        Cipher::AES192,
        Cipher::AES256,
        Cipher::TripleDES,
        Cipher::CAST5,
        Cipher::Twofish,
    ] {
        ways.push(S2kParams::Cfb { sym_alg: cipher, s2k: iterated(Hash::Sha256), iv: iv(cipher) });
    }
    let aes = Cipher::AES256;
    for s2k in [
        StringToKey::Salted { hash_alg: Hash::Sha256, salt },
        iterated(Hash::Sha256),
        iterated(Hash::Sha512),
        iterated(Hash::Sha224),
    ] {
        ways.push(S2kParams::Cfb { sym_alg: aes, s2k, iv: iv(aes) });
    }
    for aead_mode in [Aead::Ocb, Aead::Eax, Aead::Gcm] {
        let nonce = vec![3; aead_mode.nonce_size()].into();
        let s2k = StringToKey::Argon2 { salt: [5; 16], t: 1, p: 1, m_enc: 10 };
        ways.push(S2kParams::Aead { sym_alg: aes, aead_mode, s2k, nonce });
    }
    let passphrase = SecretBytes::from_slice(PASSPHRASE.as_bytes());
    for way in ways {
        let mut key = file::read_secret(&file("rsa2048.sec.asc")).unwrap();
        key.primary_key
            .set_password_with_s2k(&Password::from(passphrase.expose()), way.clone())
            .unwrap();
        let locked = SecretBytes::new(key.to_armored_bytes(ArmorOptions::default()).unwrap());
        let opened = SigningKey::open(&locked, Some(&passphrase), NOW);
        assert!(opened.is_ok(), "{way:?}: {opened:?}");
        let wrong = SigningKey::open(&locked, Some(&SecretBytes::from_slice(b"x")), NOW);
        assert!(matches!(wrong, Err(KeyError::WrongPassphrase { .. })), "{way:?}");
    }
}

#[test]
fn an_argon2_that_would_eat_the_machine_is_refused() {
    use pgp::types::{S2kParams, StringToKey};
    let mut key = file::read_secret(&file("rsa2048.sec.asc")).unwrap();
    let way = |m_enc| S2kParams::Aead {
        sym_alg: pgp::crypto::sym::SymmetricKeyAlgorithm::AES256,
        aead_mode: pgp::crypto::aead::AeadAlgorithm::Ocb,
        s2k: StringToKey::Argon2 { salt: [5; 16], t: 1, p: 1, m_enc },
        nonce: vec![3; 15].into(),
    };
    key.primary_key.set_password_with_s2k(&"x".into(), way(10)).unwrap();
    let SecretParams::Encrypted(locked) = key.primary_key.secret_params() else { panic!() };
    let greedy = pgp::types::EncryptedSecretParams::new(locked.data().to_vec().into(), way(31));
    let secret = SecretParams::Encrypted(greedy);
    let public = key.primary_key.public_key();
    let passphrase = SecretBytes::from_slice(b"x");
    assert!(matches!(
        unlock(&secret, public, Tag::SecretKey, Some(&passphrase)),
        Err(KeyError::UnsupportedProtection { .. })
    ));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>, at: prop::sample::Index, value: u8) {
        let _ = SigningKey::open(&SecretBytes::new(bytes.clone()), Some(&SecretBytes::new(bytes)), NOW);
        let mut altered = file("signing-subkey.sec.asc");
        let at = at.index(altered.len());
        altered[at] = value;
        let _ = SigningKey::open(&SecretBytes::new(altered), None, NOW);
    }

    #[test]
    fn arbitrary_packets_never_panic(data in packets_like(packets_of(&[
        "locked.sec.asc", "signing-subkey.sec.asc", "dsa.sec.asc", "ecdh-recipient.sec.asc",
        "nistp256.sec.asc", "stub.sec.asc", "revoked-subkey.sec.asc", "others/openpgpjs-argon2.sec.asc",
        "others/openpgpjs-version6.sec.asc",
    ]))) {
        // Without a passphrase: what it costs to try one is not what is tested here.
        let _ = SigningKey::open(&SecretBytes::new(data.clone()), None, NOW);
        let _ = crate::RecipientSecret::open(&SecretBytes::new(data.clone()), None);
        let _ = public_of(&SecretBytes::new(data));
    }
}
