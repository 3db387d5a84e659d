//! A server that answers each request with the next act of a script.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, SystemTime};

/// What the server does with one request.
pub(super) enum Act {
    /// Answers with a status, headers and a body.
    Answer(u16, &'static str, String),
    /// The same, but closes after half of the body.
    CutShort(u16, String),
    /// Sends these bytes and closes.
    Raw(Vec<u8>),
    /// Sends these bytes, then one more every 50 ms for two seconds.
    Drip(&'static str),
    /// Reads the request and closes.
    Drop,
    /// Reads the request and says nothing for a second.
    Stall,
}

/// JSON with a `Date` of now.
pub(super) fn json(status: u16, body: &str) -> Act {
    Act::Answer(status, "Content-Type: application/json\r\n", body.to_owned())
}

/// A running script.
pub(super) struct Scripted {
    pub(super) base_url: String,
    requests: Receiver<String>,
}

impl Scripted {
    /// Starts a server that follows `script` and then refuses connections.
    pub(super) fn start(script: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base_url = format!("http://{}", listener.local_addr().expect("an address"));
        let (heard, requests) = channel();
        thread::spawn(move || {
            for act in script {
                let (stream, _) = listener.accept().expect("a connection");
                serve(stream, act, &heard);
            }
        });
        Scripted { base_url, requests }
    }

    /// The requests so far, each with its head and body.
    pub(super) fn requests(&self) -> Vec<String> {
        thread::sleep(Duration::from_millis(20));
        self.requests.try_iter().collect()
    }

    /// The first lines of the requests so far.
    pub(super) fn request_lines(&self) -> Vec<String> {
        let line = |request: &String| {
            request.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned()
        };
        self.requests().iter().map(line).collect()
    }
}

fn serve(mut stream: TcpStream, act: Act, heard: &Sender<String>) {
    let request = read_request(&mut stream);
    // The test may have ended.
    let _ = heard.send(request);
    match act {
        Act::Answer(status, headers, body) => {
            respond(&mut stream, status, headers, &body, body.len())
        }
        Act::CutShort(status, body) => respond(&mut stream, status, "", &body, body.len() / 2),
        Act::Raw(bytes) => {
            let _ = stream.write_all(&bytes);
            let _ = stream.flush();
        }
        Act::Drip(head) => {
            let _ = stream.write_all(head.as_bytes());
            for _ in 0..40 {
                thread::sleep(Duration::from_millis(50));
                let _ = stream.write_all(b" ");
            }
        }
        Act::Drop => {}
        // Meanwhile others are served.
        Act::Stall => {
            thread::spawn(move || {
                thread::sleep(Duration::from_secs(1));
                drop(stream);
            });
        }
    }
}

fn respond(stream: &mut impl Write, status: u16, headers: &str, body: &str, sent: usize) {
    let now =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    let at = jiff::Timestamp::from_second(i64::try_from(now).expect("a time")).expect("a time");
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .expect("a date");
    let head = format!(
        "HTTP/1.1 {status} X\r\nDate: {date}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
        body.len()
    );
    // A client that has gone is no matter.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&body.as_bytes()[..sent]);
    let _ = stream.flush();
}

/// Reads one request with its body.
pub(super) fn read_request(stream: &mut impl Read) -> String {
    let mut request = Vec::new();
    let mut buffer = [0_u8; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
            });
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return text,
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
    }
}
