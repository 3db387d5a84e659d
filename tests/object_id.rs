//! `el2g object-id check`.

use crate::workplace::Workplace;

#[test]
fn judges_ids_by_the_ranges_of_the_document() {
    let work = Workplace::new();
    for (id, code, said) in [
        ("83000042", 0, "allowed, in the suggested range"),
        ("7FFF817B", 0, "reserved for OEM_FW_DECRYPT_KEY; not in AN12642"),
        ("7fff817a", 0, "reserved for OEM_FW_AUTH_KEY_HASH; not in AN12642"),
        ("7FFF0203", 0, "allowed, outside the suggested range"),
        ("00000000", 3, "in the forbidden range 00000000 to 00000000"),
        ("7fff0204", 3, "in the forbidden range 7FFF0204 to 7FFF020B"),
        ("F0000000", 3, "in the forbidden range F0000000 to FFFFFFFF"),
    ] {
        let ran = work.el2g(&["object-id", "check", id]).exits(code);
        assert_eq!(ran.stdout, format!("{id}: {said}\n"));
    }
    let json = work.el2g(&["object-id", "check", "0", "-o", "json"]).exits(3).json();
    assert_eq!(json["allowed"], false);
    let json = work.el2g(&["object-id", "check", "7FFF817B", "-o", "json"]).exits(0).json();
    assert_eq!(
        (&json["allowed"], &json["reservedFor"]),
        (&true.into(), &"OEM_FW_DECRYPT_KEY".into())
    );
    for id in ["", "123456789", "0x1", "xyz"] {
        work.el2g(&["object-id", "check", id]).exits(3);
    }
    let prefixed = work.el2g(&["object-id", "check", "0x83000000"]).exits(3).stderr;
    assert!(prefixed.ends_with("hint: object ids are sent without 0x: 83000000\n"), "{prefixed}");
}
