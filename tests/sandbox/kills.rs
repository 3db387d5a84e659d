//! A sandbox that is killed while clients write: what it acknowledged is in its state file, and the file is sound.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::races::adds_up;
use crate::sandbox::{PRODUCT, curl_is_missing};
use crate::served::Served;
use crate::workplace::Workplace;

/// How often it is killed; `EL2G_KILLS` names more.
const KILLS: u64 = 4;
/// Devices that are added at once: all of them are there, or none.
const DEVICES: u64 = 15;

/// One client: what it was told, a line per promise as `sound.py` reads them.
struct Client<'a> {
    served: &'a Served,
    number: u64,
    promises: Vec<Value>,
}

impl Client<'_> {
    /// Asks; `None` when the sandbox is gone before it has answered wholly.
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Value> {
        let url = format!("{}{path}", self.served.url("nxpUrl"));
        let token = format!("EL2G-API-Key: {}", self.served.token);
        let text = body.map(Value::to_string).unwrap_or_default();
        let mut arguments =
            vec!["--silent", "--write-out", "\n%{http_code}", "-X", method, "-H", &token, &url];
        if body.is_some() {
            arguments.extend(["-H", "Content-Type: application/json", "-d", &text]);
        }
        let ran = self.served.work.oracle(Command::new("curl"), &arguments).expect("curl is there");
        if ran.code != 0 {
            return None;
        }
        let (answer, status) = ran.stdout.rsplit_once('\n').expect("the status is on its own line");
        assert!(["200", "202", "204"].contains(&status), "{method} {path}: {status} {answer}");
        Some(serde_json::from_str(answer).unwrap_or(Value::Null))
    }

    fn promised(&mut self, promise: Value) {
        self.promises.push(promise);
    }

    /// One of everything that writes, until the sandbox is gone: then `None`.
    fn turn(&mut self, turn: u64) -> Option<()> {
        let groups = format!("/products/{PRODUCT}/device-groups");
        let unique = 1_000_000 * self.number + 100 * turn;
        let name = format!("g{unique}");
        let group =
            self.ask("POST", &groups, Some(&json!({"deviceGroupName": name})))?["id"].clone();
        self.promised(json!(["group", group, name]));
        let path = format!("{groups}/{group}");
        let object = json!({"name": "k", "secureObjectType": "KEYPAIR", "algorithm": "NIST_P256", "objectId": "83000001"});
        let object = self.ask("POST", "/rtp/secure-objects", Some(&object))?["id"].clone();
        self.promised(json!(["object", object]));
        let assigned = format!("/rtp/secure-objects/{object}/assign-device-group");
        self.ask("POST", &assigned, Some(&json!({"deviceGroupId": group})))?;
        self.promised(json!(["assignment", object, group]));
        let ids: Vec<String> = (1..=DEVICES).map(|n| (unique + n).to_string()).collect();
        self.ask("POST", &format!("{path}/devices"), Some(&json!({"deviceIds": ids})))?;
        for id in &ids[1..] {
            self.promised(json!(["device", id, group]));
        }
        self.ask(
            "POST",
            &format!("{path}/devices/unclaim"),
            Some(&json!({"deviceIds": ids[..1]})),
        )?;
        self.promised(json!(["free device", ids[0]]));
        let batch = json!({"namePrefix": "b", "numberOfClaimCodes": 100, "policy": "RESTRICTED",
            "behavior": "DENY", "deviceLimit": 5, "reusable": true});
        let batch =
            self.ask("POST", &format!("{path}/claim-codes/create-batch"), Some(&batch))?["batchId"]
                .clone();
        self.promised(json!(["batch", batch]));
        let codes = self.ask("GET", &format!("{path}/claim-codes?size=1"), None)?;
        let code = codes["content"][0]["id"].clone();
        self.ask("POST", &format!("{path}/claim-codes/{code}/revoke"), None)?;
        self.promised(json!(["revoked code", code]));
        let gone =
            self.ask("POST", &groups, Some(&json!({"deviceGroupName": "gone"})))?["id"].clone();
        self.ask("DELETE", &format!("{groups}/{gone}"), None)?;
        self.promised(json!(["no group", gone]));
        Some(())
    }
}

/// Writes from four clients at once until the sandbox is killed after so many milliseconds; what they were told.
fn killed_after(served: &Served, round: u64, millis: u64) -> Vec<Value> {
    let killed = AtomicBool::new(false);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|client| {
                let killed = &killed;
                scope.spawn(move || {
                    let number = 10 * round + client + 1;
                    let mut client = Client { served, number, promises: Vec::new() };
                    let mut turn = 0;
                    while client.turn(turn).is_some() {
                        turn += 1;
                    }
                    assert!(killed.load(Ordering::SeqCst), "it went away by itself");
                    client.promises
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(millis));
        killed.store(true, Ordering::SeqCst);
        let pid = served.child.id().to_string();
        let stopped = Command::new("sh").args(["-c", "kill -9 \"$0\"", &pid]).status();
        assert!(stopped.expect("a shell").success());
        clients.into_iter().flat_map(|client| client.join().expect("no panic")).collect()
    })
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn a_killed_sandbox_has_kept_everything_it_acknowledged() {
    let kills = std::env::var("EL2G_KILLS").ok().and_then(|text| text.parse().ok());
    let kills: u64 = kills.unwrap_or(KILLS);
    let mut work = Workplace::new();
    let mut promises = String::new();
    for round in 0..kills {
        let served = Served::start(work, &["--state", "state.sqlite"]);
        if curl_is_missing(&served) {
            return;
        }
        // In odd steps, so that every kind of write is met.
        for promise in killed_after(&served, round, 150 + round * 137 % 700) {
            promises.push_str(&format!("{promise}\n"));
        }
        served.work.write("acknowledged", &promises);
        work = adds_up(served, "state.sqlite", Some("acknowledged"));
    }
    assert!(promises.lines().count() as u64 > 20 * kills, "{promises}");
    // And it serves what is there.
    let served = Served::start(work, &["--state", "state.sqlite"]);
    let wanted = promises.lines().filter(|line| line.starts_with("[\"device\"")).count();
    let devices = served.done(200, "GET", "/devices?size=1", None).expect("curl");
    // What was not acknowledged may be there too.
    assert!(devices["totalElements"].as_u64() >= Some(wanted as u64), "{devices}");
}
