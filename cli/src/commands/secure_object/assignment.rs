//! `el2g secure-object assign` and `unassign`: objects into groups and out of them, one or many (AN12642 4.1.4, 4.5.2, 4.5.3).

use std::cell::RefCell;

use clap::Args;
use el2g_service_api::assignments::{
    AssignSecureObject, GroupAssignment, UnassignFromGroups, UnassignObjects, UnassignedGroups,
    UnassignmentQuery,
};
use el2g_text::one_line;
use el2g_workflows::{
    AssignedObjects, Failure, FailureKind, IdOrName, Named, ObjectAssignment, ObjectUnassignment,
    RefusedAssignment, TargetGroups, UnassignedObjects,
};

use super::{done, path};
use crate::Result;
use crate::chosen_group::chosen_groups;
use crate::context::Context;
use crate::flow_progress::FlowProgress;
use crate::hardware_family::FamilyArguments;
use crate::ids;
use crate::online::{FlowDryRun, Online};
use crate::output::{Human, Outcome};

/// Which objects and groups are assigned.
#[derive(Args)]
pub struct NewMembers {
    #[arg(long = "group", value_name = "GROUP", help = ids::GROUPS_OR_DEFAULT)]
    groups: Vec<IdOrName>,
    #[command(flatten)]
    members: Members,
}

/// Which objects and groups are unassigned.
#[derive(Args)]
pub struct FormerMembers {
    #[arg(long = "group", value_name = "GROUP", required = true, help = ids::GROUPS_TYPED)]
    groups: Vec<IdOrName>,
    #[command(flatten)]
    members: Members,
}

/// Which objects, and how.
#[derive(Args)]
struct Members {
    #[arg(value_name = "OBJECT", required = true, help = ids::OBJECTS)]
    objects: Vec<IdOrName>,
    #[command(flatten)]
    family: FamilyArguments,
    /// Requests at a time, 1 to 64
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
}

/// The ids of what was typed, each once.
struct MemberIds {
    objects: Vec<u64>,
    groups: Vec<u64>,
}

impl Members {
    /// Asks for the ids of what was named. A group's name is looked for where `named` says, for the first object.
    fn ids(
        &self,
        groups: &[IdOrName],
        online: &Online,
        named: impl Fn(u64) -> Named<'static>,
    ) -> Result<MemberIds> {
        let objects: Vec<u64> =
            self.objects.iter().map(|object| online.object(object)).collect::<Result<_>>()?;
        let named = named(objects.first().copied().unwrap_or_default());
        let groups: Vec<u64> =
            groups.iter().map(|group| online.id(group, &named)).collect::<Result<_>>()?;
        Ok(MemberIds { objects: each_once(objects), groups: each_once(groups) })
    }
}

/// Each id once, in the order of their first appearance.
pub fn each_once(ids: Vec<u64>) -> Vec<u64> {
    let mut once = Vec::with_capacity(ids.len());
    for id in ids {
        if !once.contains(&id) {
            once.push(id);
        }
    }
    once
}

/// Assigns every object to every group.
pub fn assign(new: NewMembers, context: &mut Context) -> Result<Outcome> {
    let NewMembers { groups, members } = new;
    let named = chosen_groups(groups, context)?;
    let online = &Online::open(context)?;
    let MemberIds { objects, groups } =
        members.ids(&named, online, |object| Named::GroupFor { object })?;
    let family = members.family.of_groups(online, &groups)?;
    if let ([object], [group]) = (&objects[..], &groups[..]) {
        let done = done("assigned", *object).and("deviceGroupId", *group);
        let body = GroupAssignment::new(*group, family);
        return online.done::<AssignSecureObject>(&path(*object), &body, done);
    }
    let groups = TargetGroups { ids: groups, family };
    let assignment = ObjectAssignment { objects, groups, jobs: members.jobs.into() };
    let summary = RefCell::default();
    let plan = assignment.plan(online.client(), &summary);
    if online.is_dry_run() {
        return FlowDryRun::of(&plan);
    }
    let progress = FlowProgress::new(online.console, "assignments");
    let failure = online.wait(plan.run(None, &progress)).err();
    drop(progress);
    let mut summary = summary.into_inner();
    sort(&mut summary.refused);
    let (refused, not_sent) = (summary.refused.clone(), summary.not_sent);
    Ok(ended(Outcome::of(summary), failure, &refused, not_sent, "assigned"))
}

/// Takes every object out of every group. One question is asked for all of them.
pub fn unassign(former: &FormerMembers, context: &mut Context) -> Result<Outcome> {
    let FormerMembers { groups: named, members } = former;
    let online = &Online::open(context)?;
    let MemberIds { objects, groups } =
        members.ids(named, online, |object| Named::GroupWith { object })?;
    let family = members.family.of_groups(online, &groups)?;
    if let [object] = objects[..] {
        let what = format!("Unassign secure object {object} from {} groups", groups.len());
        online.confirm::<UnassignFromGroups>(what)?;
        let done = done("unassigned", object).and("deviceGroupIds", groups.clone());
        let body = UnassignedGroups::new(groups, family.as_ref());
        let query = UnassignmentQuery { hardware_family_type: family };
        return online.done_with::<UnassignFromGroups>(&path(object), &query, &body, done);
    }
    let (of, from) = (objects.len(), groups.len());
    online
        .confirm::<UnassignObjects>(format!("Unassign {of} secure objects from {from} groups"))?;
    let groups = TargetGroups { ids: groups, family };
    let unassignment = ObjectUnassignment { objects, groups, jobs: members.jobs.into() };
    let summary = RefCell::default();
    let plan = unassignment.plan(online.client(), &summary);
    if online.is_dry_run() {
        return FlowDryRun::of(&plan);
    }
    let progress = FlowProgress::new(online.console, "assignments");
    let failure = online.wait(plan.run(None, &progress)).err();
    drop(progress);
    let mut summary = summary.into_inner();
    sort(&mut summary.refused);
    let (refused, not_sent) = (summary.refused.clone(), summary.not_sent);
    Ok(ended(Outcome::of(summary), failure, &refused, not_sent, "unassigned"))
}

fn sort(refused: &mut [RefusedAssignment]) {
    refused.sort_by_key(|it| (it.device_group_id, it.secure_object_id));
}

fn ended(
    outcome: Outcome,
    failure: Option<Failure>,
    refused: &[RefusedAssignment],
    not_sent: u64,
    done: &str,
) -> Outcome {
    match failure {
        Some(failure) if not_sent > 0 && failure.kind == FailureKind::Unavailable => outcome
            .failing(failure.with_hint(format!(
                "run the same command again when the reason is gone: what is {done} stays so"
            ))),
        Some(failure) => outcome.failing(failure),
        None => match refused_failure(refused, done) {
            Some(failure) => outcome.failing(failure),
            None => outcome,
        },
    }
}

/// The failure of assignments that the service refused, with the advice on the first.
pub fn refused_failure(refused: &[RefusedAssignment], done: &str) -> Option<Failure> {
    let first = refused.first()?;
    let failure = Failure::refused(match refused.len() {
        1 => format!("1 assignment was not {done}"),
        count => format!("{count} assignments were not {done}"),
    });
    Some(match &first.hint {
        Some(hint) => failure.with_hint(hint.clone()),
        None => failure,
    })
}

/// Refused assignments, a line each.
pub fn refused_lines(refused: &[RefusedAssignment]) -> String {
    let line = |it: &RefusedAssignment| {
        let (object, group, reason) =
            (it.secure_object_id, it.device_group_id, one_line(&it.reason));
        format!("secure object {object}, device group {group}: refused: {reason}\n")
    };
    refused.iter().map(line).collect()
}

impl Human for AssignedObjects {
    fn human(&self) -> String {
        let Self { assigned, already_assigned, refused, not_sent } = self;
        let lines = refused_lines(refused);
        let refused = refused.len();
        format!(
            "{lines}assigned {assigned}, already assigned {already_assigned}, refused {refused}, not sent {not_sent}\n"
        )
    }
}

impl Human for UnassignedObjects {
    fn human(&self) -> String {
        let Self { unassigned, not_assigned, refused, not_sent } = self;
        let lines = refused_lines(refused);
        let refused = refused.len();
        format!(
            "{lines}unassigned {unassigned}, not assigned {not_assigned}, refused {refused}, not sent {not_sent}\n"
        )
    }
}
