//! The secrets of a manifest: sealed once, kept once.

use super::*;

#[test]
fn another_secret_for_an_object_that_is_there_is_refused() {
    let service = Served::start(Workplace::new(), &[]);
    let work = ready(&service, &["east"]);
    run(&service, &work, &line("--group east")).exits(0);
    work.write_secret("plan/secrets/kek.hex", "ffeeddccbbaa99887766554433221100");
    let ran = run(&service, &work, &line("--group east")).exits(3);
    assert!(ran.stderr.contains("an earlier run sealed another secret"), "{}", ran.stderr);
    // The secret may be gone by then.
    fs::remove_file(work.path("plan/secrets/kek.hex")).unwrap();
    run(&service, &work, &line("--group east")).exits(0);
    // Rows that are added are created.
    let added = format!("{MANIFEST}key-pair,more,83000005,NIST_P256,,,,,,\n");
    work.write("plan/objects.csv", added);
    let report = run(&service, &work, &line("--group east")).exits(0).json();
    assert_eq!(report["objects"][4]["status"], "created");
    assert_eq!(names(&service, &work).len(), 5);
}

#[test]
fn a_secret_that_is_made_keeps_its_copy_whatever_becomes_of_the_run() {
    let script = Workplace::new();
    let fault = "operation = \"CreateSecureObject\"\nnth = 1\nanswer = 503\ntimes = 5";
    script.write("faults.toml", format!("[[fault]]\n{fault}\n"));
    let faults = script.path("faults.toml").display().to_string();
    let service = Served::start(Workplace::new(), &["--faults", &faults]);
    let work = ready(&service, &["east"]);
    work.take("openpgp/other-recipient.pub.asc");
    let team = fs::read(work.path("other-recipient.pub.asc")).unwrap();
    work.write("plan/team.asc", team);
    work.write(
        "plan/objects.csv",
        "kind,name,object-id,generate,escrow-to,escrow-out\n\
         aes,kek,83000001,256bit,team.asc,kek.copy.asc\nhmac,auth,83000002,32byte,,\n",
    );
    let line = line("--group east --discard-plaintext --receipt-dir receipts --jobs 1 --timeout 2");
    run(&service, &work, &line).exits(7);
    let copy = work.read("plan/kek.copy.asc");
    assert_eq!(fs::read_dir(work.path("receipts")).unwrap().count(), 0);
    let again = run(&service, &work, &line);
    let ended = if again.code == 0 { again } else { run(&service, &work, &line) };
    assert_eq!(ended.exits(0).json()["objects"].as_array().unwrap().len(), 2);
    assert_eq!(work.read("plan/kek.copy.asc"), copy, "the copy is of the secret that was sent");
    let receipts = fs::read_dir(work.path("receipts")).unwrap();
    assert_eq!(receipts.count(), 2);
}
