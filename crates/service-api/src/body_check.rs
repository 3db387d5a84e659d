//! What can be said of a request's body without asking the service: every wrong field at once, each with its JSON
//! path and the rule that it breaks.
//!
//! Limits are those of AN12642 section 4; the schemas of `openapi` state the same figures.

mod batches;
mod body_rule;
mod claim_codes;
mod intermediate_cas;
mod keysets;
mod read_json;
mod secure_objects;

use std::collections::BTreeSet;

use el2g_text::file_name;

use read_json::WipedJson;
pub(crate) use read_json::whole;

pub use body_rule::{BODY_RULES, BodyRule, FaultKind};
pub(crate) use read_json::ReadJson;

use crate::object_id_ranges::{ObjectIdVerdict, judge};
use crate::{DeviceId, DeviceUid, ObjectId, OpenEnum, UidRadix};

/// A field of a body that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyFault {
    /// How.
    pub kind: FaultKind,
    /// The rule's name, one of [`BODY_RULES`].
    pub rule: &'static str,
    /// Where it stands in the body, such as `payload.checksum` or `deviceIds[3]`; empty for the body itself.
    pub path: String,
    /// What was found. Never a secret.
    pub found: String,
    /// What is expected.
    pub expected: String,
}

/// The faults of a body while it is read and checked.
#[derive(Debug, Default)]
pub struct BodyFaults {
    prefix: String,
    faults: Vec<BodyFault>,
    /// What could not be read: nothing more is said of it and of what is in it.
    unread: BTreeSet<String>,
}

impl BodyFaults {
    /// Everything that was found.
    pub fn into_faults(self) -> Vec<BodyFault> {
        self.faults
    }

    /// Notes something malformed. Whatever is wrong in policies, the policy is refused.
    fn add(
        &mut self,
        rule: &'static str,
        path: impl AsRef<str>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let (path, found, expected) = (path.as_ref(), found.into(), expected.into());
        debug_assert!(BODY_RULES.iter().any(|known| known.id == rule), "{rule}");
        let path = joined(&self.prefix, path);
        let in_policies = path == "policies" || path.starts_with("policies.");
        let kind = if in_policies { FaultKind::Policy } else { FaultKind::Malformed };
        if !self.is_unread(&path) {
            self.faults.push(BodyFault { kind, rule, path, found, expected });
        }
    }

    /// Notes something that is well formed and not acceptable.
    fn refuse(
        &mut self,
        rule: &'static str,
        path: impl AsRef<str>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let before = self.faults.len();
        self.add(rule, path, found, expected);
        let known = BODY_RULES.iter().find(|known| known.id == rule);
        for (fault, rule) in self.faults.iter_mut().skip(before).zip(known) {
            fault.kind = rule.kind;
        }
    }

    fn is_unread(&self, path: &str) -> bool {
        let ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(end, _)| end);
        !self.unread.is_empty()
            && ends.chain([0, path.len()]).any(|end| self.unread.contains(&path[..end]))
    }

    /// Reads or checks what stands at `place` (`payload`, `[3]`).
    pub(crate) fn within<T>(&mut self, place: &str, look: impl FnOnce(&mut Self) -> T) -> T {
        let inner = joined(&self.prefix, place);
        let outer = std::mem::replace(&mut self.prefix, inner);
        let found = look(self);
        self.prefix = outer;
        found
    }

    /// A name: printable text of 1 to `longest` characters.
    fn name(&mut self, path: &str, text: &str, longest: usize) {
        self.text(path, text, 1, longest);
        if !text.is_empty() && text.trim().is_empty() {
            self.add("name-characters", path, "only blanks", "a name that can be read");
        }
    }

    /// Printable text (no Unicode `Cc`) of so many characters.
    fn text(&mut self, path: &str, text: &str, shortest: usize, longest: usize) {
        let length = text.chars().count();
        if length < shortest || length > longest {
            let expected = format!("{shortest} to {longest}");
            self.add("name-length", path, format!("{length} characters"), expected);
        }
        if let Some(at) = text.chars().position(char::is_control) {
            let found = format!("a control character at position {}", at + 1);
            self.add("name-characters", path, found, "printable text");
        }
    }

    /// A text that may be absent, of at most `longest` characters.
    fn optional_text(&mut self, path: &str, text: Option<&String>, longest: usize) {
        if let Some(text) = text {
            self.text(path, text, 0, longest);
        }
    }

    /// Armor or PEM: not empty and not beyond what the service reads.
    fn long_text(&mut self, path: &str, text: &str, longest: usize) {
        if text.is_empty() || text.len() > longest {
            let expected = format!("1 to {longest}");
            self.add("text-length", path, format!("{} bytes", text.len()), expected);
        }
    }

    /// A country: two characters of a PrintableString, or nothing.
    fn country(&mut self, path: &str, country: Option<&String>) {
        let Some(country) = country.filter(|text| !text.is_empty()) else { return };
        let printable = |c: char| c.is_ascii_alphanumeric() || " '()+,./:=?-".contains(c);
        if country.chars().count() != 2 || !country.chars().all(printable) {
            let found = format!("`{}`", file_name(country));
            self.add("country-form", path, found, "the two letters of ISO 3166, such as AT");
        }
    }

    /// One of the values that AN12642 names.
    pub(crate) fn known<E: OpenEnum + PartialEq>(
        &mut self,
        rule: &'static str,
        path: &str,
        value: &E,
    ) {
        if E::KNOWN.contains(value) {
            return;
        }
        self.add(rule, path, format!("`{}`", file_name(value.as_str())), one_of::<E>());
    }

    /// 1 to 8 hexadecimal digits outside the forbidden ranges.
    fn object_id(&mut self, path: &str, id: &ObjectId) {
        match judge(id) {
            ObjectIdVerdict::NotAnId => {
                self.add(
                    "object-id-form",
                    path,
                    format!("`{}`", file_name(&id.to_string())),
                    "1 to 8 hexadecimal digits",
                );
            }
            ObjectIdVerdict::Forbidden(range) => {
                let (start, end) = (range.start(), range.end());
                let found = format!("`{id}`, in the forbidden range {start:08X} to {end:08X}");
                self.refuse(
                    "object-id-forbidden",
                    path,
                    found,
                    "an id such as 83000000 to 8300FFFF",
                );
            }
            ObjectIdVerdict::Reserved(_)
            | ObjectIdVerdict::Allowed
            | ObjectIdVerdict::Suggested => {}
        }
    }

    /// At least one device id, decimal or hexadecimal.
    pub(crate) fn device_ids(&mut self, ids: &[DeviceId]) {
        self.not_empty("deviceIds", ids);
        for (index, id) in ids.iter().enumerate() {
            let text = id.as_str();
            let read = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some(digits) => DeviceUid::parse_as(digits, UidRadix::Hexadecimal),
                None => DeviceUid::parse_as(text, UidRadix::Decimal),
            };
            if let Err(error) = read {
                let path = format!("deviceIds[{index}]");
                let expected = "a device id: decimal digits, or hexadecimal digits after 0x";
                self.refuse("device-id-form", path, error.to_string(), expected);
            }
        }
    }

    /// At least one item.
    pub(crate) fn not_empty<T>(&mut self, path: &str, items: &[T]) {
        if items.is_empty() {
            self.add("list-empty", path, "an empty list", "at least one item");
        }
    }
}

fn joined(outer: &str, place: &str) -> String {
    let dot = if outer.is_empty() || place.is_empty() || place.starts_with('[') { "" } else { "." };
    format!("{outer}{dot}{place}")
}

/// The values that AN12642 names, in words.
pub(crate) fn one_of<E: OpenEnum>() -> String {
    let known: Vec<&str> = E::KNOWN.iter().map(OpenEnum::as_str).collect();
    format!("one of {}", known.join(", "))
}

/// Reads and checks a request's body.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_body<B: CheckBody>(bytes: &[u8]) -> Result<B, Vec<BodyFault>> {
    let mut faults = BodyFaults::default();
    match serde_json::from_slice(bytes).map(WipedJson) {
        Ok(json) => {
            let body = faults.read(&json.0);
            if faults.faults.is_empty() { Ok(body) } else { Err(faults.faults) }
        }
        Err(reason) => {
            let (line, column) = (reason.line(), reason.column());
            let found = format!("something else at line {line}, column {column}");
            faults.add("body-form", "", found, "JSON");
            Err(faults.faults)
        }
    }
}

/// A body that can be checked without the service.
pub trait CheckBody: ReadJson {
    /// Adds every fault of this body.
    fn check(&self, faults: &mut BodyFaults);
}

impl CheckBody for () {
    fn check(&self, _: &mut BodyFaults) {}
}

impl CheckBody for crate::device_groups::DeviceGroupName {
    fn check(&self, faults: &mut BodyFaults) {
        faults.name("deviceGroupName", &self.device_group_name, 255);
    }
}

impl CheckBody for crate::devices::DeviceIds {
    fn check(&self, faults: &mut BodyFaults) {
        faults.device_ids(&self.device_ids);
    }
}

impl CheckBody for crate::assignments::Ids {
    fn check(&self, faults: &mut BodyFaults) {
        faults.not_empty("", &self.0);
    }
}

impl CheckBody for crate::activity::ReportPeriod {
    fn check(&self, faults: &mut BodyFaults) {
        let (start, end) = (&self.start_month_year, &self.end_month_year);
        for (place, month) in [("startMonthYear", start), ("endMonthYear", end)] {
            faults.within(place, |faults| {
                if !(1..=12).contains(&month.month) {
                    faults.add("report-period", "month", month.month.to_string(), "1 to 12");
                }
                if !(2000..=2999).contains(&month.year) {
                    faults.add("report-period", "year", month.year.to_string(), "2000 to 2999");
                }
            });
        }
        if faults.faults.is_empty() && (end.year, end.month) < (start.year, start.month) {
            let found = "a month before startMonthYear";
            faults.refuse("report-period", "endMonthYear", found, "the same month or a later one");
        }
    }
}

/// A 12NC in a path; `None` when it is one.
pub fn product_fault(nc12: &str) -> Option<BodyFault> {
    let sound = nc12.len() == 12 && nc12.bytes().all(|byte| byte.is_ascii_digit());
    (!sound).then(|| BodyFault {
        kind: FaultKind::Malformed,
        rule: "product-12nc",
        path: "12nc".to_owned(),
        found: format!("`{}`", file_name(nc12)),
        expected: "the 12 digits of a product's 12NC, such as 935389312472".to_owned(),
    })
}

#[cfg(test)]
mod body_check_tests;
