//! Who may have written a file: what another user can change is refused by every argument, and ordinary set-ups work.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use crate::file_arguments::{Class, line, lines, papers};
use crate::workplace::Workplace;

const OTHER: u32 = 12345;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A place of the file `given`, and what the error must name.
struct Place {
    what: &'static str,
    /// Where it is, as it is typed.
    path: &'static str,
    make: fn(&Workplace),
    said: &'static str,
}

fn in_folder(work: &Workplace, folder: &str, folder_mode: u32) {
    fs::create_dir(work.path(folder)).unwrap();
    fs::copy(work.path("given"), work.path(folder).join("given")).unwrap();
    mode(&work.path(folder).join("given"), 0o600);
    mode(&work.path(folder), folder_mode);
}

const PLACES: [Place; 5] = [
    Place { what: "others write", path: "w", make: |work| copy(work, "w", 0o602), said: "0602" },
    Place { what: "all", path: "a", make: |work| copy(work, "a", 0o666), said: "0666" },
    Place {
        what: "a folder that others write to",
        path: "open/given",
        make: |work| in_folder(work, "open", 0o777),
        said: "0777",
    },
    Place {
        what: "a link on the way",
        path: "link",
        make: |work| {
            in_folder(work, "linked", 0o777);
            symlink("linked/given", work.path("link")).unwrap();
        },
        said: "0777",
    },
    Place {
        what: "another owner",
        path: "foreign",
        make: |work| {
            copy(work, "foreign", 0o600);
            if is_root() {
                chown(work.path("foreign"), Some(OTHER), Some(OTHER)).unwrap();
            }
        },
        said: "12345",
    },
];

fn copy(work: &Workplace, name: &str, file_mode: u32) {
    fs::copy(work.path("given"), work.path(name)).unwrap();
    mode(&work.path(name), file_mode);
}

#[test]
fn every_argument_refuses_what_another_user_can_change() {
    let work = papers();
    work.write_secret("given", "00112233445566778899aabbccddeeff");
    for place in &PLACES {
        (place.make)(&work);
    }
    let mut wrong = Vec::new();
    for (template, argument, class) in lines() {
        for place in &PLACES {
            if place.what == "another owner" && !is_root() {
                eprintln!("skipped: another owner (needs root)");
                continue;
            }
            let ran = work.el2g(&line(template, place.path));
            let of = format!("{template} ({argument}), {}: {}", place.what, ran.stderr);
            let refused = ran.code == 3
                && ran.stderr.contains(place.said)
                && (ran.stderr.contains("chmod") || ran.stderr.contains("chown"));
            if refused != (*class != Class::Examined) {
                wrong.push(of);
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_secret_that_any_group_can_write_to_is_refused_whatever_is_allowed() {
    let work = papers();
    for file_mode in [0o620, 0o660] {
        work.mode("key.hex", file_mode);
        for flag in [None, Some("--allow-readable-secrets"), Some("--allow-writable-inputs")] {
            let mut typed = line("pgp seal --kind aes --in @ S", "key.hex");
            typed.extend(flag.map(str::to_owned));
            let ran = work.el2g(&typed).exits(3);
            assert!(ran.stderr.contains("key.hex"), "{flag:?}: {}", ran.stderr);
        }
    }
}

#[test]
fn ordinary_set_ups_work() {
    let seal = |work: &Workplace, key: &str, more: &[&str]| {
        let mut typed = line("pgp seal --kind aes --in @ S", key);
        typed.extend(more.iter().map(|word| (*word).to_owned()));
        work.el2g(&typed)
    };
    // A sticky folder, as /tmp is.
    let work = papers();
    work.write_secret("given", "00112233445566778899aabbccddeeff");
    in_folder(&work, "sticky", 0o1777);
    seal(&work, "sticky/given", &[]).exits(0);
    // A secret mounted by Kubernetes: links within a sticky folder.
    fs::create_dir_all(work.path("mount/..2026_11_27")).unwrap();
    copy(&work, "mount/..2026_11_27/key", 0o400);
    symlink("..2026_11_27", work.path("mount/..data")).unwrap();
    symlink("..data/key", work.path("mount/key")).unwrap();
    mode(&work.path("mount"), 0o1777);
    seal(&work, "mount/key", &[]).exits(0);
    // The umask 002 of users with a group of their own: what is not secret may be writable by that group.
    work.mode("recipient.pub.asc", 0o664);
    mode(&work.path("."), 0o775);
    seal(&work, "key.hex", &[]).exits(0);
    // A checkout of CI in a folder that everybody may write to.
    mode(&work.path("."), 0o777);
    seal(&work, "key.hex", &[]).exits(3);
    let warned = seal(&work, "key.hex", &["--allow-writable-inputs"]).exits(0);
    assert!(warned.stderr.contains("warning: --allow-writable-inputs:"), "{}", warned.stderr);
    mode(&work.path("."), 0o700);
    // Root in a container over a mount of somebody else.
    if !is_root() {
        eprintln!("skipped: --trust-owner (needs root)");
        return;
    }
    copy(&work, "theirs", 0o600);
    chown(work.path("theirs"), Some(OTHER), Some(OTHER)).unwrap();
    seal(&work, "theirs", &[]).exits(3);
    seal(&work, "theirs", &["--trust-owner", &OTHER.to_string()]).exits(0);
}

#[test]
fn a_config_that_others_can_change_runs_no_command() {
    let work = Workplace::new();
    let ran_file = work.path("RAN");
    let config = format!(
        "default-profile = \"p\"\n[profiles.p]\nservice = \"sandbox\"\nbase-url = \"http://127.0.0.1:9\"\ntoken-command = [\"touch\", \"{}\"]\n",
        ran_file.display()
    );
    work.write_secret("c.toml", config);
    work.mode("c.toml", 0o666);
    for more in [&[][..], &["--allow-writable-inputs"], &["--allow-readable-secrets"]] {
        let list = ["--config", "c.toml", "product", "list", "--retries", "0"];
        work.el2g(&[&list[..], more].concat()).exits(3);
        assert!(!ran_file.exists(), "{more:?}");
    }
}
