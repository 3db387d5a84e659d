//! What each operation does: plain functions over the [`Service`](crate::service::Service), one
//! file per group of operations, tested without HTTP.

pub mod activity;
pub mod assignments;
pub mod batches;
pub mod claim_code_sets;
pub mod claim_codes;
pub mod claiming;
pub mod device_groups;
pub mod devices;
pub mod intermediate_cas;
pub mod jobs;
pub mod keysets;
pub mod offline_provisionings;
pub mod products;
pub mod provisionings;
pub mod secure_objects;
pub mod settings;
