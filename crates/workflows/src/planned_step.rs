//! What a flow would do, for `--dry-run`.

use el2g_service_api::Operation;
use serde_json::Value;

/// One step of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedStep {
    /// What is done.
    pub what: &'static str,
    /// Method and path of the call, `None` for what is done here.
    pub call: Option<(&'static str, String)>,
    /// The body of the call as far as it is known before the first step.
    pub body: Option<Value>,
}

impl PlannedStep {
    /// Something that is done here.
    pub(crate) fn here(what: &'static str) -> Self {
        Self { what, call: None, body: None }
    }

    /// A call of the service.
    pub(crate) fn call<O: Operation>(what: &'static str, body: Option<Value>) -> Self {
        Self { what, call: Some((O::METHOD.as_str(), O::PATH.to_owned())), body }
    }

    /// The same step with the CA's id in its path.
    pub(crate) fn for_ca(mut self, id: u64) -> Self {
        if let Some((_, path)) = &mut self.call {
            *path = path.replace("{intermediateCaId}", &id.to_string());
        }
        self
    }
}
