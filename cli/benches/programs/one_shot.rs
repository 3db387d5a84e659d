//! One sealed message as a process, `el2g pgp seal` beside `gpg --sign --encrypt`. The keys have no passphrase; gpg's
//! agent is warm. Beside them what a process costs that does nothing.

use std::process::Command;

use crate::child::{is_here, timed};
use crate::keyring::{Keyring, spoken};
use crate::median;

pub fn measure(rounds: usize) {
    if !is_here("gpg", "--version") {
        return;
    }
    let keyring = Keyring::new(true);
    println!("\none message as a process, {rounds} rounds, wall ms");
    println!("{:<16} {:>12} {:>12} {:>8} {:>12}", "signer", "el2g", "gpg", "ratio", "/bin/true");
    for name in ["rsa2048.sec.asc", "rsa4096.sec.asc"] {
        let signer = keyring.gpg_signer(name);
        let round = || {
            let mut el2g = keyring.el2g("seal", name);
            el2g.args(["--kind", "aes", "--force", "--in"]).arg(keyring.path("key.hex"));
            el2g.arg("--out").arg(keyring.path("el2g.pgp"));
            let ours = timed(&mut el2g);
            [ours, keyring.gpg_seal(&signer), timed(&mut Command::new("/bin/true"))]
        };
        round();
        let times: Vec<_> = (0..rounds).map(|_| round()).collect();
        let of = |column: usize| {
            median(times.iter().map(|round| round[column].as_secs_f64() * 1e3).collect())
        };
        let ratios =
            times.iter().map(|round| round[0].as_secs_f64() / round[1].as_secs_f64()).collect();
        println!(
            "{:<16} {:>12.2} {:>12.2} {:>8.2} {:>12.2}",
            spoken(name),
            of(0),
            of(1),
            median(ratios),
            of(2)
        );
    }
}
