//! The operations of the EdgeLock 2GO REST API, declared once (AN12642 section 4), and those that NXP's newer clients
//! call besides.
//!
//! An operation is a type that implements [`Operation`]: its method, path, parameters, body and reply.
//! The client sends it with one generic call, the sandbox routes it, the command line names it, and
//! [`CATALOGUE`] and [`NEWER`] list them all. Types decode requests as well as replies, so both ends use the same
//! ones. Nothing in here does I/O.
//!
//! Three habits of the types:
//! - a field that the service may leave out or answer as `null` is a [`Nullable`], which keeps the two
//!   apart, so that an answer encodes again to what was printed;
//! - an enumeration has an `Other` variant, so that a value newer than this program survives;
//! - fields of an answer that are not known here are kept in [`UnknownFields`], those of a request are passed over.

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
pub use wire::metadata::{ResourceMetadata, Timestamp};
pub use wire::nullable::Nullable;
pub use wire::open_enum::{OpenEnum, UnknownValue};
pub use wire::page::Page;
pub use wire::secret::{SecretText, secrets_in};
pub use wire::sorting::SortDirection;
pub use wire::unknown_fields::{UnknownFields, concealing, known_only};
