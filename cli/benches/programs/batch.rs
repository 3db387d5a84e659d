//! `el2g pgp seal-batch` as a process: made AES-256 keys, read back, on the disk with their results, beside the bare
//! private operation of the library under it and beside gpg in a loop.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{MessageSigner as _, SigningKey, Timestamp};

use crate::child::{Took, is_here, watched};
use crate::keyring::{Keyring, spoken};
use crate::median;

/// 2027-01-01: the committed keys are alive.
const NOW: Timestamp = Timestamp(1_798_761_600);

const ROUNDS: usize = 5;

/// How many messages gpg seals in a round.
const GPG_MESSAGES: u32 = 10;

/// Whole-run figures of one signer: its file, messages in a run, and whether gpg is worth a loop.
const SIGNERS: [(&str, u32); 3] =
    [("rsa4096.sec.asc", 4_000), ("rsa2048.sec.asc", 12_000), ("locked.sec.asc", 12_000)];

pub fn measure() {
    let with_gpg = is_here("gpg", "--version");
    let keyring = Keyring::new(with_gpg);
    for (signer, messages) in SIGNERS {
        compare(&keyring, signer, messages, with_gpg);
    }
    println!("\nmemory of seal-batch, RSA-2048 signer, all cores");
    for messages in [1_000, 10_000, 100_000] {
        let took = run(&keyring, "rsa2048.sec.asc", messages, None);
        let rate = f64::from(messages) / took.wall.as_secs_f64();
        println!(
            "{messages:>9} messages {rate:>9.0}/s {:>7.1} MiB at most",
            took.peak_kib as f64 / 1024.0
        );
    }
}

/// Messages a second: bare on one and two threads, the batch with one and two jobs, and gpg.
fn compare(keyring: &Keyring, signer: &str, messages: u32, with_gpg: bool) {
    let bare_key = open(keyring, signer);
    let gpg = with_gpg.then(|| keyring.gpg_signer(signer));
    let mut columns: [Vec<f64>; 5] = Default::default();
    for _ in 0..ROUNDS {
        let batch = |jobs| {
            f64::from(messages) / run(keyring, signer, messages, Some(jobs)).wall.as_secs_f64()
        };
        columns[0].push(bare(&bare_key, 1));
        columns[1].push(batch(1));
        columns[2].push(bare(&bare_key, 2));
        columns[3].push(batch(2));
        if let Some(gpg) = &gpg {
            let took: Duration = (0..GPG_MESSAGES).map(|_| keyring.gpg_seal(gpg)).sum();
            columns[4].push(f64::from(GPG_MESSAGES) / took.as_secs_f64());
        }
    }
    let ratio = |one: usize, two: usize| {
        median(columns[one].iter().zip(&columns[two]).map(|(one, two)| one / two).collect())
    };
    let rate = |column: usize| median(columns[column].clone());
    println!("\nseal-batch, {} signer, {messages} messages, {ROUNDS} rounds", spoken(signer));
    println!("  bare private operation, one thread   {:>9.0}/s", rate(0));
    println!(
        "  seal-batch --jobs 1                  {:>9.0}/s {:>6.1}% of bare",
        rate(1),
        100.0 * ratio(1, 0)
    );
    println!("  bare private operation, two threads  {:>9.0}/s", rate(2));
    println!(
        "  seal-batch --jobs 2                  {:>9.0}/s {:>6.1}% of bare",
        rate(3),
        100.0 * ratio(3, 2)
    );
    println!("  two jobs over one                    {:>9.2}", ratio(3, 1));
    if gpg.is_some() {
        println!(
            "  gpg in a loop                        {:>9.1}/s; seal-batch is {:.0} (one job), {:.0} (two) times that",
            rate(4),
            ratio(1, 4),
            ratio(3, 4)
        );
    }
}

fn open(keyring: &Keyring, signer: &str) -> SigningKey {
    let file = SecretBytes::new(fs::read(keyring.path(signer)).expect("its own file"));
    let passphrase = SecretBytes::new(fs::read(keyring.path("passphrase")).expect("its own file"));
    let passphrase = signer.starts_with("locked").then_some(&passphrase);
    SigningKey::open(&file, passphrase, NOW).expect("a signing key")
}

/// Bare private operations a second on so many threads.
fn bare(key: &SigningKey, threads: usize) -> f64 {
    let rate = || {
        let (began, mut count) = (Instant::now(), 0_u32);
        while began.elapsed() < Duration::from_millis(1500) {
            black_box(key.sign_digest(black_box(&[0x5A; 32]))).expect("a signature");
            count += 1;
        }
        f64::from(count) / began.elapsed().as_secs_f64()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(rate)).collect();
        threads.into_iter().map(|thread| thread.join().expect("it counts")).sum()
    })
}

/// Seals so many messages into a new folder. It stays until the end: for minutes ext4 makes no use of the inodes of files
/// that were removed, and looking for others takes it up to 0.2 ms a file.
fn run(keyring: &Keyring, signer: &str, messages: u32, jobs: Option<u32>) -> Took {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let mut manifest = "name,kind,generate,object-id\n".to_owned();
    for number in 1..=messages {
        writeln!(manifest, "kek-{number},aes,256,{:X}", 0x8300_0000 + number).expect("a String");
    }
    fs::write(keyring.path("keys.csv"), manifest).expect("its own file");
    let folder = keyring.path(&format!("sealed-{}", RUNS.fetch_add(1, Ordering::Relaxed)));
    let mut el2g = keyring.el2g("seal-batch", signer);
    el2g.arg(keyring.path("keys.csv")).arg("--discard-plaintext").arg("--out-dir").arg(&folder);
    if let Some(jobs) = jobs {
        el2g.arg("--jobs").arg(jobs.to_string());
    }
    watched(&mut el2g)
}
