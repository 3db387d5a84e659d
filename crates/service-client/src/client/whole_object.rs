//! Objects that are replaced whole: what a newer service has and this program does not know must survive.

use std::fmt;

use el2g_service_api::look_up::LookUp;
use el2g_service_api::{NoQuery, Operation, known_only};
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Client, Outcome};
use crate::ClientError;
use crate::prepared::Prepared;

/// Fields of a JSON object that a type does not have.
#[derive(Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct FurtherFields(Map<String, Value>);

/// Names only: what is not known may be anything.
impl fmt::Debug for FurtherFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Client {
    /// Reads an object; with it the fields that its type does not know.
    ///
    /// # Errors
    /// As for [`call`](Self::call).
    pub async fn call_whole<O: Operation<Body = ()>>(
        &self,
        path: &O::Path,
        query: &O::Query,
    ) -> Result<(O::Reply, FurtherFields), ClientError> {
        let request = Prepared::of::<O>(&self.settings.base_url, path, query, &())?;
        match self.repeat(&request, || None::<LookUp<O::Reply>>).await? {
            Outcome::Replied(reply) => {
                let known = self.decode::<O>(&request, &reply)?;
                let encoded =
                    known_only(|| O::encode_reply(&known)).map_err(ClientError::Encode)?;
                Ok((known, unknown_fields(&reply.body, &encoded)))
            }
            Outcome::Found(known) => Ok((known, FurtherFields::default())),
            Outcome::AlreadyGone => {
                let gone = O::decode_reply(b"").map_err(ClientError::Encode)?;
                Ok((gone, FurtherFields::default()))
            }
        }
    }

    /// Calls an operation that replaces an object, with further fields beside those that the body's type has.
    ///
    /// # Errors
    /// As for [`call`](Self::call).
    pub async fn call_with<O: Operation<Query = NoQuery>>(
        &self,
        path: &O::Path,
        body: &O::Body,
        further: FurtherFields,
    ) -> Result<O::Reply, ClientError> {
        let mut request = Prepared::of::<O>(&self.settings.base_url, path, &NoQuery {}, body)?;
        request.body = request.body.map(|known| with_fields(known, further));
        self.call_prepared::<O>(request, path, body).await
    }
}

/// The fields of `reply` that are not in `known`, which is the same object as its type writes it.
fn unknown_fields(reply: &[u8], known: &[u8]) -> FurtherFields {
    let object = |bytes| serde_json::from_slice::<Map<_, _>>(bytes).unwrap_or_default();
    let known: Map<String, Value> = object(known);
    let unknown = object(reply).into_iter().filter(|(name, _)| !known.contains_key(name));
    FurtherFields(unknown.collect())
}

fn with_fields(body: Zeroizing<Vec<u8>>, further: FurtherFields) -> Zeroizing<Vec<u8>> {
    let Ok(mut object) = serde_json::from_slice::<Map<String, Value>>(&body) else { return body };
    for (name, value) in further.0 {
        object.entry(name).or_insert(value);
    }
    Zeroizing::new(Value::Object(object).to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_type_does_not_know_is_kept_and_what_it_knows_is_its_own() {
        let reply = json!({"id": 4, "name": "old", "note": "kept", "tags": [1]});
        let known = json!({"id": 4, "name": "old"});
        let bytes = |value: &Value| value.to_string().into_bytes();
        let unknown = unknown_fields(&bytes(&reply), &bytes(&known));
        let body = Zeroizing::new(bytes(&json!({"name": "new"})));
        let sent: Value = serde_json::from_slice(&with_fields(body, unknown)).expect("JSON");
        assert_eq!(sent, json!({"name": "new", "note": "kept", "tags": [1]}));
        assert_eq!(unknown_fields(b"[]", b"{}"), FurtherFields::default());
    }

    #[test]
    fn debug_shows_names_only() {
        let fields = unknown_fields(br#"{"a": "s3cret"}"#, b"{}");
        assert_eq!(format!("{fields:?}"), r#"{"a"}"#);
    }
}
