//! Is every element in the one form DER allows (X.690 sections 10 and 11)?
//!
//! The same as "re-encoding gives the same bytes", with the place of the difference.

use super::certificate::Decoded;
use super::element::{Element, Elements, describe_tag, hex, tag};
use super::extensions::{self, BasicConstraints, KeyUsage, oid};

/// Deeper than any certificate nests; deeper input is refused instead of followed.
const MAX_DEPTH: usize = 64;

/// Deviations listed; one is enough to fail, more help to fix it.
const MAX_DEVIATIONS: usize = 16;

/// One place where the bytes are not DER.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset}")]
#[non_exhaustive]
pub struct Deviation {
    /// Bytes from the start of the input.
    pub offset: usize,
    pub what: String,
}

/// Collects deviations of one input.
struct StrictWalk<'a> {
    input: &'a [u8],
    /// Members of a SET OF have to be sorted.
    sorted: bool,
    deviations: Vec<Deviation>,
}

impl<'a> StrictWalk<'a> {
    fn new(input: &'a [u8], sorted: bool) -> Self {
        Self { input, sorted, deviations: Vec::new() }
    }

    fn note(&mut self, at: &[u8], what: impl FnOnce() -> String) {
        if self.deviations.len() < MAX_DEVIATIONS {
            let offset = (at.as_ptr() as usize).saturating_sub(self.input.as_ptr() as usize);
            self.deviations.push(Deviation { offset, what: what() });
        }
    }

    /// Walks `element` and everything in it.
    fn element(&mut self, element: &Element<'a>, depth: usize) {
        if self.deviations.len() >= MAX_DEVIATIONS {
            return;
        }
        if depth > MAX_DEPTH {
            self.note(element.whole, || format!("nests deeper than {MAX_DEPTH} levels"));
            return;
        }
        if !element.has_der_header() {
            self.note(element.whole, || {
                format!("{} has a BER header ({})", describe_tag(element.tag), header_text(element))
            });
        }
        match element.tag {
            tag::SEQUENCE | tag::SET => self.children(element, depth),
            tag => match tag & 0xe0 {
                0x00 => self.primitive(element),
                0x20 => self.note(element.whole, || {
                    format!("{} in constructed form", describe_tag(tag & !0x20))
                }),
                0x60 | 0xa0 | 0xe0 => self.children(element, depth),
                _ => {}
            },
        }
    }

    fn children(&mut self, element: &Element<'a>, depth: usize) {
        let is_set = element.tag == tag::SET;
        let mut previous: &[u8] = &[];
        let mut inside = element.inside();
        while !inside.rest().is_empty() && self.deviations.len() < MAX_DEVIATIONS {
            match inside.next("an element") {
                Ok(child) => {
                    // DER sorts the members of a SET OF by their encodings (X.690 section 11.6).
                    if self.sorted && is_set && child.whole < previous {
                        self.note(child.whole, || "SET OF is not sorted".to_owned());
                    }
                    previous = child.whole;
                    self.element(&child, depth + 1);
                }
                Err(fault) => {
                    let at = inside.rest();
                    self.note(at, || {
                        format!("{} holds {}", describe_tag(element.tag), fault.found)
                    });
                    return;
                }
            }
        }
    }

    fn primitive(&mut self, element: &Element<'a>) {
        let content = element.content;
        let fault = match element.tag {
            tag::BOOLEAN => match content {
                [0x00 | 0xff] => None,
                _ => Some(format!("BOOLEAN is {}, DER has ff and 00", hex(content))),
            },
            tag::INTEGER | 0x0a => integer_fault(content),
            tag::BIT_STRING => bit_string_fault(content),
            tag::NULL if !content.is_empty() => Some("NULL with content".to_owned()),
            tag::OID => oid_fault(content),
            _ => None,
        };
        if let Some(fault) = fault {
            self.note(element.whole, || fault);
        }
    }

    /// Walks the content octets of a known extension's value.
    fn value(&mut self, value: &'a [u8]) {
        let mut elements = Elements::new(value);
        while !elements.rest().is_empty() {
            match elements.next("the value") {
                Ok(element) => self.element(&element, 0),
                Err(_) => return,
            }
        }
    }
}

fn header_text(element: &Element<'_>) -> String {
    hex(&element.whole[..element.header_len.min(8)])
}

fn integer_fault(content: &[u8]) -> Option<String> {
    match content {
        [] => Some("INTEGER without content".to_owned()),
        [0x00, next, ..] if next & 0x80 == 0 => {
            Some("INTEGER with a superfluous leading 00".to_owned())
        }
        [0xff, next, ..] if next & 0x80 != 0 => {
            Some("INTEGER with a superfluous leading ff".to_owned())
        }
        _ => None,
    }
}

fn bit_string_fault(content: &[u8]) -> Option<String> {
    let (&unused, octets) = content.split_first()?;
    let last = octets.last().copied().unwrap_or(0);
    if unused > 7 || (octets.is_empty() && unused != 0) {
        Some(format!("BIT STRING with {unused} unused bits"))
    } else if unused > 0 && last & ((1 << unused) - 1) != 0 {
        Some("BIT STRING whose unused bits are not zero".to_owned())
    } else {
        None
    }
}

fn oid_fault(content: &[u8]) -> Option<String> {
    let first_of_arc = |index: usize| index == 0 || content[index - 1] & 0x80 == 0;
    if content.last().is_none_or(|last| last & 0x80 != 0) {
        return Some(format!("OBJECT IDENTIFIER {} is cut short", hex(content)));
    }
    content
        .iter()
        .enumerate()
        .any(|(index, octet)| *octet == 0x80 && first_of_arc(index))
        .then(|| format!("OBJECT IDENTIFIER {} has a padded arc", hex(content)))
}

/// Where a certificate's bytes differ from its DER encoding, DEFAULT values and named bits included.
pub fn certificate(decoded: &Decoded<'_>) -> Vec<Deviation> {
    let mut walk = StrictWalk::new(decoded.input, true);
    walk.element(&decoded.outer, 0);
    if let Some(version @ [0]) = decoded.version {
        walk.note(version, || "version v1 is the DEFAULT and written out".to_owned());
    }
    for extension in &decoded.extensions.list {
        if let Some(critical @ [0]) = extension.critical_octets {
            walk.note(critical, || {
                format!("critical FALSE of {} is the DEFAULT and written out", extension.name())
            });
        }
        // A value that does not decode is a fault of its own.
        if extensions::known_name(extension.oid).is_some()
            && extensions::well_formed(extension).is_ok()
        {
            walk.value(extension.value);
        }
        match extension.oid {
            oid::BASIC_CONSTRAINTS => basic_constraints(&mut walk, extension.value),
            oid::KEY_USAGE => key_usage(&mut walk, extension.value),
            _ => {}
        }
    }
    walk.deviations
}

/// Deviations of any DER value.
pub fn value(input: &[u8]) -> Vec<Deviation> {
    let mut walk = StrictWalk::new(input, true);
    walk.value(input);
    walk.deviations
}

/// The first fault that keeps a strict decoder from reading a value. It reads what is merely not the one form: a SET OF
/// out of order, a DEFAULT written out, trailing zero bits.
pub fn fault(input: &[u8]) -> Option<Deviation> {
    let mut walk = StrictWalk::new(input, false);
    walk.value(input);
    walk.deviations.into_iter().next()
}

fn basic_constraints<'a>(walk: &mut StrictWalk<'a>, value: &'a [u8]) {
    if let Ok(BasicConstraints { ca_octets: Some(ca @ [0]), .. }) = BasicConstraints::read(value) {
        walk.note(ca, || "cA FALSE of basicConstraints is the DEFAULT and written out".to_owned());
    }
}

/// A named bit list ends with its last bit that is set (X.690 section 11.2.2).
fn key_usage<'a>(walk: &mut StrictWalk<'a>, value: &'a [u8]) {
    let Ok(usage) = KeyUsage::read(value) else { return };
    let last = usage.bits.octets.last().copied();
    let minimal = match last {
        None => usage.bits.unused == 0,
        Some(0) => false,
        Some(last) => last.trailing_zeros() <= u32::from(usage.bits.unused),
    };
    if !minimal {
        walk.note(value, || "keyUsage has trailing zero bits".to_owned());
    }
}
