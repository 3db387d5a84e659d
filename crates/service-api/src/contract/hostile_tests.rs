//! Files below a prefix, of older versions, and files that are nothing of the kind.

use serde_json::{Value, json};

use super::mutation_tests::{compare, found, ours, remove};
use super::*;

/// Our document with each path below `prefix`.
fn below(prefix: &str) -> Value {
    let mut document = ours();
    let paths = document["paths"].take();
    let paths = paths.as_object().expect("paths").iter();
    document["paths"] =
        paths.map(|(path, item)| (format!("{prefix}{path}"), item.clone())).collect();
    document
}

#[test]
fn a_prefix_of_all_paths_is_found() {
    for prefix in ["/api/v1", "/ota/factories/{factory}/el2g-proxy", "/{tenant}"] {
        let compared = compare(&below(prefix)).expect("it is a description");
        assert_eq!((compared.prefix.as_str(), compared.differences), (prefix, vec![]));
    }
    // One path elsewhere is a path that only the file has, and one that it lacks.
    let mut document = below("/api/v1");
    let item = remove(&mut document, "/paths", "/api/v1/dev-boards");
    document["paths"]["/v2/dev-boards"] = item;
    let lines: Vec<String> = compare(&document)
        .expect("it is one")
        .differences
        .iter()
        .map(|d| format!("{} {d}", d.path))
        .collect();
    assert_eq!(
        lines,
        [
            "/dev-boards operation: the file does not have it",
            "/v2/dev-boards operation: only the file has it"
        ]
    );
}

#[test]
fn a_part_of_a_path_may_be_a_parameter_there() {
    let changed = found(|d| {
        let item = remove(d, "/paths", "/rtp/settings/secure-object/SE05/reserved-oids");
        d["paths"]["/rtp/settings/secure-object/{family}/reserved-oids"] = item;
    });
    assert_eq!(changed, Vec::<String>::new());
}

#[test]
fn swagger_2_is_read_as_well() {
    let document = json!({
        "swagger": "2.0", "info": {"title": "old", "version": "1"}, "basePath": "/api/v1",
        "paths": {"/products/{nc}/device-groups": {"post": {
            "operationId": "addGroup",
            "parameters": [
                {"name": "nc", "in": "path", "required": true, "type": "string"},
                {"name": "body", "in": "body", "required": true, "schema": {"$ref": "#/definitions/Name"}}],
            "responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/Name"}}}}}},
        "definitions": {"Name": {"type": "object", "required": ["deviceGroupName"],
            "properties": {"deviceGroupName": {"type": "integer"}}}}});
    let compared = compare(&document).expect("it is a description");
    assert_eq!((compared.found, compared.format.as_str()), (1, "Swagger 2.0"));
    let of_group: Vec<String> = compared
        .differences
        .iter()
        .filter(|d| d.operation == "CreateDeviceGroup" && d.kind == DifferenceKind::Type)
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        of_group,
        [
            "body deviceGroupName: string here, integer in the file",
            "reply deviceGroupName: string here, integer in the file"
        ]
    );
    let missing = |d: &&Difference| d.kind == DifferenceKind::Missing && d.place.is_empty();
    assert_eq!(compared.differences.iter().filter(missing).count(), 56);
}

#[test]
fn refuses_what_is_no_description() {
    let refused = |text: &str| {
        read(text.as_bytes()).and_then(|d| super::compare(&d)).expect_err(text).to_string()
    };
    assert!(refused("{\"openapi\"").starts_with("not JSON: line 1, column 10: ends too early"));
    assert!(refused("a: [b").starts_with("not YAML: "), "{}", refused("a: [b"));
    assert!(refused("\u{7}").starts_with("not YAML: "));
    assert!(refused("").contains("not a JSON object"), "{}", refused(""));
    assert!(refused(&"[".repeat(200_000)).contains("nested too deeply"));
    for (text, says) in [
        ("[]", "the file is not a JSON object"),
        ("{}", "neither `openapi` nor `swagger` is there"),
        (r#"{"openapi":"4.0.0","paths":{}}"#, "`openapi` is `4.0.0`"),
        (r#"{"openapi":3.1}"#, "no `paths` with operations"),
        (r#"{"swagger":"1.2"}"#, "`swagger` is `1.2`"),
        (r#"{"openapi":"3.1.0","paths":{}}"#, "no `paths` with operations"),
        (r#"{"openapi":"3.1.0","paths":[{"get":{}}]}"#, "no `paths` with operations"),
    ] {
        assert!(refused(text).contains(says), "{text}: {}", refused(text));
    }
    let large = vec![b' '; LARGEST_FILE + 1];
    assert_eq!(read(&large), Err(ContractError::TooLarge { found: LARGEST_FILE + 1 }));
}

#[test]
fn yaml_is_read_as_well() {
    let text = "openapi: 3.0.1\ninfo: {title: old, version: 1.0}\npaths:\n  /api/v1/dev-boards:\n    get:\n      operationId: boards\n      responses:\n        200:\n          description: no\n          content:\n            application/json:\n              schema: &list {type: array, items: {type: string}}\n";
    let compared =
        read(text.as_bytes()).and_then(|d| super::compare(&d)).expect("it is a description");
    assert_eq!(
        (compared.format.as_str(), compared.prefix.as_str(), compared.found),
        ("OpenAPI 3.0.1", "/api/v1", 1)
    );
    let of_boards: Vec<String> = compared
        .differences
        .iter()
        .filter(|d| d.operation == "ListDevBoards")
        .map(ToString::to_string)
        .collect();
    assert_eq!(of_boards, ["reply[]: object here, string in the file"]);
}

#[test]
fn yaml_that_grows_without_end_is_given_up() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let one = format!("*a{}", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", [one.as_str(); 9].join(", ")));
    }
    for text in
        [bomb, format!("a: {}", "[".repeat(100_000)), "- ".repeat(100_000), "&a [*a]".to_owned()]
    {
        let shown: String = text.chars().take(40).collect();
        assert!(matches!(read(text.as_bytes()), Err(ContractError::NotYaml { .. })), "{shown}");
    }
}

/// A schema that refers twice to one that refers twice to one …
fn doubling(keyword: &str, depth: usize) -> Value {
    let mut schemas = serde_json::Map::new();
    for level in 0..depth {
        let next = json!({"$ref": format!("#/components/schemas/S{}", level + 1)});
        schemas.insert(format!("S{level}"), json!({keyword: [next, next]}));
    }
    schemas.insert(
        format!("S{depth}"),
        json!({"type": "object", "properties": {"id": {"type": "string"}}}),
    );
    Value::Object(schemas)
}

#[test]
fn what_has_no_end_is_given_up() {
    for keyword in ["allOf", "oneOf", "anyOf"] {
        let mut document = ours();
        document["components"]["schemas"]["DeviceGroupName"] =
            json!({"$ref": "#/components/schemas/S0"});
        for (name, schema) in doubling(keyword, 50).as_object().expect("schemas") {
            document["components"]["schemas"][name] = schema.clone();
        }
        assert_eq!(
            compare(&document),
            Err(ContractError::TooComplicated { limit: shape::MOST_LOOKS }),
            "{keyword}"
        );
    }
    let circle = json!({"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"},
        "Self": {"type": "object", "properties": {"self": {"$ref": "#/components/schemas/Self"}}, "allOf": [{"$ref": "#/components/schemas/Self"}]}});
    for name in ["A", "Self", "Nowhere"] {
        let mut document = ours();
        for (key, schema) in circle.as_object().expect("schemas") {
            document["components"]["schemas"][key] = schema.clone();
        }
        document["components"]["schemas"]["DeviceGroup"] =
            json!({"$ref": format!("#/components/schemas/{name}")});
        compare(&document).expect("it ends");
    }
    let mut document = ours();
    document["paths"]["/devices"] = json!({"$ref": "#/paths/~1devices"});
    assert_eq!(compare(&document).expect("it ends").found, 56);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(proptest::arbitrary::any::<u8>(), 0..300)) {
        let _ = read(&bytes).and_then(|document| super::compare(&document));
    }

    #[test]
    fn a_document_with_any_value_replaced_never_panics(which in 0..20_000_usize, with in 0..8_usize) {
        let values = [json!(null), json!(true), json!(7), json!("x"), json!([]), json!({}), json!({"$ref": "#"}), json!([{"$ref": "#/paths"}])];
        let mut document = ours();
        replace(&mut document, &mut which.clone(), &values[with]);
        let _ = compare(&document);
    }
}

/// Replaces the value with that number, counted through the whole document.
fn replace(value: &mut Value, number: &mut usize, with: &Value) {
    if *number == 0 {
        *value = with.clone();
    }
    *number = number.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, number, with)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, number, with)),
        _ => {}
    }
}
