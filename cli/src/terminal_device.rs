//! The terminal that the program was started from, whatever its standard streams are.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};

/// The terminal, open to read.
pub struct Terminal(File);

/// How it shows what is typed.
#[cfg(unix)]
pub type Mode = rustix::termios::Termios;

/// How it shows what is typed.
#[cfg(windows)]
pub type Mode = u32;

#[cfg(unix)]
impl Terminal {
    /// # Errors
    /// The process has no terminal.
    pub fn open() -> io::Result<Self> {
        File::open("/dev/tty").map(Self)
    }

    /// How it is now.
    pub fn mode(&self) -> io::Result<Mode> {
        Ok(rustix::termios::tcgetattr(&self.0)?)
    }

    /// Makes it as it was; a terminal that is gone needs nothing.
    pub fn restore(&self, found: &Mode) {
        let now = rustix::termios::OptionalActions::Now;
        let _ = rustix::termios::tcsetattr(&self.0, now, found);
    }

    /// A line that is typed.
    pub fn line(self) -> io::Result<String> {
        let mut line = String::new();
        BufReader::new(self.0).read_line(&mut line)?;
        Ok(line)
    }
}

#[cfg(windows)]
impl Terminal {
    /// # Errors
    /// The process has no terminal.
    pub fn open() -> io::Result<Self> {
        // To change the mode needs the right to write.
        File::options().read(true).write(true).open("CONIN$").map(Self)
    }

    /// How it is now.
    pub fn mode(&self) -> io::Result<Mode> {
        winapi_util::console::mode(&self.0)
    }

    /// Makes it as it was; a console that is gone needs nothing.
    pub fn restore(&self, found: &Mode) {
        let _ = winapi_util::console::set_mode(&self.0, *found);
    }

    /// A line that is typed. Where standard input is the console, in Unicode; else in the console's code page, of which
    /// what is not UTF-8 too is refused.
    pub fn line(self) -> io::Result<String> {
        use std::io::IsTerminal as _;
        let mut line = String::new();
        match io::stdin().is_terminal() {
            true => io::stdin().lock().read_line(&mut line)?,
            false => BufReader::new(self.0).read_line(&mut line)?,
        };
        Ok(line)
    }
}
