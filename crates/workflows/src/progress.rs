//! What a flow tells while it runs.

/// Hears what a flow is about to do; the command line shows it on stderr.
pub trait Progress {
    /// One line in lower case: what happens now.
    fn say(&self, what: &str);
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn say(&self, _: &str) {}
}
