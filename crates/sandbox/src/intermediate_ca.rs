//! An intermediate CA as stored and as printed.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value, json};

use crate::authority::{self, KeyIdentifiers};
use crate::clock::rfc3339;
use crate::refusal::{CA_NOT_FOUND, CA_NOT_SIGNED, Refusal};
use crate::service::metadata;

/// An intermediate CA as stored, without its key.
#[derive(Debug)]
pub struct IntermediateCa {
    /// Its id.
    pub id: i64,
    name: String,
    algorithm: String,
    authority: String,
    /// The fields of its subject.
    pub subject: Map<String, Value>,
    /// Its request, where another signs it.
    pub csr: Option<String>,
    /// Its certificate in PEM, once it has one.
    pub certificate: Option<String>,
    valid_until: Option<i64>,
    /// What the device certificates and, where the service signs it, its own certificate have.
    pub identifiers: KeyIdentifiers,
    created: i64,
    modified: i64,
    version: i64,
}

/// The columns that [`IntermediateCa::from_row`] reads.
pub const COLUMNS: &str = "id, name, algorithm, signing_authority, subject, csr, certificate, valid_until, \
     with_ski, with_aki, created_ts, modified_ts, version";

impl IntermediateCa {
    /// Reads a row of [`COLUMNS`].
    ///
    /// # Errors
    /// When the row is another.
    pub fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            algorithm: row.get(2)?,
            authority: row.get(3)?,
            subject: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
            csr: row.get(5)?,
            certificate: row.get(6)?,
            valid_until: row.get(7)?,
            identifiers: KeyIdentifiers { subject: row.get(8)?, authority: row.get(9)? },
            created: row.get(10)?,
            modified: row.get(11)?,
            version: row.get(12)?,
        })
    }

    /// The CA with this id.
    ///
    /// # Errors
    /// 404 when there is none.
    pub fn by_id(db: &Connection, id: i64) -> Result<Self, Refusal> {
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM intermediate_ca WHERE id = ?1"))?
            .query_row(params![id], Self::from_row)
            .optional()?
            .ok_or_else(|| Refusal::new(&CA_NOT_FOUND, format!("no intermediate CA {id}")))
    }

    /// Its certificate in PEM.
    ///
    /// # Errors
    /// 409 while it has none (docs/an12642-errata.md row 30).
    pub fn certificate(&self) -> Result<&str, Refusal> {
        self.certificate.as_deref().ok_or_else(|| {
            let found = format!(
                "intermediate CA {} is at CSR_CREATED: upload its certificate first",
                self.id
            );
            Refusal::new(&CA_NOT_SIGNED, found)
        })
    }

    /// Its private key, which never leaves the sandbox.
    ///
    /// # Errors
    /// 500 when it is damaged.
    pub fn key(&self, db: &Connection) -> Result<el2g_x509::FileKey, Refusal> {
        let kept = db
            .prepare_cached("SELECT private_key FROM intermediate_ca WHERE id = ?1")?
            .query_row(params![self.id], |row| row.get(0))?;
        authority::restored(kept)
    }

    /// As 4.6.3 prints it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let state = if self.certificate.is_some() { "SIGNED" } else { "CSR_CREATED" };
        let field = |name: &str| self.subject.get(name).cloned().unwrap_or(Value::Null);
        json!({
            "id": self.id,
            "algorithm": self.algorithm,
            "name": self.name,
            "value": self.certificate,
            "commonName": field("commonName"),
            "organization": field("organization"),
            "orgUnit": field("orgUnit"),
            "country": field("country"),
            "locality": field("locality"),
            "state": field("state"),
            "signingState": state,
            "signingAuthority": self.authority,
            "validUntil": self.valid_until.map(rfc3339),
            "hasAuthorityKeyIdentifier": self.identifiers.authority,
            "hasSubjectKeyIdentifier": self.identifiers.subject,
            "resourceMetadata": metadata(self.created, self.modified, Some(self.version)),
        })
    }

    /// As 4.2.1, 4.6.1 and 4.6.2 print it: without what a CA that the service signs has not; 4.6.3
    /// prints that too.
    #[must_use]
    pub fn to_json_alone(&self) -> Value {
        let mut printed = self.to_json();
        if let Some(fields) = printed.as_object_mut().filter(|_| self.authority == "NXP") {
            fields.remove("locality");
            fields.remove("state");
        }
        printed
    }
}
