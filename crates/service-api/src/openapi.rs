//! The operations as an OpenAPI 3.1 document, made from the declarations that route and call them.
//!
//! Parameters, bodies and answers are JSON Schemas derived from the operations' types. A request's
//! schema is what may be sent; an answer's is what may come, so an enumeration is closed in the one and
//! open in the other. Where a type differs between the two, the request's is called `…Request`.

mod definitions;

use schemars::SchemaGenerator;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{ApiVersion, CATALOGUE, Endpoint, ErrorBody, Json, Method, NEWER, status_meaning};

/// The response header that every answer carries.
const CORRELATION_HEADER: &str = "EL2G-Correlation-ID";

/// The tag of operations that AN12642 does not have.
const NEWER_TAG: &str = "not in AN12642";

/// Who serves the operations: what a document says besides them.
pub struct Service<'a> {
    /// The document's title.
    pub title: &'a str,
    /// The version of the service.
    pub version: &'a str,
    /// What it is.
    pub description: &'a str,
    /// The base URLs.
    pub servers: &'a [String],
    /// The base URL of each version where the operations are that AN12642 does not have; `None` leaves them out.
    pub newer: Option<&'a dyn Fn(ApiVersion) -> String>,
    /// The statuses besides success that an operation answers, each with an [`ErrorBody`].
    pub refusals: &'a dyn Fn(&Endpoint) -> Vec<u16>,
}

/// The document.
#[must_use]
pub fn document(service: &Service<'_>) -> Json {
    let mut requests = generator(Contract::Deserialize);
    let mut replies = generator(Contract::Serialize);
    let mut paths = Map::new();
    for endpoint in CATALOGUE {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[method(endpoint)] = operation(endpoint, service, &mut requests, &mut replies);
    }
    if let Some(base_url) = service.newer {
        for endpoint in NEWER {
            let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
            let mut newer = operation(endpoint, service, &mut requests, &mut replies);
            newer["tags"] = json!([endpoint.command[0], NEWER_TAG]);
            newer["servers"] = json!([{"url": base_url(endpoint.api)}]);
            path[method(endpoint)] = newer;
        }
    }
    let error = replies.subschema_for::<ErrorBody>();
    let mut paths = Value::Object(paths);
    let schemas = definitions::merged(
        requests.take_definitions(true),
        replies.take_definitions(true),
        &mut paths,
    );
    let servers: Vec<Value> = service.servers.iter().map(|url| json!({"url": url})).collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": service.title,
            "version": service.version,
            "description": service.description,
        },
        "servers": servers,
        "security": [{"OSF-TOKEN": []}, {"EL2G-API-Key": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "OSF-TOKEN": {"type": "apiKey", "in": "header", "name": "OSF-TOKEN"},
                "EL2G-API-Key": {"type": "apiKey", "in": "header", "name": "EL2G-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
            "parameters": {
                "CorrelationId": {
                    "name": CORRELATION_HEADER,
                    "in": "header",
                    "description": "An id for this request, which its answer carries too.",
                    "required": false,
                    "schema": {"type": "string"},
                },
            },
            "headers": {
                "CorrelationId": {
                    "description": "The id that the request brought, or a new one.",
                    "required": true,
                    "schema": {"type": "string", "minLength": 1},
                },
            },
            "responses": {
                "Refused": {
                    "description": "The request was refused; the body says why.",
                    "headers": headers(),
                    "content": {"application/json": {"schema": error}},
                },
            },
            "schemas": schemas,
        },
    });
    definitions::plain_integers(&mut document);
    Json(document)
}

fn generator(contract: Contract) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.definitions_path = "/components/schemas".into();
        settings.contract = contract;
    });
    settings.into_generator()
}

fn method(endpoint: &Endpoint) -> &'static str {
    match endpoint.method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Put => "put",
        Method::Delete => "delete",
    }
}

fn headers() -> Value {
    json!({CORRELATION_HEADER: {"$ref": "#/components/headers/CorrelationId"}})
}

fn operation(
    endpoint: &Endpoint,
    service: &Service<'_>,
    requests: &mut SchemaGenerator,
    replies: &mut SchemaGenerator,
) -> Value {
    let path = (endpoint.schemas.path)(requests);
    let query = (endpoint.schemas.query)(requests);
    let mut parameters = parameters("path", endpoint.path_parameters, path.as_value());
    parameters.extend(self::parameters("query", endpoint.query, query.as_value()));
    parameters.push(json!({"$ref": "#/components/parameters/CorrelationId"}));
    let description = status_meaning(endpoint.success).unwrap_or("done");
    let mut success = json!({"description": description, "headers": headers()});
    if let Some(media_type) = endpoint.reply.media_type() {
        let schema = (endpoint.schemas.reply)(replies);
        success["content"] = json!({media_type: {"schema": schema}});
    }
    let mut responses = json!({endpoint.success.to_string(): success});
    for status in (service.refusals)(endpoint) {
        responses[status.to_string()] = json!({"$ref": "#/components/responses/Refused"});
    }
    let mut operation = json!({
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.command[0]],
        "parameters": parameters,
        "responses": responses,
    });
    if endpoint.has_body {
        let schema = (endpoint.schemas.body)(requests);
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": schema}}});
    }
    operation
}

/// One parameter for each property of `schema`, in the order of `names`.
fn parameters(place: &str, names: &[&str], schema: &Value) -> Vec<Value> {
    let one = |name: &&str| {
        let mut of_value = schema["properties"][name].clone();
        definitions::without_null(&mut of_value);
        // Every field of a query is optional in Rust; this marks the one that the service needs.
        let needed = of_value.as_object_mut().and_then(|s| s.shift_remove("x-needed")).is_some();
        let required = needed || place == "path";
        let mut parameter = json!({"name": name, "in": place, "required": required});
        if let Some(description) =
            of_value.as_object_mut().and_then(|s| s.shift_remove("description"))
        {
            parameter["description"] = description;
        }
        parameter["schema"] = of_value;
        parameter
    };
    names.iter().map(one).collect()
}
