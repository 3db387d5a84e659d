//! When a call is repeated.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};

/// How often and how long a call is repeated: exponential back-off with jitter, bounded by attempts and
/// by time. A `Retry-After` of the service is waited for when it fits into the time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// Attempts in all; 1 repeats nothing.
    pub attempts: u32,
    /// The first pause, before jitter (which adds up to as much again).
    pub first_delay: Duration,
    /// The longest pause, before jitter.
    pub longest_delay: Duration,
    /// From the first attempt to the start of the last one.
    pub total: Duration,
}

impl Default for RetryPolicy {
    /// 5 attempts, pauses of 0.25 s doubling up to 20 s, 2 minutes in all.
    fn default() -> Self {
        RetryPolicy {
            attempts: 5,
            first_delay: Duration::from_millis(250),
            longest_delay: Duration::from_secs(20),
            total: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// Never repeats.
    pub const fn never() -> Self {
        RetryPolicy {
            attempts: 1,
            first_delay: Duration::ZERO,
            longest_delay: Duration::ZERO,
            total: Duration::ZERO,
        }
    }

    /// The pauses between attempts, one fewer than attempts.
    pub(crate) fn pauses(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::new()
            .with_min_delay(self.first_delay)
            .with_max_delay(self.longest_delay)
            .with_max_times(self.attempts.saturating_sub(1) as usize)
            .with_jitter()
            .build()
    }
}

/// Reads `Retry-After` as seconds or as an HTTP date; `now` is the reply's own `Date` in seconds since 1970.
pub(crate) fn retry_after(header: &str, now: Option<i64>) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = http_date(header)?;
    let seconds = at.saturating_sub(now?).max(0);
    Some(Duration::from_secs(u64::try_from(seconds).ok()?))
}

/// Seconds since 1970 of an HTTP date (RFC 9110 section 5.6.7), such as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(text: &str) -> Option<i64> {
    let broken = jiff::fmt::rfc2822::DateTimeParser::new();
    broken.parse_timestamp(text.trim()).ok().map(|at| at.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_within_their_bounds_and_jitter() {
        let policy = RetryPolicy {
            attempts: 6,
            first_delay: Duration::from_millis(100),
            longest_delay: Duration::from_millis(400),
            total: Duration::from_secs(60),
        };
        let pauses: Vec<_> = policy.pauses().collect();
        assert_eq!(pauses.len(), 5);
        for (pause, base) in pauses.iter().zip([100, 200, 400, 400, 400]) {
            let base = Duration::from_millis(base);
            assert!(*pause >= base && *pause <= base * 2, "{pause:?} for {base:?}");
        }
    }

    #[test]
    fn never_has_no_pauses() {
        assert_eq!(RetryPolicy::never().pauses().count(), 0);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after("3", None), Some(Duration::from_secs(3)));
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(now, Some(784_111_777));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:42 GMT", now), Some(Duration::from_secs(5)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-1", now), None);
    }
}
