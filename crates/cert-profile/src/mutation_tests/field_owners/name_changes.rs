//! Changes of issuer and subject.

use super::field_changes::root_with;
use super::*;

const UTF8: u8 = 0x0c;
const PRINTABLE: u8 = 0x13;
const COUNTRY: u8 = 6;
const COMMON_NAME: u8 = 3;

/// An attribute: the last arc of 2.5.4.x, the string's tag, its octets.
type Attribute = (u8, u8, Vec<u8>);
/// A name: RDNs of attributes.
type Rdns = Vec<Vec<Attribute>>;

fn rdns_of(field: &[u8]) -> Rdns {
    let mut sets = Elements::new(field).next("a name").unwrap().inside();
    let mut name = Vec::new();
    while !sets.rest().is_empty() {
        let mut attributes = sets.next("an RDN").unwrap().inside();
        let mut rdn = Vec::new();
        while !attributes.rest().is_empty() {
            let mut parts = attributes.next("an attribute").unwrap().inside();
            let oid = parts.next("its type").unwrap().content;
            let value = parts.next("its value").unwrap();
            rdn.push((oid[2], value.tag, value.content.to_vec()));
        }
        name.push(rdn);
    }
    name
}

fn encoded(name: &Rdns) -> Vec<u8> {
    let rdns = name.iter().map(|rdn| {
        let mut attributes: Vec<Vec<u8>> = rdn
            .iter()
            .map(|(arc, tag, octets)| {
                tlv(tag::SEQUENCE, &[&[6, 3, 0x55, 4, *arc][..], &tlv(*tag, octets)].concat())
            })
            .collect();
        attributes.sort();
        tlv(tag::SET, &attributes.concat())
    });
    tlv(tag::SEQUENCE, &rdns.collect::<Vec<_>>().concat())
}

/// One change of one attribute of a name, or of how they stand.
fn changed(name: &Rdns, index: prop::sample::Index, kind: usize, text: &str) -> Rdns {
    let mut name = name.clone();
    let place = index.index(name.len());
    let (arc, tag, octets) = &mut name[place][0];
    match kind {
        // Another text, no attribute, one more.
        0 => *octets = text.as_bytes().to_vec(),
        1 => drop(name.remove(place)),
        2 => name.insert(place, vec![(11, UTF8, text.as_bytes().to_vec())]),
        3 => name.insert(place, name[place].clone()),
        // Another string type, case, spaces.
        4 => *tag = if *tag == UTF8 { PRINTABLE } else { UTF8 },
        5 => *octets = octets.iter().map(u8::to_ascii_lowercase).collect(),
        6 => *octets = [b" ", octets.as_slice(), b"  "].concat(),
        // Another order, another grouping, another type.
        7 => name.rotate_left(1),
        8 => {
            let first = name.remove(0);
            name[0].extend(first);
        }
        _ => *arc = if *arc == 10 { 11 } else { 10 },
    }
    name
}

fn changes(place: usize) -> impl Strategy<Value = Vec<u8>> {
    let name = rdns_of(&GOOD.fields[place]);
    (any::<prop::sample::Index>(), 0..10_usize, "[A-Za-z][A-Za-z ]{0,20}[A-Za-z]")
        .prop_map(move |(index, kind, text)| encoded(&changed(&name, index, kind, &text)))
        .prop_filter("the good one", move |field| *field != GOOD.fields[place])
}

pub(super) fn issuer() -> BoxedStrategy<Changed> {
    changes(ISSUER).prop_map(|field| Changed::Certificate(with_field(ISSUER, field))).boxed()
}

pub(super) fn subject() -> BoxedStrategy<Changed> {
    changes(SUBJECT).prop_map(|field| Changed::Certificate(with_field(SUBJECT, field))).boxed()
}

/// Names that break a rule about names, whatever the request asks for.
pub(super) fn ill_formed() -> BoxedStrategy<Changed> {
    let one = |arc: u8, tag: u8, octets: &[u8]| {
        let mut name = rdns_of(&GOOD.fields[SUBJECT]);
        name.retain(|rdn| rdn[0].0 != arc);
        name.push(vec![(arc, tag, octets.to_vec())]);
        encoded(&name)
    };
    let empty_rdn = || {
        let mut name = rdns_of(&GOOD.fields[SUBJECT]);
        name.push(Vec::new());
        encoded(&name)
    };
    let two_names = |text: String| {
        let mut name = rdns_of(&GOOD.fields[SUBJECT]);
        name.push(vec![(COMMON_NAME, UTF8, text.into_bytes())]);
        encoded(&name)
    };
    prop_oneof![
        // A name that is not a sequence of sets; none at all; an empty RDN.
        "[a-z]{1,9}".prop_map(|text| tlv(tag::SEQUENCE, &tlv(UTF8, text.as_bytes()))),
        Just(tlv(tag::SEQUENCE, &[])),
        Just(()).prop_map(move |()| empty_rdn()),
        // Octets that are not UTF-8, characters that a PrintableString has not, NUL.
        (0x80..0xc0_u8).prop_map(move |octet| one(COMMON_NAME, UTF8, &[b'a', octet])),
        "[@*&_]{1,5}".prop_map(move |text| one(COMMON_NAME, PRINTABLE, text.as_bytes())),
        "[a-z]{0,5}".prop_map(move |text| one(COMMON_NAME, UTF8, format!("{text}\0").as_bytes())),
        // Teletex, IA5 where a DirectoryString stands, a country in UTF-8.
        "[a-z]{1,9}".prop_map(move |text| one(COMMON_NAME, 0x14, text.as_bytes())),
        "[a-z]{1,9}".prop_map(move |text| one(COMMON_NAME, 0x16, text.as_bytes())),
        Just(()).prop_map(move |()| one(COUNTRY, UTF8, b"AT")),
        // Too long, no two letters, two common names.
        "[a-z]{65,90}".prop_map(move |text| one(COMMON_NAME, UTF8, text.as_bytes())),
        "[A-Z]|[A-Z]{3}|[0-9]{2}".prop_map(move |text| one(COUNTRY, PRINTABLE, text.as_bytes())),
        "[a-z]{1,9}".prop_map(two_names),
    ]
    .prop_map(|field| Changed::Certificate(with_field(SUBJECT, field)))
    .boxed()
}

pub(super) fn root_issuer() -> BoxedStrategy<Changed> {
    // What matches the root's subject all the same is not another issuer.
    "[a-z]{1,20}"
        .prop_map(|text| {
            let name = vec![vec![(COMMON_NAME, UTF8, text.into_bytes())]];
            root_with(ISSUER, encoded(&name))
        })
        .boxed()
}
