//! What a step has of the run that takes it: the journal, and the way to do something once.

use std::cell::RefCell;
use std::path::PathBuf;

use el2g_service_api::Operation;
use el2g_service_api::look_up::Verdict;
use el2g_service_client::ClientError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::step_call::{Call, Parts};
use crate::{Failure, Journal, JournalError, Progress, Progressed};

/// What a step has of the run that takes it.
pub(crate) struct Run<'a> {
    pub(crate) record_in: RefCell<Option<&'a mut Journal>>,
    pub(crate) progress: &'a dyn Progress,
}

impl Run<'_> {
    /// How far `step` is, by the journal.
    pub(crate) fn look<T: DeserializeOwned>(&self, step: &str) -> Result<Progressed<T>, Failure> {
        match &*self.record_in.borrow() {
            Some(journal) => Ok(journal.look(step)?),
            None => Ok(Progressed::Not),
        }
    }

    /// Where the journal is.
    pub(crate) fn journal(&self) -> Option<PathBuf> {
        self.record_in.borrow().as_ref().map(|journal| journal.path().to_owned())
    }

    /// Records that `step` begins.
    pub(crate) fn begin(&self, step: &str) -> Result<(), Failure> {
        self.record(|journal| journal.begin(step))
    }

    /// Records that `step` is done, and what it made.
    pub(crate) fn done(&self, step: &str, made: &impl Serialize) -> Result<(), Failure> {
        self.record(|journal| journal.done(step, made))
    }

    fn record(
        &self,
        record: impl FnOnce(&mut Journal) -> Result<(), JournalError>,
    ) -> Result<(), Failure> {
        match self.record_in.borrow_mut().as_mut() {
            Some(journal) => Ok(record(journal)?),
            None => Ok(()),
        }
    }

    /// What the call of `step` made in an earlier run; `None` when it did not happen.
    pub(crate) async fn earlier<O: Operation, T: Serialize + DeserializeOwned>(
        &self,
        step: &str,
        call: &Call<'_, O>,
        made: impl Fn(&O::Reply) -> T,
    ) -> Result<Option<T>, Failure> {
        self.earlier_by(step, call, made, async || call.happened().await).await
    }

    /// The same, where `happened` finds out whether a call that was begun did happen.
    pub(crate) async fn earlier_by<O: Operation, T: Serialize + DeserializeOwned>(
        &self,
        step: &str,
        _: &Call<'_, O>,
        made: impl Fn(&O::Reply) -> T,
        happened: impl AsyncFnOnce() -> Result<Verdict<O::Reply>, Failure>,
    ) -> Result<Option<T>, Failure> {
        match self.look(step)? {
            Progressed::Not => return Ok(None),
            Progressed::Done(made) => return Ok(Some(made)),
            Progressed::Begun => {}
        }
        match happened().await? {
            Verdict::Happened(reply) => {
                let made = made(&reply);
                self.done(step, &made)?;
                Ok(Some(made))
            }
            Verdict::NotHappened => {
                self.record(|journal| journal.undone(step))?;
                Ok(None)
            }
            Verdict::Unclear => Err(Failure::input(format!(
                "whether the interrupted run finished `{}` is unknown: more than one fits",
                O::COMMAND.join(" ")
            ))
            .with_hint(format!(
                "look at them with `el2g {} list`, delete those that are not needed, and remove the journal",
                O::COMMAND[0]
            ))),
        }
    }

    /// What the call of `step` makes. It is sent, unless an earlier run did.
    pub(crate) async fn once<O: Operation, T: Serialize + DeserializeOwned>(
        &self,
        step: &str,
        call: &Call<'_, O>,
        made: impl Fn(&O::Reply) -> T,
    ) -> Result<T, Failure> {
        if let Some(made) = self.earlier(step, call, &made).await? {
            return Ok(made);
        }
        let reply = self.send(step, call, call.ready()?, &made).await.map_err(Failure::from)?;
        Ok(made(&reply))
    }

    /// Sends a request of `step`, recorded before and after.
    pub(crate) async fn send<O: Operation, T: Serialize>(
        &self,
        step: &str,
        call: &Call<'_, O>,
        request: Parts<O>,
        made: impl Fn(&O::Reply) -> T,
    ) -> Result<O::Reply, Unsent> {
        self.begin(step)?;
        match call.send_ready(request).await {
            Ok(reply) => {
                self.done(step, &made(&reply))?;
                Ok(reply)
            }
            Err(error) => {
                if !error.may_have_happened() {
                    self.record(|journal| journal.undone(step))?;
                }
                Err(Unsent::Service(error))
            }
        }
    }
}

/// Why a recorded request has no reply.
pub(crate) enum Unsent {
    /// The service, or what is in between.
    Service(ClientError),
    /// The journal.
    Journal(Failure),
}

impl From<Failure> for Unsent {
    fn from(failure: Failure) -> Self {
        Self::Journal(failure)
    }
}

impl From<Unsent> for Failure {
    fn from(unsent: Unsent) -> Self {
        match unsent {
            Unsent::Service(error) => error.into(),
            Unsent::Journal(failure) => failure,
        }
    }
}
