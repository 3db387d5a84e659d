//! The ranges of object ids as AN12642 4.5.17 prints them, for when the service cannot be asked
//! (docs/an12642-errata.md row 10: the last bound is `FFFFFFFF`).

use std::ops::RangeInclusive;

use crate::ObjectId;
use crate::secure_objects::SecureObjectType;

/// Ids that the platform suggests.
pub const SUGGESTED: [RangeInclusive<u32>; 1] = [0x8300_0000..=0x8300_FFFF];

/// Ids that it refuses.
pub const FORBIDDEN: [RangeInclusive<u32>; 4] = [
    0x0000_0000..=0x0000_0000,
    0x7FFF_0200..=0x7FFF_0202,
    0x7FFF_0204..=0x7FFF_020B,
    0xF000_0000..=0xFFFF_FFFF,
];

/// Ids that stand for one type of object each: a device looks for its firmware's keys there (EL2GO_OEM_FW_AUTH_KEY_HASH and
/// EL2GO_OEM_FW_DECRYPT_KEY of NXP's device agent). Not in AN12642.
pub(crate) static RESERVED: [(u32, SecureObjectType); 2] = [
    (0x7FFF_817A, SecureObjectType::OemFwAuthKeyHash),
    (0x7FFF_817B, SecureObjectType::OemFwDecryptKey),
];

/// What these ranges say about an object id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectIdVerdict {
    /// Not 1 to 8 hexadecimal digits.
    NotAnId,
    /// In a range that the platform refuses.
    Forbidden(RangeInclusive<u32>),
    /// Kept for this type of object.
    Reserved(SecureObjectType),
    /// Allowed, outside the suggested range.
    Allowed,
    /// In the range that the platform suggests.
    Suggested,
}

/// Checks an object id offline.
pub fn judge(id: &ObjectId) -> ObjectIdVerdict {
    let Some(value) = id.value() else { return ObjectIdVerdict::NotAnId };
    if let Some(range) = FORBIDDEN.iter().find(|range| range.contains(&value)) {
        return ObjectIdVerdict::Forbidden(range.clone());
    }
    if let Some((_, kind)) = RESERVED.iter().find(|(id, _)| *id == value) {
        return ObjectIdVerdict::Reserved(kind.clone());
    }
    if SUGGESTED.iter().any(|range| range.contains(&value)) {
        ObjectIdVerdict::Suggested
    } else {
        ObjectIdVerdict::Allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> ObjectIdVerdict {
        judge(&ObjectId::as_received(text))
    }

    #[test]
    fn both_ends_of_a_range_are_in_it_and_their_neighbours_are_not() {
        for range in FORBIDDEN {
            let forbidden = ObjectIdVerdict::Forbidden(range.clone());
            assert_eq!(judged(&format!("{:08x}", range.start())), forbidden);
            assert_eq!(judged(&format!("{:X}", range.end())), forbidden);
        }
        for id in ["1", "7FFF01FF", "7FFF0203", "7FFF020C", "82FFFFFF", "83010000", "EFFFFFFF"] {
            assert_eq!(judged(id), ObjectIdVerdict::Allowed, "{id}");
        }
        for (id, kind) in [
            ("7fff817a", SecureObjectType::OemFwAuthKeyHash),
            ("7FFF817B", SecureObjectType::OemFwDecryptKey),
        ] {
            assert_eq!(judged(id), ObjectIdVerdict::Reserved(kind.clone()), "{id}");
            assert_eq!(kind.reserved_object_id(), Some(ObjectId::as_received(id)));
        }
        assert_eq!(SecureObjectType::MasterKey.reserved_object_id(), None);
        for id in ["7FFF8179", "7FFF817C"] {
            assert_eq!(judged(id), ObjectIdVerdict::Allowed, "{id}");
        }
        for id in ["83000000", "8300ffff"] {
            assert_eq!(judged(id), ObjectIdVerdict::Suggested, "{id}");
        }
        for id in ["", "123456789", "0x1", "g", "+1", " 1"] {
            assert_eq!(judged(id), ObjectIdVerdict::NotAnId, "{id}");
        }
    }
}
