//! The bodies that name device groups: to assign a secure object (4.1.4), and to unassign it (4.5.2). NXP's own client
//! also says the hardware family of the groups' product in them, which AN12642 does not know.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::Nullable;
use crate::body_check::{BodyFaults, CheckBody, ReadJson};
use crate::products::HardwareFamily;

/// The body of 4.1.4. Without a family the group's id is written as a string, as printed (docs/an12642-errata.md
/// row 7); with one it is written as a number, as NXP's client does. Both are read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupAssignment {
    /// The group to assign the object to.
    pub device_group_id: u64,
    /// The hardware family of the group's product (newer than AN12642).
    pub product_hardware_family_type: Nullable<HardwareFamily>,
}

impl GroupAssignment {
    /// As AN12642 prints it where `family` is `None`.
    pub fn new(device_group_id: u64, family: Option<HardwareFamily>) -> Self {
        Self { device_group_id, product_hardware_family_type: Nullable::or_absent(family) }
    }
}

impl schemars::JsonSchema for GroupAssignment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "GroupAssignment".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let family = generator.subschema_for::<Nullable<HardwareFamily>>();
        schemars::json_schema!({
            "description": "The device group to assign the object to.",
            "type": "object",
            "properties": {
                "deviceGroupId": {
                    "description": "Its id, as text (docs/an12642-errata.md row 7); a number is read too.",
                    "type": ["integer", "string"],
                    "pattern": "^[0-9]{1,18}$",
                    "minimum": 0,
                    "maximum": i64::MAX,
                },
                "productHardwareFamilyType": family,
            },
            "required": ["deviceGroupId"],
        })
    }
}

impl Serialize for GroupAssignment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let family = &self.product_hardware_family_type;
        let fields = if family.is_absent() { 1 } else { 2 };
        let mut body = serializer.serialize_struct("GroupAssignment", fields)?;
        if family.is_absent() {
            body.serialize_field("deviceGroupId", &self.device_group_id.to_string())?;
        } else {
            body.serialize_field("deviceGroupId", &self.device_group_id)?;
            body.serialize_field("productHardwareFamilyType", family)?;
        }
        body.end()
    }
}

impl<'de> Deserialize<'de> for GroupAssignment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Id {
            Number(u64),
            Text(String),
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            device_group_id: Id,
            #[serde(default)]
            product_hardware_family_type: Nullable<HardwareFamily>,
        }
        let body = Body::deserialize(deserializer)?;
        let device_group_id = match body.device_group_id {
            Id::Number(id) => id,
            Id::Text(text) => text.parse().map_err(|_| {
                serde::de::Error::custom(format_args!("deviceGroupId {text:?} is not a number"))
            })?,
        };
        let product_hardware_family_type = body.product_hardware_family_type;
        Ok(GroupAssignment { device_group_id, product_hardware_family_type })
    }
}

impl ReadJson for GroupAssignment {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        const LONGEST: usize = 18;
        let fields = faults.object(json);
        let text = fields.and_then(|fields| fields.get("deviceGroupId")?.as_str());
        let digits = text.filter(|text| {
            (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
        });
        let device_group_id = match digits.and_then(|digits| digits.parse().ok()) {
            Some(id) => id,
            None => faults.field(fields, "device_group_id"),
        };
        let product_hardware_family_type = faults.field(fields, "product_hardware_family_type");
        Self { device_group_id, product_hardware_family_type }
    }
}

impl CheckBody for GroupAssignment {
    fn check(&self, faults: &mut BodyFaults) {
        check_family(&self.product_hardware_family_type, faults);
    }
}

fn check_family(family: &Nullable<HardwareFamily>, faults: &mut BodyFaults) {
    if let Some(family) = family.value() {
        faults.known("value-unknown", "productHardwareFamilyType", family);
    }
}

/// A group in the body of 4.5.2.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnassignedGroup {
    /// The group's id.
    pub device_group_id: u64,
    /// The hardware family of the group's product (newer than AN12642).
    pub product_hardware_family_type: Nullable<HardwareFamily>,
}

/// The body of 4.5.2: the groups to unassign an object from, at least one. Where none has a family it is the list of
/// ids that AN12642 prints, else the list of objects that NXP's client sends. Both are read, and each group by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnassignedGroups(pub Vec<UnassignedGroup>);

impl UnassignedGroups {
    /// Groups whose products are all of one family; as AN12642 prints them where that is `None`.
    pub fn new(ids: impl IntoIterator<Item = u64>, family: Option<&HardwareFamily>) -> Self {
        let group = |device_group_id| UnassignedGroup {
            device_group_id,
            product_hardware_family_type: Nullable::or_absent(family.cloned()),
        };
        Self(ids.into_iter().map(group).collect())
    }

    /// The groups' ids.
    pub fn ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().map(|group| group.device_group_id)
    }
}

impl schemars::JsonSchema for UnassignedGroups {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "UnassignedGroups".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let family = generator.subschema_for::<Nullable<HardwareFamily>>();
        let id = json!({"type": "integer", "minimum": 0, "maximum": i64::MAX});
        let with_family = json!({
            "type": "object",
            "properties": {"deviceGroupId": id, "productHardwareFamilyType": family},
            "required": ["deviceGroupId"],
        });
        schemars::json_schema!({
            "description": "Device groups: objects as NXP's client sends them, or ids as AN12642 prints them.",
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [with_family, id]},
        })
    }
}

impl Serialize for UnassignedGroups {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct WithFamily<'a> {
            device_group_id: u64,
            #[serde(skip_serializing_if = "Nullable::is_absent")]
            product_hardware_family_type: &'a Nullable<HardwareFamily>,
        }
        if self.0.iter().all(|group| group.product_hardware_family_type.is_absent()) {
            return serializer.collect_seq(self.ids());
        }
        serializer.collect_seq(self.0.iter().map(|group| WithFamily {
            device_group_id: group.device_group_id,
            product_hardware_family_type: &group.product_hardware_family_type,
        }))
    }
}

impl<'de> Deserialize<'de> for UnassignedGroups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Group {
            Id(u64),
            #[serde(rename_all = "camelCase")]
            WithFamily {
                device_group_id: u64,
                #[serde(default)]
                product_hardware_family_type: Nullable<HardwareFamily>,
            },
        }
        let group = |group| match group {
            Group::Id(device_group_id) => {
                UnassignedGroup { device_group_id, product_hardware_family_type: Nullable::Absent }
            }
            Group::WithFamily { device_group_id, product_hardware_family_type } => {
                UnassignedGroup { device_group_id, product_hardware_family_type }
            }
        };
        Ok(Self(Vec::deserialize(deserializer)?.into_iter().map(group).collect()))
    }
}

impl ReadJson for UnassignedGroup {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        if !json.is_some_and(Value::is_object) {
            let device_group_id = u64::read_json(json, faults);
            return Self { device_group_id, product_hardware_family_type: Nullable::Absent };
        }
        let fields = faults.object(json);
        Self {
            device_group_id: faults.field(fields, "device_group_id"),
            product_hardware_family_type: faults.field(fields, "product_hardware_family_type"),
        }
    }
}

impl ReadJson for UnassignedGroups {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        Self(Vec::read_json(json, faults))
    }
}

impl CheckBody for UnassignedGroups {
    fn check(&self, faults: &mut BodyFaults) {
        faults.not_empty("", &self.0);
        for (index, group) in self.0.iter().enumerate() {
            faults.within(&format!("[{index}]"), |faults| {
                check_family(&group.product_hardware_family_type, faults);
            });
        }
    }
}

#[cfg(test)]
mod group_body_tests;
