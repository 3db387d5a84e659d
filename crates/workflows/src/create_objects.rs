//! The rows that `seal_batch` sealed become secure objects, one each (AN12642 4.1.3).
//!
//! The service does not tell which message an object was made from. The journal does: it holds the SHA-256 of
//! the message before each object is created, and the object's id after. So the same results can be given
//! again: an object that has the row's message is left alone, one of the same name that has another message,
//! or whose message is not known, is an error of that row.

mod sealed_row;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use el2g_service_api::secure_objects::{
    CreateSecureObject, ListSecureObjects, SecureObject, SecureObjectQuery,
};
use el2g_service_api::{NoPath, NoQuery};
use el2g_service_client::{Client, ClientError};
use serde::Serialize;

pub use sealed_row::{ObjectTerms, SealedObject, SealedRow, SealedRows};

use crate::import_key::did_not_happen;
use crate::{Failure, Journal, Progressed};

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectStatus {
    /// Its object was created now.
    Created,
    /// An earlier run created it, with this message.
    Existing,
    /// No object holds this message; `error` says why.
    Refused,
}

/// What came of one sealed row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedObject {
    /// The row's number in the manifest, counted from 1.
    pub entry: u64,
    /// Its name.
    pub name: String,
    /// How it ended.
    pub status: ObjectStatus,
    /// The object's id in the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secure_object_id: Option<u64>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What came of all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedObjects {
    /// Objects created now.
    pub created: u64,
    /// Objects that were there with the row's message.
    pub existing: u64,
    /// Rows that were refused, here or by the service.
    pub refused: u64,
    /// Rows of the results that have no message.
    pub not_sealed: u64,
    /// Whether the run ended before the last row.
    pub stopped: bool,
    /// Each row, as far as the run came.
    pub objects: Vec<CreatedObject>,
}

/// Objects by name: those that the service has.
type Found = HashMap<String, Vec<SecureObject>>;

/// How far a row comes.
enum Ended {
    Created(u64),
    Existing(u64),
    Refused(String),
}

/// Creates an object for each row, in order. `advanced` hears of each row that is dealt with.
///
/// A row that is refused does not stop the others. When the service cannot be reached or refuses the call as
/// such (no permission), nothing more is sent; the summary says how far it got and the failure says why.
pub async fn create_objects(
    rows: &mut SealedRows<'_>,
    client: &Client,
    journal: &mut Journal,
    advanced: &dyn Fn(),
) -> (CreatedObjects, Option<Failure>) {
    let mut summary = CreatedObjects::default();
    let failure = create_all(rows, client, journal, &mut summary, advanced).await.err();
    summary.not_sealed = rows.not_sealed();
    summary.stopped = failure.is_some();
    (summary, failure)
}

async fn create_all(
    rows: &mut SealedRows<'_>,
    client: &Client,
    journal: &mut Journal,
    summary: &mut CreatedObjects,
    advanced: &dyn Fn(),
) -> Result<(), Failure> {
    let mut found = Found::new();
    let all = client
        .pages::<ListSecureObjects>(NoPath {}, SecureObjectQuery::default())
        .collect()
        .await?;
    for object in all {
        found.entry(object.name.clone()).or_default().push(object);
    }
    while let Some(SealedRow { entry, name, object }) = rows.next_row()? {
        let ended = match object {
            Ok(object) => {
                let duplicates = rows.allows_duplicates();
                create(&name, &object, &mut found, duplicates, client, journal).await?
            }
            Err(error) => Ended::Refused(error),
        };
        let (status, secure_object_id, error) = match ended {
            Ended::Created(id) => (ObjectStatus::Created, Some(id), None),
            Ended::Existing(id) => (ObjectStatus::Existing, Some(id), None),
            Ended::Refused(error) => (ObjectStatus::Refused, None, Some(error)),
        };
        match status {
            ObjectStatus::Created => summary.created += 1,
            ObjectStatus::Existing => summary.existing += 1,
            ObjectStatus::Refused => summary.refused += 1,
        }
        summary.objects.push(CreatedObject { entry, name, status, secure_object_id, error });
        advanced();
    }
    Ok(())
}

/// One object. The journal knows it under two names: its message, and its creation.
async fn create(
    name: &str,
    object: &SealedObject,
    found: &mut Found,
    duplicates: bool,
    client: &Client,
    journal: &mut Journal,
) -> Result<Ended, Failure> {
    let (message_step, create_step) = (format!("message {name}"), format!("create {name}"));
    let wanted = &object.message_sha256;
    let sent = match journal.look::<String>(&message_step)? {
        Progressed::Done(sent) => Some(sent),
        Progressed::Not | Progressed::Begun => None,
    };
    let created = journal.look::<u64>(&create_step)?;
    // What an earlier run of this journal began is found again, duplicates or not.
    let another = duplicates && created == Progressed::Not;
    if let Some(there) = found.get(name).filter(|_| !another) {
        let told = existing(object, there, sent.as_ref() == Some(wanted), sent.is_some(), &created);
        if let (Ended::Existing(id), Progressed::Begun) = (&told, &created) {
            journal.done(&create_step, id)?;
        }
        return Ok(told);
    }
    if sent.as_ref() != Some(wanted) {
        journal.done(&message_step, wanted)?;
    }
    journal.begin(&create_step)?;
    let request = object.import.request();
    match client.call::<CreateSecureObject>(&NoPath {}, &NoQuery {}, request).await {
        Ok(answer) => {
            let id = answer.service_id();
            journal.done(&create_step, &id)?;
            found.entry(name.to_owned()).or_default().push(answer);
            Ok(id.map_or(
                Ended::Refused("the service named no id for it".to_owned()),
                Ended::Created,
            ))
        }
        Err(error) if did_not_happen(&error) => {
            journal.undone(&create_step)?;
            match is_about_object(&error) {
                true => Ok(Ended::Refused(Failure::from(error).to_string())),
                false => Err(error.into()),
            }
        }
        Err(error) => Err(Failure::from(error).left_in(journal.path())),
    }
}

/// What is to be said of a row whose name the service has.
fn existing(
    object: &SealedObject,
    there: &[SecureObject],
    same_message: bool,
    known: bool,
    created: &Progressed<u64>,
) -> Ended {
    let request = object.import.request();
    let ids: Vec<u64> = there.iter().filter_map(SecureObject::service_id).collect();
    let listed: Vec<String> = ids.iter().map(u64::to_string).collect();
    let listed = listed.join(", ");
    let ours = match created {
        Progressed::Done(id) => ids.contains(id).then_some(*id),
        // The interrupted run created it, if it is the only one and of the same shape.
        Progressed::Begun => match there {
            [only]
                if only.object_id == *request.object_id()
                    && only.secure_object_type == request.secure_object_type() =>
            {
                only.service_id()
            }
            _ => None,
        },
        Progressed::Not => None,
    };
    match ours {
        Some(id) if same_message => Ended::Existing(id),
        Some(id) => Ended::Refused(format!("object {id} has this name and holds another message")),
        None if known && !matches!(created, Progressed::Not) => Ended::Refused(format!(
            "object {listed} has this name and is not the one that an earlier run created"
        )),
        None => Ended::Refused(format!(
            "object {listed} has this name; it is unknown which message it holds: there is no journal of its creation here; \
             --allow-duplicate creates another"
        )),
    }
}

/// Whether a refusal is about this object, and not about the call as such.
fn is_about_object(error: &ClientError) -> bool {
    error.is_refused() && !matches!(error.status(), Some(401 | 403 | 404 | 405 | 415))
}
