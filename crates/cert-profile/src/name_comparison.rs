//! Comparing names and their attributes (RFC 5280 section 7.1).

use el2g_x509::decoded::names::DecodedName;
use el2g_x509::{Attribute, Name};

/// Longest name whose attributes are compared, in bytes. A sensible one takes a few hundred; comparing two of millions of
/// attributes would take hours.
pub(crate) const LONGEST: usize = 4096;

/// Equal as a whole. Names that do not decode, or are longer than [`LONGEST`], equal only their own bytes.
pub(crate) fn equal(left: &DecodedName<'_>, right: &DecodedName<'_>) -> bool {
    left.whole == right.whole
        || left.whole.len() <= LONGEST
            && right.whole.len() <= LONGEST
            && match (left.name(), right.name()) {
                (Ok(left), Ok(right)) => left.matches(right),
                _ => false,
            }
}

/// As [`equal`], for a name given as DER.
pub(crate) fn equal_der(left: &[u8], right: &DecodedName<'_>) -> bool {
    left == right.whole || DecodedName::read(left).is_ok_and(|left| equal(&left, right))
}

/// The attributes of a certificate's subject against those of its request's, as sets that may hold one twice.
pub(crate) struct Pairing<'n> {
    /// Attributes that match (RFC 5280 section 7.1): the certificate's, the request's; in the certificate's order.
    pub(crate) answered: Vec<(&'n Attribute, &'n Attribute)>,
    /// Another value of a type stands where the request's is missing.
    pub(crate) replaced: Vec<(&'n Attribute, &'n Attribute)>,
    /// Attributes of the request that the certificate does not have.
    pub(crate) missing: Vec<&'n Attribute>,
    /// Attributes that the request has more often than the certificate, which has them all the same.
    pub(crate) told_once: Vec<&'n Attribute>,
    /// Attributes of the certificate that the request does not have, or not as often.
    pub(crate) extra: Vec<&'n Attribute>,
}

impl<'n> Pairing<'n> {
    /// What has the same bytes is paired first, then what matches, then what is of the same type.
    pub(crate) fn of(certificate: &'n Name, request: &'n Name) -> Self {
        let same = |there: &Attribute, wanted: &Attribute| {
            there.oid() == wanted.oid() && there.value_der() == wanted.value_der()
        };
        let mut open: Vec<&Attribute> = request.attributes().collect();
        let mut answers: Vec<Option<&Attribute>> = vec![None; certificate.attributes().count()];
        for exact in [true, false] {
            for (there, answer) in certificate.attributes().zip(&mut answers) {
                if answer.is_none() {
                    let found = open.iter().position(|wanted| {
                        if exact { same(there, wanted) } else { there.matches(wanted) }
                    });
                    *answer = found.map(|index| open.remove(index));
                }
            }
        }
        let (told_once, mut missing): (Vec<_>, Vec<_>) = open
            .into_iter()
            .partition(|wanted| certificate.attributes().any(|there| there.matches(wanted)));
        let (mut answered, mut replaced, mut extra) = (Vec::new(), Vec::new(), Vec::new());
        for (there, answer) in certificate.attributes().zip(answers) {
            let replaces = || missing.iter().position(|wanted| wanted.oid() == there.oid());
            match answer {
                Some(wanted) => answered.push((there, wanted)),
                None => match replaces() {
                    Some(index) => replaced.push((there, missing.remove(index))),
                    None => extra.push(there),
                },
            }
        }
        Self { answered, replaced, missing, told_once, extra }
    }

    /// Do the attributes that both have stand in another order?
    pub(crate) fn is_reordered(&self, request: &Name) -> bool {
        let mut answered = self.answered.iter().map(|(_, wanted)| *wanted);
        let mut in_order = request
            .attributes()
            .filter(|wanted| self.answered.iter().any(|(_, other)| std::ptr::eq(*other, *wanted)));
        !answered
            .by_ref()
            .all(|wanted| in_order.next().is_some_and(|one| std::ptr::eq(one, wanted)))
    }

    /// Do two attributes share an RDN in one of the names and not in the other?
    pub(crate) fn is_regrouped(&self, certificate: &Name, request: &Name) -> bool {
        let rdn = |name: &Name, attribute: &Attribute| {
            name.rdns().iter().position(|rdn| rdn.iter().any(|one| std::ptr::eq(one, attribute)))
        };
        let places: Vec<_> = self
            .answered
            .iter()
            .map(|(there, wanted)| (rdn(certificate, there), rdn(request, wanted)))
            .collect();
        places.iter().enumerate().any(|(index, one)| {
            places[..index].iter().any(|other| (one.0 == other.0) != (one.1 == other.1))
        })
    }
}
