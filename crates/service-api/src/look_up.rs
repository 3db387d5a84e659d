//! How to find out whether a call whose reply was lost happened nevertheless.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::{PathError, PathParameters, ResourceMetadata};

/// Reads that show whether a call happened, and how to check what they answer.
pub struct LookUp<R> {
    /// What to read, in this order.
    pub probes: Vec<Probe>,
    /// Checks the answers, of which there is one per probe.
    pub judge: Judge<R>,
}

/// Checks the answers of a look-up.
pub type Judge<R> = Box<dyn FnOnce(&Evidence) -> Verdict<R> + Send>;

/// One GET.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Probe {
    /// The path below the base URL, filled in.
    pub path: String,
    /// Query parameters.
    pub query: Vec<(&'static str, String)>,
    /// Whether it answers pages, all of which are needed.
    pub paged: bool,
}

impl Probe {
    /// A GET of `template` with its parameters filled in.
    pub fn new(template: &str, path: &impl PathParameters) -> Result<Self, PathError> {
        Ok(Probe { path: path.fill(template)?, query: Vec::new(), paged: false })
    }

    /// The same, of all pages, with these query parameters.
    pub(crate) fn all_pages(mut self, query: Vec<(&'static str, String)>) -> Self {
        self.query = query;
        self.paged = true;
        self
    }
}

/// What a probe answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAnswer {
    /// The status; anything but 200 and 404 ends a look-up before it is checked.
    pub status: u16,
    /// The bodies: one, or one per page.
    pub bodies: Vec<Vec<u8>>,
}

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// One answer per probe.
    pub answers: Vec<ProbeAnswer>,
    /// Since when what is there may be what the call made.
    pub since: Since,
}

/// Since when something may be what a call made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Its age says nothing: before the call there was none, and the call was made in an earlier run.
    Ever,
    /// The first attempt by the service's clock, with an allowance, in milliseconds since 1970.
    Moment(i64),
    /// The service's clock is not known.
    Unknown,
}

/// Whether a call happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict<R> {
    /// It did; this is what it would have answered.
    Happened(R),
    /// It did not: repeating is safe.
    NotHappened,
    /// Unknown.
    Unclear,
}

/// The items of a paged answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Items<T> {
    /// Those that could be decoded.
    pub found: Vec<T>,
    /// Whether that is all of them. One that could not be decoded may be the one that is looked for.
    pub complete: bool,
}

impl<T> Items<T> {
    /// Keeps the matching ones.
    pub fn retain(&mut self, wanted: impl FnMut(&T) -> bool) {
        self.found.retain(wanted);
    }

    /// The verdict when nothing of what was looked for is there.
    pub fn without<R>(&self) -> Verdict<R> {
        if self.complete { Verdict::NotHappened } else { Verdict::Unclear }
    }
}

/// How far the clock that stamps resources may be behind the one of `Date`, in milliseconds: a proxy in
/// between has its own.
const CLOCK_SKEW_MS: i64 = 5 * 60 * 1000;

impl Evidence {
    /// All items of a paged answer. One that does not exist has none.
    pub fn items<T: DeserializeOwned>(&self, probe: usize) -> Items<T> {
        #[derive(serde::Deserialize)]
        struct Content<'a> {
            #[serde(borrow)]
            content: Vec<&'a RawValue>,
        }
        let bodies =
            self.answers.get(probe).map(|answer| answer.bodies.as_slice()).unwrap_or_default();
        let mut items = Items { found: Vec::new(), complete: true };
        for body in bodies {
            let page = serde_json::from_slice::<Content<'_>>(body);
            items.complete &= page.is_ok();
            for item in page.map_or(Vec::new(), |page| page.content) {
                match serde_json::from_str(item.get()) {
                    Ok(item) => items.found.push(item),
                    Err(_) => items.complete = false,
                }
            }
        }
        items
    }

    /// Whether what a probe asked for does not exist.
    pub(crate) fn is_absent(&self, probe: usize) -> bool {
        self.answers.get(probe).is_some_and(|answer| answer.status == 404)
    }

    /// A single answer, decoded.
    pub fn single<T: DeserializeOwned>(&self, probe: usize) -> Option<T> {
        let answer = self.answers.get(probe).filter(|answer| answer.status == 200)?;
        serde_json::from_slice(answer.bodies.first()?).ok()
    }

    /// Checks a create: `matching` are the resources that are what was asked for. Names are not unique, so
    /// one of them counts only when it was made since the first attempt. Several such, or one whose time
    /// could be before or after it, leave open which one is ours.
    pub fn created<R>(
        &self,
        matching: Items<R>,
        metadata: impl Fn(&R) -> Option<&ResourceMetadata>,
    ) -> Verdict<R> {
        let mut verdict = matching.without();
        for resource in matching.found {
            let made = metadata(&resource)
                .and_then(|m| m.created_ts.value())
                .and_then(|at| at.epoch_milliseconds());
            let first = !matches!(verdict, Verdict::Happened(_));
            match (made, self.since) {
                (_, Since::Ever) if first => verdict = Verdict::Happened(resource),
                (Some(made), Since::Moment(since))
                    if made < since.saturating_sub(CLOCK_SKEW_MS) => {}
                (Some(made), Since::Moment(since)) if made >= since && first => {
                    verdict = Verdict::Happened(resource);
                }
                _ => return Verdict::Unclear,
            }
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device_groups::DeviceGroup;

    fn evidence(created: &str, since: Since) -> Evidence {
        let page = format!(
            r#"{{"next":null,"totalElements":2,"content":[
            {{"id":7,"deviceGroupName":"g","resourceMetadata":{{"createdTs":"{created}"}}}}]}}"#
        );
        Evidence {
            answers: vec![ProbeAnswer { status: 200, bodies: vec![page.into_bytes()] }],
            since,
        }
    }

    fn judge(evidence: &Evidence) -> Verdict<u64> {
        let groups = evidence.items::<DeviceGroup>(0);
        match evidence.created(groups, |group| group.resource_metadata.value()) {
            Verdict::Happened(group) => Verdict::Happened(group.id),
            Verdict::NotHappened => Verdict::NotHappened,
            Verdict::Unclear => Verdict::Unclear,
        }
    }

    #[test]
    fn one_of_the_same_name_counts_only_when_it_is_new() {
        let start = Since::Moment(1_600_000_000_000);
        assert_eq!(judge(&evidence("2020-09-13T12:26:41Z", start)), Verdict::Happened(7));
        assert_eq!(judge(&evidence("2020-09-13T12:20:00Z", start)), Verdict::NotHappened);
    }

    #[test]
    fn one_made_shortly_before_may_be_ours_by_another_clock() {
        let start = Since::Moment(1_600_000_000_000);
        assert_eq!(judge(&evidence("2020-09-13T12:26:39Z", start)), Verdict::Unclear);
    }

    #[test]
    fn of_two_new_ones_nobody_knows_which_is_ours() {
        let mut two = evidence("2020-09-13T12:26:41Z", Since::Moment(1_600_000_000_000));
        let page = two.answers[0].bodies[0].clone();
        two.answers[0].bodies.push(page);
        assert_eq!(judge(&two), Verdict::Unclear);
    }

    #[test]
    fn of_an_earlier_run_the_only_one_counts_whatever_its_age() {
        let mut one = evidence("yesterday", Since::Ever);
        assert_eq!(judge(&one), Verdict::Happened(7));
        let page = one.answers[0].bodies[0].clone();
        one.answers[0].bodies.push(page);
        assert_eq!(judge(&one), Verdict::Unclear);
    }

    #[test]
    fn what_cannot_be_read_may_be_what_is_looked_for() {
        let mut odd = evidence("2001-01-01T00:00:00Z", Since::Moment(1_600_000_000_000));
        assert_eq!(judge(&odd), Verdict::NotHappened);
        odd.answers[0].bodies.push(br#"{"content":[{"odd":1}]}"#.to_vec());
        assert_eq!(judge(&odd), Verdict::Unclear);
        odd.answers[0].bodies.push(b"<html>".to_vec());
        assert_eq!(judge(&odd), Verdict::Unclear);
    }

    #[test]
    fn without_a_clock_there_is_no_telling() {
        assert_eq!(judge(&evidence("2020-09-13T12:26:41Z", Since::Unknown)), Verdict::Unclear);
        assert_eq!(judge(&evidence("yesterday", Since::Moment(0))), Verdict::Unclear);
    }

    #[test]
    fn nothing_of_that_kind_means_it_did_not_happen() {
        let empty = Evidence {
            answers: vec![ProbeAnswer { status: 200, bodies: vec![br#"{"content":[]}"#.to_vec()] }],
            since: Since::Unknown,
        };
        assert_eq!(judge(&empty), Verdict::NotHappened);
    }
}
