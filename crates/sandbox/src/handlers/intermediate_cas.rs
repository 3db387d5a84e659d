//! Intermediate CAs (4.2, 4.6).

use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};

use crate::algorithms::CA_ALGORITHMS;
use crate::authority::{self, KeyIdentifiers};
use crate::call::{Call, Reply};
use crate::clock::rfc3339;
use crate::fields::Fields;
use crate::handlers::device_groups::LONGEST_NAME;
use crate::intermediate_ca::{COLUMNS, IntermediateCa};
use crate::refusal::{
    CA_ALREADY_SIGNED, CA_IN_USE, CA_NOT_FOUND, INVALID_CODE, MALFORMED_BODY, NO_CSR, Refusal,
};
use crate::service::{Event, Service, record};
use crate::store::listing::{Listing, count};

/// Certificates are at most this long, as text.
const LONGEST_PEM: usize = 64 * 1024;

/// What the common name of a CA that the service signs begins with: `prefix`, or so much of its name.
const LONGEST_CA_PREFIX: usize = 16;

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
    let prefix = fields.optional_text("prefix", LONGEST_CA_PREFIX);
    let identifiers = KeyIdentifiers {
        subject: fields.truth("includeSubjectKeyIdentifier", false),
        authority: fields.truth("includeAuthorityKeyIdentifier", false),
    };
    let mut subject = Map::new();
    for (field, longest) in authority::SUBJECT {
        subject.insert(field.into(), json!(fields.optional_text(field, longest)));
    }
    // What is not a string is a fault that was noted already.
    if external
        && subject["commonName"].as_str().is_none_or(str::is_empty)
        && fields.value("commonName").is_none_or(|value| value.is_string())
    {
        fields.fault("commonName", "missing, a certificate request needs one");
    }
    fields.check(&MALFORMED_BODY)?;
    let subject_name = authority::subject(&subject)?;
    let csr_name = external.then_some(subject_name);
    let key = authority::new_key(algorithm)?;
    service.store.write(|db| {
        let now = service.now();
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
            identifiers.subject,
            identifiers.authority,
            now,
        ])?;
        let id = db.last_insert_rowid();
        if let Some(csr_name) = &csr_name {
            let csr = authority::request(csr_name, &key)?;
            db.execute("UPDATE intermediate_ca SET csr = ?2 WHERE id = ?1", params![id, csr.to_pem()])?;
            record(db, now, Event::IntermediateCaCsr, 1)?;
        } else {
            let prefix = prefix.filter(|prefix| !prefix.is_empty()).unwrap_or(name);
            let prefix: String = prefix.chars().take(LONGEST_CA_PREFIX).collect();
            let own = authority::own_subject(&format!("{prefix}-{id:016x}-00000000-vE200"));
            let (certificate, root) = authority::sign_own(service, db, &own, &key, identifiers)?;
            keep(db, id, &Value::Object(own), &certificate, &root, now)?;
            record(db, now, Event::IntermediateCaNxp, 1)?;
        }
        Ok(Reply::Json(IntermediateCa::by_id(db, id)?.to_json_alone()))
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
    service.store.read(|db| Ok(Reply::Json(ca_of(db, call)?.to_json_alone())))
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
    service.store.read(|db| {
        let page = Listing {
            columns: COLUMNS,
            from: "intermediate_ca WHERE (?1 = '' OR instr(lower(name), lower(?1)) > 0)
                AND (?2 = '' OR (certificate IS NOT NULL) = (?2 = 'SIGNED'))
                AND (?3 = '' OR signing_authority = ?3)
                AND (?4 = '' OR (valid_until IS NOT NULL AND (valid_until >= ?5) = (?4 = 'VALID')))
                AND (?6 = '' OR algorithm = ?6)",
            order: &order,
            parameters: params![name, status, signer, validity, now, algorithm],
        }
        .page(db, wanted, |row| Ok(IntermediateCa::from_row(row)?.to_json()))?;
        Ok(call.page_reply(wanted, Some("RtpIntermediateCertificatePage"), page.total, page.rows))
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
        let page = Listing {
            columns: "kind, name, created_ts",
            from: "secure_object WHERE intermediate_ca_id = ?1",
            order: "ORDER BY id DESC",
            parameters: params![ca.id],
        }
        .page(db, wanted, |row| {
            Ok(json!({
                "secureObjectType": row.get::<_, String>(0)?,
                "name": row.get::<_, String>(1)?,
                "assignmentDateTime": rfc3339(row.get(2)?),
            }))
        })?;
        Ok(call.page_reply(wanted, Some("IntermediateCaCertificatesPage"), page.total, page.rows))
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
        let used = count(db, "secure_object WHERE intermediate_ca_id = ?1", params![ca.id])?;
        if used > 0 {
            let found = format!("intermediate CA {} is used by {used} certificate objects", ca.id);
            return Err(Refusal::new(&CA_IN_USE, found));
        }
        db.execute("DELETE FROM intermediate_ca WHERE id = ?1", params![ca.id])?;
        record(db, now, Event::IntermediateCaDeleted, 1)?;
        Ok(Reply::Empty)
    })
}
