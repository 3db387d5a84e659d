//! Every JSON document names its schema, and somebody else's validator finds that it is as its schema in `docs/schemas` says:
//! the session of `human_output` again, printed as JSON, and what it leaves in files.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::house::read;
use crate::human_output::{SESSION, commands};
use crate::oracles::oracle;
use crate::served::Served;
use crate::workplace::{Workplace, program, root};

/// What the session does not print or write.
const MORE: &str = "tests/json_documents/more.txt";

/// Documents that neither makes, and what does.
const ELSEWHERE: [(&str, &str); 3] = [
    ("keyring-token", "tests/keyrings.rs: it needs a keyring"),
    ("new-key-certificate", "tests/pkcs11.rs: it needs a token"),
    ("planned-key", "tests/pkcs11.rs: it needs a token"),
];

/// A command of the session without what cuts its output.
fn whole(command: &str) -> &str {
    let cut = [" | head -", " | grep -v "].iter().filter_map(|cut| command.rfind(cut)).min();
    // A pipe in `$(…)` is not at the end.
    cut.filter(|at| !command[*at..].contains(')')).map_or(command, |at| &command[..at])
}

/// The schemas of the docs as one: a document is of the schema that it names.
fn any_schema() -> (Value, BTreeSet<String>) {
    let (mut choices, mut names) = (Vec::new(), BTreeSet::new());
    for file in fs::read_dir(root().join("docs/schemas")).unwrap() {
        let schema: Value =
            serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap();
        let name = &schema["properties"]["schema"]["const"];
        names.insert(name.as_str().expect("a name").to_owned());
        let is_it = json!({"properties": {"schema": {"const": name}}});
        choices.push(json!({"if": is_it, "then": schema}));
    }
    let named = json!({"schema": {"enum": names}});
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object", "required": ["schema"], "properties": named, "allOf": choices,
    });
    (whole, names)
}

/// Documents with their origin.
#[derive(Default)]
struct Found(Vec<(String, Value)>);

impl Found {
    fn keep(&mut self, origin: &str, document: Value) {
        match document {
            // The others are as these, and the validator takes its time.
            Value::Array(items) => items.into_iter().take(3).for_each(|it| self.keep(origin, it)),
            document => self.0.push((origin.to_owned(), document)),
        }
    }

    /// What a command printed.
    fn printed(&mut self, origin: &str, text: &str) {
        for document in serde_json::Deserializer::from_str(text).into_iter() {
            let document = document.unwrap_or_else(|error| panic!("{origin}: {error} in {text}"));
            self.keep(origin, document);
        }
    }

    /// The files below a folder that hold documents of ours.
    fn files(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.display().to_string();
            if path.is_dir() {
                self.files(&path);
                continue;
            }
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let is_journal = text.starts_with("{\"schema\":\"el2g/journal/");
            if is_journal {
                self.printed(&name, text.lines().next().expect("the first line"));
            } else if text.replace(": ", ":").contains("\"schema\":\"el2g/") {
                self.printed(&name, &text);
            }
        }
    }

    fn names(&self) -> BTreeSet<String> {
        let name = |(origin, document): &(String, Value)| {
            let (first, name) = document.as_object().and_then(|it| it.iter().next()).expect(origin);
            assert_eq!(first, "schema", "{origin}: {document}");
            name.as_str().expect("a text").to_owned()
        };
        self.0.iter().map(name).collect()
    }
}

/// Runs all commands with JSON as the format.
fn session() -> (Served, Found) {
    let served = Served::start(Workplace::new(), &[]);
    ["keys/p256.pub", "openpgp/recipient.pub.asc"].iter().for_each(|file| served.work.take(file));
    let programs = program().parent().expect("target/<profile>").display().to_string();
    let mut found = Found::default();
    found.keep("sandbox serve", served.line.clone());
    let (session, more) = (read(SESSION), read(MORE));
    // The last ones are about another service.
    let (here, elsewhere): (Vec<&str>, Vec<&str>) =
        commands(&session).into_iter().partition(|command| !command.starts_with("unset "));
    for command in here.into_iter().chain(more.lines()).chain(elsewhere) {
        let mut shell = Command::new("timeout");
        shell
            .env_clear()
            .env("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap_or_default()))
            .env("EL2G_OUTPUT", "json")
            .env("EL2G_BASE_URL", served.url("baseUrl"))
            .env("EL2G_TOKEN_FILE", served.url("tokenFile"));
        let ran = served.work.oracle(shell, &["120", "sh", "-c", whole(command)]).expect("a shell");
        // JSON that the service answered is printed as it is.
        if !command.starts_with("el2g api ") {
            found.printed(command, &ran.stdout);
        }
        let errors = ran.stderr.lines().filter(|line| line.starts_with('{'));
        errors.for_each(|line| found.printed(command, line));
        assert!(ran.code == 0 || ran.stderr.contains("el2g/error/1"), "{command}: {ran:?}");
    }
    found.files(&served.work.path(""));
    (served, found)
}

#[test]
#[cfg_attr(not(oracle = "check-jsonschema"), ignore = "needs check-jsonschema")]
fn every_document_of_a_session_is_valid_by_its_schema() {
    let Some(validator) = oracle("check-jsonschema") else { return };
    let (served, found) = session();
    let (schema, mut missing) = any_schema();
    for name in found.names() {
        missing.remove(&name);
    }
    for (name, _) in ELSEWHERE {
        assert!(missing.remove(&format!("el2g/{name}/1")), "{name} is not elsewhere");
    }
    assert_eq!(missing, BTreeSet::new(), "the session makes all others");
    let work = &served.work;
    work.write("all.json", schema.to_string());
    fs::create_dir(work.path("found")).unwrap();
    let run = |documents: &[(String, Value)]| {
        let mut command = Command::new(&validator);
        command.arg("--schemafile").arg(work.path("all.json"));
        for (number, (_, document)) in documents.iter().enumerate() {
            work.write(&format!("found/{number}.json"), document.to_string());
            command.arg(work.path(&format!("found/{number}.json")));
        }
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (is_valid, said) = run(&found.0);
    assert!(is_valid, "{said}");
    // The validator sees what is wrong: a field that is missing, one of another type, and a name that no schema has.
    let (_, checksum) = found.0.iter().find(|(_, it)| it["schema"] == "el2g/checksum/1").unwrap();
    for (field, value) in
        [("checksum", None), ("file", Some(json!(7))), ("schema", Some(json!("el2g/checksum/9")))]
    {
        let mut wrong: Map<String, Value> = checksum.as_object().unwrap().clone();
        match value {
            Some(value) => wrong.insert(field.to_owned(), value),
            None => wrong.shift_remove(field),
        };
        let (is_valid, _) = run(&[(String::new(), Value::Object(wrong))]);
        assert!(!is_valid, "{field}");
    }
}
