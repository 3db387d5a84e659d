#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`Services`], a flow such as [`KeyImport`], its [`Plan`], and [`Failure`].

mod add_devices;
mod assign_objects;
mod ceremony_record;
mod create_objects;
mod csv_header;
mod csv_row;
mod device_list;
mod enroll_ca;
mod failure;
#[cfg(test)]
mod fault_proxy;
#[cfg(test)]
mod flows_tests;
mod gate;
mod import_key;
mod journal;
mod judged_request;
mod named_id;
mod object_table;
mod progress;
mod prove_possession;
mod provision_objects;
mod refused_devices;
mod register_ca;
#[cfg(test)]
mod rehearsal;
mod seal_batch;
mod services;
mod sign_intermediate;
mod step_call;
mod step_run;
mod steps;
mod twin_objects;
mod unassign_objects;
mod unclaim_devices;

pub use add_devices::{AddedDevices, DeviceAddition};
pub use assign_objects::{AssignedObjects, ObjectAssignment, RefusedAssignment, TargetGroups};
pub use ceremony_record::{CeremonyRecord, RecordError, RecordFile};
pub use create_objects::{
    CreatedObject, CreatedObjects, ObjectStatus, ObjectTerms, SealedRow, SealedRows,
};
pub use csv_row::csv_row;
pub use device_list::{DeviceListError, ListedDevice, WrongDevice, read_devices};
pub use enroll_ca::{CaEnrolment, CertificateSource, Enrolled, EnrolmentError};
pub use failure::{AnswerStatus, Failure, FailureKind, fix_or_skip, refusal_fix};
pub use gate::{
    GATE_RULES, Gate, SkippedRule, UnknownRule, broken_by_order, broken_by_root, broken_by_upload,
    gate_rules, repeated_object_id, secret_file_in_clear,
};
pub use import_key::{ImportedKey, KeyImport, ObjectOrder, reserved_object_id};
pub use journal::{Journal, JournalError, JournalHeader, Progressed, Subject};
pub use judged_request::JudgedRequest;
pub use named_id::{Candidate, IdOrName, NameError, Named, NotAnId};
pub use object_table::{ObjectRow, ObjectTableError, read_object_table, shown_column};
pub use progress::{Progress, Silent};
pub use prove_possession::{CodeError, PossessionProof, ProvenPossession};
pub use provision_objects::{
    NewObject, OpenProvisioning, PlannedObject, ProvisionReport, ProvisionStatus,
    ProvisionedObject, Provisioning, Waited, creation_step,
};
pub use refused_devices::RefusedDevice;
pub use register_ca::{RegistrableCa, SniOnlyRegistration};
pub use seal_batch::{
    BatchCounts, BatchError, BatchRun, COLUMNS, Column, Entry, EntryCheckValue, EntryFault,
    EntryName, EntryOutcome, EntryResult, Escrow, Fields, LONGEST_NAME, MadeSecrets, ManifestError,
    ManifestFormat, ManifestReader, Partition, PartitionError, ResultsReader, Row, SealBatch,
    SealedEntry, Source, TokenKeys, is_like_a_key, truth,
};
pub use services::{Pause, Services};
pub use sign_intermediate::{
    IntermediateSigning, Prepared, RootSignature, Signed, SigningOrder, SigningSummary,
};
pub use steps::{Flow, Plan, StepLine};
pub use unassign_objects::{ObjectUnassignment, UnassignedObjects};
pub use unclaim_devices::{DeviceUnclaim, LeftDevices};
