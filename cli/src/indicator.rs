//! That something takes its time: nothing for the first second, then a bar or a spinner on stderr, which is gone at the end.

use std::io::IsTerminal as _;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::{Console, Verbosity};

/// What takes less is not worth a word.
const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);

/// Plain characters: blocks are two columns wide in some terminals. What does not fit the line is left out.
const SPINNER: &str = "{spinner} {wide_msg}";
const BAR: &str = "[{bar:20}] {wide_msg}";

/// The one that is shown: a line has room for one.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Whether stderr is a terminal that can write over a line.
pub fn can_be_shown(console: Console) -> bool {
    let is_able = |term: std::ffi::OsString| !term.is_empty() && term != "dumb";
    console.verbosity() > Verbosity::Quiet
        && std::io::stderr().is_terminal()
        // Consoles of Windows set no TERM. In them a line that is full goes on in the next one, so that each picture would
        // leave a line behind (seen under Wine 8).
        && std::env::var_os("TERM").is_some_and(is_able)
}

/// Writes to the terminal, or asks, while nothing is shown there.
pub fn aside<T>(write: impl FnOnce() -> T) -> T {
    let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match shown {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Shows that something takes its time, until it is dropped.
pub struct Indicator {
    bar: ProgressBar,
    /// `None` where nothing is shown.
    later: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Indicator {
    /// A spinner with `what` is done, unless another one is shown or nothing can be.
    pub fn new(console: Console, what: impl Into<String>) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(style(SPINNER));
        bar.set_message(what.into());
        let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.is_some() || !can_be_shown(console) {
            return Self { bar, later: None };
        }
        let (ended, waits) = channel();
        let seen = bar.clone();
        let show = move || {
            if waits.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                seen.set_draw_target(ProgressDrawTarget::stderr());
                seen.enable_steady_tick(TICK);
            }
        };
        let later = thread::Builder::new().spawn(show).ok().map(|thread| (ended, thread));
        *shown = later.is_some().then(|| bar.clone());
        Self { bar, later }
    }

    /// What is being done now.
    pub fn says(&self, what: impl Into<String>) {
        self.bar.set_message(what.into());
    }

    /// How far it is: a bar from now on.
    pub fn is_at(&self, done: u64, of: u64, words: impl Into<String>) {
        if self.bar.length() != Some(of) {
            self.bar.set_style(style(BAR));
            self.bar.set_length(of);
        }
        self.bar.set_position(done);
        self.bar.set_message(words.into());
    }
}

impl Drop for Indicator {
    fn drop(&mut self) {
        let Some((ended, thread)) = self.later.take() else { return };
        drop(ended);
        // It only draws.
        let _ = thread.join();
        self.bar.finish_and_clear();
        *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Things of which nobody knows how many there will be.
pub struct Counter {
    indicator: Indicator,
    things: &'static str,
    seen: u64,
}

impl Counter {
    /// Counts `things`, such as `certificates`.
    pub fn new(console: Console, things: &'static str) -> Self {
        Self { indicator: Indicator::new(console, things), things, seen: 0 }
    }

    /// The same, unless stdout is a terminal: what is printed there shows how far it is.
    pub fn beside_stdout(console: Console, things: &'static str) -> Option<Self> {
        (!std::io::stdout().is_terminal()).then(|| Self::new(console, things))
    }

    /// So many more.
    pub fn add(&mut self, more: u64) {
        self.seen += more;
        self.indicator.says(format!("{} {}", self.seen, self.things));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .tick_chars("|/-\\ ")
        .progress_chars("=> ")
}
