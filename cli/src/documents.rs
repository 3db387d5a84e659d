//! Every JSON document of this program: its name, its version and its type. One table.
//!
//! A new row needs its schema in `docs/schemas` and its line in `docs/json.md`: `EL2G_UPDATE=1` writes both. A field may be
//! added to a version; whatever takes one away, or changes its type, is a new version.

use el2g_findings::Schema;
use el2g_openpgp_envelope::Inspection;
use el2g_service_api::assignments::{AssignedGroup, AssignedObject, GroupReference};
use el2g_service_api::claim_codes::{
    ClaimCode, ClaimCodeBatch, ClaimCodeStatistics, DeletedClaimCodes, DeletedCount,
};
use el2g_service_api::device_groups::DeviceGroup;
use el2g_service_api::devices::{Device, DeviceProvisionings, UnclaimedDevices};
use el2g_service_api::intermediate_cas::{AlgorithmPair, IntermediateCa, SignedObject};
use el2g_service_api::jobs::Job;
use el2g_service_api::products::{DevBoard, HardwareType, Product};
use el2g_service_api::provisionings::Provisioning;
use el2g_service_api::secure_objects::{SecureObject, SecureObjectPolicy};
use el2g_service_api::settings::ObjectIdRules;
use el2g_workflows::{
    AssignedObjects, CeremonyRecord, EntryResult, JournalHeader, UnassignedObjects,
};

use crate::document::Documented;
use crate::{commands, config_document, online, output, pem_answer, recipients, table};

macro_rules! documents {
    ($(#[doc = $about:literal] $name:literal $version:literal $(with $tool:ident)?: $Document:ty,)*) => {
        $(impl Documented for $Document {
            const SCHEMA: Schema = Schema(concat!("el2g/", $name, "/", $version));
            const NAMES_TOOL: bool = documents!(@names $($tool)?);
        })*

        #[cfg(test)]
        const DOCUMENTS: &[tests::Row] = &[$(tests::Row::of::<$Document>($name, $version, $about),)*];
    };
    (@names) => { false };
    (@names tool) => { true };
}

documents! {
    /// A file's checksum
    "checksum" 1: commands::checksum::Checksum,
    /// An OpenPGP certificate for a key in an HSM
    "new-key-certificate" 1: commands::pgp::certify::Certified,
    /// A new signing key
    "new-signing-key" 1: commands::pgp::keygen::Made,
    /// A public key that was taken from its secret key
    "public-key" 1: commands::pgp::public::Public,
    /// A sealed message with its receipt
    "sealed-message" 1: commands::pgp::seal::Sealed,
    /// The file of `--receipt`: the message that was sealed, its signer and its recipient
    "receipt" 1: commands::pgp::seal::Receipt,
    /// A key that a dry run would make in a token
    "planned-key" 1: commands::pgp::seal::in_token::PlannedKey,
    /// Counts of the rows of a manifest that were sealed and refused
    "sealed-batch" 1: commands::pgp::seal_batch::Summary,
    /// A line of `results.ndjson`
    "sealed-row" 1: EntryResult,
    /// The findings about a message
    "message-report" 1 with tool: Inspection,
    /// The findings about several messages
    "messages-report" 1 with tool: commands::pgp::inspect::InspectedMessages,
    /// The findings about a key that messages are sealed to
    "key-report" 1 with tool: commands::pgp::recipient::KeyReport,
    /// A stored recipient
    "stored-recipient" 1: commands::recipient::Stored,
    /// A recipient that was removed
    "removed-recipient" 1: commands::recipient::Removed,
    /// The file that says which key a stored recipient must be
    "recipient-pin" 1: recipients::Pin,
    /// PEM as one line
    "pem-line" 1: commands::pem::Line,
    /// PEM from one line
    "pem" 1: commands::pem::Pem,
    /// A certificate, request or public key that the service answered
    "downloaded-pem" 1: pem_answer::Pem,
    /// Whether an object id is allowed
    "object-id" 1: commands::object_id::Verdict,
    /// The findings about usage policies
    "policy-report" 1 with tool: commands::policy::PolicyReport,
    /// The usage policy that the service proposes for a product
    "policy-template" 1: commands::policy::ProductTemplate,
    /// The ids of devices, decimal and hexadecimal
    "device-ids" 1: commands::device::uid::Uids,
    /// The findings about certificates
    "certificate-report" 1 with tool: el2g_cert_profile::Report,
    /// A report of certificates that went into a file
    "report-file" 1: commands::cert::check::Written,
    /// The rules of a rule set
    "rules" 1: commands::cert::rules::Listing,
    /// A certificate request and the findings about it
    "request-report" 1 with tool: commands::csr::RequestReport,
    /// A root for pilots
    "new-root" 1: commands::ca::root::NewRoot,
    /// An intermediate CA that was signed, or what is to be signed elsewhere
    "signed-intermediate" 1: commands::ca::sign::SigningOutcome,
    /// A line of the record of signatures (`--record`)
    "ceremony-record" 1: CeremonyRecord,
    /// How far the enrolment of a CA is
    "enrolment" 1: commands::intermediate_ca::enroll::Enrolment,
    /// A proof that somebody holds a CA's key
    "proof-of-possession" 1: commands::intermediate_ca::prove::Proof,
    /// A CA that AWS takes without a proof
    "ca-registration" 1: commands::intermediate_ca::prove::Registration,
    /// The requests that a dry run did not send
    "dry-run" 1: online::DryRun,
    /// The steps and requests of a flow that a dry run did not take
    "flow-dry-run" 1: online::FlowDryRun,
    /// The end of a call that answers nothing
    "done" 1: online::Done,
    /// One page of a list (`--page`), with items that name their own schema
    "page" 1: table::ItemPage,
    /// An answer of `el2g api` that is not JSON
    "other-answer" 1: commands::api::OtherAnswer,
    /// The differences between the service's description and this program
    "contract-report" 1 with tool: commands::contract::ContractReport,
    /// A report of the account's activity
    "activity-report" 1: commands::activity::Report,
    /// A job that makes secure objects
    "begun-batch" 1: commands::batch::Begun,
    /// A file of secure objects
    "batch-file" 1: commands::batch::Stored,
    /// The devices that were added to a group, and those that were refused
    "added-devices" 1: commands::device::add::Summary,
    /// The devices of a list that were unclaimed, and those that were not
    "unclaimed-list" 1: commands::device::unclaim::Summary,
    /// Jobs that make objects for registered devices
    "registered-devices" 1: commands::device::register::Registered,
    /// Files with the objects of devices
    "device-files" 1: commands::device::download::Downloaded,
    /// The objects that were created from sealed rows
    "created-objects" 1: commands::secure_object::create_batch::Summary,
    /// Assignments that were made
    "assigned-objects" 1: AssignedObjects,
    /// Assignments that were ended
    "unassigned-objects" 1: UnassignedObjects,
    /// The objects, devices and assignments of `el2g provision`
    "provision" 1: commands::provision::outcome::Summary,
    /// A file of `--receipt-dir`: what an object holds
    "object-receipt" 1: commands::provision::receipts::IssuedReceipt,
    /// A file with the secret of a claim code
    "claim-secret-file" 1: commands::claim_code::secret::Written,
    /// A file with the secrets of claim codes
    "claim-secrets-file" 1: commands::claim_code::secret_list::Written,
    /// A claim code's secret: an item of the file
    "claim-secret" 1: commands::claim_code::secret_list::ClaimSecret,
    /// A new batch of claim codes and the file with their secrets
    "claim-code-batch-file" 1: commands::claim_code::secret_list::BatchWritten,
    /// A signature by a key of the service
    "signature" 1: commands::keyset::sign_hash::Signed,
    /// The objects that a simulated device got
    "connected-device" 1: commands::sandbox::connect_device::Connected,
    /// The line of a sandbox that can be called
    "sandbox-ready" 1: commands::sandbox::Ready,
    /// A demo that ended well
    "demo" 1: commands::demo::stage::Played,
    /// The checks of `el2g doctor`
    "doctor" 1: commands::doctor::Report,
    /// The settings in force with their origin
    "settings" 1: commands::config::origin::Settings,
    /// A profile that was written
    "written-profile" 1: config_document::Written,
    /// The profile that a dry run of `el2g setup` would write
    "planned-profile" 1: commands::setup::Planned,
    /// Whether a token was stored in the keyring, or removed
    "keyring-token" 1: commands::config::token::Changed,
    /// Codes, each with what it means and what to do
    "explanations" 1: commands::explain::Explained,
    /// The help of a command
    "help" 1: commands::help::Shown,
    /// A manual page
    "manual-page" 1: commands::man::Printed,
    /// Manual pages that were written
    "manual-pages" 1: commands::man::Written,
    /// A script that makes a shell complete commands
    "completions" 1: commands::completions::Script,
    /// The first line of a journal
    "journal" 1: JournalHeader,
    /// Why a command failed: the last line of standard error
    "error" 1: output::ErrorDocument,
    /// A development board
    "dev-board" 1: DevBoard,
    /// A product
    "product" 1: Product,
    /// A hardware type
    "hardware-type" 1: HardwareType,
    /// A device group
    "device-group" 1: DeviceGroup,
    /// An object in a device group
    "assigned-object" 1: AssignedObject,
    /// A device
    "device" 1: Device,
    /// A device with its provisionings
    "device-provisionings" 1: DeviceProvisionings,
    /// Devices that the service unclaimed
    "unclaimed-devices" 1: UnclaimedDevices,
    /// A secure object
    "secure-object" 1: SecureObject,
    /// A device group that a secure object may be assigned to
    "group-reference" 1: GroupReference,
    /// A device group that a secure object is assigned to
    "assigned-group" 1: AssignedGroup,
    /// How far a device is with a secure object
    "provisioning" 1: Provisioning,
    /// A usage policy of a secure object
    "secure-object-policy" 1: SecureObjectPolicy,
    /// The ids that secure objects may have
    "object-id-rules" 1: ObjectIdRules,
    /// An intermediate CA
    "intermediate-ca" 1: IntermediateCa,
    /// A secure object whose certificate an intermediate CA signs
    "signed-object" 1: SignedObject,
    /// Algorithms of keys and signatures that go together
    "algorithm-pair" 1: AlgorithmPair,
    /// A claim code
    "claim-code" 1: ClaimCode,
    /// A batch of claim codes
    "claim-code-batch" 1: ClaimCodeBatch,
    /// Claim codes that were deleted
    "deleted-claim-codes" 1: DeletedClaimCodes,
    /// How many claim codes were deleted
    "deleted-count" 1: DeletedCount,
    /// How many claim codes are in which state
    "claim-code-statistics" 1: ClaimCodeStatistics,
    /// A job
    "job" 1: Job,
}

#[cfg(test)]
#[path = "documents_tests.rs"]
mod tests;
