//! The program beside other programs, and beside the bare operation of the library under it.
//!
//! `cargo bench -p el2g --bench programs -- SUBJECT…` measures one or more of these; without a name nothing is run,
//! because all of them take half an hour:
//!
//! - `one-shot [ROUNDS]`: a message as a process, beside gpg
//! - `batch`: `pgp seal-batch`, beside the bare private operation and gpg in a loop; memory at 10,000 and 100,000
//! - `check`: `cert check` as a process, beside openssl, certtool and pkilint
//! - `estate`: `cert check` of 100,000 certificates, beside the bare verification; memory
//! - `service [DEVICES]`: client and sandbox in one run, beside curl once per request
//!
//! The two sides of a comparison take turns, round after round, so that a busy machine slows both alike. What is
//! printed are medians.

#![expect(clippy::print_stdout, reason = "a benchmark prints its tables")]

mod batch;
mod certificates;
mod child;
mod estate;
mod keyring;
mod one_shot;
mod service;

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with("--")).peekable();
    if words.peek().is_none() {
        println!("name what to measure: one-shot, batch, check, estate or service");
    }
    while let Some(subject) = words.next() {
        let number = words.next_if(|word| word.parse::<usize>().is_ok());
        let number = number.and_then(|word| word.parse().ok());
        match subject.as_str() {
            "one-shot" => one_shot::measure(number.unwrap_or(200)),
            "batch" => batch::measure(),
            "check" => certificates::measure(number.unwrap_or(50)),
            "estate" => estate::measure(number.unwrap_or(100_000)),
            "service" => service::measure(number.unwrap_or(10_000)),
            other => println!("there is nothing to measure named {other}"),
        }
    }
}

/// The one in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
