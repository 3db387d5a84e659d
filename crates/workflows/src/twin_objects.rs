//! Secure objects that look alike: type, name and object id are the same.
//!
//! The service takes such twins, and an object does not tell which run created it. So the journal records which of them were
//! there before a creation: none of those is what an interrupted run created.

use el2g_service_api::NoPath;
use el2g_service_api::look_up::Verdict;
use el2g_service_api::new_secure_object::NewSecureObject;
use el2g_service_api::secure_objects::{
    CreateSecureObject, ListSecureObjects, SecureObject, SecureObjectQuery,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::step_call::Call;
use crate::step_run::Run;
use crate::{Failure, Progressed};

/// Whether an object has the type, the name and the object id of a new one.
pub(crate) fn is_twin(object: &SecureObject, new: &NewSecureObject) -> bool {
    object.name == new.name()
        && object.object_id == *new.object_id()
        && object.secure_object_type == new.secure_object_type()
}

/// The step under which the twins of a creation are recorded.
fn twins_step(step: &str) -> String {
    format!("twins of {step}")
}

impl Call<'_, CreateSecureObject> {
    /// The twins that are there now.
    pub(crate) async fn twins(&self) -> Result<Vec<SecureObject>, Failure> {
        let (_, _, new) = self.ready()?;
        let query = SecureObjectQuery { name: Some(new.name().to_owned()), ..Default::default() };
        let mut found =
            self.client().pages::<ListSecureObjects>(NoPath {}, query).collect().await?;
        found.retain(|object| is_twin(object, &new));
        Ok(found)
    }
}

impl Run<'_> {
    /// Records the ids of the twins that are there, before the creation of `step` begins.
    pub(crate) fn record_twins(&self, step: &str, twins: &[u64]) -> Result<(), Failure> {
        if twins.is_empty() { Ok(()) } else { self.done(&twins_step(step), &twins) }
    }

    /// The object that `step` created in an earlier run; `None` when it created none.
    pub(crate) async fn earlier_object<T: Serialize + DeserializeOwned>(
        &self,
        step: &str,
        call: &Call<'_, CreateSecureObject>,
        made: impl Fn(&SecureObject) -> T,
    ) -> Result<Option<T>, Failure> {
        let before: Vec<u64> = match self.look(&twins_step(step))? {
            Progressed::Done(before) => before,
            Progressed::Not | Progressed::Begun => Vec::new(),
        };
        self.earlier_by(step, call, made, async || {
            let mut new = call.twins().await?;
            new.retain(|object| object.service_id().is_none_or(|id| !before.contains(&id)));
            Ok(match (new.pop(), new.is_empty()) {
                (None, _) => Verdict::NotHappened,
                (Some(only), true) => Verdict::Happened(only),
                (Some(_), false) => Verdict::Unclear,
            })
        })
        .await
    }
}
