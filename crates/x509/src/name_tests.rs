//! Tests of `name.rs`.

use super::*;

fn parsed(text: &str) -> Result<String, NameError> {
    Name::parse(text).map(|name| name.to_string())
}

#[test]
fn reads_what_it_writes() {
    for text in ["CN=a\\,b,O=c", "CN=\\ a\\ ,C=AT", "CN=\\#1\\+1\\\\", "CN=M\u{fc}ller,DC=example"]
    {
        assert_eq!(parsed(text), Ok(text.to_owned()));
    }
    assert_eq!(parsed("cn = a  , O=b "), Ok("CN=a,O=b".to_owned()));
    assert_eq!(parsed("CN=a\\2Cb\\C3\\BC"), Ok("CN=a\\,b\u{fc}".to_owned()));
    assert_eq!(parsed("2.5.4.3=a"), Ok("CN=a".to_owned()));
}

#[test]
fn says_which_part_is_no_name() {
    let refused = |text: &str| parsed(text).unwrap_err().to_string();
    assert!(refused("Root").contains("`=` between type and value is missing"));
    assert!(refused("CN=a,").contains("`=` between"));
    assert!(refused("XY=a").contains("`XY` is not a known attribute type"));
    assert!(refused("CN=a+OU=b").contains("several attributes in one part"));
    assert!(refused("CN=a\\").contains("nothing follows"));
    assert!(refused("CN=\\FF").contains("not UTF-8"));
    assert!(refused("CN=").contains("a value is never empty"));
    assert!(refused("C=Austria").contains("at most 2"));
    assert!(refused("C=A_").contains("cannot stand in a PrintableString"));
    assert!(refused("emailAddress=\u{fc}@x").contains("IA5String"));
}

#[test]
fn shows_what_cannot_be_seen() {
    let name = Name::build(&[(AttributeType::COMMON_NAME, "a\u{1b}[2J\u{202e}b")]).unwrap();
    assert_eq!(name.to_string(), "CN=a\\1B[2J\\E2\\80\\AEb");
    assert_eq!(Name::parse(&name.to_string()).unwrap(), name);
}
