//! Secure objects into device groups (AN12642 4.1.4), several of both at once.
//!
//! An object that is in a group already stays in it, so the same command can be run again without harm: that is how an
//! interrupted run is resumed.

#[cfg(test)]
mod assign_objects_tests;

use std::cell::RefCell;

use el2g_service_api::NoQuery;
use el2g_service_api::assignments::{
    AssignSecureObject, AssignedObject, AssignedObjectQuery, GroupAssignment, GroupIdPath,
    ListAssignedObjects,
};
use el2g_service_api::look_up::Verdict;
use el2g_service_api::products::HardwareFamily;
use el2g_service_api::secure_objects::SecureObjectPath;
use el2g_service_client::{Client, ClientError};
use serde::Serialize;

use crate::step_call::{Call, StandIn};
use crate::steps::{Made, StepId, Steps};
use crate::{Failure, Flow, Plan};

/// Device groups of one hardware family.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TargetGroups {
    /// Their ids, each once.
    pub ids: Vec<u64>,
    /// The hardware family that is said beside them (newer than AN12642); `None` sends none.
    pub family: Option<HardwareFamily>,
}

/// Which objects go to which groups: every one of the first to every one of the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectAssignment {
    /// Ids of the objects, each once.
    pub objects: Vec<u64>,
    /// The groups.
    pub groups: TargetGroups,
    /// Requests at a time, at least 1.
    pub jobs: usize,
}

/// What came of the assignments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssignedObjects {
    /// Assignments that were made now.
    pub assigned: u64,
    /// Assignments that were there before.
    pub already_assigned: u64,
    /// Assignments that the service refused.
    pub refused: Vec<RefusedAssignment>,
    /// Assignments of which nothing is known: their request failed, or was not sent any more.
    pub not_sent: u64,
}

/// An object that the service did not put into a group, or did not take out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RefusedAssignment {
    /// The object's id.
    pub secure_object_id: u64,
    /// The group's id.
    pub device_group_id: u64,
    /// Why, in the service's words.
    pub reason: String,
    /// The service's error code.
    pub code: Option<String>,
    /// What to do about it.
    #[serde(skip)]
    pub hint: Option<String>,
}

impl ObjectAssignment {
    /// The steps: what each group has, then each object into each group. What came of them is in `summary`, also when a
    /// step fails.
    pub fn plan<'a>(
        &'a self,
        client: &'a Client,
        summary: &'a RefCell<AssignedObjects>,
    ) -> Plan<'a, ()> {
        let mut steps = Steps::new();
        let assignments = Assignments { client, family: &self.groups.family, summary };
        for group in &self.groups.ids {
            let there = objects_of_group(&mut steps, client, *group, &[]);
            for object in &self.objects {
                let object =
                    NewMember { id: Made::known(Some(*object)), label: object.to_string() };
                assignments.add(&mut steps, &object, *group, &there, &[]);
            }
        }
        steps.end(Flow::AssignObjects, Made::known(())).at_once(self.jobs)
    }
}

/// Adds the step that lists the objects of a group.
pub(crate) fn objects_of_group<'a>(
    steps: &mut Steps<'a>,
    client: &'a Client,
    group: u64,
    after: &[StepId],
) -> Made<Vec<AssignedObject>> {
    let size = Some(client.settings().limits.page_size);
    let query = move || AssignedObjectQuery { page: Some(0), size, ..Default::default() };
    let path = move || GroupIdPath { device_group_id: group };
    let call = Call::<ListAssignedObjects>::new(client, move || (path(), query(), ()));
    let what = format!("list the objects of device group {group}");
    steps.call(format!("objects of {group}"), what, after, call, async |_, call| call.all().await)
}

/// An object on its way into a group.
#[derive(Clone)]
pub(crate) struct NewMember {
    /// Its id, once it is there; `None` where it could not be created.
    pub(crate) id: Made<Option<u64>>,
    /// How its steps call it.
    pub(crate) label: String,
}

/// The steps that put objects into groups.
pub(crate) struct Assignments<'a> {
    pub(crate) client: &'a Client,
    pub(crate) family: &'a Option<HardwareFamily>,
    pub(crate) summary: &'a RefCell<AssignedObjects>,
}

/// How an assignment ends.
enum Ended {
    Assigned,
    Already,
    Refused(RefusedAssignment),
}

impl<'a> Assignments<'a> {
    /// Adds the step that puts an object into a group, which has the objects `there`, after the steps `after`.
    pub(crate) fn add(
        &self,
        steps: &mut Steps<'a>,
        object: &NewMember,
        group: u64,
        there: &Made<Vec<AssignedObject>>,
        after: &[StepId],
    ) -> StepId {
        self.summary.borrow_mut().not_sent += 1;
        let (id, label) = (object.id.clone(), &object.label);
        let family = self.family;
        let body = move || GroupAssignment::new(group, family.clone());
        let parts = {
            let id = id.clone();
            move || {
                let path = SecureObjectPath { secure_object_id: (*id.so_far()?)? };
                Some((path, NoQuery {}, body()))
            }
        };
        let call = Call::<AssignSecureObject>::later(self.client, StandIn::Body(body()), parts);
        let after = [&[id.step(), there.step()], after].concat();
        let what = format!("assign secure object {label} to device group {group}");
        let (there, summary) = (there.clone(), self.summary);
        let step = format!("assign {label} to {group}");
        let assigned = steps.call(step, what, &after, call, async move |run, call| {
            let Some(id) = *id.get() else { return Ok(()) };
            let is_there = there.get().iter().any(|object| object.service_id() == Some(id));
            let ended = if is_there { Ended::Already } else { assign(call, id, group).await? };
            let mut summary = summary.borrow_mut();
            summary.add(ended);
            let done = summary.dealt_with();
            run.progress.advanced(done, done + summary.not_sent);
            Ok(())
        });
        assigned.step()
    }
}

/// Sends an assignment. Reads may lag: one that an earlier run made is refused, and found.
async fn assign(
    call: &Call<'_, AssignSecureObject>,
    object: u64,
    group: u64,
) -> Result<Ended, Failure> {
    let error = match call.send_ready(call.ready()?).await {
        Ok(()) => return Ok(Ended::Assigned),
        Err(error) => error,
    };
    if error.status() == Some(409) && call.happened().await? == Verdict::Happened(()) {
        return Ok(Ended::Already);
    }
    if !is_about_assignment(&error) {
        return Err(error.into());
    }
    Ok(Ended::Refused(RefusedAssignment::of(error, object, group)))
}

/// Whether a refusal is about this object and this group, and not about the call as such.
pub(crate) fn is_about_assignment(error: &ClientError) -> bool {
    error.is_refused() && !matches!(error.status(), Some(401 | 403 | 405 | 415))
}

impl RefusedAssignment {
    /// A refusal of the service.
    pub(crate) fn of(error: ClientError, secure_object_id: u64, device_group_id: u64) -> Self {
        let failure = Failure::from(error);
        let (reason, code) = (failure.to_string(), failure.code);
        Self { secure_object_id, device_group_id, reason, code, hint: failure.hint }
    }
}

impl AssignedObjects {
    /// Assignments whose end is known.
    pub(crate) fn dealt_with(&self) -> u64 {
        self.assigned + self.already_assigned + self.refused.len() as u64
    }

    fn add(&mut self, ended: Ended) {
        self.not_sent -= 1;
        match ended {
            Ended::Assigned => self.assigned += 1,
            Ended::Already => self.already_assigned += 1,
            Ended::Refused(refused) => self.refused.push(refused),
        }
    }
}
