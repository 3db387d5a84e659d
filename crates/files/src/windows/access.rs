//! Who can read and change a file or folder: its owner and its access list, as Windows writes them in SDDL
//! (Security Descriptor Definition Language, MS-DTYP 2.5.1).

#[cfg(windows)]
use std::fs::{File, OpenOptions};
#[cfg(windows)]
use std::io;
#[cfg(windows)]
use std::path::Path;
use std::{fmt, str::FromStr};

#[cfg(windows)]
use super::security;

/// Whom a secret file may be open to.
pub const PRIVATE: &str = "you, SYSTEM and Administrators alone";

const READ_DATA: u32 = 0x1;
const WRITE_DATA: u32 = 0x2;
const APPEND_DATA: u32 = 0x4;
const WRITE_EA: u32 = 0x10;
const DELETE_CHILD: u32 = 0x40;
const WRITE_ATTRIBUTES: u32 = 0x100;
const DELETE: u32 = 0x1_0000;
const WRITE_DAC: u32 = 0x4_0000;
const WRITE_OWNER: u32 = 0x8_0000;
const GENERIC_ALL: u32 = 0x1000_0000;
const GENERIC_WRITE: u32 = 0x4000_0000;
const GENERIC_READ: u32 = 0x8000_0000;
/// Rights that make every other one a matter of time.
const CONTROL: u32 = DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_ALL;
/// Rights that read a file.
pub(crate) const READS: u32 = READ_DATA | GENERIC_READ | GENERIC_ALL;
/// Rights that change a file, or put another in its place.
pub(crate) const CHANGES_FILE: u32 =
    CONTROL | WRITE_DATA | APPEND_DATA | WRITE_EA | WRITE_ATTRIBUTES | GENERIC_WRITE;
/// Rights that put something else in the place of what is in a folder. To add a file is not one of them.
pub(crate) const CHANGES_FOLDER: u32 = CONTROL | DELETE_CHILD;
/// The right to add a file: beside a library that is loaded, one that it loads in turn.
pub(crate) const ADDS_FILE: u32 = WRITE_DATA | GENERIC_WRITE;
/// What is taken for rights that are not understood.
const EVERYTHING: u32 = u32::MAX;

/// A user or group: a security identifier, such as `S-1-5-21-…-1001`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerId(String);

/// Identifiers that every Windows has, as SDDL abbreviates them. The names are those of an English Windows.
const WELL_KNOWN: [(&str, &str, &str); 17] = [
    ("SY", "S-1-5-18", "SYSTEM"),
    ("BA", "S-1-5-32-544", "Administrators"),
    ("WD", "S-1-1-0", "Everyone"),
    ("AU", "S-1-5-11", "Authenticated Users"),
    ("BU", "S-1-5-32-545", "Users"),
    ("BG", "S-1-5-32-546", "Guests"),
    ("PU", "S-1-5-32-547", "Power Users"),
    ("IU", "S-1-5-4", "Interactive"),
    ("NU", "S-1-5-2", "Network"),
    ("SU", "S-1-5-6", "Service"),
    ("AN", "S-1-5-7", "Anonymous"),
    ("LS", "S-1-5-19", "Local Service"),
    ("NS", "S-1-5-20", "Network Service"),
    ("CO", "S-1-3-0", "Creator Owner"),
    ("CG", "S-1-3-1", "Creator Group"),
    ("OW", "S-1-3-4", "Owner Rights"),
    ("BO", "S-1-5-32-551", "Backup Operators"),
];

/// What can do everything on the machine, as root can elsewhere: SYSTEM, Administrators, TrustedInstaller; and the rights that
/// an owner has, who is looked at by himself.
const ROOTS: [&str; 4] = [
    "S-1-5-18",
    "S-1-5-32-544",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
    "S-1-3-4",
];

impl OwnerId {
    /// From SDDL, where some are abbreviated.
    fn of_sddl(text: &str) -> Self {
        let known = WELL_KNOWN.iter().find(|(short, ..)| *short == text);
        Self(known.map_or(text, |(_, sid, _)| sid).to_owned())
    }

    /// Whether it can do everything on this machine. `LA` is what SDDL calls the built-in administrator.
    pub(crate) fn is_root(&self) -> bool {
        ROOTS.contains(&self.0.as_str()) || self.0 == "LA"
    }
}

impl fmt::Display for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for OwnerId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
        let numbers = text.strip_prefix("S-1-").map(|rest| rest.split('-').collect::<Vec<_>>());
        match numbers {
            Some(parts) if parts.len() >= 2 && parts.iter().all(|part| is_number(part)) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(
                "expected a security identifier such as S-1-5-21-1-2-3-1001 (whoami /user prints yours)",
            ),
        }
    }
}

/// Rights that an entry of an access list gives.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    to: OwnerId,
    rights: u32,
}

/// Who can read and change a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    owner: OwnerId,
    this_user: OwnerId,
    grants: Vec<Grant>,
    /// It takes nothing over from its folder.
    is_protected: bool,
}

impl Access {
    /// Reads a descriptor. What is not understood counts as rights for everybody; entries that deny are passed over, so that
    /// they never excuse one that allows.
    pub(crate) fn parse(sddl: &str, this_user: OwnerId) -> Self {
        let (head, list) = match sddl.find("D:") {
            Some(at) => (&sddl[..at], Some(&sddl[at + 2..])),
            None => (sddl, None),
        };
        let owner = head.strip_prefix("O:").unwrap_or("?");
        let owner = OwnerId::of_sddl(owner.split("G:").next().unwrap_or(owner));
        let everybody = || vec![Grant { to: OwnerId::of_sddl("WD"), rights: EVERYTHING }];
        let (is_protected, grants) = match list {
            None => (false, everybody()),
            Some(list) => {
                let flags = &list[..list.find('(').unwrap_or(list.len())];
                let grants = match flags.contains("NO_ACCESS_CONTROL") {
                    true => everybody(),
                    false => list[flags.len()..].split('(').skip(1).filter_map(grant).collect(),
                };
                (flags.contains('P'), grants)
            }
        };
        Self { owner, this_user, grants, is_protected }
    }

    /// Who of those that are not trusted has one of these rights.
    pub(crate) fn strangers(&self, rights: u32, trusted: &[OwnerId]) -> Vec<OwnerId> {
        let mut strangers = Vec::new();
        for grant in self.grants.iter().filter(|grant| grant.rights & rights != 0) {
            let is_ours = self.is_ours(&grant.to, trusted);
            if !is_ours && !strangers.contains(&grant.to) {
                strangers.push(grant.to.clone());
            }
        }
        strangers
    }

    pub(crate) fn is_foreign(&self, trusted: &[OwnerId]) -> bool {
        !self.is_ours(&self.owner, trusted)
    }

    fn is_ours(&self, id: &OwnerId, trusted: &[OwnerId]) -> bool {
        *id == self.this_user || id.is_root() || trusted.contains(id)
    }

    pub(crate) fn is_readable_by_others(&self) -> bool {
        !self.strangers(READS, &[]).is_empty()
    }

    /// Whether others can do nothing with it.
    pub fn is_private(&self) -> bool {
        self.strangers(EVERYTHING, &[]).is_empty()
    }

    /// Whether it was made for its owner alone, as secrets are: files in a user's own folders are private anyway.
    pub fn is_kept_as_secret(&self) -> bool {
        self.is_protected && self.is_private()
    }

    /// Whether only this user, the administrators and `owners` can change it.
    pub fn is_changed_only_by(&self, owners: &[OwnerId]) -> bool {
        !self.is_foreign(owners) && self.strangers(CHANGES_FOLDER | ADDS_FILE, owners).is_empty()
    }

    pub(crate) fn owner_id(&self) -> &OwnerId {
        &self.owner
    }

    /// The owner in words.
    pub fn owner(&self) -> String {
        named(&self.owner)
    }
}

#[cfg(windows)]
impl Access {
    /// Of what the name leads to.
    ///
    /// # Errors
    /// What the system says.
    pub fn at(path: &Path) -> io::Result<Self> {
        Self::of(&look(path, false)?)
    }

    /// Of a link itself, else of what the name leads to.
    pub(crate) fn of_name(path: &Path) -> io::Result<Self> {
        Self::of(&look(path, true)?)
    }

    /// Of a file that is open.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(file: &File) -> io::Result<Self> {
        let mut access = Self::parse(&security::descriptor(file)?, this_user()?);
        // The modes that Wine shows as lists take nothing over from a folder.
        access.is_protected |= security::is_wine();
        Ok(access)
    }
}

#[cfg(windows)]
pub(crate) fn this_user() -> io::Result<OwnerId> {
    security::this_user().map(|user| OwnerId(user.to_owned()))
}

/// Opens a file or folder to look at it, not to read it.
#[cfg(windows)]
pub(crate) fn look(path: &Path, is_link_meant: bool) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt as _;

    const READ_CONTROL: u32 = 0x2_0000;
    const READ_ATTRIBUTES: u32 = 0x80;
    const BACKUP_SEMANTICS: u32 = 0x0200_0000;
    const OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    let flags = BACKUP_SEMANTICS | if is_link_meant { OPEN_REPARSE_POINT } else { 0 };
    OpenOptions::new().access_mode(READ_CONTROL | READ_ATTRIBUTES).custom_flags(flags).open(path)
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strangers = self.strangers(EVERYTHING, &[]);
        if strangers.is_empty() {
            return f.write_str("open to nobody else");
        }
        let names: Vec<String> = strangers.iter().map(named).collect();
        write!(f, "open to {}", names.join(", "))
    }
}

fn named(id: &OwnerId) -> String {
    match WELL_KNOWN.iter().find(|(_, sid, _)| *sid == id.0) {
        Some((.., name)) => format!("{name} ({id})"),
        None => id.to_string(),
    }
}

/// An entry of an access list, `type;flags;rights;object;inherited;sid)…`; `None` for one that gives nothing here.
fn grant(entry: &str) -> Option<Grant> {
    let entry = &entry[..entry.find(')').unwrap_or(entry.len())];
    let fields: Vec<&str> = entry.split(';').collect();
    let [kind, flags, rights, _, _, sid, ..] = fields[..] else {
        return Some(Grant { to: OwnerId::of_sddl("WD"), rights: EVERYTHING });
    };
    // Denied, audited, labelled; and what holds only for what is made in a folder.
    let gives_nothing = ["D", "OD", "XD", "AU", "AL", "ML", "SP", "RA"].contains(&kind);
    let is_inherited_only = flags.as_bytes().chunks(2).any(|flag| flag == b"IO");
    if gives_nothing || is_inherited_only {
        return None;
    }
    Some(Grant { to: OwnerId::of_sddl(sid), rights: rights_of(rights) })
}

/// Rights as a number, or as abbreviations of two letters.
fn rights_of(text: &str) -> u32 {
    if let Some(digits) = text.strip_prefix("0x") {
        return u32::from_str_radix(digits, 16).unwrap_or(EVERYTHING);
    }
    if !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit()) {
        return text.parse().unwrap_or(EVERYTHING);
    }
    let right = |name: &[u8]| match name {
        b"FA" => 0x1f_01ff,
        b"FR" => 0x12_0089,
        b"FW" => 0x12_0116,
        b"FX" => 0x12_00a0,
        b"GA" => GENERIC_ALL,
        b"GR" => GENERIC_READ,
        b"GW" => GENERIC_WRITE,
        b"GX" => 0x2000_0000,
        b"RC" => 0x2_0000,
        b"SD" => DELETE,
        b"WD" => WRITE_DAC,
        b"WO" => WRITE_OWNER,
        b"CC" => READ_DATA,
        b"DC" => WRITE_DATA,
        b"LC" => APPEND_DATA,
        b"SW" => 0x8,
        b"RP" => WRITE_EA,
        b"WP" => 0x20,
        b"DT" => DELETE_CHILD,
        b"LO" => 0x80,
        b"CR" => WRITE_ATTRIBUTES,
        _ => EVERYTHING,
    };
    text.as_bytes().chunks(2).map(right).fold(0, |all, one| all | one)
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
