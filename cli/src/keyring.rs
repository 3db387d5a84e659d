//! Secrets in the keyring of the system: the Secret Service of the desktop (GNOME Keyring, KWallet, KeePassXC), by its
//! D-Bus interface; on Windows the Credential Manager. A keyring that is locked asks on the desktop, and one may never
//! answer: it is asked with a time limit. Built with the feature `keyring`; without it every use says so.

use std::fmt;
use std::time::Duration;

use el2g_key_payload::SecretBytes;
use el2g_workflows::Failure;

use crate::Result;

/// The service that all entries are of.
const SERVICE: &str = "el2g";

/// What to use instead of a keyring.
const INSTEAD: &str = "use token-file, or token-command with a program that prints the token";

/// The place of a secret in the keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyringEntry {
    user: String,
}

impl fmt::Display for KeyringEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry `{}`", self.user)
    }
}

impl KeyringEntry {
    /// The token of a profile.
    pub fn token(profile: &str) -> Self {
        Self { user: profile.to_owned() }
    }

    /// The client secret of a profile.
    pub fn client_secret(profile: &str) -> Self {
        Self { user: format!("{profile}/client-secret") }
    }

    /// A command of libsecret's that prints the same secret, for the cURL line of a dry run; other keyrings have none.
    pub fn look_up_command(&self) -> Option<Vec<String>> {
        let words = ["secret-tool", "lookup", "service", SERVICE, "username", &self.user];
        let is_secret_service = cfg!(not(any(windows, target_os = "macos")));
        is_secret_service.then(|| words.map(str::to_owned).into())
    }

    /// The secret, or why there is none after so long.
    pub fn read(&self, patience: Duration) -> Result<SecretBytes> {
        match asked(patience, self.clone(), |entry| store::read(SERVICE, &entry.user))? {
            Some(secret) => Ok(secret),
            None => Err(self.missing()),
        }
    }

    /// Stores the secret, in the place of one that is there.
    pub fn write(&self, secret: SecretBytes, patience: Duration) -> Result<()> {
        asked(patience, self.clone(), move |entry| {
            store::write(SERVICE, &entry.user, secret.expose())
        })
    }

    /// Removes the secret; `false` where there was none.
    pub fn remove(&self, patience: Duration) -> Result<bool> {
        asked(patience, self.clone(), |entry| store::remove(SERVICE, &entry.user))
    }

    fn missing(&self) -> Failure {
        Failure::input(format!("the system's keyring has no {self} of {SERVICE}"))
            .with_hint("`el2g config token set` stores the token there")
    }
}

/// Why the keyring did not do as asked: what the library said, which names no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unusable(String);

/// Asks on a thread of its own, which is left behind where it takes too long: the library cannot be interrupted.
fn asked<T: Send + 'static>(
    patience: Duration,
    entry: KeyringEntry,
    ask: impl FnOnce(&KeyringEntry) -> std::result::Result<T, Unusable> + Send + 'static,
) -> Result<T> {
    let (sender, answer) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new().name("keyring".to_owned());
    let begun = thread.spawn(move || {
        // Where nobody waits any more, the answer is wiped as it is dropped.
        let _ = sender.send(ask(&entry));
    });
    begun.map_err(|error| Failure::bug(format!("cannot start a thread: {error}")))?;
    match answer.recv_timeout(patience) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(Unusable(reason))) => {
            Err(Failure::input(format!("the system's keyring cannot be used: {reason}"))
                .with_hint(INSTEAD))
        }
        Err(_) => Err(Failure::input(format!(
            "the system's keyring did not answer within {} s",
            patience.as_secs_f32()
        ))
        .with_hint(format!("unlock it on the desktop and try again, or {INSTEAD}"))),
    }
}

/// The keyring itself.
#[cfg(feature = "keyring")]
mod store {
    use std::collections::HashMap;

    use ::keyring_core::{Entry, Error};
    use el2g_key_payload::SecretBytes;

    use super::Unusable;

    fn entry(service: &str, user: &str) -> Result<Entry, Unusable> {
        if let Err(error) = ::keyring::Entry::store_status() {
            return Err(unusable(error));
        }
        // Else a credential of Windows goes along to each machine of the domain on which its owner logs in.
        let stays_here = HashMap::from([("persistence", "Local")]);
        let modifiers = if cfg!(windows) { stays_here } else { HashMap::new() };
        Entry::new_with_modifiers(service, user, &modifiers).map_err(|error| unusable(&error))
    }

    /// What went wrong, without the bytes that some errors carry.
    fn unusable(error: &Error) -> Unusable {
        Unusable(match error {
            Error::NoStorageAccess(cause) => format!("it is locked or not running: {cause}"),
            Error::PlatformFailure(cause) => cause.to_string(),
            Error::BadEncoding(_) | Error::BadDataFormat(..) => {
                "what it holds cannot be read".to_owned()
            }
            other => other.to_string(),
        })
    }

    pub(super) fn read(service: &str, user: &str) -> Result<Option<SecretBytes>, Unusable> {
        match entry(service, user)?.get_secret() {
            Ok(secret) => Ok(Some(SecretBytes::new(secret))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(unusable(&error)),
        }
    }

    pub(super) fn write(service: &str, user: &str, secret: &[u8]) -> Result<(), Unusable> {
        entry(service, user)?.set_secret(secret).map_err(|error| unusable(&error))
    }

    pub(super) fn remove(service: &str, user: &str) -> Result<bool, Unusable> {
        match entry(service, user)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(unusable(&error)),
        }
    }
}

/// No keyring.
#[cfg(not(feature = "keyring"))]
mod store {
    use el2g_key_payload::SecretBytes;

    use super::Unusable;

    fn missing<T>() -> Result<T, Unusable> {
        Err(Unusable("this el2g was built without the feature `keyring`".to_owned()))
    }

    pub(super) fn read(_: &str, _: &str) -> Result<Option<SecretBytes>, Unusable> {
        missing()
    }

    pub(super) fn write(_: &str, _: &str, _: &[u8]) -> Result<(), Unusable> {
        missing()
    }

    pub(super) fn remove(_: &str, _: &str) -> Result<bool, Unusable> {
        missing()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> KeyringEntry {
        KeyringEntry::token("line-7")
    }

    #[test]
    fn a_keyring_that_hangs_is_waited_for_until_the_time_is_up() {
        let hung = asked(Duration::from_millis(50), entry(), |_| {
            std::thread::sleep(Duration::from_secs(30));
            Ok(())
        });
        let failure = hung.unwrap_err();
        assert_eq!(failure.message, "the system's keyring did not answer within 0.05 s");
        assert!(failure.hint.is_some_and(|hint| hint.contains("token-file")));
    }

    #[test]
    fn a_keyring_that_fails_says_why() {
        let failed =
            asked(Duration::from_secs(5), entry(), |_| Err::<(), _>(Unusable("no bus".to_owned())));
        assert_eq!(failed.unwrap_err().message, "the system's keyring cannot be used: no bus");
        assert_eq!(
            asked(Duration::from_secs(5), entry(), |it| Ok(it.user.clone())).unwrap(),
            "line-7"
        );
    }

    #[test]
    fn the_token_and_the_client_secret_of_a_profile_are_two_entries() {
        assert_eq!(entry().to_string(), "entry `line-7`");
        assert_eq!(
            KeyringEntry::client_secret("line-7").to_string(),
            "entry `line-7/client-secret`"
        );
        let words = ["secret-tool", "lookup", "service", "el2g", "username", "line-7"];
        let command = entry().look_up_command();
        if cfg!(windows) {
            assert_eq!(command, None, "no program of Windows prints a secret");
        } else {
            assert_eq!(command.unwrap(), words);
        }
    }
}
