//! Keys that protect nothing: public keys whose private half anyone can compute, and secrets of zeros.

use crate::workplace::{Workplace, testdata, words};

/// Every command that reads somebody's public key, with a weak one in each of its places.
const WEAK: [(&str, &str); 9] = [
    ("cert check WEAK --root ROOT --csr WEAK-CSR", "the certificate"),
    ("cert check WEAK", "the certificate"),
    ("cert check ISSUED --root WEAK-ROOT", "the root"),
    ("cert check GOOD --csr WEAK-CSR", "the request"),
    ("cert check DEVICE --intermediate WEAK", "the intermediate"),
    ("cert check-verification WEAK-PROOF --ca GOOD --code CODE", "the certificate"),
    ("csr show WEAK-CSR", "the request"),
    (
        "ca sign --csr WEAK-CSR --root-cert ROOT --root-key ROOT-KEY --days 300 --yes --out out.pem",
        "the request",
    ),
    (
        "ca sign --csr CSR --root-cert WEAK-ROOT --root-key WEAK-KEY --days 300 --yes --out out.pem",
        "the root",
    ),
];

#[test]
fn a_key_whose_private_half_is_known_is_refused_wherever_it_stands() {
    let work = Workplace::new();
    let code = "0123456789abcdef".repeat(4);
    for key in ["root-p256", "p256-private-key-1"] {
        let content = std::fs::read(testdata(&format!("x509/keys/{key}.pem"))).unwrap();
        work.write_secret(&format!("{key}.pem"), content);
    }
    let file = |name: &str| testdata(&format!("x509/{name}.pem")).display().to_string();
    for (line, owner) in WEAK {
        let line: Vec<String> = words(line)
            .into_iter()
            .map(|word| match word.as_str() {
                "WEAK" => file("bad/public-key-not-weak"),
                "WEAK-CSR" => file("bad/request-private-key-1"),
                "WEAK-ROOT" => file("faults/key-1-root"),
                "WEAK-KEY" => "p256-private-key-1.pem".to_owned(),
                "WEAK-PROOF" => file("faults/key-1-verification"),
                "ROOT-KEY" => "root-p256.pem".to_owned(),
                "ISSUED" => file("faults/key-1-issued"),
                "DEVICE" => file("faults/key-1-intermediate-device"),
                "ROOT" => file("good/root"),
                "CSR" => file("good/request"),
                "GOOD" => file("good/intermediate"),
                "CODE" => code.clone(),
                _ => word,
            })
            .collect();
        let ran = work.el2g(&line).exits(3);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("public-key-not-weak"), "{line:?}: {said}");
        let owned = format!("anyone can compute the private key of {owner}");
        assert!(said.contains(&owned), "{line:?}: {said}");
        assert!(said.contains("the private key is 1"), "{line:?}: {said}");
        assert!(!work.path("out.pem").exists(), "{line:?}");
    }
}

/// Every command that takes a secret, and the object type it takes it for.
const SECRETS: [(&str, &str); 6] = [
    ("pgp seal --kind aes --in FILE --out out.asc KEYS", "aes"),
    ("pgp seal --kind hmac --in FILE --out out.asc KEYS", "hmac"),
    ("pgp seal --kind binary --in FILE --out out.asc KEYS", "binary"),
    ("secure-object create master-key --name n --object-id 83000001 --in FILE KEYS SERVICE", "aes"),
    ("secure-object create hmac-key --name n --object-id 83000001 --in FILE KEYS SERVICE", "hmac"),
    (
        "secure-object create binary-file --confidential --name n --object-id 83000001 --in FILE KEYS SERVICE",
        "binary",
    ),
];

/// A line of a table with its keys filled in.
fn filled(line: &str) -> Vec<String> {
    let keys = "--signer rsa2048.sec.asc --recipient recipient.pub.asc";
    let service = "--service sandbox --base-url http://127.0.0.1:9 --dry-run";
    words(&line.replace("KEYS", keys).replace("SERVICE", service))
}

fn with_keys() -> Workplace {
    let work = Workplace::new();
    for name in ["rsa2048.sec.asc", "recipient.pub.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    work
}

#[test]
fn a_secret_of_zeros_is_refused_of_every_kind_and_in_both_forms() {
    let work = with_keys();
    work.write_secret("zeros.hex", "00".repeat(16));
    work.write_secret("zeros.bin", [0; 16]);
    for (line, _) in SECRETS {
        for (file, more) in [("zeros.hex", &[][..]), ("zeros.bin", &["--raw"])] {
            let mut line = filled(&line.replace("FILE", file));
            line.extend(more.iter().map(|&word| word.to_owned()));
            let ran = work.el2g(&line).exits(3);
            let said = format!("{file}: all 16 bytes are zero: this is not a secret");
            assert!(ran.stderr.contains(&said), "{line:?}: {}", ran.stderr);
            assert!(ran.stdout.is_empty() && !work.path("out.asc").exists(), "{line:?}");
        }
    }
    work.write("m.csv", "name,kind,file,raw\na,aes,zeros.hex,\nb,hmac,zeros.bin,true\n");
    let line = filled("pgp seal-batch m.csv --out-dir sealed KEYS");
    let ran = work.el2g(&line).exits(3);
    assert_eq!(ran.stderr.matches("all 16 bytes are zero").count(), 2, "{}", ran.stderr);
}

#[test]
fn hex_text_given_as_raw_bytes_is_refused_with_both_readings() {
    let work = with_keys();
    work.write_secret("key.hex", "a5".repeat(16));
    let both = "as hexadecimal text the secret has 16 bytes, taken raw it would be the 32 characters themselves";
    let component = "pgp seal --kind aes --component FILE --component FILE --out out.asc KEYS";
    for line in SECRETS.map(|(line, _)| line).into_iter().chain([component]) {
        let line = filled(&format!("{line} --raw").replace("FILE", "key.hex"));
        let ran = work.el2g(&line).exits(3);
        assert!(ran.stderr.contains(both), "{line:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("hint: leave out --raw"), "{line:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty() && !work.path("out.asc").exists(), "{line:?}");
    }
    work.write("m.csv", "name,kind,file,raw\na,aes,key.hex,true\n");
    let ran = work.el2g(&filled("pgp seal-batch m.csv --out-dir sealed KEYS")).exits(3);
    assert!(ran.stderr.contains(both), "{}", ran.stderr);
}

#[test]
fn a_size_that_could_mean_two_is_refused_wherever_a_secret_is_made() {
    let work = with_keys();
    for (line, kind) in SECRETS {
        let line = line.replace("--in FILE", "--generate SIZE --discard-plaintext");
        let run = |size: &str| {
            let _ = std::fs::remove_file(work.path("out.asc"));
            work.el2g(&filled(&line.replace("SIZE", size)))
        };
        let refused: &[&str] = match kind {
            "aes" => &["24byte", "192", "129bit"],
            "hmac" => &["65", "256", "12bit", "257byte"],
            _ => &["501", "12bit"],
        };
        for size in refused {
            let ran = run(size).exits(2);
            assert!(ran.stderr.contains(&format!("--generate: {size}")), "{}", ran.stderr);
            assert!(!work.path("out.asc").exists(), "{line}");
        }
        if kind == "hmac" {
            let said = run("256").stderr;
            assert!(said.contains("write 256bit or 256byte"), "{said}");
        }
        run("a lot").exits(2);
        for size in ["256bit", "32byte"] {
            run(size).exits(0);
        }
    }
}
