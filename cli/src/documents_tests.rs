//! The schemas of all documents, as files; see `documents.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::*;

/// A row of the table.
pub struct Row {
    name: &'static str,
    version: u32,
    about: &'static str,
    names_tool: bool,
    schema: &'static str,
    describe: fn() -> Value,
}

impl Row {
    pub const fn of<T: Documented>(name: &'static str, version: u32, about: &'static str) -> Self {
        let describe = || {
            let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
            generator.into_root_schema_for::<T>().to_value()
        };
        Self { name, version, about, names_tool: T::NAMES_TOOL, schema: T::SCHEMA.0, describe }
    }

    fn file(&self) -> String {
        format!("{}.v{}.json", self.name, self.version)
    }

    /// The schema of what is printed: that of the type, with the fields that name it.
    fn schema(&self) -> Value {
        let described = (self.describe)();
        let own = described.as_object().expect("a schema is an object");
        let mut properties = Map::new();
        properties.insert("schema".into(), json!({"const": self.schema}));
        if self.names_tool {
            let texts = json!({"name": {"type": "string"}, "version": {"type": "string"}});
            let tool =
                json!({"type": "object", "properties": texts, "required": ["name", "version"]});
            properties.insert("tool".into(), tool);
        }
        let mut required: Vec<Value> = properties.keys().map(|key| key.as_str().into()).collect();
        let text = |name: &str| own.get(name).and_then(Value::as_array).cloned();
        let theirs = own.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        required
            .extend(text("required").unwrap_or_default().into_iter().filter(|it| it != "schema"));
        properties.extend(theirs.into_iter().filter(|(name, _)| name != "schema"));
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:el2g:schema:{}:{}", self.name, self.version),
            "title": self.schema,
            "description": format!("{}.", self.about.trim()),
            "type": "object",
            "properties": properties,
            "required": required,
        });
        let more = own.iter().filter(|(key, _)| schema.get(key.as_str()).is_none());
        let more: Vec<_> = more.map(|(key, value)| (key.clone(), value.clone())).collect();
        schema.as_object_mut().expect("it is one").extend(more);
        promised(&mut schema);
        schema
    }
}

/// Says `null` where Rust says `None`, and forbids no fields that a version may still get.
fn promised(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
                fields.shift_remove("additionalProperties");
            }
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = text.replace("`None`", "`null`");
            }
            fields.values_mut().for_each(promised);
        }
        Value::Array(items) => items.iter_mut().for_each(promised),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn is_updated() -> bool {
    std::env::var_os("EL2G_UPDATE").is_some()
}

/// What a reader of `old` would miss in `new`, each with its place.
fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    compare((old, old), (new, new), "", &mut seen, &mut found);
    found
}

type InDocument<'a> = (&'a Value, &'a Value);

fn resolved<'a>((mut at, root): InDocument<'a>) -> &'a Value {
    while let Some(name) = at["$ref"].as_str() {
        at = root.pointer(name.trim_start_matches('#')).expect("a reference within the document");
    }
    at
}

fn compare(
    old: InDocument<'_>,
    new: InDocument<'_>,
    place: &str,
    seen: &mut BTreeSet<String>,
    found: &mut Vec<String>,
) {
    if old.0["$ref"].is_string() && !seen.insert(format!("{} {}", old.0["$ref"], new.0["$ref"])) {
        return;
    }
    let (was, is) = (resolved(old), resolved(new));
    let texts = |value: &Value| -> BTreeSet<String> {
        let all = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    if !texts(&was["type"]).is_superset(&texts(&is["type"])) || was["const"] != is["const"] {
        found.push(format!("{place}: another type"));
    }
    for name in texts(&was["required"]).difference(&texts(&is["required"])) {
        found.push(format!("{place}/{name}: may be missing now"));
    }
    let empty = Map::new();
    let fields = |value: &Value| value["properties"].as_object().unwrap_or(&empty).clone();
    let is_fields = fields(is);
    for (name, field) in &fields(was) {
        let place = format!("{place}/{name}");
        match is_fields.get(name) {
            Some(now) => compare((field, old.1), (now, new.1), &place, seen, found),
            None => found.push(format!("{place}: is gone")),
        }
    }
    if was["items"].is_object() {
        compare((&was["items"], old.1), (&is["items"], new.1), &format!("{place}[]"), seen, found);
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        let all = |value: &Value| value[key].as_array().cloned().unwrap_or_default();
        let (was, is) = (all(was), all(is));
        if was.len() > is.len() {
            found.push(format!("{place}: another {key}"));
        }
        for (was, is) in was.iter().zip(&is) {
            compare((was, old.1), (is, new.1), place, seen, found);
        }
    }
}

#[test]
fn every_document_has_its_schema_in_the_docs() {
    let folder = docs().join("schemas");
    let mut wrong = Vec::new();
    for row in DOCUMENTS {
        let path = folder.join(row.file());
        let schema = row.schema();
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let there = fs::read_to_string(&path).unwrap_or_default();
        if there == text {
            continue;
        }
        let broken = serde_json::from_str(&there).map(|old| breaks(&old, &schema));
        match broken {
            Ok(broken) if !broken.is_empty() => {
                wrong.push(format!("{}: needs a new version, because of {broken:?}", row.file()));
            }
            _ if is_updated() => fs::write(&path, text).unwrap(),
            _ => wrong.push(format!("{}: is out of date", row.file())),
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "EL2G_UPDATE=1 writes what is out of date");
    let versions =
        |row: &Row| (1..=row.version).map(|it| format!("{}.v{it}.json", row.name)).collect();
    let known = DOCUMENTS.iter().flat_map(|row| -> Vec<String> { versions(row) });
    let files = fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(files.collect::<BTreeSet<_>>(), known.collect());
}

#[test]
fn no_two_documents_have_one_name_and_each_says_what_it_is() {
    let names: BTreeSet<_> = DOCUMENTS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), DOCUMENTS.len());
    let about: BTreeSet<_> = DOCUMENTS.iter().map(|row| row.about).collect();
    assert_eq!(about.len(), DOCUMENTS.len());
}

#[test]
fn libraries_name_the_same_schemas() {
    let named = |name| DOCUMENTS.iter().find(|row| row.name == name).map(|row| row.schema);
    for (name, schema) in [
        ("certificate-report", el2g_cert_profile::reports::SCHEMA),
        ("ceremony-record", CeremonyRecord::SCHEMA),
        ("journal", JournalHeader::SCHEMA),
        ("sealed-row", EntryResult::SCHEMA),
    ] {
        assert_eq!(named(name), Some(schema.0));
    }
}

#[test]
fn the_page_about_json_lists_every_document() {
    let path = docs().join("json.md");
    let page = fs::read_to_string(&path).unwrap();
    let (begin, end) = ("| document | what it is |\n|---|---|\n", "\n<!-- end of documents -->");
    let (head, rest) = page.split_once(begin).expect("a table");
    let (_, tail) = rest.split_once(end).expect("its end");
    let row = |row: &Row| {
        let Row { name, version, about, .. } = row;
        format!("| [`el2g/{name}/{version}`](schemas/{}) | {} |\n", row.file(), about.trim())
    };
    let rows: String = DOCUMENTS.iter().map(row).collect();
    let expected = format!("{head}{begin}{rows}{end}{tail}");
    if is_updated() {
        fs::write(&path, &expected).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), expected, "EL2G_UPDATE=1 writes it");
}

#[test]
fn only_additions_leave_a_version_as_it_is() {
    let schema = |properties: Value, required: &[&str]| {
        let defs =
            json!({"Part": {"type": "object", "properties": properties, "required": required}});
        json!({"type": "object", "properties": {"part": {"$ref": "#/$defs/Part"}, "all": {"type": "array",
            "items": {"$ref": "#/$defs/Part"}}}, "$defs": defs})
    };
    let old = schema(json!({"a": {"type": ["string", "null"]}, "b": {"type": "integer"}}), &["a"]);
    let with = |properties, required| breaks(&old, &schema(properties, required));
    let more = json!({"a": {"type": ["string", "null"]}, "b": {"type": "integer"}, "c": {}});
    assert_eq!(with(more, &["a", "b"]), Vec::<String>::new());
    let never_null = json!({"a": {"type": "string"}, "b": {"type": "integer"}});
    assert_eq!(with(never_null, &["a"]), Vec::<String>::new());
    let gone = json!({"a": {"type": ["string", "null"]}});
    assert_eq!(with(gone, &["a"]), ["/part/b: is gone"]);
    let retyped = json!({"a": {"type": ["string", "null"]}, "b": {"type": "string"}});
    assert_eq!(with(retyped, &["a"]), ["/part/b: another type"]);
    let same = json!({"a": {"type": ["string", "null"]}, "b": {"type": "integer"}});
    assert_eq!(with(same, &[]), ["/part/a: may be missing now"]);
    let either = |all: Value| json!({"anyOf": all});
    let two = either(json!([{"type": "string"}, {"type": "integer"}]));
    assert_eq!(breaks(&two, &either(json!([{"type": "string"}]))), [": another anyOf"]);
}
