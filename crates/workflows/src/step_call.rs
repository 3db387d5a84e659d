//! The request of a step: printed by a dry run, sent by the run.

use el2g_service_api::look_up::Verdict;
use el2g_service_api::{Operation, PagedOperation};
use el2g_service_client::{Client, ClientError, CurlBody, Request};

use crate::Failure;

/// Path, query and body of a request.
pub(crate) type Parts<O> =
    (<O as Operation>::Path, <O as Operation>::Query, <O as Operation>::Body);

/// A request, as far as it is known.
pub(crate) struct Call<'a, O: Operation> {
    client: &'a Client,
    parts: Box<dyn Fn() -> Result<Option<Parts<O>>, Failure> + 'a>,
    stand_in: Option<StandIn<O::Body>>,
}

/// The body of a request that needs what earlier steps make.
pub(crate) enum StandIn<B> {
    /// The body itself: only the path is not known yet.
    Body(B),
    /// Words in place of what is not known: there is nothing to check yet.
    Words(B),
    /// The same, where a field that is not text gets the word.
    Field(B, &'static str, String),
    /// No body, and this query: only the path is not known yet.
    Query(String),
}

/// A request that a dry run can print.
pub(crate) trait Printed {
    /// The request as a cURL line.
    fn curl(&self) -> Result<String, Failure>;
}

impl<'a, O: Operation> Call<'a, O> {
    /// A request all of which is known.
    pub(crate) fn new(client: &'a Client, parts: impl Fn() -> Parts<O> + 'a) -> Self {
        Self::trying(client, move || Ok(parts()))
    }

    /// A request that is read from somewhere.
    pub(crate) fn trying(
        client: &'a Client,
        parts: impl Fn() -> Result<Parts<O>, Failure> + 'a,
    ) -> Self {
        Self { client, parts: Box::new(move || parts().map(Some)), stand_in: None }
    }

    /// A request that needs what earlier steps make. Until then a dry run prints `stand_in`, and in the path the names of
    /// its parameters in capitals.
    pub(crate) fn later(
        client: &'a Client,
        stand_in: StandIn<O::Body>,
        parts: impl Fn() -> Option<Parts<O>> + 'a,
    ) -> Self {
        Self { client, parts: Box::new(move || Ok(parts())), stand_in: Some(stand_in) }
    }

    /// The client that sends it.
    pub(crate) fn client(&self) -> &'a Client {
        self.client
    }

    /// The request, once the steps before have made what it needs.
    pub(crate) fn ready(&self) -> Result<Parts<O>, Failure> {
        Ok((self.parts)()?.expect("a step is taken after those that it names"))
    }

    /// Sends it.
    pub(crate) async fn send(&self) -> Result<O::Reply, Failure> {
        Ok(self.send_ready(self.ready()?).await?)
    }

    pub(crate) async fn send_ready(
        &self,
        (path, query, body): Parts<O>,
    ) -> Result<O::Reply, ClientError> {
        self.client.call::<O>(&path, &query, &body).await
    }

    /// Whether an earlier run did it that never heard the answer.
    pub(crate) async fn happened(&self) -> Result<Verdict<O::Reply>, Failure> {
        let (path, _, body) = self.ready()?;
        Ok(self.client.happened::<O>(&path, &body).await?)
    }
}

impl<O: PagedOperation> Call<'_, O> {
    /// All items of the list.
    pub(crate) async fn all(&self) -> Result<Vec<O::Item>, Failure> {
        let (path, query, _) = self.ready()?;
        Ok(self.client.pages::<O>(path, query).collect().await?)
    }
}

impl<O: Operation> Printed for Call<'_, O> {
    fn curl(&self) -> Result<String, Failure> {
        let settings = self.client.settings();
        if let Some((path, query, body)) = (self.parts)()? {
            let request = Request::<O>::new(settings, &path, &query, &body)?;
            return Ok(request.curl(settings, &CurlBody::Inline));
        }
        let path = stand_in(O::PATH);
        let encode = |body| O::encode_body(body).map_err(ClientError::Encode);
        Ok(match &self.stand_in {
            Some(StandIn::Body(body)) => {
                self.client.curl_raw(O::METHOD, &path, encode(body)?, &CurlBody::Inline)?
            }
            Some(StandIn::Words(body)) => {
                self.client.curl_template(O::METHOD, &path, encode(body)?)?
            }
            Some(StandIn::Query(query)) => {
                self.client.curl_template(O::METHOD, &format!("{path}?{query}"), None)?
            }
            Some(StandIn::Field(body, field, word)) => {
                let body = encode(body)?.map(|body| with_word(&body, field, word));
                self.client.curl_template(O::METHOD, &path, body)?
            }
            None => self.client.curl_template(O::METHOD, &path, None)?,
        })
    }
}

/// A body whose field is a word.
fn with_word(body: &[u8], field: &str, word: &str) -> Vec<u8> {
    match serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(body) {
        Ok(mut fields) => {
            fields.insert(field.to_owned(), word.into());
            serde_json::Value::Object(fields).to_string().into_bytes()
        }
        Err(_) => body.to_vec(),
    }
}

/// A path in which `{intermediateCaId}` is `INTERMEDIATE_CA_ID`.
fn stand_in(path: &str) -> String {
    let mut words = String::new();
    let mut within = false;
    for letter in path.chars() {
        match letter {
            '{' | '}' => within = letter == '{',
            _ if within && letter.is_ascii_uppercase() => words.extend(['_', letter]),
            _ if within => words.push(letter.to_ascii_uppercase()),
            _ => words.push(letter),
        }
    }
    words
}
