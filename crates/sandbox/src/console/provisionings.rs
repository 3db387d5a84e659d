//! Provisionings: an object on its way to a device, and what became of it.

use el2g_service_api::provisionings::ProvisioningState;
use el2g_x509::Certificate;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};

use crate::call::shown;
use crate::console::page::{Cell, Content, Extent, Look, Part, Rows, encoded, heads};
use crate::console::states::{self, StateCounts};
use crate::console::{Asked, devices, groups};
use crate::refusal::{OBJECT_NOT_FOUND, PROVISIONING_NOT_FOUND, Refusal};
use crate::store::listing::Listing;

const COLUMNS: &str =
    "p.id, p.state, d.uid, o.id, o.name, o.kind, p.group_id, g.name, p.modified_ts, p.certificate";
const ABOUT: &str = "JOIN secure_object o ON o.id = p.secure_object_id \
     JOIN device d ON d.seq = p.device_seq JOIN device_group g ON g.id = p.group_id";

/// A provisioning in a list.
struct Line {
    id: u64,
    state: ProvisioningState,
    uid: String,
    object: Cell,
    kind: String,
    group: Cell,
    modified: i64,
    certificate: Option<String>,
}

impl Line {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let object: u64 = row.get(3)?;
        let group: u64 = row.get(6)?;
        Ok(Self {
            id: row.get(0)?,
            state: row.get_ref(1)?.as_str()?.into(),
            uid: row.get(2)?,
            object: Cell::named(row.get_ref(4)?.as_str()?, format!("objects/{object}")),
            kind: row.get(5)?,
            group: Cell::named(row.get_ref(7)?.as_str()?, format!("groups/{group}")),
            modified: row.get(8)?,
            certificate: row.get(9)?,
        })
    }

    fn row(self) -> Vec<Cell> {
        let read = self.certificate.as_deref().and_then(certificate);
        let name = read.and_then(|read| read.subject().common_name().map(str::to_owned));
        vec![
            Cell::link(self.id, format!("provisionings/{}", self.id)),
            states::link(self.id, &self.state),
            devices::link(&self.uid),
            self.object.and(Look::Code, self.kind),
            self.group,
            Cell::known(name),
            Cell::moment(self.modified),
        ]
    }
}

/// A certificate as it is kept.
pub(super) fn certificate(pem: &str) -> Option<Certificate> {
    Certificate::read(pem.as_bytes()).ok()
}

/// The provisionings `p` that a condition selects, in the order they were made.
///
/// # Errors
/// When the state cannot be read.
pub(super) fn table(
    db: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
    extent: Extent<'_>,
) -> Result<Vec<Part>, Refusal> {
    let from = format!("provisioning p {ABOUT} WHERE {condition}");
    let names = ["Id", "State", "Device", "Secure object", "Group", "Certificate", "Changed"];
    let rows = Rows {
        what: "Provisionings",
        listing: Listing { columns: COLUMNS, from: &from, order: "ORDER BY p.id", parameters },
        heads: heads(&names),
        empty: Cell::from(
            "No provisionings: they come when a group has both devices and secure objects.",
        ),
    };
    rows.parts(db, extent, Line::of, |line| Ok(line.row()))
}

/// `/_sandbox/provisionings`, with `group`, `object` and `state` those of them
///
/// # Errors
/// 404 without such a group, object or state.
pub(super) fn list(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    let mut conditions = vec!["1".to_owned()];
    let mut base = "provisionings?".to_owned();
    let mut said = Vec::new();
    if let Some((id, link)) = groups::asked_for(asked, db)? {
        conditions.push(format!("p.group_id = {id}"));
        base.push_str(&format!("group={id}&"));
        said.push(Cell::from("Of device group").and_all(link));
    }
    if let Some((id, link)) = object_asked_for(asked, db)? {
        conditions.push(format!("p.secure_object_id = {id}"));
        base.push_str(&format!("object={id}&"));
        said.push(Cell::from("Of secure object").and_all(link));
    }
    let in_any_state = conditions.join(" AND ");
    let counted = StateCounts::of(db, &format!("p WHERE {in_any_state}"), &[])?;
    let any = base.clone();
    let text = asked.text("state");
    let state = if text.is_empty() { None } else { Some(known_state(text)?) };
    if let Some(state) = &state {
        conditions.push("p.state = ?1".to_owned());
        base.push_str(&format!("state={}&", encoded(state.as_str())));
        let all = Cell::from("In state").and(states::look(state), states::words(state));
        said.push(all.and_link(Look::Plain, "(show all states)", any.trim_end_matches(['?', '&'])));
    }
    let mut parts: Vec<Part> = said.into_iter().map(Part::Note).collect();
    parts.extend(counted.part(&any));
    let state = state.map(|state| state.as_str().to_owned());
    let value: Vec<&dyn ToSql> = state.iter().map(|state| state as &dyn ToSql).collect();
    let extent = Extent::Page { number: asked.page(), base: &base };
    parts.extend(table(db, &conditions.join(" AND "), &value, extent)?);
    Ok(Content::of("Provisionings", parts))
}

fn known_state(text: &str) -> Result<ProvisioningState, Refusal> {
    let found = || format!("provisionings have no state {}", shown(text));
    states::named(text).ok_or_else(|| Refusal::new(&PROVISIONING_NOT_FOUND, found()))
}

fn object_asked_for(asked: &Asked<'_>, db: &Connection) -> Result<Option<(u64, Cell)>, Refusal> {
    let text = asked.text("object");
    if text.is_empty() {
        return Ok(None);
    }
    let id: u64 = text.parse().unwrap_or(0);
    let name: Option<String> = db
        .prepare_cached("SELECT name FROM secure_object WHERE id = ?1")?
        .query_row(params![id], |row| row.get(0))
        .optional()?;
    let missing = || Refusal::new(&OBJECT_NOT_FOUND, format!("no secure object {}", shown(text)));
    let name = name.ok_or_else(missing)?;
    Ok(Some((id, Cell::named(&name, format!("objects/{id}")))))
}

/// `/_sandbox/provisionings/{id}`
///
/// # Errors
/// 404 without such a provisioning.
pub(super) fn one(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    let id = asked.number();
    let found = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, p.created_ts, o.intermediate_ca_id,
               (SELECT name FROM intermediate_ca c WHERE c.id = o.intermediate_ca_id)
             FROM provisioning p {ABOUT} WHERE p.id = ?1"
        ))?
        .query_row(params![id], |row| {
            let ca = row.get::<_, Option<u64>>(11)?.zip(row.get::<_, Option<String>>(12)?);
            Ok((Line::of(row)?, row.get::<_, i64>(10)?, ca))
        })
        .optional()?;
    let (line, created, ca) = found.ok_or_else(|| {
        Refusal::new(&PROVISIONING_NOT_FOUND, format!("no provisioning {}", shown(asked.id)))
    })?;
    let title = format!("Provisioning {id}");
    let mut parts = vec![Part::Facts(vec![
        ("State", Cell::of(states::look(&line.state), states::words(&line.state))),
        ("Device", devices::link(&line.uid)),
        ("Secure object", line.object.and(Look::Code, line.kind)),
        ("Device group", line.group),
        ("Made", Cell::moment(created)),
        ("Changed", Cell::moment(line.modified)),
    ])];
    if let Some(read) = line.certificate.as_deref().and_then(certificate) {
        parts.push(Part::Heading("Certificate of the device".to_owned()));
        let mut facts = certificate_facts(&read);
        facts.extend(
            ca.map(|(ca, name)| ("Intermediate CA", Cell::named(&name, format!("cas/{ca}")))),
        );
        parts.push(Part::Facts(facts));
    }
    Ok(Content { title, kind: "", parts })
}

/// What a certificate says.
pub(super) fn certificate_facts(read: &Certificate) -> Vec<(&'static str, Cell)> {
    vec![
        ("Subject", Cell::of(Look::Code, read.subject())),
        ("Issuer", Cell::of(Look::Code, read.issuer())),
        ("Serial number", Cell::of(Look::Code, read.serial())),
        ("Valid from", Cell::of(Look::Plain, read.not_before())),
        ("Valid until", Cell::of(Look::Plain, read.not_after())),
        ("SHA-256", Cell::of(Look::Code, read.fingerprint_sha256_hex())),
    ]
}
