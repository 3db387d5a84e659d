//! Reads that lag behind writes: before a change the state is kept as it is, and for a time it is what such reads see.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::refusal::{INTERNAL, Refusal};

thread_local! {
    /// Whether this thread reads as [`lagging`] reads.
    static LAGGING: Cell<bool> = const { Cell::new(false) };
}

/// Tells the kept states of one process apart.
static KEPT: AtomicU64 = AtomicU64::new(0);

/// How long reads see an earlier state, and those states. They are in memory only: they hold keys.
#[derive(Debug, Default)]
pub(crate) struct Lag {
    millis: i64,
    earlier: Mutex<VecDeque<Earlier>>,
}

/// The state before a change.
#[derive(Debug)]
struct Earlier {
    /// From when on no read sees it, in milliseconds since 1970.
    until: i64,
    state: Connection,
}

/// What `look` finds, with reads that lag.
pub(crate) fn lagging<T>(look: impl FnOnce() -> T) -> T {
    let outer = LAGGING.replace(true);
    let found = look();
    LAGGING.set(outer);
    found
}

impl Lag {
    /// Reads lag by so many milliseconds.
    #[must_use]
    pub(crate) fn of(millis: i64) -> Self {
        Self { millis, ..Self::default() }
    }

    /// Keeps the state before a change at `now`.
    pub(super) fn keep(&self, state: &Connection, now: i64) -> Result<(), Refusal> {
        if self.millis == 0 {
            return Ok(());
        }
        let number = KEPT.fetch_add(1, Ordering::Relaxed);
        let name = format!("file:el2g-earlier-{number}?mode=memory&cache=shared");
        let kept = Connection::open(&name)?;
        state.execute("VACUUM INTO ?1", [&name])?;
        let until = now.saturating_add(self.millis);
        self.lock().push_back(Earlier { until, state: kept });
        Ok(())
    }

    /// Forgets what no read sees any more at `now`.
    pub(super) fn forget(&self, now: i64) {
        self.lock().retain(|earlier| earlier.until > now);
    }

    /// The earlier states, where this thread's reads see the first of them.
    pub(super) fn seen(&self) -> Option<EarlierStates<'_>> {
        let earlier = LAGGING.get().then(|| self.lock())?;
        (!earlier.is_empty()).then_some(EarlierStates(earlier))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Earlier>> {
        self.earlier.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Earlier states, of which there is one at least.
pub(super) struct EarlierStates<'a>(MutexGuard<'a, VecDeque<Earlier>>);

impl EarlierStates<'_> {
    /// What `look` finds in the one that reads see.
    pub(super) fn read<T>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        match self.0.front() {
            Some(oldest) => look(&oldest.state),
            None => Err(Refusal::new(&INTERNAL, "no earlier state")),
        }
    }
}
