//! The states of provisionings, in words and colours, and how many are in each.

use el2g_service_api::provisionings::ProvisioningState;
use rusqlite::{Connection, ToSql};

use crate::console::page::{Cell, Look, Part, Share, encoded, grouped, shares};
use crate::refusal::Refusal;

const STATES: usize = ProvisioningState::KNOWN.len();

/// From what is wrong to what is done: the order that a reader needs.
static ORDER: [ProvisioningState; STATES] = [
    ProvisioningState::GenerationFailed,
    ProvisioningState::ProvisioningFailed,
    ProvisioningState::GenerationOnConnection,
    ProvisioningState::GenerationTriggered,
    ProvisioningState::GenerationCompleted,
    ProvisioningState::ProvisioningCompleted,
];

/// The state that a query names.
pub(super) fn named(text: &str) -> Option<ProvisioningState> {
    Some(ProvisioningState::from(text)).filter(ProvisioningState::is_known)
}

/// How a state looks.
pub(super) fn look(state: &ProvisioningState) -> Look {
    match state {
        ProvisioningState::ProvisioningCompleted => Look::Good,
        ProvisioningState::GenerationFailed | ProvisioningState::ProvisioningFailed => Look::Bad,
        ProvisioningState::GenerationOnConnection
        | ProvisioningState::GenerationTriggered
        | ProvisioningState::GenerationCompleted => Look::Wait,
        ProvisioningState::Other(_) => Look::Plain,
    }
}

/// A state in words.
pub(super) fn words(state: &ProvisioningState) -> String {
    state.as_str().to_lowercase().replace('_', " ")
}

/// The state of a provisioning, with a link to it.
pub(super) fn link(provisioning: u64, state: &ProvisioningState) -> Cell {
    Cell::default().and_link(look(state), words(state), format!("provisionings/{provisioning}"))
}

/// How many provisionings are in each state.
pub(super) struct StateCounts([u64; STATES]);

impl StateCounts {
    /// Of those that `from`, what follows `FROM provisioning`, selects.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn of(
        db: &Connection,
        from: &str,
        parameters: &[&dyn ToSql],
    ) -> Result<Self, Refusal> {
        // Sums, and not groups: one walk, nothing sorted.
        let sums = ORDER.iter().map(|state| format!("coalesce(sum(state = '{state}'), 0)"));
        let sums = sums.collect::<Vec<_>>().join(", ");
        let mut statement =
            db.prepare_cached(&format!("SELECT {sums} FROM provisioning {from}"))?;
        Ok(statement.query_row(parameters, |row| {
            let mut counts = [0; STATES];
            for (index, count) in counts.iter_mut().enumerate() {
                *count = row.get(index)?;
            }
            Ok(Self(counts))
        })?)
    }

    /// All of them.
    pub(super) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    fn there(&self) -> impl Iterator<Item = (&'static ProvisioningState, u64)> {
        ORDER.iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    /// Each state that occurs with its number; `base` is the list they lead to, below the root, where there is one: a path
    /// with a query that ends in `?` or `&`.
    pub(super) fn cell(&self, base: Option<&str>) -> Cell {
        if self.total() == 0 {
            return Cell::of(Look::Quiet, "–");
        }
        self.there().fold(Cell::default(), |cell, (state, count)| {
            let text = format!("{} {}", grouped(count), words(state));
            match base {
                None => cell.and(look(state), text),
                Some(base) => {
                    let path = format!("{base}state={}", encoded(state.as_str()));
                    cell.and_link(look(state), text, path)
                }
            }
        })
    }

    /// As a bar with its numbers.
    pub(super) fn part(&self, base: &str) -> Option<Part> {
        let bar: Vec<Share> =
            shares(&self.there().map(|(state, count)| (look(state), count)).collect::<Vec<_>>());
        (self.total() > 0).then(|| Part::Shares { bar, states: self.cell(Some(base)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_state_has_its_place() {
        for state in ProvisioningState::KNOWN {
            assert!(ORDER.contains(state), "{state}");
            assert!(look(state) != Look::Plain && named(state.as_str()).is_some());
        }
        assert_eq!(named("GONE"), None);
        assert_eq!(words(&ProvisioningState::GenerationOnConnection), "generation on connection");
    }
}
