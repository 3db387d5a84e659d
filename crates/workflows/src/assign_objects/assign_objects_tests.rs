//! Assignments that are made, that are there already, and that the service refuses.

use super::*;
use crate::FailureKind;
use crate::Silent;
use crate::fault_proxy::Fault;
use crate::rehearsal::Rehearsal;

const PRODUCT: &str = "935389312472";

fn target(ids: Vec<u64>) -> TargetGroups {
    TargetGroups { ids, family: None }
}

async fn assign(
    assignment: &ObjectAssignment,
    client: &Client,
) -> (AssignedObjects, Result<(), Failure>) {
    let summary = RefCell::default();
    let ended = assignment.plan(client, &summary).run(None, &Silent).await;
    (summary.into_inner(), ended)
}

#[tokio::test]
async fn a_refused_assignment_does_not_stop_the_others_and_is_named() {
    let rehearsal = Rehearsal::start().await;
    let client = rehearsal.client();
    let groups = vec![rehearsal.group("a", PRODUCT).await, rehearsal.group("b", PRODUCT).await];
    // The second has the object id of the first.
    let first = rehearsal.key_pair("first", 1).await;
    let twin = rehearsal.key_pair("twin", 1).await;
    let other = rehearsal.key_pair("other", 2).await;
    let mut assignment =
        ObjectAssignment { objects: vec![first], groups: target(groups.clone()), jobs: 1 };
    let (summary, ended) = assign(&assignment, &client).await;
    assert_eq!(ended, Ok(()));
    assert_eq!(summary, AssignedObjects { assigned: 2, ..Default::default() });
    assignment.objects = vec![first, twin, other];
    let (summary, ended) = assign(&assignment, &client).await;
    assert_eq!(ended, Ok(()));
    let AssignedObjects { assigned, already_assigned, refused, not_sent } = summary;
    assert_eq!((assigned, already_assigned, not_sent), (2, 2, 0));
    let pairs: Vec<_> =
        refused.iter().map(|it| (it.secure_object_id, it.device_group_id)).collect();
    assert_eq!(pairs, [(twin, groups[0]), (twin, groups[1])]);
    for refused in refused {
        let taken = format!("is taken in device group {}", refused.device_group_id);
        assert!(refused.reason.contains(&taken), "{}", refused.reason);
        assert!(refused.code.is_some_and(|code| code.contains("_409_")));
        assert!(refused.hint.is_some_and(|hint| hint.contains("`el2g ")));
    }
    // Again: nothing is sent twice.
    let (summary, _) = assign(&assignment, &client).await;
    assert_eq!((summary.assigned, summary.already_assigned, summary.refused.len()), (0, 4, 2));
}

#[tokio::test]
async fn a_service_that_is_gone_leaves_the_rest_unsent() {
    let rehearsal = Rehearsal::start().await;
    let group = rehearsal.group("a", PRODUCT).await;
    let objects = vec![rehearsal.key_pair("first", 1).await, rehearsal.key_pair("other", 2).await];
    let assignment = ObjectAssignment { objects, groups: target(vec![group]), jobs: 1 };
    // The list of the group, the first assignment, and then nothing.
    let (_proxy, client) = rehearsal.broken_client(2, Fault::BeforeActing).await;
    let (summary, ended) = assign(&assignment, &client).await;
    assert_eq!(ended.map_err(|failure| failure.kind), Err(FailureKind::Unavailable));
    assert_eq!(summary, AssignedObjects { assigned: 1, not_sent: 1, ..Default::default() });
    let (summary, ended) = assign(&assignment, &rehearsal.client()).await;
    assert_eq!(ended, Ok(()));
    assert_eq!((summary.assigned, summary.already_assigned, summary.not_sent), (1, 1, 0));
}

#[tokio::test]
async fn a_group_that_is_not_there_ends_the_run() {
    let rehearsal = Rehearsal::start().await;
    let object = rehearsal.key_pair("first", 1).await;
    let assignment = ObjectAssignment { objects: vec![object], groups: target(vec![99]), jobs: 1 };
    let (summary, ended) = assign(&assignment, &rehearsal.client()).await;
    assert_eq!(ended.map_err(|failure| failure.status), Err(Some(404)));
    assert_eq!(summary.not_sent, 1);
}
