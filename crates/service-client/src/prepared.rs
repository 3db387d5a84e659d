//! Requests ready to be sent, or to be printed as cURL.

mod curl_line;

use el2g_service_api::{
    Called, DecodeError, Method, Operation, PathParameters as _, Repeat, ReplyKind, SecretText,
    secrets_in,
};
use el2g_text::Shell;
use url::Url;
use zeroize::Zeroizing;

use crate::{BaseUrl, ClientError, Event, GateReport, Settings};

/// A request as it goes out, without the token.
pub(crate) struct Prepared {
    /// The command that does it, or method and path, for messages.
    pub(crate) operation: String,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) accept: &'static str,
    pub(crate) body: Option<Zeroizing<Vec<u8>>>,
    /// What of the body is secret.
    secrets: Vec<SecretText>,
    pub(crate) repeat: Repeat,
}

impl Prepared {
    /// The request of an operation.
    pub(crate) fn of<O: Operation>(
        base: &BaseUrl,
        path: &O::Path,
        query: &O::Query,
        body: &O::Body,
    ) -> Result<Self, ClientError> {
        let (body, secrets) = secrets_in(|| O::encode_body(body));
        let body = body.map_err(ClientError::Encode)?.map(Zeroizing::new);
        let query = query_pairs::<O>(query)?;
        let of_version = base.of_version(O::API).ok_or_else(|| ClientError::NoVersion {
            operation: O::COMMAND.join(" "),
            version: O::API.segment(),
            base_url: base.to_string(),
        })?;
        let url = with_query(&of_version, &path.fill(O::PATH)?, &query)?;
        let accept = match O::REPLY {
            ReplyKind::Json => "application/json",
            ReplyKind::Empty | ReplyKind::Pem | ReplyKind::Text | ReplyKind::Csv => "*/*",
        };
        Ok(Prepared {
            operation: O::COMMAND.join(" "),
            method: O::METHOD,
            url,
            accept,
            body,
            secrets,
            repeat: O::REPEAT,
        })
    }

    /// A GET below the base.
    pub(crate) fn get(
        base: &BaseUrl,
        operation: &str,
        path: &str,
        query: &[(String, String)],
    ) -> Result<Self, ClientError> {
        let url = with_query(base, path, query)?;
        let operation = operation.to_owned();
        Ok(Prepared {
            operation,
            method: Method::Get,
            url,
            accept: "application/json",
            body: None,
            secrets: Vec::new(),
            repeat: Repeat::Freely,
        })
    }

    /// A call of anything below the base, or below another version of the API at its place. A POST is never repeated: nothing is known of it.
    pub(crate) fn free(
        base: &BaseUrl,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Self, ClientError> {
        let outside = || ClientError::OutsideBase { path: path.to_owned() };
        let url = base.join_typed(path).ok_or_else(outside)?;
        let operation = format!("{} {}", method.as_str(), url.path());
        let repeat = if method == Method::Post { Repeat::Never } else { Repeat::Freely };
        Ok(Prepared {
            operation,
            method,
            url,
            accept: "*/*",
            secrets: body.as_deref().map(secrets_by_name).unwrap_or_default(),
            body: body.map(Zeroizing::new),
            repeat,
        })
    }

    /// The operation that this calls.
    pub(crate) fn called(&self, base: &BaseUrl) -> Option<Called> {
        let (api, path) = base.version_and_path(&self.url);
        el2g_service_api::called(api?, self.method, path)
    }

    /// What of the body must not be shown of whatever comes back.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(SecretText::expose)
    }

    /// The same request, if the gate lets it pass.
    pub(crate) fn through_gate(self, settings: &Settings) -> Result<Self, ClientError> {
        let Some(gate) = &settings.gate else { return Ok(self) };
        let called = self.called(&settings.base_url);
        let body = self.body.as_ref().map(|body| body.as_slice());
        let GateReport { broken, warnings } = gate.check(called.as_ref(), self.method, body);
        if let Some(observer) = &settings.observer {
            warnings.iter().for_each(|text| observer.event(&Event::GateWarning { text }));
        }
        match broken.is_empty() {
            true => Ok(self),
            false => {
                let known = called.map(|called| called.endpoint.command.join(" "));
                Err(ClientError::Checked { operation: known.unwrap_or(self.operation), broken })
            }
        }
    }

    /// The request as a cURL command that works where the token is as [`Settings::token_source`] says.
    pub(crate) fn curl(&self, settings: &Settings, body: &CurlBody<'_>) -> String {
        curl_line::of(self, settings, body, Shell::HERE)
    }
}

/// Where the cURL of a dry run takes the body from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurlBody<'a> {
    /// From the command line itself.
    Inline,
    /// From a file, because it holds a secret.
    File(&'a str),
}

/// A request of an operation that can be printed instead of sent.
pub struct Request<O: Operation> {
    prepared: Prepared,
    operation: std::marker::PhantomData<fn() -> O>,
}

impl<O: Operation> Request<O> {
    /// Builds the request. Nothing is sent.
    pub fn new(
        settings: &Settings,
        path: &O::Path,
        query: &O::Query,
        body: &O::Body,
    ) -> Result<Self, ClientError> {
        let prepared = Prepared::of::<O>(&settings.base_url, path, query, body)?;
        let prepared = prepared.through_gate(settings)?;
        Ok(Request { prepared, operation: std::marker::PhantomData })
    }

    /// The request as a cURL command that works where the token is as [`Settings::token_source`] says.
    pub fn curl(&self, settings: &Settings, body: &CurlBody<'_>) -> String {
        self.prepared.curl(settings, body)
    }

    /// The body, for a file when it holds a secret.
    pub fn body(&self) -> Option<&[u8]> {
        self.prepared.body.as_ref().map(|body| body.as_slice())
    }
}

/// The query of an operation as names and values; what is `null` or absent is left out, and a list is one parameter for
/// each of its items.
fn query_pairs<O: Operation>(query: &O::Query) -> Result<Vec<(String, String)>, ClientError> {
    let encode = |error| ClientError::Encode(DecodeError::json(O::NAME, &error));
    let serde_json::Value::Object(fields) = serde_json::to_value(query).map_err(encode)? else {
        return Ok(Vec::new());
    };
    let mut pairs = Vec::new();
    for (name, value) in fields {
        let values = match value {
            serde_json::Value::Array(values) => values,
            one => vec![one],
        };
        pairs.extend(values.into_iter().filter_map(|value| match value {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some((name.clone(), text)),
            other => Some((name.clone(), other.to_string())),
        }));
    }
    Ok(pairs)
}

fn with_query(base: &BaseUrl, path: &str, query: &[(String, String)]) -> Result<Url, ClientError> {
    let mut url =
        base.join(path).ok_or_else(|| ClientError::OutsideBase { path: path.to_owned() })?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

/// What the fields of a body written by hand hold that are named like secrets.
fn secrets_by_name(body: &[u8]) -> Vec<SecretText> {
    const WORDS: [&str; 5] = ["secret", "token", "password", "passphrase", "apikey"];
    let mut found = Vec::new();
    let mut open = vec![(false, serde_json::from_slice(body).unwrap_or(serde_json::Value::Null))];
    while let Some((is_secret, value)) = open.pop() {
        match value {
            serde_json::Value::String(text) if is_secret => found.push(SecretText::new(text)),
            serde_json::Value::Array(items) => {
                open.extend(items.into_iter().map(|item| (is_secret, item)));
            }
            serde_json::Value::Object(fields) => {
                open.extend(fields.into_iter().map(|(key, value)| {
                    let key = key.to_ascii_lowercase();
                    (is_secret || WORDS.iter().any(|word| key.contains(word)), value)
                }))
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use el2g_service_api::device_groups::{
        CreateDeviceGroup, DeviceGroupName, DeviceGroupQuery, ListDeviceGroups, ProductPath,
    };
    use el2g_service_api::owner_domains::{OwnerDomain, OwnerDomains};
    use el2g_service_api::products::{DevicePath, HardwareFamily};
    use el2g_service_api::provisionings::{DeviceProvisioningQuery, ListDeviceProvisionings};
    use el2g_service_api::{DeviceId, NoQuery};

    use super::*;
    use crate::{AuthHeader, BaseUrl};

    fn settings(auth_header: AuthHeader) -> Settings {
        let base = BaseUrl::parse("https://api.foundries.io/ota/factories/it's/el2g-proxy")
            .expect("a base URL");
        Settings::new(base, auth_header, None)
    }

    #[test]
    fn curl_is_quoted_for_a_shell_and_has_a_variable_for_the_token() {
        let settings = settings(AuthHeader::OsfToken);
        let path = ProductPath { nc12: "935389312472".to_owned() };
        let body = DeviceGroupName::new("it's \"$HOME\"".to_owned());
        let request = Request::<CreateDeviceGroup>::new(&settings, &path, &NoQuery {}, &body)
            .expect("a request");
        assert_eq!(
            request.curl(&settings, &CurlBody::Inline),
            r#"curl -X POST 'https://api.foundries.io/ota/factories/it'\''s/el2g-proxy/products/935389312472/device-groups' --fail-with-body -H 'accept: application/json' -H "OSF-TOKEN: $EL2G_TOKEN" -H 'Content-Type: application/json' --data-raw '{"deviceGroupName":"it'\''s \"$HOME\""}'"#
        );
        let with_file = request.curl(&settings, &CurlBody::File("body.json"));
        assert!(with_file.ends_with("--data-binary '@body.json'"), "{with_file}");
    }

    #[test]
    fn queries_and_path_parameters_are_encoded() {
        let settings = settings(AuthHeader::Bearer);
        let path = ProductPath { nc12: "a/b?c".to_owned() };
        let query =
            DeviceGroupQuery { name: Some("x&page=9 ä".to_owned()), page: Some(2), size: None };
        let request =
            Request::<ListDeviceGroups>::new(&settings, &path, &query, &()).expect("a request");
        let curl = request.curl(&settings, &CurlBody::Inline);
        assert!(
            curl.contains("/products/a%2Fb%3Fc/device-groups?name=x%26page%3D9+%C3%A4&page=2'"),
            "{curl}"
        );
        assert!(curl.contains(r#"-H "Authorization: Bearer $EL2G_TOKEN""#), "{curl}");
    }

    #[test]
    fn a_list_in_a_query_is_one_parameter_for_each_item() {
        let settings = settings(AuthHeader::El2gApiKey);
        let path = DevicePath { device_id: DeviceId::as_received("77") };
        let query = DeviceProvisioningQuery {
            hardware_family_type: Some(HardwareFamily::Rw6),
            owner_domain_types: Some(OwnerDomains(vec![OwnerDomain::Rtp, OwnerDomain::Matter])),
            ..Default::default()
        };
        let request = Request::<ListDeviceProvisionings>::new(&settings, &path, &query, &())
            .expect("a request");
        let curl = request.curl(&settings, &CurlBody::Inline);
        let expected = "/rtp/devices/77/secure-object-provisionings?hardware-family-type=RW6&\
                        owner-domain-types=RTP&owner-domain-types=MATTER'";
        assert!(curl.contains(expected), "{curl}");
    }

    #[test]
    fn curl_neither_expands_patterns_nor_sends_loopback_calls_to_a_proxy() {
        let base = BaseUrl::parse("http://[::1]:8075/api/v1").expect("a base URL");
        let settings = Settings::new(base, AuthHeader::El2gApiKey, None);
        let free = Prepared::free(&settings.base_url, Method::Get, "/x?y={a,b}", None)
            .expect("below the base");
        assert_eq!(
            free.curl(&settings, &CurlBody::Inline),
            r#"curl -X GET 'http://[::1]:8075/api/v1/x?y={a,b}' --fail-with-body --globoff --noproxy '*' -H 'accept: */*' -H "EL2G-API-Key: $EL2G_TOKEN""#
        );
    }

    #[test]
    fn a_path_parameter_that_would_change_the_path_is_refused() {
        let settings = settings(AuthHeader::OsfToken);
        for nc12 in ["..", ".", ""] {
            let path = ProductPath { nc12: nc12.to_owned() };
            let query = DeviceGroupQuery::default();
            let refused = Request::<ListDeviceGroups>::new(&settings, &path, &query, &());
            assert!(matches!(refused.err(), Some(ClientError::Path(_))), "{nc12:?}");
        }
    }
}
