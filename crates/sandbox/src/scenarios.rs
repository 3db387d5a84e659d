//! What users do with the service, operation by operation.

mod claims;
mod factory;
mod groups;
mod objects;
mod pages;
mod signing;
