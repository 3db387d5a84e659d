//! The Assuan protocol as a client speaks it to gpg-agent: lines of at most 1000 bytes over a socket of this machine.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use el2g_key_payload::SecretBytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::socket::{Stream, connect};

/// Longest line without its end (Assuan manual, "Server responses").
const LONGEST_LINE: usize = 1000;
/// Most bytes of data in one answer; a signature has some 600.
const MOST_DATA: usize = 64 * 1024;
/// Most status lines, comments and questions in one answer; gpg-agent sends a few.
const MOST_ASIDES: usize = 10_000;

/// What came instead of data.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The connection broke, or could not be made.
    Io(io::Error),
    /// The agent answered ERR.
    Refused { code: u32, text: String },
    /// What came is not the protocol.
    Protocol(&'static str),
    /// The answer was not there, to its end, in this time.
    Silence(Duration),
}

impl Trouble {
    /// Whether the answer did not come in time.
    pub(super) fn is_silence(&self) -> bool {
        matches!(self, Self::Silence(_))
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A line of the agent.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    Ok,
    Data(Vec<u8>),
    Inquire(String),
    Refused { code: u32, text: String },
    Aside,
}

/// A connection that has been greeted.
pub(super) struct Connection {
    reader: BufReader<Stream>,
    patience: Duration,
}

/// When an answer must be there, and after how long a wait that is.
#[derive(Clone, Copy)]
struct Deadline {
    end: Instant,
    patience: Duration,
}

impl Deadline {
    fn after(patience: Duration) -> Self {
        Self { end: Instant::now() + patience, patience }
    }

    fn left(self) -> Result<Duration, Trouble> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Trouble::Silence(self.patience)) } else { Ok(left) }
    }
}

impl Connection {
    /// Connects, and waits at most `patience` for each whole answer, whatever comes before its end.
    pub(super) fn open(socket: &Path, patience: Duration) -> Result<Self, Trouble> {
        let stream = connect(socket)?;
        stream.set_write_timeout(Some(patience))?;
        let mut connection = Self { reader: BufReader::new(stream), patience };
        connection.answer(None, Deadline::after(patience))?;
        Ok(connection)
    }

    /// Sends a command that nobody is asked about.
    pub(super) fn command(&mut self, line: &str) -> Result<(), Trouble> {
        self.send_and_wait(line, None, self.patience).map(drop)
    }

    /// Sends a command and gathers the data of its answer. `passphrase` is given when it is asked for; every other
    /// question is answered with a cancellation. Waits `patience` for the answer, but without end for a person once
    /// the agent says that it asks one (PINENTRY_LAUNCHED).
    pub(super) fn command_for_people(
        &mut self,
        line: &str,
        passphrase: Option<&SecretBytes>,
        patience: Duration,
    ) -> Result<Vec<u8>, Trouble> {
        self.send_and_wait(line, passphrase, patience)
    }

    fn send_and_wait(
        &mut self,
        line: &str,
        passphrase: Option<&SecretBytes>,
        patience: Duration,
    ) -> Result<Vec<u8>, Trouble> {
        if line.len() > LONGEST_LINE || line.contains('\n') {
            return Err(Trouble::Protocol("a command that is too long"));
        }
        self.send(format!("{line}\n").as_bytes())?;
        self.answer(passphrase, Deadline::after(patience))
    }

    fn answer(
        &mut self,
        passphrase: Option<&SecretBytes>,
        deadline: Deadline,
    ) -> Result<Vec<u8>, Trouble> {
        let mut data = Vec::new();
        let mut deadline = Some(deadline);
        let mut asides = 0;
        loop {
            let line = self.line(deadline)?;
            if matches!(line, Line::Aside | Line::Inquire(_)) {
                asides += 1;
                if asides > MOST_ASIDES {
                    return Err(Trouble::Protocol("status lines without end"));
                }
            }
            match line {
                Line::Ok => return Ok(data),
                Line::Data(more) => {
                    data.extend_from_slice(&more);
                    if data.len() > MOST_DATA {
                        return Err(Trouble::Protocol("an answer that is too long"));
                    }
                }
                Line::Inquire(what) => match (what.as_str(), passphrase) {
                    ("PASSPHRASE" | "NEW_PASSPHRASE", Some(passphrase)) => {
                        self.send(&data_lines(passphrase))?;
                        self.send(b"END\n")?;
                    }
                    ("PINENTRY_LAUNCHED", _) => {
                        deadline = None;
                        self.send(b"END\n")?;
                    }
                    _ => self.send(b"CAN\n")?,
                },
                Line::Refused { code, text } => return Err(Trouble::Refused { code, text }),
                Line::Aside => {}
            }
        }
    }

    /// The deadline holds for the whole line, however slowly its bytes come.
    fn line(&mut self, deadline: Option<Deadline>) -> Result<Line, Trouble> {
        let mut line = Vec::new();
        loop {
            let left = deadline.map(Deadline::left).transpose()?;
            self.reader.get_ref().set_read_timeout(left)?;
            let more = match self.reader.fill_buf() {
                Ok([]) => return Err(Trouble::Io(io::ErrorKind::UnexpectedEof.into())),
                Ok(more) => more,
                // The loop looks at the clock again.
                Err(error) if is_wait(&error) => continue,
                Err(error) => return Err(error.into()),
            };
            let end = more.iter().position(|octet| *octet == b'\n');
            let taken = end.unwrap_or(more.len());
            line.extend_from_slice(&more[..taken]);
            self.reader.consume(taken + usize::from(end.is_some()));
            if line.len() > LONGEST_LINE + 1 {
                return Err(Trouble::Protocol("a line without an end"));
            }
            if end.is_some() {
                return parse(&line).ok_or(Trouble::Protocol("a line that is not an answer"));
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.reader.get_mut().write_all(bytes).map_err(|error| match is_wait(&error) {
            true => Trouble::Silence(self.patience),
            false => error.into(),
        })
    }
}

fn is_wait(error: &io::Error) -> bool {
    let kinds = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut, io::ErrorKind::Interrupted];
    kinds.contains(&error.kind())
}

fn parse(line: &[u8]) -> Option<Line> {
    let (word, rest) = match line.iter().position(|octet| *octet == b' ') {
        Some(space) => (&line[..space], &line[space + 1..]),
        None => (line, &line[line.len()..]),
    };
    Some(match word {
        b"OK" => Line::Ok,
        b"D" => Line::Data(unescaped(rest)?),
        b"S" => Line::Aside,
        b"INQUIRE" => {
            let text = String::from_utf8_lossy(rest).into_owned();
            Line::Inquire(text.split(' ').next().unwrap_or_default().to_owned())
        }
        b"ERR" => {
            let text = String::from_utf8_lossy(rest).into_owned();
            let (code, text) = text.split_once(' ').unwrap_or((&text, ""));
            // The upper bits say which program the error comes from.
            Line::Refused { code: code.parse::<u32>().ok()? & 0xffff, text: text.to_owned() }
        }
        comment if comment.starts_with(b"#") => Line::Aside,
        _ => return None,
    })
}

fn unescaped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut octets = bytes.iter();
    while let Some(&octet) = octets.next() {
        plain.push(match octet {
            b'%' => {
                let digits = [*octets.next()?, *octets.next()?];
                let value = |digit: u8| char::from(digit).to_digit(16);
                u8::try_from(value(digits[0])? * 16 + value(digits[1])?).ok()?
            }
            octet => octet,
        });
    }
    Some(plain)
}

/// `D` lines, each well below the limit, with `%`, CR and LF escaped.
fn data_lines(secret: &SecretBytes) -> Zeroizing<Vec<u8>> {
    // Reserved at once: growth would leave copies behind.
    let mut lines = Zeroizing::new(Vec::with_capacity(secret.len() * 3 + secret.len() / 100 + 16));
    for piece in secret.expose().chunks(300) {
        lines.extend_from_slice(b"D ");
        for &octet in piece {
            match octet {
                b'%' => lines.extend_from_slice(b"%25"),
                b'\r' => lines.extend_from_slice(b"%0D"),
                b'\n' => lines.extend_from_slice(b"%0A"),
                octet => lines.push(octet),
            }
        }
        lines.push(b'\n');
    }
    lines
}

/// Text for SETKEYDESC: blanks as `+`, the rest percent-escaped where it is not plain.
pub(super) fn plus_escaped(text: &str) -> String {
    const ESCAPED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b',').remove(b':');
    utf8_percent_encode(text, ESCAPED).to_string().replace("%20", "+")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_an_agent_says() {
        assert_eq!(parse(b"OK Pleased to meet you"), Some(Line::Ok));
        assert_eq!(parse(b"D a%0Ab%25"), Some(Line::Data(b"a\nb%".to_vec())));
        assert_eq!(parse(b"D a%0"), None);
        assert_eq!(parse(b"S INQUIRE_MAXLEN 255"), Some(Line::Aside));
        assert_eq!(parse(b"INQUIRE PASSPHRASE"), Some(Line::Inquire("PASSPHRASE".into())));
        let text = "No secret key <GPG Agent>".to_owned();
        let refused = Some(Line::Refused { code: 17, text });
        assert_eq!(parse(b"ERR 67108881 No secret key <GPG Agent>"), refused);
        assert_eq!(parse(b"HELLO"), None);
    }

    #[test]
    fn secrets_are_escaped_and_cut_into_lines() {
        let secret = SecretBytes::from_slice("p%ss\nw\u{f6}rd".as_bytes());
        assert_eq!(*data_lines(&secret), "D p%25ss%0Aw\u{f6}rd\n".as_bytes());
        let lines = data_lines(&SecretBytes::new(vec![b'%'; 1000]));
        assert!(lines.split(|octet| *octet == b'\n').all(|line| line.len() <= LONGEST_LINE));
    }

    #[test]
    fn descriptions_are_plain_ascii() {
        assert_eq!(plus_escaped("key \"\u{e4}\" 1%"), "key+%22%C3%A4%22+1%25");
    }

    #[test]
    fn an_agent_that_says_nothing_is_told_from_one_that_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("S.gpg-agent");
        let patience = Duration::from_millis(20);
        assert!(!Connection::open(&socket, patience).err().unwrap().is_silence());
        // It takes the connection and never greets.
        let silent = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(Connection::open(&socket, patience).err().unwrap().is_silence());
        drop(silent);
        assert!(!Connection::open(&socket, patience).err().unwrap().is_silence());
    }

    /// An agent that sends `line` every millisecond, and answers nothing.
    fn talking(line: &'static [u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("S.gpg-agent");
        let agent = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        std::thread::spawn(move || {
            for stream in agent.incoming() {
                let mut stream = stream.unwrap();
                while stream.write_all(line).is_ok() {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        });
        (folder, socket)
    }

    #[test]
    fn an_agent_that_talks_without_an_answer_is_left_in_time() {
        let patience = Duration::from_millis(50);
        for line in [&b"S PROGRESS need_entropy X 30 120\n"[..], b"# patience\n", b"S"] {
            let (folder, socket) = talking(line);
            let trouble = Connection::open(&socket, patience).err().unwrap();
            assert!(matches!(trouble, Trouble::Silence(after) if after == patience), "{trouble:?}");
            drop(folder);
        }
    }

    #[test]
    fn status_lines_without_end_are_ended_also_while_a_person_is_asked() {
        let (folder, socket) = talking(b"OK\n");
        let mut connection = Connection::open(&socket, Duration::from_secs(5)).unwrap();
        connection.command("NOP").unwrap();
        drop(folder);
        let many = format!("INQUIRE PINENTRY_LAUNCHED 1\n{}", "S X\n".repeat(MOST_ASIDES));
        let (mine, mut theirs) = Stream::pair().unwrap();
        let sender = std::thread::spawn(move || theirs.write_all(many.as_bytes()).map(|()| theirs));
        let patience = Duration::from_secs(5);
        let mut connection = Connection { reader: BufReader::new(mine), patience };
        let trouble = connection.command_for_people("PKSIGN", None, patience).unwrap_err();
        assert!(matches!(trouble, Trouble::Protocol("status lines without end")), "{trouble:?}");
        drop(connection);
        let _ = sender.join();
    }

    proptest! {
        #[test]
        fn arbitrary_lines_never_panic(line: Vec<u8>) {
            let _ = parse(&line);
        }
    }
}
