//! `el2g policy check`, offline.

use serde_json::Value;

use crate::served::Served;
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

#[test]
fn the_template_of_a_product_is_a_file_of_policies_as_it_is() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let run = |line: &str| service.el2g(&work, &line.split(' ').collect::<Vec<_>>());
    let asked = "policy template --product 935389312472 --kind KEYPAIR --algorithm NIST_P256";
    let template = run(&format!("{asked} -o json")).exits(0);
    work.write("template.json", &template.stdout);
    let mut template = template.json();
    assert_eq!(template["nc12"], "935389312472");
    let check = "policy check template.json --template template.json -o json";
    let checked = run(check).exits(0).json();
    assert_eq!((&checked["passed"], &checked["optionsChecked"]), (&true.into(), &true.into()));
    let create = "secure-object create key-pair --name k --object-id 83000001";
    let made = run(&format!("{create} --algorithm NIST_P256 --policies template.json -o json"));
    assert_eq!(made.exits(0).json()["policySourceType"], "CUSTOM");
    let kept = run("secure-object policies k -o json").exits(0).json();
    let rules = |policy: &Value, index: usize| policy[index]["accessRules"].clone();
    let policy = &kept[0]["secureObjectPolicyConfiguration"]["accessRuleConfiguration"];
    let asked = &template["secureObjectPolicyTemplate"]["accessRuleConfigurationTemplate"];
    assert_eq!(rules(policy, 0), rules(asked, 1));
    assert_eq!(policy[1]["type"], "MANDATORY");
    template.as_object_mut().expect("an object").remove("nc12");
    work.write("template.json", template.to_string());
    let without = run("policy check template.json").exits(3).stderr;
    assert!(without.contains("a policy template without the product"), "{without}");
}

#[test]
fn policies_are_typed_as_flags() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let run = |line: &str| service.el2g(&work, &line.split(' ').collect::<Vec<_>>());
    let create =
        "secure-object create key-pair --name k --object-id 83000001 --algorithm NIST_P256";
    let policy =
        "--policy 935389312472=ALLOW_SIGN,ALLOW_DELETE --policy 935389312472/1=ALLOW_VERIFY";
    run(&format!("{create} {policy}")).exits(0);
    let update = "secure-object update k --policy 935386987471=POLICY_OBJ_ALLOW_READ";
    run(update).exits(0);
    let kept = run("secure-object policies k").exits(0).stdout;
    for rules in [
        "UNAUTHENTICATED 00000000: POLICY_OBJ_ALLOW_SIGN POLICY_OBJ_ALLOW_DELETE; CUSTOM 1: POLICY_OBJ_ALLOW_VERIFY",
        "UNAUTHENTICATED 00000000: POLICY_OBJ_ALLOW_READ; MANDATORY F0000021: POLICY_OBJ_ALLOW_DELETE",
    ] {
        assert!(kept.contains(rules), "{kept}");
    }
    for (flags, code, said) in [
        ("--policy 935389312472=ALLOW_FLY", 3, "policy-rule-unknown"),
        ("--policy 935389312472/F0000001=ALLOW_SIGN", 3, "policy-user"),
        ("--policy 12=ALLOW_SIGN", 2, "12 digits"),
        ("--policy 935389312472", 2, "12NC=RULE"),
        ("--policy 935389312472=ALLOW_SIGN --policy 935389312472=ALLOW_READ", 2, "two policies"),
        ("--policy 935389312472=ALLOW_SIGN --policies x.json", 2, "cannot be used with"),
    ] {
        let refused = run(&format!("{create} {flags} --allow-duplicate")).exits(code);
        assert!(refused.stderr.contains(said), "{flags}: {}", refused.stderr);
    }
}
