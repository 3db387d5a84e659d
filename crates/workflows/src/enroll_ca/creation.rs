//! The first steps: the CA is there, once.

use el2g_service_api::intermediate_cas::{
    CreateIntermediateCa, IntermediateCa, IntermediateCaQuery, ListIntermediateCas,
};
use el2g_service_api::{NoPath, NoQuery};
use el2g_service_client::Client;

use super::{CREATE, CaEnrolment};
use crate::step_call::Call;
use crate::steps::{Made, Steps};
use crate::{Failure, Progressed};

impl CaEnrolment<'_> {
    /// The id of a CA that the service has.
    pub(super) fn named<'s>(&'s self, id: u64, steps: &mut Steps<'s>) -> Made<u64> {
        let same = steps.here(CREATE, "take the CA that is there", &[], async move |run| match run
            .look::<u64>(
            CREATE,
        )? {
            Progressed::Done(journalled) if journalled != id => Err(Failure::input(format!(
                "the journal is about CA {journalled}, another was named"
            ))),
            Progressed::Done(_) => Ok(()),
            Progressed::Not | Progressed::Begun => run.done(CREATE, &id),
        });
        Made::known_after(&same, id)
    }

    /// The id of the CA that is created, unless the journal or the service says that it was.
    pub(super) fn created<'s>(&'s self, steps: &mut Steps<'s>, client: &'s Client) -> Made<u64> {
        let create = || {
            let request = || (NoPath {}, NoQuery {}, self.wanted.clone());
            Call::<CreateIntermediateCa>::new(client, request)
        };
        let (again, name) = (create(), &self.wanted.name);
        let query = || IntermediateCaQuery {
            name: Some(name.clone()),
            page: Some(0),
            size: Some(client.settings().limits.page_size),
            ..IntermediateCaQuery::default()
        };
        let call = Call::<ListIntermediateCas>::new(client, move || (NoPath {}, query(), ()));
        let what = "look whether the name is taken";
        let free = steps.call("name", what, &[], call, async move |run, call| {
            if run.earlier(CREATE, &again, |ca| ca.id).await?.is_some() {
                return Ok(());
            }
            let found = call.all().await?;
            // The filter takes parts of names.
            match found.into_iter().find(|ca| ca.name == *name) {
                Some(taken) => Err(self.taken(&taken)),
                None => Ok(()),
            }
        });
        let what = "create the CA";
        steps.call(CREATE, what, &[free.step()], create(), async |run, call| {
            run.once(CREATE, call, |ca| ca.id).await
        })
    }

    fn taken(&self, taken: &IntermediateCa) -> Failure {
        Failure::input(format!(
            "the service has an intermediate CA named `{}` already (id {}, {})",
            self.wanted.name,
            taken.id,
            taken.signing_state.as_str()
        ))
        .with_hint("give its id to resume it, or choose another --name")
    }
}
