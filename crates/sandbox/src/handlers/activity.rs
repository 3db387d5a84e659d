//! The activity report (4.7.1).

use el2g_service_api::activity::{MonthYear, ReportPeriod};
use el2g_service_api::{NoPath, NoQuery};
use rusqlite::{OptionalExtension, params};

use crate::call::Call;
use crate::refusal::{INVALID_PERIOD, Refusal};
use crate::service::Event;

const COMPANY: &str = "el2g sandbox,1";
/// A report covers at most this many months.
const LONGEST: u32 = 120;
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
/// 422 for a period that is too long.
pub(crate) fn report(
    call: &Call<'_>,
    _: NoPath,
    _: NoQuery,
    period: ReportPeriod,
) -> Result<String, Refusal> {
    let (first, last) = (months(period.start_month_year), months(period.end_month_year));
    if last.saturating_sub(first) >= LONGEST {
        return Err(Refusal::field(
            &INVALID_PERIOD,
            "endMonthYear",
            format!("{} months after the start, allowed: 0 to {}", last - first, LONGEST - 1),
        ));
    }
    call.store.read(|db| {
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
                let zeros = (first..=last).map(|_| ",0").collect::<String>();
                for name in NEVER {
                    csv.push_str(&format!("{COMPANY},{name}{zeros}\n"));
                }
            }
        }
        Ok(csv)
    })
}

/// Months since year 0.
fn months(of: MonthYear) -> u32 {
    12 * of.year + of.month - 1
}
