//! What each operation does: plain functions over the [`Service`](crate::service::Service), one
//! file per group of operations, tested without HTTP.

pub(crate) mod activity;
pub(crate) mod assignments;
pub(crate) mod batches;
pub(crate) mod claim_code_sets;
pub(crate) mod claim_codes;
pub(crate) mod claiming;
pub(crate) mod device_groups;
pub(crate) mod devices;
pub(crate) mod intermediate_cas;
pub(crate) mod jobs;
pub(crate) mod keysets;
pub(crate) mod offline_provisionings;
pub(crate) mod products;
pub(crate) mod provisionings;
pub(crate) mod secure_objects;
pub(crate) mod settings;
