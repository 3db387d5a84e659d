//! What must not be cut in half by Ctrl-C: a moment in which a file has a name that is not yet its own, and a question
//! during which the terminal does not show what is typed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGQUIT};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// The signals with which people and service managers stop a program.
#[cfg(unix)]
const SIGNALS: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
/// Ctrl-C. Ctrl-Break, a window that is closed and a session that ends cannot be put off.
#[cfg(windows)]
const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// How often [`restored_when_interrupted`] looks for a signal.
const WATCH: Duration = Duration::from_millis(20);

/// How one signal is answered.
struct Answer {
    signal: i32,
    /// It ends the process, as it does by default.
    ends: Arc<AtomicBool>,
    /// It came while it was put off.
    came: Arc<AtomicBool>,
    /// The program acts on it in its own way.
    handled: AtomicBool,
}

struct Answers {
    answers: Vec<Answer>,
    /// How many threads are in [`uninterrupted`].
    inside: Mutex<usize>,
}

static ANSWERS: OnceLock<Answers> = OnceLock::new();

/// Does `work` as if nothing could interrupt it: SIGINT, SIGQUIT, SIGTERM and SIGHUP that arrive meanwhile take effect after it.
/// `work` must be short.
pub(crate) fn uninterrupted<T>(work: impl FnOnce() -> T) -> T {
    let answers = ANSWERS.get_or_init(Answers::install);
    answers.enter();
    let done = work();
    answers.leave();
    done
}

/// Does `work`, which may wait for a person. A signal that arrives meanwhile ends the process after `restore`, whether or
/// not `work` has come back.
pub fn restored_when_interrupted<T>(restore: impl Fn() + Sync, work: impl FnOnce() -> T) -> T {
    let answers = ANSWERS.get_or_init(Answers::install);
    answers.enter();
    let over = AtomicBool::new(false);
    let done = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                answers.end_if_one_came(&restore);
                thread::sleep(WATCH);
            }
        });
        let done = work();
        over.store(true, Ordering::SeqCst);
        done
    });
    answers.end_if_one_came(&restore);
    answers.leave();
    done
}

/// Leaves these signals to the program, which acts on them in its own way, for the rest of the process. Call this where
/// a handler for SIGINT, SIGTERM or SIGHUP is installed.
pub fn handled_by_program(signals: &[i32]) {
    let answers = ANSWERS.get_or_init(Answers::install);
    for answer in answers.answers.iter().filter(|answer| signals.contains(&answer.signal)) {
        answer.handled.store(true, Ordering::SeqCst);
        answer.ends.store(false, Ordering::SeqCst);
    }
}

impl Answers {
    fn install() -> Self {
        // A signal that is ignored (`nohup`) stays ignored.
        let answered = SIGNALS.into_iter().filter(|signal| !is_ignored(*signal));
        let answers = answered.filter_map(|signal| {
            let (ends, came) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
            flag::register_conditional_default(signal, ends.clone()).ok()?;
            flag::register(signal, came.clone()).ok()?;
            Some(Answer { signal, ends, came, handled: AtomicBool::new(false) })
        });
        Self { answers: answers.collect(), inside: Mutex::new(0) }
    }

    fn enter(&self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if *inside == 0 {
            for answer in &self.answers {
                answer.came.store(false, Ordering::SeqCst);
                answer.ends.store(false, Ordering::SeqCst);
            }
        }
        *inside += 1;
    }

    fn end_if_one_came(&self, restore: &impl Fn()) {
        if let Some(answer) = self.answers.iter().find(|answer| answer.came.load(Ordering::SeqCst))
        {
            restore();
            let _ = low_level::emulate_default_handler(answer.signal);
        }
    }

    fn leave(&self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        *inside -= 1;
        if *inside > 0 {
            return;
        }
        for answer in self.answers.iter().filter(|it| !it.handled.load(Ordering::SeqCst)) {
            answer.ends.store(true, Ordering::SeqCst);
            if answer.came.load(Ordering::SeqCst) {
                // Ends the process; should it not, the signal is lost, which does no harm to a file.
                let _ = low_level::emulate_default_handler(answer.signal);
            }
        }
    }
}

/// No process is started with its signals ignored.
#[cfg(windows)]
fn is_ignored(_: i32) -> bool {
    false
}

/// Whether the process was started with this signal ignored.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
