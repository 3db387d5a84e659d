//! The rules of the service, one per line of `rules.txt`, asked with curl at both fronts.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::sandbox::{PRODUCT, curl_is_missing};
use crate::served::Served;
use crate::workplace::Workplace;

const TABLE: &str = include_str!("rules.txt");
/// Every status of section 5.
const STATUSES: [u16; 15] =
    [200, 202, 204, 400, 401, 403, 404, 405, 409, 413, 415, 422, 500, 502, 503];
const PRODUCTS: [&str; 6] =
    [PRODUCT, "935386987471", "935386984472", "935398293472", "935381378118", "935414457472"];

/// A line of the table.
struct Rule<'a> {
    number: usize,
    place: &'a str,
    request: &'a str,
    body: &'a str,
    answer: &'a str,
    then: &'a str,
}

fn table() -> Vec<Rule<'static>> {
    let lines = TABLE.lines().enumerate();
    let rules = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    rules
        .map(|(index, line)| {
            let fields: Vec<&str> = line.split('|').map(str::trim).collect();
            let [place, request, body, answer, then] = fields[..] else {
                panic!("line {}: {} fields", index + 1, fields.len())
            };
            Rule { number: index + 1, place, request, body, answer, then }
        })
        .collect()
}

/// A policy of section 9 with these entries between UNAUTHENTICATED and MANDATORY.
fn policy(custom: usize) -> Value {
    let mut entries = vec![
        json!({"objectId": "00000000", "type": "UNAUTHENTICATED", "accessRules": ["POLICY_OBJ_ALLOW_SIGN"]}),
    ];
    entries.extend((1..=custom).map(|user| {
        json!({"objectId": format!("{user:08X}"), "type": "CUSTOM", "accessRules": ["POLICY_OBJ_ALLOW_VERIFY"]})
    }));
    entries.push(json!({"objectId": "F0000021", "type": "MANDATORY", "accessRules": ["POLICY_OBJ_ALLOW_DELETE"]}));
    json!({"policyType": "ACCESS_RULE", "policySourceType": "CUSTOM", "accessRuleConfiguration": entries})
}

/// [`policy`] with one of its entries changed, or taken away.
fn changed(entry: usize, field: &str, value: Value) -> String {
    let mut policy = policy(1);
    let entries = policy["accessRuleConfiguration"].as_array_mut().expect("an array");
    if field.is_empty() {
        entries.remove(entry);
    } else {
        entries[entry][field] = value;
    }
    policy.to_string()
}

/// What `$name` stands for before anything was asked.
fn made() -> HashMap<String, String> {
    let each = |products: &[&str]| {
        let policies = products.iter().map(|nc12| ((*nc12).to_owned(), policy(0)));
        Value::Object(policies.collect()).to_string()
    };
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let month = json!({"month": now.month(), "year": now.year()}).to_string();
    [
        ("P", PRODUCTS[0].to_owned()),
        ("Q", PRODUCTS[1].to_owned()),
        ("sixth", PRODUCTS[5].to_owned()),
        ("uid", "348555491056936142262187597632590342062080".to_owned()),
        ("name255", "n".repeat(255)),
        ("name256", "n".repeat(256)),
        ("secret16", BASE64.encode([7; 16])),
        ("secret252", BASE64.encode([7; 189])),
        ("secret256", BASE64.encode([7; 192])),
        ("month", month),
        ("policy", policy(1).to_string()),
        ("fewer", policy(0).to_string()),
        ("entries5", policy(5).to_string()),
        ("entries6", policy(6).to_string()),
        ("five", each(&PRODUCTS[..5])),
        ("six", each(&PRODUCTS)),
        ("noUnauthenticated", changed(0, "", Value::Null)),
        ("noMandatory", changed(2, "", Value::Null)),
        ("otherMandatory", changed(2, "accessRules", json!([]))),
        ("emptyUnauthenticated", changed(0, "accessRules", json!([]))),
        ("foreignRule", changed(0, "accessRules", json!(["POLICY_OBJ_ALLOW_ENC"]))),
        ("reservedUser", changed(1, "objectId", json!("7FFF0201"))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// A front of the service, and what was kept.
struct Play<'a> {
    served: &'a Served,
    front: String,
    header: &'a str,
    kept: HashMap<String, String>,
}

impl Play<'_> {
    /// Puts in what `$name` stands for.
    fn filled(&self, text: &str) -> String {
        let mut parts = text.split('$');
        let mut filled = parts.next().unwrap_or("").to_owned();
        for part in parts {
            let length = part.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(part.len());
            let (name, rest) = part.split_at(length);
            filled.push_str(self.kept.get(name).unwrap_or_else(|| panic!("${name} is nothing")));
            filled.push_str(rest);
        }
        filled
    }

    fn body(&self, text: &str) -> String {
        match text.strip_prefix("$custom") {
            None => self.filled(text),
            Some(policies) => format!(
                r#"{{"name":"k","secureObjectType":"KEYPAIR","algorithm":"NIST_P256","objectId":"83000010","policySourceType":"CUSTOM","policies":{}}}"#,
                self.filled(policies)
            ),
        }
    }

    /// The arguments of curl for a request.
    fn arguments(&self, rule: &Rule<'_>) -> Vec<String> {
        let mut words = rule.request.split_whitespace();
        let method = words.next().expect("a method");
        let mut path = self.filled(words.next().expect("a path"));
        let (mut url, mut body) = (self.front.clone(), self.body(rule.body));
        let (mut token, mut media_type) = (self.served.token.as_str(), "application/json");
        let mut method = method.to_owned();
        for word in words {
            match word.split_once('=').unwrap_or((word, "")) {
                ("@none", _) => token = "",
                ("@wrong", _) => token = "wrong",
                ("@type", named) => media_type = named,
                ("@large", _) => body = format!("\"{}\"", "x".repeat(4 << 20)),
                (secret, _) if method == "CONNECT" => {
                    body = json!({"claimCode": self.filled(secret)}).to_string();
                }
                _ => panic!("line {}: {word}", rule.number),
            }
        }
        if method == "CONNECT" {
            path = format!("/_sandbox/control/devices/{path}/connect");
            (method, url) = ("POST".into(), self.served.url("baseUrl"));
        }
        let mut arguments = vec!["-X".to_owned(), method];
        let mut header = |name: &str, value: &str| {
            // curl leaves a header out whose value is empty.
            arguments.extend(["-H".to_owned(), format!("{name}: {value}")]);
        };
        header(self.header, token);
        header("EL2G-Correlation-ID", &format!("line-{}", rule.number));
        if !body.is_empty() {
            header("Content-Type", media_type);
            header("Expect", "");
            self.served.work.write("body", body);
            arguments.extend(["--data-binary".to_owned(), "@body".to_owned()]);
        }
        arguments.extend(["-D".to_owned(), "headers".to_owned(), format!("{url}{path}")]);
        arguments
    }

    /// Asks, and says what is not as the table says.
    fn ask(&mut self, rule: &Rule<'_>) -> Vec<String> {
        let arguments = self.arguments(rule);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (status, text) = self.served.curl(&arguments).expect("curl is there");
        let headers = String::from_utf8_lossy(&self.served.work.read("headers")).to_lowercase();
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        let mut wrong = Vec::new();
        let mut check = |holds: bool, said: String| {
            if !holds {
                wrong.push(said);
            }
        };
        check(STATUSES.contains(&status), format!("{status} is not in section 5"));
        let id = format!("el2g-correlation-id: line-{}\r\n", rule.number);
        check(headers.contains(&id), format!("no correlation id in {headers}"));
        let mut found = status.to_string();
        if status >= 400 {
            let code = body["code"].as_str().unwrap_or("").to_owned();
            found.push_str(&format!(" {}", code.strip_prefix("ERR_").unwrap_or("no code")));
            let names: Vec<&String> = body.as_object().into_iter().flat_map(|o| o.keys()).collect();
            check(names == ["code", "details", "fieldErrors"], format!("fields {names:?}"));
            check(code.contains(&format!("_{status}_")), format!("{code} with {status}"));
            let is_json = headers.contains("content-type: application/json\r\n");
            check(is_json, format!("an error that is not JSON: {headers}"));
            let whole = |e: &Value| e["field"].is_string() && e["description"].is_string();
            let fields = body["fieldErrors"].as_array().is_some_and(|all| all.iter().all(whole));
            check(fields && body["details"].is_string(), format!("{body}"));
        }
        check(found == rule.answer, format!("{found}: {body}"));
        for claim in rule.then.split(';').map(str::trim).filter(|claim| !claim.is_empty()) {
            self.claim(claim, &body, &mut wrong);
        }
        wrong
    }

    fn claim(&mut self, claim: &str, body: &Value, wrong: &mut Vec<String>) {
        let claim = format!(" {claim}");
        if let Some((name, pointer)) = claim.split_once(" := ") {
            match body.pointer(pointer) {
                Some(value) => drop(self.kept.insert(name.trim().to_owned(), value.to_string())),
                None => wrong.push(format!("no {pointer} to keep in {body}")),
            }
            return;
        }
        let (pointer, wanted, whole) = match claim.split_once(" = ") {
            Some((pointer, wanted)) => (pointer, wanted, true),
            None => {
                let (pointer, wanted) = claim.split_once(" ~ ").expect("one of := = ~");
                (pointer, wanted, false)
            }
        };
        let wanted = self.filled(wanted);
        let found = body.pointer(pointer.trim()).unwrap_or(&Value::Null);
        let holds = if whole {
            Some(found) == serde_json::from_str(&wanted).ok().as_ref()
        } else {
            found.as_str().map_or_else(|| found.to_string(), str::to_owned).contains(&wanted)
        };
        if !holds {
            wrong.push(format!("`{}` is {found}, wanted {wanted}", pointer.trim()));
        }
    }
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn every_rule_of_the_document_holds_at_both_fronts() {
    let rules = table();
    for (front, header) in [("foundriesUrl", "OSF-TOKEN"), ("nxpUrl", "EL2G-API-Key")] {
        let served = Served::start(Workplace::new(), &[]);
        if curl_is_missing(&served) {
            return;
        }
        let mut play = Play { front: served.url(front), served: &served, header, kept: made() };
        let mut differences = Vec::new();
        for rule in &rules {
            let Rule { number, place, request, .. } = rule;
            let wrong = play.ask(rule);
            differences.extend(
                wrong.iter().map(|said| format!("line {number}, {place} {request}: {said}")),
            );
        }
        assert!(differences.is_empty(), "{front}\n{}", differences.join("\n"));
    }
}

/// What a list may be asked for that is not a page, no size and no order; `page` alone may be as large as it likes.
const NO_PAGES: [&str; 16] = [
    "size=0",
    "size=-1",
    "size=101",
    "size=ten",
    "size=1.5",
    "size=",
    "size=%00",
    "size=1e1",
    "size=18446744073709551616",
    "page=-1",
    "page=one",
    "page=",
    "page=0x1",
    "page=18446744073709551616",
    "page=0&page=1",
    "size=1&size=1",
];

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn every_list_refuses_pages_sizes_orders_and_choices_that_are_none() {
    let served = Served::start(Workplace::new(), &[]);
    if curl_is_missing(&served) {
        return;
    }
    let made = |path: &str, body: Value| served.done(200, "POST", path, Some(&body)).expect("curl");
    let groups = format!("/products/{PRODUCT}/device-groups");
    made(&groups, json!({"deviceGroupName": "g"}));
    made(&format!("{groups}/1/devices"), json!({"deviceIds": ["5"]}));
    let authority = json!({"algorithm": "NIST_P256", "name": "ca", "requestType": "WITHOUT_CSR"});
    made("/rtp/intermediate-cas", authority);
    let object = json!({"name": "k", "secureObjectType": "KEYPAIR", "algorithm": "NIST_P256", "objectId": "83000001"});
    made("/rtp/secure-objects", object);
    let mut lists = 0;
    for endpoint in el2g_service_api::CATALOGUE.iter().filter(|e| e.query.contains(&"size")) {
        lists += 1;
        let path: Vec<&str> = endpoint
            .path
            .split('/')
            .map(|part| match part {
                "{12nc}" => PRODUCT,
                "{deviceId}" => "5",
                part if part.starts_with('{') => "1",
                part => part,
            })
            .collect();
        let ask = |query: &str| {
            let path = format!("{}?{query}", path.join("/"));
            let (status, answer) = served.ask("GET", &path, None).expect("curl is there");
            (status, format!("{path}: {status} {answer}"))
        };
        for query in ["page=0&size=100", "page=4294967295&size=1", "unknown=1", "page=1"] {
            let (status, said) = ask(query);
            assert_eq!(status, 200, "{said}");
        }
        let mut refused: Vec<String> = NO_PAGES.map(str::to_owned).into();
        for choice in ["sortBy", "sortByDirection", "status", "usageStatus", "signer", "validity"] {
            if endpoint.query.contains(&choice) {
                refused.extend(["", "x", "1%27--", "%00"].map(|value| format!("{choice}={value}")));
            }
        }
        for query in refused {
            let (status, said) = ask(&query);
            assert_eq!(status, 400, "{said}");
            assert!(said.contains("ERR_GW_400_2"), "{said}");
        }
        // What is looked for may be any text.
        for filter in endpoint.query.iter().filter(|name| name.to_lowercase().contains("name")) {
            for value in ["%27%20OR%201=1--", "%00", "%25", "%F0%9F%94%91", "_", "%5C"] {
                let (status, said) = ask(&format!("{filter}={value}"));
                assert_eq!(status, 200, "{said}");
                assert!(said.contains("\"totalElements\":0"), "{said}");
            }
        }
    }
    assert_eq!(lists, 12, "the lists of section 4");
}

#[test]
fn the_table_names_every_operation() {
    let asked: String =
        table().iter().map(|rule| format!("{} {}\n", rule.place, rule.request)).collect();
    for endpoint in el2g_service_api::CATALOGUE {
        let place = format!("{} ", endpoint.section);
        assert!(asked.lines().any(|line| line.starts_with(&place)), "{place}{}", endpoint.name);
    }
}
