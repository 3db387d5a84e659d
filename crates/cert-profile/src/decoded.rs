//! Borrowed, tolerant views of the inputs.
//!
//! A checker has to say what is wrong with a certificate that a strict decoder refuses, and has to check a root that
//! carries an encoding fault with a warning. So headers are read with BER tolerance (`asn1-rs`), nothing is copied,
//! and [`strict`] then compares every element with its one DER encoding.

pub(crate) mod certificate;
pub(crate) mod element;
pub(crate) mod extensions;
pub(crate) mod names;
pub(crate) mod request;
pub(crate) mod strict;
pub(crate) mod times;
