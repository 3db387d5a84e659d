//! What an operation is.

use el2g_text::parser_message;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::body_check::CheckBody;
use crate::look_up::LookUp;
use crate::{Page, PathParameters, QueryParameters, known_only};

/// An HTTP method that the API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or triggers; not safe to repeat blindly.
    Post,
    /// Changes; the same again changes nothing more.
    Put,
    /// Removes; the same again removes nothing more.
    Delete,
}

impl Method {
    /// The method's name, such as `GET`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// A version of the API: the end of the base URL that a path is below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApiVersion {
    /// `/api/v1`, or what a proxy has in its place: every operation of AN12642.
    V1,
    /// `/api/v2`.
    V2,
}

impl ApiVersion {
    /// Both, the older first.
    pub const ALL: [ApiVersion; 2] = [ApiVersion::V1, ApiVersion::V2];

    /// Its segment of a path, such as `v1`.
    pub const fn segment(self) -> &'static str {
        match self {
            ApiVersion::V1 => "v1",
            ApiVersion::V2 => "v2",
        }
    }
}

/// What the body of a successful reply is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplyKind {
    /// A JSON document.
    Json,
    /// Nothing (202, 204).
    Empty,
    /// One certificate in PEM.
    Pem,
    /// Plain text: the base64 secret of a claim code, the id of a job.
    Text,
    /// A table as CSV.
    Csv,
}

impl ReplyKind {
    /// The media type the service answers with; `None` for an empty reply.
    pub const fn media_type(self) -> Option<&'static str> {
        match self {
            ReplyKind::Json => Some("application/json"),
            ReplyKind::Empty => None,
            ReplyKind::Pem => Some("application/x-pem-file"),
            ReplyKind::Text => Some("text/plain"),
            ReplyKind::Csv => Some("text/csv"),
        }
    }
}

/// The body of an operation that has none.
pub type NoBody = ();

/// The query of an operation that has none.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct NoQuery {}

/// An encoded body, if there is one.
pub type EncodedBody = Result<Option<Vec<u8>>, DecodeError>;

/// A body that could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The body is not the JSON that the operation declares.
    #[error("{operation}: {reason}")]
    Json {
        /// The operation's name.
        operation: &'static str,
        /// What is wrong, with line and column.
        reason: String,
    },
    /// A text reply that is not UTF-8.
    #[error("{operation}: text that is not UTF-8")]
    NotText {
        /// The operation's name.
        operation: &'static str,
    },
}

impl DecodeError {
    /// The JSON that `operation` declares cannot be read or written.
    pub fn json(operation: &'static str, reason: &impl std::error::Error) -> Self {
        Self::Json { operation, reason: parser_message(&reason.to_string()) }
    }
}

/// When a call may be repeated whose reply was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// At any time: the same again changes nothing more.
    Freely,
    /// After its look-up showed that it did not happen.
    AfterLookUp,
    /// Never: nothing shows whether it happened.
    Never,
}

/// One operation of the API: everything about it that the client, the sandbox and the command line share.
pub trait Operation: 'static {
    /// The operation's name, such as `CreateDeviceGroup`.
    const NAME: &'static str;
    /// What it does, in a line, such as `Add a device group (4.1.1).`
    const SUMMARY: &'static str;
    /// The section of AN12642 that describes it, such as `4.1.1`; of an operation that the document does not have, the
    /// public program that calls it, such as `spsdk register_devices`.
    const SECTION: &'static str;
    /// The HTTP method.
    const METHOD: Method;
    /// The version of the API that it is part of.
    const API: ApiVersion;
    /// The path below the base URL of that version, with its parameters in braces, such as `/products/{12nc}/device-groups`.
    const PATH: &'static str;
    /// The command that does it, such as `["device-group", "create"]`.
    const COMMAND: &'static [&'static str];
    /// The status of success that the document states.
    const SUCCESS: u16;
    /// What the body of a successful reply is.
    const REPLY: ReplyKind;
    /// Whether the request has a body.
    const HAS_BODY: bool;
    /// The names of the query parameters.
    const QUERY: &'static [&'static str];
    /// The parameters in the path.
    type Path: PathParameters + Send + Sync;
    /// The query; fields that are `None` are left out.
    type Query: QueryParameters + Serialize + DeserializeOwned + Default + Send + Sync;
    /// The body of the request.
    type Body: Serialize + DeserializeOwned + CheckBody + Send + Sync;
    /// The body of the reply.
    type Reply: Serialize + DeserializeOwned + Send;

    /// Whether the reply is a secret, of which no error shows anything.
    const SECRET_REPLY: bool = matches!(Self::REPLY, ReplyKind::Text);

    /// When it may be repeated.
    const REPEAT: Repeat;

    /// What is lost for good, as a sentence for the question before it is sent; `None` for an operation whose effect
    /// another one undoes. Every DELETE has one.
    const DESTROYS: Option<&'static str>;

    /// How to find out whether it happened when its reply was lost. Operations that are
    /// [`Repeat::AfterLookUp`] have one; so do those that would answer an error when they are repeated
    /// although the first attempt did its work.
    fn look_up(_path: &Self::Path, _body: &Self::Body) -> Option<LookUp<Self::Reply>> {
        None
    }

    /// The reply to assume when the service answers success without a body although one is declared:
    /// newer versions answer some operations with 202. `None`: a body is needed.
    fn reply_without_body() -> Option<Self::Reply> {
        None
    }

    /// Decodes the body of a successful reply. A certificate or a text is also accepted as a JSON string.
    fn decode_reply(body: &[u8]) -> Result<Self::Reply, DecodeError> {
        let json = |error| DecodeError::json(Self::NAME, &error);
        match Self::REPLY {
            ReplyKind::Json => serde_json::from_slice(body).map_err(json),
            ReplyKind::Empty => serde_json::from_value(serde_json::Value::Null).map_err(json),
            ReplyKind::Pem | ReplyKind::Text | ReplyKind::Csv => {
                let text = std::str::from_utf8(body)
                    .map_err(|_| DecodeError::NotText { operation: Self::NAME })?;
                if text.trim_start().starts_with('"')
                    && let Ok(reply) = serde_json::from_str(text)
                {
                    return Ok(reply);
                }
                let text = serde::de::value::StrDeserializer::<serde_json::Error>::new(text);
                serde::Deserialize::deserialize(text).map_err(json)
            }
        }
    }

    /// Encodes the body of a successful reply: what the sandbox sends.
    fn encode_reply(reply: &Self::Reply) -> Result<Vec<u8>, DecodeError> {
        let json = |error| DecodeError::json(Self::NAME, &error);
        match Self::REPLY {
            ReplyKind::Json => serde_json::to_vec(reply).map_err(json),
            ReplyKind::Empty => Ok(Vec::new()),
            ReplyKind::Pem | ReplyKind::Text | ReplyKind::Csv => {
                match serde_json::to_value(reply).map_err(json)? {
                    serde_json::Value::String(text) => Ok(text.into_bytes()),
                    other => Ok(other.to_string().into_bytes()),
                }
            }
        }
    }

    /// Decodes the body of a request: what the sandbox reads. An operation without a body takes any.
    fn decode_body(body: &[u8]) -> Result<Self::Body, DecodeError> {
        let body = if Self::HAS_BODY { body } else { b"null" };
        serde_json::from_slice(body).map_err(|error| DecodeError::json(Self::NAME, &error))
    }

    /// Encodes the body of a request: what the client sends; `None` when the operation has none. What this program does
    /// not know of a thing that was read is not sent with it.
    fn encode_body(body: &Self::Body) -> EncodedBody {
        if !Self::HAS_BODY {
            return Ok(None);
        }
        let json = |error| DecodeError::json(Self::NAME, &error);
        known_only(|| serde_json::to_vec(body)).map(Some).map_err(json)
    }
}

/// A query with `page` and `size` (section 7: pages count from 0, at most 100 items each).
pub trait PageQuery {
    /// Asks for this page.
    fn set_page(&mut self, page: u32);
    /// The page asked for.
    fn page(&self) -> Option<u32>;
    /// Asks for so many items per page, at most 100.
    fn set_size(&mut self, size: u32);
    /// The items per page asked for.
    fn size(&self) -> Option<u32>;
}

/// An operation that answers one page of a list.
pub trait PagedOperation: Operation<Query: PageQuery + Clone, Reply = Page<Self::Item>> {
    /// What the list is of.
    type Item: Serialize + DeserializeOwned + Send;
}

/// Declares operations. One entry is one operation of the document.
macro_rules! operations {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident = $section:literal $method:ident $path:literal => $success:literal $kind:ident,
        $command:expr, path $params:ty, $(query $query:ty,)? $(body $body:ty,)? $(reply $reply:ty,)? $(page of $item:ty,)?
        $(look_up $look_up:path,)? $(repeat $repeat:ident,)? $(without_body $without:expr,)?
        $(destroys $destroys:literal,)? $(api $api:ident,)? $(secret_reply $secret:literal,)?
    ;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl crate::Operation for $name {
            const NAME: &'static str = stringify!($name);
            const SUMMARY: &'static str = concat!($($doc),+).trim_ascii();
            const SECTION: &'static str = $section;
            const METHOD: crate::Method = crate::Method::$method;
            const API: crate::ApiVersion = operations!(@api $($api)?);
            $(const SECRET_REPLY: bool = $secret;)?
            const PATH: &'static str = $path;
            const COMMAND: &'static [&'static str] = &$command;
            const SUCCESS: u16 = $success;
            const REPLY: crate::ReplyKind = crate::ReplyKind::$kind;
            const HAS_BODY: bool = operations!(@has_body $($body)?);
            const QUERY: &'static [&'static str] = operations!(@query_names $($query)?);
            const REPEAT: crate::Repeat = operations!(@repeat $method $(look_up $look_up)? $($repeat)?);
            const DESTROYS: Option<&'static str> = operations!(@destroys $method $($destroys)?);
            type Path = $params;
            type Query = operations!(@query $($query)?);
            type Body = operations!(@body $($body)?);
            type Reply = operations!(@reply $($reply)? $(page $item)?);
            $(fn look_up(path: &Self::Path, body: &Self::Body) -> Option<crate::look_up::LookUp<Self::Reply>> {
                $look_up(path, body).ok()
            })?
            $(fn reply_without_body() -> Option<Self::Reply> { Some($without) })?
        }

        $(impl crate::PagedOperation for $name { type Item = $item; })?
    )+};
    (@repeat Post look_up $look_up:path) => { crate::Repeat::AfterLookUp };
    (@repeat Post $repeat:ident) => { crate::Repeat::$repeat };
    (@repeat Get) => { crate::Repeat::Freely };
    (@repeat Put $(look_up $look_up:path)?) => { crate::Repeat::Freely };
    (@repeat Delete) => { crate::Repeat::Freely };
    // A DELETE that does not say what it destroys does not compile.
    (@destroys $method:ident $destroys:literal) => { Some($destroys) };
    (@destroys Get) => { None };
    (@destroys Put) => { None };
    (@destroys Post) => { None };
    (@api) => { crate::ApiVersion::V1 };
    (@api $api:ident) => { crate::ApiVersion::$api };
    (@has_body) => { false };
    (@has_body $body:ty) => { true };
    (@query_names) => { &[] };
    (@query_names $query:ty) => { <$query>::NAMES };
    (@query) => { crate::NoQuery };
    (@query $query:ty) => { $query };
    (@body) => { crate::NoBody };
    (@body $body:ty) => { $body };
    (@reply) => { () };
    (@reply page $item:ty) => { crate::Page<$item> };
    (@reply $reply:ty) => { $reply };
}

/// Declares a query. `paged` adds `page` and `size`; `sorted by` also `sortBy`, with the
/// fields that it may name, and `sortByDirection`.
macro_rules! query {
    (@paging $name:ident) => {
        impl crate::PageQuery for $name {
            fn set_page(&mut self, page: u32) { self.page = Some(page); }
            fn page(&self) -> Option<u32> { self.page }
            fn set_size(&mut self, size: u32) { self.size = Some(size); }
            fn size(&self) -> Option<u32> { self.size }
        }
    };
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* $field:ident : $type:ty = $wire:literal,)* } paged sorted by [$($by:literal),+ $(,)?]) => {
        query! {
            $(#[$meta])* pub struct $name {
                $($(#[$fmeta])* $field: $type = $wire,)*
                /// The page, counted from 0.
                #[schemars(extend("default" = 0))]
                page: u32 = "page",
                /// Items per page, at most 100.
                #[schemars(range(min = 1, max = 100), extend("default" = 20))]
                size: u32 = "size",
                /// The field to sort by.
                #[schemars(extend("enum" = [$($by),+]))]
                sort_by: String = "sortBy",
                /// The order; `sort-by-direction` is read too (docs/an12642-errata.md row 31).
                #[serde(alias = "sort-by-direction")]
                sort_by_direction: crate::SortDirection = "sortByDirection",
            }
        }
        query! { @paging $name }
    };
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* $field:ident : $type:ty = $wire:literal,)* } paged) => {
        query! {
            $(#[$meta])* pub struct $name {
                $($(#[$fmeta])* $field: $type = $wire,)*
                /// The page, counted from 0.
                #[schemars(extend("default" = 0))]
                page: u32 = "page",
                /// Items per page, at most 100.
                #[schemars(range(min = 1, max = 100), extend("default" = 20))]
                size: u32 = "size",
            }
        }
        query! { @paging $name }
    };
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* $field:ident : $type:ty = $wire:literal,)* }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, PartialEq, Default,
            ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema,
        )]
        pub struct $name {
            $($(#[$fmeta])* #[serde(rename = $wire, default, skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,)*
        }
        impl crate::QueryParameters for $name {
            fn from_values(
                _look: &dyn Fn(&str) -> Option<String>,
            ) -> Result<Self, crate::ParameterError> {
                Ok(Self { $($field: crate::parameters::parameter($wire, _look)?,)* })
            }
        }
        impl $name {
            /// The names of the parameters as sent.
            pub const NAMES: &'static [&'static str] = &[$($wire),*];
        }
    };
}
