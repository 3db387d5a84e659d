//! What came of a provisioning, for people and programs.

use std::collections::BTreeMap;

use el2g_service_api::provisionings::ProvisioningState;
use el2g_text::one_line;
use el2g_workflows::{
    AddedDevices, AssignedObjects, Failure, FailureKind, OpenProvisioning, ProvisionReport,
    ProvisionStatus, ProvisionedObject, Provisioning, Waited,
};
use serde::Serialize;

use crate::commands::secure_object::assignment::refused_lines;
use crate::output::{Human, Outcome};

/// Most provisionings that are named on the terminal.
const NAMED: usize = 10;

/// What came of it.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    objects: Vec<ProvisionedObject>,
    device_group_ids: Vec<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    devices: Option<AddedDevices>,
    assignments: AssignedObjects,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisionings: Option<Waited>,
    receipts: Vec<String>,
    journal: String,
}

impl Summary {
    pub fn of(
        provisioning: &Provisioning,
        report: ProvisionReport,
        receipts: Vec<String>,
        journal: String,
    ) -> Self {
        let provisionings = provisioning.wait.map(|_| report.all_waited());
        let ProvisionReport { objects, devices, assignments, .. } = report;
        Self {
            objects: objects.into_inner(),
            device_group_ids: provisioning.groups.ids.clone(),
            devices: (!provisioning.devices.is_empty()).then(|| devices.into_inner()),
            assignments: assignments.into_inner(),
            provisionings,
            receipts,
            journal,
        }
    }

    /// The answer, with the failure that ended the run, or that of provisionings that are not completed.
    pub fn outcome(self, failure: Option<Failure>) -> Outcome {
        let open = self.provisionings.as_ref().and_then(not_completed);
        let outcome = Outcome::of(self);
        match failure.or(open) {
            Some(failure) => outcome.failing(failure),
            None => outcome,
        }
    }
}

/// The failure of provisionings that failed, or were not completed in time.
fn not_completed(waited: &Waited) -> Option<Failure> {
    let Waited { completed, failed, waiting, missing } = waited;
    let open = waiting.len() as u64 + missing;
    let all = completed + failed.len() as u64 + open;
    let message = match (failed.len(), open) {
        (0, 0) => return None,
        (0, open) => format!("{open} of {all} provisionings are not completed yet"),
        (failed, 0) => format!("{failed} of {all} provisionings failed"),
        (failed, open) => {
            format!("{failed} of {all} provisionings failed, {open} are not completed yet")
        }
    };
    let mut failure = Failure::new(FailureKind::Partial, message);
    failure.causes = failed.iter().take(NAMED).map(named).collect();
    let hint = "run the same command again to wait for them: nothing is created twice";
    Some(failure.with_hint(hint))
}

/// A provisioning by its device and object.
fn named(open: &OpenProvisioning) -> String {
    let device = open.device_id.as_ref().map_or("?", |device| device.as_str());
    let name = open.secure_object_name.as_deref().unwrap_or("?");
    let (id, state) = (open.secure_object_id, open.state.as_str());
    one_line(&format!("device {device}, secure object {id} `{name}`: {state}"))
}

/// What a state means for the person who waits.
fn meaning(state: &ProvisioningState) -> &'static str {
    match state {
        ProvisioningState::GenerationTriggered => "the service makes the object",
        ProvisioningState::GenerationCompleted => {
            "the object is ready; the device gets it when it connects"
        }
        ProvisioningState::GenerationOnConnection => {
            "the object is made when the device connects, not before"
        }
        ProvisioningState::GenerationFailed => "the object could not be made",
        ProvisioningState::ProvisioningFailed => "the device did not take the object",
        ProvisioningState::ProvisioningCompleted => "the device has the object",
        ProvisioningState::Other(_) => "a state that this program does not know",
    }
}

impl Human for Summary {
    fn human(&self) -> String {
        let mut text = String::new();
        for object in &self.objects {
            let (id, name) = (object.secure_object_id, object.name.as_deref().map(one_line));
            text.push_str(&match (object.status, name) {
                (ProvisionStatus::Created, Some(name)) => format!("{name}: created {id}\n"),
                (ProvisionStatus::Existing, Some(name)) => format!("{name}: there already {id}\n"),
                (ProvisionStatus::Given, _) | (_, None) => format!("secure object {id}\n"),
            });
        }
        if let Some(devices) = &self.devices {
            let AddedDevices { added, refused, not_sent, .. } = devices;
            let refused = refused.len();
            text.push_str(&format!(
                "devices added {added}, refused {refused}, not sent {not_sent}\n"
            ));
        }
        let AssignedObjects { assigned, already_assigned, refused, not_sent } = &self.assignments;
        text.push_str(&refused_lines(refused));
        text.push_str(&format!(
            "assigned {assigned}, already assigned {already_assigned}, refused {}, not sent {not_sent}\n",
            refused.len()
        ));
        if let Some(waited) = &self.provisionings {
            text.push_str(&provisionings(waited));
        }
        text
    }
}

/// How many devices have the objects, what the others wait for, and which failed.
fn provisionings(waited: &Waited) -> String {
    let Waited { completed, failed, waiting, missing } = waited;
    let all = completed + (failed.len() + waiting.len()) as u64 + missing;
    let mut text = format!("completed {completed} of {all} provisionings\n");
    let mut states: BTreeMap<&str, (usize, &'static str)> = BTreeMap::new();
    for open in waiting {
        let entry = states.entry(open.state.as_str()).or_insert((0, meaning(&open.state)));
        entry.0 += 1;
    }
    for (state, (count, meaning)) in states {
        text.push_str(&format!("{count} {}: {meaning}\n", one_line(state)));
    }
    if *missing > 0 {
        text.push_str(&format!("{missing} of which the service has no provisioning yet\n"));
    }
    for open in failed.iter().take(NAMED) {
        text.push_str(&format!("failed: {}: {}\n", named(open), meaning(&open.state)));
    }
    if failed.len() > NAMED {
        text.push_str(&format!("and {} more failed\n", failed.len() - NAMED));
    }
    text
}
