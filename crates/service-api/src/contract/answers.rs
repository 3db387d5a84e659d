//! What a description answers of the questions that AN12642 leaves open, by the key of the profile that takes the answer.

use serde_json::Value;

use super::ContractError;
use super::description::{Operation, PathItem, paths};
use super::shape::{Budget, Reader, Schema, Shape};
use crate::Json;

/// A question that is answered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Answer {
    /// The key of a profile, such as `checksum`.
    pub key: &'static str,
    /// Its value.
    pub value: String,
    /// Where the description says so, such as `POST /rtp/secure-objects, payload.checkSum`.
    pub place: String,
}

const OBJECTS: &str = "/rtp/secure-objects";
const CLAIM_CODES: &str = "/products/{12nc}/device-groups/{deviceGroupId}/claim-codes";

/// The most items a page may have that a profile takes.
const LARGEST_PAGE: u64 = 1000;

/// What a description answers. What it leaves open, or says in two ways, is not among it.
///
/// # Errors
/// [`ContractError`] when it is not a description that can be compared.
pub fn answers(theirs: &Json) -> Result<Vec<Answer>, ContractError> {
    let budget = Budget::default();
    let reader = Reader { root: &theirs.0, budget: &budget };
    let paths = paths(reader)?;
    let mut all = Vec::new();
    if let Some(create) = operation(&paths, "POST", OBJECTS) {
        all.extend(checksum(reader, create)?);
    }
    if let Some(create) = operation(&paths, "POST", CLAIM_CODES) {
        all.extend(claim_code_status(reader, create)?);
    }
    if let Some(list) = operation(&paths, "GET", OBJECTS) {
        all.extend(page_size(reader, list)?);
    }
    Ok(all)
}

/// The operation at the one path that ends like `ours`, whatever its parameters are called.
fn operation<'p, 'a>(
    paths: &'p [PathItem<'a>],
    method: &str,
    ours: &str,
) -> Option<&'p Operation<'a>> {
    let parts = |path: &str| -> Vec<String> {
        let parts = path.split('/').filter(|part| !part.is_empty());
        parts.map(|part| if part.starts_with('{') { "{}" } else { part }.to_owned()).collect()
    };
    let wanted = parts(ours);
    let mut found = paths
        .iter()
        .filter(|item| parts(item.path).ends_with(&wanted))
        .filter_map(|item| item.operations.get(method));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn body<'a>(
    reader: Reader<'a>,
    operation: &Operation<'a>,
) -> Result<Option<Shape<'a>>, ContractError> {
    let schema = operation.body.as_ref().and_then(|body| body.schema.as_ref());
    let shape = schema.map(|schema| reader.shape(schema)).transpose()?;
    // A body without fields says nothing.
    Ok(shape.filter(|shape| !shape.fields.is_empty()))
}

/// The name of the checksum, and its encoding where its length or format tells.
fn checksum<'a>(reader: Reader<'a>, create: &Operation<'a>) -> Result<Vec<Answer>, ContractError> {
    let Some(body) = body(reader, create)? else { return Ok(Vec::new()) };
    let payload = body.fields.get("payload").map(|payload| reader.shape(payload)).transpose()?;
    let mut found: Vec<(&str, String, &Schema<'a>)> = Vec::new();
    for name in ["checksum", "checkSum"] {
        found.extend(body.fields.get(name).map(|schema| (name, name.to_owned(), schema)));
        let below = payload.as_ref().and_then(|payload| payload.fields.get(name));
        found.extend(below.map(|schema| (name, format!("payload.{name}"), schema)));
    }
    let of = |key, value: &str, place: &str| Answer {
        key,
        value: value.to_owned(),
        place: format!("POST {OBJECTS}{place}"),
    };
    let Some((name, place, _)) = found.first() else {
        // Only a description of the file's fields can lack the one of its checksum.
        let told = payload.is_some_and(|payload| payload.fields.contains_key("binaryFile"));
        return Ok(told.then(|| of("checksum", "none", ", no such field")).into_iter().collect());
    };
    if found.iter().any(|(other, ..)| other != name) {
        return Ok(Vec::new());
    }
    let mut all = vec![of("checksum", name, &format!(", {place}"))];
    let mut encodings = Vec::new();
    for (_, place, schema) in &found {
        encodings.extend(encoding(reader, schema)?.map(|encoding| (encoding, place)));
    }
    if let Some((encoding, place)) = encodings.first()
        && encodings.iter().all(|(other, _)| other == encoding)
    {
        all.push(of("checksum-encoding", encoding, &format!(", {place}")));
    }
    Ok(all)
}

/// 64 bytes are 128 hexadecimal digits, or 88 characters of base64.
fn encoding<'a>(
    reader: Reader<'a>,
    schema: &Schema<'a>,
) -> Result<Option<&'static str>, ContractError> {
    let Some(schema) = plain(reader, schema)? else { return Ok(None) };
    let length = |key: &str| schema.get(key).and_then(Value::as_u64);
    let encodes = |key: &str| schema.get(key).and_then(Value::as_str);
    Ok(match (length("minLength"), length("maxLength")) {
        (Some(128), Some(128)) => Some("hex"),
        (Some(88), Some(88)) => Some("base64"),
        _ if encodes("format") == Some("byte") => Some("base64"),
        _ if encodes("contentEncoding") == Some("base64") => Some("base64"),
        _ => None,
    })
}

/// Whether `status` is needed when a claim code is created.
fn claim_code_status<'a>(
    reader: Reader<'a>,
    create: &Operation<'a>,
) -> Result<Option<Answer>, ContractError> {
    let Some(body) = body(reader, create)? else { return Ok(None) };
    let value = match body.fields.get("status") {
        None => "none",
        Some(_) if body.required.contains("status") => "ALL",
        // It may be sent and need not.
        Some(_) => return Ok(None),
    };
    let place = format!("POST {CLAIM_CODES}, status");
    Ok(Some(Answer { key: "claim-code-status", value: value.to_owned(), place }))
}

/// The most items a page may have.
fn page_size<'a>(
    reader: Reader<'a>,
    list: &Operation<'a>,
) -> Result<Option<Answer>, ContractError> {
    let Some((_, schema)) = list.query.get("size") else { return Ok(None) };
    let most = plain(reader, schema)?.and_then(|schema| schema.get("maximum")?.as_u64());
    let most = most.filter(|most| (1..=LARGEST_PAGE).contains(most));
    let place = format!("GET {OBJECTS}, size");
    Ok(most.map(|most| Answer { key: "page-size", value: most.to_string(), place }))
}

/// The schema itself, when it is not put together of several.
fn plain<'a>(reader: Reader<'a>, schema: &Schema<'a>) -> Result<Option<&'a Value>, ContractError> {
    match schema {
        Schema::Plain(value) => reader.resolved(value),
        Schema::All(_) | Schema::Any(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn described(body: Value, status: Value, size: Value) -> Value {
        json!({
            "openapi": "3.0.3",
            "paths": {
                "/api/v1/rtp/secure-objects": {
                    "post": {"requestBody": {"content": {"application/json": {"schema": body}}}},
                    "get": {"parameters": [{"in": "query", "name": "size", "schema": size}]},
                },
                "/api/v1/products/{nc12}/device-groups/{id}/claim-codes": {
                    "post": {"requestBody": {"content": {"application/json": {"schema": status}}}},
                },
            },
            "components": {"schemas": {"Sum": {"type": "string", "minLength": 88, "maxLength": 88}}},
        })
    }

    fn answered(body: Value, status: Value, size: Value) -> Vec<(&'static str, String)> {
        let all = answers(&Json(described(body, status, size))).expect("a description");
        all.into_iter().map(|answer| (answer.key, answer.value)).collect()
    }

    fn payload(fields: Value) -> Value {
        json!({"properties": {"name": {}, "payload": {"properties": fields}}})
    }

    #[test]
    fn every_question_is_answered_where_the_description_says_it() {
        let sum = json!({"$ref": "#/components/schemas/Sum"});
        let body = json!({"oneOf": [
            payload(json!({"binaryFile": {"type": "string"}, "checkSum": sum})),
            {"properties": {"publicKey": {"type": "string"}, "checkSum": sum}},
        ]});
        let status = json!({"required": ["status"], "properties": {"status": {"enum": ["ALL"]}}});
        let found = answered(body, status, json!({"type": "integer", "maximum": 50}));
        let of = |key, value: &str| (key, value.to_owned());
        let wanted = [
            of("checksum", "checkSum"),
            of("checksum-encoding", "base64"),
            of("claim-code-status", "ALL"),
            of("page-size", "50"),
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_is_left_open_or_said_in_two_ways_is_not_answered() {
        let open = json!({"type": "string"});
        let both = payload(json!({"binaryFile": open, "checkSum": open, "checksum": open}));
        let optional = json!({"properties": {"status": {}}});
        assert_eq!(answered(both, optional.clone(), json!({"type": "integer"})), []);
        assert_eq!(answered(json!({}), json!({}), json!({"maximum": 100_000})), []);
        let unnamed = payload(json!({"binaryFile": open}));
        let found = answered(unnamed, json!({"properties": {"name": {}}}), json!({}));
        let none = "none".to_owned();
        assert_eq!(found, [("checksum", none.clone()), ("claim-code-status", none)]);
    }

    #[test]
    fn our_own_description_leaves_open_what_the_document_leaves_open() {
        let ours = answers(&super::super::OURS).expect("a description");
        let found: Vec<_> = ours.iter().map(|answer| (answer.key, answer.value.as_str())).collect();
        assert_eq!(found, [("page-size", "100")]);
    }
}
