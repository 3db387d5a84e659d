//! The first step: the CA is there, once.

use el2g_service_api::intermediate_cas::{
    CreateIntermediateCa, IntermediateCa, IntermediateCaQuery, ListIntermediateCas, SigningState,
};
use el2g_service_api::{NoPath, NoQuery};
use el2g_service_client::Client;

use super::{CREATE, CaEnrolment};
use crate::import_key::did_not_happen;
use crate::{Failure, Journal, Progress, Progressed, Services};

impl CaEnrolment<'_> {
    /// The CA's id; it is created unless the journal or the service says that it was.
    pub(super) async fn create(
        &self,
        services: &Services<'_>,
        journal: &mut Journal,
        progress: &dyn Progress,
    ) -> Result<u64, Failure> {
        if let Progressed::Done(id) = journal.look::<u64>(CREATE)? {
            if self.existing.is_some_and(|existing| existing != id) {
                return Err(Failure::input(format!(
                    "the journal is about CA {id}, another was named"
                )));
            }
            return Ok(id);
        }
        if let Some(id) = self.existing {
            journal.done(CREATE, &id)?;
            return Ok(id);
        }
        let begun = journal.look::<u64>(CREATE)? == Progressed::Begun;
        progress.say("looking whether the name is taken");
        let same = self.of_this_name(services.client).await;
        let same =
            same.map_err(|failure| if begun { failure.left_in(journal.path()) } else { failure })?;
        if begun {
            if let Some(id) = self.created_by_an_earlier_run(&same)? {
                journal.done(CREATE, &id)?;
                return Ok(id);
            }
        } else if let Some(taken) = same.first() {
            return Err(Failure::input(format!(
                "the service has an intermediate CA named `{}` already (id {}, {})",
                self.wanted.name,
                taken.id,
                taken.signing_state.as_str()
            ))
            .with_hint("resume it with --id, or choose another --name"));
        }
        journal.begin(CREATE)?;
        progress.say("creating the intermediate CA");
        let created =
            services.client.call::<CreateIntermediateCa>(&NoPath {}, &NoQuery {}, &self.wanted);
        match created.await {
            Ok(ca) => {
                journal.done(CREATE, &ca.id)?;
                Ok(ca.id)
            }
            Err(error) if did_not_happen(&error) => {
                journal.undone(CREATE)?;
                Err(error.into())
            }
            Err(error) => Err(Failure::from(error).left_in(journal.path())),
        }
    }

    async fn of_this_name(&self, client: &Client) -> Result<Vec<IntermediateCa>, Failure> {
        let query = IntermediateCaQuery {
            name: Some(self.wanted.name.clone()),
            ..IntermediateCaQuery::default()
        };
        let mut found = client.pages::<ListIntermediateCas>(NoPath {}, query).collect().await?;
        // The filter takes parts of names.
        found.retain(|ca| ca.name == self.wanted.name);
        Ok(found)
    }

    /// Among the CAs of this name, the one that this enrolment asked for and never heard of.
    fn created_by_an_earlier_run(&self, same: &[IntermediateCa]) -> Result<Option<u64>, Failure> {
        let ours: Vec<u64> = same
            .iter()
            .filter(|ca| {
                ca.signing_state == SigningState::CsrCreated
                    && ca.algorithm.value() == Some(&self.wanted.algorithm)
                    && ca.common_name.value() == self.wanted.common_name.value()
            })
            .map(|ca| ca.id)
            .collect();
        match ours.as_slice() {
            [] if same.is_empty() => Ok(None),
            [id] => Ok(Some(*id)),
            [] => Err(Failure::input(format!(
                "an earlier run began to create `{}`, and what the service has under this name is another CA",
                self.wanted.name
            ))
            .with_hint("name the one to resume with --id, or choose another --name")),
            several => Err(Failure::input(format!(
                "the service has several intermediate CAs named `{}` that wait for a certificate: {several:?}",
                self.wanted.name
            ))
            .with_hint("name the one to resume with --id")),
        }
    }
}
