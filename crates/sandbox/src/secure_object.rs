//! A secure object as stored and as printed.

use el2g_service_api::secure_objects::SecureObjectType;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value, json};

use crate::handlers::provisionings::PROVISIONING_COMPLETED;
use crate::refusal::{OBJECT_NOT_FOUND, Refusal};
use crate::service::metadata;
use crate::store::listing::count;

/// A secure object.
#[derive(Debug, Clone)]
pub struct SecureObject {
    /// Its id in the service.
    pub id: i64,
    /// `KEYPAIR` and the like.
    pub kind: SecureObjectType,
    /// Its name.
    pub name: String,
    /// Its object id, as sent.
    pub object_id: String,
    /// Its object id as a number.
    pub value: i64,
    /// Whether it is made when the device connects.
    pub on_connection: bool,
    /// `DEFAULT` or `CUSTOM`.
    pub policy_source: String,
    /// The custom policies by 12NC.
    pub policies: Option<Map<String, Value>>,
    /// The algorithm, where the type has one.
    pub algorithm: Option<String>,
    /// What its type prints besides.
    pub details: Map<String, Value>,
    /// When it was made.
    pub created: i64,
    modified: i64,
    version: i64,
    key_pair_name: Option<String>,
    intermediate_ca_name: Option<String>,
}

/// Whether a printed object counts what depends on it: new ones and 4.5.7 print `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Numbers.
    Shown,
    /// `null`.
    Hidden,
}

/// The types of secure objects as the API writes them (4.1.3).
pub fn object_types() -> Vec<&'static str> {
    SecureObjectType::KNOWN.iter().map(SecureObjectType::as_str).collect()
}

/// What [`SecureObject::from_row`] reads; the object is `o`.
pub const COLUMNS: &str = "o.id, o.kind, o.name, o.object_id, o.value, o.on_connection, o.policy_source, \
     o.policies, o.algorithm, o.details, o.created_ts, o.modified_ts, o.version, \
     (SELECT name FROM secure_object k WHERE k.id = o.key_pair_id), \
     (SELECT name FROM intermediate_ca c WHERE c.id = o.intermediate_ca_id)";

impl SecureObject {
    /// Reads a row of [`COLUMNS`].
    ///
    /// # Errors
    /// When the row is another.
    pub fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let object = |text: String| serde_json::from_str(&text).unwrap_or_default();
        Ok(Self {
            id: row.get(0)?,
            kind: row.get::<_, String>(1)?.as_str().into(),
            name: row.get(2)?,
            object_id: row.get(3)?,
            value: row.get(4)?,
            on_connection: row.get(5)?,
            policy_source: row.get(6)?,
            policies: row.get::<_, Option<String>>(7)?.map(object),
            algorithm: row.get(8)?,
            details: object(row.get(9)?),
            created: row.get(10)?,
            modified: row.get(11)?,
            version: row.get(12)?,
            key_pair_name: row.get(13)?,
            intermediate_ca_name: row.get(14)?,
        })
    }

    /// The object with this id.
    ///
    /// # Errors
    /// 404 when there is none.
    pub fn by_id(db: &Connection, id: i64) -> Result<Self, Refusal> {
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM secure_object o WHERE o.id = ?1"))?
            .query_row(params![id], Self::from_row)
            .optional()?
            .ok_or_else(|| Refusal::new(&OBJECT_NOT_FOUND, format!("no secure object {id}")))
    }

    /// The groups it is in, its provisionings, and those of them that devices have.
    fn counts(&self, db: &Connection) -> Result<[i64; 3], Refusal> {
        let provisionings = "provisioning WHERE secure_object_id = ?1";
        let downloaded = format!("{provisionings} AND state = ?2");
        Ok([
            count(db, "assignment WHERE secure_object_id = ?1", params![self.id])?,
            count(db, provisionings, params![self.id])?,
            count(db, &downloaded, params![self.id, PROVISIONING_COMPLETED])?,
        ])
    }

    /// As printed; 4.5.4 calls the id `secureObjectId` (docs/an12642-errata.md row 4), the others `id`.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn to_json(
        &self,
        db: &Connection,
        id_field: &str,
        counts: Counts,
    ) -> Result<Value, Refusal> {
        let [groups, provisionings, downloaded] = match counts {
            Counts::Hidden => [Value::Null, Value::Null, Value::Null],
            Counts::Shown => self.counts(db)?.map(Value::from),
        };
        let mut printed = Map::new();
        printed.insert("secureObjectType".into(), json!(self.kind));
        printed.insert(id_field.into(), json!(self.id));
        printed.insert("name".into(), json!(self.name));
        printed.insert("objectId".into(), json!(self.object_id));
        printed.insert("policySourceType".into(), json!(self.policy_source));
        printed.insert("generateOnDeviceConnection".into(), json!(self.on_connection));
        printed.insert("deviceGroupCount".into(), groups);
        printed.insert("provisioningCount".into(), provisionings);
        printed.insert("downloadedCount".into(), downloaded);
        printed.insert(
            "resourceMetadata".into(),
            metadata(self.created, self.modified, Some(self.version)),
        );
        if self.kind == SecureObjectType::Certificate {
            printed.insert("keyPairName".into(), json!(self.key_pair_name));
            printed.insert("intermediateCaName".into(), json!(self.intermediate_ca_name));
        }
        printed.extend(self.details.clone());
        Ok(Value::Object(printed))
    }

    /// Whether the object has a policy for this product (docs/an12642-errata.md row 23).
    #[must_use]
    pub fn fits(&self, nc12: &str) -> bool {
        self.policies.as_ref().is_none_or(|policies| policies.contains_key(nc12))
    }
}
