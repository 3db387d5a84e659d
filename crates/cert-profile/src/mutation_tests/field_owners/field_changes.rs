//! Changes of the fields of TBSCertificate and of what stands around it.

use super::*;

/// Place of the inner algorithm.
const SIGNATURE: usize = 2;

fn put(place: usize, field: Vec<u8>) -> Changed {
    Changed::Certificate(with_field(place, field))
}

/// The parts of a certificate put together.
fn assembled(to_be_signed: &[u8], algorithm: &[u8], signature: &[u8]) -> Changed {
    Changed::Certificate(tlv(tag::SEQUENCE, &[to_be_signed, algorithm, signature].concat()))
}

fn signed_bits(to_be_signed: &[u8], unused: u8) -> Vec<u8> {
    let signature = GOOD.key.sign(HashAlgorithm::Sha256, to_be_signed).unwrap();
    tlv(tag::BIT_STRING, &[&[unused], signature.as_slice()].concat())
}

fn to_be_signed() -> Vec<u8> {
    tlv(tag::SEQUENCE, &GOOD.fields.concat())
}

pub(super) fn version() -> BoxedStrategy<Changed> {
    let other = any::<u8>().prop_filter("v3", |version| *version != 2).prop_map(|byte| vec![byte]);
    let longer = prop::collection::vec(any::<u8>(), 2..6);
    let written =
        prop_oneof![other, longer].prop_map(|octets| tlv(0xa0, &tlv(tag::INTEGER, &octets)));
    prop_oneof![4 => written, 1 => Just(Vec::new())].prop_map(|field| put(VERSION, field)).boxed()
}

pub(super) fn serial_number() -> BoxedStrategy<Changed> {
    let good = |octets: &Vec<u8>| {
        let positive = octets.first().is_some_and(|first| first & 0x80 == 0);
        let shortest = octets.len() < 2 || octets[0] != 0 || octets[1] & 0x80 != 0;
        let random = octets.len() > 9 || octets.len() == 9 && octets[0] != 0;
        positive && shortest && random && octets.len() <= 20
    };
    let any = prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![6 => any, 1 => prop::collection::vec(Just(0_u8), 1..4)]
        .prop_filter("a good one", move |octets| !good(octets))
        .prop_map(|octets| put(SERIAL, tlv(tag::INTEGER, &octets)))
        .boxed()
}

/// Algorithm identifiers that section 6 does not allow.
fn algorithms() -> impl Strategy<Value = Vec<u8>> {
    let ecdsa = |hash: u8| vec![6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, hash];
    let rsa = |kind: u8| vec![6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, kind];
    let null = |oid: Vec<u8>| [oid, vec![5, 0]].concat();
    prop_oneof![
        Just(vec![6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]),
        prop::sample::select(vec![1, 4]).prop_map(ecdsa),
        prop::sample::select(vec![1, 2, 4, 5, 10, 13, 14]).prop_map(move |kind| null(rsa(kind))),
        Just(rsa(11)),
        Just(null(ecdsa(2))),
        Just(vec![6, 3, 0x2b, 0x65, 0x70]),
        prop::collection::vec(1..0x80_u8, 3..9).prop_map(|arcs| tlv(tag::OID, &arcs)),
    ]
    .prop_map(|content| tlv(tag::SEQUENCE, &content))
}

pub(super) fn inner_algorithm() -> BoxedStrategy<Changed> {
    algorithms().prop_map(|algorithm| put(SIGNATURE, algorithm)).boxed()
}

pub(super) fn outer_algorithm() -> BoxedStrategy<Changed> {
    let bits = signed_bits(&to_be_signed(), 0);
    algorithms().prop_map(move |algorithm| assembled(&to_be_signed(), &algorithm, &bits)).boxed()
}

pub(super) fn both_algorithms() -> BoxedStrategy<Changed> {
    let change = |algorithm: Vec<u8>| {
        let mut fields = GOOD.fields.clone();
        fields[SIGNATURE].clone_from(&algorithm);
        let to_be_signed = tlv(tag::SEQUENCE, &fields.concat());
        assembled(&to_be_signed, &algorithm, &signed_bits(&to_be_signed, 0))
    };
    algorithms().prop_map(change).boxed()
}

pub(super) fn signature() -> BoxedStrategy<Changed> {
    let good = GOOD.key.sign(HashAlgorithm::Sha256, &to_be_signed()).unwrap();
    let flipped = (any::<prop::sample::Index>(), 0..8_u32).prop_map(move |(index, bit)| {
        let mut octets = good.clone();
        let index = index.index(octets.len());
        octets[index] ^= 1 << bit;
        octets
    });
    prop_oneof![flipped, prop::collection::vec(any::<u8>(), 0..80)]
        .prop_map(|octets| {
            let bits = tlv(tag::BIT_STRING, &[&[0], octets.as_slice()].concat());
            assembled(&to_be_signed(), &GOOD.algorithm, &bits)
        })
        .boxed()
}

pub(super) fn signature_unused_bits() -> BoxedStrategy<Changed> {
    (1..8_u8)
        .prop_map(|unused| {
            let bits = signed_bits(&to_be_signed(), unused);
            assembled(&to_be_signed(), &GOOD.algorithm, &bits)
        })
        .boxed()
}

fn dates(start: Vec<u8>, end: Vec<u8>) -> Changed {
    put(VALIDITY, tlv(tag::SEQUENCE, &[start, end].concat()))
}

/// Both dates, in seconds.
fn period(certificate: &[u8]) -> [i64; 2] {
    let decoded = Decoded::read(certificate).unwrap();
    [decoded.not_before, decoded.not_after].map(|moment| moment.instant.unwrap().unix())
}

fn good_period() -> [i64; 2] {
    period(&with_field(SERIAL, GOOD.fields[SERIAL].clone()))
}

pub(super) fn not_started() -> BoxedStrategy<Changed> {
    let [_, end] = good_period();
    (at().unix() + 1..end).prop_map(move |start| dates(date(start), date(end))).boxed()
}

pub(super) fn started_before_root() -> BoxedStrategy<Changed> {
    let ([_, end], [root_start, _]) = (good_period(), period(&GOOD.root));
    (0..root_start).prop_map(move |start| dates(date(start), date(end))).boxed()
}

pub(super) fn not_after() -> BoxedStrategy<Changed> {
    let ([start, _], [_, root_end]) = (good_period(), period(&GOOD.root));
    let (now, day) = (at().unix(), 86_400);
    prop_oneof![
        start..now,
        0..start,
        now..now + 89 * day,
        now + 91 * day..now + 3640 * day,
        root_end + 1..253_402_300_800,
    ]
    .prop_map(move |end| dates(date(start), date(end)))
    .boxed()
}

pub(super) fn odd_dates() -> BoxedStrategy<Changed> {
    let [start, end] = good_period().map(date);
    let odd = move |kind: usize| {
        let digits = &start[2..14];
        let (tag, parts): (u8, &[&[u8]]) = match kind {
            0 => (tag::UTC_TIME, &[&digits[..10], b"Z"]),
            1 => (tag::UTC_TIME, &[digits, b"+0000"]),
            2 => (tag::UTC_TIME, &[digits]),
            3 => (tag::GENERALIZED_TIME, &[b"20", digits, b"Z"]),
            4 => (tag::GENERALIZED_TIME, &[b"20", digits, b".5Z"]),
            _ => (tag::GENERALIZED_TIME, &[b"20", digits, b"-0100"]),
        };
        tlv(tag, &parts.concat())
    };
    (0..6_usize).prop_map(move |kind| dates(odd(kind), end.clone())).boxed()
}

/// A SubjectPublicKeyInfo.
fn key(algorithm: &[u8], bits: &[u8]) -> Changed {
    let content = [tlv(tag::SEQUENCE, algorithm), tlv(tag::BIT_STRING, bits)].concat();
    put(KEY, tlv(tag::SEQUENCE, &content))
}

const EC: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

/// The good key's point, with the octet of unused bits in front.
fn point() -> Vec<u8> {
    let field = &GOOD.fields[KEY];
    [&[0], &field[field.len() - 65..]].concat()
}

pub(super) fn key_algorithm() -> BoxedStrategy<Changed> {
    let other = prop::collection::vec(1..0x80_u8, 3..9).prop_map(|arcs| tlv(tag::OID, &arcs));
    // RSA, DSA, Ed25519, id-ecDH.
    let known = prop::sample::select(vec![
        vec![6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0],
        vec![6, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1],
        vec![6, 3, 0x2b, 0x65, 0x70],
        vec![6, 5, 0x2b, 0x81, 4, 1, 12],
    ]);
    prop_oneof![known, other].prop_map(|algorithm| key(&algorithm, &point())).boxed()
}

pub(super) fn key_parameters() -> BoxedStrategy<Changed> {
    // P-384, P-521, secp256k1, brainpoolP256r1, none, NULL, explicit.
    let known = prop::sample::select(vec![
        vec![6, 5, 0x2b, 0x81, 4, 0, 0x22],
        vec![6, 5, 0x2b, 0x81, 4, 0, 0x23],
        vec![6, 5, 0x2b, 0x81, 4, 0, 0x0a],
        vec![6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7],
        vec![],
        vec![5, 0],
        vec![0x30, 3, 2, 1, 1],
    ]);
    let other = prop::collection::vec(1..0x80_u8, 3..9).prop_map(|arcs| tlv(tag::OID, &arcs));
    prop_oneof![known, other].prop_map(|curve| key(&[EC, &curve].concat(), &point())).boxed()
}

pub(super) fn key_point() -> BoxedStrategy<Changed> {
    let flipped = (1..66_usize, 0..8_u32).prop_map(|(index, bit)| {
        let mut point = point();
        point[index] ^= 1 << bit;
        point
    });
    let compressed = Just([&[0, 2 | point()[65] & 1], &point()[2..34]].concat());
    let other = prop::collection::vec(any::<u8>(), 1..70)
        .prop_map(|octets| [&[0], octets.as_slice()].concat());
    let another = any::<u8>().prop_map(|_| {
        let key = FileKey::generate(el2g_x509::KeyAlgorithm::NistP256).unwrap();
        [&[0], key.public_key().key_octets()].concat()
    });
    prop_oneof![4 => flipped, 1 => compressed, 2 => other, 1 => another]
        .prop_map(|bits| key(&[EC, P256].concat(), &bits))
        .boxed()
}

pub(super) fn key_of_root() -> BoxedStrategy<Changed> {
    Just(GOOD.key.public_key().spki_der().to_vec()).prop_map(|field| put(KEY, field)).boxed()
}

pub(super) fn unique_identifiers() -> BoxedStrategy<Changed> {
    (any::<bool>(), prop::collection::vec(any::<u8>(), 1..20))
        .prop_map(|(issuer, octets)| {
            let content = [&[0], octets.as_slice()].concat();
            let field = tlv(if issuer { 0x81 } else { 0x82 }, &content);
            put(KEY, [GOOD.fields[KEY].clone(), field].concat())
        })
        .boxed()
}

pub(super) fn whole() -> BoxedStrategy<Changed> {
    let good = with_field(SERIAL, GOOD.fields[SERIAL].clone());
    let (longer, ber) = (good.clone(), good.clone());
    let cut = any::<prop::sample::Index>()
        .prop_map(move |index| good[..index.index(good.len())].to_vec());
    let longer = prop::collection::vec(any::<u8>(), 1..20)
        .prop_map(move |more| [longer.clone(), more].concat());
    let ber = (1..3_u8).prop_map(move |zeros| {
        let length = [&[0x82 + zeros], &vec![0; zeros.into()][..], &ber[2..4]].concat();
        [&[0x30], &length[..], &ber[4..]].concat()
    });
    prop_oneof![cut, longer, ber].prop_map(Changed::Certificate).boxed()
}

/// The root's fields, in order.
pub(super) fn root_fields() -> Vec<Vec<u8>> {
    let decoded = Decoded::read(&GOOD.root).unwrap();
    let mut elements = Elements::new(decoded.to_be_signed).next("it").unwrap().inside();
    let mut fields = Vec::new();
    while !elements.rest().is_empty() {
        fields.push(elements.next("a field").unwrap().whole.to_vec());
    }
    fields
}

/// The root with one field replaced, signed again.
pub(super) fn root_with(place: usize, field: Vec<u8>) -> Changed {
    let mut fields = root_fields();
    fields[place] = field;
    let to_be_signed = tlv(tag::SEQUENCE, &fields.concat());
    let bits = signed_bits(&to_be_signed, 0);
    Changed::Root(tlv(tag::SEQUENCE, &[to_be_signed, GOOD.algorithm.clone(), bits].concat()))
}

pub(super) fn root_validity() -> BoxedStrategy<Changed> {
    let [start, end] = period(&GOOD.root);
    let now = at().unix();
    prop_oneof![(Just(start), start..now), (now + 1..end, Just(end))]
        .prop_map(|(start, end)| {
            root_with(VALIDITY, tlv(tag::SEQUENCE, &[date(start), date(end)].concat()))
        })
        .boxed()
}

pub(super) fn root_signature() -> BoxedStrategy<Changed> {
    (1..60_usize, 0..8_u32)
        .prop_map(|(from_end, bit)| {
            let mut root = GOOD.root.clone();
            let place = root.len() - from_end;
            root[place] ^= 1 << bit;
            Changed::Root(root)
        })
        .boxed()
}
