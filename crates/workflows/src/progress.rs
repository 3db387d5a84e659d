//! What a flow tells while it runs.

/// Hears how far a flow is; the command line shows it on stderr.
pub trait Progress: Sync {
    /// A step begins, which does this.
    fn begins(&self, what: &str);

    /// So many of the rows or devices that the flow is about are dealt with.
    fn advanced(&self, done: u64, of: u64);
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begins(&self, _: &str) {}

    fn advanced(&self, _: u64, _: u64) {}
}
