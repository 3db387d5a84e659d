#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`start()`] with [`Options`].

mod algorithms;
mod authority;
mod call;
mod certificate_request;
mod clock;
mod console;
mod control;
mod device_credentials;
mod device_id;
mod fault_answers;
mod faults;
mod front_door;
mod generation;
mod handlers;
mod intermediate_ca;
mod kept_file;
mod key_usages;
mod membership;
mod object_content;
mod openapi;
mod options;
mod products;
mod recipient;
mod refusal;
mod request_body;
mod routes;
mod running;
#[cfg(test)]
mod scenario_tests;
mod secure_object;
mod server;
mod service;
mod store;
#[cfg(test)]
mod testbed;
mod tls;
mod usage_policy;

pub use clock::Clock;
pub use console::Answered;
pub use faults::{FaultScriptError, Faults};
pub use options::{KeySource, Observer, Options};
pub use refusal::{error_codes, error_meanings};
pub use running::{Running, SandboxError, start};
