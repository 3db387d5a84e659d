//! What a sealed message costs, next to the bare RSA private operation of the same library.
//!
//! `cargo bench -p el2g-openpgp-envelope --bench seal [-- ROUNDS]` takes every kind of operation in
//! turn, round after round, so that a busy machine slows all of them alike, and prints the medians.
//! Keys are those of `testdata/openpgp`; the payload is an AES-256 key.

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::rsa::{KeySize, Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
use el2g_key_payload::{Payload, PayloadKind, SecretBytes, SystemEntropy};
use el2g_openpgp_envelope::{
    Fingerprint, KeyId, MessageSigner, ReadBack, Recipient, Sealer, SignerError, SigningKey,
    Timestamp,
};

/// 2027-01-01: the committed keys are alive.
const NOW: Timestamp = Timestamp(1_798_761_600);

/// Signs nothing: gives out one signature again and again, to show what all the rest costs.
struct Canned<'a> {
    key: &'a SigningKey,
    signature: Vec<u8>,
}

impl MessageSigner for Canned<'_> {
    fn key_id(&self) -> KeyId {
        self.key.key_id()
    }

    fn fingerprint(&self) -> Fingerprint {
        self.key.fingerprint()
    }

    fn bits(&self) -> u32 {
        self.key.bits()
    }

    fn public_armored(&self) -> &str {
        self.key.public_armored()
    }

    fn sign_digest(&self, _: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
        Ok(self.signature.clone())
    }
}

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/../../testdata/openpgp/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The median of a column of times, in microseconds.
fn micros(rounds: &[[Duration; 5]], column: usize) -> f64 {
    median(rounds.iter().map(|round| round[column].as_secs_f64() * 1e6).collect())
}

/// The median of the ratios of two columns, round by round.
fn ratio(rounds: &[[Duration; 5]], column: usize, to: usize) -> f64 {
    let of = |round: &[Duration; 5]| round[column].as_secs_f64() / round[to].as_secs_f64();
    median(rounds.iter().map(of).collect())
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn measure(name: &str, rounds: usize, recipient: &Recipient) {
    let key = SigningKey::open(&SecretBytes::new(file(name)), None, NOW).expect("a signing key");
    let payload = Payload::generate(PayloadKind::Aes, 32, &mut SystemEntropy).expect("randomness");
    let digest = [0x5A; 32];
    let canned = Canned { key: &key, signature: key.sign_digest(&digest).expect("a signature") };
    let public = PrivateDecryptingKey::generate(KeySize::Rsa4096).expect("a key").public_key();
    let public = Pkcs1PublicEncryptingKey::new(public).expect("a public key");
    let sealer = |signer, depth| Sealer::new(signer, recipient, depth).expect("a sealer");
    let plain = sealer(&key, ReadBack::Structure);
    let verified = sealer(&key, ReadBack::Signature);
    let unsigned = sealer(&canned, ReadBack::Structure);
    let seal = |sealer: &Sealer<'_>| {
        timed(|| sealer.seal(&payload, NOW, &mut SystemEntropy).expect("a message"))
    };
    let round = || {
        let mut out = [0; 512];
        [
            timed(|| key.sign_digest(&digest).expect("a signature")),
            seal(&plain),
            seal(&verified),
            seal(&unsigned),
            timed(|| public.encrypt(&digest, &mut out).map(|bytes| bytes.len())),
        ]
    };
    for _ in 0..=rounds / 10 {
        black_box(round());
    }
    let rounds: Vec<[Duration; 5]> = (0..rounds).map(|_| round()).collect();
    let bare = micros(&rounds, 0);
    println!("\nRSA-{} signer, {} rounds", key.bits(), rounds.len());
    println!("  {:<48} {:>9} {:>9} {:>9}", "", "us", "per s", "of bare");
    for (column, label) in [
        "bare private operation (aws-lc-rs)",
        "seal, read back",
        "seal, read back and signature verified again",
    ]
    .into_iter()
    .enumerate()
    {
        let cost = micros(&rounds, column);
        let rate = 1.0 / ratio(&rounds, column, 0) * 100.0;
        println!("  {label:<48} {cost:>9.1} {:>9.0} {rate:>8.1}%", 1e6 / cost);
    }
    let rest = micros(&rounds, 3) - micros(&rounds, 4);
    println!("  a seal costs {:.3} of the bare operation", ratio(&rounds, 1, 0));
    println!(
        "  session key to RSA-4096: {:.1} us; all besides RSA: {rest:.1} us",
        micros(&rounds, 4)
    );
    println!("  (a bare operation takes {bare:.1} us)");
}

fn main() {
    let rounds =
        std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1000);
    let recipient = Recipient::read(&file("recipient.pub.asc"), NOW).expect("a recipient");
    measure("rsa4096.sec.asc", rounds, &recipient);
    measure("rsa2048.sec.asc", rounds, &recipient);
}
