//! The rows that `seal_batch` sealed become secure objects, one each (AN12642 4.1.3).
//!
//! The service does not tell which message an object was made from. The journal does: it holds the SHA-256 of
//! the message before each object is created, and the object's id after. So the same results can be given
//! again: an object that has the row's message is left alone, one of the same name that has another message,
//! or whose message is not known, is an error of that row.

#[cfg(test)]
mod create_objects_tests;
mod sealed_row;

use std::cell::RefCell;
use std::collections::HashMap;

use el2g_service_api::secure_objects::{
    CreateSecureObject, ListSecureObjects, SecureObject, SecureObjectQuery,
};
use el2g_service_api::{NoPath, NoQuery};
use el2g_service_client::{Client, ClientError};
use serde::Serialize;

pub use sealed_row::{ObjectTerms, SealedRow, SealedRows};

use crate::assign_objects::{Assignments, NewMember, objects_of_group};
use crate::step_call::Call;
use crate::step_run::{Run, Unsent};
use crate::steps::{Made, StepId, Steps};
use crate::{AssignedObjects, Failure, Flow, Plan, Progressed, SealedEntry, TargetGroups};

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
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
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
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

/// Ids of objects by name: those that the service has.
type Found = HashMap<String, Vec<u64>>;

/// How a row ends.
enum Ended {
    Created(u64),
    Existing(u64),
    Refused(String),
}

impl SealedRows<'_> {
    /// The steps: the objects that the service has are listed, one is created for each row, and then each is assigned to
    /// each of `groups`. What came of them is in `summary` and `assigned`, also when a step fails.
    ///
    /// A row that is refused does not stop the others. When the service cannot be reached or refuses the call as such (no
    /// permission), nothing more is sent.
    pub fn plan<'a>(
        &'a self,
        client: &'a Client,
        summary: &'a RefCell<CreatedObjects>,
        groups: &'a TargetGroups,
        assigned: &'a RefCell<AssignedObjects>,
    ) -> Plan<'a, ()> {
        summary.borrow_mut().not_sealed = self.not_sealed();
        let mut steps = Steps::new();
        let size = Some(client.settings().limits.page_size);
        let query = move || SecureObjectQuery { page: Some(0), size, ..Default::default() };
        let call = Call::<ListSecureObjects>::new(client, move || (NoPath {}, query(), ()));
        let what = "list the secure objects that are there";
        let found = steps.call("objects", what, &[], call, async |_, call| {
            let mut found = Found::new();
            for object in call.all().await? {
                let id = object.service_id();
                found.entry(object.name).or_default().extend(id);
            }
            Ok(RefCell::new(found))
        });
        let mut objects = Vec::new();
        for row in self.rows() {
            let (name, sealed) = (row.sealed.name.as_str(), &row.sealed);
            let request = move || match self.request(sealed) {
                Ok(request) => Ok((NoPath {}, NoQuery {}, request)),
                Err(error) => Err(Failure::input(format!("row {} ({name}): {error}", row.entry))),
            };
            let (call, after) = (Call::<CreateSecureObject>::trying(client, request), found.step());
            let (step, what) = (format!("create {name}"), format!("create the object `{name}`"));
            let found = found.clone();
            let object = steps.call(step, what, &[after], call, async move |run, call| {
                let ended = self.create(sealed, found.get(), run, call).await?;
                let mut summary = summary.borrow_mut();
                let id = summary.add(row.entry, name, ended);
                run.progress.advanced(summary.objects.len() as u64, self.rows().len() as u64);
                Ok(id)
            });
            objects.push(NewMember { id: object, label: name.to_owned() });
        }
        let created: Vec<StepId> = objects.iter().map(|object| object.id.step()).collect();
        let assignments = Assignments { client, family: &groups.family, summary: assigned };
        // Once all of them are there: no device gets a part of them.
        for group in &groups.ids {
            let there = objects_of_group(&mut steps, client, *group, &created);
            for object in &objects {
                assignments.add(&mut steps, object, *group, &there, &created);
            }
        }
        steps.end(Flow::CreateObjects, Made::known(())).at_once(self.terms.jobs)
    }

    /// One object. The journal knows it under two names: its message, and its creation.
    async fn create(
        &self,
        row: &SealedEntry,
        found: &RefCell<Found>,
        run: &Run<'_>,
        call: &Call<'_, CreateSecureObject>,
    ) -> Result<Ended, Failure> {
        let name = row.name.as_str();
        let request = match self.request(row) {
            Ok(request) => request,
            Err(error) => return Ok(Ended::Refused(error)),
        };
        let (message_step, create_step) = (format!("message {name}"), format!("create {name}"));
        let sent = match run.look::<String>(&message_step)? {
            Progressed::Done(sent) => Some(sent),
            Progressed::Not | Progressed::Begun => None,
        };
        let same_message = sent.as_ref() == Some(&row.message_sha256);
        let ours = run.earlier_object(&create_step, call, SecureObject::service_id).await?;
        let (ours, created) = (ours.flatten(), ours.is_some());
        // What an earlier run of this journal created is found again, duplicates or not.
        let another = self.terms.allow_duplicates && !created;
        let there = found.borrow().get(name).cloned().unwrap_or_default();
        if !there.is_empty() && !another {
            let ours = ours.filter(|id| there.contains(id));
            return Ok(existing(&there, ours, same_message, created));
        }
        run.record_twins(&create_step, &there)?;
        if !same_message {
            run.done(&message_step, &row.message_sha256)?;
        }
        let parts = (NoPath {}, NoQuery {}, request);
        match run.send(&create_step, call, parts, SecureObject::service_id).await {
            Ok(answer) => {
                let id = answer.service_id();
                found.borrow_mut().entry(name.to_owned()).or_default().extend(id);
                let without = || Ended::Refused("the service named no id for it".to_owned());
                Ok(id.map_or_else(without, Ended::Created))
            }
            Err(Unsent::Service(error)) if is_about_object(&error) => {
                Ok(Ended::Refused(Failure::from(error).to_string()))
            }
            Err(unsent) => Err(unsent.into()),
        }
    }
}

impl CreatedObjects {
    /// Counts a row; the id of its object, if it has one.
    fn add(&mut self, entry: u64, name: &str, ended: Ended) -> Option<u64> {
        let (status, secure_object_id, error) = match ended {
            Ended::Created(id) => (ObjectStatus::Created, Some(id), None),
            Ended::Existing(id) => (ObjectStatus::Existing, Some(id), None),
            Ended::Refused(error) => (ObjectStatus::Refused, None, Some(error)),
        };
        match status {
            ObjectStatus::Created => self.created += 1,
            ObjectStatus::Existing => self.existing += 1,
            ObjectStatus::Refused => self.refused += 1,
        }
        let name = name.to_owned();
        // Several rows are dealt with at a time.
        let place = self.objects.partition_point(|before| before.entry < entry);
        self.objects.insert(place, CreatedObject { entry, name, status, secure_object_id, error });
        secure_object_id
    }
}

/// What is to be said of a row whose name the service has; `ours` is the object that an earlier run created for it.
fn existing(there: &[u64], ours: Option<u64>, same_message: bool, created: bool) -> Ended {
    let listed: Vec<String> = there.iter().map(u64::to_string).collect();
    let listed = listed.join(", ");
    match ours {
        Some(id) if same_message => Ended::Existing(id),
        Some(id) => Ended::Refused(format!("object {id} has this name and holds another message")),
        None if created => Ended::Refused(format!(
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
