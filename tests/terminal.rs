//! What a terminal shows: of what takes its time, of tables, and of the help, at 80 and at 40 columns.

use unicode_width::UnicodeWidthStr as _;

use crate::served::Served;
use crate::workplace::Workplace;

const PRODUCT: &str = "935389312472";
const DEVICE: &str = "0x04005001d706ca37a1e4ed047e6dda0f6881";

/// A sandbox in which a job takes two seconds, and a group whose name has wide characters, marks and a picture.
fn slow() -> Served {
    let served = Served::start(Workplace::new(), &["--generation-seconds", "2"]);
    let work = Workplace::new();
    for name in ["\u{6e2c}\u{8a66}", "e\u{301}tat", "\u{1f511}"] {
        let create = ["device-group", "create", "--product", PRODUCT, "--name", name];
        served.el2g(&work, &create).exits(0);
    }
    let pair = "secure-object create key-pair --name k --object-id 83000001 --algorithm NIST_P256";
    served.el2g(&work, &pair.split(' ').collect::<Vec<_>>()).exits(0);
    served.el2g(&work, &["secure-object", "assign", "k", "--group", "1"]).exits(0);
    served
}

/// What was sent to a terminal, with this in place of each of its commands.
fn plain(sent: &str, command: &str) -> String {
    let mut plain = String::new();
    let mut rest = sent;
    while let Some(at) = rest.find('\u{1b}') {
        plain += &rest[..at];
        let end = rest[at + 2..].find(|c: char| c.is_ascii_alphabetic()).expect("a command");
        rest = &rest[at + 3 + end..];
        plain += command;
    }
    plain + rest
}

/// Each piece that stood on a line at one time.
fn pieces(sent: &str) -> Vec<String> {
    plain(sent, "\r").split(['\r', '\n']).map(str::to_owned).collect()
}

#[test]
fn what_takes_over_a_second_is_shown_on_one_line_and_gone_at_the_end() {
    let served = slow();
    let line = |device: &str| {
        let words = ["device", "register", device, "--group", "1", "--product", PRODUCT, "--wait"];
        let service =
            ["--base-url", served.ready("baseUrl"), "--token-file", served.ready("tokenFile")];
        [&words[..], &service].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for (number, (term, columns)) in
        [("xterm", 80), ("xterm", 40), ("dumb", 80)].into_iter().enumerate()
    {
        let line = line(&format!("{}{number}", &DEVICE[..DEVICE.len() - 1]));
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let Some(ran) = served.work.on_screen(term, columns, &line) else { return };
        let sent = ran.exits(0).stdout;
        if term == "dumb" {
            assert!(
                !sent.contains('\u{1b}') && !sent.replace("\r\n", "").contains('\r'),
                "{sent:?}"
            );
            continue;
        }
        let pieces = pieces(&sent);
        let shown =
            |piece: &&String| piece.starts_with('[') || piece.starts_with(['|', '/', '-', '\\']);
        let shown: Vec<&String> = pieces.iter().filter(shown).collect();
        assert!(!shown.is_empty(), "{sent:?}");
        for piece in shown {
            assert!(piece.width() <= usize::from(columns), "{piece:?}");
        }
        // The line was cleared before what follows.
        let (_, after) = sent.rsplit_once("\u{1b}[2K").unwrap_or_else(|| panic!("{sent:?}"));
        assert!(after.ends_with("COMPLETED_SUCCESSFULLY\r\n") && !after.contains('['), "{sent:?}");
    }
}

#[test]
fn what_is_fast_shows_nothing_but_its_answer() {
    let served = Served::start(Workplace::new(), &[]);
    let line = ["product", "list", "--base-url", served.ready("baseUrl")];
    let line = [&line[..], &["--token-file", served.ready("tokenFile")]].concat();
    let Some(ran) = served.work.on_screen("xterm", 80, &line) else { return };
    let sent = ran.exits(0).stdout;
    assert!(!sent.contains('\u{1b}') && !sent.replace("\r\n", "").contains('\r'), "{sent:?}");
}

#[test]
fn columns_of_a_table_stand_below_each_other_whatever_is_in_them() {
    let served = slow();
    let work = Workplace::new();
    let ran = served.el2g(&work, &["device-group", "list", "--product", PRODUCT]).exits(0);
    let column = |line: &str| line.find(PRODUCT).map(|at| line[..at].width());
    let columns: Vec<usize> = ran.stdout.lines().filter_map(column).collect();
    assert_eq!(columns, [columns[0]; 3], "{}", ran.stdout);
}

#[test]
fn help_fits_its_terminal() {
    let work = Workplace::new();
    let longest = ["provision", "pgp seal", "secure-object create master-key", "cert check"];
    for columns in [80, 40] {
        for command in longest {
            let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
            let Some(ran) = work.on_screen("xterm", columns, &words) else { return };
            let help = plain(&ran.exits(0).stdout, "");
            assert!(help.lines().count() > 40, "{help}");
            for line in help.lines() {
                // An example, a usage line and a flag with its value are as they are typed.
                let is_typed = line.contains("el2g ") || line.trim_start().starts_with("--");
                let is_one_word = line.split_whitespace().count() <= 1;
                let fits = line.trim_end().width() <= usize::from(columns);
                assert!(fits || is_one_word || is_typed, "{command}: {line:?}");
            }
        }
    }
}
