//! `el2g policy check`, offline.

use crate::workplace::Workplace;

/// A policy that every key pair may have.
pub const POLICY: &str = r#"{"policyType":"ACCESS_RULE","policySourceType":"CUSTOM","accessRuleConfiguration":[
    {"objectId":"00000000","type":"UNAUTHENTICATED","accessRules":["POLICY_OBJ_ALLOW_SIGN"]},
    {"objectId":"F0000021","type":"MANDATORY","accessRules":["POLICY_OBJ_ALLOW_DELETE"]}]}"#;

#[test]
fn takes_policies_by_12nc_and_whole_requests() {
    let work = Workplace::new();
    let bare = format!(r#"{{"935389312472":{POLICY}}}"#);
    for text in
        [bare.clone(), format!(r#"{{"name":"k","policies":{bare}}}"#), format!("\u{feff}{bare}")]
    {
        work.write("policies.json", &text);
        let checked =
            work.el2g(&["policy", "check", "policies.json", "-o", "json"]).exits(0).json();
        assert_eq!((&checked["passed"], &checked["optionsChecked"]), (&true.into(), &false.into()));
    }
    let said = work.el2g(&["policy", "check", "policies.json"]).exits(0).stdout;
    assert!(said.contains("which rules the product allows was not checked"), "{said}");
}

#[test]
fn says_what_is_wrong_with_a_file() {
    let work = Workplace::new();
    for (text, said) in [
        (String::new(), "no policies by 12NC"),
        ("null".into(), "expected an object with a policy under each 12NC"),
        ("{}".into(), "1 fault"),
        (format!("[{POLICY}]"), "no policies by 12NC"),
        (
            format!(r#"{{"policies":[{POLICY}]}}"#),
            "policies in a list, the older form of section 11",
        ),
        (
            format!(r#"{{"935389312472":{POLICY},"935389312472":{POLICY}}}"#),
            "two policies for 12NC 935389312472",
        ),
        (
            r#"{"935389312472":{}}"#.into(),
            "12NC 935389312472: policies.json: no policies by 12NC: line 1",
        ),
        (
            format!(
                r#"{{"935389312472":{}}}"#,
                POLICY.replace("UNAUTHENTICATED", "unauthenticated")
            ),
            "2 faults",
        ),
        (
            format!(
                r#"{{"935389312472":{}}}"#,
                POLICY.replace("POLICY_OBJ_ALLOW_SIGN", "ALLOW_SIGN")
            ),
            "1 fault",
        ),
        ("[".repeat(100_000), "no policies by 12NC"),
    ] {
        work.write("policies.json", &text);
        let ran = work.el2g(&["policy", "check", "policies.json"]).exits(3);
        assert!(ran.stderr.contains(said), "{said} in {}", ran.stderr);
    }
}
