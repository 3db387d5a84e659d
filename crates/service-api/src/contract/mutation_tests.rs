//! Each change of our own document is told as that one difference, and a change that means nothing is not.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::*;

static OURS: LazyLock<Value> = LazyLock::new(|| {
    openapi::document(&openapi::Service {
        title: "a service",
        version: "7",
        description: "",
        servers: &[],
        newer: None,
        refusals: &|_| vec![400, 401],
    })
    .0
});

pub(super) fn compare(theirs: &Value) -> Result<Comparison, ContractError> {
    super::compare(&Json(theirs.clone()))
}

pub(super) fn ours() -> Value {
    OURS.clone()
}

/// What is found in our own document after `change`, a line for each difference.
pub(super) fn found(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut document = ours();
    change(&mut document);
    let compared = compare(&document).expect("it is a description");
    let line = |difference: &Difference| {
        format!("{} {} {difference}", difference.operation, difference.path)
    };
    compared.differences.iter().map(line).collect()
}

pub(super) fn at<'a>(document: &'a mut Value, pointer: &str) -> &'a mut Value {
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is there"))
}

pub(super) fn remove(document: &mut Value, pointer: &str, name: &str) -> Value {
    let fields = at(document, pointer).as_object_mut().expect("an object");
    fields.shift_remove(name).unwrap_or_else(|| panic!("{name} is there"))
}

fn parameter<'a>(document: &'a mut Value, operation: &str, name: &str) -> &'a mut Value {
    let list = at(document, operation)["parameters"].as_array_mut().expect("parameters");
    list.iter_mut().find(|one| one["name"] == name).expect("it is there")
}

const GROUPS: &str = "/paths/~1products~1{12nc}~1device-groups";
const SCHEMAS: &str = "/components/schemas";

#[test]
fn our_own_document_does_not_differ() {
    let compared = compare(&ours()).expect("it is a description");
    assert_eq!(compared.differences, []);
    assert_eq!((compared.found, compared.described), (57, 57));
    assert_eq!((compared.prefix.as_str(), compared.format.as_str()), ("", "OpenAPI 3.1.0"));
    assert_eq!((compared.title.as_str(), compared.version.as_str()), ("a service", "7"));
}

#[test]
fn a_changed_operation_is_the_one_difference() {
    assert_eq!(
        found(|d| drop(remove(d, "/paths", "/devices"))),
        ["ListDevices /devices operation: the file does not have it"]
    );
    assert_eq!(
        found(|d| d["paths"]["/devices/{id}/twin"] = json!({"get": {"responses": {"200": {}}}})),
        [" /devices/{id}/twin operation: only the file has it"]
    );
    assert_eq!(
        found(|d| {
            let get = remove(d, "/paths/~1dev-boards", "get");
            d["paths"]["/dev-boards"]["post"] = get;
        }),
        ["ListDevBoards /dev-boards method: GET here, POST in the file"]
    );
    assert_eq!(
        found(|d| d["paths"]["/dev-boards"]["post"] =
            json!({"operationId": "makeBoard", "responses": {}})),
        ["makeBoard /dev-boards operation: only the file has it"]
    );
    assert_eq!(
        found(|d| {
            let responses = at(d, &format!("{GROUPS}/post/responses"));
            let done = remove(responses, "", "200");
            responses["201"] = done;
        }),
        ["CreateDeviceGroup /products/{12nc}/device-groups status: 200 here, 201 in the file"]
    );
}

#[test]
fn a_changed_parameter_is_the_one_difference() {
    let operation = format!("{GROUPS}/get");
    let line =
        |what: &str| vec![format!("ListDeviceGroups /products/{{12nc}}/device-groups {what}")];
    let removed = found(|d| {
        let parameters = at(d, &operation)["parameters"].as_array_mut().expect("parameters");
        parameters.retain(|one| one["name"] != "size");
    });
    assert_eq!(removed, line("query size: the file does not have it"));
    let more = json!({"name": "owner", "in": "query", "schema": {"type": "string"}});
    let added = found(|d| {
        at(d, &operation)["parameters"].as_array_mut().expect("parameters").push(more.clone());
    });
    assert_eq!(added, line("query owner: only the file has it"));
    let of_the_path = found(|d| at(d, GROUPS)["parameters"] = json!([more]));
    assert_eq!(
        of_the_path,
        [
            "ListDeviceGroups /products/{12nc}/device-groups query owner: only the file has it",
            "CreateDeviceGroup /products/{12nc}/device-groups query owner: only the file has it",
        ]
    );
    assert_eq!(
        found(|d| parameter(d, &operation, "name")["required"] = json!(true)),
        line("query name: optional here, required in the file")
    );
    assert_eq!(
        found(|d| parameter(d, &operation, "page")["schema"]["type"] = json!("string")),
        line("query page: integer here, string in the file")
    );
    assert_eq!(
        found(|d| parameter(d, &operation, "12nc")["schema"] = json!({"type": "integer"})),
        line("path 12nc: string here, integer in the file")
    );
    assert_eq!(
        found(|d| {
            let sorted = parameter(d, "/paths/~1rtp~1secure-objects/get", "sortBy");
            sorted["schema"]["enum"].as_array_mut().expect("values").retain(|v| v != "objectId");
        }),
        [
            "ListSecureObjects /rtp/secure-objects query sortBy: the file does not have the value objectId"
        ]
    );
}

#[test]
fn a_changed_body_is_the_one_difference() {
    let line = |what: &str| {
        vec![format!(
            "CreateClaimCode /products/{{12nc}}/device-groups/{{deviceGroupId}}/claim-codes {what}"
        )]
    };
    let schema = format!("{SCHEMAS}/NewClaimCode");
    let fields = format!("{schema}/properties");
    assert_eq!(
        found(|d| {
            remove(d, &fields, "metadata");
        }),
        line("body metadata: the file does not have it")
    );
    assert_eq!(
        found(|d| at(d, &fields)["owner"] = json!({"type": "string"})),
        line("body owner: only the file has it")
    );
    assert_eq!(
        found(|d| at(d, &fields)["reusable"] = json!({"type": "string"})),
        line("body reusable: boolean here, string in the file")
    );
    assert_eq!(
        found(|d| at(d, &schema)["required"]
            .as_array_mut()
            .expect("names")
            .retain(|n| n != "secret")),
        line("body secret: required here, optional in the file")
    );
    assert_eq!(
        found(
            |d| at(d, &fields)["status"] = json!({"enum": ["ACTIVE", "REVOKED", "ALL", "PAUSED"]})
        ),
        line("body status: only the file has the value PAUSED")
    );
    let operation = "/paths/~1products~1{12nc}~1device-groups~1{deviceGroupId}~1claim-codes/post";
    assert_eq!(
        found(|d| drop(remove(d, operation, "requestBody"))),
        line("body: the file does not have it")
    );
    assert_eq!(
        found(|d| at(d, operation)["requestBody"]["required"] = json!(false)),
        line("body: required here, optional in the file")
    );
    assert_eq!(
        found(|d| {
            let content =
                at(d, operation)["requestBody"]["content"].as_object_mut().expect("content");
            let media = content.shift_remove("application/json").expect("JSON");
            content.insert("application/xml".to_owned(), media);
        }),
        line("body: media type application/json here, application/xml in the file")
    );
    let more = json!({"content": {"application/json": {"schema": {"type": "object"}}}});
    assert_eq!(
        found(|d| at(d, "/paths/~1devices/get")["requestBody"] = more.clone()),
        ["ListDevices /devices body: only the file has it"]
    );
}

#[test]
fn a_changed_variant_of_a_body_is_the_one_difference() {
    let line = |what: &str| vec![format!("CreateSecureObject /rtp/secure-objects {what}")];
    let fields = format!("{SCHEMAS}/NewKeyPair/properties");
    assert_eq!(
        found(|d| drop(remove(d, &fields, "generateOnDeviceConnection"))),
        line("body (KEYPAIR).generateOnDeviceConnection: the file does not have it")
    );
    assert_eq!(
        found(|d| at(d, &fields)["policies"] = json!({"type": "array", "items": {}})),
        line("body (KEYPAIR).policies: object here, array in the file")
    );
    let variants = format!("{SCHEMAS}/NewSecureObject/oneOf");
    assert_eq!(
        found(|d| drop(at(d, &variants).as_array_mut().expect("variants").remove(0))),
        line("body secureObjectType: the file does not have the value KEYPAIR")
    );
    assert_eq!(
        found(|d| at(d, &format!("{variants}/0/properties"))["secureObjectType"] =
            json!({"const": "KEY"})),
        [
            line("body secureObjectType: the file does not have the value KEYPAIR"),
            line("body secureObjectType: only the file has the value KEY")
        ]
        .concat()
    );
}

#[test]
fn a_changed_answer_is_the_one_difference() {
    let line = |what: &str| {
        vec![format!(
            "ListSecureObjectPolicies /rtp/secure-objects/{{secureObjectId}}/policies {what}"
        )]
    };
    let schema = format!("{SCHEMAS}/SecureObjectPolicy");
    let fields = format!("{schema}/properties");
    assert_eq!(
        found(|d| drop(remove(d, &fields, "commercialName"))),
        line("reply content[].commercialName: the file does not have it")
    );
    assert_eq!(
        found(|d| at(d, &fields)["until"] = json!({"type": "string"})),
        line("reply content[].until: only the file has it")
    );
    assert_eq!(
        found(|d| at(d, &fields)["nc12"] = json!({"type": "integer"})),
        line("reply content[].nc12: string here, integer in the file")
    );
    assert_eq!(
        found(|d| at(d, &schema)["required"] = json!(["nc12"])),
        line(
            "reply content[].secureObjectPolicyConfiguration: required here, optional in the file"
        )
    );
    assert_eq!(
        found(|d| {
            let types = at(d, &format!("{SCHEMAS}/PairStatus/anyOf/0/enum"));
            types.as_array_mut().expect("values").push(json!("REFUSED"));
        }),
        [
            "ListSupportedAlgorithms /rtp/intermediate-cas/supported-algorithms reply supportedAlgorithms[].status: only the file has the value REFUSED"
        ]
    );
    assert_eq!(
        found(|d| {
            let content = at(d, "/paths/~1audits~1create-report/post/responses/200/content");
            *content = json!({"application/json": {"schema": {"type": "string"}}});
        }),
        [
            "CreateActivityReport /audits/create-report reply: media type text/csv here, application/json in the file"
        ]
    );
    assert_eq!(
        found(|d| drop(remove(d, "/paths/~1dev-boards/get/responses/200", "content"))),
        ["ListDevBoards /dev-boards reply: the file does not have it"]
    );
}

#[test]
fn what_means_the_same_does_not_differ() {
    let same = |what: &str, change: &dyn Fn(&mut Value)| {
        assert_eq!(found(change), Vec::<String>::new(), "{what}");
    };
    same("names of path parameters", &|d| {
        let text = d.to_string().replace("{deviceGroupId}", "{groupId}");
        *d = serde_json::from_str(&text).expect("JSON");
        let text = d.to_string().replace(r#""name":"deviceGroupId""#, r#""name":"groupId""#);
        *d = serde_json::from_str(&text).expect("JSON");
    });
    same("3.0 with nullable and enum instead of const", &|d| {
        d["openapi"] = json!("3.0.3");
        let fields = at(d, &format!("{SCHEMAS}/NewClaimCode/properties"));
        fields["status"] =
            json!({"type": "string", "nullable": true, "enum": ["ALL", "ACTIVE", "REVOKED", null]});
        for variant in
            at(d, &format!("{SCHEMAS}/NewSecureObject/oneOf")).as_array_mut().expect("variants")
        {
            let tag = &mut variant["properties"]["secureObjectType"];
            *tag = json!({"type": "string", "enum": [tag["const"]]});
        }
    });
    same("a field in a part of its own", &|d| {
        let schema = at(d, &format!("{SCHEMAS}/Device"));
        *schema = json!({"allOf": [{"$ref": "#/components/schemas/DeviceCore"}, schema.clone()]});
        d["components"]["schemas"]["DeviceCore"] =
            json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]});
    });
    same("references to parameters, bodies and answers", &|d| {
        let get = at(d, &format!("{GROUPS}/get"));
        let parameter = std::mem::replace(
            &mut get["parameters"][1],
            json!({"$ref": "#/components/parameters/Name"}),
        );
        d["components"]["parameters"]["Name"] = parameter;
        let post = at(d, &format!("{GROUPS}/post"));
        let body = std::mem::replace(
            &mut post["requestBody"],
            json!({"$ref": "#/components/requestBodies/Name"}),
        );
        let done = std::mem::replace(
            &mut post["responses"]["200"],
            json!({"$ref": "#/components/responses/Done"}),
        );
        d["components"]["requestBodies"] = json!({"Name": body});
        d["components"]["responses"]["Done"] = done;
    });
    same("answers of any media type", &|d| {
        let text = d.to_string().replace("application/json", "*/*");
        *d = serde_json::from_str(&text).expect("JSON");
    });
    same("a circle that says nothing new", &|d| {
        let schema = at(d, &format!("{SCHEMAS}/Device"));
        schema["allOf"] = json!([{"$ref": "#/components/schemas/Device"}]);
    });
    same("a discriminator with a mapping", &|d| {
        let schema = at(d, &format!("{SCHEMAS}/NewSecureObject"));
        let mut mapping = serde_json::Map::new();
        for index in 0..6 {
            let variant = schema["oneOf"][index].take();
            let kind =
                variant["properties"]["secureObjectType"]["const"].as_str().expect("a value");
            mapping.insert(kind.to_owned(), json!(format!("#/components/schemas/{kind}")));
            schema["oneOf"][index] = json!({"$ref": format!("#/components/schemas/{kind}")});
            let mut variant = variant.clone();
            variant["properties"]["secureObjectType"] = json!({"type": "string"});
            mapping.insert(format!("_{kind}"), variant);
        }
        let named: Vec<_> = mapping
            .iter()
            .filter_map(|(name, v)| Some((name.strip_prefix('_')?.to_owned(), v.clone())))
            .collect();
        mapping.retain(|name, _| !name.starts_with('_'));
        schema["discriminator"] = json!({"propertyName": "secureObjectType", "mapping": mapping});
        for (name, variant) in named {
            d["components"]["schemas"][name] = variant;
        }
    });
}
