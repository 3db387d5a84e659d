//! The front page: what the sandbox holds, for people. Rendered here, no scripts, no secrets.

use el2g_text::is_shown;
use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, params};

use crate::clock::rfc3339;
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::listing::count;

/// So many requests are remembered.
const REQUESTS: usize = 200;
/// Rows per table.
const ROWS: u64 = 100;
/// Matrices of states, and the devices and objects of each: 6,000 cells at most.
const MATRICES: usize = 10;
const DEVICES: u64 = 50;
const OBJECTS_ACROSS: u64 = 12;
/// Characters of a request's path, and of an object's name above its column.
const LONGEST_PATH: usize = 200;
const LONGEST_HEAD: usize = 40;

/// A request that was answered.
#[derive(Debug, Clone)]
pub struct Answered {
    /// When, milliseconds since 1970.
    pub at: i64,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The status; 0 when the connection was dropped.
    pub status: u16,
    /// How long it took, in milliseconds.
    pub millis: u128,
    /// The injected fault.
    pub fault: Option<&'static str>,
}

/// The last requests.
#[derive(Debug, Default)]
pub struct RequestLog(Mutex<VecDeque<Answered>>);

impl RequestLog {
    /// Remembers a request, and forgets the oldest one. Of a long path the beginning is enough.
    pub fn add(&self, mut answered: Answered) {
        answered.path = beginning(&answered.path, LONGEST_PATH);
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == REQUESTS {
            log.pop_front();
        }
        log.push_back(answered);
    }

    fn newest_first(&self) -> Vec<Answered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }
}

const STYLE: &str = "
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2430;--line:#8886;--good:#1a7f37;--bad:#cf222e;--wait:#9a6700}
@media(prefers-color-scheme:dark){:root{--paper:#12171e;--ink:#e4e9f0;--good:#3fb950;--bad:#f85149;--wait:#d29922}}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:72rem;padding:1rem;
background:var(--paper);color:var(--ink);overflow-wrap:break-word}a{color:inherit}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}h3{font-size:1rem;margin:1rem 0 .3rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th{opacity:.75;min-width:3rem}
th,td{border-bottom:1px solid var(--line);padding:.25rem 1rem .25rem 0;text-align:left;vertical-align:top}
th,td{max-width:26rem}td{font-variant-numeric:tabular-nums}td:first-child,th:first-child{width:1%;white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
@media(max-width:48rem){thead{display:none}table,tbody,tr,td{display:block;max-width:none}
tr{border-top:1px solid var(--line);padding:.4rem 0}td,td:first-child{display:flex;gap:.6rem;border:0;padding:.1rem 0;width:auto;white-space:normal}
td:before{content:attr(data-head);flex:0 0 7rem;overflow-wrap:anywhere;opacity:.75}td:has(>span:empty){display:none}td>span{flex:1;min-width:0;overflow-wrap:anywhere}}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}.none{opacity:.7}
";

/// The page.
///
/// # Errors
/// When the state cannot be read.
pub fn page(service: &Service, log: &RequestLog, origin: &str) -> Result<String, Refusal> {
    let mut html = String::from("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    html.push_str("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
    let _ = write!(html, "<title>el2g sandbox</title><style>{STYLE}</style></head><body>");
    let _ = write!(
        html,
        "<h1>el2g sandbox</h1><p>A rehearsal of EdgeLock 2GO at <code>{}</code>, {}. \
         <a href=\"/openapi.json\">OpenAPI</a>, <a href=\"/_sandbox/recipient.asc\">OpenPGP key</a>, \
         <a href=\"/_sandbox/root.pem\">own root</a>.</p>",
        escaped(origin),
        rfc3339(service.now())
    );
    service.store.read(|db| {
        groups(db, &mut html)?;
        objects(db, &mut html)?;
        authorities(db, service.now(), &mut html)?;
        claim_codes(db, &mut html)
    })?;
    requests(log, &mut html);
    html.push_str("</body></html>");
    Ok(html)
}

/// So many characters of a text.
fn beginning(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other if is_shown(other) => safe.push(other),
            hidden => safe.extend(hidden.escape_default()),
        }
    }
    safe
}

/// A table; cells are HTML already. On a narrow screen each row is a list, with the heads before the cells.
fn table(html: &mut String, heads: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() {
        html.push_str("<p class=\"none\">none</p>");
        return;
    }
    html.push_str("<div class=\"wide\"><table><thead><tr>");
    for head in heads {
        let _ = write!(html, "<th>{}</th>", escaped(head));
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows {
        html.push_str("<tr>");
        for (head, cell) in heads.iter().zip(row) {
            let head = escaped(head);
            let _ = write!(html, "<td data-head=\"{head}\"><span>{cell}</span></td>");
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
}

/// Says how many of `total` are not among the `shown`.
fn left_out(html: &mut String, total: u64, shown: u64, what: &str) {
    if total > shown {
        let _ = write!(html, "<p class=\"none\">{} more {what}</p>", total - shown);
    }
}

fn groups(db: &Connection, html: &mut String) -> Result<(), Refusal> {
    html.push_str("<h2>Device groups</h2>");
    let groups: Vec<(i64, String, String, u64)> = db
        .prepare_cached(
            "SELECT id, name, nc12, device_count FROM device_group ORDER BY id DESC LIMIT ?1",
        )?
        .query_map(params![ROWS], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    let rows: Vec<Vec<String>> = groups
        .iter()
        .map(|(id, name, nc12, devices)| {
            vec![id.to_string(), escaped(name), nc12.clone(), devices.to_string()]
        })
        .collect();
    table(html, &["id", "name", "12NC", "devices"], &rows);
    left_out(html, count(db, "device_group", &[])?, ROWS, "device groups");
    let (mut matrices, mut without) = (0, 0);
    for (id, name, _, devices) in groups.iter().filter(|group| group.3 > 0) {
        if matrices == MATRICES {
            without += 1;
            continue;
        }
        matrices += 1;
        let _ = write!(html, "<h3>Provisioning states of {}</h3>", escaped(name));
        matrix(db, *id, html)?;
        left_out(html, *devices, DEVICES, "devices");
    }
    left_out(html, without, 0, "of these groups have devices");
    Ok(())
}

/// Devices down, objects across.
fn matrix(db: &Connection, group: i64, html: &mut String) -> Result<(), Refusal> {
    let objects: Vec<(i64, String)> = db
        .prepare_cached(
            "SELECT o.id, o.name FROM assignment a JOIN secure_object o ON o.id = a.secure_object_id
             WHERE a.group_id = ?1 ORDER BY a.id LIMIT ?2",
        )?
        .query_map(params![group, OBJECTS_ACROSS], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let devices: Vec<(i64, String)> = db
        .prepare_cached("SELECT seq, uid FROM device WHERE group_id = ?1 ORDER BY seq LIMIT ?2")?
        .query_map(params![group, DEVICES], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let across =
        serde_json::json!(objects.iter().map(|(id, _)| id).collect::<Vec<_>>()).to_string();
    let mut rows = Vec::new();
    for (seq, uid) in devices {
        let states: HashMap<i64, String> = db
            .prepare_cached(
                "SELECT p.secure_object_id, p.state FROM json_each(?2) o CROSS JOIN provisioning p
                 ON p.secure_object_id = o.value AND p.device_seq = ?1",
            )?
            .query_map(params![seq, across], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut row = vec![uid];
        row.extend(objects.iter().map(|(object, _)| match states.get(object) {
            None => "–".to_owned(),
            Some(state) => {
                let class = match state.as_str() {
                    "PROVISIONING_COMPLETED" => "good",
                    "GENERATION_FAILED" | "PROVISIONING_FAILED" => "bad",
                    _ => "wait",
                };
                format!("<span class=\"{class}\">{}</span>", state.to_lowercase().replace('_', " "))
            }
        }));
        rows.push(row);
    }
    let names: Vec<String> =
        objects.iter().map(|(_, name)| beginning(name, LONGEST_HEAD)).collect();
    let mut heads = vec!["device"];
    heads.extend(names.iter().map(String::as_str));
    table(html, &heads, &rows);
    let all = count(db, "assignment WHERE group_id = ?1", params![group])?;
    left_out(html, all, OBJECTS_ACROSS, "secure objects");
    Ok(())
}

fn objects(db: &Connection, html: &mut String) -> Result<(), Refusal> {
    html.push_str("<h2>Secure objects</h2>");
    let rows = db
        .prepare_cached(
            "SELECT o.id, o.kind, o.name, o.object_id, o.policy_source,
               (SELECT count(*) FROM assignment a WHERE a.secure_object_id = o.id)
             FROM secure_object o ORDER BY o.id DESC LIMIT ?1",
        )?
        .query_map(params![ROWS], |row| {
            Ok(vec![
                row.get::<_, i64>(0)?.to_string(),
                escaped(&row.get::<_, String>(1)?),
                escaped(&row.get::<_, String>(2)?),
                escaped(&row.get::<_, String>(3)?),
                escaped(&row.get::<_, String>(4)?),
                row.get::<_, i64>(5)?.to_string(),
            ])
        })?
        .collect::<Result<Vec<_>, _>>()?;
    table(html, &["id", "type", "name", "object id", "policy", "groups"], &rows);
    left_out(html, count(db, "secure_object", &[])?, ROWS, "secure objects");
    Ok(())
}

fn authorities(db: &Connection, now: i64, html: &mut String) -> Result<(), Refusal> {
    html.push_str("<h2>Intermediate CAs</h2>");
    let rows = db
        .prepare_cached(
            "SELECT id, name, algorithm, signing_authority, certificate, root, valid_until
             FROM intermediate_ca ORDER BY id DESC LIMIT ?1",
        )?
        .query_map(params![ROWS], |row| {
            let certificate: Option<String> = row.get(4)?;
            let root: Option<String> = row.get(5)?;
            let chain = certificate
                .zip(root)
                .map_or_else(|| "waits for its certificate".into(), |(ca, root)| chain(&ca, &root));
            let left = row.get::<_, Option<i64>>(6)?.map_or_else(String::new, |until| {
                let days = (until - now).div_euclid(86_400_000);
                let class = if days < 90 { "bad" } else { "good" };
                format!("<span class=\"{class}\">{days} days</span>")
            });
            Ok(vec![
                row.get::<_, i64>(0)?.to_string(),
                escaped(&row.get::<_, String>(1)?),
                escaped(&row.get::<_, String>(2)?),
                escaped(&row.get::<_, String>(3)?),
                escaped(&chain),
                left,
            ])
        })?
        .collect::<Result<Vec<_>, _>>()?;
    table(html, &["id", "name", "algorithm", "signed by", "chain", "left"], &rows);
    left_out(html, count(db, "intermediate_ca", &[])?, ROWS, "intermediate CAs");
    Ok(())
}

fn chain(ca: &str, root: &str) -> String {
    let subject = |pem: &str| {
        el2g_x509::Certificate::read(pem.as_bytes())
            .map_or_else(|_| "unreadable".to_owned(), |read| read.subject().to_string())
    };
    format!("{} ← {}", subject(ca), subject(root))
}

fn claim_codes(db: &Connection, html: &mut String) -> Result<(), Refusal> {
    html.push_str("<h2>Claim codes</h2>");
    let rows = db
        .prepare_cached(
            "SELECT c.id, c.name, g.name, c.device_count, c.device_limit, c.policy, c.behavior, c.revoked
             FROM claim_code c JOIN device_group g ON g.id = c.group_id ORDER BY c.id DESC LIMIT ?1",
        )?
        .query_map(params![ROWS], |row| {
            let used: i64 = row.get(3)?;
            let limit: i64 = row.get(4)?;
            let restricted = row.get::<_, String>(5)? == "RESTRICTED";
            let state = if row.get(7)? { "<span class=\"bad\">revoked</span>" } else { "active" };
            Ok(vec![
                row.get::<_, i64>(0)?.to_string(),
                escaped(&row.get::<_, String>(1)?),
                escaped(&row.get::<_, String>(2)?),
                if restricted { format!("{used} of {limit}") } else { used.to_string() },
                escaped(&row.get::<_, String>(6)?),
                state.to_owned(),
            ])
        })?
        .collect::<Result<Vec<_>, _>>()?;
    table(html, &["id", "name", "group", "devices", "at the limit", "state"], &rows);
    left_out(html, count(db, "claim_code", &[])?, ROWS, "claim codes");
    Ok(())
}

fn requests(log: &RequestLog, html: &mut String) {
    let _ = write!(html, "<h2>The last {REQUESTS} requests</h2>");
    let rows: Vec<Vec<String>> = log
        .newest_first()
        .iter()
        .map(|request| {
            let class = if request.status >= 400 || request.status == 0 { "bad" } else { "good" };
            let status = match request.status {
                0 => "dropped".to_owned(),
                status => status.to_string(),
            };
            vec![
                rfc3339(request.at),
                escaped(&request.method),
                escaped(&request.path),
                format!("<span class=\"{class}\">{status}</span>"),
                format!("{} ms", request.millis),
                request.fault.unwrap_or("").to_owned(),
            ]
        })
        .collect();
    table(html, &["time", "method", "path", "status", "took", "fault"], &rows);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testbed::{PRODUCT, Testbed};

    #[test]
    fn names_are_text_and_secrets_are_not_there() {
        let bed = Testbed::new();
        let hostile = "<script>alert('x')</script>\u{202e}";
        let path = [("12nc", PRODUCT)];
        let group = bed.call("4.1.1", &path, "", json!({"deviceGroupName": hostile})).unwrap();
        let id = group["id"].to_string();
        bed.add(&id, &["5"]).unwrap();
        let more = json!({"algorithm": "NIST_P256", "name": hostile});
        let object = bed.object("KEYPAIR", "83000000", more).unwrap();
        bed.assign(&object, &id).unwrap();
        let secret = "MDEyMzQ1Njc4OTAxMjM0NTY3ODk=";
        let code = json!({"name": hostile, "policy": "UNRESTRICTED", "behavior": "ALLOW",
            "deviceLimit": 0, "reusable": true, "secret": secret});
        bed.call("4.4.1", &[("12nc", PRODUCT), ("deviceGroupId", &id)], "", code).unwrap();
        let own = json!({"algorithm": "NIST_P256", "name": hostile, "requestType": "WITHOUT_CSR"});
        bed.call("4.2.1", &[], "", own).unwrap();
        let log = RequestLog::default();
        let path = format!("/{hostile}");
        let request =
            Answered { at: 0, method: "GET".into(), path, status: 404, millis: 1, fault: None };
        log.add(request);
        let html = page(&bed.service, &log, "http://127.0.0.1:1").unwrap();
        assert!(!html.contains("<script") && !html.contains('\u{202e}'), "{html}");
        assert!(!html.contains(secret) && !html.contains("PRIVATE KEY"));
        assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)"));
        assert!(html.contains("generation completed"));
    }

    #[test]
    fn what_is_too_much_for_the_page_is_counted() {
        let bed = Testbed::new();
        let path = [("12nc", PRODUCT)];
        let body = json!({"algorithm": "NIST_P256", "name": "c", "requestType": "WITHOUT_CSR"});
        bed.call("4.2.1", &[], "", body).unwrap();
        let first = bed.group(PRODUCT);
        let ids: Vec<String> = (1..=57).map(|id| id.to_string()).collect();
        bed.add(&first, &ids.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        for number in 0..103 {
            let algorithm = json!({"algorithm": "NIST_P256", "name": "n".repeat(255)});
            let object = bed.object("KEYPAIR", &format!("8300{number:04}"), algorithm).unwrap();
            if number < 15 {
                bed.assign(&object, &first).unwrap();
            }
        }
        let batch = json!({"namePrefix": "b", "numberOfClaimCodes": 104, "policy": "UNRESTRICTED",
            "behavior": "ALLOW", "deviceLimit": 0, "reusable": true});
        bed.call("4.4.2", &[path[0], ("deviceGroupId", &first)], "", batch).unwrap();
        for device in 0..13 {
            bed.add(&bed.group(PRODUCT), &[&(1000 + device).to_string()]).unwrap();
        }
        let page = || page(&bed.service, &RequestLog::default(), "http://127.0.0.1:1").unwrap();
        let html = page();
        for said in
            ["3 more secure objects", "4 more claim codes", "4 more of these groups have devices"]
        {
            assert!(html.contains(&format!(">{said}<")), "{said}");
        }
        assert!(!html.contains("more devices") && !html.contains("more intermediate CAs"));
        for _ in 0..92 {
            bed.group(PRODUCT);
        }
        let html = page();
        assert!(html.contains(">6 more device groups<"), "{html}");
    }

    #[test]
    fn a_matrix_has_so_many_devices_and_objects() {
        let bed = Testbed::new();
        let group = bed.group(PRODUCT);
        let ids: Vec<String> = (1..=57).map(|id| id.to_string()).collect();
        bed.add(&group, &ids.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        for number in 0..15 {
            let algorithm = json!({"algorithm": "NIST_P256", "name": "&".repeat(255)});
            let object = bed.object("KEYPAIR", &format!("8300{number:04}"), algorithm).unwrap();
            bed.assign(&object, &group).unwrap();
        }
        let log = RequestLog::default();
        let path = "/é".repeat(4000);
        log.add(Answered {
            at: 0,
            method: "GET".into(),
            path,
            status: 404,
            millis: 1,
            fault: None,
        });
        let html = page(&bed.service, &log, "http://127.0.0.1:1").unwrap();
        assert_eq!(html.matches("generation completed").count(), 50 * 12);
        assert!(html.contains(">7 more devices<") && html.contains(">3 more secure objects<"));
        assert!(html.contains(&format!(">{}…<", "/é".repeat(100))));
        // Whole in the list of objects only.
        assert_eq!(html.matches(&"&amp;".repeat(255)).count(), 15);
        assert!(html.len() < 600_000, "{} bytes", html.len());
    }

    #[test]
    fn the_log_keeps_the_last_200() {
        let log = RequestLog::default();
        for at in 0..250 {
            let path = String::new();
            log.add(Answered {
                at,
                method: "GET".into(),
                path,
                status: 200,
                millis: 0,
                fault: None,
            });
        }
        let kept = log.newest_first();
        assert_eq!((kept.len(), kept[0].at, kept[199].at), (200, 249, 50));
    }
}
