//! Subtrees and names of every form, each checked alone.

use der::Encode as _;
use proptest::prelude::*;

use super::general_name::GeneralName;
use super::{ConstrainedNames, NameConstraintError, NameConstraints};
use crate::decoded::element::Elements;
use crate::decoded::names::DecodedName;
use crate::name::Name;

pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = der::Length::try_from(content.len()).unwrap();
    [vec![tag], length.to_der().unwrap(), content.to_vec()].concat()
}

pub(super) const MAIL: u8 = 0x81;
pub(super) const DNS: u8 = 0x82;
pub(super) const URI: u8 = 0x86;
pub(super) const IP: u8 = 0x87;

/// Is the name inside the subtree?
fn within(tag: u8, name: &[u8], base: &[u8]) -> Result<bool, &'static str> {
    let read = |octets: &[u8]| {
        let whole = tlv(tag, octets);
        GeneralName::read(&Elements::new(&whole).next("it").unwrap()).unwrap()
    };
    read(name).is_within(&read(base))
}

#[test]
fn dns_names_are_compared_label_by_label() {
    for (name, base, inside) in [
        ("example.com", "example.com", true),
        ("EXAMPLE.com", "example.COM", true),
        ("a.b.example.com", "example.com", true),
        ("notexample.com", "example.com", false),
        ("com", "example.com", false),
        ("a.example.com", ".example.com", true),
        ("example.com", ".example.com", false),
        ("*.example.com", "example.com", true),
        ("anything", "", true),
    ] {
        assert_eq!(within(DNS, name.as_bytes(), base.as_bytes()), Ok(inside), "{name} {base}");
    }
    for name in ["", "a..b", ".a", "a.", "a b", "a*.b", "*", "a\0.example.com", "m\u{fc}ller.at"] {
        let refused = within(DNS, name.as_bytes(), b"example.com");
        assert!(refused.is_err(), "{name}: {refused:?}");
    }
    assert_eq!(within(DNS, b"a.b", b"*.b"), Err("the subtree is not a DNS name"));
}

#[test]
fn mail_addresses_are_compared_by_mailbox_host_or_domain() {
    for (name, base, inside) in [
        ("a@example.com", "a@example.com", true),
        ("A@example.com", "a@example.com", false),
        ("a@EXAMPLE.com", "a@example.com", true),
        ("a@example.com", "example.com", true),
        ("a@example.com", "@example.com", true),
        ("a@b.example.com", "example.com", false),
        ("a@b.example.com", ".example.com", true),
        ("a@example.com", ".example.com", false),
        ("\"x@y\"@example.com", "example.com", true),
    ] {
        assert_eq!(within(MAIL, name.as_bytes(), base.as_bytes()), Ok(inside), "{name} {base}");
    }
    for (name, base) in [
        ("a", "b"),
        ("@b", "b"),
        ("a@", "b"),
        ("a@b", ""),
        ("a@b", "a@"),
        ("x@y@b", "b"),
        ("a@b\n", "b"),
    ] {
        assert!(within(MAIL, name.as_bytes(), base.as_bytes()).is_err(), "{name} {base}");
    }
}

#[test]
fn of_a_uri_the_host_counts() {
    for (name, base, inside) in [
        ("https://host.example.com/path?x#y", "host.example.com", true),
        ("https://user:pw@HOST.example.com:8443/", "host.example.com", true),
        ("https://host.example.com@evil.org/", "host.example.com", false),
        ("https://evil.org/host.example.com", "host.example.com", false),
        ("opc.tcp://a.example.com", ".example.com", true),
        ("https://example.com/", ".example.com", false),
        ("https://a.example.com/", "example.com", false),
    ] {
        assert_eq!(within(URI, name.as_bytes(), base.as_bytes()), Ok(inside), "{name} {base}");
    }
    for name in [
        "urn:uuid:0011",
        "mailto:a@example.com",
        "example.com",
        "https:///x",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://example.com./",
        "/path",
        "",
    ] {
        assert!(within(URI, name.as_bytes(), b"example.com").is_err(), "{name}");
    }
}

#[test]
fn addresses_are_compared_under_the_mask() {
    let base = [10, 1, 0, 0, 255, 255, 0, 0];
    assert_eq!(within(IP, &[10, 1, 2, 3], &base), Ok(true));
    assert_eq!(within(IP, &[10, 2, 2, 3], &base), Ok(false));
    assert_eq!(within(IP, &[0; 16], &base), Ok(false));
    assert_eq!(within(IP, &[0; 16], &[0; 32]), Ok(true));
    assert!(within(IP, &[10, 1, 2], &base).is_err());
    assert!(within(IP, &[10, 1, 2, 3], &base[..4]).is_err());
}

fn constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> NameConstraints {
    let subtrees = |tag: u8, list: &[Vec<u8>]| {
        let subtrees: Vec<Vec<u8>> = list.iter().map(|base| tlv(0x30, base)).collect();
        if list.is_empty() { Vec::new() } else { tlv(tag, &subtrees.concat()) }
    };
    let content = [subtrees(0xa0, permitted), subtrees(0xa1, excluded)].concat();
    NameConstraints::from_der(&tlv(0x30, &content)).unwrap()
}

pub(super) fn directory(name: &str) -> Vec<u8> {
    tlv(0xa4, Name::parse(name).unwrap().der())
}

pub(super) fn decoded(name: &[u8]) -> DecodedName<'_> {
    DecodedName::read(name).unwrap()
}

fn names(subject: &str, alternative: &[Vec<u8>]) -> ConstrainedNames {
    let subject = Name::parse(subject).unwrap();
    let alternative = (!alternative.is_empty()).then(|| tlv(0x30, &alternative.concat()));
    ConstrainedNames::of_end(&decoded(subject.der()), alternative.as_deref()).unwrap()
}

#[test]
fn every_name_of_a_form_has_to_keep_to_it() {
    let permitted = constraints(&[tlv(DNS, b"example.com"), tlv(DNS, b"example.org")], &[]);
    let judged = |alternative: &[Vec<u8>]| permitted.check(&names("CN=device", alternative));
    assert_eq!(judged(&[]), Ok(()));
    assert_eq!(judged(&[tlv(DNS, b"a.example.org"), tlv(MAIL, b"a@b")]), Ok(()));
    assert_eq!(
        judged(&[tlv(DNS, b"a.example.org"), tlv(DNS, b"example.net")]),
        Err(NameConstraintError::NotPermitted {
            name: "DNS example.net".to_owned(),
            permitted: "DNS example.com, DNS example.org".to_owned(),
        })
    );
    let excluded = constraints(&[tlv(DNS, b"example.com")], &[tlv(DNS, b"x.example.com")]);
    assert_eq!(
        excluded.check(&names("CN=device", &[tlv(DNS, b"*.example.com")])),
        Err(NameConstraintError::Excluded {
            name: "DNS *.example.com".to_owned(),
            excluded: "DNS x.example.com".to_owned(),
        })
    );
    assert_eq!(excluded.check(&names("CN=device", &[tlv(DNS, b"y.example.com")])), Ok(()));
}

#[test]
fn the_subject_is_a_directory_name_and_may_hold_mail_and_hosts() {
    let within_o = constraints(&[directory("O=Example,C=AT")], &[]);
    assert_eq!(within_o.check(&names("CN=a,O=EXAMPLE,C=AT", &[])), Ok(()));
    assert!(within_o.check(&names("CN=a,O=Other,C=AT", &[])).is_err());
    assert!(within_o.check(&names("O=Example", &[])).is_err());
    assert!(within_o.check(&names("CN=a,O=Example,C=AT", &[directory("CN=b")])).is_err());
    let empty = ConstrainedNames::of_end(&decoded(&[0x30, 0]), None).unwrap();
    assert_eq!(within_o.check(&empty), Ok(()));

    let mail = constraints(&[tlv(MAIL, b"example.com")], &[]);
    assert_eq!(mail.check(&names("emailAddress=a@example.com", &[])), Ok(()));
    assert!(mail.check(&names("emailAddress=a@example.org", &[])).is_err());

    let hosts = constraints(&[], &[tlv(DNS, b"example.com")]);
    assert!(hosts.check(&names("CN=a.example.com", &[])).is_err());
    assert_eq!(hosts.check(&names("CN=a.example.com", &[tlv(DNS, b"b.org")])), Ok(()));
    assert_eq!(hosts.check(&names("CN=device", &[])), Ok(()));
    let subject = Name::parse("CN=a.example.com").unwrap();
    assert_eq!(
        hosts.check(&ConstrainedNames::of_issuer(&decoded(subject.der()), None).unwrap()),
        Ok(())
    );
}

#[test]
fn what_cannot_be_compared_is_refused_where_it_occurs() {
    // registeredID 1.2.3, otherName 1.2.3 and one of another type.
    let registered = tlv(0x88, &[0x2a, 3]);
    let other = |last: u8| tlv(0xa0, &[&[6, 2, 0x2a, last][..], &tlv(0xa0, &[5, 0])].concat());
    let limits = constraints(&[], &[registered.clone(), other(3)]);
    assert_eq!(limits.check(&names("CN=a", &[tlv(DNS, b"a.b"), other(4)])), Ok(()));
    for name in [registered, other(3)] {
        assert!(matches!(
            limits.check(&names("CN=a", &[name])),
            Err(NameConstraintError::Incomparable { .. })
        ));
    }
    // SmtpUTF8Mailbox falls under the constraint on mail.
    let mailbox = tlv(0xa0, &[6, 8, 0x2b, 6, 1, 5, 5, 7, 8, 9, 0xa0, 3, 0x0c, 1, b'a']);
    assert!(constraints(&[tlv(MAIL, b"b")], &[]).check(&names("CN=a", &[mailbox])).is_err());
    // A maximum.
    let bounded = tlv(0x30, &tlv(0xa0, &tlv(0x30, &[tlv(DNS, b"b"), tlv(0x81, &[3])].concat())));
    let bounded = NameConstraints::from_der(&bounded).unwrap();
    assert!(bounded.check(&names("CN=a", &[tlv(DNS, b"b")])).is_err());
    assert_eq!(bounded.check(&names("CN=a", &[tlv(MAIL, b"a@b")])), Ok(()));
    // More names and subtrees than anybody compares.
    let many = constraints(&vec![tlv(DNS, b"b"); 5000], &[]);
    let crowd = names("CN=a", &vec![tlv(DNS, b"b"); 5000]);
    assert!(matches!(many.check(&crowd), Err(NameConstraintError::Incomparable { .. })));
}

#[test]
fn no_subtree_is_no_constraint_to_rely_on() {
    for value in [&[][..], &[0x30, 0], &[0x30, 2, 0xa0, 0], &[0x30, 4, 0xa0, 2, 0x30, 0], &[5, 0]] {
        assert!(NameConstraints::from_der(value).is_err(), "{value:02x?}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(
        value in prop::collection::vec(any::<u8>(), 0..200),
        tag in 0x80_u8..0xa9,
        name in prop::collection::vec(any::<u8>(), 0..60),
        base in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let _ = NameConstraints::from_der(&value);
        if let Ok(subject) = DecodedName::read(&value) {
            let _ = ConstrainedNames::of_end(&subject, Some(&value));
        }
        let subtree = tlv(0x30, &tlv(0xa1, &tlv(0x30, &tlv(tag, &base))));
        let alternative = tlv(0x30, &tlv(tag, &name));
        if let (Ok(constraints), Ok(names)) = (
            NameConstraints::from_der(&subtree),
            ConstrainedNames::of_end(&decoded(&[0x30, 0]), Some(&alternative)),
        ) {
            let _ = constraints.check(&names).map_err(|error| error.to_string());
        }
    }
}
