//! An object id that devices keep for one type of object.

use el2g_service_api::ObjectId;
use el2g_service_api::object_id_ranges::{ObjectIdVerdict, judge};
use el2g_service_api::secure_objects::SecureObjectType;

/// What is said of an id that is kept for another type, or of a type that is not where devices look for it. Whether the
/// service takes them is not known.
pub(super) fn warning(kind: &SecureObjectType, id: &ObjectId) -> Option<String> {
    if let ObjectIdVerdict::Reserved(meant) = judge(id)
        && meant != *kind
    {
        return Some(format!(
            "object id {id} is reserved for {meant}; the type of this object is {kind}"
        ));
    }
    let reserved = kind.reserved_object_id().filter(|reserved| reserved != id)?;
    Some(format!("devices look for {kind} at object id {reserved}; this one is at {id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_type_and_an_id_that_belong_together_pass_in_silence() {
        let said = |kind: SecureObjectType, id: &str| {
            warning(&kind, &ObjectId::as_received(id)).unwrap_or_default()
        };
        for (kind, id, expected) in [
            (SecureObjectType::MasterKey, "83000001", ""),
            (SecureObjectType::OemFwDecryptKey, "7fff817b", ""),
            (
                SecureObjectType::OemFwAuthKeyHash,
                "7FFF817B",
                "object id 7FFF817B is reserved for OEM_FW_DECRYPT_KEY; the type of this object is OEM_FW_AUTH_KEY_HASH",
            ),
            (
                SecureObjectType::OemFwDecryptKey,
                "83000001",
                "devices look for OEM_FW_DECRYPT_KEY at object id 7FFF817B; this one is at 83000001",
            ),
        ] {
            assert_eq!(said(kind, id), expected, "{id}");
        }
    }
}
