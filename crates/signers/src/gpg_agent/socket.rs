//! The socket that gpg-agent listens on.

use std::io;
use std::path::Path;

/// A connection to the agent.
#[cfg(unix)]
pub(super) type Stream = std::os::unix::net::UnixStream;

/// A connection to the agent: Gpg4win has no Unix sockets and listens on the loopback address.
#[cfg(windows)]
pub(super) type Stream = std::net::TcpStream;

#[cfg(unix)]
pub(super) fn connect(socket: &Path) -> io::Result<Stream> {
    Stream::connect(socket)
}

/// The file in the socket's place names a port and holds 16 octets that only this user can read: who sends them may speak.
#[cfg(windows)]
pub(super) fn connect(socket: &Path) -> io::Result<Stream> {
    use std::io::{Read as _, Write as _};

    // The port in digits, an end of line and the octets.
    const LONGEST: u64 = 64;
    let mut content = Vec::new();
    std::fs::File::open(socket)?.take(LONGEST).read_to_end(&mut content)?;
    let (port, nonce) = emulated(&content).ok_or(io::ErrorKind::InvalidData)?;
    let mut stream = Stream::connect((std::net::Ipv4Addr::LOCALHOST, port))?;
    stream.write_all(nonce)?;
    Ok(stream)
}

/// Port and nonce of an emulated socket (libassuan, `assuan-socket.c`).
#[cfg(any(windows, test))]
fn emulated(content: &[u8]) -> Option<(u16, &[u8])> {
    const NONCE: usize = 16;
    let end = content.iter().position(|octet| *octet == b'\n')?;
    let nonce = &content[end + 1..];
    let port = std::str::from_utf8(&content[..end]).ok()?.trim().parse().ok()?;
    (nonce.len() == NONCE && port != 0).then_some((port, nonce))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emulated_socket_names_a_port_and_a_nonce() {
        assert_eq!(emulated(b"51234\n0123456789abcdef"), Some((51234, &b"0123456789abcdef"[..])));
        assert_eq!(
            emulated(b"  51234\n0123456789abcde\n"),
            Some((51234, &b"0123456789abcde\n"[..]))
        );
        for wrong in [
            &b""[..],
            b"51234",
            b"51234\n0123456789abcde",
            b"51234\n0123456789abcdefg",
            b"0\n0123456789abcdef",
            b"65536\n0123456789abcdef",
            b"!<socket >51234 s 0-0-0-0\n0123456789abcdef",
        ] {
            assert_eq!(emulated(wrong), None, "{wrong:?}");
        }
    }
}
