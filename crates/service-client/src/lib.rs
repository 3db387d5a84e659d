#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`Client::call`] sends an operation, [`Client::pages`] reads a list. What is sent and where is decided by
//! [`Settings`]; when it is repeated by [`RetryPolicy`]; what went wrong is a [`ClientError`].

mod base_url;
#[cfg(test)]
mod behaviour_tests;
mod client;
mod concealment;
mod error;
mod gate;
mod grant;
mod observer;
mod pages;
mod prepared;
mod retry;
mod settings;
mod tls;
mod token;
mod transport;

pub use base_url::{BaseUrl, BaseUrlError, OfficialService};
pub use client::{Client, FurtherFields, RawReply};
pub use el2g_key_payload::SecretBytes;
pub use error::{Answered, ClientError, ConnectionPhase, answer_meaning, is_refusal};
pub use gate::{BrokenRule, GateReport, RequestGate};
pub use grant::{
    ClientAuthentication, ClientCredentials, ClientSecret, CredentialsError, GrantError, TokenUrl,
};
pub use observer::{Event, Observer};
pub use pages::Pages;
pub use prepared::{CurlBody, Request};
pub use retry::RetryPolicy;
pub use settings::{AuthHeader, Limits, Settings, SettingsError};
pub use token::{Token, TokenError, TokenSource};
