//! Tests of `access.rs`: what access lists say, on every system.

use super::*;

const ME: &str = "S-1-5-21-1-2-3-1001";

fn access(sddl: &str) -> Access {
    Access::parse(sddl, OwnerId(ME.to_owned()))
}

fn strangers(sddl: &str, rights: u32) -> Vec<String> {
    access(sddl).strangers(rights, &[]).iter().map(OwnerId::to_string).collect()
}

#[test]
fn a_file_of_the_users_own_folders_is_private_and_one_made_for_him_alone_is_secret() {
    let inherited =
        format!("O:{ME}G:S-1-5-21-1-2-3-513D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;{ME})");
    assert!(access(&inherited).is_private());
    assert!(!access(&inherited).is_kept_as_secret());
    let own = format!("O:{ME}D:P(A;;FA;;;{ME})");
    assert!(access(&own).is_private());
    assert!(access(&own).is_kept_as_secret());
    assert_eq!(access(&own).to_string(), "open to nobody else");
    assert!(!access(&own).is_foreign(&[]));
    // What an administrator makes in a raised shell belongs to the group.
    assert!(!access("O:BAD:P(A;;FA;;;BA)").is_foreign(&[]));
}

#[test]
fn readers_and_writers_are_told_apart() {
    let readable = format!("O:{ME}D:(A;;FR;;;BU)(A;;FA;;;{ME})");
    assert_eq!(strangers(&readable, READS), ["S-1-5-32-545"]);
    assert_eq!(strangers(&readable, CHANGES_FILE), Vec::<String>::new());
    assert_eq!(access(&readable).to_string(), "open to Users (S-1-5-32-545)");
    let modified = format!("O:{ME}D:AI(A;ID;0x1301bf;;;AU)(A;ID;FA;;;{ME})(A;;FX;;;WD)");
    assert_eq!(strangers(&modified, CHANGES_FILE), ["S-1-5-11"]);
    assert_eq!(strangers(&modified, READS), ["S-1-5-11"]);
    for right in ["SD", "WD", "WO", "GA", "GW", "FW", "DC", "LC", "CCSD", "0x2", "2", "??", "x"] {
        let list = format!("O:{ME}D:(A;;{right};;;S-1-5-21-1-2-3-1002)");
        assert_eq!(strangers(&list, CHANGES_FILE), ["S-1-5-21-1-2-3-1002"], "{right}");
    }
    for right in ["FR", "FX", "CC", "RC", "LO", "GR", "0x120089", ""] {
        let list = format!("O:{ME}D:(A;;{right};;;S-1-5-21-1-2-3-1002)");
        assert_eq!(strangers(&list, CHANGES_FILE), Vec::<String>::new(), "{right}");
    }
}

#[test]
fn the_root_of_a_disk_lets_others_add_folders_and_replace_nothing() {
    let root = "O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464D:PAI(A;OICI;FA;;;BA)\
                (A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)(A;OICIIO;SDGXGWGR;;;AU)(A;;LC;;;AU)";
    assert!(!access(root).is_foreign(&[]));
    assert_eq!(strangers(root, CHANGES_FOLDER), Vec::<String>::new());
    assert_eq!(strangers(root, ADDS_FILE), Vec::<String>::new());
    let shared = format!("O:{ME}D:(A;OICI;0x1301ff;;;BU)");
    assert_eq!(strangers(&shared, CHANGES_FOLDER), ["S-1-5-32-545"]);
}

#[test]
fn no_list_and_lists_that_are_not_understood_are_open_and_denials_excuse_nothing() {
    for list in [
        format!("O:{ME}D:NO_ACCESS_CONTROL"),
        format!("O:{ME}"),
        format!("O:{ME}D:(A;;)"),
        format!("O:{ME}D:(A;;FA;;;WD)(D;;FA;;;WD)"),
        format!("O:{ME}D:(XA;;FA;;;WD;(@User.Title==\"x\"))"),
    ] {
        assert_eq!(strangers(&list, READS), ["S-1-1-0"], "{list}");
        assert_eq!(strangers(&list, CHANGES_FILE), ["S-1-1-0"], "{list}");
    }
    assert!(access("").is_foreign(&[]));
    // An empty list lets nobody in.
    assert!(access(&format!("O:{ME}D:P")).is_private());
}

#[test]
fn owners_that_are_trusted_are_named_by_identifier() {
    let other: OwnerId = "S-1-5-21-1-2-3-1002".parse().unwrap();
    let list = access("O:S-1-5-21-1-2-3-1002D:(A;;FA;;;S-1-5-21-1-2-3-1002)");
    assert!(list.is_foreign(&[]));
    assert!(!list.is_foreign(std::slice::from_ref(&other)));
    assert!(list.is_changed_only_by(&[other]));
    for wrong in ["", "1001", "BU", "S-1-", "S-1-5", "S-1-5-x", "S-1-5--1", "s-1-5-18"] {
        assert!(wrong.parse::<OwnerId>().is_err(), "{wrong}");
    }
}

proptest::proptest! {
    #[test]
    fn arbitrary_text_never_panics(text: String) {
        let _ = access(&text).to_string();
    }

    #[test]
    fn arbitrary_entries_never_panic(text in "[OGD:P()A;SYWDx0-9é]{0,60}") {
        let _ = access(&text).to_string();
    }
}
