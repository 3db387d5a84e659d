//! Keys of key sets: what they sign verifies, and they stay.

use el2g_key_payload::{base64_bytes, base64_text};
use el2g_x509::{HashAlgorithm, KeyAlgorithm, PublicKey, ecdsa_signature_der};
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::testbed::Testbed;

fn key<'a>(set: &'a str, key: &'a str) -> [(&'static str, &'a str); 2] {
    [("keySetId", set), ("keyId", key)]
}

fn public(bed: &Testbed, number: &str) -> PublicKey {
    let pem = bed.call("DownloadKeysetPublicKey", &key("1", number), "", Value::Null).unwrap();
    PublicKey::read(pem.as_str().unwrap().as_bytes()).unwrap()
}

fn sign(bed: &Testbed, number: &str, algorithm: &str, digest: &[u8]) -> Result<Value, Refusal> {
    let body = json!({"payload": base64_text(digest), "signatureAlgorithm": algorithm});
    bed.call("SignHash", &key("1", number), "", body)
}

#[test]
fn a_digest_is_signed_by_each_key_in_the_form_that_nxps_client_expects() {
    let bed = Testbed::new();
    for (number, algorithm, name, length) in [
        ("1", KeyAlgorithm::NistP256, "ECDSA", 64),
        ("2", KeyAlgorithm::NistP384, "ECDSA", 96),
        ("3", KeyAlgorithm::NistP521, "ECDSA", 132),
        ("4", KeyAlgorithm::Rsa2048, "RSASSA_PKCS_v1_5", 256),
    ] {
        let public = public(&bed, number);
        assert_eq!(public.algorithm(), algorithm);
        for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
            let digest = hash.digest(b"firmware");
            let answer = sign(&bed, number, name, &digest).unwrap();
            let signature = base64_bytes(answer["signature"].as_str().unwrap()).unwrap();
            assert_eq!(signature.len(), length);
            let der = ecdsa_signature_der(algorithm, &signature).unwrap_or(signature);
            assert_eq!(public.verify_digest(hash, &digest, &der), Ok(()));
        }
    }
}

#[test]
fn a_key_is_made_once() {
    let bed = Testbed::new();
    assert_eq!(public(&bed, "1"), public(&bed, "1"));
    assert_ne!(public(&bed, "1"), public(&Testbed::new(), "1"));
}

#[test]
fn a_cmac_is_the_same_for_the_same_message_and_key() {
    let bed = Testbed::new();
    let cmac = |number: &str, message: &[u8]| {
        let body = json!({"payload": base64_text(message)});
        let answer = bed.call("ComputeCmac", &key("2", number), "", body).unwrap();
        base64_bytes(answer["cmacPayload"].as_str().unwrap()).unwrap()
    };
    assert_eq!(cmac("1", b"data").len(), 16);
    assert_eq!(cmac("1", b"data"), cmac("1", b"data"));
    assert_ne!(cmac("1", b"data"), cmac("1", b"date"));
    assert_ne!(cmac("1", b"data"), cmac("2", b"data"));
    assert_eq!(cmac("1", b"").len(), 16);
}

#[test]
fn what_a_key_does_not_do_is_refused() {
    let bed = Testbed::new();
    let digest = HashAlgorithm::Sha256.digest(b"firmware");
    let code = |outcome: Result<Value, Refusal>| outcome.unwrap_err().problem.code();
    assert_eq!(code(sign(&bed, "1", "RSASSA_PKCS_v1_5", &digest)), "ERR_KEYSET_422_1");
    assert_eq!(code(sign(&bed, "4", "ECDSA", &digest)), "ERR_KEYSET_422_1");
    assert_eq!(code(sign(&bed, "9", "ECDSA", &digest)), "ERR_KEYSET_404_1");
    assert_eq!(code(sign(&bed, "1", "EDDSA", &digest)), "ERR_GW_400_1");
    assert_eq!(code(sign(&bed, "1", "ECDSA", &digest[1..])), "ERR_GW_400_1");
    let payload = json!({"payload": "YQ=="});
    assert_eq!(bed.refused("ComputeCmac", &key("1", "1"), "", payload), "ERR_KEYSET_422_1");
    let public = bed.refused("DownloadKeysetPublicKey", &key("2", "1"), "", Value::Null);
    assert_eq!(public, "ERR_KEYSET_422_1");
}
