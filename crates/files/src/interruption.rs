//! What must not be cut in half by Ctrl-C: a moment in which a file has a name that is not yet its own, and a question
//! during which the terminal does not show what is typed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use crate::stop_signals::{HANDLED, SIGNALS, answer, end_by};

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

/// Leaves SIGINT and SIGTERM (on Windows Ctrl-C and Ctrl-Break) to the program, which acts on them in its own way, for the
/// rest of the process. Call this where its handlers are installed, before that.
pub fn handled_by_program() {
    let answers = ANSWERS.get_or_init(Answers::install);
    for answer in answers.answers.iter().filter(|answer| HANDLED.contains(&answer.signal)) {
        answer.handled.store(true, Ordering::SeqCst);
        answer.ends.store(false, Ordering::SeqCst);
    }
}

impl Answers {
    fn install() -> Self {
        let answers = SIGNALS.into_iter().filter_map(|signal| {
            let (ends, came) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
            let is_answered = answer(signal, &ends, &came);
            is_answered.then(|| Answer { signal, ends, came, handled: AtomicBool::new(false) })
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
            end_by(answer.signal);
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
                end_by(answer.signal);
            }
        }
    }
}
