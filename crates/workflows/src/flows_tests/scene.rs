//! What the flows of the test are about: each has its row in [`Scene::take`] and, where it makes something, in
//! [`Scene::there`].

mod inputs;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use el2g_cert_profile::{Cloud, RuleSet};
use el2g_files::InputPolicy;
use el2g_key_payload::{Entropy, Payload, PayloadKind, SystemEntropy};
use el2g_openpgp_envelope::{ReadBack, Recipient, SigningKey};
use el2g_service_api::assignments::{
    AssignSecureObject, AssignedObjectQuery, GroupAssignment, GroupIdPath, ListAssignedObjects,
};
use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::devices::{AddDevices, DeviceIds, GroupDeviceQuery, ListGroupDevices};
use el2g_service_api::intermediate_cas::{
    CaAlgorithm, IntermediateCaQuery, ListIntermediateCas, NewIntermediateCa, RequestType,
};
use el2g_service_api::new_certificate::{CertificateValidity, NewCertificate, ValidityType};
use el2g_service_api::new_secure_object::{NewKeyPair, NewSecureObject};
use el2g_service_api::policies::PolicySource;
use el2g_service_api::secure_objects::{
    KeyPairAlgorithm, ListSecureObjects, SecureObjectPath, SecureObjectQuery,
};
use el2g_service_api::{DeviceId, DeviceUid, NoPath, NoQuery, ObjectId};
use el2g_service_client::Client;
use el2g_x509::{
    Certificate, CertificateRequest, FileKey, HashAlgorithm, KeyAlgorithm, Name, make_request,
};
use serde_json::{Value, json};

use crate::rehearsal::{Rehearsal, create_ca, now, order, pgp_now, root, services, signer};
use crate::*;

const PRODUCT: &str = "935389312472";
const CODE: &str = "0123456789abcdef0123456789abcdef01234567";
const DEVICES: usize = 5;

/// What all cases share, and what each has of its own by its name.
pub(super) struct Scene {
    pub(super) rehearsal: Rehearsal,
    folder: tempfile::TempDir,
    root: (Certificate, FileKey),
    request: CertificateRequest,
    signer: SigningKey,
    recipient: Recipient,
    /// A CA that is SIGNED.
    ca: u64,
    groups: Mutex<BTreeMap<String, (u64, Vec<DeviceId>)>>,
    /// Groups that have their devices.
    filled: Mutex<BTreeSet<u64>>,
    /// Objects and groups.
    members: Mutex<BTreeMap<String, Members>>,
}

/// Ids of objects, and of groups.
type Members = (Vec<u64>, Vec<u64>);

/// Whether the objects of a case are in its groups before it begins.
#[derive(Clone, Copy, PartialEq)]
enum Assigned {
    Yes,
    No,
}

/// What is done with the steps of a flow.
#[derive(Clone, Copy)]
pub(super) enum Taken<'a> {
    Listed,
    Run(&'a dyn Progress),
}

/// The steps, and what came of them.
pub(super) type Ended = Result<(Vec<StepLine>, Value), Failure>;

impl Scene {
    pub(super) async fn new() -> Self {
        let rehearsal = Rehearsal::start().await;
        let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
        let subject = Name::parse("CN=Sub,O=NXP").unwrap();
        let request = make_request(&subject, &key, HashAlgorithm::Sha256).unwrap();
        let ca = create_ca(&rehearsal.client(), "signed", RequestType::WithoutCsr).await;
        let (recipient, folder) = (rehearsal.recipient().await, tempfile::tempdir().unwrap());
        Self {
            rehearsal,
            folder,
            root: root(),
            request,
            signer: signer(),
            recipient,
            ca,
            groups: Mutex::default(),
            filled: Mutex::default(),
            members: Mutex::default(),
        }
    }

    fn place(&self, flow: Flow, name: &str) -> PathBuf {
        self.folder.path().join(format!("{}-{name}", flow.name()))
    }

    /// Takes the steps of a flow about things named `name`. The outcome holds no value that two runs may have
    /// different.
    pub(super) async fn take(
        &self,
        flow: Flow,
        name: &str,
        client: &Client,
        taken: Taken<'_>,
    ) -> Ended {
        let mut entropy = SystemEntropy;
        let services = services(client, &mut entropy);
        let place = self.place(flow, name);
        let (root, key) = (&self.root.0, &self.root.1);
        let order = order();
        match flow {
            Flow::ImportKey => {
                let import = self.import(name);
                let plan = import.plan(client, true);
                let mut journal = taken.journal(&place, flow, import.subject("sandbox"));
                end(plan, taken, journal.as_mut(), |made| json!(made.object.object_id)).await
            }
            Flow::CreateObjects => {
                let (terms, groups) = (self.terms(), target(vec![self.group(name).await.0]));
                let rows = SealedRows::read(&self.results(name), &terms)?;
                let (summary, assigned) = (RefCell::default(), RefCell::default());
                let plan = rows.plan(client, &summary, &groups, &assigned);
                let mut journal = taken.journal(&place, flow, Subject(json!("sandbox")));
                let made = |()| {
                    let CreatedObjects { created, existing, refused, .. } = &*summary.borrow();
                    let AssignedObjects { assigned, already_assigned, .. } = *assigned.borrow();
                    json!([created + existing, refused, assigned + already_assigned])
                };
                end(plan, taken, journal.as_mut(), made).await
            }
            Flow::EnrollCa => {
                let confirm = &|_: &SigningSummary| Ok(());
                let source = CertificateSource::Sign { root, key, order, confirm };
                let enrolment = CaEnrolment::new(wanted(name), source, RuleSet::annex6())?;
                let plan = enrolment.plan(&services);
                let mut journal = taken.journal(&place, flow, enrolment.subject("sandbox"));
                let made = |enrolled| match enrolled {
                    Enrolled::Signed { ca, report, .. } => json!([ca.signing_state, report.passed]),
                    Enrolled::AwaitingCertificate { .. } => json!("waits"),
                };
                end(plan, taken, journal.as_mut(), made).await
            }
            Flow::ProvePossession => {
                let proof = PossessionProof::new(self.ca, CODE, Cloud::Aws)?;
                let made =
                    |proven: ProvenPossession| json!(proven.certificate.subject().to_string());
                end(proof.plan(&services), taken, None, made).await
            }
            Flow::RegisterCa => {
                let plan = SniOnlyRegistration { id: self.ca }.plan(&services);
                end(plan, taken, None, |found| json!(found.report.passed)).await
            }
            Flow::SignIntermediate => {
                let (request, rules) = (&self.request, &RuleSet::annex6());
                let signing =
                    IntermediateSigning { request, root, rules, now: now(), show: &|_| () };
                let signature = RootSignature::Key { key, order: &order, confirm: &|| Ok(()) };
                let plan = signing.plan(&signature, &services.entropy);
                end(plan, taken, None, |signed| json!(signed.summary.subject)).await
            }
            Flow::AddDevices => {
                let (group, devices) = self.group(name).await;
                let group = GroupPath { nc12: PRODUCT.to_owned(), device_group_id: group };
                let addition = DeviceAddition { group, chunk: 2, jobs: 2 };
                let added = RefCell::default();
                let plan = addition.plan(client, &devices, &added);
                end(plan, taken, None, |()| json!(added.borrow().added)).await
            }
            Flow::AssignObjects => {
                let (objects, groups) = self.members(name, Assigned::No).await;
                let groups = target(groups);
                let assignment = ObjectAssignment { objects, groups, jobs: 1 };
                let summary = RefCell::default();
                let made = |()| {
                    let AssignedObjects { assigned, already_assigned, .. } = *summary.borrow();
                    json!(assigned + already_assigned)
                };
                end(assignment.plan(client, &summary), taken, None, made).await
            }
            Flow::UnassignObjects => {
                let (objects, groups) = self.members(name, Assigned::Yes).await;
                let groups = target(groups);
                let unassignment = ObjectUnassignment { objects, groups, jobs: 1 };
                let summary = RefCell::default();
                let made = |()| {
                    let UnassignedObjects { unassigned, not_assigned, .. } = *summary.borrow();
                    json!(unassigned + not_assigned)
                };
                end(unassignment.plan(client, &summary), taken, None, made).await
            }
            Flow::UnclaimDevices => {
                let (group, devices) = self.group(name).await;
                let group = GroupPath { nc12: PRODUCT.to_owned(), device_group_id: group };
                self.fill(&group, &devices).await;
                let unclaim = DeviceUnclaim { group, devices, chunk: 2, jobs: 2 };
                let summary = RefCell::default();
                let plan = unclaim.plan(client, &summary);
                let mut journal = taken.journal(&place, flow, unclaim.subject("sandbox"));
                let made = |()| json!(summary.borrow().unclaimed);
                end(plan, taken, journal.as_mut(), made).await
            }
            Flow::ProvisionObjects => {
                let (group, devices) = self.group(name).await;
                let provisioning = Provisioning {
                    objects: self.planned(name),
                    product: PRODUCT.to_owned(),
                    groups: target(vec![group]),
                    devices,
                    jobs: 1,
                    // One look each.
                    wait: Some(std::time::Duration::ZERO),
                };
                let (addition, report) = (provisioning.addition(2), ProvisionReport::default());
                let plan = provisioning.plan(&addition, &services, &report);
                let mut journal = taken.journal(&place, flow, Provisioning::subject("sandbox"));
                let made = |()| {
                    let AssignedObjects { assigned, already_assigned, .. } =
                        *report.assignments.borrow();
                    let waiting = report.all_waited().waiting.len();
                    json!([report.objects.borrow().len(), assigned + already_assigned, waiting])
                };
                end(plan, taken, journal.as_mut(), made).await
            }
            Flow::SealBatch => {
                let manifest = "name,kind,generate\na,aes,256bit\nb,hmac,32byte\nc,binary,9byte\n";
                let batch = SealBatch {
                    manifest: "manifest.csv".as_ref(),
                    folder: &place,
                    partition: Partition::WHOLE,
                    jobs: 2,
                    signer: &self.signer,
                    recipient: &self.recipient,
                    read_back: ReadBack::Structure,
                    policy: InputPolicy::default(),
                    tokens: &NoTokens,
                    made: MadeSecrets::Discarded,
                    escrow: None,
                    now: &pgp_now,
                    entropy: &|| Box::new(SystemEntropy) as Box<dyn Entropy>,
                    stop: &AtomicBool::new(false),
                };
                let mut source = manifest.as_bytes();
                end(batch.plan(&mut source), taken, None, |run| json!(run.counts.sealed)).await
            }
        }
    }

    /// What there is of this name, without ids: of every flow that makes something.
    pub(super) async fn there(&self, flow: Flow, name: &str) -> Value {
        let client = self.rehearsal.client();
        match flow {
            Flow::ImportKey | Flow::CreateObjects | Flow::ProvisionObjects => {
                let query = SecureObjectQuery { name: Some(name.to_owned()), ..Default::default() };
                let all =
                    client.pages::<ListSecureObjects>(NoPath {}, query).collect().await.unwrap();
                let object = |object: &el2g_service_api::secure_objects::SecureObject| {
                    let name = object.name.replace(name, "");
                    json!([name, object.object_id, object.secure_object_type.as_str()])
                };
                sorted(all.iter().map(object).collect())
            }
            Flow::EnrollCa => {
                let query =
                    IntermediateCaQuery { name: Some(name.to_owned()), ..Default::default() };
                let all =
                    client.pages::<ListIntermediateCas>(NoPath {}, query).collect().await.unwrap();
                let journal = std::fs::read_to_string(self.place(flow, name)).unwrap();
                let signed = journal.matches(r#"{"step":"certificate","state":"done""#).count();
                let states: Vec<_> = all.iter().map(|ca| ca.signing_state.as_str()).collect();
                json!([states, signed])
            }
            Flow::AddDevices => {
                let (group, devices) = self.group(name).await;
                json!(self.devices_of(group).await == devices)
            }
            Flow::UnclaimDevices => {
                let (group, _) = self.group(name).await;
                json!(self.devices_of(group).await)
            }
            Flow::AssignObjects | Flow::UnassignObjects => {
                let (_, groups) = self.members(name, Assigned::No).await;
                let mut there = Vec::new();
                for group in groups {
                    let (path, query) =
                        (GroupIdPath { device_group_id: group }, AssignedObjectQuery::default());
                    let all = client.pages::<ListAssignedObjects>(path, query);
                    there.push(all.collect().await.unwrap().len());
                }
                json!(there)
            }
            Flow::SealBatch => {
                let place = self.place(flow, name);
                let mut reader = ResultsReader::open(&place.join("results.ndjson")).unwrap();
                let mut rows = Vec::new();
                while let Some(row) = reader.next_result().unwrap() {
                    let sealed = row.sealed().unwrap();
                    let file = std::fs::read(place.join(&sealed.file)).unwrap();
                    let found =
                        base16ct::lower::encode_string(&HashAlgorithm::Sha256.digest(&file));
                    rows.push(json!([row.entry, sealed.name, sealed.message_sha256 == found]));
                }
                let mut files: Vec<_> = std::fs::read_dir(&place).unwrap().collect();
                files.retain(|file| {
                    !file.as_ref().unwrap().file_name().as_encoded_bytes().starts_with(b".")
                });
                json!([rows, files.len()])
            }
            Flow::ProvePossession | Flow::RegisterCa | Flow::SignIntermediate => Value::Null,
        }
    }
}

fn target(ids: Vec<u64>) -> TargetGroups {
    TargetGroups { ids, family: None }
}

fn wanted(name: &str) -> NewIntermediateCa {
    NewIntermediateCa {
        common_name: name.to_owned().into(),
        ..NewIntermediateCa::new(name.to_owned(), CaAlgorithm::NistP256, RequestType::WithCsr)
    }
}

fn sorted(mut values: Vec<Value>) -> Value {
    values.sort_by_key(Value::to_string);
    Value::Array(values)
}

impl<'a> Taken<'a> {
    fn journal(self, place: &std::path::Path, flow: Flow, subject: Subject) -> Option<Journal> {
        match self {
            Self::Listed => None,
            Self::Run(_) => Some(Journal::open(place, flow, &subject).unwrap()),
        }
    }
}

async fn end<'a, T>(
    plan: Plan<'a, T>,
    taken: Taken<'a>,
    journal: Option<&'a mut Journal>,
    made: impl FnOnce(T) -> Value,
) -> Ended {
    let lines = plan.lines()?;
    match taken {
        Taken::Listed => Ok((lines, Value::Null)),
        Taken::Run(progress) => Ok((lines, made(plan.run(journal, progress).await?))),
    }
}

/// No row names a token.
struct NoTokens;

impl TokenKeys for NoTokens {
    fn unlock(&self, uri: &el2g_signers::TokenUri) -> Result<(), Failure> {
        Err(Failure::input(format!("no row names {uri}")))
    }

    fn take(
        &self,
        uri: &el2g_signers::TokenUri,
        _: PayloadKind,
    ) -> Result<el2g_signers::TokenSecret, Failure> {
        Err(Failure::input(format!("no row names {uri}")))
    }
}
