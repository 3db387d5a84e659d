//! A yes, or a typed answer, before what cannot be undone.

use std::io::{self, IsTerminal as _, Write as _};

use el2g_text::one_line;
use el2g_workflows::Failure;

use crate::Result;
use crate::indicator::aside;
use crate::terminal_device::Terminal;

/// Asks on the terminal, where questions are allowed and somebody sees them.
#[derive(Debug, Clone, Copy)]
pub struct Questions {
    prompts: bool,
}

impl Questions {
    /// Questions are asked where `prompts`.
    pub fn new(prompts: bool) -> Self {
        Self { prompts }
    }

    /// Whether somebody could be asked. The question is shown on stderr: where that is not a terminal, nobody would see
    /// it.
    pub fn can_ask(self) -> bool {
        self.prompts && io::stderr().is_terminal()
    }

    /// Shows a question and reads one line of the terminal, without white space around it.
    pub fn ask(self, question: &str, mark: &str) -> io::Result<String> {
        let terminal = Terminal::open()?;
        aside(|| {
            write!(io::stderr().lock(), "{}{mark}", one_line(question))?;
            Ok(terminal.line()?.trim().to_owned())
        })
    }
}

/// How a question is answered on this command line.
#[derive(Debug, Clone, Copy)]
pub struct Confirmation {
    questions: Questions,
    yes: bool,
}

/// What is about to happen, and what must be typed for it: `y`, or a text that shows that the question was read.
pub struct Question<'a> {
    /// What is about to happen, such as `Delete device group 474`.
    pub what: String,
    /// Why that is asked: what is lost for good.
    pub why: &'a str,
    /// What must be typed; `None` for `y` or `yes`.
    pub answer: Option<String>,
    /// What to do where nobody can be asked.
    pub instead: &'a str,
}

/// What to do where nobody can be asked, and no flag but `--yes` answers.
pub const SAY_YES: &str = "run the command in a terminal, or pass --yes";

impl<'a> Question<'a> {
    /// A yes-or-no question before something that cannot be undone.
    pub fn of_loss(what: impl Into<String>, why: &'a str) -> Self {
        Self { what: what.into(), why, answer: None, instead: SAY_YES }
    }
}

impl Confirmation {
    /// `yes` answers every question.
    pub fn new(questions: Questions, yes: bool) -> Self {
        Self { questions, yes }
    }

    /// The same for a question that `--yes` does not answer.
    #[must_use]
    pub fn without_flag(self) -> Self {
        Self { yes: false, ..self }
    }

    /// Whether a question has an answer already. Fails where it has none and nobody can be asked.
    ///
    /// # Errors
    /// A failure of usage that names the flag.
    pub fn given(self, question: &Question<'_>) -> Result<bool> {
        if self.yes || self.questions.can_ask() {
            return Ok(self.yes);
        }
        let mut what = question.what.clone();
        // A word in capitals, such as a method, stays as it is.
        if what.chars().nth(1).is_some_and(char::is_lowercase)
            && let Some(first) = what.get_mut(..1)
        {
            first.make_ascii_lowercase();
        }
        let why = question.why;
        let message = format!("{what}: needs confirmation, because {why}; nothing was done");
        Err(Failure::usage(message).with_hint(question.instead))
    }

    /// Continues only after a yes: `--yes`, or the answer typed on the terminal.
    ///
    /// # Errors
    /// A failure of usage where nobody can be asked or the answer is another one.
    pub fn ask(self, question: &Question<'_>) -> Result<()> {
        let Question { what, why, answer, .. } = question;
        if self.given(question)? {
            return Ok(());
        }
        let failed = |error: io::Error| {
            Failure::usage(format!("{what}: the question cannot be asked"))
                .with_cause(error.to_string())
        };
        let agreed = match answer {
            None => {
                let typed = self.questions.ask(&format!("{what}: {why}. Continue?"), " [y/N] ");
                ["y", "yes"].contains(&typed.map_err(failed)?.to_ascii_lowercase().as_str())
            }
            Some(answer) => {
                let line = format!("{what}: {why}. Type {answer} to continue");
                self.questions.ask(&line, ": ").map_err(failed)? == *answer
            }
        };
        if agreed {
            return Ok(());
        }
        Err(Failure::usage(match answer {
            None => "stopped: the answer was not yes; nothing was done".to_owned(),
            Some(answer) => format!("stopped: the answer was not `{answer}`; nothing was done"),
        }))
    }
}

/// What must be typed to name something: its name, or its number where the name cannot be typed as it is shown.
pub fn typeable(name: &str, id: u64) -> String {
    let plain = !name.is_empty() && name.trim() == name && one_line(name) == name;
    if plain { name.to_owned() } else { id.to_string() }
}
