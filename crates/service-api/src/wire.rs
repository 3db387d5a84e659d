//! How values are written on the wire: nulls, open enumerations, pages, times.

#[macro_use]
pub(crate) mod open_enum;
#[macro_use]
mod record;
pub(crate) mod json;
pub(crate) mod metadata;
pub(crate) mod nullable;
pub(crate) mod page;
pub(crate) mod schema;
pub(crate) mod secret;
pub(crate) mod shallow_value;
pub(crate) mod sorting;
pub(crate) mod unknown_fields;
