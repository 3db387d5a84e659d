//! When a call is repeated.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder as _, ExponentialBuilder};

/// How often and how long a call is repeated: exponential back-off with jitter, bounded by attempts and
/// by time. A `Retry-After` of the service is waited for when it fits into the time.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts in all; 1 repeats nothing.
    pub attempts: u32,
    /// The first pause, before jitter (which adds up to as much again).
    pub first_delay: Duration,
    /// The longest pause, before jitter.
    pub longest_delay: Duration,
    /// From the first attempt to the start of the last one.
    pub total: Duration,
    /// How long a look-up that finds nothing is repeated before it is believed: reads may lag writes,
    /// and a gateway may have given up on a call that is still being worked on.
    pub settle: Duration,
}

impl Default for RetryPolicy {
    /// 5 attempts, pauses of 0.25 s doubling up to 20 s, 2 minutes in all; look-ups settle for 10 s, as
    /// NXP's own client waits after an unclaim.
    fn default() -> Self {
        RetryPolicy {
            attempts: 5,
            first_delay: Duration::from_millis(250),
            longest_delay: Duration::from_secs(20),
            total: Duration::from_secs(120),
            settle: Duration::from_secs(10),
        }
    }
}

impl RetryPolicy {
    /// Never repeats, and looks once.
    pub const fn never() -> Self {
        RetryPolicy {
            attempts: 1,
            first_delay: Duration::ZERO,
            longest_delay: Duration::ZERO,
            total: Duration::ZERO,
            settle: Duration::ZERO,
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

/// Reads `Retry-After` (RFC 9110 section 10.2.3) as seconds or as an HTTP date. A date is meant by the
/// service's clock: `now` is the reply's own `Date`; without one, this machine's clock has to do. A number
/// that is too large for any clock is still a very long time.
pub(crate) fn retry_after(header: &str, now: Option<SystemTime>) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    let at = http_date(header)?;
    Some(at.duration_since(now.unwrap_or_else(SystemTime::now)).unwrap_or_default())
}

/// An HTTP date in any of the three forms of RFC 9110 section 5.6.7, such as
/// `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text.trim()).ok()
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
            settle: Duration::ZERO,
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
        assert_eq!(now, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)));
        for in_5_s in [
            "Sun, 06 Nov 1994 08:49:42 GMT",
            "Sunday, 06-Nov-94 08:49:42 GMT",
            "Sun Nov  6 08:49:42 1994",
        ] {
            assert_eq!(retry_after(in_5_s, now), Some(Duration::from_secs(5)), "{in_5_s}");
        }
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now), Some(Duration::ZERO));
        let long = retry_after("99999999999999999999999", None);
        assert_eq!(long, Some(Duration::from_secs(u64::MAX)));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-1", now), None);
        assert_eq!(retry_after("", now), None);
    }

    #[test]
    fn a_date_without_the_services_clock_is_read_by_ours() {
        let soon = SystemTime::now() + Duration::from_secs(100);
        let wait = retry_after(&httpdate::fmt_http_date(soon), None).expect("a wait");
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(100), "{wait:?}");
    }
}
