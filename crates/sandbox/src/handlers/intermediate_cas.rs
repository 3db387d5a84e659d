//! Intermediate CAs (4.2, 4.6).

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value, json};

use crate::algorithms::CA_ALGORITHMS;
use crate::authority;
use crate::call::{Call, Reply};
use crate::clock::rfc3339;
use crate::fields::Fields;
use crate::handlers::device_groups::LONGEST_NAME;
use crate::refusal::{
    CA_ALREADY_SIGNED, CA_IN_USE, CA_NOT_FOUND, CA_NOT_SIGNED, INVALID_CODE, MALFORMED_BODY,
    NO_CSR, Refusal,
};
use crate::service::{Event, Service, metadata, record};

/// Certificates are at most this long, as text.
const LONGEST_PEM: usize = 64 * 1024;

/// An intermediate CA as stored, without its key.
#[derive(Debug)]
pub struct IntermediateCa {
    /// Its id.
    pub id: i64,
    name: String,
    algorithm: String,
    authority: String,
    subject: Map<String, Value>,
    csr: Option<String>,
    certificate: Option<String>,
    valid_until: Option<i64>,
    /// Device certificates get a subject key identifier.
    pub with_ski: bool,
    /// Device certificates get an authority key identifier.
    pub with_aki: bool,
    created: i64,
    modified: i64,
    version: i64,
}

const COLUMNS: &str = "id, name, algorithm, signing_authority, subject, csr, certificate, valid_until, \
     with_ski, with_aki, created_ts, modified_ts, version";

impl IntermediateCa {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            algorithm: row.get(2)?,
            authority: row.get(3)?,
            subject: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
            csr: row.get(5)?,
            certificate: row.get(6)?,
            valid_until: row.get(7)?,
            with_ski: row.get(8)?,
            with_aki: row.get(9)?,
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
    /// 409 while it has none (errata 30).
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

    fn to_json(&self) -> Value {
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
            "hasAuthorityKeyIdentifier": self.with_aki,
            "hasSubjectKeyIdentifier": self.with_ski,
            "resourceMetadata": metadata(self.created, self.modified, Some(self.version)),
        })
    }
}

fn ca_of(db: &Connection, call: &Call) -> Result<IntermediateCa, Refusal> {
    IntermediateCa::by_id(db, call.path_id("intermediateCaId", &CA_NOT_FOUND)?)
}

/// 4.2.1 and 4.6.1
///
/// # Errors
/// 400 for missing or malformed fields, 422 for a subject that cannot be.
pub fn create(service: &Service, _: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let algorithm = fields.choice("algorithm", &CA_ALGORITHMS);
    let name = fields.text("name", 1, LONGEST_NAME);
    let external = fields.choice("requestType", &["WITH_CSR", "WITHOUT_CSR"]) == "WITH_CSR";
    let with_ski = fields.truth("includeSubjectKeyIdentifier", false);
    let with_aki = fields.truth("includeAuthorityKeyIdentifier", false);
    let mut subject = Map::new();
    for (field, longest) in authority::SUBJECT {
        subject.insert(field.into(), json!(fields.optional_text(field, longest)));
    }
    // What is no string is a fault that was noted already.
    if external
        && subject["commonName"].as_str().is_none_or(str::is_empty)
        && fields.value("commonName").is_none_or(|value| value.is_string())
    {
        fields.fault("commonName", "missing, a certificate request needs one");
    }
    fields.check(&MALFORMED_BODY)?;
    let csr_name = if external { Some(authority::subject(&subject)?) } else { None };
    let key = authority::new_key(algorithm)?;
    let now = service.now();
    service.store.write(|db| {
        db.prepare_cached(
            "INSERT INTO intermediate_ca (name, algorithm, signing_authority, subject, private_key,
               with_ski, with_aki, created_ts, modified_ts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
        )?
        .execute(params![
            name,
            algorithm,
            if external { "EXT" } else { "NXP" },
            Value::Object(subject.clone()).to_string(),
            authority::stored(&key)?.expose(),
            with_ski,
            with_aki,
            now,
        ])?;
        let id = db.last_insert_rowid();
        if let Some(csr_name) = &csr_name {
            let csr = authority::request(csr_name, &key)?;
            db.execute("UPDATE intermediate_ca SET csr = ?2 WHERE id = ?1", params![id, csr.to_pem()])?;
            record(db, now, Event::IntermediateCaCsr, 1)?;
        } else {
            let prefix: String = name.chars().take(16).collect();
            let own = authority::own_subject(&format!("{prefix}-{id:016x}-00000000-vE200"));
            let (certificate, root) = authority::sign_own(service, db, &own, &key)?;
            keep(db, id, &Value::Object(own), &certificate, &root, now)?;
            record(db, now, Event::IntermediateCaNxp, 1)?;
        }
        Ok(Reply::Json(IntermediateCa::by_id(db, id)?.to_json()))
    })
}

fn keep(
    db: &Connection,
    id: i64,
    subject: &Value,
    certificate: &el2g_x509::Certificate,
    root: &el2g_x509::Certificate,
    now: i64,
) -> Result<(), Refusal> {
    db.prepare_cached(
        "UPDATE intermediate_ca SET subject = ?2, certificate = ?3, root = ?4, valid_until = ?5,
           modified_ts = ?6, version = version + 1 WHERE id = ?1",
    )?
    .execute(params![
        id,
        subject.to_string(),
        certificate.to_pem(),
        root.to_pem(),
        certificate.not_after().unix().saturating_mul(1000),
        now,
    ])?;
    Ok(())
}

/// 4.2.2
///
/// # Errors
/// 404 without such a CA, 422 for one that the service signed.
pub fn csr(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.read(|db| {
        let ca = ca_of(db, call)?;
        let csr = ca.csr.ok_or_else(|| {
            let found = format!("intermediate CA {} is signed by the service's own root", ca.id);
            Refusal::new(&NO_CSR, found)
        })?;
        Ok(Reply::Json(json!({"value": csr})))
    })
}

/// 4.2.3; the same certificate may be sent again.
///
/// # Errors
/// 404 without such a CA, 409 when it has another certificate already, 422 with every rule of
/// section 6 that the certificate breaks.
pub fn upload(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let certificate = fields.text("signedCertificate", 1, LONGEST_PEM);
    let root = fields.text("rootCa", 1, LONGEST_PEM);
    fields.check(&MALFORMED_BODY)?;
    let now = service.now();
    service.store.write(|db| {
        let ca = ca_of(db, call)?;
        let Some(csr) = &ca.csr else {
            let found = format!("intermediate CA {} is signed by the service's own root", ca.id);
            return Err(Refusal::new(&CA_ALREADY_SIGNED, found));
        };
        let (certificate, root) = authority::accept(service, csr, certificate, root)?;
        if let Some(kept) = &ca.certificate {
            if authority::read_kept(kept)?.der() == certificate.der() {
                return Ok(Reply::Empty);
            }
            let found = format!("intermediate CA {} has another certificate", ca.id);
            return Err(Refusal::new(&CA_ALREADY_SIGNED, found));
        }
        keep(db, ca.id, &Value::Object(ca.subject.clone()), &certificate, &root, now)?;
        record(db, now, Event::IntermediateCaSigned, 1)?;
        Ok(Reply::Empty)
    })
}

/// 4.6.2
///
/// # Errors
/// 404 without such a CA.
pub fn show(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.read(|db| Ok(Reply::Json(ca_of(db, call)?.to_json())))
}

/// 4.6.3
///
/// # Errors
/// 400 for a wrong page, order or filter.
pub fn list(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let wanted = call.page()?;
    let columns = [
        ("id", "id"),
        ("name", "lower(name)"),
        ("algorithm", "algorithm"),
        ("commonName", "lower(json_extract(subject, '$.commonName'))"),
        ("signingState", "certificate IS NOT NULL"),
        ("signingAuthority", "signing_authority"),
        ("validUntil", "valid_until"),
        ("createdTs", "created_ts"),
        ("lastModifiedTs", "modified_ts"),
    ];
    let order = call.order(&columns, "id", "DESC")?;
    let status = call.query_choice("status", &["CSR_CREATED", "SIGNED"])?.unwrap_or("");
    let signer = call.query_choice("signer", &["NXP", "EXT"])?.unwrap_or("");
    let validity = call.query_choice("validity", &["VALID", "EXPIRED"])?.unwrap_or("");
    let algorithm = call.query_choice("algorithm", &CA_ALGORITHMS)?.unwrap_or("");
    let name = call.query_text("name").unwrap_or("");
    let now = service.now();
    let matching = "(?1 = '' OR instr(lower(name), lower(?1)) > 0)
        AND (?2 = '' OR (certificate IS NOT NULL) = (?2 = 'SIGNED'))
        AND (?3 = '' OR signing_authority = ?3)
        AND (?4 = '' OR (valid_until IS NOT NULL AND (valid_until >= ?5) = (?4 = 'VALID')))
        AND (?6 = '' OR algorithm = ?6)";
    service.store.read(|db| {
        let total = db
            .prepare_cached(&format!("SELECT count(*) FROM intermediate_ca WHERE {matching}"))?
            .query_row(params![name, status, signer, validity, now, algorithm], |row| row.get(0))?;
        let content = db
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM intermediate_ca WHERE {matching}{order} LIMIT ?7 OFFSET ?8"
            ))?
            .query_map(
                params![
                    name,
                    status,
                    signer,
                    validity,
                    now,
                    algorithm,
                    wanted.limit(),
                    wanted.offset()
                ],
                |row| Ok(IntermediateCa::from_row(row)?.to_json()),
            )?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(call.page_reply(wanted, Some("RtpIntermediateCertificatePage"), total, content))
    })
}

/// 4.6.4
///
/// # Errors
/// 404 without such a CA, 409 while it has no certificate.
pub fn download(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.read(|db| Ok(Reply::Text(ca_of(db, call)?.certificate()?.to_owned())))
}

/// 4.6.5
///
/// # Errors
/// 404 without such a CA, 409 while it has no certificate, 422 for a code that cannot be a name.
pub fn verification_certificate(
    service: &Service,
    call: &Call,
    body: &Value,
) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let code = fields.text("verificationCode", 0, 1024);
    fields.check(&MALFORMED_BODY)?;
    if code.is_empty() {
        return Err(Refusal::field(&INVALID_CODE, "verificationCode", "empty"));
    }
    service.store.read(|db| {
        let ca = ca_of(db, call)?;
        let certificate = authority::read_kept(ca.certificate()?)?;
        let signed = authority::verification(service, code, &ca.key(db)?, &certificate)?;
        Ok(Reply::Text(signed.to_pem()))
    })
}

/// 4.6.6
///
/// # Errors
/// 404 without such a CA, 400 for a wrong page.
pub fn secure_objects(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let wanted = call.page()?;
    service.store.read(|db| {
        let ca = ca_of(db, call)?;
        let total = db
            .prepare_cached("SELECT count(*) FROM secure_object WHERE intermediate_ca_id = ?1")?
            .query_row(params![ca.id], |row| row.get(0))?;
        let content = db
            .prepare_cached(
                "SELECT kind, name, created_ts FROM secure_object WHERE intermediate_ca_id = ?1
                 ORDER BY id DESC LIMIT ?2 OFFSET ?3",
            )?
            .query_map(params![ca.id, wanted.limit(), wanted.offset()], |row| {
                Ok(json!({
                    "secureObjectType": row.get::<_, String>(0)?,
                    "name": row.get::<_, String>(1)?,
                    "assignmentDateTime": rfc3339(row.get(2)?),
                }))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(call.page_reply(wanted, Some("IntermediateCaCertificatesPage"), total, content))
    })
}

/// 4.6.7: only a CA that no certificate object uses.
///
/// # Errors
/// 404 without such a CA, 409 when it is in use.
pub fn delete(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let now = service.now();
    service.store.write(|db| {
        let ca = ca_of(db, call)?;
        let used: i64 = db
            .prepare_cached("SELECT count(*) FROM secure_object WHERE intermediate_ca_id = ?1")?
            .query_row(params![ca.id], |row| row.get(0))?;
        if used > 0 {
            let found = format!("intermediate CA {} is used by {used} certificate objects", ca.id);
            return Err(Refusal::new(&CA_IN_USE, found));
        }
        db.execute("DELETE FROM intermediate_ca WHERE id = ?1", params![ca.id])?;
        record(db, now, Event::IntermediateCaDeleted, 1)?;
        Ok(Reply::Empty)
    })
}
