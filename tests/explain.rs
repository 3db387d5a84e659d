//! `el2g explain`: every code that an answer names can be given to it.

use serde_json::{Value, json};

use crate::workplace::Workplace;

/// The codes that a line of text names, where an error names them.
fn explained(work: &Workplace, code: &str) -> Value {
    let ran = work.el2g(&["explain", code, "-o", "json"]).exits(0).json();
    ran["explanations"][0].clone()
}

#[test]
fn what_an_error_names_is_explained_whatever_the_capitals() {
    let work = Workplace::new();
    let of_rule = json!({
        "code": "object-id-forbidden",
        "kind": "request-rule",
        "meaning": "a field of a request breaks this rule; nothing is sent",
        "expected": "an id outside the forbidden ranges, such as 83000000 to 8300FFFF",
        "fix": "correct the field that the error names; for `el2g api`, in the file of --body",
        "section": "AN12642 4.5.17",
        "severity": "error",
        "exitCode": 3,
        "skippable": true,
    });
    for code in ["object-id-forbidden", "OBJECT-ID-FORBIDDEN", " object-id-forbidden "] {
        assert_eq!(explained(&work, code), of_rule);
    }
    for (code, kind, exit_code, meaning) in [
        ("3", "exit-code", 3, "an input was refused, or a check found a violation"),
        ("Input", "exit-code", 3, "an input was refused, or a check found a violation"),
        ("version-v3", "certificate-rule", 3, "an intermediate certificate breaks this rule"),
        (
            "unsigned",
            "message-rule",
            3,
            "`el2g pgp inspect` found that the message breaks this rule",
        ),
        (
            "trailing-blanks",
            "message-rule",
            0,
            "`el2g pgp inspect` found that the message breaks this rule",
        ),
        ("429", "http-status", 5, "too many requests"),
        ("418", "http-status", 4, "the service refused"),
        ("err_sedm_409_2", "service-code", 4, "another claim code has this secret"),
        ("ERR_NEW_503_1", "service-code", 5, "temporarily overloaded or under maintenance"),
    ] {
        let found = explained(&work, code);
        let parts = [&found["kind"], &found["exitCode"], &found["meaning"]];
        assert_eq!(parts, [&json!(kind), &json!(exit_code), &json!(meaning)], "{code}");
        assert!(found["fix"].as_str().is_some_and(|fix| fix.len() > 10), "{code}: {found}");
    }
}

#[test]
fn what_is_not_a_code_is_refused_with_a_near_one() {
    let work = Workplace::new();
    let long = "x-".repeat(5000);
    for (code, said) in [
        ("", "error: unknown code ``\nhint: `el2g explain` lists the codes\n"),
        ("99", "error: unknown code `99`\nhint: `el2g explain` lists the codes\n"),
        ("é", "error: unknown code `é`\nhint: `el2g explain` lists the codes\n"),
        (
            &long,
            "error: unknown code `x-x-… (10000 characters, not shown)`\nhint: `el2g explain` lists the codes\n",
        ),
        (
            "object-id-forbiden",
            "error: unknown code `object-id-forbiden`\n\
             hint: did you mean `object-id-forbidden` or `object-id-form`? `el2g explain` lists the codes\n",
        ),
    ] {
        let ran = work.el2g(&["explain", code]).exits(2);
        assert_eq!((&*ran.stdout, &*ran.stderr), ("", said));
    }
    for code in ["ERR_", "ERR_RTP", "ERR_RTP_99_1", "ERR_RTP_409_x", "ERR_RTP_409_1;", "65536404"] {
        work.el2g(&["explain", code]).exits(2);
    }
}

#[test]
fn the_list_fits_80_columns_and_holds_what_json_holds() {
    let work = Workplace::new();
    let list = work.el2g(&["explain"]).exits(0).stdout;
    let wide: Vec<&str> = list
        .lines()
        .filter(|line| line.chars().count() > 80 && line.trim().contains(' '))
        .collect();
    assert_eq!(wide, Vec::<&str>::new());
    let json = work.el2g(&["explain", "-o", "json"]).exits(0).json();
    let all = json["explanations"].as_array().expect("a list");
    let mut codes: Vec<&str> = all.iter().filter_map(|it| it["code"].as_str()).collect();
    assert!(codes.len() > 300, "{}", codes.len());
    for code in &codes {
        let is_named = |line: &&str| {
            let rest = line.strip_prefix("  ").and_then(|line| line.strip_prefix(code));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        assert!(list.lines().any(|line| is_named(&line)), "{code}");
    }
    // Two tables have this one: of the certificate, and of the key that becomes an object.
    codes.sort_unstable();
    let twice: Vec<&str> =
        codes.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect();
    assert_eq!(twice, ["public-key-algorithm"]);
}

/// What errors and reports name, and what JSON errors hold.
#[test]
fn the_codes_of_real_errors_are_explained() {
    let work = Workplace::new();
    work.write("not-a-certificate.pem", "nothing");
    let checked = work.el2g(&["cert", "check", "not-a-certificate.pem", "-o", "json"]).exits(3);
    let findings = checked.json()["certificates"][0]["findings"].clone();
    let rule = findings[0]["rule"].as_str().expect("a rule").to_owned();
    let error: Value =
        serde_json::from_str(checked.stderr.lines().last().expect("an error")).expect("JSON");
    let kind = error["error"]["kind"].as_str().expect("a kind").to_owned();
    assert_eq!((&*kind, explained(&work, &kind)["exitCode"].as_u64()), ("input", Some(3)));
    let found = explained(&work, &rule);
    for key in ["severity", "section", "fix"] {
        assert_eq!(found[key], findings[0][key], "{rule}");
    }
}
