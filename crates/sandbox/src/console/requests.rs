//! The last requests.

use rusqlite::Connection;

use crate::console::Asked;
use crate::console::page::{Cell, Content, Look, Part, heads};
use crate::console::request_log::{Answered, REQUESTS, RequestLog};
use crate::refusal::Refusal;

/// `/_sandbox/requests`
///
/// # Errors
/// None; a page has this form.
pub(super) fn list(asked: &Asked<'_>, _: &Connection) -> Result<Content, Refusal> {
    let said = format!(
        "The last {REQUESTS} requests to the service, the newest first. They are forgotten when it ends."
    );
    let parts = vec![Part::Note(Cell::from(&*said)), table(asked.log, REQUESTS)];
    Ok(Content::of("Requests", parts))
}

/// The last `most` requests as a table.
pub(super) fn table(log: &RequestLog, most: usize) -> Part {
    let row = |request: Answered| {
        let is_well = (1..400).contains(&request.status);
        let look = if is_well { Look::Good } else { Look::Bad };
        let status = match request.status {
            0 => "dropped".to_owned(),
            status => status.to_string(),
        };
        vec![
            Cell::moment(request.at),
            Cell::of(Look::Code, request.method),
            Cell::of(Look::Code, request.path),
            Cell::of(look, status),
            Cell::of(Look::Whole, format!("{} ms", request.millis)),
            Cell::known(request.fault),
        ]
    };
    Part::Table {
        label: "Last requests".to_owned(),
        heads: heads(&["Time", "Method", "Path", "Status", "Took", "Injected fault"]),
        rows: log.newest(most).into_iter().map(row).collect(),
        empty: Cell::from("No request has come yet."),
    }
}
