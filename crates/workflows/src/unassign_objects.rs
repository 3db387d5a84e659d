//! Secure objects out of device groups (AN12642 4.5.3), several of both at once: one request for each group.
//!
//! The service takes all of the named objects out of a group, or none; so a certificate and its key pair leave together.
//! An object that is not in a group is left out, so the same command can be run again: that is how an interrupted run is
//! resumed.

#[cfg(test)]
mod unassign_objects_tests;

use std::cell::RefCell;

use el2g_service_api::assignments::{
    AssignedObject, GroupIdPath, Ids, UnassignObjects, UnassignmentQuery,
};
use el2g_service_client::Client;
use serde::Serialize;

use crate::assign_objects::{is_about_assignment, objects_of_group};
use crate::step_call::Call;
use crate::steps::{Made, Steps};
use crate::{Failure, Flow, Plan, RefusedAssignment, TargetGroups};

/// Which objects leave which groups: every one of the first leaves every one of the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectUnassignment {
    /// Ids of the objects, each once.
    pub objects: Vec<u64>,
    /// The groups.
    pub groups: TargetGroups,
    /// Requests at a time, at least 1.
    pub jobs: usize,
}

/// What came of it, counted in pairs of an object and a group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnassignedObjects {
    /// Objects that were taken out of a group now.
    pub unassigned: u64,
    /// Objects that were not in a group.
    pub not_assigned: u64,
    /// Objects that the service left in a group.
    pub refused: Vec<RefusedAssignment>,
    /// Objects of which nothing is known: the request of their group failed, or was not sent any more.
    pub not_sent: u64,
}

impl ObjectUnassignment {
    /// The steps: for each group what it has, and then which objects leave it. What came of them is in `summary`, also
    /// when a step fails.
    pub fn plan<'a>(
        &'a self,
        client: &'a Client,
        summary: &'a RefCell<UnassignedObjects>,
    ) -> Plan<'a, ()> {
        let all = (self.objects.len() * self.groups.ids.len()) as u64;
        summary.borrow_mut().not_sent = all;
        let mut steps = Steps::new();
        for group in &self.groups.ids {
            let group = *group;
            let there = objects_of_group(&mut steps, client, group, &[]);
            let path = move || GroupIdPath { device_group_id: group };
            let body = move || (path(), self.query(), Ids(self.objects.clone()));
            let call = Call::<UnassignObjects>::new(client, body);
            let count = self.objects.len();
            let what = format!("unassign {count} secure objects from device group {group}");
            let step = format!("unassign from {group}");
            steps.call(step, what, &[there.step()], call, async move |run, call| {
                self.leave(group, there.get(), call, summary).await?;
                run.progress.advanced(all - summary.borrow().not_sent, all);
                Ok(())
            });
        }
        steps.end(Flow::UnassignObjects, Made::known(())).at_once(self.jobs)
    }

    fn query(&self) -> UnassignmentQuery {
        UnassignmentQuery { hardware_family_type: self.groups.family.clone() }
    }

    /// The objects that are in a group leave it.
    async fn leave(
        &self,
        group: u64,
        there: &[AssignedObject],
        call: &Call<'_, UnassignObjects>,
        summary: &RefCell<UnassignedObjects>,
    ) -> Result<(), Failure> {
        let is_there = |id: &&u64| there.iter().any(|object| object.service_id() == Some(**id));
        let leaving: Vec<u64> = self.objects.iter().filter(is_there).copied().collect();
        let missing = self.objects.len() - leaving.len();
        let answer = match leaving.is_empty() {
            true => Ok(()),
            false => {
                let path = GroupIdPath { device_group_id: group };
                call.send_ready((path, self.query(), Ids(leaving.clone()))).await
            }
        };
        let refused = match answer {
            Ok(()) => None,
            Err(error) if is_about_assignment(&error) => {
                // One refusal, which is about each of them.
                Some(RefusedAssignment::of(error, 0, group))
            }
            Err(error) => return Err(error.into()),
        };
        let mut summary = summary.borrow_mut();
        summary.not_sent -= self.objects.len() as u64;
        summary.not_assigned += missing as u64;
        match refused {
            None => summary.unassigned += leaving.len() as u64,
            Some(refused) => summary.refused.extend(
                leaving
                    .iter()
                    .map(|id| RefusedAssignment { secure_object_id: *id, ..refused.clone() }),
            ),
        }
        Ok(())
    }
}
