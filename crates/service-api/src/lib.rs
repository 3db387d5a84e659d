#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`Operation`] is what every operation implements; [`CATALOGUE`] and [`NEWER`] list them all;
//! [`openapi`] describes them, and [`contract`] compares a foreign description with them.

#[macro_use]
mod wire;
#[macro_use]
mod operation;
#[macro_use]
mod path;

pub mod activity;
pub mod assignments;
pub mod batches;
pub mod body_check;
mod catalogue;
pub mod checksum;
pub mod claim_codes;
pub mod contract;
pub mod device_groups;
pub mod device_id;
mod device_uid;
pub mod devices;
mod error_body;
pub mod intermediate_cas;
pub mod jobs;
mod key_size;
mod key_strength;
pub mod keysets;
pub mod look_up;
pub mod new_certificate;
pub mod new_secure_object;
mod object_id;
pub mod object_id_ranges;
pub mod offline_provisionings;
pub mod openapi;
pub mod owner_domains;
mod parameters;
pub mod policies;
pub mod policy_rules;
pub mod products;
pub mod provisionings;
pub mod secure_objects;
pub mod settings;

pub use catalogue::{CATALOGUE, Called, Endpoint, NEWER, called};
pub use device_id::DeviceId;
pub use device_uid::{DeviceUid, DeviceUidError, UID_BYTES, UidRadix};
pub use error_body::{ErrorBody, FieldError, status_meaning};
pub use key_size::KeySize;
pub use object_id::ObjectId;
pub use operation::{
    ApiVersion, DecodeError, EncodedBody, Method, NoBody, NoQuery, Operation, PageQuery,
    PagedOperation, Repeat, ReplyKind,
};
pub use parameters::{ParameterError, QueryParameters};
pub use path::{NoPath, PathError, PathParameters};
pub use wire::json::{Json, NotJson, Number};
pub use wire::metadata::{ResourceMetadata, Timestamp};
pub use wire::nullable::Nullable;
pub use wire::open_enum::{OpenEnum, UnknownValue};
pub use wire::page::Page;
pub use wire::secret::{SecretText, secrets_in};
pub use wire::sorting::SortDirection;
pub use wire::unknown_fields::{UnknownFields, concealing, known_only};
