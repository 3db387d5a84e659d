//! Keys of the user's own GnuPG keyring or OpenPGP card: gpg-agent signs, the private key stays with it.

mod assuan;
mod gnupg_program;
mod s_expression;
mod socket;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{
    Fingerprint, KeyError, KeyId, KeyName, PublicSigningKey, SignerError, Timestamp, WantedKey,
};

use assuan::{Connection, Trouble, plus_escaped};
use gnupg_program::run;

use crate::remote_signer::{RemoteKey, RemoteSigner};

/// How gpg-agent is reached.
#[derive(Default)]
#[non_exhaustive]
pub struct AgentSettings {
    /// GnuPG's home folder; `None` for its own choice (`GNUPGHOME`, else `~/.gnupg`).
    pub home: Option<PathBuf>,
    /// Options for the passphrase prompt (`ttyname`, `ttytype`, `display`, `lc-ctype`): where the user is.
    pub prompt: Vec<(&'static str, String)>,
    /// Given to the agent when it asks, instead of a prompt (GnuPG's loopback mode).
    pub passphrase: Option<SecretBytes>,
}

/// Why a key of gpg-agent cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// A program of GnuPG is not there.
    #[error("{program}: cannot be run ({reason}); gpg: keys need GnuPG")]
    Program {
        /// Its name.
        program: &'static str,
        /// What the system said.
        reason: String,
    },
    /// GnuPG failed.
    #[error("{program} failed: {said}")]
    Gnupg {
        /// Its name.
        program: &'static str,
        /// What it wrote.
        said: String,
    },
    /// A program of GnuPG did not end.
    #[error("{program} did not end within {seconds} s")]
    Endless {
        /// Its name.
        program: &'static str,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The keyring has no such key.
    #[error("GnuPG's keyring has no key {name}")]
    NoSuchKey {
        /// What was asked for.
        name: KeyName,
    },
    /// The key may not sign for EdgeLock 2GO.
    #[error("the GnuPG key {name} cannot be used")]
    Key {
        /// What was asked for.
        name: KeyName,
        /// Why.
        #[source]
        error: KeyError,
    },
    /// GnuPG does not say by which keygrip the agent knows the key.
    #[error("gpg lists no keygrip for key {fingerprint}")]
    NoKeygrip {
        /// The key that signs.
        fingerprint: Fingerprint,
    },
    /// The agent has no secret part for it.
    #[error("gpg-agent has no secret key for {key_id}")]
    NoSecretKey {
        /// The key that signs.
        key_id: KeyId,
    },
    /// The agent cannot be reached.
    #[error("gpg-agent cannot be reached at {}: {reason}", .socket.display())]
    Unreachable {
        /// Its socket.
        socket: PathBuf,
        /// Why.
        reason: String,
    },
    /// The agent refused what every agent should do.
    #[error("gpg-agent refused: {said}")]
    Refused {
        /// What it said.
        said: String,
    },
}

/// A key whose secret part gpg-agent has. One connection is kept for all signatures.
pub struct AgentKey {
    agent: Mutex<Connection>,
    passphrase: Option<SecretBytes>,
}

impl AgentKey {
    /// Finds the key in the user's keyring, checks it as a key file is checked, and asks the agent (which is
    /// started when it does not run) whether it has the secret part. Nothing is unlocked.
    ///
    /// # Errors
    /// [`AgentError`].
    pub fn find(
        name: KeyName,
        settings: AgentSettings,
        now: Timestamp,
    ) -> Result<RemoteSigner, AgentError> {
        let home = settings.home.as_deref();
        let wanted = format!("0x{name}");
        let exported = run("gpg", home, &["--export", &wanted])?;
        if exported.is_empty() {
            return Err(AgentError::NoSuchKey { name });
        }
        let public = PublicSigningKey::read(&exported, WantedKey::Named(name), now)
            .map_err(|error| AgentError::Key { name, error })?;
        let fingerprint = public.fingerprint();
        let listing =
            run("gpg", home, &["--with-colons", "--with-keygrip", "--list-keys", &wanted])?;
        let keygrip = keygrip(&String::from_utf8_lossy(&listing), fingerprint)
            .ok_or(AgentError::NoKeygrip { fingerprint })?;
        let mut agent = connect(home)?;
        let refused = |trouble: Trouble| AgentError::Refused { said: said(&trouble) };
        for (option, value) in &settings.prompt {
            if !value.contains(char::is_control) && value.len() < 800 {
                // An agent that does not know one of them asks as well as it can.
                let _ = agent.command(&format!("OPTION {option}={value}"));
            }
        }
        if settings.passphrase.is_some() {
            agent.command("OPTION pinentry-mode=loopback").map_err(refused)?;
        }
        // It says when it asks a person, for whom the wait has no end.
        agent.command("OPTION allow-pinentry-notify").map_err(refused)?;
        match agent.command(&format!("HAVEKEY {keygrip}")) {
            Ok(()) => {}
            Err(Trouble::Refused { code: NO_SECRET_KEY, .. }) => {
                return Err(AgentError::NoSecretKey { key_id: public.key_id() });
            }
            Err(trouble) => return Err(refused(trouble)),
        }
        agent.command(&format!("SIGKEY {keygrip}")).map_err(refused)?;
        let description = plus_escaped(&format!(
            "el2g seals a secret for EdgeLock 2GO with the key {} of {}",
            public.key_id(),
            public.user_ids().first().map_or("nobody", |id| id.get(..100).unwrap_or(id)),
        ));
        // Only words for the prompt.
        let _ = agent.command(&format!("SETKEYDESC {description}"));
        let key = Self { agent: Mutex::new(agent), passphrase: settings.passphrase };
        Ok(RemoteSigner::new(key, public))
    }

    fn pksign(&self, digest: &[u8; 32]) -> Result<Vec<u8>, Trouble> {
        let hex = base16ct::upper::encode_string(digest);
        // After a panic elsewhere the next answer might belong to another question: it is verified.
        let mut agent = self.agent.lock().unwrap_or_else(PoisonError::into_inner);
        agent.command(&format!("SETHASH --hash=sha256 {hex}"))?;
        agent.command_for_people("PKSIGN", self.passphrase.as_ref(), SIGNING_PATIENCE)
    }
}

impl std::fmt::Debug for AgentKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AgentKey")
    }
}

impl RemoteKey for AgentKey {
    fn sign(&self, key_id: KeyId, digest: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
        let refused = |detail: &str| SignerError::Refused { key_id, detail: detail.to_owned() };
        let answer = self.pksign(digest).map_err(|trouble| match trouble {
            Trouble::Refused { .. } => refused(&said(&trouble)),
            Trouble::Io(_) | Trouble::Protocol(_) | Trouble::Silence(_) => {
                SignerError::Unreachable { key_id, detail: said(&trouble) }
            }
        })?;
        s_expression::rsa_signature(&answer)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| refused("its answer is not an RSA signature"))
    }
}

const NO_SECRET_KEY: u32 = 17;

/// How long an agent may take for an answer that it gives without asking anybody.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take for a signature before it says that it asks a person: a card is slow, and the prompt of
/// another program may stand before this one's.
const SIGNING_PATIENCE: Duration = Duration::from_secs(120);

/// gpg-agent's error codes (libgpg-error), in words for who runs el2g.
fn said(trouble: &Trouble) -> String {
    let (code, text) = match trouble {
        Trouble::Silence(patience) => {
            return format!("gpg-agent does not answer ({} s)", patience.as_secs());
        }
        Trouble::Io(error) => return format!("gpg-agent: {error}"),
        Trouble::Protocol(what) => return format!("gpg-agent sent {what}"),
        Trouble::Refused { code, text } => (*code, text),
    };
    let words = match code {
        11 | 31 => "the passphrase is wrong",
        NO_SECRET_KEY => "gpg-agent has no secret key for it",
        60 | 251 => "gpg-agent does not allow it (is `no-allow-loopback-pinentry` set?)",
        62 => "nobody answered the prompt in time",
        85 | 86 => {
            "gpg-agent cannot ask for the passphrase: no usable pinentry (set GPG_TTY=$(tty), or give --passphrase-file)"
        }
        87 => "the card's PIN is wrong",
        99 | 198 | 277 => "the prompt was cancelled",
        108..=112 => "the card was removed, or is another one",
        130 => "the card's PIN is blocked",
        177 | 178 => "no passphrase was given",
        // Whatever else the prompt's program fails with.
        _ if text.contains("<Pinentry>") => {
            "gpg-agent cannot ask for the passphrase: pinentry failed (set GPG_TTY=$(tty), or give --passphrase-file)"
        }
        _ => return format!("gpg-agent: {text} (code {code})"),
    };
    words.to_owned()
}

/// The `grp` record after the `fpr` record of the key that signs (GnuPG's doc/DETAILS).
fn keygrip(listing: &str, fingerprint: Fingerprint) -> Option<String> {
    let fingerprint = fingerprint.to_string();
    let mut records = listing.lines().map(|line| line.split(':').collect::<Vec<_>>());
    records.find(|record| record[0] == "fpr" && record.get(9) == Some(&fingerprint.as_str()))?;
    let next = records.find(|record| matches!(record[0], "grp" | "sub" | "pub"))?;
    let grip = next.get(9).filter(|_| next[0] == "grp")?;
    (grip.len() == 40 && grip.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .then(|| (*grip).to_owned())
}

fn connect(home: Option<&Path>) -> Result<Connection, AgentError> {
    let printed = run("gpgconf", home, &["--list-dirs", "agent-socket"])?;
    let socket = PathBuf::from(String::from_utf8_lossy(&printed).trim());
    let unreachable = |trouble: &Trouble| AgentError::Unreachable {
        reason: said(trouble),
        socket: socket.clone(),
    };
    match Connection::open(&socket, PATIENCE) {
        Ok(connection) => return Ok(connection),
        // It runs and is stuck: one more cannot be started beside it.
        Err(trouble) if trouble.is_silence() => return Err(unreachable(&trouble)),
        Err(_) => {}
    }
    run("gpgconf", home, &["--launch", "gpg-agent"])?;
    Connection::open(&socket, PATIENCE).map_err(|trouble| unreachable(&trouble))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "tru::1:1:0:3:1:5\n\
        pub:u:4096:1:89ABCDEFBF9C326F:1:::u:::scSC::::::23::0:\n\
        fpr:::::::::0123456789ABCDEF0123456789ABCDEFBF9C326F:\n\
        grp:::::::::AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:\n\
        uid:u::::1::X::A <a@example.com>::::::::::0:\n\
        sub:u:4096:1:1111111111111111:1::::::s::::::23:\n\
        fpr:::::::::2222222222222222222222221111111111111111:\n\
        grp:::::::::BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB:\n";

    #[test]
    fn finds_the_keygrip_of_the_key_that_signs() {
        let grip = |fingerprint: &str| keygrip(LISTING, fingerprint.parse().unwrap());
        let primary = grip("0123456789ABCDEF0123456789ABCDEFBF9C326F");
        assert_eq!(primary, Some("A".repeat(40)));
        let subkey = grip("2222222222222222222222221111111111111111");
        assert_eq!(subkey, Some("B".repeat(40)));
        assert_eq!(grip("3333333333333333333333331111111111111111"), None);
    }

    #[test]
    fn says_what_a_refusal_means() {
        let told = |code| said(&Trouble::Refused { code, text: "Something <GPG Agent>".into() });
        assert_eq!(told(11), "the passphrase is wrong");
        assert_eq!(told(99), "the prompt was cancelled");
        assert_eq!(told(9999), "gpg-agent: Something <GPG Agent> (code 9999)");
    }
}
