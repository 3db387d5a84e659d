//! What users do with the service, operation by operation.

mod authorities;
mod batches;
mod claims;
mod credentials;
mod factory;
mod groups;
mod hardware_families;
mod keysets;
mod lags;
mod objects;
mod pages;
mod signing;
mod steps;
