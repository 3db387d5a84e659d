//! The front page: what the sandbox holds, for people. Rendered here, no scripts, no secrets.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use askama::Template;
use el2g_findings::html::rendered;
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

/// The page.
#[derive(Template)]
#[template(path = "console.html")]
struct Page<'a> {
    origin: &'a str,
    now: String,
    parts: Vec<Part>,
}

/// A piece of the page.
enum Part {
    Heading(String),
    Subheading(String),
    Table { heads: Vec<String>, rows: Vec<Vec<Cell>> },
    LeftOut(String),
}

/// A cell of a table, with the class of its colour; empty for none.
struct Cell {
    text: String,
    class: &'static str,
}

impl<T: ToString> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.to_string(), class: "" }
    }
}

impl Cell {
    fn colored(class: &'static str, text: impl ToString) -> Self {
        Self { text: text.to_string(), class }
    }
}

/// The page.
///
/// # Errors
/// When the state cannot be read.
pub fn page(service: &Service, log: &RequestLog, origin: &str) -> Result<String, Refusal> {
    let mut parts = Vec::new();
    service.store.read(|db| {
        groups(db, &mut parts)?;
        objects(db, &mut parts)?;
        authorities(db, service.now(), &mut parts)?;
        claim_codes(db, &mut parts)
    })?;
    requests(log, &mut parts);
    Ok(rendered(&Page { origin, now: rfc3339(service.now()), parts }))
}

/// So many characters of a text.
fn beginning(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn table<H: ToString>(parts: &mut Vec<Part>, heads: &[H], rows: Vec<Vec<Cell>>) {
    parts.push(Part::Table { heads: heads.iter().map(H::to_string).collect(), rows });
}

/// Says how many of `total` are not among the `shown`.
fn left_out(parts: &mut Vec<Part>, total: u64, shown: u64, what: &str) {
    if total > shown {
        parts.push(Part::LeftOut(format!("{} more {what}", total - shown)));
    }
}

fn groups(db: &Connection, parts: &mut Vec<Part>) -> Result<(), Refusal> {
    parts.push(Part::Heading("Device groups".to_owned()));
    let groups: Vec<(i64, String, String, u64)> = db
        .prepare_cached(
            "SELECT id, name, nc12, device_count FROM device_group ORDER BY id DESC LIMIT ?1",
        )?
        .query_map(params![ROWS], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    let rows: Vec<Vec<Cell>> = groups
        .iter()
        .map(|(id, name, nc12, devices)| vec![id.into(), name.into(), nc12.into(), devices.into()])
        .collect();
    table(parts, &["id", "name", "12NC", "devices"], rows);
    left_out(parts, count(db, "device_group", &[])?, ROWS, "device groups");
    let (mut matrices, mut without) = (0, 0);
    for (id, name, _, devices) in groups.iter().filter(|group| group.3 > 0) {
        if matrices == MATRICES {
            without += 1;
            continue;
        }
        matrices += 1;
        parts.push(Part::Subheading(format!("Provisioning states of {name}")));
        matrix(db, *id, parts)?;
        left_out(parts, *devices, DEVICES, "devices");
    }
    left_out(parts, without, 0, "of these groups have devices");
    Ok(())
}

/// Devices down, objects across.
fn matrix(db: &Connection, group: i64, parts: &mut Vec<Part>) -> Result<(), Refusal> {
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
        let mut row = vec![Cell::from(uid)];
        row.extend(objects.iter().map(|(object, _)| match states.get(object) {
            None => "–".into(),
            Some(state) => {
                let class = match state.as_str() {
                    "PROVISIONING_COMPLETED" => "good",
                    "GENERATION_FAILED" | "PROVISIONING_FAILED" => "bad",
                    _ => "wait",
                };
                Cell::colored(class, state.to_lowercase().replace('_', " "))
            }
        }));
        rows.push(row);
    }
    let names: Vec<String> =
        objects.iter().map(|(_, name)| beginning(name, LONGEST_HEAD)).collect();
    let mut heads = vec!["device"];
    heads.extend(names.iter().map(String::as_str));
    table(parts, &heads, rows);
    let all = count(db, "assignment WHERE group_id = ?1", params![group])?;
    left_out(parts, all, OBJECTS_ACROSS, "secure objects");
    Ok(())
}

fn objects(db: &Connection, parts: &mut Vec<Part>) -> Result<(), Refusal> {
    parts.push(Part::Heading("Secure objects".to_owned()));
    let rows = db
        .prepare_cached(
            "SELECT o.id, o.kind, o.name, o.object_id, o.policy_source,
               (SELECT count(*) FROM assignment a WHERE a.secure_object_id = o.id)
             FROM secure_object o ORDER BY o.id DESC LIMIT ?1",
        )?
        .query_map(params![ROWS], |row| {
            Ok(vec![
                row.get::<_, i64>(0)?.into(),
                row.get::<_, String>(1)?.into(),
                row.get::<_, String>(2)?.into(),
                row.get::<_, String>(3)?.into(),
                row.get::<_, String>(4)?.into(),
                row.get::<_, i64>(5)?.into(),
            ])
        })?
        .collect::<Result<Vec<_>, _>>()?;
    table(parts, &["id", "type", "name", "object id", "policy", "groups"], rows);
    left_out(parts, count(db, "secure_object", &[])?, ROWS, "secure objects");
    Ok(())
}

fn authorities(db: &Connection, now: i64, parts: &mut Vec<Part>) -> Result<(), Refusal> {
    parts.push(Part::Heading("Intermediate CAs".to_owned()));
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
            let left = row.get::<_, Option<i64>>(6)?.map_or_else(
                || "".into(),
                |until| {
                    let days = (until - now).div_euclid(86_400_000);
                    let class = if days < 90 { "bad" } else { "good" };
                    Cell::colored(class, format!("{days} days"))
                },
            );
            Ok(vec![
                row.get::<_, i64>(0)?.into(),
                row.get::<_, String>(1)?.into(),
                row.get::<_, String>(2)?.into(),
                row.get::<_, String>(3)?.into(),
                chain.into(),
                left,
            ])
        })?
        .collect::<Result<Vec<_>, _>>()?;
    table(parts, &["id", "name", "algorithm", "signed by", "chain", "left"], rows);
    left_out(parts, count(db, "intermediate_ca", &[])?, ROWS, "intermediate CAs");
    Ok(())
}

fn chain(ca: &str, root: &str) -> String {
    let subject = |pem: &str| {
        el2g_x509::Certificate::read(pem.as_bytes())
            .map_or_else(|_| "unreadable".to_owned(), |read| read.subject().to_string())
    };
    format!("{} ← {}", subject(ca), subject(root))
}

fn claim_codes(db: &Connection, parts: &mut Vec<Part>) -> Result<(), Refusal> {
    parts.push(Part::Heading("Claim codes".to_owned()));
    let rows = db
        .prepare_cached(
            "SELECT c.id, c.name, g.name, c.device_count, c.device_limit, c.policy, c.behavior, c.revoked
             FROM claim_code c JOIN device_group g ON g.id = c.group_id ORDER BY c.id DESC LIMIT ?1",
        )?
        .query_map(params![ROWS], |row| {
            let used: i64 = row.get(3)?;
            let limit: i64 = row.get(4)?;
            let restricted = row.get::<_, String>(5)? == "RESTRICTED";
            let state = if row.get(7)? { Cell::colored("bad", "revoked") } else { "active".into() };
            Ok(vec![
                row.get::<_, i64>(0)?.into(),
                row.get::<_, String>(1)?.into(),
                row.get::<_, String>(2)?.into(),
                if restricted { format!("{used} of {limit}").into() } else { used.into() },
                row.get::<_, String>(6)?.into(),
                state,
            ])
        })?
        .collect::<Result<Vec<_>, _>>()?;
    table(parts, &["id", "name", "group", "devices", "at the limit", "state"], rows);
    left_out(parts, count(db, "claim_code", &[])?, ROWS, "claim codes");
    Ok(())
}

fn requests(log: &RequestLog, parts: &mut Vec<Part>) {
    parts.push(Part::Heading(format!("The last {REQUESTS} requests")));
    let rows: Vec<Vec<Cell>> = log
        .newest_first()
        .iter()
        .map(|request| {
            let class = if request.status >= 400 || request.status == 0 { "bad" } else { "good" };
            let status = match request.status {
                0 => "dropped".to_owned(),
                status => status.to_string(),
            };
            vec![
                rfc3339(request.at).into(),
                (&request.method).into(),
                (&request.path).into(),
                Cell::colored(class, status),
                format!("{} ms", request.millis).into(),
                request.fault.unwrap_or("").into(),
            ]
        })
        .collect();
    table(parts, &["time", "method", "path", "status", "took", "fault"], rows);
}

#[cfg(test)]
#[path = "console_tests.rs"]
mod tests;
