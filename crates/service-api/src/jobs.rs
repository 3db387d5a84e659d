//! Jobs: many devices at once. Not in AN12642: what is known is what NXP's clients send and read.

use crate::device_groups::GroupPath;
use crate::devices::DeviceIds;
use crate::{DeviceId, Number, Timestamp};

open_enum! {
    /// How far a job is, as spsdk knows it.
    pub enum JobState {
        /// It was accepted.
        Triggered = "JOB_TRIGGERED",
        /// Some of it is done.
        Processing = "JOB_PROCESSING",
        /// All of it is done.
        Completed = "JOB_COMPLETED",
        /// All of it is done.
        CompletedSuccessfully = "JOB_COMPLETED_SUCCESSFULLY",
        /// Some devices lack something.
        CompletedPartially = "JOB_COMPLETED_PARTIALLY",
        /// Nothing was done.
        Failed = "JOB_FAILED",
        /// There was nothing to make.
        CompletedNoProvisionings = "JOB_COMPLETED_NO_PROVISIONINGS",
        /// All of it is done; spsdk notes that the service answers this in practice.
        ObservedSuccessfully = "COMPLETED_SUCCESSFULLY",
    }
}

/// What a job came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// It has not ended.
    Running,
    /// Everything was made.
    Done,
    /// There was nothing to make.
    Nothing,
    /// Some devices lack something.
    Partial,
    /// It failed.
    Failed,
    /// A state that nothing is known of.
    Unknown,
}

impl JobState {
    /// What the state says of the job.
    #[must_use]
    pub fn outcome(&self) -> JobOutcome {
        match self {
            JobState::Triggered | JobState::Processing => JobOutcome::Running,
            JobState::Completed
            | JobState::CompletedSuccessfully
            | JobState::ObservedSuccessfully => JobOutcome::Done,
            JobState::CompletedNoProvisionings => JobOutcome::Nothing,
            JobState::CompletedPartially => JobOutcome::Partial,
            JobState::Failed => JobOutcome::Failed,
            JobState::Other(_) => JobOutcome::Unknown,
        }
    }
}

record! {
    /// A job.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Job {
        /// How far it is.
        state: JobState,
        ?
        /// Its id.
        job_id: String,
        /// How much of it is done, in percent.
        provisioned_percentage: Number,
        /// The device group.
        device_group_id: u64,
        /// The devices that were registered.
        device_ids: Vec<DeviceId>,
        /// When it was made.
        created_ts: Timestamp,
    }
}

path! {
    /// A job.
    pub struct JobPath {
        /// Its id, a UUID.
        job_id: String = "jobId",
    }
}

operations! {
    /// Register devices in a group; a job makes their secure objects (spsdk).
    RegisterDevices = "spsdk register_devices" Post "/products/{12nc}/device-groups/{deviceGroupId}/register-devices" => 202 Text,
        ["device", "register"], path GroupPath, body DeviceIds, reply String, repeat Never,;
    /// Retrieve a job (spsdk).
    ShowJob = "spsdk get_job_details" Get "/rtp/jobs/{jobId}" => 200 Json, ["job", "show"], path JobPath, reply Job, api V2,;
}
