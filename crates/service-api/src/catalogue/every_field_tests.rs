//! Every field and every enumeration of every operation, with values newer than this program: what the
//! schemas name is filled in, decoded into the types and encoded again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{CATALOGUE, Endpoint};
use crate::{OpenEnum, ReplyKind, openapi};

/// A value that no enumeration knows.
const NEW: &str = "A_VALUE_OF_TOMORROW";

fn document() -> Value {
    openapi::document(&openapi::Service {
        title: "",
        version: "",
        description: "",
        servers: &[],
        newer: None,
        refusals: &|_| Vec::new(),
    })
    .0
}

/// Makes a value of a schema with every field that it names.
struct Filling<'a> {
    document: &'a Value,
    /// Which of the variants of a `oneOf`.
    variant: usize,
    /// How many enumerations got a value that they do not know.
    enumerations: usize,
}

impl Filling<'_> {
    fn value(&mut self, schema: &Value) -> Value {
        let document = self.document;
        let mut parts = Vec::new();
        if let Some(reference) = schema["$ref"].as_str() {
            parts.push(document.pointer(&reference[1..]).expect("it is a definition").clone());
        }
        parts.push(schema.clone());
        if let Some(variants) = schema["oneOf"].as_array() {
            parts.push(variants[self.variant % variants.len()].clone());
        }
        if let Some(choices) = schema["anyOf"].as_array()
            && schema["properties"].is_null()
        {
            parts.push(choices[0].clone());
        }
        let values: Vec<Value> =
            parts.iter().map(|part| self.plain(part, *part == *schema)).collect();
        let mut whole = Value::Null;
        for value in values {
            match (&mut whole, value) {
                (_, Value::Null) => {}
                (Value::Object(fields), Value::Object(more)) => {
                    // What only narrows a field has no type, and gives none.
                    fields.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
                }
                (whole, value) => *whole = value,
            }
        }
        whole
    }

    fn plain(&mut self, schema: &Value, itself: bool) -> Value {
        if !itself {
            return self.value(schema);
        }
        if !schema["const"].is_null() {
            return schema["const"].clone();
        }
        if schema["enum"].is_array() {
            self.enumerations += 1;
            return json!(NEW);
        }
        let kinds =
            schema["type"].as_array().map_or_else(|| vec![schema["type"].clone()], Clone::clone);
        match kinds[0].as_str() {
            Some("string") => json!("7"),
            Some("integer") => json!(7),
            Some("number") => json!(7.5),
            Some("boolean") => json!(true),
            Some("array") => json!([self.value(&schema["items"])]),
            Some("object") => {
                let mut fields = Map::new();
                for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                    fields.insert(name.clone(), self.value(field));
                }
                if schema["additionalProperties"].is_object() {
                    fields.insert(
                        "935389312472".to_owned(),
                        self.value(&schema["additionalProperties"]),
                    );
                }
                Value::Object(fields)
            }
            _ => Value::Null,
        }
    }
}

/// Decodes and encodes what the schema at `place` of an operation describes, in each of eight variants.
fn survives(
    document: &Value,
    endpoint: &Endpoint,
    place: &str,
    reencode: impl Fn(&[u8]) -> Vec<u8>,
) -> usize {
    let method = endpoint.method.as_str().to_lowercase();
    let operation = &document["paths"][endpoint.path][method];
    let schema = operation.pointer(place).unwrap_or_else(|| panic!("{} {place}", endpoint.name));
    let mut enumerations = 0;
    for variant in 0..8 {
        let mut filling = Filling { document, variant, enumerations: 0 };
        let value = filling.value(schema);
        let encoded = reencode(value.to_string().as_bytes());
        let encoded: Value = serde_json::from_slice(&encoded).expect("what we encode is JSON");
        assert_eq!(value, encoded, "{} {place}", endpoint.name);
        enumerations += filling.enumerations;
    }
    enumerations
}

#[test]
fn every_field_of_every_answer_survives_with_enumerations_of_tomorrow() {
    let document = document();
    let mut enumerations = 0;
    let mut answers = 0;
    for endpoint in CATALOGUE.iter().filter(|e| e.reply == ReplyKind::Json) {
        answers += 1;
        enumerations += survives(
            &document,
            endpoint,
            "/responses/200/content/application~1json/schema",
            |body| (endpoint.reencode_reply)(body).unwrap_or_else(|error| panic!("{error}")),
        );
    }
    assert_eq!(answers, 38);
    assert!(enumerations > 300, "{enumerations}");
}

#[test]
fn every_field_of_every_request_survives_with_enumerations_of_tomorrow() {
    let document = document();
    let mut enumerations = 0;
    let mut requests = 0;
    for endpoint in CATALOGUE.iter().filter(|e| e.has_body) {
        requests += 1;
        enumerations += survives(
            &document,
            endpoint,
            "/requestBody/content/application~1json/schema",
            |body| {
                (endpoint.reencode_body)(body)
                    .unwrap_or_else(|error| panic!("{error}"))
                    .expect("a body")
            },
        );
    }
    assert_eq!(requests, 18);
    assert!(enumerations > 50, "{enumerations}");
}

fn keeps_what_it_does_not_know<E>() -> &'static str
where
    E: OpenEnum + serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    for text in [NEW, "", "a b", "\u{e9}\n\"", "null"] {
        let written = json!(text);
        let read: E = serde_json::from_value(written.clone()).expect("any text is a value");
        assert!(!E::KNOWN.contains(&read), "{read:?}");
        assert_eq!(serde_json::to_value(&read).expect("it is text"), written);
    }
    for known in E::KNOWN {
        let read: E = serde_json::from_value(json!(known.as_str())).expect("a known value");
        assert_eq!((&read, read.as_str()), (known, known.as_str()));
    }
    std::any::type_name::<E>().rsplit("::").next().expect("a name")
}

macro_rules! every_enumeration {
    ($($module:ident: $($name:ident)+;)+) => {
        BTreeSet::from([$($(keeps_what_it_does_not_know::<crate::$module::$name>()),+),+])
    };
}

#[test]
fn every_enumeration_keeps_what_it_does_not_know() {
    let mut tried = every_enumeration! {
        claim_codes: ClaimPolicy ClaimBehavior ClaimStatus UsageStatus UsageLevel;
        intermediate_cas: CaAlgorithm RequestType SigningState SigningAuthority Validity PairStatus;
        new_certificate: ExtendedKeyUsage KeyUsage ValidityType;
        owner_domains: OwnerDomain;
        policies: PolicySource PolicyType AccessRuleType AccessRule;
        products: HardwareFamily;
        provisionings: ProvisioningState;
        secure_objects: SecureObjectType KeyPairAlgorithm BinaryFileType;
    };
    tried.insert(keeps_what_it_does_not_know::<crate::SortDirection>());
    assert_eq!(tried, declared());
}

/// The names that the sources give to `open_enum!`.
fn declared() -> BTreeSet<&'static str> {
    const SOURCES: [&str; 10] = [
        include_str!("../claim_codes.rs"),
        include_str!("../intermediate_cas.rs"),
        include_str!("../new_certificate.rs"),
        include_str!("../new_secure_object.rs"),
        include_str!("../owner_domains.rs"),
        include_str!("../policies.rs"),
        include_str!("../products.rs"),
        include_str!("../provisionings.rs"),
        include_str!("../secure_objects.rs"),
        include_str!("../wire/sorting.rs"),
    ];
    let names = SOURCES.iter().flat_map(|source| {
        source.split("open_enum! {").skip(1).filter_map(|rest| {
            rest.split_once("pub enum ")?.1.split_once(' ').map(|(name, _)| name)
        })
    });
    names.collect()
}

#[test]
fn every_enumeration_of_the_document_is_one_of_them() {
    let document = document();
    let mut named = BTreeMap::new();
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        let closed = schema["enum"].is_array();
        if closed || schema["anyOf"][0]["enum"].is_array() {
            named.insert(name.strip_suffix("Request").unwrap_or(name).to_owned(), closed);
        }
    }
    let declared = declared();
    let unknown: Vec<&String> =
        named.keys().filter(|name| !declared.contains(name.as_str())).collect();
    assert_eq!(unknown, Vec::<&String>::new());
    assert_eq!(named.len(), declared.len());
}
