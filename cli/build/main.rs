//! Tells the program which commit it is built from, and the tests what is on this machine, as `cfg(oracle = "gpg")`: a
//! test that asks a missing program is ignored, and counted so. The program itself does not depend on the latter.

mod commit;
mod oracle;

use std::path::Path;

use commit::Found;
use oracle::ORACLES;

fn main() {
    let root = Path::new("..");
    tell_version(root);
    tell_entropy();
    tell_oracles(root);
}

#[expect(clippy::print_stdout, reason = "it is how a build script speaks to cargo")]
fn tell_version(root: &Path) {
    let found = Found::of(Path::new("."), root);
    for file in found.watched {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    let version = std::env::var("CARGO_PKG_VERSION").expect("cargo sets it for build scripts");
    let version = match found.commit {
        Some(commit) => {
            let day = commit.day.map(|day| format!(" {day}")).unwrap_or_default();
            format!("{version} ({}{day})", commit.name)
        }
        None => version,
    };
    println!("cargo::rustc-env=EL2G_VERSION={version}");
}

/// The start-up setting of `.cargo/config.toml`, which no package can carry and cargo has no feature for.
const NO_JITTER: &str = "AWS_LC_SYS_NO_JITTER_ENTROPY";

#[expect(clippy::print_stdout, reason = "it is how a build script speaks to cargo")]
fn tell_entropy() {
    println!("cargo::rerun-if-env-changed={NO_JITTER}");
    if std::env::var_os(NO_JITTER).is_none() {
        println!(
            "cargo::warning={NO_JITTER} is not set: el2g is as safe, but every run that uses a key takes 23 ms longer; \
             for the fast start, install it with {NO_JITTER}=1 cargo install el2g --locked"
        );
    }
}

#[expect(clippy::print_stdout, reason = "it is how a build script speaks to cargo")]
fn tell_oracles(root: &Path) {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-env-changed=PATH");
    let path = std::env::var_os("PATH").unwrap_or_default();
    for folder in std::env::split_paths(&path).filter(|folder| folder.is_dir()) {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let mut found: Vec<(&str, bool)> =
        ORACLES.iter().map(|(name, place)| (*name, place.find(name, root).is_some())).collect();
    // Files of other users; the text of AN12642, which is not ours to publish.
    found.push(("root", is_root()));
    found.push(("an12642", root.join("../shared/an12642").is_dir()));
    let names: Vec<String> = found.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    println!("cargo::rustc-check-cfg=cfg(oracle, values({}))", names.join(", "));
    for (name, _) in found.iter().filter(|(_, is_here)| *is_here) {
        println!("cargo::rustc-cfg=oracle=\"{name}\"");
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
