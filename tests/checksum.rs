//! `el2g checksum`.

use crate::workplace::Workplace;

/// SHA3-512 of "abc" (FIPS 202).
const ABC: &str = "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e\
                   10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0";

#[test]
fn prints_the_checksum_of_a_file_and_of_standard_input() {
    let work = Workplace::new();
    work.write("firmware.bin", "abc");
    for ran in [
        work.el2g(&["checksum", "firmware.bin"]),
        work.el2g_fed(&["checksum"], b"abc"),
        work.el2g_fed(&["checksum", "-"], b"abc"),
    ] {
        assert_eq!(ran.exits(0).stdout, format!("{ABC}\n"));
    }
    let json = work.el2g(&["checksum", "firmware.bin", "-o", "json"]).exits(0).json();
    assert_eq!(json["checksum"], ABC);
}

#[test]
fn says_what_cannot_be_read() {
    let work = Workplace::new();
    let missing = work.el2g(&["checksum", "none.bin"]).exits(3);
    assert_eq!(missing.stderr, "error: none.bin: cannot be read: no such file\n");
    let folder = work.el2g(&["checksum", "."]).exits(3);
    assert_eq!(folder.stderr, "error: .: expected a file, found a directory\n");
}
