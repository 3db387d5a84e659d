//! A server on loopback that writes down what it is asked, and answers as a test says.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub method: String,
    /// The path with its query, below the base URL.
    pub path: String,
    pub body: String,
}

/// The server; it listens as long as the tests run.
pub struct Recorded {
    base: String,
    sent: Arc<Mutex<Vec<Sent>>>,
}

/// The path that requests begin with.
const FRONT: &str = "/api/v1";

impl Recorded {
    /// Answers each request with a status and a JSON body.
    pub fn start(answer: impl Fn(&Sent) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}{FRONT}", listener.local_addr().expect("an address"));
        let sent = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&sent);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let Some(request) = read(&mut stream) else { continue };
                keep.lock().unwrap().push(request.clone());
                let (status, body) = answer(&request);
                let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}", body.len());
                let kind = "Content-Type: application/json\r\nConnection: close";
                // The client may have gone.
                let _ = write!(stream, "{head}\r\n{kind}\r\n\r\n{body}");
            }
        });
        Self { base, sent }
    }

    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// What was asked since the last time.
    pub fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }
}

fn read(stream: &mut TcpStream) -> Option<Sent> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                let mut words = head.split(' ');
                let method = words.next()?.to_owned();
                let path = words.next()?;
                let path = path.strip_prefix(FRONT).unwrap_or(path).to_owned();
                return Some(Sent { method, path, body: body.to_owned() });
            }
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
        }
    }
}
