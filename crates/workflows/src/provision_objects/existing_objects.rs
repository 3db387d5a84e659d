//! What the service and the groups have already, and what of it stands in the way of new objects.

use el2g_service_api::NoPath;
use el2g_service_api::assignments::AssignedObject;
use el2g_service_api::secure_objects::{ListSecureObjects, SecureObject, SecureObjectQuery};
use el2g_service_client::Client;

use super::{NewObject, PlannedObject, Provisioning, creation_step, objects_of_group};
use crate::step_call::Call;
use crate::step_run::Run;
use crate::steps::{Made, StepId, Steps};
use crate::twin_objects::is_twin;
use crate::{Failure, Progressed};

/// What is there before the run.
pub(super) struct There {
    /// The objects of the service; empty where none is new.
    pub(super) objects: Made<Vec<SecureObject>>,
    /// The objects of each group.
    pub(super) groups: Vec<Made<Vec<AssignedObject>>>,
}

impl Provisioning {
    /// The steps that list what is there.
    pub(super) fn there<'s>(&'s self, steps: &mut Steps<'s>, client: &'s Client) -> There {
        let is_new = |object: &PlannedObject| matches!(object, PlannedObject::New(_));
        let objects = match self.objects.iter().any(is_new) {
            false => Made::known(Vec::new()),
            true => {
                let size = Some(client.settings().limits.page_size);
                let query = move || SecureObjectQuery { page: Some(0), size, ..Default::default() };
                let call = Call::<ListSecureObjects>::new(client, move || (NoPath {}, query(), ()));
                let what = "list the secure objects that are there";
                steps.call("objects", what, &[], call, async |_, call| call.all().await)
            }
        };
        let group = |group: &u64| objects_of_group(steps, client, *group, &[]);
        There { objects, groups: self.groups.ids.iter().map(group).collect() }
    }

    /// The step that compares the new objects with what is there, before anything is changed.
    pub(super) fn checked<'s>(&'s self, steps: &mut Steps<'s>, there: &There) -> Made<()> {
        let groups = there.groups.iter().map(Made::step);
        let after: Vec<StepId> = [there.objects.step()].into_iter().chain(groups).collect();
        let (objects, groups) = (there.objects.clone(), there.groups.clone());
        let what = "compare the new objects with those that are there";
        steps.here("compare", what, &after, async move |run| {
            let mut faults = Vec::new();
            for object in &self.objects {
                let PlannedObject::New(new) = object else { continue };
                let known = known_id(new, run)?;
                faults.extend(against_service(new, &known, objects.get(), run));
                for (group, there) in self.groups.ids.iter().zip(&groups) {
                    faults.extend(against_group(new, &known, *group, there.get()));
                }
            }
            match faults.is_empty() {
                true => Ok(()),
                false => {
                    let mut failure = Failure::input(match faults.len() {
                        1 => "1 object is in the way; nothing was changed".to_owned(),
                        count => format!("{count} objects are in the way; nothing was changed"),
                    });
                    failure.causes = faults;
                    Err(failure.with_hint(
                        "--object ID provisions an object that is there, --allow-duplicate creates another one; an object id is there once in a group",
                    ))
                }
            }
        })
    }
}

/// What the journal knows of the creation of an object: its id, once it is there.
fn known_id(new: &NewObject, run: &Run<'_>) -> Result<Progressed<Option<u64>>, Failure> {
    run.look(&creation_step(&new.request))
}

/// How an object is named in a message.
fn named(new: &NewObject) -> String {
    let request = &new.request;
    let (kind, id) = (request.secure_object_type(), request.object_id());
    format!("`{}` ({kind}, object id {id})", request.name())
}

/// A twin that no run of this journal created, or an object of an earlier run that is gone.
fn against_service(
    new: &NewObject,
    known: &Progressed<Option<u64>>,
    there: &[SecureObject],
    run: &Run<'_>,
) -> Option<String> {
    match known {
        // Which of the twins it is, is looked up where it is created.
        Progressed::Begun => None,
        Progressed::Done(Some(id)) => {
            let is_there = there.iter().any(|object| object.service_id() == Some(*id));
            let journal = run.journal().unwrap_or_default();
            (!is_there).then(|| {
                format!(
                    "{}: secure object {id}, which an earlier run created, is gone from the service; {} records it: name another journal with --journal to create it again",
                    named(new),
                    journal.display()
                )
            })
        }
        Progressed::Done(None) | Progressed::Not => {
            let twins = there.iter().filter(|object| is_twin(object, &new.request));
            let twins: Vec<String> =
                twins.filter_map(SecureObject::service_id).map(|id| id.to_string()).collect();
            (!twins.is_empty() && !new.allow_duplicate).then(|| {
                let twins = twins.join(", ");
                format!("{}: secure object {twins} has this type, name and object id", named(new))
            })
        }
    }
}

/// Another object that has the object id in a group.
fn against_group(
    new: &NewObject,
    known: &Progressed<Option<u64>>,
    group: u64,
    there: &[AssignedObject],
) -> Option<String> {
    let wanted = new.request.object_id().value()?;
    let taken = there.iter().find(|object| object.object_id.value() == Some(wanted))?;
    match known {
        Progressed::Done(id) if taken.service_id() == *id => None,
        // It may be the one that was begun: the service decides.
        Progressed::Begun => None,
        Progressed::Done(_) | Progressed::Not => {
            let id = taken.service_id().map_or_else(|| "?".to_owned(), |id| id.to_string());
            let name = taken.secure_object_name.value().map_or("", String::as_str);
            Some(format!(
                "{}: secure object {id} `{name}` has this object id in device group {group}",
                named(new)
            ))
        }
    }
}
