//! Who may have written a file: what another user can change is refused by every argument, and ordinary set-ups work.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::file_arguments::{Class, line, lines, papers};
use crate::workplace::{Ran, Workplace, skipped};

mod ordinary;

const OTHER: u32 = 12345;
const KEY: &str = "00112233445566778899aabbccddeeff";

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether files can be given to other users here; a visible skip where not.
fn may_chown() -> bool {
    if !is_root() {
        skipped("files of other users (needs root)");
    }
    is_root()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn copy(work: &Workplace, name: &str, file_mode: u32) {
    fs::copy(work.path("given"), work.path(name)).unwrap();
    mode(&work.path(name), file_mode);
}

fn in_folder(work: &Workplace, folder: &str, folder_mode: u32) {
    fs::create_dir(work.path(folder)).unwrap();
    copy(work, &format!("{folder}/given"), 0o600);
    mode(&work.path(folder), folder_mode);
}

/// A place of the file `given`.
struct Place {
    /// Where it is, as it is typed.
    path: &'static str,
    make: fn(&Workplace),
    /// What can be changed: the file, or a folder on its way.
    at: &'static str,
    /// Mode and commands of the error. The mode is that of `at`.
    said: &'static [&'static str],
    needs_root: bool,
}

const PLACES: [Place; 8] = [
    Place {
        path: "m0602",
        make: |work| copy(work, "m0602", 0o602),
        at: "m0602",
        said: &["mode 0602", "chmod "],
        needs_root: false,
    },
    Place {
        path: "m0622",
        make: |work| copy(work, "m0622", 0o622),
        at: "m0622",
        said: &["mode 0622", "chmod "],
        needs_root: false,
    },
    Place {
        path: "m0666",
        make: |work| copy(work, "m0666", 0o666),
        at: "m0666",
        said: &["mode 0666", "chmod "],
        needs_root: false,
    },
    Place {
        path: "m0620",
        make: |work| {
            copy(work, "m0620", 0o620);
            chown(work.path("m0620"), None, Some(OTHER)).unwrap();
            mode(&work.path("m0620"), 0o620);
        },
        at: "m0620",
        said: &["mode 0620", "chmod "],
        // The group of the user that runs the tests may be a private one.
        needs_root: true,
    },
    Place {
        path: "open/given",
        make: |work| in_folder(work, "open", 0o777),
        at: "open",
        said: &["mode 0777", "chmod go-w "],
        needs_root: false,
    },
    Place {
        path: "link",
        make: |work| {
            in_folder(work, "linked", 0o777);
            symlink("linked/given", work.path("link")).unwrap();
        },
        at: "linked",
        said: &["mode 0777", "chmod go-w "],
        needs_root: false,
    },
    Place {
        path: "foreign",
        make: |work| {
            copy(work, "foreign", 0o600);
            chown(work.path("foreign"), Some(OTHER), Some(OTHER)).unwrap();
        },
        at: "foreign",
        said: &["mode 0600", "chown 0 "],
        needs_root: true,
    },
    Place {
        path: "theirs/given",
        make: |work| {
            in_folder(work, "theirs", 0o755);
            chown(work.path("theirs"), Some(OTHER), Some(OTHER)).unwrap();
        },
        at: "theirs",
        said: &["mode 0755", "chown 0 "],
        needs_root: true,
    },
];

/// A service that hangs up on everybody, and how many came.
fn counting_service() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    std::thread::spawn(move || {
        for _stream in listener.incoming() {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    (url, count)
}

/// The line with the file at `path`, asking the service at `url`.
fn line_to(template: &str, path: &str, url: &str) -> Vec<String> {
    let words = line(template, path);
    words.into_iter().map(|word| word.replace("http://127.0.0.1:9", url)).collect()
}

#[test]
fn every_argument_refuses_what_another_user_can_change() {
    let work = papers();
    let (url, requests) = counting_service();
    work.write_secret("given", KEY);
    let places: Vec<&Place> = PLACES.iter().filter(|it| !it.needs_root || may_chown()).collect();
    for place in &places {
        (place.make)(&work);
    }
    let mut wrong = Vec::new();
    for (template, argument, class) in lines() {
        for place in &places {
            let ran = work.el2g(&line_to(template, place.path, &url));
            let of = format!("{template} ({argument}), {}: {}", place.path, ran.stderr);
            let found = fs::metadata(work.path(place.at)).unwrap();
            let owner = format!("uid {})", found.uid());
            let owner = if found.uid() == OTHER { "owner uid 12345" } else { &owner };
            let refused = ran.code == 3
                && ran.stderr.contains(&format!("{}: other users can ", place.path))
                && ran.stderr.contains(owner)
                && place.said.iter().all(|said| ran.stderr.contains(said))
                && ran.stderr.contains(&format!("{}\n", place.at));
            if refused != (*class != Class::Examined) {
                wrong.push(of);
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(requests.load(Ordering::SeqCst), 0);
}

#[test]
fn no_flag_accepts_a_file_that_others_can_write_to() {
    let work = papers();
    work.write_secret("given", KEY);
    for file_mode in [0o602, 0o622, 0o666] {
        copy(&work, "open-file", file_mode);
        for (template, argument, class) in lines() {
            for flag in ["--allow-readable-secrets", "--allow-writable-inputs"] {
                let mut typed = line(template, "open-file");
                typed.push(flag.to_owned());
                let ran = work.el2g(&typed);
                let refused = ran.code == 3 && ran.stderr.contains("can change this file");
                let of = format!("{template} ({argument}), {file_mode:o}, {flag}: {}", ran.stderr);
                assert_eq!(refused, *class != Class::Examined, "{of}");
            }
        }
    }
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
            // The command that is named is enough.
            assert!(ran.stderr.contains("run: chmod 600 key.hex"), "{}", ran.stderr);
        }
    }
}

/// A config with one profile.
fn config(work: &Workplace, path: &str, profile: &str) {
    let service = "service = \"sandbox\"\nbase-url = \"http://127.0.0.1:9\"\n";
    work.write_secret(path, format!("default-profile = \"p\"\n[profiles.p]\n{service}{profile}\n"));
}

/// Uses the config at `path`.
fn with_config(work: &Workplace, path: &str, more: &[&str]) -> Ran {
    let list = ["product", "list", "--dry-run", "--retries", "0", "--config", path];
    work.el2g(&[&list[..], more].concat())
}

#[test]
fn no_flag_accepts_a_config_that_runs_code_where_others_can_change_it() {
    let work = Workplace::new();
    let ran_file = work.path("RAN");
    let runs_command = format!("token-command = [\"touch\", \"{}\"]", ran_file.display());
    let profiles = [
        ("signer = \"signer.asc\"", 0),
        (&*runs_command, 3),
        ("signer = \"pkcs11:token=x?module-path=/opt/module.so\"", 3),
        ("signer = \"pkcs11:token=x?module-name=softhsm2\"", 3),
        ("signer = \"PKCS11:token=x?MODULE-PATH=/opt/module.so\"", 3),
    ];
    fs::create_dir(work.path("open")).unwrap();
    fs::create_dir(work.path("mount")).unwrap();
    for (profile, code) in profiles {
        config(&work, "open/c.toml", profile);
        mode(&work.path("open"), 0o777);
        with_config(&work, "open/c.toml", &[]).exits(3);
        with_config(&work, "open/c.toml", &["--allow-writable-inputs"]).exits(code);
        mode(&work.path("open"), 0o700);
        with_config(&work, "open/c.toml", &[]).exits(0);
        for file_mode in [0o622, 0o666] {
            work.mode("open/c.toml", file_mode);
            for more in [&[][..], &["--allow-writable-inputs"], &["--allow-readable-secrets"]] {
                with_config(&work, "open/c.toml", more).exits(3);
            }
        }
        if may_chown() {
            config(&work, "mount/c.toml", profile);
            chown(work.path("mount/c.toml"), Some(OTHER), Some(OTHER)).unwrap();
            with_config(&work, "mount/c.toml", &[]).exits(3);
            let owner = ["--trust-owner", "12345"];
            with_config(&work, "mount/c.toml", &owner).exits(code);
        }
    }
    assert!(!ran_file.exists());
}

#[test]
fn what_a_profile_names_is_checked_before_anything_is_done() {
    let work = papers();
    work.write_secret("pin", "135790\n");
    work.write_secret("signer.asc", fs::read(work.path("rsa2048.sec.asc")).unwrap());
    let pin = work.path("pin").display().to_string();
    for (signer, file) in [
        ("signer.asc".to_owned(), "signer.asc"),
        (format!("pkcs11:token=x?pin-source=file:{pin}"), "pin"),
        (format!("pkcs11:token=x?module-path={pin}"), "pin"),
    ] {
        config(&work, "c.toml", &format!("signer = \"{signer}\""));
        for file_mode in [0o620, 0o622, 0o666] {
            // A module may be writable by its owner's private group.
            if signer.contains("module") && file_mode == 0o620 {
                continue;
            }
            work.mode(file, file_mode);
            // Nothing is made, and no component is asked for.
            for template in [
                "pgp seal --kind aes --generate 256 --escrow-to rsa2048.pub.asc --escrow-out e --out o",
                "pgp seal --kind aes --component prompt --component prompt --out o",
                "pgp seal-batch keys.csv --out-dir d",
                "secure-object create master-key --name k --object-id 83000001 --component prompt --component prompt",
            ] {
                let mut typed = line(template, "");
                for word in ["--recipient", "recipient.pub.asc", "--config", "c.toml"] {
                    typed.push(word.to_owned());
                }
                let ran = work.el2g(&typed).exits(3);
                let mode = format!("mode {file_mode:04o}");
                let of = format!("{template}, {signer}: {}", ran.stderr);
                assert!(ran.stderr.contains(&mode) && ran.stderr.contains("chmod "), "{of}");
                for made in ["o", "e", "d"] {
                    assert!(!work.path(made).exists(), "{of}");
                }
            }
        }
        work.mode(file, 0o600);
    }
}
