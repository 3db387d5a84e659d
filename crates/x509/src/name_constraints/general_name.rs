//! The forms of a name in subjectAltName and nameConstraints, and when one lies within another (RFC 5280 section
//! 4.2.1.10).

use std::fmt;

use crate::decoded::element::{Element, describe_tag, tag};
use crate::name::{Name, rdns_match};
use crate::oid::Oid;
use base16ct::lower::encode_string as hex;

/// Which names are compared with which: the form, and for an otherName its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameForm {
    Other(Oid),
    Mail,
    Dns,
    X400,
    Directory,
    EdiParty,
    Uri,
    Ip,
    RegisteredId,
}

/// A GeneralName (RFC 5280 section 4.2.1.6) as a name or as the base of a subtree.
#[derive(Clone, Debug)]
pub(super) enum GeneralName {
    Other(Oid),
    Mail(Vec<u8>),
    Dns(Vec<u8>),
    X400,
    Directory(Name),
    EdiParty,
    Uri(Vec<u8>),
    Ip(Vec<u8>),
    RegisteredId(Vec<u8>),
}

/// Internationalised mail addresses (RFC 9598 section 6): constraints on mail addresses hold for them.
const SMTP_UTF8_MAILBOX: Oid = Oid::from_dotted("1.3.6.1.5.5.7.8.9");

const NOT_COMPARED: &str = "names of this form are not compared";

impl GeneralName {
    /// Takes one element of a GeneralNames or the base of a subtree.
    pub(super) fn read(element: &Element<'_>) -> Result<Self, String> {
        let octets = element.content;
        if element.tag & 0xc0 != 0x80 {
            return Err(format!("{} where a general name should stand", describe_tag(element.tag)));
        }
        Ok(match element.tag & 0x1f {
            0 => {
                let kind = element.inside().expect(tag::OID, "the type of an other name");
                let kind = kind.map_err(|fault| fault.to_string())?.content;
                Self::Other(Oid::from_octets(kind).ok_or("an odd type of an other name")?)
            }
            1 => Self::Mail(octets.to_vec()),
            2 => Self::Dns(octets.to_vec()),
            3 => Self::X400,
            4 => Self::Directory(Name::from_der(octets).map_err(|error| error.to_string())?),
            5 => Self::EdiParty,
            6 => Self::Uri(octets.to_vec()),
            7 => Self::Ip(octets.to_vec()),
            8 => Self::RegisteredId(octets.to_vec()),
            other => return Err(format!("[{other}] where a general name should stand")),
        })
    }

    /// An address from an emailAddress attribute of a subject.
    pub(super) fn mail_in_subject(octets: &[u8]) -> Self {
        Self::Mail(octets.to_vec())
    }

    pub(super) const fn form(&self) -> NameForm {
        match self {
            Self::Other(kind) => NameForm::Other(*kind),
            Self::Mail(_) => NameForm::Mail,
            Self::Dns(_) => NameForm::Dns,
            Self::X400 => NameForm::X400,
            Self::Directory(_) => NameForm::Directory,
            Self::EdiParty => NameForm::EdiParty,
            Self::Uri(_) => NameForm::Uri,
            Self::Ip(_) => NameForm::Ip,
            Self::RegisteredId(_) => NameForm::RegisteredId,
        }
    }

    /// Does this base of a subtree speak of names of that form?
    pub(super) fn constrains(&self, form: NameForm) -> bool {
        self.form() == form
            || form == NameForm::Other(SMTP_UTF8_MAILBOX) && self.form() == NameForm::Mail
    }

    /// Is this name inside the subtree of `base`, which is of the same form?
    ///
    /// The error says why they cannot be compared.
    pub(super) fn is_within(&self, base: &Self) -> Result<bool, &'static str> {
        match (self, base) {
            (Self::Mail(name), Self::Mail(base)) => mail_within(ascii(name)?, ascii(base)?),
            (Self::Dns(name), Self::Dns(base)) => dns_within(dns_name(name)?, dns_base(base)?),
            (Self::Uri(name), Self::Uri(base)) => uri_within(ascii(name)?, ascii(base)?),
            (Self::Ip(name), Self::Ip(base)) => ip_within(name, base),
            (Self::Directory(name), Self::Directory(base)) => Ok(directory_within(name, base)),
            _ => Err(NOT_COMPARED),
        }
    }

    /// Is this name, or one it stands for, inside the subtree of `base`?
    pub(super) fn overlaps(&self, base: &Self) -> Result<bool, &'static str> {
        if let (Self::Dns(name), Self::Dns(base)) = (self, base)
            && let Some(parent) = dns_name(name)?.strip_prefix("*.")
            && let Some((_, behind)) = dns_base(base)?.split_once('.')
            && parent.eq_ignore_ascii_case(behind)
        {
            return Ok(true);
        }
        self.is_within(base)
    }
}

impl fmt::Display for GeneralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Octets of a name that are shown.
        const SHOWN: usize = 200;
        let text = |octets: &[u8]| octets[..octets.len().min(SHOWN)].escape_ascii().to_string();
        match self {
            Self::Other(kind) => write!(f, "other name {kind}"),
            Self::Mail(octets) => write!(f, "mail {}", text(octets)),
            Self::Dns(octets) if octets.is_empty() => f.write_str("DNS of any name"),
            Self::Dns(octets) => write!(f, "DNS {}", text(octets)),
            Self::X400 => f.write_str("X.400 address"),
            Self::Directory(name) if name.is_empty() => f.write_str("directory name of any kind"),
            Self::Directory(name) => {
                write!(
                    f,
                    "directory name {}",
                    name.to_string().chars().take(SHOWN).collect::<String>()
                )
            }
            Self::EdiParty => f.write_str("EDI party name"),
            Self::Uri(octets) => write!(f, "URI {}", text(octets)),
            Self::Ip(octets) => match address(octets) {
                Some(address) => write!(f, "IP {address}"),
                None => match octets
                    .split_at_checked(octets.len() / 2)
                    .map(|(net, mask)| (address(net), address(mask)))
                {
                    Some((Some(net), Some(mask))) => write!(f, "IP {net}/{mask}"),
                    _ => write!(f, "IP of {} octets", octets.len()),
                },
            },
            Self::RegisteredId(octets) => {
                write!(f, "registered id {}", hex(&octets[..octets.len().min(SHOWN)]))
            }
        }
    }
}

fn address(octets: &[u8]) -> Option<std::net::IpAddr> {
    match octets.len() {
        4 => <[u8; 4]>::try_from(octets).ok().map(Into::into),
        16 => <[u8; 16]>::try_from(octets).ok().map(Into::into),
        _ => None,
    }
}

/// The characters of an IA5String without control characters.
fn ascii(octets: &[u8]) -> Result<&str, &'static str> {
    std::str::from_utf8(octets)
        .ok()
        .filter(|text| text.bytes().all(|octet| matches!(octet, 0x20..=0x7e)))
        .ok_or("it holds characters that an IA5String cannot show")
}

/// `text` ends in `end`, case aside, and has more before it.
fn ends_in(text: &str, end: &str) -> bool {
    text.len() > end.len()
        && text.as_bytes()[text.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
}

/// Something, in which an `@` stands only between quotation marks (RFC 5321 section 4.1.2).
fn is_local_part(text: &str) -> bool {
    let quoted = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    !text.is_empty() && (quoted || !text.contains('@'))
}

/// `user@host` is one mailbox, `host` all mailboxes of a host, `.domain` all mailboxes of hosts in a domain.
fn mail_within(name: &str, base: &str) -> Result<bool, &'static str> {
    let (local, host) = name
        .rsplit_once('@')
        .filter(|(local, host)| is_local_part(local) && !host.is_empty())
        .ok_or("it is not a mail address")?;
    match base.rsplit_once('@') {
        Some((_, "")) | None if base.ends_with('@') || base.is_empty() => {
            Err("the subtree names neither a mailbox nor a host")
        }
        // The local part counts letter by letter (RFC 5280 section 7.5).
        Some((base_local, base_host)) => {
            Ok((base_local.is_empty() || base_local == local)
                && base_host.eq_ignore_ascii_case(host))
        }
        None if base.starts_with('.') => Ok(ends_in(host, base)),
        None => Ok(base.eq_ignore_ascii_case(host)),
    }
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
}

/// A DNS name, with `*` as its first label allowed.
fn dns_name(octets: &[u8]) -> Result<&str, &'static str> {
    let text = ascii(octets)?;
    let labels = text.strip_prefix("*.").unwrap_or(text);
    if labels.split('.').all(is_label) { Ok(text) } else { Err("it is not a DNS name") }
}

/// A DNS subtree: a name, one with a dot before it (which RFC 5280 does not know and many CAs write), or nothing.
fn dns_base(octets: &[u8]) -> Result<&str, &'static str> {
    let text = ascii(octets)?;
    let labels = text.strip_prefix('.').unwrap_or(text);
    if text.is_empty() || labels.split('.').all(is_label) {
        Ok(text)
    } else {
        Err("the subtree is not a DNS name")
    }
}

/// A name and all that is made by adding labels on its left; with a dot before it only the latter.
fn dns_within(name: &str, base: &str) -> Result<bool, &'static str> {
    if base.is_empty() || base.starts_with('.') {
        return Ok(base.is_empty() || ends_in(name, base));
    }
    let longer = ends_in(name, base) && name.as_bytes()[name.len() - base.len() - 1] == b'.';
    Ok(longer || name.eq_ignore_ascii_case(base))
}

/// `host` is that host alone, `.domain` every host in a domain. The host has to be a name.
fn uri_within(name: &str, base: &str) -> Result<bool, &'static str> {
    let uri: http::Uri = name.parse().map_err(|_| "it is not a URI with a host")?;
    let host = match (uri.scheme(), uri.host()) {
        (Some(_), Some(host)) if host.split('.').all(is_label) => host,
        _ => return Err("it is not a URI with a host"),
    };
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err("its host is an address and no name");
    }
    if base.is_empty() {
        return Err("the subtree names no host");
    }
    Ok(if base.starts_with('.') { ends_in(host, base) } else { base.eq_ignore_ascii_case(host) })
}

/// An address under a mask; another family is simply outside.
fn ip_within(name: &[u8], base: &[u8]) -> Result<bool, &'static str> {
    if !matches!(name.len(), 4 | 16) {
        return Err("it is not an IP address");
    }
    if !matches!(base.len(), 8 | 32) {
        return Err("the subtree is not an IP address with a mask");
    }
    let (network, mask) = base.split_at(base.len() / 2);
    Ok(name.len() == network.len()
        && name
            .iter()
            .zip(network)
            .zip(mask)
            .all(|((octet, network), mask)| octet & mask == network & mask))
}

/// The base's RDNs are the first of the name's, by RFC 5280 section 7.1.
fn directory_within(name: &Name, base: &Name) -> bool {
    base.rdns().len() <= name.rdns().len()
        && base.rdns().iter().zip(name.rdns()).all(|(base, name)| rdns_match(base, name))
}

/// A common name of two labels or more, every one of which could stand in the DNS.
pub(super) fn host_in_common_name(text: &str) -> Option<GeneralName> {
    let text = text.trim_end_matches('\0');
    let is_host = text.contains('.')
        && text
            .split('.')
            .all(|label| is_label(label) && !label.starts_with('-') && !label.ends_with('-'));
    is_host.then(|| GeneralName::Dns(text.as_bytes().to_vec()))
}
