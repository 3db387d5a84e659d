//! Acceptance tests live in `acceptance.rs`.
