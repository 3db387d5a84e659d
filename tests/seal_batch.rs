//! `el2g pgp seal-batch`: rows, resuming, partitions, and what can go wrong around it.

mod escrow;
mod objects;
mod scale;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::Duration;

use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{RecipientSecret, Timestamp, open};
use serde_json::Value;

use crate::storage::Disk;
use crate::workplace::{Ran, Workplace, program, testdata};

const KEY: &str = "000102030405060708090a0b0c0d0e0f";

fn ready() -> Workplace {
    let work = Workplace::new();
    for name in ["rsa2048.sec.asc", "rsa4096.sec.asc", "locked.sec.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    for name in ["recipient.pub.asc", "other-recipient.pub.asc"] {
        work.write(name, fs::read(testdata(&format!("openpgp/{name}"))).expect("test data"));
    }
    work.write_secret("key.hex", KEY);
    work
}

fn words<'a>(manifest: &'a str, folder: &'a str, more: &'a str) -> Vec<&'a str> {
    let mut words = vec!["pgp", "seal-batch", manifest, "--out-dir", folder, "--discard-plaintext"];
    words.extend(["--signer", "rsa2048.sec.asc", "--recipient", "recipient.pub.asc"]);
    words.extend(more.split(' ').filter(|word| !word.is_empty()));
    words
}

fn seal(work: &Workplace, manifest: &str, folder: &str, more: &str) -> Ran {
    work.el2g(&words(manifest, folder, more))
}

fn results(work: &Workplace, name: &str) -> Vec<Value> {
    let text = String::from_utf8(work.read(name)).expect("JSON is UTF-8");
    assert!(text.ends_with('\n'), "the last line is whole");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// The names of the messages in a folder.
fn messages(work: &Workplace, folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(work.path(folder))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".asc"))
        .collect();
    names.sort();
    names
}

/// So many rows of which every third is made, and the rest are `key.hex`.
fn manifest(rows: usize) -> String {
    let row = |number: usize| match number % 3 {
        0 => format!("kek-{number},aes,,128,{:X}\n", 0x8300_0000 + number),
        1 => format!("kek-{number},aes,key.hex,,{:X}\n", 0x8300_0000 + number),
        _ => format!("bin-{number},binary,key.hex,,\n"),
    };
    let header = "name,kind,file,generate,object-id\n".to_owned();
    header + &(1..=rows).map(row).collect::<String>()
}

/// Opens every message with the recipient's secret key and compares what is in it with the results.
fn opens_all(work: &Workplace, folder: &str, results: &[Value]) {
    let file = |name: &str| fs::read(testdata(&format!("openpgp/{name}"))).expect("test data");
    let secret = SecretBytes::new(file("recipient.sec.asc"));
    let secret = RecipientSecret::open(&secret, None).expect("the recipient's key");
    let signer = String::from_utf8(file("rsa2048.pub.asc")).expect("armor");
    for result in results.iter().filter(|result| result["status"] == "sealed") {
        let message = work.read(&format!("{folder}/{}", result["file"].as_str().expect("a file")));
        let opened = open(&message, &secret, &signer, Timestamp(1_798_761_600));
        let literal = opened.unwrap_or_else(|error| panic!("{result}: {error}")).literal;
        assert_eq!(literal.len() as u64, result["length"].as_u64().expect("a length") * 2);
        if result["generated"] == false {
            assert_eq!(literal.expose(), KEY.as_bytes(), "{result}");
        }
    }
}

fn sha256(work: &Workplace, name: &str) -> String {
    let mut command = Command::new("sha256sum");
    let output = command.arg(work.path(name)).output().expect("coreutils");
    String::from_utf8_lossy(&output.stdout).split(' ').next().expect("a hash").to_owned()
}

#[test]
fn every_row_becomes_a_message_that_its_recipient_opens() {
    let work = ready();
    work.write("m.csv", manifest(40));
    let summary = seal(&work, "m.csv", "out", "-o json").exits(0).json();
    assert_eq!((&summary["sealed"], &summary["refused"]), (&40.into(), &0.into()));
    let found = results(&work, "out/results.ndjson");
    let entries: Vec<u64> = found.iter().map(|row| row["entry"].as_u64().unwrap()).collect();
    assert_eq!(entries, (1..=40).collect::<Vec<_>>());
    assert_eq!(found[0]["name"], "kek-1");
    assert_eq!(found[0]["objectId"], "83000001");
    assert_eq!(found[0]["kcv"], "be7ed6ae78");
    assert_eq!(found[1]["kind"], "binary");
    assert!(found[1].get("kcv").is_none(), "a binary has no check value");
    for row in &found {
        let file = format!("out/{}", row["file"].as_str().unwrap());
        assert_eq!(row["messageSha256"], sha256(&work, &file), "{file}");
    }
    opens_all(&work, "out", &found);
    assert_eq!(messages(&work, "out").len(), 40);
    // Nothing secret is left anywhere: the key stands in its own file only.
    let kept = Command::new("grep").args(["-rl", KEY]).arg(work.path("")).output().expect("grep");
    let kept = String::from_utf8_lossy(&kept.stdout).trim().to_owned();
    assert!(kept.ends_with("/key.hex") && !kept.contains('\n'), "{kept}");
    // Run once more there is nothing to do.
    let again = seal(&work, "m.csv", "out", "-o json").exits(0).json();
    assert_eq!((&again["sealed"], &again["byEarlierRuns"]), (&40.into(), &40.into()));
    assert_eq!(results(&work, "out/results.ndjson"), found);
}

#[test]
fn wrong_rows_are_refused_alone_and_tried_again_when_fixed() {
    let work = ready();
    work.write("open.hex", KEY);
    work.write_secret("odd.hex", "abc");
    let fifo = Command::new("mkfifo").arg(work.path("pipe")).status().expect("coreutils");
    assert!(fifo.success());
    work.mode("pipe", 0o600);
    fs::create_dir(work.path("out")).unwrap();
    work.write("out/taken.asc", "somebody's");
    symlink("nowhere", work.path("out/link.asc")).unwrap();
    work.write(
        "m.csv",
        "name,kind,file\ngood,aes,key.hex\nopen,aes,open.hex\nodd,aes,odd.hex\nnone,aes,none.hex\n\
         pipe,aes,pipe\ntaken,aes,key.hex\nlink,aes,key.hex\n../up,aes,key.hex\nGOOD,aes,key.hex\n\
         results.ndjson,aes,key.hex\nslipped,aes,000102030405060708090a0b0c0d0e0f\n",
    );
    let ran = seal(&work, "m.csv", "out", "").exits(3);
    assert!(ran.stderr.contains("9 of 11 entries were refused"), "{}", ran.stderr);
    assert!(ran.stderr.contains("line 3 (open): open.hex: holds a secret"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(KEY), "{}", ran.stderr);
    let found = results(&work, "out/results.ndjson");
    let errors: Vec<&str> =
        found.iter().map(|row| row["error"].as_str().unwrap_or_default()).collect();
    let wanted = [
        "",
        "others can read it",
        "3 hexadecimal digits",
        "no such file",
        "is not a regular file",
        "taken.asc: exists already",
        "link.asc: exists already",
        "name: '/'",
        "an earlier row (line 2)",
        "",
        "looks like a key",
    ];
    for (error, wanted) in errors.iter().zip(wanted) {
        assert!(
            error.contains(wanted) && error.is_empty() == wanted.is_empty(),
            "{error}: {wanted}"
        );
    }
    assert_eq!(work.read("out/taken.asc"), b"somebody's");
    let first = work.read("out/good.asc");
    work.write_secret("none.hex", KEY);
    work.mode("open.hex", 0o600);
    let again = seal(&work, "m.csv", "out", "-o json").exits(3).json();
    assert_eq!((&again["sealed"], &again["refused"]), (&4.into(), &7.into()));
    assert_eq!(work.read("out/good.asc"), first, "what was sealed stays");
    let fixed = results(&work, "out/results.ndjson");
    assert_eq!(fixed[0], found[0]);
    opens_all(&work, "out", &fixed);
}

#[test]
fn a_wrong_manifest_seals_nothing_and_leaves_nothing() {
    let work = ready();
    let long = format!("name,kind,file\na,aes,key.hex\nb,aes,\"{}", "x".repeat(200_000));
    for (content, message) in [
        ("name,kind,colour\na,aes,red\n", "unknown column `colour`"),
        ("name,kind,hex\na,aes,00112233445566778899aabbccddeeff\n", "never holds the secrets"),
        ("name,kind,file\n", "has no entries"),
        ("", "has no entries"),
        (long.as_str(), "line 3: longer than 65536 bytes"),
    ] {
        work.write("m.csv", content);
        let ran = seal(&work, "m.csv", "out", "").exits(3);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
        assert!(!ran.stderr.contains("0011"), "{}", ran.stderr);
        assert!(!work.path("out").exists());
    }
    work.write("m.csv", "name,kind,generate\na,aes,128\n");
    let mut line = words("m.csv", "out", "");
    line.retain(|word| *word != "--discard-plaintext");
    let ran = work.el2g(&line).exits(2);
    assert!(ran.stderr.contains("line 2: makes a new secret"), "{}", ran.stderr);
    assert!(!work.path("out").exists());
}

#[test]
fn another_manifest_signer_or_recipient_is_another_batch() {
    let work = ready();
    work.write("m.csv", manifest(3));
    seal(&work, "m.csv", "out", "").exits(0);
    let refused = |line: &[&str], what: &str| {
        let ran = work.el2g(line).exits(3);
        let found = ran.stderr.contains(&format!("a batch was begun here with another {what}"));
        assert!(found, "{}", ran.stderr);
    };
    let mut line = words("m.csv", "out", "");
    line[7] = "rsa4096.sec.asc";
    refused(&line, "signer");
    let mut line = words("m.csv", "out", "");
    line[9] = "other-recipient.pub.asc";
    refused(&line, "recipient");
    work.write("m.csv", manifest(4));
    refused(&words("m.csv", "out", ""), "manifest");
    assert_eq!(messages(&work, "out").len(), 3);
    work.write("m.csv", manifest(3));
    seal(&work, "m.csv", "parts", "--partition 0/2").exits(0);
    let mut line = words("m.csv", "parts", "--partition 1/2");
    line[9] = "other-recipient.pub.asc";
    refused(&line, "recipient");
    seal(&work, "m.csv", "parts", "--partition 1/2").exits(0);
    assert_eq!(messages(&work, "parts").len(), 3);
}

#[test]
fn a_manifest_as_excel_saves_it_is_read_and_a_comment_is_no_entry() {
    let work = ready();
    work.write("m.csv", "\u{FEFF}name,kind,file\r\n# for line 7\r\na,aes,key.hex\r\n");
    let ran = seal(&work, "m.csv", "out", "-o json").exits(0);
    assert_eq!(ran.json()["sealed"], 1);
    assert_eq!(messages(&work, "out").len(), 1);
}

#[test]
fn standard_input_and_pipes_are_manifests_too_and_can_be_gone_on_with() {
    let work = ready();
    let ndjson = "{\"name\":\"a\",\"kind\":\"aes\",\"file\":\"key.hex\"}\n{\"name\":\"b\",\"kind\":\"hmac\",\"generate\":32}\n";
    for _ in 0..2 {
        let ran = work.el2g_fed(&words("-", "out", "-o json"), ndjson.as_bytes()).exits(0);
        assert_eq!(ran.json()["sealed"], 2);
    }
    let other = work.el2g_fed(&words("-", "out", ""), b"name,kind,generate\nc,aes,128\n").exits(3);
    assert!(other.stderr.contains("another manifest"), "{}", other.stderr);
    opens_all(&work, "out", &results(&work, "out/results.ndjson"));
}

#[test]
fn partitions_together_are_the_whole() {
    let work = ready();
    work.write("m.csv", manifest(25) + "kek-1,aes,key.hex,,\nwrong,foo,key.hex,,\n");
    seal(&work, "m.csv", "whole", "").exits(3);
    let typed = seal(&work, "m.csv", "parts", "--partition 0/4 --jobs 1");
    assert_eq!(typed.code, 0, "{}", typed.stderr);
    for index in ["1", "2", "3"] {
        let environment = [("JOB_COMPLETION_INDEX", index), ("EL2G_PARTITIONS", "4")];
        let ran = work.el2g_with(&environment, &words("m.csv", "parts", "--jobs 3"));
        assert!([0, 3].contains(&ran.code), "{}", ran.stderr);
    }
    assert_eq!(messages(&work, "parts"), messages(&work, "whole"));
    let mut parts: Vec<Value> = (0..4)
        .flat_map(|index| results(&work, &format!("parts/results-{index}-of-4.ndjson")))
        .collect();
    opens_all(&work, "parts", &parts);
    parts.sort_by_key(|row| row["entry"].as_u64());
    let plain = |rows: Vec<Value>| -> Vec<Value> {
        let mut rows = rows;
        for row in &mut rows {
            let row = row.as_object_mut().expect("an object");
            // What is new in every message.
            row.remove("messageSha256");
            row.remove("createdAt");
            if row.get("generated") == Some(&true.into()) {
                row.remove("kcv");
            }
        }
        rows
    };
    assert_eq!(plain(parts), plain(results(&work, "whole/results.ndjson")));
}

#[test]
fn a_partition_that_is_not_whole_is_refused() {
    let work = ready();
    work.write("m.csv", manifest(3));
    for (partition, message) in [("4/4", "K is counted from 0"), ("x", "K/N"), ("0/0", "N is 0")] {
        let ran = seal(&work, "m.csv", "out", &format!("--partition {partition}")).exits(2);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
    }
    for environment in [[("JOB_COMPLETION_INDEX", "0")], [("EL2G_PARTITIONS", "4")]] {
        let ran = work.el2g_with(&environment, &words("m.csv", "out", "")).exits(2);
        assert!(ran.stderr.contains("is not"), "{}", ran.stderr);
    }
    assert!(!work.path("out").exists());
}

#[test]
fn a_full_disk_stops_the_batch_and_room_lets_it_go_on() {
    let work = ready();
    work.write("m.csv", manifest(200));
    let Some(disk) = Disk::mount(&work, "disk", "size=256k") else { return };
    let full = seal(&work, "m.csv", "disk/out", "").exits(7);
    assert!(full.stderr.contains("no space left"), "{}", full.stderr);
    assert!(full.stderr.contains("run the same command again"), "{}", full.stderr);
    disk.remount("size=8m");
    let gone_on = seal(&work, "m.csv", "disk/out", "-o json");
    assert_eq!(gone_on.exits(0).json()["sealed"], 200);
    let found = results(&work, "disk/out/results.ndjson");
    opens_all(&work, "disk/out", &found);
    assert_eq!((found.len(), messages(&work, "disk/out").len()), (200, 200));
}

#[test]
fn a_folder_that_is_not_ours_to_write_is_refused() {
    let work = ready();
    work.write("m.csv", manifest(2));
    work.write("file", "");
    for folder in ["file", "none/out", "/proc/out"] {
        let ran = seal(&work, "m.csv", folder, "").exits(3);
        assert!(ran.stderr.contains(folder), "{}", ran.stderr);
    }
    fs::create_dir(work.path("out")).unwrap();
    fs::create_dir(work.path("elsewhere")).unwrap();
    symlink(work.path("elsewhere"), work.path("out/.el2g-batch")).unwrap();
    let ran = seal(&work, "m.csv", "out", "").exits(3);
    assert!(ran.stderr.contains(".el2g-batch: is not a folder"), "{}", ran.stderr);
    fs::remove_file(work.path("out/.el2g-batch")).unwrap();
    fs::create_dir(work.path("out/.el2g-batch")).unwrap();
    for mode in [0o770, 0o707] {
        work.mode("out/.el2g-batch", mode);
        let ran = seal(&work, "m.csv", "out", "").exits(3);
        let found = format!(
            ".el2g-batch: expected a folder that only its owner can change, found mode {mode:04o}"
        );
        assert!(ran.stderr.contains(&found), "{}", ran.stderr);
    }
    fs::remove_dir(work.path("out/.el2g-batch")).unwrap();
    work.write("out/results.ndjson", "somebody's");
    let ran = seal(&work, "m.csv", "out", "").exits(3);
    assert!(ran.stderr.contains("results.ndjson: exists already"), "{}", ran.stderr);
    assert_eq!(work.read("out/results.ndjson"), b"somebody's");
    assert_eq!(messages(&work, "out"), Vec::<String>::new());
}

/// How often the kill test kills; `EL2G_KILLS` names more.
const KILLS: u64 = 12;

#[test]
fn killed_at_any_moment_it_goes_on_and_seals_every_entry_once() {
    let kills = std::env::var("EL2G_KILLS").ok().and_then(|text| text.parse().ok());
    let kills: u64 = kills.unwrap_or(KILLS);
    let (mut killed, mut round) = (0, 0u64);
    while killed < kills {
        round += 1;
        let work = ready();
        let rows = 150 + (round * 37 % 300) as usize;
        work.write("m.csv", manifest(rows));
        let mut seen: HashMap<String, Vec<u8>> = HashMap::new();
        let mut wait = 20 + round * 7 % 50;
        loop {
            let mut child = Command::new(program())
                .args(words("m.csv", "out", "--jobs 3 --quiet"))
                .current_dir(work.path(""))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the program was built");
            // A little later each time, in odd steps, so that every phase is met.
            wait += 1 + (killed * 13 + round * 5) % 29;
            std::thread::sleep(Duration::from_millis(wait));
            if child.try_wait().expect("our child").is_some() {
                break;
            }
            child.kill().expect("our child");
            child.wait().expect("our child");
            killed += 1;
            if work.path("out").exists() {
                for name in messages(&work, "out") {
                    let content = work.read(&format!("out/{name}"));
                    let first = seen.entry(name.clone()).or_insert_with(|| content.clone());
                    assert_eq!(*first, content, "{name} was sealed twice");
                }
            }
        }
        let summary = seal(&work, "m.csv", "out", "-o json").exits(0).json();
        assert_eq!(summary["sealed"], rows);
        let found = results(&work, "out/results.ndjson");
        let entries: Vec<u64> = found.iter().map(|row| row["entry"].as_u64().unwrap()).collect();
        assert_eq!(entries, (1..=rows as u64).collect::<Vec<_>>());
        assert_eq!(messages(&work, "out").len(), rows);
        let left = fs::read_dir(work.path("out/.el2g-batch/0-of-1/messages")).unwrap().count();
        assert_eq!(left, 0, "messages that wait for ever");
        for (name, content) in &seen {
            assert_eq!(work.read(&format!("out/{name}")), *content, "{name} was sealed twice");
        }
        opens_all(&work, "out", &found);
    }
    assert!(killed >= kills);
}

#[test]
fn asked_to_stop_it_says_how_to_go_on() {
    let work = ready();
    work.write("m.csv", manifest(3000));
    let child = Command::new(program())
        .args(words("m.csv", "out", "--jobs 1"))
        .current_dir(work.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built");
    let growing = work.path("out/.el2g-batch/0-of-1/results");
    while !fs::metadata(&growing).is_ok_and(|found| found.len() > 0) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status();
    assert!(told.expect("a shell").success());
    let output = child.wait_with_output().expect("our child");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(7), "{said}");
    assert!(
        said.contains("of 3000 entries are done") && said.contains("run the same command again")
    );
    let done = fs::read_to_string(&growing).unwrap().lines().count();
    assert_eq!(messages(&work, "out").len(), done);
}

#[test]
#[cfg_attr(not(oracle = "parallel"), ignore = "needs parallel")]
fn gnu_parallel_spreads_a_batch_over_processes() {
    let work = ready();
    work.write("keys.csv", manifest(30));
    work.write_secret("signer.asc", work.read("rsa2048.sec.asc"));
    work.write("edgelock2go.asc", work.read("recipient.pub.asc"));
    let blocks = scale::blocks("sh");
    let line = blocks.iter().find(|block| block.starts_with("parallel ")).expect("the command");
    if crate::oracles::oracle("parallel").is_none() {
        return;
    }
    let folder = program().parent().expect("target/<profile>").display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.env("PATH", path);
    let Some(ran) = work.oracle(shell, &["-c", line]) else { return };
    ran.exits(0);
    let parts: Vec<Value> =
        (0..8).flat_map(|k| results(&work, &format!("sealed/results-{k}-of-8.ndjson"))).collect();
    let by_name: BTreeMap<&str, &Value> =
        parts.iter().map(|row| (row["name"].as_str().unwrap(), row)).collect();
    assert_eq!((by_name.len(), messages(&work, "sealed").len()), (30, 30));
    opens_all(&work, "sealed", &parts);
}
