//! Provisionings against the sandbox: what stands in the way is found first, and devices are waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use el2g_key_payload::SystemEntropy;
use el2g_service_api::DeviceUid;
use el2g_service_api::NoPath;
use el2g_service_api::ObjectId;
use el2g_service_api::new_secure_object::NewKeyPair;
use el2g_service_api::policies::PolicySource;
use el2g_service_api::provisionings::ProvisioningState;
use el2g_service_api::secure_objects::{KeyPairAlgorithm, ListSecureObjects, SecureObjectQuery};
use el2g_service_client::Client;

use super::*;
use crate::fault_proxy::Fault;
use crate::rehearsal::{Rehearsal, now};
use crate::services::Pause;
use crate::{FailureKind, Journal, Silent};

const PRODUCT: &str = "935389312472";

fn key_pair(name: &str, object_id: &str) -> PlannedObject {
    let source = PolicySource::Default;
    let object_id = ObjectId::as_received(object_id);
    let new = NewKeyPair::new(name.to_owned(), object_id, source, KeyPairAlgorithm::NistP256);
    let request = NewSecureObject::KeyPair(new);
    PlannedObject::New(Box::new(NewObject { request, key_pair: None, allow_duplicate: false }))
}

fn target(ids: Vec<u64>) -> TargetGroups {
    TargetGroups { ids, family: None }
}

fn device(number: usize) -> DeviceId {
    DeviceUid::parse(&format!("0x04005001{number:028x}")).unwrap().to_device_id()
}

fn provisioning(groups: Vec<u64>, objects: Vec<PlannedObject>) -> Provisioning {
    Provisioning {
        objects,
        product: PRODUCT.to_owned(),
        groups: target(groups),
        devices: vec![device(1), device(2)],
        jobs: 2,
        wait: Some(Duration::from_secs(60)),
    }
}

/// Takes the steps; `pause` is what happens while it waits.
async fn run(
    provisioning: &Provisioning,
    client: &Client,
    place: &std::path::Path,
    pause: &(dyn Fn(Duration) -> Pause + Sync),
) -> (ProvisionReport, Result<(), Failure>) {
    let mut entropy = SystemEntropy;
    let entropy = RefCell::new(&mut entropy as _);
    let services = Services { client, clock: &now, pause, entropy };
    let (addition, report) = (provisioning.addition(100), ProvisionReport::default());
    let subject = Provisioning::subject("sandbox");
    let mut journal = Journal::open(place, Flow::ProvisionObjects, &subject).unwrap();
    let plan = provisioning.plan(&addition, &services, &report);
    let ended = plan.run(Some(&mut journal), &Silent).await;
    (report, ended)
}

fn at_once(_: Duration) -> Pause {
    Box::pin(std::future::ready(()))
}

async fn names(client: &Client) -> Vec<String> {
    let query = SecureObjectQuery::default();
    let all = client.pages::<ListSecureObjects>(NoPath {}, query).collect().await.unwrap();
    let mut names: Vec<String> = all.into_iter().map(|object| object.name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn devices_that_connect_are_waited_for_and_the_next_run_finds_everything_there() {
    let rehearsal = Rehearsal::start().await;
    let client = rehearsal.client();
    let group = rehearsal.group("meters", PRODUCT).await;
    let objects = vec![key_pair("a", "83000001"), key_pair("b", "83000002")];
    let provisioning = provisioning(vec![group], objects);
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("journal");
    let (control, looks) = (Arc::new(rehearsal.control()), Arc::new(AtomicUsize::new(0)));
    // The first device connects at the first pause, the second at the third.
    let connecting = |_| -> Pause {
        let (control, look) = (Arc::clone(&control), looks.fetch_add(1, Ordering::SeqCst));
        Box::pin(async move {
            let number = match look {
                0 => 1,
                2 => 2,
                _ => return,
            };
            let path = format!("/_sandbox/control/devices/{}/connect", device(number));
            control.call_raw(el2g_service_api::Method::Post, &path, None).await.unwrap();
        })
    };
    let (report, ended) = run(&provisioning, &client, &place, &connecting).await;
    assert_eq!(ended, Ok(()));
    assert_eq!(report.all_waited(), Waited { completed: 4, ..Default::default() });
    assert_eq!(report.devices.borrow().added, 2);
    let created: Vec<_> = report.objects.borrow().iter().map(|it| it.status).collect();
    assert_eq!(created, [ProvisionStatus::Created; 2]);
    assert!(looks.load(Ordering::SeqCst) >= 3);
    let (report, ended) = run(&provisioning, &client, &place, &at_once).await;
    assert_eq!(ended, Ok(()));
    let there: Vec<_> = report.objects.borrow().iter().map(|it| it.status).collect();
    assert_eq!(there, [ProvisionStatus::Existing; 2]);
    assert_eq!(report.assignments.borrow().already_assigned, 2);
    assert_eq!(names(&client).await, ["a", "b"]);
}

#[tokio::test]
async fn when_the_time_is_over_each_open_provisioning_is_named() {
    let rehearsal = Rehearsal::start().await;
    let client = rehearsal.client();
    let group = rehearsal.group("meters", PRODUCT).await;
    let mut provisioning = provisioning(vec![group], vec![key_pair("a", "83000001")]);
    provisioning.wait = Some(Duration::ZERO);
    let folder = tempfile::tempdir().unwrap();
    let (report, ended) = run(&provisioning, &client, &folder.path().join("j"), &at_once).await;
    assert_eq!(ended, Ok(()));
    let Waited { completed, failed, waiting, missing } = report.all_waited();
    assert_eq!((completed, failed.len(), missing), (0, 0, 0));
    let id = report.objects.borrow()[0].secure_object_id;
    let mut open: Vec<_> = waiting
        .into_iter()
        .map(|it| (it.secure_object_id, it.device_id, it.device_group_id, it.state))
        .collect();
    open.sort_by(|a, b| a.1.cmp(&b.1));
    let state = ProvisioningState::GenerationCompleted;
    let wanted = [1, 2].map(|number| (id, Some(device(number)), Some(group), state.clone()));
    assert_eq!(open, wanted);
    // Of a whole group the devices are counted; one that is not named is not waited for.
    provisioning.devices = vec![device(1)];
    let (report, _) = run(&provisioning, &client, &folder.path().join("j"), &at_once).await;
    assert_eq!(report.all_waited().waiting.len(), 1);
    provisioning.devices.clear();
    let (report, _) = run(&provisioning, &client, &folder.path().join("j"), &at_once).await;
    assert_eq!(report.all_waited().waiting.len(), 2);
}

#[tokio::test]
async fn what_is_in_the_way_is_found_before_anything_is_changed() {
    let rehearsal = Rehearsal::start().await;
    let client = rehearsal.client();
    let groups = vec![rehearsal.group("a", PRODUCT).await, rehearsal.group("b", PRODUCT).await];
    let twin = rehearsal.key_pair("twin", 1).await;
    let other = rehearsal.key_pair("other", 2).await;
    let summary = RefCell::default();
    let assignment =
        crate::ObjectAssignment { objects: vec![other], groups: target(vec![groups[1]]), jobs: 1 };
    assignment.plan(&client, &summary).run(None, &Silent).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("journal");
    let objects = vec![
        key_pair("new", "83000003"),
        key_pair("twin", "83000001"),
        key_pair("mine", "83000002"),
    ];
    let provisioning = provisioning(groups.clone(), objects);
    let (report, ended) = run(&provisioning, &client, &place, &at_once).await;
    let failure = ended.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Input);
    assert_eq!(failure.message, "2 objects are in the way; nothing was changed");
    assert_eq!(
        failure.causes,
        [
            format!(
                "`twin` (KEYPAIR, object id 83000001): secure object {twin} has this type, name and object id"
            ),
            format!(
                "`mine` (KEYPAIR, object id 83000002): secure object {other} `other` has this object id in device group {}",
                groups[1]
            ),
        ]
    );
    assert_eq!(names(&client).await, ["other", "twin"]);
    assert_eq!(report.devices.borrow().added, 0);
}

/// The first run begins the creation of a second object like one that is there, and does not reach the service. The one
/// that is there is not taken for the run's own.
#[tokio::test]
async fn an_older_twin_is_not_taken_for_what_an_interrupted_run_created() {
    let rehearsal = Rehearsal::start().await;
    let older = rehearsal.key_pair("twin", 1).await;
    let folder = tempfile::tempdir().unwrap();
    let mut objects = vec![key_pair("twin", "83000001")];
    if let PlannedObject::New(new) = &mut objects[0] {
        new.allow_duplicate = true;
    }
    let mut provisioning = provisioning(Vec::new(), objects);
    (provisioning.devices, provisioning.wait) = (Vec::new(), None);
    for (nth, fault) in [(2, Fault::BeforeActing), (2, Fault::AfterActing)] {
        let name = format!("{fault:?}");
        let place = folder.path().join(&name);
        provisioning.groups.ids = vec![rehearsal.group(&name, PRODUCT).await];
        let (proxy, broken) = rehearsal.broken_client(nth, fault).await;
        let (_, ended) = run(&provisioning, &broken, &place, &at_once).await;
        assert_eq!(ended.map_err(|failure| failure.kind), Err(FailureKind::Partial));
        proxy.settled().await;
        let before = names(&rehearsal.client()).await.len();
        let (report, ended) = run(&provisioning, &rehearsal.client(), &place, &at_once).await;
        let created = usize::from(fault == Fault::BeforeActing);
        assert_eq!(names(&rehearsal.client()).await.len(), before + created, "{fault:?}");
        let object = report.objects.borrow()[0].clone();
        assert_ne!(object.secure_object_id, older, "{fault:?}");
        let expected = match fault {
            Fault::BeforeActing => ProvisionStatus::Created,
            Fault::AfterActing => ProvisionStatus::Existing,
        };
        assert_eq!(object.status, expected);
        assert_eq!(ended, Ok(()));
    }
}

#[tokio::test]
async fn a_refused_device_ends_the_run_before_an_object_is_created() {
    let rehearsal = Rehearsal::start().await;
    let client = rehearsal.client();
    let (first, second) =
        (rehearsal.group("a", PRODUCT).await, rehearsal.group("b", PRODUCT).await);
    let folder = tempfile::tempdir().unwrap();
    let mut of_first = provisioning(vec![first], Vec::new());
    of_first.devices.pop();
    of_first.wait = None;
    let (_, ended) = run(&of_first, &client, &folder.path().join("first"), &at_once).await;
    assert_eq!(ended, Ok(()));
    let of_second = provisioning(vec![second], vec![key_pair("a", "83000001")]);
    let (report, ended) = run(&of_second, &client, &folder.path().join("second"), &at_once).await;
    let failure = ended.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    let wanted = format!("{}: it is in another device group, {first}", device(1));
    assert_eq!(failure.causes[0], wanted);
    assert_eq!(report.devices.borrow().added, 1);
    assert_eq!(names(&client).await, Vec::<String>::new());
}
