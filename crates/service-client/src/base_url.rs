//! The address of the service, and which addresses may get the token.

use std::fmt;

use el2g_service_api::ApiVersion;
use url::{Host, Url};

/// A service that NXP or Foundries.io run, with its official host (section 2; docs/an12642-errata.md row 21).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfficialService {
    /// The Foundries.io proxy.
    Foundries,
    /// EdgeLock 2GO itself.
    Nxp,
}

impl OfficialService {
    /// Its name, as `--service` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            OfficialService::Foundries => "foundries",
            OfficialService::Nxp => "nxp",
        }
    }

    /// The only host that may be called, unless another is allowed explicitly.
    pub const fn host(self) -> &'static str {
        match self {
            OfficialService::Foundries => "api.foundries.io",
            OfficialService::Nxp => "api.edgelock2go.com",
        }
    }
}

/// Why an address cannot be the service's, or must not get the token. What was typed is not repeated where it may hold a
/// password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// No `https://` at its beginning.
    #[error("base URL: has no scheme")]
    NoScheme,
    /// Not a URL.
    #[error("base URL: {0}")]
    NotAUrl(String),
    /// A URL of something else.
    #[error("base URL: expected http or https and a host")]
    NotHttp,
    /// `user:password@`.
    #[error("base URL: holds a user name or password; the token has its own place")]
    UserInformation,
    /// `?…` or `#…`.
    #[error("base URL: holds a query or fragment")]
    Query,
    /// `http` to another machine.
    #[error("base URL `{url}`: the token would travel in clear; use https except on loopback")]
    ClearText {
        /// The address.
        url: String,
    },
    /// Another host than the official one.
    #[error(
        "base URL `{url}`: the {} service is at https://{} and its token goes nowhere else",
        .service.name(),
        .service.host()
    )]
    OtherHost {
        /// The address.
        url: String,
        /// The service that the token is for.
        service: OfficialService,
    },
}

/// The address below which all operations are.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads a base URL. A slash at the end does not matter.
    ///
    /// # Errors
    /// [`BaseUrlError`] for anything but `http` or `https` with a host, and for user information, a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let text = text.trim();
        if !text.contains("://") {
            // `localhost:8080` is a URL with the scheme `localhost` to a parser.
            return Err(BaseUrlError::NoScheme);
        }
        let mut url = Url::parse(text).map_err(|error| BaseUrlError::NotAUrl(error.to_string()))?;
        if !["http", "https"].contains(&url.scheme()) || url.host().is_none() {
            return Err(BaseUrlError::NotHttp);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInformation);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Refuses an address that must not get the token: `http` to anything but loopback, and another host than that of the
    /// official service unless it is allowed (docs/an12642-errata.md row 21).
    ///
    /// # Errors
    /// [`BaseUrlError::ClearText`] and [`BaseUrlError::OtherHost`].
    pub fn check_destination(
        &self,
        official: Option<OfficialService>,
        allow_other_host: bool,
    ) -> Result<(), BaseUrlError> {
        if !self.is_https() && !self.is_loopback() {
            return Err(BaseUrlError::ClearText { url: self.to_string() });
        }
        let Some(service) = official.filter(|_| !allow_other_host) else { return Ok(()) };
        let is_official = self.0.host_str() == Some(service.host())
            && self.is_https()
            && self.0.port_or_known_default() == Some(443);
        if is_official {
            return Ok(());
        }
        Err(BaseUrlError::OtherHost { url: self.to_string(), service })
    }

    /// Whether it is more than an origin.
    pub fn has_path(&self) -> bool {
        self.0.path() != "/"
    }

    /// The same origin with this path, which begins with a slash.
    #[must_use]
    pub fn with_path(&self, path: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(path);
        Self(url)
    }

    /// The host.
    pub fn host(&self) -> String {
        self.0.host().map(|host| host.to_string()).unwrap_or_default()
    }

    /// Scheme, host and port: what the token is sent to.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            // Names below `localhost` are asked of a name server by some systems.
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Whether TLS is used.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The base URL of a version of the API. A base that ends in `/api/v1` says where the others are; `None` where it does
    /// not, such as behind the Foundries.io proxy.
    pub(crate) fn of_version(&self, api: ApiVersion) -> Option<Self> {
        match (api, self.before_version()) {
            (_, Some(before)) => Some(self.with_path(&format!("{before}{}", api.segment()))),
            (ApiVersion::V1, None) => Some(self.clone()),
            (ApiVersion::V2, None) => None,
        }
    }

    /// What stands before the version in the path, such as `/api/`.
    fn before_version(&self) -> Option<&str> {
        let (before, version) = self.0.path().rsplit_once('/')?;
        let is_version = before.ends_with("/api") && is_version(version);
        is_version.then(|| &self.0.path()[..=before.len()])
    }

    /// The version that a URL is of, and its path below the base of that version, without its query.
    pub(crate) fn version_and_path<'a>(&self, url: &'a Url) -> (Option<ApiVersion>, &'a str) {
        let below = |base: &Self| {
            let rest = url.path().strip_prefix(base.0.path().trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/')).then_some(rest)
        };
        let versions = ApiVersion::ALL.into_iter().rev();
        let mut found =
            versions.filter_map(|api| Some((Some(api), below(&self.of_version(api)?)?)));
        found.next().unwrap_or((None, url.path()))
    }

    /// The URL of what somebody typed: `/api/v2/…` is that version where the base URL says where versions are, any
    /// other path is below the base. `None` when it would leave the place.
    pub(crate) fn join_typed(&self, path: &str) -> Option<Url> {
        let typed = path.strip_prefix("/api/").and_then(|rest| rest.split_once('/'));
        match (typed, self.before_version()) {
            (Some((version, rest)), Some(before)) if is_version(version) => {
                self.with_path(&format!("{before}{version}")).join(&format!("/{rest}"))
            }
            _ => self.join(path),
        }
    }

    /// The URL of a path below the base, which begins with a slash. `None` when the path would leave the
    /// base, by dot segments for instance.
    pub(crate) fn join(&self, path: &str) -> Option<Url> {
        let base = self.0.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}{path}")).ok()?;
        let prefix = self.0.path().trim_end_matches('/');
        let below = url.path().strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
        (path.starts_with('/') && below && url.origin() == self.0.origin()).then_some(url)
    }
}

/// Whether a segment of a path is a version of the API: `v1`, `v2` and what may come.
fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix('v').unwrap_or_default();
    (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> BaseUrl {
        BaseUrl::parse(text).expect("a base URL")
    }

    #[test]
    fn paths_stay_below_the_base() {
        let base = base("https://api.foundries.io/ota/factories/f/el2g-proxy/");
        let joined = base.join("/products?page=0").expect("below the base");
        assert_eq!(
            joined.as_str(),
            "https://api.foundries.io/ota/factories/f/el2g-proxy/products?page=0"
        );
        for leaving in
            ["/../x", "/a/../../x", "/%2e%2e/x", "products", "", "@evil.example/", ":80/"]
        {
            assert_eq!(base.join(leaving), None, "{leaving}");
        }
        let odd = base.join("//evil.example/x").expect("below the base");
        assert_eq!(odd.host_str(), Some("api.foundries.io"));
    }

    #[test]
    fn the_other_versions_are_beside_the_one_of_the_base() {
        let nxp = base("https://api.edgelock2go.com/api/v1/");
        let second = nxp.of_version(ApiVersion::V2).expect("it is beside the first");
        assert_eq!(second.to_string(), "https://api.edgelock2go.com/api/v2");
        for (typed, reached) in [
            ("/products", "/api/v1/products"),
            ("/api/v2/rtp/jobs/7?a=b", "/api/v2/rtp/jobs/7?a=b"),
            ("/api/v1/products", "/api/v1/products"),
            ("/api/v17/x", "/api/v17/x"),
            ("/api/versions/x", "/api/v1/api/versions/x"),
            ("/api/v2", "/api/v1/api/v2"),
        ] {
            let url = nxp.join_typed(typed).expect(typed);
            assert_eq!(url.as_str(), format!("https://api.edgelock2go.com{reached}"));
        }
        for leaving in ["/api/v2/../x", "/api/v2/../../../x", "/api/v2/%2e%2e/x", "//api/v2/..//"] {
            let url = nxp.join_typed(leaving);
            assert!(url.is_none_or(|url| url.path().starts_with("/api/v1/")), "{leaving}");
        }
    }

    #[test]
    fn a_proxy_has_no_other_versions() {
        let proxy = base("https://api.foundries.io/ota/factories/f/el2g-proxy");
        assert_eq!(proxy.of_version(ApiVersion::V2), None);
        assert_eq!(proxy.of_version(ApiVersion::V1), Some(proxy.clone()));
        let url = proxy.join_typed("/api/v2/rtp/jobs/7").expect("below the base");
        assert_eq!(url.path(), "/ota/factories/f/el2g-proxy/api/v2/rtp/jobs/7");
        assert_eq!(proxy.version_and_path(&url), (Some(ApiVersion::V1), "/api/v2/rtp/jobs/7"));
    }

    #[test]
    fn a_url_is_of_the_version_whose_base_it_is_below() {
        let nxp = base("https://api.edgelock2go.com/api/v1");
        for (path, found) in [
            ("/api/v1/products", (Some(ApiVersion::V1), "/products")),
            ("/api/v2/rtp/jobs/7", (Some(ApiVersion::V2), "/rtp/jobs/7")),
            ("/api/v20/rtp", (None, "/api/v20/rtp")),
            ("/other", (None, "/other")),
        ] {
            let url = Url::parse(&format!("https://api.edgelock2go.com{path}?q=1")).expect(path);
            assert_eq!(nxp.version_and_path(&url), found);
        }
    }

    #[test]
    fn an_origin_alone_is_a_base() {
        let joined = base("http://127.0.0.1:8080").join("/products").expect("below the base");
        assert_eq!(joined.as_str(), "http://127.0.0.1:8080/products");
    }

    #[test]
    fn clear_text_only_goes_to_loopback() {
        for loopback in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost"] {
            assert!(base(loopback).is_loopback(), "{loopback}");
            assert_eq!(base(loopback).check_destination(None, false), Ok(()));
        }
        for other in [
            "http://example.com",
            "http://127.0.0.1.example.com",
            "http://10.0.0.1",
            "http://a.localhost",
        ] {
            let refused = BaseUrlError::ClearText { url: other.to_owned() };
            assert_eq!(base(other).check_destination(None, true), Err(refused));
        }
        assert_eq!(base("https://10.0.0.1").check_destination(None, false), Ok(()));
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_not_shown() {
        let error = BaseUrl::parse("https://user:hunter2@api.foundries.io/").expect_err("refused");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        let refused = |text| BaseUrl::parse(text).expect_err("refused");
        assert_eq!(refused("localhost:8075"), BaseUrlError::NoScheme);
        assert_eq!(refused("ftp://localhost"), BaseUrlError::NotHttp);
        assert_eq!(refused("https://h/?q=1"), BaseUrlError::Query);
        assert_eq!(refused("https://h/#f"), BaseUrlError::Query);
        assert!(matches!(refused("https://"), BaseUrlError::NotAUrl(_)));
    }

    #[test]
    fn only_the_official_host_unless_allowed() {
        for url in [
            "https://api.foundries.io.evil.example",
            "https://api.foundries.io:8443",
            "https://api.edgelock2go.com",
            "http://127.0.0.1",
        ] {
            let service = OfficialService::Foundries;
            let refused = BaseUrlError::OtherHost { url: url.to_owned(), service };
            assert_eq!(base(url).check_destination(Some(service), false), Err(refused));
            assert_eq!(base(url).check_destination(Some(service), true), Ok(()));
        }
        let official = base("https://api.foundries.io/ota/factories/f/el2g-proxy");
        assert_eq!(official.check_destination(Some(OfficialService::Foundries), false), Ok(()));
    }
}
