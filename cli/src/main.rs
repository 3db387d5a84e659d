//! The `el2g` program.
fn main() {}
