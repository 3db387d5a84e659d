//! Name constraints of root and intermediate: a matrix of chains made with OpenSSL, and its verdict on each.

use std::process::Command;

use super::broken;
use crate::workplace::{Ran, Workplace};

/// nameConstraints, subject and subjectAltName of a certificate below it, as OpenSSL's configuration has them.
type Row = (&'static str, &'static str, &'static str);

const DEVICE: &str = "/C=AT/O=Example/CN=line-7-0011223344556677-0001";

/// Rows on which the verdict has to be OpenSSL's.
const ROWS: &[Row] = &[
    // DNS names
    ("permitted;DNS:example.com", DEVICE, ""),
    ("permitted;DNS:example.com", DEVICE, "DNS:example.com"),
    ("permitted;DNS:example.com", DEVICE, "DNS:a.b.EXAMPLE.com"),
    ("permitted;DNS:example.com", DEVICE, "DNS:notexample.com"),
    ("permitted;DNS:example.com", DEVICE, "DNS:com"),
    ("permitted;DNS:.example.com", DEVICE, "DNS:a.example.com"),
    ("permitted;DNS:.example.com", DEVICE, "DNS:example.com"),
    ("permitted;DNS:example.com", DEVICE, "DNS:a.example.com,DNS:example.org"),
    ("permitted;DNS:example.com,permitted;DNS:example.org", DEVICE, "DNS:example.org"),
    ("permitted;DNS:example.com", DEVICE, "email:a@example.org"),
    ("permitted;DNS:example.com", DEVICE, "DNS:*.example.com"),
    ("permitted;DNS:example.com", DEVICE, "DNS:example.com."),
    ("excluded;DNS:example.com", DEVICE, "DNS:a.example.com"),
    ("excluded;DNS:example.com", DEVICE, "DNS:example.org"),
    ("excluded;DNS:", DEVICE, "DNS:example.org"),
    ("permitted;DNS:example.com,excluded;DNS:x.example.com", DEVICE, "DNS:x.example.com"),
    ("permitted;DNS:example.com,excluded;DNS:x.example.com", DEVICE, "DNS:y.example.com"),
    ("permitted;DNS:example.com", "/CN=device.example.org", ""),
    ("permitted;DNS:example.com", "/CN=device.example.com", ""),
    ("permitted;DNS:example.com", "/CN=device.example.org", "DNS:example.com"),
    ("excluded;DNS:example.com", "/CN=a.example.com/CN=device", ""),
    ("excluded;DNS:example.com", "/CN=example.com ", ""),
    // Mail
    ("permitted;email:a@example.com", DEVICE, "email:a@example.com"),
    ("permitted;email:a@example.com", DEVICE, "email:A@example.com"),
    ("permitted;email:a@example.com", DEVICE, "email:a@EXAMPLE.COM"),
    ("permitted;email:example.com", DEVICE, "email:b@example.com"),
    ("permitted;email:example.com", DEVICE, "email:b@a.example.com"),
    ("permitted;email:.example.com", DEVICE, "email:b@a.example.com"),
    ("permitted;email:.example.com", DEVICE, "email:b@example.com"),
    ("excluded;email:example.com", DEVICE, "email:b@example.com"),
    ("excluded;email:example.com", "/CN=device/emailAddress=b@example.com", ""),
    ("permitted;email:example.com", "/CN=device/emailAddress=b@example.com", ""),
    ("permitted;email:example.com", "/CN=device/emailAddress=b@example.org", ""),
    ("permitted;email:example.com", "/CN=device/emailAddress=nobody", ""),
    ("permitted;email:example.com", DEVICE, "DNS:example.org"),
    // URIs
    ("permitted;URI:example.com", DEVICE, "URI:https://example.com/a?b"),
    ("permitted;URI:example.com", DEVICE, "URI:https://EXAMPLE.com:8443/"),
    ("permitted;URI:example.com", DEVICE, "URI:https://a.example.com/"),
    ("permitted;URI:.example.com", DEVICE, "URI:https://a.example.com/"),
    ("permitted;URI:.example.com", DEVICE, "URI:https://example.com/"),
    ("excluded;URI:.example.com", DEVICE, "URI:opc.tcp://a.example.com"),
    ("excluded;URI:example.com", DEVICE, "URI:https://example.org/example.com"),
    ("permitted;URI:example.com", DEVICE, "URI:urn:device:7"),
    ("excluded;URI:example.com", DEVICE, "URI:urn:device:7"),
    // Addresses
    ("permitted;IP:10.0.0.0/255.0.0.0", DEVICE, "IP:10.1.2.3"),
    ("permitted;IP:10.0.0.0/255.0.0.0", DEVICE, "IP:11.1.2.3"),
    ("permitted;IP:10.0.0.0/255.0.0.0", DEVICE, "IP:::1"),
    ("excluded;IP:10.0.0.0/255.0.0.0", DEVICE, "IP:10.1.2.3"),
    ("excluded;IP:10.0.0.0/255.0.0.0", DEVICE, "IP:2001:db8::1"),
    ("permitted;IP:2001:db8::/ffff:ffff::", DEVICE, "IP:2001:db8::1"),
    ("permitted;IP:2001:db8::/ffff:ffff::", DEVICE, "IP:2001:db9::1"),
    // Directory names: the subject, and those in subjectAltName
    ("permitted;dirName:austrian_example", DEVICE, ""),
    ("permitted;dirName:austrian_example", "/C=AT/O=EXAMPLE/CN=device", ""),
    ("permitted;dirName:austrian_example", "/C=AT/O=  Example /CN=device", ""),
    ("permitted;dirName:austrian_example", "/C=AT/O=Other/CN=device", ""),
    ("permitted;dirName:austrian_example", "/O=Example/C=AT/CN=device", ""),
    ("permitted;dirName:austrian_example", "/CN=device", ""),
    ("permitted;dirName:austrian_example", DEVICE, "dirName:other"),
    ("permitted;dirName:austrian_example", DEVICE, "dirName:deeper"),
    ("permitted;dirName:austrian_example,permitted;dirName:other", DEVICE, "dirName:other"),
    ("excluded;dirName:austrian_example", DEVICE, ""),
    ("excluded;dirName:other", DEVICE, ""),
    ("excluded;dirName:other", DEVICE, "dirName:other"),
    ("excluded;dirName:deeper", DEVICE, ""),
    // Forms that nobody compares
    ("excluded;RID:1.2.3", DEVICE, "RID:1.2.3"),
    ("permitted;RID:1.2.3", DEVICE, "DNS:example.com"),
    ("excluded;otherName:1.2.3;UTF8:x", DEVICE, "otherName:1.2.3;UTF8:y"),
    ("excluded;otherName:1.2.3;UTF8:x", DEVICE, "otherName:1.2.4;UTF8:y"),
];

/// Rows on which ours refuses and OpenSSL does not, and why.
const STRICTER: &[(Row, &str)] = &[
    (
        ("excluded;DNS:example.com", DEVICE, "DNS:a.example.com."),
        "a name with an empty label is not a DNS name: names that cannot be compared are refused",
    ),
    (
        ("excluded;DNS:x.example.com", DEVICE, "DNS:*.example.com"),
        "`*.example.com` is shown to clients that ask for x.example.com",
    ),
    (
        ("excluded;email:", DEVICE, "email:a@example.com"),
        "RFC 5280 has no empty subtree of mail addresses: it cannot be compared",
    ),
    (
        ("permitted;email:example.com", DEVICE, "email:x@y@example.com"),
        "two `@` outside of quotation marks do not make an address",
    ),
    (
        ("excluded;URI:example.com", DEVICE, "URI:https://user@example.com/"),
        "OpenSSL takes `user@example.com` for the host",
    ),
    (
        ("excluded;URI:example.com", DEVICE, "URI:https://10.0.0.1/"),
        "RFC 5280 section 4.2.1.10: a URI without a host name is refused",
    ),
    (
        ("excluded;dirName:umlaut", "/C=AT/O=M\u{dc}LLER/CN=device", ""),
        "RFC 5280 section 7.1 folds the case of all letters, OpenSSL that of ASCII",
    ),
];

/// Rows on which ours takes what OpenSSL refuses, and why.
const LOOSER: &[(Row, &str)] = &[
    (
        ("permitted;dirName:umlaut", "/C=AT/O=M\u{dc}LLER/CN=device", ""),
        "RFC 5280 section 7.1 folds the case of all letters, OpenSSL that of ASCII",
    ),
    (
        ("permitted;URI:example.com", DEVICE, "URI:https://user@example.com/"),
        "OpenSSL takes `user@example.com` for the host",
    ),
];

/// OpenSSL's errors about name constraints: 47 to 53 (X509_V_ERR_PERMITTED_VIOLATION and the following).
fn is_about_names(ran: &Ran) -> bool {
    (47..=53).any(|number| ran.stderr.contains(&format!("error {number} at")))
}

/// Which certificates of a chain carry the constraints and the names.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The root constrains, the device has the names.
    RootAndDevice,
    /// The intermediate constrains, the device has the names.
    IntermediateAndDevice,
    /// The root constrains, the intermediate has the names and is checked as the end of the path.
    RootAndIntermediate,
}

const PLACES: [Place; 3] =
    [Place::RootAndDevice, Place::IntermediateAndDevice, Place::RootAndIntermediate];

const NAMES: &str = "\n[austrian_example]\nC=AT\nO=Example\n[other]\nC=AT\nO=Other\n[umlaut]\nC=AT\nO=M\u{fc}ller\n\
                     [deeper]\nC=AT\nO=Example\nOU=Deeper\n";

/// Keys for three certificates; `None` where OpenSSL is missing.
fn ready() -> Option<Workplace> {
    let work = Workplace::new();
    for name in ["root", "ca", "device"] {
        let key = format!("{name}.key");
        let make = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out"];
        openssl(&work, &[&make[..], &[&key]].concat())?.exits(0);
    }
    Some(work)
}

fn openssl(work: &Workplace, arguments: &[&str]) -> Option<Ran> {
    work.oracle(Command::new("openssl"), arguments)
}

/// Makes one certificate; `issuer` of `None` makes it self-signed.
fn make(work: &Workplace, name: &str, issuer: Option<&str>, subject: &str, extensions: &str) {
    // OpenSSL reads its configuration as Latin-1.
    let configuration =
        format!("[req]\ndistinguished_name=empty\n[empty]\n[it]\n{extensions}{NAMES}");
    let octets = configuration.chars().map(|one| u8::try_from(one).expect("a Latin-1 letter"));
    work.write("configuration", octets.collect::<Vec<u8>>());
    let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
    let make = ["req", "-x509", "-new", "-sha256", "-days", "3000", "-utf8", "-subj", subject];
    let files = ["-config", "configuration", "-extensions", "it", "-key", &key];
    let issuer = issuer.map(|issuer| (format!("{issuer}.pem"), format!("{issuer}.key")));
    let signer = match &issuer {
        Some((certificate, key)) => vec!["-CA", certificate, "-CAkey", key],
        None => Vec::new(),
    };
    let arguments = [&make[..], &files, &signer, &["-out", &certificate]].concat();
    openssl(work, &arguments).expect("it was there before").exits(0);
}

/// An extension with its values in a section of their own, which may be empty there.
fn section(extension: &str, values: &str) -> String {
    if values.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = values
        .split(',')
        .enumerate()
        .map(|(number, value)| value.replacen(':', &format!(".{number}="), 1))
        .collect();
    format!("{extension}@values\n[values]\n{}\n", lines.join("\n"))
}

/// Makes the chain of a row and asks both: does it hold?
fn judge(work: &Workplace, place: Place, row: Row) -> (bool, bool) {
    let (constraints, subject, names) = row;
    let constraints = section("nameConstraints=critical,", constraints);
    let names = section("subjectAltName=", names);
    let ca = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n\
              subjectKeyIdentifier=hash\n";
    let (of_root, of_intermediate) = match place {
        Place::RootAndDevice | Place::RootAndIntermediate => (constraints.as_str(), ""),
        Place::IntermediateAndDevice => ("", constraints.as_str()),
    };
    make(work, "root", None, "/CN=Root", &format!("{ca}{of_root}"));
    if matches!(place, Place::RootAndIntermediate) {
        make(work, "ca", Some("root"), subject, &format!("{ca}{names}"));
        let theirs = openssl(work, &["verify", "-CAfile", "root.pem", "ca.pem"]).expect("as above");
        assert!(theirs.code == 0 || is_about_names(&theirs), "{row:?}: {}", theirs.stderr);
        let ours = work.el2g(&["cert", "check", "ca.pem", "--root", "root.pem", "-o", "json"]);
        return (theirs.code == 0, !broken(&ours.json()).contains(&"name-constraints-of-root"));
    }
    make(work, "ca", Some("root"), "/C=AT/O=Example/CN=CA", &format!("{ca}{of_intermediate}"));
    let device = "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n";
    make(work, "device", Some("ca"), subject, &format!("{device}{names}"));
    let chain = ["verify", "-CAfile", "root.pem", "-untrusted", "ca.pem", "device.pem"];
    let theirs = openssl(work, &chain).expect("as above");
    assert!(theirs.code == 0 || is_about_names(&theirs), "{row:?}: {}", theirs.stderr);
    let chain = ["cert", "check", "device.pem", "--intermediate", "ca.pem", "--root", "root.pem"];
    let ours = work.el2g(&[&chain[..], &["-o", "json"]].concat());
    let report = ours.json();
    assert_eq!(report["complete"], true, "{row:?}");
    let errors: Vec<&str> = report["certificates"][0]["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| finding["rule"].as_str().expect("a rule"))
        .collect();
    let is_about_names = |rule: &&str| rule.ends_with("name-constraints");
    assert!(errors.iter().all(is_about_names), "{row:?}: {errors:?}");
    assert_eq!(ours.code, if errors.is_empty() { 0 } else { 3 }, "{row:?}");
    (theirs.code == 0, errors.is_empty())
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn the_verdict_on_a_name_is_that_of_openssl() {
    let Some(work) = ready() else { return };
    let (mut chains, mut refused, mut wrong) = (0, 0, Vec::new());
    for place in PLACES {
        for row in ROWS {
            let (theirs, ours) = judge(&work, place, *row);
            chains += 1;
            refused += usize::from(!theirs);
            if theirs != ours {
                wrong.push(format!("{place:?} {row:?}: OpenSSL {theirs}, ours {ours}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(chains > 150 && refused > 70, "{chains} chains, {refused} refused");
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn where_the_two_differ_it_is_for_a_reason() {
    let Some(work) = ready() else { return };
    let stricter = STRICTER.iter().map(|(row, _)| (row, (true, false)));
    let looser = LOOSER.iter().map(|(row, _)| (row, (false, true)));
    for (row, expected) in stricter.chain(looser) {
        assert_eq!(judge(&work, Place::IntermediateAndDevice, *row), expected, "{row:?}");
    }
}

/// What the documentation says of a row.
fn documented(row: &Row, openssl: bool, reason: &str) -> String {
    let verdict = |passes| if passes { "passes" } else { "refuses" };
    let (constraint, subject, names) = *row;
    let name = if names.is_empty() { subject } else { names };
    format!(
        "| `{constraint}` | `{name}` | {} | {} | {reason} |",
        verdict(openssl),
        verdict(!openssl)
    )
}

#[test]
fn the_differences_are_documented() {
    let path = crate::workplace::root().join("docs/openssl.md");
    let text = std::fs::read_to_string(path).expect("the page");
    let rows = STRICTER
        .iter()
        .map(|(row, reason)| documented(row, true, reason))
        .chain(LOOSER.iter().map(|(row, reason)| documented(row, false, reason)));
    let (_, table) = text.split_once("## Name constraints").expect("the section");
    let table: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(table, rows.collect::<Vec<_>>());
}
