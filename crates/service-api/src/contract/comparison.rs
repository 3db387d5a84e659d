//! Two descriptions side by side.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::description::{Body, Operation, PathItem, format, paths};
use super::matched_paths::{Matched, is_newer, parameter_names};
use super::shape::{Budget, Reader, Schema, Shape};
use super::{Comparison, ContractError, Difference, DifferenceKind};

/// Schemas that nest deeper are not compared further: ours have about 8 levels.
const DEEPEST: usize = 24;

pub(super) fn compare(ours: &Value, theirs: &Value) -> Result<Comparison, ContractError> {
    let budget = Budget::default();
    let format = format(theirs)?;
    let (ours, theirs) =
        (Reader { root: ours, budget: &budget }, Reader { root: theirs, budget: &budget });
    let (our_paths, their_paths) = (paths(ours)?, paths(theirs)?);
    let matched = Matched::of(&our_paths, &their_paths, &budget)?;
    let described = their_paths.iter().map(|item| item.operations.len()).sum();
    let info = |name: &str| {
        shown(theirs.root.pointer(&format!("/info/{name}")).and_then(Value::as_str).unwrap_or(""))
    };
    let mut comparer = Comparer { ours, theirs, found: 0, differences: Vec::new() };
    for (item, others) in our_paths.iter().zip(&matched.pairs) {
        let others: Vec<&PathItem<'_>> = others.iter().map(|index| &their_paths[*index]).collect();
        comparer.path(item, &others)?;
    }
    for (index, item) in their_paths.iter().enumerate() {
        if !matched.taken.contains(&index) {
            let unknown = item.operations.iter().filter(|(method, _)| !is_newer(method, item.path));
            for (method, operation) in unknown {
                comparer.whole(
                    DifferenceKind::Extra,
                    (method, item.path, operation.id),
                    None,
                    Some(method),
                )?;
            }
        }
    }
    Ok(Comparison {
        title: info("title"),
        version: info("version"),
        format,
        prefix: matched.prefix,
        found: comparer.found,
        described,
        differences: comparer.differences,
    })
}

/// A foreign text cut to what fits in a report.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

struct Comparer<'a> {
    ours: Reader<'a>,
    theirs: Reader<'a>,
    found: usize,
    differences: Vec<Difference>,
}

/// The operation that is being compared: method, path, name.
type Place<'p> = (&'p str, &'p str, &'p str);

impl<'a> Comparer<'a> {
    fn path(&mut self, own: &PathItem<'a>, others: &[&PathItem<'a>]) -> Result<(), ContractError> {
        let mut there: BTreeMap<&str, (&str, &Operation<'a>)> = BTreeMap::new();
        for item in others.iter().rev() {
            there.extend(
                item.operations.iter().map(|(method, op)| (method.as_str(), (item.path, op))),
            );
        }
        let only_ours: Vec<&String> =
            own.operations.keys().filter(|method| !there.contains_key(method.as_str())).collect();
        let only_theirs: Vec<(&str, &Operation<'a>)> = there
            .iter()
            .filter(|(method, _)| !own.operations.contains_key(**method))
            .map(|(method, (_, operation))| (*method, *operation))
            .collect();
        if let ([ours], [(theirs, _)]) = (only_ours.as_slice(), only_theirs.as_slice()) {
            let place = (ours.as_str(), own.path, own.operations[*ours].id);
            self.whole(DifferenceKind::Method, place, Some(ours), Some(theirs))?;
        } else {
            for method in only_ours {
                let place = (method.as_str(), own.path, own.operations[method].id);
                self.whole(DifferenceKind::Missing, place, Some(method), None)?;
            }
            for (method, operation) in only_theirs {
                self.whole(
                    DifferenceKind::Extra,
                    (method, own.path, operation.id),
                    None,
                    Some(method),
                )?;
            }
        }
        for (method, operation) in &own.operations {
            if let Some((their_path, theirs)) = there.get(method.as_str()) {
                self.found += 1;
                let place = (method.as_str(), own.path, operation.id);
                self.operation(place, operation, their_path, theirs)?;
            }
        }
        Ok(())
    }

    /// A difference of a whole operation.
    fn whole(
        &mut self,
        kind: DifferenceKind,
        place: Place<'_>,
        ours: Option<&str>,
        theirs: Option<&str>,
    ) -> Result<(), ContractError> {
        self.differs(kind, place, "", ours, theirs)
    }

    fn differs(
        &mut self,
        kind: DifferenceKind,
        (method, path, operation): Place<'_>,
        place: &str,
        ours: Option<&str>,
        theirs: Option<&str>,
    ) -> Result<(), ContractError> {
        self.ours.budget.spend(10)?;
        self.differences.push(Difference {
            kind,
            operation: shown(operation),
            method: method.to_owned(),
            path: shown(path),
            place: shown(place),
            ours: ours.map(shown),
            theirs: theirs.map(shown),
        });
        Ok(())
    }

    fn operation(
        &mut self,
        place: Place<'_>,
        ours: &Operation<'a>,
        their_path: &str,
        theirs: &Operation<'a>,
    ) -> Result<(), ContractError> {
        // What stands before ours in their path may have parameters too.
        let (our_names, their_names) = (parameter_names(place.1), parameter_names(their_path));
        for (own, other) in our_names.iter().rev().zip(their_names.iter().rev()) {
            let pair = (ours.path_parameters.get(own), theirs.path_parameters.get(other));
            if let ((Some(one), Some(two)), true) = (pair, our_names.len() <= their_names.len()) {
                self.schema(place, &format!("path {own}"), one, two, 0)?;
            }
        }
        for (name, (required, schema)) in &ours.query {
            let at = format!("query {name}");
            match theirs.query.get(name) {
                None => self.differs(
                    DifferenceKind::Missing,
                    place,
                    &at,
                    Some(&self.described(schema)?),
                    None,
                )?,
                Some((needed, other)) => {
                    self.required(place, &at, *required, *needed)?;
                    self.schema(place, &at, schema, other, 0)?;
                }
            }
        }
        for (name, (_, schema)) in &theirs.query {
            if !ours.query.contains_key(name) {
                let told = described(&self.theirs.shape(schema)?);
                self.differs(
                    DifferenceKind::Extra,
                    place,
                    &format!("query {name}"),
                    None,
                    Some(&told),
                )?;
            }
        }
        self.bodies(place, "body", ours.body.as_ref(), theirs.body.as_ref())?;
        self.answers(place, ours, theirs)
    }

    fn answers(
        &mut self,
        place: Place<'_>,
        ours: &Operation<'a>,
        theirs: &Operation<'a>,
    ) -> Result<(), ContractError> {
        let Some((status, body)) = ours.successes.first_key_value() else { return Ok(()) };
        let known = [*status, "2XX", "2xx", "default"];
        let found = known.iter().find_map(|status| theirs.successes.get_key_value(status));
        let found =
            found.or_else(|| theirs.successes.iter().find(|(status, _)| status.starts_with('2')));
        let Some((their_status, their_body)) = found else {
            return self.differs(DifferenceKind::Status, place, "", Some(status), None);
        };
        if !known.contains(their_status) {
            self.differs(DifferenceKind::Status, place, "", Some(status), Some(their_status))?;
        }
        self.bodies(place, "reply", body.as_ref(), their_body.as_ref())
    }

    fn bodies(
        &mut self,
        place: Place<'_>,
        name: &str,
        ours: Option<&Body<'a>>,
        theirs: Option<&Body<'a>>,
    ) -> Result<(), ContractError> {
        let (ours, theirs) = match (ours, theirs) {
            (None, None) => return Ok(()),
            (Some(ours), None) => {
                let media_type = ours.media_types.first().copied();
                return self.differs(DifferenceKind::Missing, place, name, media_type, None);
            }
            (None, Some(theirs)) => {
                let media_type = theirs.media_types.first().copied();
                return self.differs(DifferenceKind::Extra, place, name, None, media_type);
            }
            (Some(ours), Some(theirs)) => (ours, theirs),
        };
        if name == "body" {
            self.required(place, name, ours.required, theirs.required)?;
        }
        let essence = |name: &str| name.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let own = ours.media_types.first().copied().unwrap_or("");
        let named = theirs.media_types.iter().any(|other| {
            let other = essence(other);
            other == own
                || other == "*/*"
                || (own == "application/json" && other.ends_with("+json"))
        });
        if !named && !theirs.media_types.is_empty() {
            let told = theirs.media_types.join(", ");
            return self.differs(DifferenceKind::MediaType, place, name, Some(own), Some(&told));
        }
        match (&ours.schema, &theirs.schema) {
            (Some(one), Some(two)) => self.schema(place, name, one, two, 0),
            _ => Ok(()),
        }
    }

    fn required(
        &mut self,
        place: Place<'_>,
        at: &str,
        ours: bool,
        theirs: bool,
    ) -> Result<(), ContractError> {
        let told = |required| Some(if required { "required" } else { "optional" });
        if ours == theirs {
            return Ok(());
        }
        self.differs(DifferenceKind::Required, place, at, told(ours), told(theirs))
    }

    fn described(&self, schema: &Schema<'a>) -> Result<String, ContractError> {
        Ok(described(&self.ours.shape(schema)?))
    }

    fn schema(
        &mut self,
        place: Place<'_>,
        at: &str,
        ours: &Schema<'a>,
        theirs: &Schema<'a>,
        depth: usize,
    ) -> Result<(), ContractError> {
        let (ours, theirs) = (self.ours.shape(ours)?, self.theirs.shape(theirs)?);
        self.shapes(place, at, &ours, &theirs, depth)
    }

    fn shapes(
        &mut self,
        place: Place<'_>,
        at: &str,
        ours: &Shape<'a>,
        theirs: &Shape<'a>,
        depth: usize,
    ) -> Result<(), ContractError> {
        if depth > DEEPEST || ours.types.is_empty() || theirs.types.is_empty() {
            return Ok(());
        }
        if ours.types != theirs.types {
            let (own, other) = (described(ours), described(theirs));
            return self.differs(DifferenceKind::Type, place, at, Some(&own), Some(&other));
        }
        if let (Some(own), Some(other)) = (&ours.variants, &theirs.variants)
            && own.tag == other.tag
        {
            let (known, told) = (own.of.keys().collect(), other.of.keys().collect());
            self.values(place, &below(at, &own.tag), &known, &told)?;
            for value in own.of.keys().filter(|value| other.of.contains_key(*value)) {
                let pair = (self.ours.variant(own, value)?, self.theirs.variant(other, value)?);
                if let (Some(one), Some(two)) = pair {
                    self.shapes(place, &format!("{at} ({value})"), &one, &two, depth + 1)?;
                }
            }
            return Ok(());
        }
        match (&ours.values, &theirs.values) {
            (Some(known), Some(told)) => {
                self.values(place, at, &known.iter().collect(), &told.iter().collect())?;
            }
            (None, Some(told)) => {
                let told = told.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                self.differs(DifferenceKind::ExtraValue, place, at, None, Some(&told))?;
            }
            (_, None) => {}
        }
        for (one, two, end) in
            [(&ours.items, &theirs.items, "[]"), (&ours.others, &theirs.others, ".*")]
        {
            if let (Some(one), Some(two)) = (one, two) {
                self.schema(place, &format!("{at}{end}"), one, two, depth + 1)?;
            }
        }
        self.fields(place, at, ours, theirs, depth)
    }

    /// Values of one enumeration against those of the other.
    fn values(
        &mut self,
        place: Place<'_>,
        at: &str,
        ours: &BTreeSet<&String>,
        theirs: &BTreeSet<&String>,
    ) -> Result<(), ContractError> {
        for value in ours.difference(theirs) {
            self.differs(DifferenceKind::MissingValue, place, at, Some(value), None)?;
        }
        for value in theirs.difference(ours) {
            self.differs(DifferenceKind::ExtraValue, place, at, None, Some(value))?;
        }
        Ok(())
    }

    fn fields(
        &mut self,
        place: Place<'_>,
        at: &str,
        ours: &Shape<'a>,
        theirs: &Shape<'a>,
        depth: usize,
    ) -> Result<(), ContractError> {
        // An object without a field is one of which nothing is said.
        if ours.fields.is_empty() || theirs.fields.is_empty() {
            return Ok(());
        }
        for (name, own) in &ours.fields {
            let at = below(at, name);
            match theirs.fields.get(name) {
                None => {
                    let told = self.described(own)?;
                    self.differs(DifferenceKind::Missing, place, &at, Some(&told), None)?;
                }
                Some(other) => {
                    let needed = |shape: &Shape<'_>| shape.required.contains(name);
                    self.required(place, &at, needed(ours), needed(theirs))?;
                    self.schema(place, &at, own, other, depth + 1)?;
                }
            }
        }
        for (name, other) in
            theirs.fields.iter().filter(|(name, _)| !ours.fields.contains_key(*name))
        {
            let told = described(&self.theirs.shape(other)?);
            self.differs(DifferenceKind::Extra, place, &below(at, name), None, Some(&told))?;
        }
        Ok(())
    }
}

/// The place of a field: `body name`, `body payload.binaryFile`.
fn below(at: &str, name: &str) -> String {
    let separator = if at.contains(' ') { '.' } else { ' ' };
    format!("{at}{separator}{name}")
}

/// A value's types in words.
fn described(shape: &Shape<'_>) -> String {
    if shape.types.is_empty() {
        return "any".to_owned();
    }
    shape.types.iter().map(String::as_str).collect::<Vec<_>>().join(" or ")
}
