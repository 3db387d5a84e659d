#![cfg(test)]

//! A proxy for tests that breaks one chosen exchange between the client and the sandbox.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How an exchange breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is dropped and the service never sees the request.
    BeforeActing,
    /// The service acts, and the connection is dropped before its answer arrives.
    AfterActing,
}

/// A running proxy on loopback.
pub(crate) struct FaultProxy {
    address: SocketAddr,
    /// Method and target of each request that came in.
    requests: Arc<Mutex<Vec<String>>>,
    /// Connections that are not ended yet.
    open: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl FaultProxy {
    /// Stands before `upstream`. From the exchange `nth` on (counted from 0) every one breaks as `fault`
    /// says; `None` breaks none.
    pub(crate) async fn start(upstream: SocketAddr, broken: Option<(usize, Fault)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, open) =
            (Arc::<Mutex<Vec<String>>>::default(), Arc::new(AtomicUsize::new(0)));
        let (seen, connections) = (Arc::clone(&requests), Arc::clone(&open));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (seen, open) = (Arc::clone(&seen), Arc::clone(&connections));
                open.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    // A broken pipe is what a fault looks like from here.
                    let _ = exchange(client, upstream, &seen, broken).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, requests, open, task }
    }

    /// Where the client connects to.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests that have come in: method and target.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until the service has acted on every request that was sent before, also where nobody waits for the answer.
    pub(crate) async fn settled(&self) {
        // Connections are accepted in the order in which they were made: after this one there is none before it.
        let mut last = TcpStream::connect(self.address).await.unwrap();
        last.shutdown().await.unwrap();
        assert_eq!(last.read(&mut [0]).await.unwrap(), 0);
        while self.open.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request and its answer; every exchange has a connection of its own.
async fn exchange(
    mut client: TcpStream,
    upstream: SocketAddr,
    seen: &Mutex<Vec<String>>,
    broken: Option<(usize, Fault)>,
) -> std::io::Result<()> {
    let Some(request) = read_request(&mut client).await? else { return Ok(()) };
    let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(line.trim_end_matches(" HTTP/1.1").to_owned());
        seen.len() - 1
    };
    let fault = broken.filter(|(from, _)| number >= *from).map(|(_, fault)| fault);
    if fault == Some(Fault::BeforeActing) {
        return Ok(());
    }
    let mut server = TcpStream::connect(upstream).await?;
    server.write_all(&request).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    if fault == Some(Fault::AfterActing) {
        return Ok(());
    }
    client.write_all(&answer).await?;
    client.shutdown().await
}

/// The bytes of one request, with `connection: close` put in, so that the answer ends with the connection.
async fn read_request(client: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse().expect("a length"));
            if bytes.len() >= end + 4 + length {
                let mut request = head.into_bytes();
                request.extend_from_slice(b"\r\nconnection: close");
                request.extend_from_slice(&bytes[end..]);
                return Ok(Some(request));
            }
        }
        let read = client.read(&mut buffer).await?;
        if read == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&buffer[..read]);
    }
}
