//! `/openapi.json`: the operations as OpenAPI 3.1, from the same declarations as the routes.

use el2g_service_api::{CATALOGUE, Endpoint, Method, ReplyKind};
use serde_json::{Map, Value, json};

use crate::call::{DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE};

/// The document; `servers` are the base URLs of the fronts.
#[must_use]
pub fn document(servers: &[String]) -> Value {
    let mut paths = Map::new();
    for endpoint in CATALOGUE {
        let method = match endpoint.method {
            Method::Get => "get",
            Method::Post => "post",
            Method::Put => "put",
            Method::Delete => "delete",
        };
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[method] = operation(endpoint);
    }
    let servers: Vec<Value> = servers.iter().map(|url| json!({"url": url})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "el2g sandbox",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The operations of AN12642 section 4 as the el2g sandbox answers them.",
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
            "schemas": {"Error": error_schema()},
        },
    })
}

fn error_schema() -> Value {
    json!({
        "type": "object",
        "required": ["code", "details", "fieldErrors"],
        "properties": {
            "code": {"type": "string", "pattern": "^ERR_[A-Z]+_[0-9]{3}_[0-9]+$"},
            "details": {"type": "string"},
            "fieldErrors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "description"],
                    "properties": {"field": {"type": "string"}, "description": {"type": "string"}},
                },
            },
        },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut parameters: Vec<Value> = endpoint
        .path
        .split(['{', '}'])
        .skip(1)
        .step_by(2)
        .map(|name| {
            json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
        })
        .collect();
    parameters.extend(endpoint.query.iter().map(|name| {
        let required = endpoint.section == "4.5.16" && *name == "policyType";
        json!({"name": name, "in": "query", "required": required, "schema": query_schema(name)})
    }));
    let mut success = json!({"description": "done"});
    if let Some(media_type) = endpoint.reply.media_type() {
        success["content"] = json!({media_type: {"schema": reply_schema(endpoint)}});
    }
    let mut responses = json!({endpoint.success.to_string(): success});
    for status in ["400", "401", "404", "405", "409", "413", "415", "422"] {
        responses[status] = json!({
            "description": "refused",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        });
    }
    let mut operation = json!({
        "operationId": endpoint.name,
        "summary": format!("AN12642 {}", endpoint.section),
        "parameters": parameters,
        "responses": responses,
    });
    if endpoint.has_body {
        operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": body_schema(endpoint)}}});
    }
    operation
}

fn query_schema(name: &str) -> Value {
    match name {
        "page" => json!({"type": "integer", "minimum": 0, "default": 0}),
        "size" => json!({
            "type": "integer", "minimum": 1, "maximum": LARGEST_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE,
        }),
        "sortByDirection" => json!({"type": "string", "enum": ["ASC", "DESC"]}),
        _ => json!({"type": "string"}),
    }
}

fn body_schema(endpoint: &Endpoint) -> Value {
    // The two lists of ids (4.5.2, 4.5.3) are the only bodies that are no objects.
    if ["4.5.2", "4.5.3"].contains(&endpoint.section) {
        return json!({"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0}});
    }
    json!({"type": "object"})
}

fn reply_schema(endpoint: &Endpoint) -> Value {
    if endpoint.reply != ReplyKind::Json {
        return json!({"type": "string"});
    }
    if endpoint.is_paged() {
        return json!({
            "type": "object",
            "required": ["current", "totalElements", "content"],
            "properties": {
                "current": {"type": "string"},
                "next": {"type": ["string", "null"]},
                "prev": {"type": ["string", "null"]},
                "totalElements": {"type": "integer", "minimum": 0},
                "pageType": {"type": "string"},
                "content": {"type": "array", "items": {"type": "object"}},
            },
        });
    }
    json!({"type": ["object", "array"]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_every_operation_with_its_parameters() {
        let document = document(&["http://127.0.0.1:1/api/v1".into()]);
        for endpoint in CATALOGUE {
            let method = endpoint.method.as_str().to_lowercase();
            let operation = &document["paths"][endpoint.path][&method];
            assert_eq!(operation["operationId"], endpoint.name);
            let names: Vec<&str> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            for name in endpoint.query {
                assert!(names.contains(name), "{} {name}", endpoint.name);
            }
            assert_eq!(endpoint.path.matches('{').count() + endpoint.query.len(), names.len());
            assert!(operation["responses"].get(endpoint.success.to_string()).is_some());
        }
    }
}
