//! Borrowed, tolerant views of the inputs.
//!
//! A checker has to say what is wrong with a certificate that a strict decoder refuses, and has to check a root that
//! carries an encoding fault with a warning. So headers are read with BER tolerance (`asn1-rs`), nothing is copied,
//! and [`strict`] then compares every element with its one DER encoding.

#![expect(
    missing_docs,
    reason = "fields have the names of RFC 5280 section 4.1 and RFC 2986 section 4"
)]

pub mod certificate;
mod counter;
pub mod element;
pub mod extensions;
pub mod kept;
pub mod names;
pub mod request;
#[cfg(test)]
mod second_opinion_tests;
pub mod strict;
pub mod times;

#[cfg(debug_assertions)]
pub use counter::decodings;
