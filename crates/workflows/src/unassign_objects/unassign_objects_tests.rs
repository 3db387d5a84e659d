//! Objects that leave groups: those that are in them, and those that the service keeps.

use super::*;
use crate::rehearsal::Rehearsal;
use crate::{AssignedObjects, ObjectAssignment, Silent};

const PRODUCT: &str = "935389312472";

fn target(ids: Vec<u64>) -> TargetGroups {
    TargetGroups { ids, family: None }
}

async fn unassign(
    unassignment: &ObjectUnassignment,
    client: &Client,
) -> (UnassignedObjects, Result<(), Failure>) {
    let summary = RefCell::default();
    let ended = unassignment.plan(client, &summary).run(None, &Silent).await;
    (summary.into_inner(), ended)
}

#[tokio::test]
async fn what_is_in_the_groups_leaves_them_and_the_rest_is_counted() {
    let rehearsal = Rehearsal::start().await;
    let client = rehearsal.client();
    let groups = vec![rehearsal.group("a", PRODUCT).await, rehearsal.group("b", PRODUCT).await];
    let objects = vec![rehearsal.key_pair("first", 1).await, rehearsal.key_pair("other", 2).await];
    let assignment =
        ObjectAssignment { objects: objects.clone(), groups: target(vec![groups[0]]), jobs: 1 };
    let made = RefCell::default();
    assignment.plan(&client, &made).run(None, &Silent).await.unwrap();
    assert_eq!(made.into_inner(), AssignedObjects { assigned: 2, ..Default::default() });
    let unassignment = ObjectUnassignment { objects, groups: target(groups), jobs: 2 };
    let (summary, ended) = unassign(&unassignment, &client).await;
    assert_eq!(ended, Ok(()));
    let wanted = UnassignedObjects { unassigned: 2, not_assigned: 2, ..Default::default() };
    assert_eq!(summary, wanted);
    let (summary, _) = unassign(&unassignment, &client).await;
    assert_eq!(summary, UnassignedObjects { not_assigned: 4, ..Default::default() });
}

#[tokio::test]
async fn a_group_that_is_not_there_ends_the_run() {
    let rehearsal = Rehearsal::start().await;
    let object = rehearsal.key_pair("first", 1).await;
    let unassignment =
        ObjectUnassignment { objects: vec![object], groups: target(vec![99]), jobs: 1 };
    let (summary, ended) = unassign(&unassignment, &rehearsal.client()).await;
    assert_eq!(ended.map_err(|failure| failure.status), Err(Some(404)));
    assert_eq!(summary, UnassignedObjects { not_sent: 1, ..Default::default() });
}
