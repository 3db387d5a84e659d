//! Reports in the forms people and programs read. JSON is the [`Report`](crate::Report) itself, serialised.

mod human;

pub use human::{Style, human};
