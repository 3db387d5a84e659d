//! The last requests, for the page that shows them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::console::page::beginning;

/// So many requests are remembered.
pub(super) const REQUESTS: usize = 200;
/// Characters of a request's path.
const LONGEST_PATH: usize = 200;

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
pub(crate) struct RequestLog(Mutex<VecDeque<Answered>>);

impl RequestLog {
    /// Remembers a request, and forgets the oldest one. Of a long path the beginning is enough.
    pub(crate) fn add(&self, mut answered: Answered) {
        answered.path = beginning(&answered.path, LONGEST_PATH);
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == REQUESTS {
            log.pop_front();
        }
        log.push_back(answered);
    }

    /// The last `most` of them, the newest first.
    pub(crate) fn newest(&self, most: usize) -> Vec<Answered> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().rev().take(most).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_the_last_200_and_the_beginning_of_a_long_path() {
        let log = RequestLog::default();
        for at in 0..250 {
            let path = "/é".repeat(4000);
            let method = "GET".into();
            log.add(Answered { at, method, path, status: 200, millis: 0, fault: None });
        }
        let kept = log.newest(1000);
        assert_eq!((kept.len(), kept[0].at, kept[199].at), (200, 249, 50));
        assert_eq!(kept[0].path, format!("{}…", "/é".repeat(100)));
        assert_eq!(log.newest(1)[0].at, 249);
    }
}
