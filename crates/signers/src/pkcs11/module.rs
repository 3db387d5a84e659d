//! Which library speaks for the token: what the URI names, else what is where modules usually are.

use std::path::{Path, PathBuf};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use el2g_files::{FileRole, InputPolicy, TrustError};
use el2g_key_payload::io_reason;

use super::{Token, TokenError};
use crate::key_place::TokenUri;

/// Folders that hold PKCS #11 modules on Linux distributions and macOS.
#[cfg(not(windows))]
const FOLDERS: [&str; 12] = [
    "/usr/lib/pkcs11",
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/lib64/pkcs11",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib/softhsm",
    "/usr/lib",
    "/usr/local/lib/softhsm",
    "/usr/local/lib",
    "/opt/homebrew/lib",
];

/// Where the installers of OpenSC, the Yubico PIV Tool and SoftHSM2 put their modules; a relative one is in the folder of programs.
#[cfg(windows)]
const FOLDERS: [&str; 3] =
    [r"OpenSC Project\OpenSC\pkcs11", r"Yubico\Yubico PIV Tool\bin", r"C:\SoftHSM2\lib"];

/// Tried in this order when none is named: all modules that the system knows, then SoftHSM2.
#[cfg(not(windows))]
const USUAL: [&str; 2] = ["p11-kit-proxy", "softhsm2"];

/// Tried in this order when none is named: OpenSC, which knows most cards, then the others.
#[cfg(windows)]
const USUAL: [&str; 3] = ["opensc-pkcs11", "ykcs11", "softhsm2-x64"];

/// Finds the module: `module-path`, else `module-name`, else `named` (a setting), else a usual one.
pub(super) fn find(uri: &TokenUri, named: Option<&Path>) -> Result<PathBuf, TokenError> {
    if cfg!(target_feature = "crt-static") {
        return Err(TokenError::StaticProgram);
    }
    if let Some(path) = uri.text("module-path") {
        return Ok(PathBuf::from(path));
    }
    let tried = || folders().map(|folder| folder.display().to_string()).collect();
    if let Some(name) = uri.text("module-name") {
        return in_folders(&name).ok_or_else(|| TokenError::NoModuleNamed { name, tried: tried() });
    }
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    USUAL.into_iter().find_map(in_folders).ok_or_else(|| TokenError::NoModule { tried: tried() })
}

impl Token {
    /// The module that [`Token::find`] would load: it is there and nobody else can change it. It is not loaded.
    ///
    /// # Errors
    /// [`TokenError`] about the module.
    pub fn module(uri: &TokenUri, module: Option<&Path>) -> Result<PathBuf, TokenError> {
        let path = find(uri, module)?;
        check(&path)?;
        match std::fs::metadata(&path) {
            Ok(found) if found.is_file() => Ok(path),
            Ok(_) => Err(TokenError::Module { path, reason: "expected a file".to_owned() }),
            Err(error) => Err(TokenError::Module { path, reason: io_reason(error.kind()) }),
        }
    }
}

#[cfg(not(windows))]
fn folders() -> impl Iterator<Item = PathBuf> {
    FOLDERS.iter().map(PathBuf::from)
}

#[cfg(windows)]
fn folders() -> impl Iterator<Item = PathBuf> {
    let programs = std::env::var_os("ProgramFiles").unwrap_or_else(|| r"C:\Program Files".into());
    FOLDERS.iter().map(move |folder| Path::new(&programs).join(folder))
}

/// RFC 7512 section 2.3: a module's name has no `lib` before and no suffix after it.
fn in_folders(name: &str) -> Option<PathBuf> {
    if name.is_empty() || name.contains(['/', '\\', ':']) {
        return None;
    }
    let files = match cfg!(windows) {
        true => vec![format!("{name}.dll"), format!("lib{name}.dll")],
        false => vec![format!("{name}.so"), format!("lib{name}.so"), format!("lib{name}.dylib")],
    };
    folders()
        .find_map(|folder| files.iter().map(|file| folder.join(file)).find(|path| path.is_file()))
}

/// Loads and starts a module. This runs its code in our process: its path comes from the user.
pub(super) fn load(path: &Path) -> Result<Pkcs11, TokenError> {
    let refused = |reason: String| TokenError::Module { path: path.to_owned(), reason };
    check(path)?;
    let module = Pkcs11::new(path).map_err(|error| refused(reason(&error)))?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(module),
        Err(error) => Err(refused(reason(&error))),
    }
}

/// Refuses a module that another user can change, and one whose folder is. No option relaxes this.
fn check(path: &Path) -> Result<(), TokenError> {
    match InputPolicy::default().check(path, FileRole::Code) {
        Err(TrustError::Untrusted(found)) => Err(TokenError::UntrustedModule(found)),
        // The loader says what is wrong with a file that is not there.
        Ok(()) | Err(TrustError::Io { .. }) => Ok(()),
    }
}

fn reason(error: &Error) -> String {
    match error {
        Error::LibraryLoading(inner) => inner.to_string(),
        Error::MissingSymbol(name) => format!("it has no function {name}"),
        Error::Pkcs11(value, function) => format!("C_{function:?} failed: {value:?}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyPlace;

    fn uri(text: &str) -> TokenUri {
        match text.parse() {
            Ok(KeyPlace::Token(uri)) => uri,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_uri_names_the_module_before_the_setting_does() {
        let setting = Path::new("/setting.so");
        let found = find(&uri("pkcs11:token=x?module-path=/opt/a%20b.so"), Some(setting));
        assert_eq!(found, Ok(PathBuf::from("/opt/a b.so")));
        assert_eq!(find(&uri("pkcs11:token=x"), Some(setting)), Ok(setting.to_owned()));
        for name in ["no-such-module", "../../etc/passwd"] {
            let found = find(&uri(&format!("pkcs11:?module-name={name}")), Some(setting));
            assert!(matches!(found, Err(TokenError::NoModuleNamed { .. })), "{found:?}");
        }
    }

    #[test]
    fn what_is_no_module_says_so() {
        let missing = load(Path::new("/nowhere/module.so")).unwrap_err().to_string();
        assert!(missing.starts_with("/nowhere/module.so: cannot be used as a PKCS #11 module: "));
    }
}
