//! Where an id is expected a name is taken too, where exactly one thing has it: one table of all commands, read from
//! their help.

use crate::help::{examples, leaves};
use crate::served::Served;
use crate::workplace::{Workplace, testdata, words};

/// What the help of such an argument says.
const MARK: &str = "or its name where it is unique";

/// The examples of all commands that take a name, with `NAME` for each id that may be one.
fn lines() -> Vec<String> {
    let work = Workplace::new();
    let mut found = Vec::new();
    leaves(&work, &[], &mut found);
    let mut lines = Vec::new();
    for (command, help) in found {
        let plain = help.split_whitespace().collect::<Vec<_>>().join(" ");
        if !plain.contains(MARK) {
            continue;
        }
        let takes: usize = plain.matches(MARK).count();
        let mut names = 0;
        for example in examples(&help) {
            let example = example.strip_prefix("el2g ").expect("an example of el2g").to_owned();
            let typed: Vec<String> = words(&example);
            // A flag of an id, or the first positional argument.
            let verbs = command.split(' ').count();
            let named = typed.iter().enumerate().map(|(at, word)| {
                let flag = at.checked_sub(1).map_or("", |before| typed[before].as_str());
                let is_flag =
                    ["--group", "--object", "--key-pair", "--intermediate-ca"].contains(&flag);
                let is_place = at == verbs
                    && !command.starts_with("claim-code")
                    && !command.starts_with("device ");
                let is_id = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
                if is_id && (is_flag || is_place) { "NAME".to_owned() } else { word.clone() }
            });
            let named: Vec<String> = named.collect();
            names = names.max(named.iter().filter(|word| *word == "NAME").count());
            lines.push(named.join(" "));
        }
        assert!(
            names >= 1 && names <= takes,
            "{command}: {names} ids in its examples, {takes} in its help"
        );
    }
    lines.retain(|line| line.contains("NAME"));
    lines
}

/// Files of the names that the examples use.
fn papers() -> Workplace {
    let work = Workplace::new();
    for (from, to) in [("intermediate", "pilot.pem"), ("root", "root.pem")] {
        let file = testdata(&format!("x509/good/{from}.pem"));
        work.write(to, std::fs::read(file).expect("testdata"));
    }
    work.write("devices.txt", "0x040050011ce89d305cf379041f1d12946680\n");
    work.write("line-7.csv", "uid\n0x040050011ce89d305cf379041f1d12946680\n");
    let signer = std::fs::read(testdata("openpgp/rsa2048.pub.asc")).expect("testdata");
    work.write("signer.pub.asc", signer);
    let header = "kind,name,object-id,algorithm\n";
    work.write("objects.csv", format!("{header}key-pair,tls,83000001,NIST_P256\n"));
    work.write_secret("claim.secret", "MDEyMzQ1Njc4OTAxMjM0NQ==");
    work
}

#[test]
fn a_dry_run_cannot_look_up_a_name_and_says_so() {
    let (work, lines) = (papers(), lines());
    assert!(lines.len() >= 35, "{} lines", lines.len());
    for line in lines {
        let line = line.replace("NAME", "meters");
        let line = format!("{line} --dry-run --no-input --base-url http://127.0.0.1:9");
        let ran = work.el2g(&words(&line));
        assert_eq!(ran.code, 2, "{line}: {} {}", ran.stdout, ran.stderr);
        assert!(
            ran.stderr.contains("`meters`: expected an id, found a name"),
            "{line}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains("`el2g "), "{line}: {}", ran.stderr);
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_command_that_lists_them() {
    let (service, work) = (Served::start(Workplace::new(), &[]), papers());
    for line in lines() {
        let ran = service.el2g(&work, &words(&line.replace("NAME", "nosuch")));
        assert_eq!(ran.code, 3, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains("has the name `nosuch`"), "{line}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("`el2g ") && ran.stderr.contains(" lists them"),
            "{line}: {}",
            ran.stderr
        );
    }
}

/// Runs a line that must succeed, and returns its JSON.
fn json(service: &Served, work: &Workplace, line: &str) -> serde_json::Value {
    service.el2g(work, &words(&format!("{line} -o json"))).exits(0).json()
}

#[test]
fn a_name_does_what_its_id_does_where_one_thing_has_it() {
    let (service, work) = (Served::start(Workplace::new(), &[]), papers());
    let product = "--product 935389312472";
    let group = json(&service, &work, &format!("device-group create --name meters {product}"));
    json(&service, &work, &format!("device-group create --name meters-2 {product}"));
    let create = "secure-object create key-pair --algorithm NIST_P256 --object-id";
    let object = json(&service, &work, &format!("{create} 83000001 --name tls-key"));
    json(&service, &work, &format!("{create} 83000002 --name tls-key-2"));
    let (group, object) = (group["id"].clone(), object["id"].clone());
    // The filter of the service takes parts of a name; only the whole one counts.
    for (line, key, id) in [
        (format!("device-group show meters {product}"), "id", &group),
        ("secure-object show tls-key".to_owned(), "id", &object),
        ("secure-object assign tls-key --group meters".to_owned(), "deviceGroupId", &group),
        (
            format!("device add 0x040050011ce89d305cf379041f1d12946680 --group meters {product}"),
            "deviceGroupId",
            &group,
        ),
        (format!("device-group rename meters {product} --name sensors"), "deviceGroupId", &group),
        ("secure-object update tls-key --name tls".to_owned(), "secureObjectId", &object),
        (
            "device-group unassign-objects sensors --object tls --yes".to_owned(),
            "deviceGroupId",
            &group,
        ),
        ("secure-object assign tls --group sensors".to_owned(), "secureObjectId", &object),
        ("secure-object unassign tls --group sensors --yes".to_owned(), "secureObjectId", &object),
        ("secure-object delete tls --yes".to_owned(), "secureObjectId", &object),
    ] {
        assert_eq!(&json(&service, &work, &line)[key], id, "{line}");
    }
    for line in ["device-group assigned-objects sensors", "device-group available-objects sensors"]
    {
        json(&service, &work, line);
    }
}

#[test]
fn a_name_that_several_have_is_answered_with_their_ids() {
    let (service, work) = (Served::start(Workplace::new(), &[]), papers());
    let product = "--product 935389312472";
    let create = "secure-object create key-pair --algorithm NIST_P256 --name twin --object-id";
    let mut ids = Vec::new();
    for line in [
        format!("{create} 83000001"),
        format!("{create} 83000002"),
        format!("device-group create --name pair {product}"),
        format!("device-group create --name pair {product}"),
    ] {
        ids.push(json(&service, &work, &line)["id"].to_string());
    }
    for (line, candidates) in [
        (
            "secure-object delete twin --yes".to_owned(),
            [format!("{} `twin` (KEYPAIR)", ids[0]), format!("{} `twin` (KEYPAIR)", ids[1])],
        ),
        (
            format!("device-group delete pair {product} --yes"),
            [format!("{} `pair`", ids[2]), format!("{} `pair`", ids[3])],
        ),
        (
            "device-group assigned-objects pair".to_owned(),
            [format!("{} `pair`", ids[2]), format!("{} `pair`", ids[3])],
        ),
        (
            format!("secure-object assign {} --group pair", ids[0]),
            [format!("{} `pair`", ids[2]), format!("{} `pair`", ids[3])],
        ),
    ] {
        let ran = service.el2g(&work, &words(&line)).exits(3);
        for candidate in candidates {
            assert!(ran.stderr.contains(&candidate), "{line}: {}", ran.stderr);
        }
        assert!(ran.stderr.contains("hint: give the id"), "{line}: {}", ran.stderr);
    }
    // The group that has the object counts too: a second run does not assign it to the other of that name.
    let assign = format!("secure-object assign {} --group", ids[1]);
    service.el2g(&work, &words(&format!("{assign} {}", ids[2]))).exits(0);
    let ran = service.el2g(&work, &words(&format!("{assign} pair"))).exits(3);
    assert!(ran.stderr.contains("2 have the name `pair`"), "{}", ran.stderr);
    // Digits are always an id, whatever has that name.
    json(&service, &work, &format!("device-group create --name 77777 {product}"));
    let ran = service.el2g(&work, &words(&format!("device-group show 77777 {product}"))).exits(4);
    assert!(ran.stderr.contains("answered 404"), "{}", ran.stderr);
}
