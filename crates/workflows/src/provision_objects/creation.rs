//! The steps that create the new objects: each once, key pairs before the certificates that are for them.

use el2g_service_api::NoPath;
use el2g_service_api::NoQuery;
use el2g_service_api::new_secure_object::NewSecureObject;
use el2g_service_api::secure_objects::{CreateSecureObject, SecureObject};

use super::existing_objects::There;
use super::{NewMember, NewObject, PlannedObject, ProvisionReport, ProvisionStatus};
use super::{ProvisionedObject, Provisioning};
use crate::step_call::{Call, StandIn};
use crate::step_run::Run;
use crate::steps::{Made, StepId, Steps};
use crate::twin_objects::is_twin;
use crate::{Failure, Services};

/// The step of the journal that creates an object.
pub fn creation_step(new: &NewSecureObject) -> String {
    format!("create {} {} {}", new.secure_object_type(), new.object_id(), new.name())
}

impl Provisioning {
    /// The steps that create the objects, after the step `after`; one member for each object, in their order.
    pub(super) fn created<'s>(
        &'s self,
        steps: &mut Steps<'s>,
        there: &There,
        services: &'s Services<'_>,
        report: &'s ProvisionReport,
        after: &Made<()>,
    ) -> Vec<NewMember> {
        let mut members: Vec<Option<NewMember>> = vec![None; self.objects.len()];
        for place in self.key_pairs_first() {
            members[place] = Some(match &self.objects[place] {
                PlannedObject::Existing(id) => {
                    report.add(ProvisionedObject {
                        place,
                        name: None,
                        secure_object_type: None,
                        secure_object_id: *id,
                        status: ProvisionStatus::Given,
                    });
                    let known = Made::known_after(after, Some(*id));
                    NewMember { id: known, label: id.to_string() }
                }
                PlannedObject::New(new) => {
                    let key_pair = new.key_pair.and_then(|place| members[place].clone());
                    let context = Creation { place, new, key_pair, services, report };
                    context.step(steps, there, after.step())
                }
            });
        }
        members.into_iter().flatten().collect()
    }
}

/// One creation.
struct Creation<'s, 'c> {
    place: usize,
    new: &'s NewObject,
    key_pair: Option<NewMember>,
    services: &'s Services<'c>,
    report: &'s ProvisionReport,
}

impl<'s> Creation<'s, '_> {
    fn step(self, steps: &mut Steps<'s>, there: &There, after: StepId) -> NewMember {
        let Self { place, new, key_pair, services, report } = self;
        let name = new.request.name();
        let call = match &key_pair {
            None => {
                let parts = || (NoPath {}, NoQuery {}, new.request.clone());
                Call::<CreateSecureObject>::new(services.client, parts)
            }
            Some(key_pair) => {
                let word = format!("ID_OF_{}", key_pair.label);
                let stand_in = StandIn::Field(new.request.clone(), "keyPairId", word);
                let id = key_pair.id.clone();
                Call::later(services.client, stand_in, move || {
                    let id = (*id.so_far()?)?;
                    Some((NoPath {}, NoQuery {}, of_key_pair(new.request.clone(), id)))
                })
            }
        };
        let (there, step) = (there.objects.clone(), creation_step(&new.request));
        let key_pair = key_pair.map(|key_pair| key_pair.id.step());
        let after: Vec<StepId> = [after, there.step()].into_iter().chain(key_pair).collect();
        let what = format!("create the object `{name}`");
        let id = steps.call(step.clone(), what, &after, call, async move |run, call| {
            let (id, status) = create(new, &step, there.get(), run, call).await?;
            report.add(ProvisionedObject {
                place,
                name: Some(name.to_owned()),
                secure_object_type: Some(new.request.secure_object_type().to_string()),
                secure_object_id: id,
                status,
            });
            Ok(Some(id))
        });
        NewMember { id, label: name.to_owned() }
    }
}

/// The request of a certificate, for the key pair with this id.
fn of_key_pair(mut request: NewSecureObject, key_pair_id: u64) -> NewSecureObject {
    if let NewSecureObject::Certificate(new) = &mut request {
        new.key_pair_id = key_pair_id;
    }
    request
}

async fn create(
    new: &NewObject,
    step: &str,
    there: &[SecureObject],
    run: &Run<'_>,
    call: &Call<'_, CreateSecureObject>,
) -> Result<(u64, ProvisionStatus), Failure> {
    let name = new.request.name();
    let without = || Failure::unavailable(format!("the service named no id for `{name}`"));
    if let Some(id) = run.earlier_object(step, call, SecureObject::service_id).await? {
        return Ok((id.ok_or_else(without)?, ProvisionStatus::Existing));
    }
    let twins = there.iter().filter(|object| is_twin(object, &new.request));
    let twins: Vec<u64> = twins.filter_map(SecureObject::service_id).collect();
    run.record_twins(step, &twins)?;
    let sent = run.send(step, call, call.ready()?, SecureObject::service_id).await;
    let made = sent.map_err(|unsent| Failure::from(unsent).about(format!("`{name}`")))?;
    Ok((made.service_id().ok_or_else(without)?, ProvisionStatus::Created))
}

impl ProvisionReport {
    /// Adds an object, in the order of the objects.
    fn add(&self, object: ProvisionedObject) {
        let mut objects = self.objects.borrow_mut();
        let at = objects.partition_point(|before| before.place < object.place);
        objects.insert(at, object);
    }
}
