//! How far a flow is: its steps with `-v`; a spinner or bar on a terminal, a line now and then in a log.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use el2g_text::one_line;
use el2g_workflows::Progress;

use crate::indicator::{Indicator, can_be_shown};
use crate::output::{Console, Verbosity};

/// How often a log that is not a terminal hears how far it is.
const LOG_EVERY: Duration = Duration::from_secs(30);

/// Shows on stderr how far a flow is.
pub struct FlowProgress {
    console: Console,
    things: &'static str,
    indicator: Indicator,
    is_log: bool,
    pace: Mutex<Pace>,
}

struct Pace {
    began: Instant,
    /// When a log last heard of it.
    last: Instant,
    /// What was done when the first word came: earlier runs say nothing about the rate of this one.
    first: Option<u64>,
}

impl FlowProgress {
    /// The progress of a flow about many `things`, such as `devices`.
    pub fn new(console: Console, things: &'static str) -> Self {
        let now = Instant::now();
        let is_log = console.verbosity() > Verbosity::Quiet && !can_be_shown(console);
        let pace = Mutex::new(Pace { began: now, last: now, first: None });
        Self { console, things, indicator: Indicator::new(console, "waiting"), is_log, pace }
    }
}

impl Progress for FlowProgress {
    fn begins(&self, what: &str) {
        self.console.info(what);
        self.indicator.says(one_line(what));
    }

    fn advanced(&self, done: u64, of: u64) {
        if of < 2 {
            return;
        }
        let Ok(mut pace) = self.pace.lock() else { return };
        let first = *pace.first.get_or_insert(done);
        let rate = done.saturating_sub(first) as f64 / pace.began.elapsed().as_secs_f64();
        let left = of.saturating_sub(done) as f64 / rate.max(f64::MIN_POSITIVE);
        let things = self.things;
        let words = match done > first {
            true => format!("{done} of {of} {things}, {rate:.0} a second, {left:.0} s left"),
            false => format!("{done} of {of} {things}"),
        };
        if self.is_log && pace.last.elapsed() >= LOG_EVERY {
            pace.last = Instant::now();
            self.console.note(&words);
        }
        self.indicator.is_at(done, of, words);
    }
}
