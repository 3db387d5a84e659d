//! Intermediate CAs (4.2, 4.6).

use el2g_service_api::intermediate_cas::{
    CaAlgorithm, Csr, IntermediateCa as ApiCa, IntermediateCaPath, IntermediateCaQuery,
    NewIntermediateCa, RequestType, SignedIntermediate, SignedObject, SignedObjectQuery,
    SigningAuthority, SigningState, Validity, VerificationCode,
};
use el2g_service_api::{NoPath, NoQuery, Page, SortDirection};
use el2g_x509::{Certificate, KeyAlgorithm};
use rusqlite::{Connection, params};

use crate::authority::{self, KeyIdentifiers};
use crate::call::{Call, PageWanted, order};
use crate::intermediate_ca::{COLUMNS, IntermediateCa, Subject};
use crate::refusal::{CA_ALREADY_SIGNED, CA_IN_USE, INVALID_CA, NO_CSR, Refusal};
use crate::service::{Event, record, timestamp, unsigned};
use crate::store::as_json;
use crate::store::listing::{Listing, count};

/// What the common name of a CA that the service signs begins with: `prefix`, or so much of its name.
const LONGEST_CA_PREFIX: usize = 16;

fn ca_of(db: &Connection, path: &IntermediateCaPath) -> Result<IntermediateCa, Refusal> {
    IntermediateCa::by_id(db, path.intermediate_ca_id)
}

/// 4.2.1 and 4.6.1
///
/// # Errors
/// 422 for a subject that cannot be.
pub(crate) fn create(
    call: &Call<'_>,
    _: NoPath,
    _: NoQuery,
    body: NewIntermediateCa,
) -> Result<ApiCa, Refusal> {
    let external = body.request_type == RequestType::WithCsr;
    let signer = if external { SigningAuthority::External } else { SigningAuthority::Nxp };
    let identifiers = KeyIdentifiers {
        subject: body.include_subject_key_identifier.value() == Some(&true),
        authority: body.include_authority_key_identifier.value() == Some(&true),
    };
    let subject = Subject::asked(&body);
    let subject_name = subject.name()?;
    let algorithm = KeyAlgorithm::from_api_name(body.algorithm.as_str()).ok_or_else(|| {
        Refusal::new(&INVALID_CA, format!("the sandbox cannot make {} keys", body.algorithm))
    })?;
    let key = authority::new_key(algorithm)?;
    call.store.write(|db| {
        let now = call.now();
        let id = db
            .prepare_cached(
                "INSERT INTO intermediate_ca (name, algorithm, signing_authority, subject, private_key,
                   with_ski, with_aki, created_ts, modified_ts, version)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)",
            )?
            .insert(params![
                body.name,
                body.algorithm.as_str(),
                signer.as_str(),
                as_json(&subject)?,
                authority::stored(&key)?.expose(),
                identifiers.subject,
                identifiers.authority,
                now,
                // With its certificate, it is 1 in the first answer either way (4.2.1, 4.6.1).
                i64::from(external),
            ])?;
        let id = unsigned(id);
        if external {
            let csr = authority::request(&subject_name, &key)?;
            db.execute("UPDATE intermediate_ca SET csr = ?2 WHERE id = ?1", params![id, csr.to_pem()])?;
            record(db, now, Event::IntermediateCaCsr, 1)?;
        } else {
            let prefix = body.prefix.value().filter(|prefix| !prefix.is_empty());
            let prefix = prefix.unwrap_or(&body.name).chars().take(LONGEST_CA_PREFIX);
            let prefix = prefix.collect::<String>();
            let own = Subject::own(format!("{prefix}-{id:016x}-00000000-vE200"));
            let signed = authority::sign_own(call.service, db, &own.name()?, &key, identifiers)?;
            keep(db, id, &own, &signed, now)?;
            record(db, now, Event::IntermediateCaNxp, 1)?;
        }
        Ok(IntermediateCa::by_id(db, id)?.printed_alone())
    })
}

fn keep(
    db: &Connection,
    id: u64,
    subject: &Subject,
    (certificate, root): &(Certificate, Certificate),
    now: i64,
) -> Result<(), Refusal> {
    db.prepare_cached(
        "UPDATE intermediate_ca SET subject = ?2, certificate = ?3, root = ?4, valid_until = ?5,
           modified_ts = ?6, version = version + 1 WHERE id = ?1",
    )?
    .execute(params![
        id,
        as_json(subject)?,
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
pub(crate) fn csr(
    call: &Call<'_>,
    path: IntermediateCaPath,
    _: NoQuery,
    (): (),
) -> Result<Csr, Refusal> {
    call.store.read(|db| {
        let ca = ca_of(db, &path)?;
        let csr = ca.csr.ok_or_else(|| {
            let found = format!("intermediate CA {} is signed by the service's own root", ca.id);
            Refusal::new(&NO_CSR, found)
        })?;
        Ok(Csr::new(csr))
    })
}

/// 4.2.3; the same certificate may be sent again.
///
/// # Errors
/// 404 without such a CA, 409 when it has another certificate already, 422 with every rule of
/// section 6 that the certificate breaks.
pub(crate) fn upload(
    call: &Call<'_>,
    path: IntermediateCaPath,
    _: NoQuery,
    body: SignedIntermediate,
) -> Result<(), Refusal> {
    let now = call.now();
    call.store.write(|db| {
        let ca = ca_of(db, &path)?;
        let Some(csr) = &ca.csr else {
            let found = format!("intermediate CA {} is signed by the service's own root", ca.id);
            return Err(Refusal::new(&CA_ALREADY_SIGNED, found));
        };
        let signed = authority::accept(call.service, csr, &body.signed_certificate, &body.root_ca)?;
        if let Some(kept) = &ca.certificate {
            if authority::read_kept(kept)?.der() == signed.0.der() {
                return Ok(());
            }
            let found = format!("intermediate CA {} has another certificate", ca.id);
            return Err(Refusal::new(&CA_ALREADY_SIGNED, found));
        }
        keep(db, ca.id, &ca.subject, &signed, now)?;
        record(db, now, Event::IntermediateCaSigned, 1)
    })
}

/// 4.6.2
///
/// # Errors
/// 404 without such a CA.
pub(crate) fn show(
    call: &Call<'_>,
    path: IntermediateCaPath,
    _: NoQuery,
    (): (),
) -> Result<ApiCa, Refusal> {
    call.store.read(|db| ca_of(db, &path).map(IntermediateCa::printed_alone))
}

/// 4.6.3
///
/// # Errors
/// 400 for a wrong page or order.
pub(crate) fn list(
    call: &Call<'_>,
    _: NoPath,
    query: IntermediateCaQuery,
    (): (),
) -> Result<Page<ApiCa>, Refusal> {
    let wanted = PageWanted::of(&query)?;
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
    let (by, direction) = (query.sort_by.as_deref(), query.sort_by_direction.as_ref());
    let order = order(by, direction, &columns, "id", SortDirection::Descending)?;
    let signed = query.status.map(|status| status == SigningState::Signed);
    let valid = query.validity.map(|validity| validity == Validity::Valid);
    let signer = query.signer.as_ref().map_or("", SigningAuthority::as_str);
    let algorithm = query.algorithm.as_ref().map_or("", CaAlgorithm::as_str);
    let name = query.name.as_deref().unwrap_or_default();
    let now = call.now();
    call.store.read(|db| {
        let page = Listing {
            columns: COLUMNS,
            from: "intermediate_ca WHERE (?1 = '' OR instr(lower(name), lower(?1)) > 0)
                AND (?2 IS NULL OR (certificate IS NOT NULL) = ?2)
                AND (?3 = '' OR signing_authority = ?3)
                AND (?4 IS NULL OR (valid_until IS NOT NULL AND (valid_until >= ?5) = ?4))
                AND (?6 = '' OR algorithm = ?6)",
            order: &order,
            parameters: params![name, signed, signer, valid, now, algorithm],
        }
        .page(db, wanted, |row| IntermediateCa::from_row(row).map(IntermediateCa::printed))?;
        // Spelled as 4.6.3 prints it.
        let defaults = [("sort-by-direction", "DESC")];
        let page_type = Some("RtpIntermediateCertificatePage");
        Ok(call.page_with(&defaults, wanted, page_type, page.total, page.rows))
    })
}

/// 4.6.4
///
/// # Errors
/// 404 without such a CA, 409 while it has no certificate.
pub(crate) fn download(
    call: &Call<'_>,
    path: IntermediateCaPath,
    _: NoQuery,
    (): (),
) -> Result<String, Refusal> {
    call.store.read(|db| Ok(ca_of(db, &path)?.certificate()?.to_owned()))
}

/// 4.6.5
///
/// # Errors
/// 404 without such a CA, 409 while it has no certificate, 422 for a code that cannot be a name.
pub(crate) fn verification_certificate(
    call: &Call<'_>,
    path: IntermediateCaPath,
    _: NoQuery,
    body: VerificationCode,
) -> Result<String, Refusal> {
    call.store.read(|db| {
        let ca = ca_of(db, &path)?;
        let certificate = authority::read_kept(ca.certificate()?)?;
        let (code, key) = (&body.verification_code, ca.key(db)?);
        let signed = authority::verification(call.service, code, &key, &certificate)?;
        Ok(signed.to_pem())
    })
}

/// 4.6.6
///
/// # Errors
/// 404 without such a CA, 400 for a wrong page.
pub(crate) fn secure_objects(
    call: &Call<'_>,
    path: IntermediateCaPath,
    query: SignedObjectQuery,
    (): (),
) -> Result<Page<SignedObject>, Refusal> {
    let wanted = PageWanted::of(&query)?;
    call.store.read(|db| {
        let ca = ca_of(db, &path)?;
        let page = Listing {
            columns: "kind, name, created_ts",
            from: "secure_object WHERE intermediate_ca_id = ?1",
            order: "ORDER BY id DESC",
            parameters: params![ca.id],
        }
        .page(db, wanted, |row| {
            let signed = SignedObject::new(row.get_ref(0)?.as_str()?.into(), row.get(1)?);
            Ok(SignedObject { assignment_date_time: timestamp(row.get(2)?), ..signed })
        })?;
        Ok(call.page(wanted, Some("IntermediateCaCertificatesPage"), page.total, page.rows))
    })
}

/// 4.6.7: only a CA that no certificate object uses.
///
/// # Errors
/// 404 without such a CA, 409 when it is in use.
pub(crate) fn delete(
    call: &Call<'_>,
    path: IntermediateCaPath,
    _: NoQuery,
    (): (),
) -> Result<(), Refusal> {
    let now = call.now();
    call.store.write(|db| {
        let ca = ca_of(db, &path)?;
        let used = count(db, "secure_object WHERE intermediate_ca_id = ?1", params![ca.id])?;
        if used > 0 {
            let found = format!("intermediate CA {} is used by {used} certificate objects", ca.id);
            return Err(Refusal::new(&CA_IN_USE, found));
        }
        db.execute("DELETE FROM intermediate_ca WHERE id = ?1", params![ca.id])?;
        record(db, now, Event::IntermediateCaDeleted, 1)
    })
}
