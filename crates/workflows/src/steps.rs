//! A flow is a list of steps with dependencies: a dry run prints the list, [`Plan::run`] takes the steps, the journal
//! records them.
//!
//! A step that changes something, or makes what later runs need, is recorded as begun before and as done after. When a
//! journal says "begun" and not "done", the service is asked whether it happened (the look-ups of `el2g-service-api`)
//! before it is done again. A step that only reads or checks is taken by every run.

use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use el2g_service_api::Operation;
use serde::Serialize;

use crate::step_call::{Call, Printed};
use crate::step_run::Run;
use crate::{Failure, Journal, Progress};

macro_rules! flows {
    ($($(#[$doc:meta])* $flow:ident = $name:literal,)*) => {
        /// The flows there are.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Flow {
            $($(#[$doc])* $flow,)*
        }

        impl Flow {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$flow),*];

            /// The name in its journals.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$flow => $name,)*
                }
            }
        }
    };
}

flows! {
    /// Devices into a group.
    AddDevices = "add-devices",
    /// Secure objects into device groups.
    AssignObjects = "assign-objects",
    /// An object for each row of a batch.
    CreateObjects = "create-objects",
    /// An intermediate CA signed by an outside root.
    EnrollCa = "enroll-ca",
    /// A secret becomes a secure object.
    ImportKey = "import-key",
    /// A verification certificate for a cloud.
    ProvePossession = "prove-possession",
    /// Secure objects created, assigned to groups and waited for.
    ProvisionObjects = "provision-objects",
    /// A CA for a cloud that needs no verification certificate.
    RegisterCa = "register-ca",
    /// The secrets of a manifest, sealed.
    SealBatch = "seal-batch",
    /// An intermediate CA signed here.
    SignIntermediate = "sign-intermediate",
    /// Secure objects out of device groups.
    UnassignObjects = "unassign-objects",
    /// Devices out of a group.
    UnclaimDevices = "unclaim-devices",
}

/// Something that a step makes for later ones, such as the id of what it creates.
#[derive(Debug)]
pub(crate) struct Made<T> {
    step: StepId,
    value: Rc<OnceCell<T>>,
}

/// A step, by its place in the list; `None` is what is known before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StepId(Option<usize>);

impl<T> Clone for Made<T> {
    fn clone(&self) -> Self {
        Self { step: self.step, value: Rc::clone(&self.value) }
    }
}

impl<T> Made<T> {
    /// What no step has to make.
    pub(crate) fn known(value: T) -> Self {
        Self { step: StepId(None), value: Rc::new(OnceCell::from(value)) }
    }

    /// What is known already, for steps that come after `step`.
    pub(crate) fn known_after(step: &Made<()>, value: T) -> Self {
        Self { step: step.step, value: Rc::new(OnceCell::from(value)) }
    }

    /// The step that makes it.
    pub(crate) fn step(&self) -> StepId {
        self.step
    }

    /// What was made, if its step is done.
    pub(crate) fn so_far(&self) -> Option<&T> {
        self.value.get()
    }

    /// What was made, for a step that comes after.
    pub(crate) fn get(&self) -> &T {
        self.value.get().expect("a step is taken after those that it names")
    }

    /// The same, for the only one that needs it.
    pub(crate) fn into_inner(self) -> T {
        let value = Rc::into_inner(self.value).and_then(OnceCell::into_inner);
        value.expect("its step is done, and nobody else keeps what it made")
    }
}

type Pending<'r, T> = Pin<Box<dyn Future<Output = T> + 'r>>;
type Act<'a> = Box<dyn for<'r> FnOnce(&'r Run<'a>) -> Pending<'r, Result<(), Failure>> + 'a>;

struct Step<'a> {
    name: String,
    what: String,
    after: Vec<StepId>,
    request: Option<Rc<dyn Printed + 'a>>,
    act: Act<'a>,
}

/// A step as a dry run prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[non_exhaustive]
pub struct StepLine {
    /// Its name.
    pub step: String,
    /// What is done.
    pub what: String,
    /// The steps it comes after.
    pub after: Vec<String>,
    /// The request as a cURL line; `None` for what is done here.
    #[serde(skip)]
    pub curl: Option<String>,
}

/// A list of steps in the making.
pub(crate) struct Steps<'a>(Vec<Step<'a>>);

impl<'a> Steps<'a> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a step that is done here.
    pub(crate) fn here<T: 'a>(
        &mut self,
        name: impl Into<String>,
        what: impl Into<String>,
        after: &[StepId],
        act: impl AsyncFnOnce(&Run<'a>) -> Result<T, Failure> + 'a,
    ) -> Made<T> {
        self.add(name.into(), what.into(), after, None, act)
    }

    /// Adds a step that sends a request, which is the one that a dry run prints.
    pub(crate) fn call<O: Operation, T: 'a>(
        &mut self,
        name: impl Into<String>,
        what: impl Into<String>,
        after: &[StepId],
        call: Call<'a, O>,
        act: impl AsyncFnOnce(&Run<'a>, &Call<'a, O>) -> Result<T, Failure> + 'a,
    ) -> Made<T> {
        let call = Rc::new(call);
        let printed = Rc::clone(&call);
        let act = async move |run: &Run<'a>| act(run, &call).await;
        self.add(name.into(), what.into(), after, Some(printed), act)
    }

    fn add<T: 'a>(
        &mut self,
        name: String,
        what: String,
        after: &[StepId],
        request: Option<Rc<dyn Printed + 'a>>,
        act: impl AsyncFnOnce(&Run<'a>) -> Result<T, Failure> + 'a,
    ) -> Made<T> {
        let made = Made { step: StepId(Some(self.0.len())), value: Rc::default() };
        let value = Rc::clone(&made.value);
        let act: Act<'a> = Box::new(move |run| {
            Box::pin(async move {
                let _ = value.set(act(run).await?);
                Ok(())
            })
        });
        self.0.push(Step { name, what, after: after.to_vec(), request, act });
        made
    }

    /// The whole list of a flow, whose outcome is what one of them makes.
    pub(crate) fn end<T>(self, flow: Flow, outcome: Made<T>) -> Plan<'a, T> {
        Plan { flow, steps: self.0, outcome, jobs: 1, journal_ends: false }
    }
}

/// The steps of a flow.
pub struct Plan<'a, T> {
    flow: Flow,
    steps: Vec<Step<'a>>,
    outcome: Made<T>,
    jobs: usize,
    journal_ends: bool,
}

impl<'a, T> Plan<'a, T> {
    /// The same, with so many steps at a time.
    pub(crate) fn at_once(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }

    /// The same, without a journal once nothing is left to resume.
    pub(crate) fn journal_ends(mut self) -> Self {
        self.journal_ends = true;
        self
    }

    /// The flow.
    pub fn flow(&self) -> Flow {
        self.flow
    }

    /// The steps as a dry run prints them. Nothing is done; every request that is known by now passes the gate.
    ///
    /// # Errors
    /// A request that cannot be made or sent.
    pub fn lines(&self) -> Result<Vec<StepLine>, Failure> {
        let name = |id: &StepId| id.0.map(|index| self.steps[index].name.clone());
        let line = |step: &Step<'_>| {
            Ok(StepLine {
                step: step.name.clone(),
                what: step.what.clone(),
                after: step.after.iter().filter_map(name).collect(),
                curl: step.request.as_ref().map(|request| request.curl()).transpose()?,
            })
        };
        self.steps.iter().map(line).collect()
    }

    /// Takes the steps. After one that fails no other begins.
    ///
    /// # Errors
    /// The failure of the first step that did not succeed. Where a later run can resume,
    /// [`FailureKind::Partial`](crate::FailureKind::Partial) for a service that could not be reached; a refusal stays what it is.
    pub async fn run(
        self,
        journal: Option<&'a mut Journal>,
        progress: &'a dyn Progress,
    ) -> Result<T, Failure> {
        let run = Run { record_in: RefCell::new(journal), progress };
        let mut taken = take(self.steps, self.jobs, &run).await;
        if let Some(journal) = run.record_in.into_inner() {
            let resumes = journal.can_resume();
            if self.journal_ends && (taken.is_ok() || !resumes) {
                journal.remove()?;
            } else if resumes {
                taken = taken.map_err(|failure| failure.left_in(journal.path()));
            }
        }
        taken.map(|()| self.outcome.into_inner())
    }
}

/// Takes steps in the order of the list, as far as those that they come after are done.
async fn take<'a>(steps: Vec<Step<'a>>, jobs: usize, run: &Run<'a>) -> Result<(), Failure> {
    let mut done = vec![false; steps.len()];
    let mut waiting: VecDeque<(usize, Step<'a>)> = steps.into_iter().enumerate().collect();
    let mut running: Vec<(usize, Pending<'_, Result<(), Failure>>)> = Vec::new();
    let mut failure = None;
    loop {
        while failure.is_none() && running.len() < jobs {
            let is_done = |id: &StepId| id.0.is_none_or(|index| done[index]);
            let next = waiting.iter().position(|(_, step)| step.after.iter().all(is_done));
            let Some((index, step)) = next.and_then(|next| waiting.remove(next)) else { break };
            run.progress.begins(&step.what);
            running.push((index, (step.act)(run)));
        }
        if running.is_empty() {
            return failure.map_or(Ok(()), Err);
        }
        let (at, ended) = poll_fn(|context| {
            let mut polled = running.iter_mut().enumerate();
            let ended = polled.find_map(|(at, (_, step))| match step.as_mut().poll(context) {
                Poll::Ready(ended) => Some((at, ended)),
                Poll::Pending => None,
            });
            ended.map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        let (index, _) = running.swap_remove(at);
        match ended {
            Ok(()) => done[index] = true,
            Err(error) => failure = failure.or(Some(error)),
        }
    }
}
