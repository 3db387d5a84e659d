//! Other people's signatures: Wycheproof's vectors, from `testdata/corpora`.

use super::PublicKey;
use crate::algorithm::{HashAlgorithm, SignatureAlgorithm, SignaturePadding};

const FILES: [(&str, SignaturePadding, HashAlgorithm); 10] = {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    use SignaturePadding::{Ecdsa, RsaPkcs1};
    [
        ("ecdsa_secp256r1_sha256_test", Ecdsa, Sha256),
        ("ecdsa_secp256r1_sha512_test", Ecdsa, Sha512),
        ("ecdsa_secp384r1_sha256_test", Ecdsa, Sha256),
        ("ecdsa_secp384r1_sha384_test", Ecdsa, Sha384),
        ("ecdsa_secp521r1_sha512_test", Ecdsa, Sha512),
        ("rsa_signature_2048_sha256_test", RsaPkcs1, Sha256),
        ("rsa_signature_2048_sha384_test", RsaPkcs1, Sha384),
        ("rsa_signature_3072_sha256_test", RsaPkcs1, Sha256),
        ("rsa_signature_4096_sha256_test", RsaPkcs1, Sha256),
        ("rsa_signature_4096_sha384_test", RsaPkcs1, Sha384),
    ]
};

#[test]
fn accepts_and_refuses_the_signatures_of_wycheproof() {
    let folder = crate::corpora::corpus("wycheproof");
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (file, padding, hash) in FILES {
        let identifier = SignatureAlgorithm::Known { padding, hash }.to_der().unwrap();
        let text = std::fs::read_to_string(folder.join(file).with_extension("json")).unwrap();
        let vectors: serde_json::Value = serde_json::from_str(&text).unwrap();
        for group in vectors["testGroups"].as_array().unwrap() {
            let key = PublicKey::from_der(&unhex(&group["publicKeyDer"])).unwrap();
            for test in group["tests"].as_array().unwrap() {
                let good =
                    key.verify(&identifier, &unhex(&test["msg"]), &unhex(&test["sig"])).is_ok();
                judged += 1;
                let expected = match test["result"].as_str().unwrap() {
                    "valid" => true,
                    "invalid" => false,
                    // PKCS#1 signatures whose DigestInfo lacks NULL: RFC 8017 lets a verifier refuse them.
                    _ => good,
                };
                if good != expected {
                    wrong.push(format!("{file} {}: {}", test["tcId"], test["comment"]));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(judged > 3_000, "{judged} vectors");
}

fn unhex(value: &serde_json::Value) -> Vec<u8> {
    let digits = value.as_str().unwrap().as_bytes();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
