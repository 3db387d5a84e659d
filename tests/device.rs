//! `el2g device uid`.

use crate::workplace::Workplace;

mod many;

const HEX: &str = "04005001d706ca37a1e4ed047e6dda0f6880";
const DECIMAL: &str = "348555491520256655378778189093672538040448";

#[test]
fn converts_both_ways_exactly() {
    let work = Workplace::new();
    let both = format!("{DECIMAL} 0x{HEX}\n");
    for value in [HEX, DECIMAL, &format!("0x{HEX}"), &HEX.to_uppercase()] {
        assert_eq!(work.el2g(&["device", "uid", value]).exits(0).stdout, both, "{value}");
    }
    let json = work.el2g(&["device", "uid", HEX, DECIMAL, "-o", "json"]).exits(0).json();
    let one = serde_json::json!({ "decimal": DECIMAL, "hex": format!("0x{HEX}") });
    let expected = serde_json::json!({ "schema": "el2g/device-ids/1", "devices": [one, one] });
    assert_eq!(json, expected);
}

/// Every command that takes a device id.
const TAKE_AN_ID: [&str; 11] = [
    "device uid ID",
    "device show ID --group 1 --product 935389312472",
    "device product ID",
    "device provisionings ID",
    "device list --device ID",
    "device unclaim ID --group 1 --product 935389312472",
    "device add ID --group 1 --product 935389312472",
    "device register ID --group 1 --product 935389312472",
    "device download ID --group 1 --product 935389312472 --hardware-family SE05 --out-dir objects",
    "secure-object provisionings 1 --device ID",
    "sandbox connect-device ID",
];

#[test]
fn an_id_with_digits_lost_or_gained_is_no_other_device() {
    let work = Workplace::new();
    work.write_secret("token", "t0ken");
    let place = ["--service", "sandbox", "--base-url", "http://127.0.0.1:9", "--yes"];
    let place = [&place[..], &["--token-file", "token"]].concat();
    for line in TAKE_AN_ID {
        let wrong = [
            HEX[..35].to_owned(),
            format!("0x{}", &HEX[..35]),
            HEX[..34].to_owned(),
            format!("{HEX}1"),
            format!("{HEX}01"),
            format!("00{HEX}"),
            "bad".to_owned(),
        ];
        for id in wrong {
            let mut words: Vec<&str> =
                line.split(' ').map(|word| if word == "ID" { &id } else { word }).collect();
            words.extend(&place);
            let ran = work.el2g(&words);
            assert!([2, 3].contains(&ran.code), "{line} {id}: {}", ran.stderr);
            let told = ["36 (18 bytes) or 32", "more than 18 bytes"];
            assert!(told.iter().any(|said| ran.stderr.contains(said)), "{id}: {}", ran.stderr);
            assert_eq!(ran.stdout, "", "{line} {id}");
        }
    }
    let ran = work.el2g(&["device", "uid", &HEX[1..]]).exits(0);
    assert_eq!(ran.stdout, format!("{DECIMAL} 0x{HEX}\n"));
    assert!(ran.stderr.contains("read with the 0 that was lost"), "{}", ran.stderr);
}

#[test]
fn every_command_that_takes_a_device_is_in_the_table() {
    let help = |line: &str| {
        let words: Vec<&str> = line.split(' ').chain(["--help"]).collect();
        Workplace::new().el2g(&words).exits(0).stdout
    };
    for noun in ["device", "secure-object", "device-group", "provisioning", "sandbox"] {
        let listed = help(noun);
        let rows = listed.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
        let rows = rows.take_while(|line| !line.is_empty());
        let verb = |line: &str| {
            let row = line.strip_prefix("  ").filter(|row| !row.starts_with(' '))?;
            row.split(' ').next().map(str::to_owned)
        };
        for verb in rows.filter_map(verb) {
            let text = help(&format!("{noun} {verb}"));
            let takes = ["[VALUE]", "<DEVICE>", "[DEVICE]", "<DEVICES>", "<UID>", "--device <"];
            let is_known =
                TAKE_AN_ID.iter().any(|line| line.starts_with(&format!("{noun} {verb} ")));
            assert_eq!(takes.iter().any(|take| text.contains(take)), is_known, "{noun} {verb}");
        }
    }
}

#[test]
fn reads_the_output_of_sscli() {
    let work = Workplace::new();
    let output =
        format!("user@imx8mm:~$ sudo sscli se05x uid\nINFO:sss.se05x:{HEX}\nUnique ID: {HEX}\n");
    let ran = work.el2g_fed(&["device", "uid"], output.as_bytes()).exits(0);
    assert_eq!(ran.stdout, format!("{DECIMAL} 0x{HEX}\n"));
}

#[test]
fn says_what_is_wrong_with_an_id() {
    let work = Workplace::new();
    for (value, said) in [
        ("", "an empty value: no digits"),
        ("0x0", "0x0: zero is not a device id"),
        ("3.48555491520256655e41", "3.48555491520256655e41: a number in floating point"),
        ("348e39", "348e39: 6 digits that could be decimal or hexadecimal"),
        ("1_000", "1_000: `_` at position 2 is not a decimal digit"),
        (&format!("1{HEX}"), "more than 18 bytes"),
        ("22300745198530623141535718272648361505980416", "more than 18 bytes"),
        ("0400500112345678901234567890123456", "34 digits that could be"),
    ] {
        let ran = work.el2g(&["device", "uid", "--", value]).exits(3);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(said), "{value}: {}", ran.stderr);
    }
    for value in [&format!(" {HEX}\n"), &format!("0X{}", HEX.to_uppercase()), &HEX[1..]] {
        assert!(work.el2g(&["device", "uid", value]).exits(0).stdout.contains(DECIMAL), "{value}");
    }
    let part = work.el2g_fed(&["device", "uid"], b"Unique ID: 04005001d706ca37\n").exits(3);
    assert!(
        part.stderr.contains("an id of 16 digits; `sscli se05x uid` prints 36"),
        "{}",
        part.stderr
    );
    let list = format!("\u{feff}[\"{DECIMAL}\", {DECIMAL}]\r\n");
    let both = work.el2g_fed(&["device", "uid", "-"], list.as_bytes()).exits(0).stdout;
    assert_eq!(both, format!("{DECIMAL} 0x{HEX}\n").repeat(2));
    let number = work.el2g_fed(&["device", "uid"], b"[3.48555491520256655e+41]").exits(3).stderr;
    assert!(number.contains("hint: take the id as text"), "{number}");
}

#[test]
fn does_not_guess() {
    let work = Workplace::new();
    let digits = "1".repeat(36);
    let refused = work.el2g(&["device", "uid", &digits]).exits(3);
    let said = format!(
        "error: {digits}: 36 digits that could be decimal or hexadecimal\n\
         hint: say which with --hex or --decimal\n"
    );
    assert_eq!(refused.stderr, said);
    let hex = work.el2g(&["device", "uid", "--hex", &digits]).exits(0).stdout;
    assert!(hex.ends_with(&format!(" 0x{digits}\n")), "{hex}");
    let decimal = work.el2g(&["device", "uid", "--decimal", &digits]).exits(0).stdout;
    assert!(decimal.starts_with(&format!("{digits} ")), "{decimal}");
    work.el2g(&["device", "uid", "--hex", "--decimal", &digits]).exits(2);
    work.el2g(&["device", "uid", "12z"]).exits(3);
}
