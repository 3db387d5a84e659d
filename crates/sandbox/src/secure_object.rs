//! A secure object as stored and as printed.

use el2g_service_api::Nullable;
use el2g_service_api::policies::{Policies, PolicySource};
use el2g_service_api::provisionings::ProvisioningState;
use el2g_service_api::secure_objects::{SecureObject as ApiObject, SecureObjectType};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::refusal::{OBJECT_NOT_FOUND, Refusal};
use crate::service::metadata;
use crate::store::json_column;
use crate::store::listing::count;

/// A secure object.
#[derive(Debug, Clone)]
pub(crate) struct SecureObject {
    /// Its id in the service.
    pub id: u64,
    /// Its object id as a number.
    pub value: u32,
    /// The custom policies; without them the default ones are meant.
    pub policies: Option<Policies>,
    /// The algorithm, where the type has one; of a certificate its key's.
    pub algorithm: Option<String>,
    /// Its type, name and object id, and what its type prints besides.
    pub made: ApiObject,
    on_connection: bool,
    created: i64,
    modified: i64,
    version: i64,
    key_pair_name: Option<String>,
    intermediate_ca_name: Option<String>,
}

/// Whether a printed object counts what depends on it: new ones and 4.5.7 print `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Numbers.
    Shown,
    /// `null`.
    Hidden,
}

/// What [`SecureObject::from_row`] reads; the object is `o`.
pub(crate) const COLUMNS: &str = "o.id, o.value, o.policies, o.algorithm, \
     json_patch(o.details, json_object('secureObjectType', o.kind, 'name', o.name, 'objectId', o.object_id)), \
     o.on_connection, o.created_ts, o.modified_ts, o.version, \
     (SELECT name FROM secure_object k WHERE k.id = o.key_pair_id), \
     (SELECT name FROM intermediate_ca c WHERE c.id = o.intermediate_ca_id)";

impl SecureObject {
    /// Reads a row of [`COLUMNS`].
    ///
    /// # Errors
    /// When the row is another.
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let custom = row.get_ref(2)? != ValueRef::Null;
        Ok(Self {
            id: row.get(0)?,
            value: row.get(1)?,
            policies: custom.then(|| json_column(row, 2)).transpose()?,
            algorithm: row.get(3)?,
            made: json_column(row, 4)?,
            on_connection: row.get(5)?,
            created: row.get(6)?,
            modified: row.get(7)?,
            version: row.get(8)?,
            key_pair_name: row.get(9)?,
            intermediate_ca_name: row.get(10)?,
        })
    }

    /// The object with this id.
    ///
    /// # Errors
    /// 404 when there is none.
    pub(crate) fn by_id(db: &Connection, id: u64) -> Result<Self, Refusal> {
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM secure_object o WHERE o.id = ?1"))?
            .query_row(params![id], Self::from_row)
            .optional()?
            .ok_or_else(|| Refusal::new(&OBJECT_NOT_FOUND, format!("no secure object {id}")))
    }

    /// Its type.
    #[must_use]
    pub(crate) fn kind(&self) -> &SecureObjectType {
        &self.made.secure_object_type
    }

    /// The groups it is in, its provisionings, and those of them that devices have.
    fn counts(&self, db: &Connection) -> Result<[u64; 3], Refusal> {
        let provisionings = "provisioning WHERE secure_object_id = ?1";
        let downloaded = format!("{provisionings} AND state = ?2");
        let there = ProvisioningState::ProvisioningCompleted;
        Ok([
            count(db, "assignment WHERE secure_object_id = ?1", params![self.id])?,
            count(db, provisionings, params![self.id])?,
            count(db, &downloaded, params![self.id, there.as_str()])?,
        ])
    }

    /// As printed; 4.5.4 calls the id otherwise (docs/an12642-errata.md row 4).
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn printed(&self, db: &Connection, counts: Counts) -> Result<ApiObject, Refusal> {
        let [groups, provisionings, downloaded] = match counts {
            Counts::Hidden => [Nullable::Null; 3],
            Counts::Shown => self.counts(db)?.map(Nullable::Value),
        };
        let source =
            if self.policies.is_some() { PolicySource::Custom } else { PolicySource::Default };
        let mut printed = ApiObject {
            id: self.id.into(),
            policy_source_type: source.into(),
            generate_on_device_connection: self.on_connection.into(),
            device_group_count: groups,
            provisioning_count: provisionings,
            downloaded_count: downloaded,
            resource_metadata: metadata(self.created, self.modified, Some(self.version)),
            ..self.made.clone()
        };
        if *self.kind() == SecureObjectType::Certificate {
            printed.key_pair_name = Nullable::or_null(self.key_pair_name.clone());
            printed.intermediate_ca_name = Nullable::or_null(self.intermediate_ca_name.clone());
        }
        Ok(printed)
    }

    /// Whether the object has a policy for this product (docs/an12642-errata.md row 23).
    #[must_use]
    pub(crate) fn fits(&self, nc12: &str) -> bool {
        self.policies.as_ref().is_none_or(|policies| policies.contains_key(nc12))
    }
}
