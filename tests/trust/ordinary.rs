//! Ordinary set-ups, in which files are used although more than their owner's name and 0600 is to be seen.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown, lchown, symlink};
use std::path::Path;
use std::process::Command;

use super::{KEY, OTHER, copy, in_folder, may_chown, mode};
use crate::file_arguments::{line, papers};
use crate::workplace::{Ran, Workplace, program, skipped};

/// Seals the file `key`.
fn seal(work: &Workplace, key: &str, more: &[&str]) -> Ran {
    let mut typed = line("pgp seal --kind aes --in @ S", key);
    typed.extend(more.iter().map(|word| (*word).to_owned()));
    work.el2g(&typed)
}

#[test]
#[cfg_attr(not(oracle = "root"), ignore = "needs root")]
fn sticky_folders_work_and_so_do_secrets_mounted_by_kubernetes() {
    let work = papers();
    work.write_secret("given", KEY);
    in_folder(&work, "sticky", 0o1777);
    seal(&work, "sticky/given", &[]).exits(0);
    // Links within a sticky folder, as the kubelet makes them.
    fs::create_dir_all(work.path("mount/..2026_11_27")).unwrap();
    copy(&work, "mount/..2026_11_27/key", 0o400);
    symlink("..2026_11_27", work.path("mount/..data")).unwrap();
    symlink("..data/key", work.path("mount/key")).unwrap();
    mode(&work.path("mount"), 0o1777);
    seal(&work, "mount/key", &[]).exits(0);
    if !may_chown() {
        return;
    }
    // In a sticky folder the file of another user is refused, and a link that another user made.
    chown(work.path("sticky/given"), Some(OTHER), Some(OTHER)).unwrap();
    seal(&work, "sticky/given", &[]).exits(3);
    lchown(work.path("mount/key"), Some(OTHER), Some(OTHER)).unwrap();
    let refused = seal(&work, "mount/key", &[]).exits(3);
    assert!(refused.stderr.contains("chown -h 0 "), "{}", refused.stderr);
}

#[test]
#[cfg_attr(not(oracle = "root"), ignore = "needs root")]
fn a_secret_mount_of_root_is_read_by_another_user() {
    // The container's user is not the owner of the mount: root is.
    if !may_chown() {
        return;
    }
    let work = papers();
    let is_open = |folder: &Path| fs::metadata(folder).is_ok_and(|found| found.mode() & 0o001 != 0);
    if !work.path(".").ancestors().skip(1).all(is_open) {
        return skipped("another user cannot reach the temporary folder");
    }
    fs::create_dir_all(work.path("mount/..data")).unwrap();
    fs::write(work.path("mount/..data/key"), KEY).unwrap();
    symlink("..data/key", work.path("mount/key")).unwrap();
    // fsGroup: root's file, readable by the container's group.
    chown(work.path("mount/..data/key"), Some(0), Some(OTHER)).unwrap();
    mode(&work.path("mount/..data/key"), 0o440);
    mode(&work.path("mount"), 0o1777);
    for name in ["rsa2048.sec.asc", "recipient.pub.asc"] {
        chown(work.path(name), Some(OTHER), Some(OTHER)).unwrap();
    }
    mode(&work.path("."), 0o755);
    mode(work.temporary(), 0o777);
    let mut typed = line("pgp seal --kind aes --in @ S", "mount/key");
    typed.push("--allow-readable-secrets".to_owned());
    let binary = work.path("el2g");
    fs::copy(program(), &binary).unwrap();
    let as_other = ["--reuid", "12345", "--regid", "12345", "--clear-groups", "--"];
    let mut words: Vec<String> = as_other.map(str::to_owned).to_vec();
    words.push(binary.display().to_string());
    words.extend(typed);
    let Some(ran) = work.oracle(Command::new("setpriv"), &words) else { return };
    ran.exits(0);
}

#[test]
fn pipes_of_the_shell_and_standard_input_work() {
    let work = papers();
    for path in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "-"] {
        let typed = line("pgp seal --kind aes --in @ S", path);
        let ran = work.el2g_fed(&typed, KEY.as_bytes()).exits(0);
        assert!(ran.stdout.starts_with("-----BEGIN PGP MESSAGE-----"), "{path}");
    }
    let seal = line("pgp seal --kind aes --in <(echo $KEY) S", "").join(" ");
    let recipient = "--recipient <(cat recipient.pub.asc)";
    let shell = format!("KEY={KEY}; {} {seal} {recipient}", program().display());
    let shell = shell.replace(" --recipient recipient.pub.asc", "");
    let Some(ran) = work.oracle(Command::new("bash"), &["-c", &shell]) else { return };
    let ran = ran.exits(0);
    assert!(ran.stdout.starts_with("-----BEGIN PGP MESSAGE-----"), "{}", ran.stdout);
}

#[test]
fn the_umask_002_of_users_with_a_group_of_their_own_works() {
    let work = papers();
    work.mode("recipient.pub.asc", 0o664);
    mode(&work.path("."), 0o775);
    seal(&work, "key.hex", &[]).exits(0);
    let el2g = program().display();
    let lines = [
        format!("{el2g} demo --keep d >/dev/null"),
        // Its profile, token and state are read again by the second start, and by doctor.
        format!(
            "serve() {{ {el2g} sandbox serve --listen 127.0.0.1:0 --save-profile p --state s.sqlite >ready 2>log & \
             for n in $(seq 100); do [ -s ready ] && return; sleep 0.1; done; cat log >&2; exit 9; }}; \
             serve && kill $! && wait $!; rm ready; serve; {el2g} doctor --profile p >report; code=$?; \
             kill $!; wait $!; cat report >&2; exit $code"
        ),
    ];
    for shell in lines {
        let shell = format!("umask 002; {shell}");
        let Some(ran) = work.oracle(Command::new("bash"), &["-c", &shell]) else { return };
        ran.exits(0);
    }
}

#[test]
fn checkouts_in_open_folders_work_with_a_flag_that_warns() {
    let work = papers();
    mode(&work.path("."), 0o777);
    seal(&work, "key.hex", &[]).exits(3);
    let warned = seal(&work, "key.hex", &["--allow-writable-inputs"]).exits(0);
    assert!(warned.stderr.contains("warning: --allow-writable-inputs:"), "{}", warned.stderr);
}

#[test]
#[cfg_attr(not(oracle = "root"), ignore = "needs root")]
fn root_in_a_container_over_a_mount_of_somebody_else_works_with_their_number() {
    if !may_chown() {
        return;
    }
    let work = papers();
    work.write_secret("given", KEY);
    in_folder(&work, "mount", 0o755);
    for path in ["mount", "mount/given"] {
        chown(work.path(path), Some(OTHER), Some(OTHER)).unwrap();
    }
    let owner = OTHER.to_string();
    let refused = seal(&work, "mount/given", &[]).exits(3);
    assert!(refused.stderr.contains("--trust-owner 12345"), "{}", refused.stderr);
    seal(&work, "mount/given", &["--trust-owner", "54321"]).exits(3);
    seal(&work, "mount/given", &["--trust-owner", &owner]).exits(0);
    // Theirs, and open to everybody: nothing accepts that.
    mode(&work.path("mount/given"), 0o666);
    let all = ["--trust-owner", &owner, "--allow-writable-inputs", "--allow-readable-secrets"];
    let refused = seal(&work, "mount/given", &all).exits(3);
    assert!(!refused.stderr.contains("hint:"), "{}", refused.stderr);
}
