//! Changes of extensions: presence, criticality, value.

use super::field_changes::{root_fields, root_with};
use super::*;

fn put(field: Vec<u8>) -> Changed {
    Changed::Certificate(with_field(EXTENSIONS, field))
}

/// The list of extensions of these fields, each whole.
fn extensions_of(fields: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let wrapper = Elements::new(fields.last().unwrap()).next("it").unwrap();
    let mut elements = wrapper.inside().next("the list").unwrap().inside();
    let mut list = Vec::new();
    while !elements.rest().is_empty() {
        list.push(elements.next("an extension").unwrap().whole.to_vec());
    }
    list
}

fn field(list: &[Vec<u8>]) -> Vec<u8> {
    tlv(0xa3, &tlv(tag::SEQUENCE, &list.concat()))
}

/// The good extensions and one more.
fn with_one_more(more: Vec<u8>) -> Changed {
    let mut list = extensions_of(&GOOD.fields);
    list.push(more);
    put(field(&list))
}

/// The value of a good extension.
fn value_of(dotted_tail: u8) -> Vec<u8> {
    let good = with_field(SERIAL, GOOD.fields[SERIAL].clone());
    let decoded = Decoded::read(&good).unwrap();
    decoded.extension(&[0x55, 0x1d, dotted_tail]).unwrap().value.to_vec()
}

fn with_value(dotted_tail: u8, critical: bool, value: &[u8]) -> Changed {
    put(extensions_with(dotted_tail, Some(extension(dotted_tail, critical, value))))
}

pub(super) fn list() -> BoxedStrategy<Changed> {
    let twice = (0..4_usize).prop_map(|index| {
        let mut list = extensions_of(&GOOD.fields);
        list.push(list[index].clone());
        put(field(&list))
    });
    let unknown_twice = prop::collection::vec(any::<u8>(), 0..9).prop_map(|value| {
        let mut list = extensions_of(&GOOD.fields);
        list.extend([extension(0x63, false, &value), extension(0x63, false, &[5, 0])]);
        put(field(&list))
    });
    prop_oneof![4 => twice, 4 => unknown_twice, 1 => Just(put(field(&[])))].boxed()
}

pub(super) fn absent(dotted_tail: u8) -> BoxedStrategy<Changed> {
    Just(put(extensions_with(dotted_tail, None))).boxed()
}

/// The other criticality, or one that DER does not have.
pub(super) fn criticality(dotted_tail: u8) -> BoxedStrategy<Changed> {
    let good_is_critical = [0x13, 0x0f].contains(&dotted_tail);
    any::<u8>()
        .prop_map(move |octet| {
            let value = value_of(dotted_tail);
            if octet == 0xff || octet.is_multiple_of(4) {
                return with_value(dotted_tail, !good_is_critical, &value);
            }
            let mut content = vec![6, 3, 0x55, 0x1d, dotted_tail, 1, 1, octet];
            content.extend(tlv(tag::OCTET_STRING, &value));
            put(extensions_with(dotted_tail, Some(tlv(tag::SEQUENCE, &content))))
        })
        .boxed()
}

/// `cA` and `pathLenConstraint` as they are written.
fn constraints(ca: &[u8], path_length: &[u8]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &[ca, path_length].concat())
}

fn integer(octets: &[u8]) -> Vec<u8> {
    tlv(tag::INTEGER, octets)
}

/// An INTEGER above zero, in its shortest form.
fn positive() -> impl Strategy<Value = Vec<u8>> {
    (1..0x80_u8, prop::collection::vec(any::<u8>(), 0..17))
        .prop_map(|(first, rest)| [&[first], rest.as_slice()].concat())
}

pub(super) fn basic_constraints() -> BoxedStrategy<Changed> {
    const TRUE: &[u8] = &[1, 1, 0xff];
    let zero = integer(&[0]);
    let path_length = positive().prop_map(|octets| constraints(TRUE, &integer(&octets)));
    let negative = (0x80..=0xff_u8).prop_map(|first| constraints(TRUE, &integer(&[first])));
    let ber = (1..0xff_u8).prop_map(move |octet| constraints(&[1, 1, octet], &zero));
    let no_ca = prop_oneof![Just(vec![]), Just(integer(&[0]))];
    let no_ca = no_ca.prop_map(|path_length| constraints(&[], &path_length));
    let no_path = Just(constraints(TRUE, &[]));
    prop_oneof![4 => path_length, 2 => negative, 2 => ber, 2 => no_ca, 1 => no_path]
        .prop_map(|value| with_value(0x13, true, &value))
        .boxed()
}

/// keyUsage of nine bits, the first one the highest of sixteen, in DER.
fn usage(bits: u16) -> Vec<u8> {
    let unused = bits.trailing_zeros().min(15);
    let used = if bits == 0 { 0 } else { 2 - usize::from(unused >= 8) };
    let unused = u8::try_from(if bits == 0 { 0 } else { unused % 8 }).unwrap();
    tlv(tag::BIT_STRING, &[&[unused], &bits.to_be_bytes()[..used]].concat())
}

const CERT_SIGN: u16 = 0x0400;
const CRL_SIGN: u16 = 0x0200;

pub(super) fn key_usage() -> BoxedStrategy<Changed> {
    (0..0x200_u16)
        .prop_map(|bits| bits << 7)
        .prop_filter("both signs", |bits| bits & (CERT_SIGN | CRL_SIGN) != CERT_SIGN | CRL_SIGN)
        .prop_map(|bits| with_value(0x0f, true, &usage(bits)))
        .boxed()
}

pub(super) fn empty_subject_key_identifier() -> BoxedStrategy<Changed> {
    Just(with_value(0x0e, false, &tlv(tag::OCTET_STRING, &[]))).boxed()
}

pub(super) fn authority_key_identifier() -> BoxedStrategy<Changed> {
    let good = value_of(0x23);
    prop::collection::vec(any::<u8>(), 1..40)
        .prop_map(|octets| tlv(tag::SEQUENCE, &tlv(0x80, &octets)))
        .prop_filter("the good one", move |value| *value != good)
        .prop_map(|value| with_value(0x23, false, &value))
        .boxed()
}

pub(super) fn authority_issuer_and_serial() -> BoxedStrategy<Changed> {
    let fields = root_fields();
    let (serial, issuer) = (fields[SERIAL].clone(), fields[ISSUER].clone());
    let change = move |(octets, other_name): (Vec<u8>, bool)| {
        let name = if other_name { GOOD.fields[SUBJECT].clone() } else { issuer.clone() };
        let serial = if other_name { serial[2..].to_vec() } else { octets };
        let good = value_of(0x23);
        let content = [&good[2..], &tlv(0xa1, &tlv(0xa4, &name)), &tlv(0x82, &serial)].concat();
        with_value(0x23, false, &tlv(tag::SEQUENCE, &content))
    };
    (positive(), any::<bool>()).prop_map(change).boxed()
}

pub(super) fn undecodable() -> BoxedStrategy<Changed> {
    // No value of these four begins with this tag.
    let value = prop::collection::vec(any::<u8>(), 0..12);
    (prop::sample::select(vec![0x13, 0x0f, 0x0e, 0x23]), value)
        .prop_map(|(tail, rest)| {
            let critical = [0x13, 0x0f].contains(&tail);
            with_value(tail, critical, &[&[0x16], rest.as_slice()].concat())
        })
        .boxed()
}

pub(super) fn unknown_critical() -> BoxedStrategy<Changed> {
    // 2.5.29.64 and up are nobody's; 18, 46 are issuerAltName and freshestCRL, which verifiers do not process.
    let names = tlv(tag::SEQUENCE, &tlv(0x82, b"example.com"));
    let unknown = (64..0x80_u8, prop::collection::vec(any::<u8>(), 0..12));
    prop_oneof![4 => unknown, 1 => (prop::sample::select(vec![18, 46]), Just(names))]
        .prop_map(|(tail, value)| with_one_more(extension(tail, true, &value)))
        .boxed()
}

pub(super) fn unwanted() -> BoxedStrategy<Changed> {
    // serverAuth, codeSigning, emailProtection, timeStamping …
    let purpose =
        (prop::sample::select(vec![1, 3, 4, 8, 9]), any::<bool>()).prop_map(|(id, critical)| {
            let oid = [6, 8, 0x2b, 6, 1, 5, 5, 7, 3, id];
            extension(0x25, critical, &tlv(tag::SEQUENCE, &oid))
        });
    let constraint = ("[a-z]{1,12}", any::<bool>()).prop_map(|(name, permitted)| {
        let subtree = tlv(tag::SEQUENCE, &tlv(0x82, name.as_bytes()));
        let list = tlv(if permitted { 0xa0 } else { 0xa1 }, &subtree);
        extension(0x1e, true, &tlv(tag::SEQUENCE, &list))
    });
    let policy = (0..0x80_u8, any::<bool>()).prop_map(|(skip, require)| {
        let count = tlv(if require { 0x80 } else { 0x81 }, &[skip]);
        extension(0x24, true, &tlv(tag::SEQUENCE, &count))
    });
    prop_oneof![purpose, constraint, policy].prop_map(with_one_more).boxed()
}

/// The root with the extension of this tail replaced; where it has none, with one more.
fn root_with_extension(dotted_tail: u8, replacement: Vec<u8>) -> Changed {
    let start = [6, 3, 0x55, 0x1d, dotted_tail];
    let mut list = extensions_of(&root_fields());
    match list.iter_mut().find(|whole| whole[2..].starts_with(&start)) {
        Some(there) => *there = replacement,
        None => list.push(replacement),
    }
    root_with(root_fields().len() - 1, field(&list))
}

pub(super) fn root_basic_constraints() -> BoxedStrategy<Changed> {
    let path_length = prop_oneof![Just(0), 0x80..=0xff_u8];
    let none = path_length.prop_map(|octet| constraints(&[1, 1, 0xff], &integer(&[octet])));
    prop_oneof![4 => none, 1 => Just(constraints(&[], &[])), 1 => Just(constraints(&[1, 1, 0], &[]))]
        .prop_map(|value| root_with_extension(0x13, extension(0x13, true, &value)))
        .boxed()
}

pub(super) fn root_key_usage() -> BoxedStrategy<Changed> {
    (0..0x200_u16)
        .prop_map(|bits| bits << 7)
        .prop_filter("it may sign", |bits| bits & CERT_SIGN == 0)
        .prop_map(|bits| root_with_extension(0x0f, extension(0x0f, true, &usage(bits))))
        .boxed()
}

pub(super) fn root_extensions() -> BoxedStrategy<Changed> {
    let undecodable = prop::collection::vec(any::<u8>(), 0..12).prop_map(|rest| {
        root_with_extension(0x0f, extension(0x0f, true, &[&[5], &rest[..]].concat()))
    });
    let unknown =
        (64..0x80_u8).prop_map(|tail| root_with_extension(tail, extension(tail, true, &[5, 0])));
    let ber = (1..0xff_u8).prop_map(|octet| {
        root_with_extension(0x13, extension(0x13, true, &constraints(&[1, 1, octet], &[])))
    });
    prop_oneof![undecodable, unknown, ber].boxed()
}
