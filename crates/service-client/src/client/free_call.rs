//! Calls of anything below the base URL.

use el2g_service_api::look_up::LookUp;
use el2g_service_api::{Called, Method};

use super::{Client, Outcome};
use crate::ClientError;
use crate::prepared::Prepared;

/// The reply of a free call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawReply {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// The operation that a free call is, if it is a known one.
    ///
    /// # Errors
    /// [`ClientError::OutsideBase`] when the path would leave the base.
    pub fn called(&self, method: Method, path: &str) -> Result<Option<Called>, ClientError> {
        let request = Prepared::free(&self.settings.base_url, method, path, None)?;
        Ok(request.called(&self.settings.base_url))
    }

    /// Calls anything below the base URL. `path` begins with a slash and may have a query; `/api/v2/…` is that version
    /// of the API where the base URL ends in `/api/v1`.
    ///
    /// # Errors
    /// [`ClientError::OutsideBase`] when the path would leave the base; otherwise as for [`call`](Self::call).
    pub async fn call_raw(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<RawReply, ClientError> {
        let request = Prepared::free(&self.settings.base_url, method, path, body)?;
        let request = request.through_gate(&self.settings)?;
        match self.repeat(&request, || None::<LookUp<()>>).await? {
            Outcome::Replied(reply) => Ok(RawReply { status: reply.status, body: reply.body }),
            Outcome::Found(()) | Outcome::AlreadyGone => {
                Ok(RawReply { status: 204, body: Vec::new() })
            }
        }
    }

    /// The cURL of a free call, with its body from where `source` says.
    ///
    /// # Errors
    /// [`ClientError::OutsideBase`] when the path would leave the base.
    pub fn curl_raw(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        source: &crate::CurlBody<'_>,
    ) -> Result<String, ClientError> {
        let request = Prepared::free(&self.settings.base_url, method, path, body)?;
        Ok(request.through_gate(&self.settings)?.curl(&self.settings, source))
    }

    /// The cURL of a request in whose place words stand for what is not known yet (the id of something that an
    /// earlier step creates): no request, so the gate is not asked.
    ///
    /// # Errors
    /// [`ClientError::OutsideBase`] when the path would leave the base.
    pub fn curl_template(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<String, ClientError> {
        let request = Prepared::free(&self.settings.base_url, method, path, body)?;
        Ok(request.curl(&self.settings, &crate::CurlBody::Inline))
    }
}
