//! Which paths of a file are ours: what stands before all of them, and names of parameters, aside.

use std::collections::{BTreeMap, BTreeSet};

use super::ContractError;
use super::comparison::shown;
use super::description::PathItem;
use super::shape::Budget;
use crate::NEWER;

/// The parts of a path; a parameter is `{}` whatever its name.
fn segments(path: &str) -> Vec<&str> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts
        .map(|part| if part.starts_with('{') && part.ends_with('}') { "{}" } else { part })
        .collect()
}

/// The names of the parameters of a path, in its order.
pub(super) fn parameter_names(path: &str) -> Vec<&str> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
}

/// Whether this is an operation that AN12642 does not have and this program knows all the same, in whichever version of
/// the API.
pub(super) fn is_newer(method: &str, path: &str) -> bool {
    let found = segments(path);
    let mut newer = NEWER.iter();
    newer.any(|own| own.method.as_str() == method && found.ends_with(&segments(own.path)))
}

/// Which of their paths are ours.
pub(super) struct Matched {
    /// What stands before ours in theirs, such as `/api/v1`.
    pub(super) prefix: String,
    /// For each of ours, theirs.
    pub(super) pairs: Vec<Vec<usize>>,
    /// All of theirs that are one of ours.
    pub(super) taken: BTreeSet<usize>,
}

impl Matched {
    pub(super) fn of(
        ours: &[PathItem<'_>],
        theirs: &[PathItem<'_>],
        budget: &Budget,
    ) -> Result<Self, ContractError> {
        let our_segments: Vec<_> = ours.iter().map(|item| segments(item.path)).collect();
        let their_segments: Vec<_> = theirs.iter().map(|item| segments(item.path)).collect();
        // What stands before our paths most often is the prefix of all of them; the shortest wins a draw.
        let mut votes: BTreeMap<&[&str], usize> = BTreeMap::new();
        for other in &their_segments {
            budget.spend(our_segments.len())?;
            for own in our_segments.iter().filter(|own| other.ends_with(own)) {
                *votes.entry(&other[..other.len() - own.len()]).or_default() += 1;
            }
        }
        let best =
            votes.iter().max_by_key(|(prefix, count)| (**count, std::cmp::Reverse(prefix.len())));
        let prefix: Vec<&str> = best.map_or_else(Vec::new, |(prefix, _)| prefix.to_vec());
        let below: Vec<Option<Vec<&str>>> = their_segments
            .iter()
            .map(|other| other.strip_prefix(prefix.as_slice()).map(<[&str]>::to_vec))
            .collect();
        let mut matched = Self { prefix: String::new(), pairs: Vec::new(), taken: BTreeSet::new() };
        for own in &our_segments {
            budget.spend(below.len())?;
            let same = below.iter().enumerate().filter(|(_, other)| other.as_ref() == Some(own));
            let same: Vec<usize> = same.map(|(index, _)| index).collect();
            matched.taken.extend(&same);
            matched.pairs.push(same);
        }
        // A part that we name may be a parameter there.
        for (own, pair) in
            our_segments.iter().zip(&mut matched.pairs).filter(|(_, pair)| pair.is_empty())
        {
            budget.spend(below.len())?;
            let wider = below.iter().enumerate().find(|(index, other)| {
                !matched.taken.contains(index)
                    && other.as_ref().is_some_and(|other| admits(other, own))
            });
            if let Some((index, _)) = wider {
                matched.taken.insert(index);
                pair.push(index);
            }
        }
        let first = matched.pairs.iter().flatten().next();
        let shown_prefix = first.map(|index| {
            let parts = theirs[*index].path.split('/').filter(|part| !part.is_empty());
            parts.take(prefix.len()).map(|part| format!("/{part}")).collect::<String>()
        });
        matched.prefix = shown(&shown_prefix.unwrap_or_default());
        Ok(matched)
    }
}

/// Whether a path with parameters can be the other, part by part.
fn admits(pattern: &[&str], path: &[&str]) -> bool {
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(one, two)| one == two || *one == "{}")
}
