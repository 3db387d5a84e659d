//! The activity report (4.7.1).

use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use crate::call::{Call, Reply};
use crate::fields::Fields;
use crate::refusal::{INVALID_PERIOD, MALFORMED_BODY, Refusal};
use crate::service::{Event, Service};

const COMPANY: &str = "el2g sandbox,1";
/// A report covers at most this many months.
const LONGEST: i64 = 120;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Events of the document that nothing here causes: another service's intermediate CAs.
const NEVER: [&str; 4] = [
    "NEW_COS_INTERMEDIATE_CA_NXP",
    "NEW_COS_INTERMEDIATE_CA_CSR",
    "COS_INTERMEDIATE_CA_CSR_SIGNED",
    "DELETE_COS_INTERMEDIATE_CA",
];

/// 4.7.1: one line per event, one column per month.
///
/// # Errors
/// 400 for an invalid period.
pub fn report(service: &Service, _: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let first = month(&fields, "startMonthYear");
    let last = month(&fields, "endMonthYear");
    fields.check(&MALFORMED_BODY)?;
    if last < first || last - first >= LONGEST {
        return Err(Refusal::field(
            &INVALID_PERIOD,
            "endMonthYear",
            format!("{} months after the start, allowed: 0 to {}", last - first, LONGEST - 1),
        ));
    }
    service.store.read(|db| {
        let mut csv = "Company Name,Company ID,Event Type".to_owned();
        for month in first..=last {
            let name = MONTHS[usize::try_from(month % 12).unwrap_or(0)];
            csv.push_str(&format!(",{name}-{:02}", month / 12 % 100));
        }
        csv.push('\n');
        for (index, event) in Event::ALL.iter().enumerate() {
            let mut line = format!("{COMPANY},{}", event.name());
            for month in first..=last {
                let amount: i64 = db
                    .prepare_cached("SELECT amount FROM activity WHERE month = ?1 AND event = ?2")?
                    .query_row(params![month, event.name()], |row| row.get(0))
                    .optional()?
                    .unwrap_or(0);
                line.push_str(&format!(",{amount}"));
            }
            csv.push_str(&line);
            csv.push('\n');
            if index == 4 {
                let zeros = ",0".repeat(usize::try_from(last - first + 1).unwrap_or(0));
                for name in NEVER {
                    csv.push_str(&format!("{COMPANY},{name}{zeros}\n"));
                }
            }
        }
        Ok(Reply::Text(csv))
    })
}

/// Months since year 0 of a `{"month", "year"}`.
fn month(fields: &Fields<'_>, name: &str) -> i64 {
    let Some(value) = fields.value(name) else {
        fields.fault(name, "missing, an object with month and year is needed");
        return 0;
    };
    let Ok(inner) = Fields::within(value, &format!("{name}.")) else {
        fields.fault(name, "an object with month and year is needed");
        return 0;
    };
    let months = 12 * inner.number("year", 2000, 2999) + inner.number("month", 1, 12) - 1;
    fields.adopt(&inner);
    months
}
