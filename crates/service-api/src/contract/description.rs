//! The operations of an OpenAPI or Swagger document, whichever version wrote it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::ContractError;
use super::shape::{Reader, Schema};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// A path with its operations.
pub(super) struct PathItem<'a> {
    /// As written, such as `/api/v1/devices/{deviceId}`.
    pub(super) path: &'a str,
    /// By method, in upper case.
    pub(super) operations: BTreeMap<String, Operation<'a>>,
}

/// One operation.
pub(super) struct Operation<'a> {
    /// Its `operationId`; may be empty.
    pub(super) id: &'a str,
    /// The parameters in the path, by name.
    pub(super) path_parameters: BTreeMap<&'a str, Schema<'a>>,
    /// The parameters in the query: whether they are required, and what they are.
    pub(super) query: BTreeMap<&'a str, (bool, Schema<'a>)>,
    /// The body of the request.
    pub(super) body: Option<Body<'a>>,
    /// The successful answers, by status: `200`, `2XX`, `default`.
    pub(super) successes: BTreeMap<&'a str, Option<Body<'a>>>,
}

/// The body of a request or an answer.
pub(super) struct Body<'a> {
    pub(super) required: bool,
    /// What it may be written in; none: not said.
    pub(super) media_types: Vec<&'a str>,
    /// What it is when it is JSON, or when nothing else is said.
    pub(super) schema: Option<Schema<'a>>,
}

/// What wrote the document: `OpenAPI 3.1.0`, `Swagger 2.0`.
pub(super) fn format(document: &Value) -> Result<String, ContractError> {
    let not_one = |found: String| Err(ContractError::NotOpenApi { found });
    // Anything but a version number may be a secret that stands in its place.
    let told = |version: &Value| {
        let text = version.as_str().map_or_else(|| version.to_string(), str::to_owned);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        let is_version = matches!(text.as_bytes(), [b'0'..=b'9', b'.', ..]);
        match is_version && text.len() <= 12 && text.bytes().all(is_plain) {
            true => text,
            false => format!("({} characters)", text.chars().count()),
        }
    };
    match (document.get("openapi"), document.get("swagger")) {
        (Some(version), _) => match told(version) {
            version if version.starts_with("3.0") || version.starts_with("3.1") => {
                Ok(format!("OpenAPI {version}"))
            }
            version => not_one(format!("`openapi` is `{version}`")),
        },
        (None, Some(version)) if told(version) == "2.0" => Ok("Swagger 2.0".to_owned()),
        (None, Some(version)) => not_one(format!("`swagger` is `{}`", told(version))),
        (None, None) if document.is_object() => {
            not_one("neither `openapi` nor `swagger` is there".to_owned())
        }
        (None, None) => not_one("the file is not a JSON object".to_owned()),
    }
}

/// The paths of a document, in its order.
pub(super) fn paths<'a>(reader: Reader<'a>) -> Result<Vec<PathItem<'a>>, ContractError> {
    let mut all = Vec::new();
    for (path, item) in reader.root.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let Some(item) = reader.resolved(item)? else { continue };
        let mut operations = BTreeMap::new();
        for method in METHODS {
            if let Some(operation) = item.get(method).filter(|operation| operation.is_object()) {
                let read = operation_of(reader, item, operation)?;
                operations.insert(method.to_ascii_uppercase(), read);
            }
        }
        if !operations.is_empty() {
            all.push(PathItem { path, operations });
        }
    }
    if all.is_empty() {
        return Err(ContractError::NoOperations);
    }
    Ok(all)
}

fn operation_of<'a>(
    reader: Reader<'a>,
    item: &'a Value,
    operation: &'a Value,
) -> Result<Operation<'a>, ContractError> {
    let mut read = Operation {
        id: text(operation, "operationId"),
        path_parameters: BTreeMap::new(),
        query: BTreeMap::new(),
        body: None,
        successes: BTreeMap::new(),
    };
    // Those of the operation come later: they stand for those of the path.
    for parameters in [item, operation].map(|from| from.get("parameters")) {
        for parameter in parameters.and_then(Value::as_array).into_iter().flatten() {
            let Some(parameter) = reader.resolved(parameter)? else { continue };
            let name = text(parameter, "name");
            let required = parameter.get("required") == Some(&Value::Bool(true));
            // Swagger 2.0 writes the schema into the parameter itself.
            let schema = Schema::Plain(
                parameter.get("schema").or_else(|| content(parameter)).unwrap_or(parameter),
            );
            match text(parameter, "in") {
                "path" => {
                    read.path_parameters.insert(name, schema);
                }
                "query" => {
                    read.query.insert(name, (required, schema));
                }
                "body" => {
                    read.body =
                        Some(Body { required, media_types: Vec::new(), schema: Some(schema) });
                }
                _ => {}
            }
        }
    }
    if let Some(body) = operation.get("requestBody")
        && let Some(body) = reader.resolved(body)?
    {
        let required = body.get("required") == Some(&Value::Bool(true));
        read.body = body_of(body).map(|read| Body { required, ..read });
    }
    for (status, answer) in
        operation.get("responses").and_then(Value::as_object).into_iter().flatten()
    {
        if status.starts_with('2') || status == "default" {
            let answer = reader.resolved(answer)?;
            let body = answer.and_then(|answer| match answer.get("schema") {
                Some(schema) => Some(Body {
                    required: false,
                    media_types: Vec::new(),
                    schema: Some(Schema::Plain(schema)),
                }),
                None => body_of(answer),
            });
            read.successes.insert(status, body);
        }
    }
    Ok(read)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

/// The schema of the one media type of a parameter.
fn content(parameter: &Value) -> Option<&Value> {
    parameter.get("content")?.as_object()?.values().next()?.get("schema")
}

fn body_of(holder: &Value) -> Option<Body<'_>> {
    let content =
        holder.get("content").and_then(Value::as_object).filter(|content| !content.is_empty())?;
    let json = |name: &&String| {
        let essence = name.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        essence == "application/json" || essence.ends_with("+json") || essence == "*/*"
    };
    let chosen = content.iter().find(|(name, _)| json(name)).or_else(|| content.iter().next());
    let schema = chosen.and_then(|(_, media)| media.get("schema")).map(Schema::Plain);
    Some(Body { required: false, media_types: media_types(content), schema })
}

fn media_types(content: &Map<String, Value>) -> Vec<&str> {
    content.keys().map(String::as_str).collect()
}
