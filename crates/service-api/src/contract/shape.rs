//! What a JSON Schema says of a value, one level deep, whatever way it is written: by reference, in
//! parts (`allOf`) or in variants (`oneOf`, `anyOf`).

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::ContractError;

/// The most looks at schemas that a comparison takes. That of our own description takes about 11,000.
pub(super) const MOST_LOOKS: usize = 400_000;

/// Counts looks at schemas.
#[derive(Debug, Default)]
pub(super) struct Budget(Cell<usize>);

impl Budget {
    /// Counts `looks` more.
    pub(super) fn spend(&self, looks: usize) -> Result<(), ContractError> {
        let spent = self.0.get().saturating_add(looks);
        self.0.set(spent);
        if spent > MOST_LOOKS {
            return Err(ContractError::TooComplicated { limit: MOST_LOOKS });
        }
        Ok(())
    }
}

/// A schema, or several that hold for the same value: together, or one of them.
#[derive(Debug, Clone)]
pub(super) enum Schema<'a> {
    Plain(&'a Value),
    All(Vec<Schema<'a>>),
    Any(Vec<Schema<'a>>),
}

/// What is said of a value.
#[derive(Debug, Default)]
pub(super) struct Shape<'a> {
    /// The types it may have, `null` aside; none: nothing is said.
    pub(super) types: BTreeSet<String>,
    /// The values it may have, when they are listed. Others may be allowed besides.
    pub(super) values: Option<BTreeSet<String>>,
    /// The fields it has when it is an object.
    pub(super) fields: BTreeMap<String, Schema<'a>>,
    /// The fields that are always there.
    pub(super) required: BTreeSet<String>,
    /// What its items are when it is an array.
    pub(super) items: Option<Schema<'a>>,
    /// What its other fields are when it is a map.
    pub(super) others: Option<Schema<'a>>,
    /// Its variants by the value of the field that tells them apart.
    pub(super) variants: Option<Variants<'a>>,
}

/// Variants of an object.
#[derive(Debug)]
pub(super) struct Variants<'a> {
    /// The field that tells them apart.
    pub(super) tag: String,
    /// A variant for each of its values.
    pub(super) of: BTreeMap<String, Schema<'a>>,
    /// The fields that all variants have, and which of them are always there.
    shared: (BTreeMap<String, Schema<'a>>, BTreeSet<String>),
}

/// A document in which references are looked up.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) root: &'a Value,
    pub(super) budget: &'a Budget,
}

impl<'a> Reader<'a> {
    /// What a local reference points at, through further references. A reference that leads nowhere or
    /// in a circle points at nothing.
    pub(super) fn resolved(
        &self,
        mut value: &'a Value,
    ) -> Result<Option<&'a Value>, ContractError> {
        const LONGEST_CHAIN: usize = 32;
        for _ in 0..LONGEST_CHAIN {
            self.budget.spend(1)?;
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                return Ok(Some(value));
            };
            match self.target(reference) {
                Some(target) => value = target,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    fn target(&self, reference: &str) -> Option<&'a Value> {
        let pointer = reference.strip_prefix('#')?;
        let decoded = percent_encoding::percent_decode_str(pointer).decode_utf8().ok()?;
        self.root.pointer(&decoded)
    }

    /// What `schema` says.
    pub(super) fn shape(&self, schema: &Schema<'a>) -> Result<Shape<'a>, ContractError> {
        self.read(schema, &mut Vec::new())
    }

    /// What one variant says, with what all of them have.
    pub(super) fn variant(
        &self,
        variants: &Variants<'a>,
        value: &str,
    ) -> Result<Option<Shape<'a>>, ContractError> {
        let Some(schema) = variants.of.get(value) else { return Ok(None) };
        let (fields, required) = variants.shared.clone();
        let shared = Shape { fields, required, ..Shape::default() };
        let mut whole = both(self.shape(schema)?, shared);
        // Each is known by it: comparing it again would say everything twice.
        whole.fields.remove(&variants.tag);
        whole.required.remove(&variants.tag);
        Ok(Some(whole))
    }

    fn read(
        &self,
        schema: &Schema<'a>,
        open: &mut Vec<&'a Value>,
    ) -> Result<Shape<'a>, ContractError> {
        self.budget.spend(1)?;
        match schema {
            Schema::Plain(value) => self.read_plain(value, open),
            Schema::All(parts) => {
                let mut whole = Shape::default();
                for part in parts {
                    whole = both(whole, self.read(part, open)?);
                }
                Ok(whole)
            }
            Schema::Any(choices) => {
                let choices: Result<Vec<_>, _> =
                    choices.iter().map(|choice| self.read(choice, open)).collect();
                Ok(either(choices?))
            }
        }
    }

    fn read_plain(
        &self,
        value: &'a Value,
        open: &mut Vec<&'a Value>,
    ) -> Result<Shape<'a>, ContractError> {
        const DEEPEST: usize = 64;
        self.budget.spend(1)?;
        // What is being read already says nothing new; so does what lies too deep to be meant.
        if open.len() >= DEEPEST || open.iter().any(|one| std::ptr::eq(*one, value)) {
            return Ok(Shape::default());
        }
        open.push(value);
        let shape = self.read_open(value, open);
        open.pop();
        shape
    }

    fn read_open(
        &self,
        value: &'a Value,
        open: &mut Vec<&'a Value>,
    ) -> Result<Shape<'a>, ContractError> {
        let mut shape = own(value);
        self.budget.spend(shape.fields.len() + shape.values.as_ref().map_or(0, BTreeSet::len))?;
        if let Some(reference) = value.get("$ref").and_then(Value::as_str)
            && let Some(target) = self.target(reference)
        {
            shape = both(shape, self.read_plain(target, open)?);
        }
        for part in list(value, "allOf") {
            shape = both(shape, self.read_plain(part, open)?);
        }
        for key in ["oneOf", "anyOf"] {
            let choices = list(value, key);
            if choices.is_empty() {
                continue;
            }
            let mut read = Vec::new();
            for choice in choices.iter().filter(|choice| !is_null(choice)) {
                read.push((choice, self.read_plain(choice, open)?));
            }
            let variants = variants(value, &shape, &read);
            let choice = either(read.into_iter().map(|(_, shape)| shape).collect());
            shape = narrowed(shape, choice);
            shape.variants = shape.variants.or(variants);
        }
        if shape.types.is_empty() {
            shape.types = told_types(&shape);
        }
        Ok(shape)
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

/// What a schema says by itself, references and parts aside.
fn own(value: &Value) -> Shape<'_> {
    let mut shape = Shape::default();
    match value.get("type") {
        Some(Value::String(kind)) => shape.types.extend([kind.clone()]),
        Some(Value::Array(kinds)) => {
            shape.types.extend(kinds.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        _ => {}
    }
    shape.types.remove("null");
    let constant = value.get("const").map(std::slice::from_ref);
    let listed = value.get("enum").and_then(Value::as_array).map(Vec::as_slice);
    shape.values = listed.or(constant).map(|values| {
        let told = values.iter().filter(|value| !value.is_null());
        told.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
    });
    if shape.types.is_empty() {
        shape.types.extend(listed.or(constant).into_iter().flatten().filter_map(type_of));
    }
    for (name, field) in value.get("properties").and_then(Value::as_object).into_iter().flatten() {
        shape.fields.insert(name.clone(), Schema::Plain(field));
    }
    shape
        .required
        .extend(list(value, "required").iter().filter_map(Value::as_str).map(str::to_owned));
    shape.items = value.get("items").filter(|items| items.is_object()).map(Schema::Plain);
    shape.others =
        value.get("additionalProperties").filter(|others| others.is_object()).map(Schema::Plain);
    shape
}

fn type_of(value: &Value) -> Option<String> {
    let kind = match value {
        Value::Null => return None,
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    Some(kind.to_owned())
}

fn told_types(shape: &Shape<'_>) -> BTreeSet<String> {
    let object = !shape.fields.is_empty() || shape.others.is_some();
    let kind = match (object, shape.items.is_some()) {
        (true, false) => "object",
        (false, true) => "array",
        _ => return BTreeSet::new(),
    };
    BTreeSet::from([kind.to_owned()])
}

/// The variants of an object that a field tells apart: each has one value for it, another than the rest.
fn variants<'a>(
    value: &'a Value,
    base: &Shape<'a>,
    choices: &[(&'a Value, Shape<'a>)],
) -> Option<Variants<'a>> {
    if choices.len() < 2 {
        return None;
    }
    let named = value.pointer("/discriminator/propertyName").and_then(Value::as_str);
    let (_, first) = choices.first()?;
    let mut tags: Vec<&str> = first.fields.keys().map(String::as_str).collect();
    tags.extend(named.filter(|name| !tags.contains(name)));
    tags.into_iter().filter(|tag| !base.fields.contains_key(*tag)).find_map(|tag| {
        let mut of = BTreeMap::new();
        for (choice, shape) in choices {
            let tag_value = mapped(value, choice).or_else(|| single_value(shape, tag))?;
            if of.insert(tag_value, Schema::Plain(choice)).is_some() {
                return None;
            }
        }
        let shared = (base.fields.clone(), base.required.clone());
        Some(Variants { tag: tag.to_owned(), of, shared })
    })
}

/// The value that OpenAPI's `discriminator.mapping` has for a variant.
fn mapped(value: &Value, choice: &Value) -> Option<String> {
    let mapping = value.pointer("/discriminator/mapping")?.as_object()?;
    let reference = choice.get("$ref")?;
    mapping.iter().find(|(_, target)| *target == reference).map(|(name, _)| name.clone())
}

fn single_value(shape: &Shape<'_>, tag: &str) -> Option<String> {
    let Schema::Plain(field) = shape.fields.get(tag)? else { return None };
    let values = own(field).values?;
    (values.len() == 1).then(|| values.into_iter().next())?
}

/// What holds when both hold.
fn both<'a>(one: Shape<'a>, two: Shape<'a>) -> Shape<'a> {
    let types = match (one.types.is_empty(), two.types.is_empty()) {
        (_, true) => one.types,
        (true, false) => two.types,
        (false, false) => one.types.intersection(&two.types).cloned().collect(),
    };
    let values = match (one.values, two.values) {
        (Some(one), Some(two)) => Some(one.intersection(&two).cloned().collect()),
        (one, two) => one.or(two),
    };
    let mut fields = one.fields;
    for (name, schema) in two.fields {
        let joined = match fields.remove(&name) {
            Some(Schema::All(mut parts)) => {
                parts.push(schema);
                Schema::All(parts)
            }
            Some(other) => Schema::All(vec![other, schema]),
            None => schema,
        };
        fields.insert(name, joined);
    }
    let mut required = one.required;
    required.extend(two.required);
    let joined = |one: Option<Schema<'a>>, two: Option<Schema<'a>>| match (one, two) {
        (Some(one), Some(two)) => Some(Schema::All(vec![one, two])),
        (one, two) => one.or(two),
    };
    Shape {
        types,
        values,
        fields,
        required,
        items: joined(one.items, two.items),
        others: joined(one.others, two.others),
        variants: one.variants.or(two.variants),
    }
}

/// What holds when one of several holds.
fn either<'a>(choices: Vec<Shape<'a>>) -> Shape<'a> {
    let mut whole = Shape::default();
    let said_nothing = choices.iter().any(|choice| choice.types.is_empty());
    for (index, choice) in choices.into_iter().enumerate() {
        whole.types.extend(choice.types);
        // Known values beside "any text" are still the known values.
        if let Some(values) = choice.values {
            whole.values.get_or_insert_default().extend(values);
        }
        if index == 0 {
            whole.required = choice.required;
        } else {
            whole.required.retain(|name| choice.required.contains(name));
        }
        for (name, schema) in choice.fields {
            add_choice(whole.fields.remove(&name), schema, |schema| {
                whole.fields.insert(name, schema);
            });
        }
        for (all, one) in [(&mut whole.items, choice.items), (&mut whole.others, choice.others)] {
            if let Some(one) = one {
                add_choice(all.take(), one, |schema| *all = Some(schema));
            }
        }
        whole.variants = whole.variants.or(choice.variants);
    }
    if said_nothing {
        whole.types.clear();
    }
    whole
}

fn add_choice<'a>(known: Option<Schema<'a>>, more: Schema<'a>, keep: impl FnOnce(Schema<'a>)) {
    keep(match known {
        None => more,
        Some(Schema::Any(mut choices)) => {
            choices.push(more);
            Schema::Any(choices)
        }
        Some(other) => Schema::Any(vec![other, more]),
    });
}

/// A shape with what its variants add. Of a field that it describes itself, they only say what goes
/// together with what.
fn narrowed<'a>(base: Shape<'a>, choice: Shape<'a>) -> Shape<'a> {
    let known: BTreeSet<String> = base.fields.keys().cloned().collect();
    let mut choice = choice;
    choice.fields.retain(|name, _| !known.contains(name));
    both(base, choice)
}
