//! Dry runs: what they print, run with curl, does what the command would have done. The whole life of a
//! device group, of each type of secure object, of both kinds of intermediate CA and of claim codes is led
//! with printed lines alone, every operation of the catalogue at least once.

mod local_flows;

use std::collections::BTreeSet;
use std::process::Command;

use el2g_service_api::{CATALOGUE, Method};
use serde_json::Value;

use crate::served::Served;
use crate::workplace::{Workplace, testdata};

const PRODUCT: &str = "935389312472";
const DEVICE: &str = "348555487745337688610641917338571817379456";
const OTHER_DEVICE: &str = "348555487745337688610641917338571817379457";

/// `testdata/keys/p256.pub` in PEM.
const PUBLIC_KEY: &str = "\
-----BEGIN PUBLIC KEY-----\n\
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXn7FNeaGqVIDL8TNtkWtPnP32jZm\n\
L1JuElbWxFlIKhZBv5wOGzTFHWqSzOQjEbf9Lg4upl4cFypp5BirjokPhA==\n\
-----END PUBLIC KEY-----\n";

/// A service that is called with curl only.
struct Rehearsal {
    service: Served,
    work: Workplace,
    token: String,
    done: BTreeSet<&'static str>,
}

impl Rehearsal {
    /// `None` where there is no curl. The service follows this fault script.
    fn start(faults: &str) -> Option<Self> {
        let work = Workplace::new();
        work.write("faults.toml", faults);
        let service = Served::start(
            Workplace::new(),
            &["--faults", &work.path("faults.toml").display().to_string()],
        );
        work.oracle(Command::new("curl"), &["--version"])?.exits(0);
        work.oracle(Command::new("jq"), &["--version"])?.exits(0);
        let token = std::fs::read_to_string(service.ready("tokenFile")).expect("the token");
        let token = token.trim().to_owned();
        Some(Self { service, work, token, done: BTreeSet::new() })
    }

    /// Prints the request of a command line, has curl send it, and returns the body of the answer, whose
    /// status must be the operation's.
    #[track_caller]
    fn text(&mut self, operation: &'static str, line: &str) -> String {
        let endpoint = CATALOGUE.iter().find(|endpoint| endpoint.name == operation);
        let endpoint = endpoint.unwrap_or_else(|| panic!("no operation {operation}"));
        assert!(line.starts_with(&endpoint.command.join(" ")), "{line} for {operation}");
        let words: Vec<&str> = line.split(' ').chain(["--dry-run", "--force"]).collect();
        let printed = self.service.el2g(&self.work, &words).exits(0).stdout;
        assert!(!printed.contains(&self.token), "{printed}");
        let call = format!("curl -X {} ", endpoint.method.as_str());
        // What is read first to be changed is read by the same line; a flow may look before and after.
        let is_call =
            |line: &&str| line.rsplit(" | ").next().is_some_and(|last| last.starts_with(&call));
        let curl = printed.lines().rfind(is_call).unwrap_or_else(|| panic!("{printed}")).to_owned();
        let mut shell = Command::new("sh");
        // The token is read from its file. No proxy may see it, whatever the surroundings say.
        shell.env_remove("EL2G_TOKEN").env("http_proxy", "http://127.0.0.1:9");
        let line = format!("{curl} -sS -o answer -w '%{{http_code}}'");
        let ran = self.work.oracle(shell, &["-c", &line]).expect("there is a shell").exits(0);
        let body = String::from_utf8(self.work.read("answer")).expect("text");
        assert_eq!(ran.stdout, endpoint.success.to_string(), "{operation}: {body}\n{curl}");
        std::fs::remove_file(self.work.path("answer")).expect("it was written");
        self.done.insert(operation);
        if endpoint.method == Method::Get {
            // What curl can read the command can read too.
            self.service
                .el2g(&self.work, &[&words[..words.len() - 2], &["--force"]].concat())
                .exits(0);
        }
        body
    }

    #[track_caller]
    fn json(&mut self, operation: &'static str, line: &str) -> Value {
        let body = self.text(operation, line);
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{operation}: {error}: {body}"))
    }

    /// The id of what was made.
    #[track_caller]
    fn id(&mut self, operation: &'static str, line: &str) -> u64 {
        let made = self.json(operation, line);
        made["id"].as_u64().unwrap_or_else(|| panic!("{operation}: no id in {made}"))
    }

    /// How many items a page has.
    #[track_caller]
    fn count(&mut self, operation: &'static str, line: &str) -> usize {
        let page = self.json(operation, line);
        let items = page["content"].as_array().or(page.as_array());
        items.unwrap_or_else(|| panic!("{operation}: no list in {page}")).len()
    }

    /// Runs a command that stays offline.
    fn offline(&self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        self.work.el2g(&words).exits(0);
    }
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn curl_leads_every_operation_from_printed_lines() {
    every_operation("");
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn fields_that_nobody_knows_disturb_no_operation() {
    every_operation("[[fault]]\nunknown-fields = true\ntimes = 9999\n");
}

fn every_operation(faults: &str) {
    let Some(mut curl) = Rehearsal::start(faults) else { return };
    let place = devices(&mut curl);
    let (objects, cas) = objects(&mut curl, &place);
    provisionings(&mut curl, &objects);
    claim_codes(&mut curl, &place);
    settings(&mut curl);
    end(&mut curl, &place, &objects, &cas);
    let all: BTreeSet<&str> = CATALOGUE.iter().map(|endpoint| endpoint.name).collect();
    assert_eq!(all.difference(&curl.done).collect::<Vec<_>>(), Vec::<&&str>::new());
}

/// A device group with a name that a shell would take apart.
struct Place {
    group: u64,
    options: String,
}

fn devices(curl: &mut Rehearsal) -> Place {
    let of_product = format!("--product {PRODUCT}");
    let odd = "it's\"$HOME\"`id`;\\{a,b}[1-9]";
    let group =
        curl.id("CreateDeviceGroup", &format!("device-group create --name {odd} {of_product}"));
    let options = format!("--group {group} {of_product}");
    let shown = curl.json("ShowDeviceGroup", &format!("device-group show {group} {of_product}"));
    assert_eq!(shown["deviceGroupName"], odd);
    let list = format!("device-group list --name {odd} {of_product}");
    assert_eq!(curl.count("ListDeviceGroups", &list), 1);
    curl.text("RenameDeviceGroup", &format!("device-group rename {group} --name g {of_product}"));
    let add = format!("device add {DEVICE} {OTHER_DEVICE} {options}");
    assert_eq!(curl.count("AddDevices", &add), 2);
    assert_eq!(curl.count("ListDevices", "device list"), 2);
    assert_eq!(curl.count("ListGroupDevices", &format!("device list {options}")), 2);
    curl.json("ShowDevice", &format!("device show {DEVICE} {options}"));
    let product = curl.json("ShowDeviceProduct", &format!("device product {DEVICE}"));
    assert_eq!(product["nc12"], PRODUCT);
    let unclaim = format!("device unclaim {OTHER_DEVICE} {options}");
    let unclaimed = curl.json("UnclaimDevices", &unclaim);
    assert_eq!(unclaimed["successfulDeviceIds"], serde_json::json!([OTHER_DEVICE]));
    Place { group, options }
}

/// The ids of the objects and of the intermediate CAs.
fn objects(curl: &mut Rehearsal, place: &Place) -> (Vec<u64>, Vec<u64>) {
    let ca = "intermediate-ca create --algorithm NIST_P256";
    let own = curl.id("CreateIntermediateCa", &format!("{ca} --name own --nxp"));
    let foreign = curl
        .id("CreateIntermediateCa", &format!("{ca} --name line --common-name Line --country AT"));
    let csr = curl.json("ShowCsr", &format!("intermediate-ca csr {foreign}"));
    curl.work.write("line.csr", csr["value"].as_str().expect("a request"));
    curl.offline("ca root --subject CN=Root,C=AT --key-out root.key --out root.pem");
    curl.offline("ca sign --csr line.csr --root-cert root.pem --root-key root.key --days 9 --out line.pem --yes");
    let upload =
        format!("intermediate-ca upload {foreign} --certificate line.pem --root-cert root.pem");
    curl.text("UploadIntermediateCa", &upload);
    let shown = curl.json("ShowIntermediateCa", &format!("intermediate-ca show {foreign}"));
    assert_eq!(shown["signingState"], "SIGNED");
    let pem = curl.text("DownloadIntermediateCa", &format!("intermediate-ca download {foreign}"));
    assert_eq!(pem.as_bytes(), curl.work.read("line.pem"));
    let prove = format!("intermediate-ca verification-certificate {foreign} --code 5d3f0c");
    let pem = curl.text("CreateVerificationCertificate", &prove);
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    assert_eq!(curl.count("ListIntermediateCas", "intermediate-ca list --signer EXT"), 1);

    let recipient = std::fs::read(curl.service.ready("recipientFile")).expect("a public key");
    curl.work.write("recipient.asc", recipient);
    let signer = std::fs::read(testdata("openpgp/rsa2048.sec.asc")).expect("a test key");
    curl.work.write_secret("signer.asc", signer);
    curl.work.write_secret("secret.hex", "000102030405060708090a0b0c0d0e0f");
    curl.work.write("clear.bin", b"\x00it's in clear\xff");
    curl.work.write("public.pem", PUBLIC_KEY);
    let sealed = "--in secret.hex --signer signer.asc --recipient recipient.asc";
    let kinds = [
        "key-pair --algorithm NIST_P256".to_owned(),
        format!("master-key {sealed}"),
        format!("hmac-key {sealed}"),
        format!("binary-file --confidential {sealed}"),
        "binary-file --file clear.bin".to_owned(),
        "public-key --algorithm NIST_P256 --file public.pem".to_owned(),
    ];
    let mut made = Vec::new();
    for (index, kind) in kinds.iter().enumerate() {
        let line =
            format!("secure-object create {kind} --name o{index} --object-id 8300000{index}");
        made.push(curl.id("CreateSecureObject", &line));
    }
    let certificate = format!(
        "secure-object create certificate --name c --object-id 83000009 --key-pair {} --intermediate-ca {foreign} --common-name-prefix meter --months 12",
        made[0]
    );
    made.push(curl.id("CreateSecureObject", &certificate));
    curl.text("UpdateSecureObject", &format!("secure-object update {} --name renamed", made[1]));
    let shown = curl.json("ShowSecureObject", &format!("secure-object show {}", made[1]));
    assert_eq!(shown["name"], "renamed");
    assert_eq!(curl.count("ListSecureObjects", "secure-object list --sort-by name --order asc"), 7);
    let group = place.group;
    let available = format!("secure-object available-groups {} --name g", made[0]);
    assert_eq!(curl.count("ListAvailableGroups", &available), 1);
    let available = format!("device-group available-objects {group}");
    assert_eq!(curl.count("ListAvailableObjects", &available), 7);
    for object in &made {
        curl.text("AssignSecureObject", &format!("secure-object assign {object} --group {group}"));
    }
    let assigned = format!("device-group assigned-objects {group} --type KEYPAIR");
    assert_eq!(curl.count("ListAssignedObjects", &assigned), 1);
    let groups = format!("secure-object assigned-groups {}", made[0]);
    assert_eq!(curl.count("ListAssignedGroups", &groups), 1);
    let policies = format!("secure-object policies {}", made[0]);
    assert_eq!(curl.count("ListSecureObjectPolicies", &policies), 1);
    let signed = format!("intermediate-ca secure-objects {foreign}");
    assert_eq!(curl.count("ListSignedObjects", &signed), 1);
    (made, vec![own, foreign])
}

fn provisionings(curl: &mut Rehearsal, objects: &[u64]) {
    let connect = format!("sandbox connect-device {DEVICE}");
    let words: Vec<&str> = connect.split(' ').collect();
    curl.service.el2g(&curl.work, &words).exits(0);
    let all = format!("device provisionings {DEVICE}");
    assert_eq!(curl.count("ListDeviceProvisionings", &all), objects.len());
    let certificate = objects.last().expect("some objects");
    let list = format!("secure-object provisionings {certificate} --device {DEVICE}");
    let found = curl.json("ListObjectProvisionings", &list);
    let id = found["content"][0]["provisioningId"].as_u64().expect("an id");
    for (operation, verb) in [
        ("DownloadProvisionedCertificate", "certificate"),
        ("DownloadProvisionedIntermediate", "intermediate-ca"),
    ] {
        let pem = curl.text(operation, &format!("provisioning {verb} {id}"));
        assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    }
}

fn claim_codes(curl: &mut Rehearsal, place: &Place) {
    let of = &place.options;
    curl.offline("claim-code generate --out claim.secret");
    let create = format!("claim-code create --name pilot --secret-file claim.secret {of}");
    let code = curl.id("CreateClaimCode", &create);
    let secret =
        curl.text("ShowClaimCodeSecret", &format!("claim-code secret {code} --out f {of}"));
    assert_eq!(secret.trim().as_bytes(), curl.work.read("claim.secret").trim_ascii());
    let batch = format!("claim-code create-batch --name-prefix line --count 100 {of}");
    let batch = curl.json("CreateClaimCodeBatch", &batch)["batchId"].clone();
    let shown = curl.json("ShowClaimCodeBatch", &format!("claim-code batch {batch} {of}"));
    assert_eq!(shown["progressInPercentage"], 100);
    let list = format!("claim-code list --name line --size 2 --page 0 {of}");
    let some = curl.json("ListClaimCodes", &list);
    let ids: Vec<u64> = (0..2).filter_map(|at| some["content"][at]["id"].as_u64()).collect();
    let update = format!("claim-code update {code} --name pilot --device-limit 2 {of}");
    curl.text("UpdateClaimCode", &update);
    let shown = curl.json("ShowClaimCode", &format!("claim-code show {code} {of}"));
    assert_eq!((&shown["deviceLimit"], &shown["policy"]), (&2.into(), &"RESTRICTED".into()));
    // What is not named stays.
    let rename = format!("claim-code update {code} --name it's {of}");
    curl.text("UpdateClaimCode", &rename);
    let renamed = curl.json("ShowClaimCode", &format!("claim-code show {code} {of}"));
    assert_eq!((&renamed["name"], &renamed["deviceLimit"]), (&"it's".into(), &2.into()));
    assert_eq!((&renamed["behavior"], &renamed["policy"]), (&shown["behavior"], &shown["policy"]));
    let statistics = curl.json("ShowClaimCodeStatistics", &format!("claim-code statistics {of}"));
    assert_eq!(statistics["totalAmount"], 101);
    curl.text("RevokeClaimCode", &format!("claim-code revoke {code} {of}"));
    curl.text("DeleteClaimCode", &format!("claim-code delete {} {of}", ids[0]));
    let deleted = curl.json("DeleteClaimCodes", &format!("claim-code delete-batch {}", ids[1]));
    assert_eq!(deleted["processedClaimCodeIds"], serde_json::json!([ids[1]]));
    let matching = "claim-code delete-matching --created-before 2999-01-01T00:00:00Z";
    assert_eq!(curl.json("DeleteMatchingClaimCodes", matching)["deletedCount"], 99);
}

fn settings(curl: &mut Rehearsal) {
    assert_eq!(curl.count("ListProducts", &format!("product list --product {PRODUCT}")), 1);
    assert!(curl.count("ListHardwareTypes", "hardware-type list") > 0);
    assert!(curl.count("ListDevBoards", "dev-board list") > 0);
    let template =
        format!("policy template --product {PRODUCT} --type KEYPAIR --algorithm NIST_P256");
    curl.json("ShowPolicyTemplate", &template);
    curl.json("ShowObjectIdRules", "object-id rules");
    curl.json("ListSupportedAlgorithms", "intermediate-ca algorithms");
    let report = curl.text("CreateActivityReport", "activity report --from 2026-01 --to 2026-02");
    assert!(report.starts_with("Company Name,Company ID,Event Type,Jan-26,Feb-26\n"), "{report}");
}

/// Everything goes again, in the order that the rules ask for.
fn end(curl: &mut Rehearsal, place: &Place, objects: &[u64], cas: &[u64]) {
    let group = place.group;
    let unassign = format!("secure-object unassign {} --group {group}", objects[1]);
    curl.text("UnassignFromGroups", &unassign);
    let mut all = format!("device-group unassign-objects {group}");
    for object in objects.iter().filter(|object| **object != objects[1]) {
        all.push_str(&format!(" --object {object}"));
    }
    curl.text("UnassignObjects", &all);
    for object in objects.iter().rev() {
        curl.text("DeleteSecureObject", &format!("secure-object delete {object}"));
    }
    for ca in cas {
        curl.text("DeleteIntermediateCa", &format!("intermediate-ca delete {ca}"));
    }
    let of_product = format!("--product {PRODUCT}");
    curl.text("UnclaimAllDevices", &format!("device-group unclaim-all {group} {of_product}"));
    curl.text("DeleteDeviceGroup", &format!("device-group delete {group} {of_product}"));
    let list = format!("device-group list {of_product}");
    assert_eq!(curl.count("ListDeviceGroups", &list), 0);
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn the_line_reads_the_token_from_where_it_is_configured_and_fails_with_the_service() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let token = std::fs::read(service.ready("tokenFile")).expect("the token");
    work.write_secret("my token", [b" ", &token[..], b"\r\n"].concat());
    let base = format!("base-url = '{}'", service.ready("baseUrl"));
    let profiles = format!(
        "[profiles.file]\n{base}\ntoken-file = 'my token'\n[profiles.command]\n{base}\ntoken-command = ['cat', 'clean token']\n"
    );
    work.write("config.toml", profiles);
    let text = String::from_utf8(token).expect("text");
    work.write_secret("clean token", text.trim());
    let variable = ("EL2G_TOKEN", text.trim());
    let url = ["--base-url", service.ready("baseUrl")];
    let of_profile = |name| ["--config", "config.toml", "--profile", name];
    for (more, environment, reads) in [
        (&url[..], &[variable][..], "$EL2G_TOKEN\""),
        (
            &[&url[..], &["--token-file", "my token"]].concat(),
            &[],
            "$(tr -d '[:space:]' < 'my token')",
        ),
        (&url, &[("EL2G_TOKEN_FILE", "my token")], "$(tr -d '[:space:]' < 'my token')"),
        (&of_profile("file"), &[], "< 'my token')"),
        (&of_profile("command"), &[], "$('cat' 'clean token')"),
        // A variable beats the profile; without any place it is what is left.
        (&of_profile("file"), &[variable], "$EL2G_TOKEN\""),
    ] {
        let line = [&["hardware-type", "list", "--dry-run"], more].concat();
        let curl = work.el2g_with(environment, &line).exits(0).stdout;
        assert!(curl.contains(reads) && !curl.contains(variable.1), "{more:?}: {curl}");
        let run = |environment: &[(&str, &str)]| {
            let mut shell = Command::new("sh");
            shell.env_remove("EL2G_TOKEN").envs(environment.iter().copied());
            work.oracle(shell, &["-c", &format!("{} -sS", curl.trim())]).expect("a shell")
        };
        if crate::oracles::oracle("curl").is_none() {
            return;
        }
        assert!(run(environment).exits(0).json().is_array());
    }
    let unknown =
        [&["device-group", "show", "1", "--product", PRODUCT, "--dry-run"], &url[..]].concat();
    let curl = work.el2g(&unknown).exits(0).stdout;
    let mut shell = Command::new("sh");
    shell.env("EL2G_TOKEN", "wrong");
    let ran = work.oracle(shell, &["-c", &format!("{} -sS", curl.trim())]).expect("a shell");
    assert_eq!(ran.code, 22, "{}", ran.stderr);
    assert!(ran.stdout.contains("401"), "the answer is shown: {}", ran.stdout);
}
