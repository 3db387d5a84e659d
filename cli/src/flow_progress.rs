//! How far a flow is: its steps with `-v`; a bar on a terminal, a line now and then in a log.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use el2g_workflows::Progress;
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::{Console, Verbosity};

/// How often a log that is not a terminal hears how far it is.
const LOG_EVERY: Duration = Duration::from_secs(30);

/// Shows on stderr how far a flow is.
pub struct FlowProgress {
    console: Console,
    things: &'static str,
    bar: ProgressBar,
    log: Option<Mutex<Log>>,
}

struct Log {
    began: Instant,
    last: Instant,
    /// What was done when the first word came.
    first: Option<u64>,
}

impl FlowProgress {
    /// The progress of a flow about many `things`, such as `devices`.
    pub fn new(console: Console, things: &'static str) -> Self {
        let shown = console.verbosity() > Verbosity::Quiet;
        let terminal = std::io::stderr().is_terminal();
        let now = Instant::now();
        let log = Log { began: now, last: now, first: None };
        let log = (shown && !terminal).then(|| Mutex::new(log));
        let bar = match shown && terminal {
            true => ProgressBar::new(0),
            false => ProgressBar::hidden(),
        };
        let template = format!("{{bar:40}} {{pos}}/{{len}} {things}, {{per_sec}}, {{eta}} left");
        let style = ProgressStyle::with_template(&template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { console, things, bar, log }
    }
}

impl Progress for FlowProgress {
    fn begins(&self, what: &str) {
        self.console.info(what);
    }

    fn advanced(&self, done: u64, of: u64) {
        if of < 2 {
            return;
        }
        if self.bar.length() != Some(of) {
            // What earlier runs did says nothing about the rate of this one.
            self.bar.set_length(of);
            self.bar.set_position(done);
            self.bar.reset_eta();
        }
        self.bar.set_position(done);
        let Some(log) = &self.log else { return };
        let Ok(mut log) = log.lock() else { return };
        let first = *log.first.get_or_insert(done);
        if log.last.elapsed() < LOG_EVERY {
            return;
        }
        log.last = Instant::now();
        let rate = (done - first) as f64 / log.began.elapsed().as_secs_f64();
        let left = (of - done) as f64 / rate.max(f64::MIN_POSITIVE);
        let things = self.things;
        self.console.note(format!("{done} of {of} {things}, {rate:.0} a second, {left:.0} s left"));
    }
}

impl Drop for FlowProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
