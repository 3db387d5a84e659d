//! What a sandbox is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use el2g_key_payload::{Entropy, SecretBytes, SystemEntropy};

use crate::clock::{Clock, SystemClock};
use crate::console::Answered;
use crate::faults::Faults;

/// Where the sandbox's OpenPGP key (what customers encrypt to) comes from. A state file that has
/// one keeps it, whatever is said here.
#[derive(Debug, Default)]
pub enum KeySource {
    /// A new one, gone when the sandbox stops unless there is a state file.
    #[default]
    Generated,
    /// Kept in this folder (created 0700, the key 0600); made there when it is missing.
    Folder(PathBuf),
    /// This secret key, armored, without a passphrase. Tests give a throw-away one.
    Given(SecretBytes),
}

/// Hears of requests, each after its answer.
pub type Observer = Arc<dyn Fn(&Answered) + Send + Sync>;

/// How to start a sandbox.
pub struct Options {
    /// Where to listen; port 0 takes a free one. The default is loopback.
    pub listen: SocketAddr,
    /// The token that requests must carry; `None` makes one.
    pub token: Option<SecretBytes>,
    /// The file that keeps the state; `None`: in memory.
    pub state: Option<PathBuf>,
    /// Where the OpenPGP key comes from.
    pub keys: KeySource,
    /// Speak TLS, with a certificate from a local CA. It is kept beside the OpenPGP key where that is
    /// kept in a folder and only this machine is served, else made for this run.
    pub tls: bool,
    /// How long the generation of keys and certificates takes; no time by default.
    pub generation: Duration,
    /// Whether a device certificate is never valid longer than its CA.
    pub within_ca: bool,
    /// How long reads of devices and provisionings answer what was before a device was added or unclaimed.
    pub lag: Duration,
    /// Whether adding devices answers 202 without a body.
    pub answer_202: bool,
    /// Calls that go wrong; none by default.
    pub faults: Faults,
    /// Hears of each request that was answered.
    pub observer: Option<Observer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for tokens, serial numbers and claim codes.
    pub entropy: Box<dyn Entropy>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: None,
            state: None,
            keys: KeySource::default(),
            tls: false,
            generation: Duration::ZERO,
            within_ca: false,
            lag: Duration::ZERO,
            answer_202: false,
            faults: Faults::default(),
            observer: None,
            clock: Arc::new(SystemClock),
            entropy: Box::new(SystemEntropy),
        }
    }
}
