//! What a flow would do, for `--dry-run`.

use el2g_service_api::{Method, Operation};
use el2g_service_client::{Client, ClientError, CurlBody, Request};

/// Stands in a path for the id of a CA that is not there yet.
const NEW_CA: &str = "ID_OF_THE_NEW_CA";

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// What is done.
    pub what: &'static str,
    /// The call as a cURL line; `None` for what is done here.
    pub curl: Option<String>,
}

impl PlannedStep {
    /// Something that is done here.
    pub(crate) fn here(what: &'static str) -> Self {
        Self { what, curl: None }
    }

    /// A call all of which is known.
    pub(crate) fn call<O: Operation>(
        what: &'static str,
        client: &Client,
        path: &O::Path,
        query: &O::Query,
        body: &O::Body,
    ) -> Result<Self, ClientError> {
        let settings = client.settings();
        let curl =
            Request::<O>::new(settings, path, query, body)?.curl(settings, &CurlBody::Inline);
        Ok(Self { what, curl: Some(curl) })
    }

    /// A call about a CA; without an id, about the one that an earlier step creates.
    pub(crate) fn about_ca<O: Operation>(
        what: &'static str,
        client: &Client,
        id: Option<u64>,
        body: &O::Body,
    ) -> Result<Self, ClientError> {
        let (path, body) = Self::parts::<O>(id, body)?;
        let method: Method = O::METHOD;
        Ok(Self { what, curl: Some(client.curl_raw(method, &path, body, &CurlBody::Inline)?) })
    }

    /// The same with a body in which words stand for what an earlier step makes: there is nothing to check yet.
    pub(crate) fn later_about_ca<O: Operation>(
        what: &'static str,
        client: &Client,
        id: Option<u64>,
        body: &O::Body,
    ) -> Result<Self, ClientError> {
        let (path, body) = Self::parts::<O>(id, body)?;
        Ok(Self { what, curl: Some(client.curl_template(O::METHOD, &path, body)?) })
    }

    fn parts<O: Operation>(
        id: Option<u64>,
        body: &O::Body,
    ) -> Result<(String, Option<Vec<u8>>), ClientError> {
        let id = id.map_or_else(|| NEW_CA.to_owned(), |id| id.to_string());
        let path = O::PATH.replace("{intermediateCaId}", &id);
        Ok((path, O::encode_body(body).map_err(ClientError::Encode)?))
    }
}
