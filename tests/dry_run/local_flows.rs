//! Dry runs of flows that send nothing: they list their steps.

use crate::workplace::Workplace;

/// Flows without a request, and what each is given.
const LOCAL: [(&str, &[&str]); 2] = [
    (
        "pgp seal-batch keys.csv --out-dir sealed --signer rsa2048.sec.asc --recipient recipient.pub.asc \
         --discard-plaintext",
        &[
            "# read the manifest, and what earlier runs left",
            "# seal the rows that are not sealed yet",
        ],
    ),
    (
        "ca sign --csr request.pem --root root.pem --root-key root.key --days 100 --out signed.pem",
        &[
            "# check that the key is the root's",
            "# build the certificate and check it before the key is used",
            "# sign it with the root's key",
        ],
    ),
];

#[test]
fn flows_on_this_machine_list_their_steps_and_write_nothing() {
    let work = Workplace::new();
    work.take("openpgp/rsa2048.sec.asc");
    work.take("openpgp/recipient.pub.asc");
    work.take("x509/good/request.pem");
    work.write("keys.csv", "name,kind,generate\none,aes,128bit\n");
    let root = "ca root --subject CN=Root,C=AT --key-out root.key --out root.pem";
    work.el2g(&root.split(' ').collect::<Vec<_>>()).exits(0);
    let before = work.names();
    for (line, steps) in LOCAL {
        let typed: Vec<&str> = line.split_whitespace().chain(["--dry-run"]).collect();
        let ran = work.el2g(&typed).exits(0);
        assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), *steps, "{line}");
        let printed = work.el2g(&[&typed[..], &["-o", "json"]].concat()).exits(0).json();
        let said: Vec<String> = printed["steps"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|step| format!("# {}", step["what"].as_str().expect("words")))
            .collect();
        assert_eq!(said, steps, "{line}");
        assert_eq!(printed["requests"], serde_json::json!([]), "{line}");
    }
    assert_eq!(work.names(), before);
}
