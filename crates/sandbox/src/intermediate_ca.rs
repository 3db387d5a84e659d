//! An intermediate CA as stored and as printed.

use el2g_service_api::Nullable;
use el2g_service_api::intermediate_cas::{
    CaAlgorithm, IntermediateCa as ApiCa, NewIntermediateCa, SigningAuthority, SigningState,
};
use el2g_x509::{AttributeType, Name};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::authority::{self, KeyIdentifiers};
use crate::certificate_request::name;
use crate::object_content::with_causes;
use crate::refusal::{CA_NOT_FOUND, CA_NOT_SIGNED, INVALID_CA, Refusal};
use crate::service::{metadata, timestamp};
use crate::store::json_column;

/// The fields of a CA's subject.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Subject {
    country: Nullable<String>,
    state: Nullable<String>,
    locality: Nullable<String>,
    organization: Nullable<String>,
    org_unit: Nullable<String>,
    common_name: Nullable<String>,
}

impl Subject {
    /// The subject asked for.
    #[must_use]
    pub(crate) fn asked(new: &NewIntermediateCa) -> Self {
        Self {
            country: new.country.clone(),
            state: new.state.clone(),
            locality: new.locality.clone(),
            organization: new.organization.clone(),
            org_unit: new.org_unit.clone(),
            common_name: new.common_name.clone(),
        }
    }

    /// The subject of a CA that the service signs itself, as 4.6.1 prints it.
    #[must_use]
    pub(crate) fn own(common_name: String) -> Self {
        Self {
            common_name: common_name.into(),
            organization: "NXP".to_owned().into(),
            org_unit: "EdgeLock2GoRemoteTpPlugAndTrustCA".to_owned().into(),
            country: "AT".to_owned().into(),
            ..Self::default()
        }
    }

    /// As a name.
    ///
    /// # Errors
    /// 422 for a field that cannot stand in a name.
    pub(crate) fn name(&self) -> Result<Name, Refusal> {
        name(&[
            (AttributeType::COUNTRY, &self.country),
            (AttributeType::STATE, &self.state),
            (AttributeType::LOCALITY, &self.locality),
            (AttributeType::ORGANIZATION, &self.organization),
            (AttributeType::ORGANIZATIONAL_UNIT, &self.org_unit),
            (AttributeType::COMMON_NAME, &self.common_name),
        ])
        .map_err(|error| Refusal::new(&INVALID_CA, with_causes(&error)))
    }
}

/// An intermediate CA as stored, without its key.
#[derive(Debug)]
pub(crate) struct IntermediateCa {
    /// Its id.
    pub id: u64,
    name: String,
    algorithm: CaAlgorithm,
    authority: SigningAuthority,
    /// The fields of its subject.
    pub subject: Subject,
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
pub(crate) const COLUMNS: &str = "id, name, algorithm, signing_authority, subject, csr, certificate, valid_until, \
     with_ski, with_aki, created_ts, modified_ts, version";

impl IntermediateCa {
    /// Reads a row of [`COLUMNS`].
    ///
    /// # Errors
    /// When the row is another.
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            algorithm: row.get_ref(2)?.as_str()?.into(),
            authority: row.get_ref(3)?.as_str()?.into(),
            subject: json_column(row, 4)?,
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
    pub(crate) fn by_id(db: &Connection, id: u64) -> Result<Self, Refusal> {
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM intermediate_ca WHERE id = ?1"))?
            .query_row(params![id], Self::from_row)
            .optional()?
            .ok_or_else(|| Refusal::new(&CA_NOT_FOUND, format!("no intermediate CA {id}")))
    }

    /// Its certificate in PEM.
    ///
    /// # Errors
    /// 409 while it has none (docs/an12642-errata.md row 30).
    pub(crate) fn certificate(&self) -> Result<&str, Refusal> {
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
    pub(crate) fn key(&self, db: &Connection) -> Result<el2g_x509::FileKey, Refusal> {
        let kept = db
            .prepare_cached("SELECT private_key FROM intermediate_ca WHERE id = ?1")?
            .query_row(params![self.id], |row| row.get(0))?;
        authority::restored(kept)
    }

    /// As 4.6.3 prints it.
    #[must_use]
    pub(crate) fn printed(self) -> ApiCa {
        let signed = self.certificate.is_some();
        let state = if signed { SigningState::Signed } else { SigningState::CsrCreated };
        let field = |text: Nullable<String>| Nullable::or_null(text.into_value());
        ApiCa {
            algorithm: self.algorithm.into(),
            value: Nullable::or_null(self.certificate),
            common_name: field(self.subject.common_name),
            organization: field(self.subject.organization),
            org_unit: field(self.subject.org_unit),
            country: field(self.subject.country),
            locality: field(self.subject.locality),
            state: field(self.subject.state),
            signing_authority: self.authority.into(),
            valid_until: self.valid_until.map_or(Nullable::Null, timestamp),
            has_authority_key_identifier: self.identifiers.authority.into(),
            has_subject_key_identifier: self.identifiers.subject.into(),
            resource_metadata: metadata(self.created, self.modified, Some(self.version)),
            ..ApiCa::new(self.id, self.name, state)
        }
    }

    /// As 4.2.1, 4.6.1 and 4.6.2 print it: without what a CA that the service signs has not; 4.6.3
    /// prints that too.
    #[must_use]
    pub(crate) fn printed_alone(self) -> ApiCa {
        if self.authority != SigningAuthority::Nxp {
            return self.printed();
        }
        ApiCa { locality: Nullable::Absent, state: Nullable::Absent, ..self.printed() }
    }
}
