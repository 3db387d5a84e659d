//! What users do with the service, operation by operation.

mod authorities;
mod batches;
mod claims;
mod factory;
mod groups;
mod hardware_families;
mod keysets;
mod objects;
mod pages;
mod signing;
mod steps;
