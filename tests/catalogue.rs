//! The 57 operations of AN12642, from the document to the wire: what is declared is what the document has,
//! what the sandbox serves, and what the commands send.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use el2g_service_api::{CATALOGUE, Endpoint, NEWER};
use serde_json::Value;

use crate::help;
use crate::sandbox::curl_is_missing;
use crate::served::Served;
use crate::workplace::{Workplace, skipped, testdata, words};

#[test]
fn the_test_data_is_section_4_of_the_document() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/an12642/operations.json");
    let Ok(text) = fs::read(&shared) else {
        return skipped("../shared/an12642/operations.json is not there");
    };
    let whole: Value = serde_json::from_slice(&text).expect("JSON");
    let ours = fs::read(testdata("api/operations.json")).expect("committed");
    let ours: Value = serde_json::from_slice(&ours).expect("JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    assert_eq!((&whole["operation_count"], list(&ours).len()), (&57.into(), 57));
    for (mut theirs, ours) in list(&whole["operations"]).into_iter().zip(list(&ours)) {
        let examples = theirs["examples"].as_array_mut().into_iter().flatten();
        for with_title in examples {
            with_title.as_object_mut().expect("an example").remove("title");
        }
        theirs.as_object_mut().expect("an operation").remove("title");
        // The names of parameters without what the document says of their values.
        let named = |query: Value| {
            let name = query.as_str().unwrap_or("").split(['=', ' ']).next().map(str::to_owned);
            Value::from(name.unwrap_or_default())
        };
        theirs["query"] = list(&theirs["query"]).into_iter().map(named).collect();
        assert!(theirs == ours, "{} {}", ours["method"], ours["path"]);
    }
}

/// A path of an operation with something put in for each parameter.
fn filled(endpoint: &Endpoint) -> String {
    let parts = endpoint.path.split('/').map(|part| match part {
        "{12nc}" | "{nc12}" => "935389312472",
        "{secureObjectType}" => "KEYPAIR",
        other if other.starts_with('{') => "7",
        other => other,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn the_sandbox_serves_every_operation_at_both_fronts_and_none_besides() {
    let served = Served::start(Workplace::new(), &[]);
    if curl_is_missing(&served) {
        return;
    }
    let token = format!("OSF-TOKEN: {}", served.token);
    let code = |method: &str, url: &str| {
        let (_, body) = served.curl(&["-X", method, "-H", &token, url]).expect("curl is there");
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        body["code"].as_str().unwrap_or("").to_owned()
    };
    let routes: BTreeSet<(&str, &str)> =
        CATALOGUE.iter().map(|endpoint| (endpoint.path, endpoint.method.as_str())).collect();
    for front in ["foundriesUrl", "nxpUrl"] {
        for endpoint in CATALOGUE {
            let url = format!("{}{}", served.url(front), filled(endpoint));
            let answered = code(endpoint.method.as_str(), &url);
            assert!(is_known(&answered), "{front} {}: {answered}", endpoint.name);
            let answered = code(endpoint.method.as_str(), &format!("{url}/"));
            assert!(is_known(&answered), "{front} {}/: {answered}", endpoint.name);
            for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
                if front == "nxpUrl" && !routes.contains(&(endpoint.path, method)) {
                    assert_eq!(code(method, &url), "ERR_GW_405_1", "{method} {url}");
                }
            }
        }
        let url = format!("{}/rtp/no-such-operation", served.url(front));
        assert_eq!(code("GET", &url), "ERR_GW_404_1");
    }
}

/// Whether an answer's code says that there is such an operation.
fn is_known(code: &str) -> bool {
    !["ERR_GW_404_1", "ERR_GW_405_1"].contains(&code)
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn the_sandbox_serves_what_the_document_does_not_have_as_nxp_does_only() {
    let served = Served::start(Workplace::new(), &[]);
    if curl_is_missing(&served) {
        return;
    }
    let token = format!("EL2G-API-Key: {}", served.token);
    let code = |method: &str, url: &str| {
        let (_, body) = served.curl(&["-X", method, "-H", &token, url]).expect("curl is there");
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        body["code"].as_str().unwrap_or("").to_owned()
    };
    for endpoint in NEWER {
        let path = filled(endpoint);
        let front = format!("{}/api/{}", served.url("baseUrl"), endpoint.api.segment());
        for slash in ["", "/"] {
            let url = format!("{front}{path}{slash}");
            let answered = code(endpoint.method.as_str(), &url);
            assert!(is_known(&answered), "{url}: {answered}");
        }
        let other = format!("{}{path}", served.url("foundriesUrl"));
        assert_eq!(code(endpoint.method.as_str(), &other), "ERR_GW_404_1", "{other}");
    }
}

/// The operation that a request is for: its method, and its path below the base URL.
fn operation(method: &str, path: &str) -> Option<&'static Endpoint> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |endpoint: &&Endpoint| {
        let pattern: Vec<&str> = endpoint.path.split('/').collect();
        endpoint.method.as_str() == method
            && pattern.len() == parts.len()
            && pattern.iter().zip(&parts).all(|(one, two)| one == two || one.starts_with('{'))
    };
    // A word that stands in a path is not an id.
    CATALOGUE.iter().filter(fits).min_by_key(|endpoint| endpoint.path_parameters.len())
}

/// The requests that a dry run printed: method, path below the base URL, query.
fn requests(stdout: &str) -> Vec<(String, String, String)> {
    let base = "http://127.0.0.1:9/api/v1";
    let after = |text: &str, mark: &str| {
        let rest = text.split_once(mark)?.1;
        rest.split([' ', '\'', '\n']).next().map(str::to_owned)
    };
    let commands = stdout.split("curl ").skip(1);
    let read = commands.filter_map(|command| {
        let url = after(command, base)?;
        let (path, query) = url.split_once('?').unwrap_or((&url, ""));
        Some((after(command, "-X ")?, path.to_owned(), query.to_owned()))
    });
    read.collect()
}

#[test]
fn the_commands_send_every_operation_and_each_its_own() {
    let work = Workplace::new();
    work.write("pilot.pem", fs::read(testdata("x509/good/intermediate.pem")).expect("test data"));
    work.write("root.pem", fs::read(testdata("x509/good/root.pem")).expect("test data"));
    work.write_secret("claim.secret", "AAECAwQFBgcICQoLDA0ODw==\n");
    let mut commands = Vec::new();
    help::leaves(&work, &[], &mut commands);
    let of_catalogue = |command: &str| {
        let words: Vec<&str> = command.split(' ').collect();
        CATALOGUE.iter().any(|endpoint| words.starts_with(endpoint.command))
    };
    let mut lines: Vec<(String, String)> = commands
        .iter()
        .filter(|(command, _)| of_catalogue(command))
        .flat_map(|(command, help)| help::examples(help).into_iter().map(|e| (command.clone(), e)))
        .filter(|(_, example)| example.starts_with("el2g ") && !example.contains(['|', '>']))
        .collect();
    lines.push(("device list".to_owned(), "el2g device list".to_owned()));
    let mut sent = BTreeSet::new();
    for (command, line) in &lines {
        let dry = ["--dry-run", "--no-input", "--base-url", "http://127.0.0.1:9/api/v1"];
        let words: Vec<String> =
            words(line).into_iter().skip(1).chain(dry.map(str::to_owned)).collect();
        let ran = work.el2g(&words);
        // Some examples need a file that is not here; another of the same operation does not.
        if ran.code != 0 {
            assert_eq!(ran.code, 3, "{line}: {}", ran.stderr);
            continue;
        }
        let requests = requests(&ran.stdout);
        assert!(!requests.is_empty(), "{line}: {}", ran.stdout);
        for (method, path, query) in requests {
            let endpoint =
                operation(&method, &path).unwrap_or_else(|| panic!("{line}: {method} {path}"));
            let own = command.split(' ').collect::<Vec<_>>().starts_with(endpoint.command);
            // What is changed is read first, what is added is counted before and after, and secrets are fetched one by one.
            let reads = [
                "claim-code update",
                "claim-code create-batch",
                "device add",
                "device unclaim",
                "secure-object assign",
                "secure-object unassign",
            ];
            let is_read = method == "GET" && reads.contains(&command.as_str());
            assert!(own || is_read, "{line} sends {}", endpoint.name);
            for name in
                query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name)
            {
                assert!(
                    endpoint.query.contains(&name),
                    "{line}: {name} is not a parameter of {}",
                    endpoint.name
                );
            }
            sent.insert(endpoint.name);
        }
    }
    let all: BTreeSet<&str> = CATALOGUE.iter().map(|endpoint| endpoint.name).collect();
    let missing: Vec<_> = all.difference(&sent).collect();
    assert_eq!(missing, Vec::<&&str>::new());
}

/// A line for each operation with a query, with every flag of it.
const QUERIES: [&str; 17] = [
    "product list --hardware-type A --hardware-variant B --product 9 --device 0x040050011ce89d305cf379041f1d12946680",
    "device-group list --product 9 --name n --page 1 --size 2",
    "device list --device 0x040050011ce89d305cf379041f1d12946680 --product-type t --page 1 --size 2",
    "device list --group 1 --product 9 --page 1 --size 2",
    "claim-code list --group 1 --product 9 --name n --status ACTIVE --usage REACHED --page 1 --size 2 --sort-by id --order asc",
    "secure-object available-groups 1 --name n",
    "secure-object list --name n --type key-pair --page 1 --size 2 --sort-by id --order asc",
    "device-group assigned-objects 1 --name n --type key-pair --page 1 --size 2 --sort-by id --order asc",
    "secure-object assigned-groups 1 --page 1 --size 2 --sort-by id --order asc",
    "secure-object provisionings 1 --device 0x040050011ce89d305cf379041f1d12946680 --state GENERATION_FAILED --page 1 --size 2 --sort-by id --order desc",
    "secure-object unassign 1 --group 2 --hardware-family RW6",
    "device-group unassign-objects 1 --object 2 --hardware-family RW6",
    "device provisionings 0x040050011ce89d305cf379041f1d12946680 --hardware-family RW6 --owner-domain RTP --page 1 --size 2 --sort-by id --order asc",
    "secure-object policies 1 --product 9 --page 1 --size 2",
    "policy template --product 9 --type key-pair --algorithm NIST_P256",
    "intermediate-ca list --name n --status SIGNED --signer NXP --validity VALID --algorithm NIST_P256 --page 1 --size 2 --sort-by id --order asc",
    "intermediate-ca secure-objects 1 --page 1 --size 2",
];

#[test]
fn every_parameter_of_a_query_has_its_flag() {
    let work = Workplace::new();
    let mut asked = BTreeSet::new();
    for line in QUERIES {
        let dry = ["--dry-run", "--base-url", "http://127.0.0.1:9/api/v1"];
        let ran = work.el2g(&line.split(' ').chain(dry).collect::<Vec<_>>()).exits(0);
        let [(method, path, query)] = &requests(&ran.stdout)[..] else {
            panic!("{line}: {}", ran.stdout);
        };
        let endpoint = operation(method, path).unwrap_or_else(|| panic!("{line}: {path}"));
        let sent: BTreeSet<&str> =
            query.split('&').filter_map(|pair| pair.split('=').next()).collect();
        assert_eq!(sent, endpoint.query.iter().copied().collect(), "{line}");
        asked.insert(endpoint.name);
    }
    let with_query = CATALOGUE.iter().filter(|endpoint| !endpoint.query.is_empty());
    assert_eq!(asked, with_query.map(|endpoint| endpoint.name).collect());
}

#[test]
fn nothing_but_api_and_the_control_endpoint_is_called_without_a_declared_operation() {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()),
            );
        } else {
            let text = fs::read_to_string(&path).expect("a source");
            if text.contains("call_raw(") || text.contains("curl_raw(") {
                found.push(path.file_name().expect("a file").to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    // Those of the demo and of `sandbox connect-device` go to the sandbox's control endpoint.
    assert_eq!(found, ["api.rs", "connect_device.rs", "demo.rs", "every_page.rs"]);
}
