//! Points in time, whole seconds.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use x509_cert::der::DateTime;
use x509_cert::der::asn1::{GeneralizedTime, UtcTime};
use x509_cert::time::Time;

/// A point in time in whole seconds since 1970-01-01T00:00:00Z (certificate dates carry no fraction:
/// RFC 5280 section 4.1.2.5). Written and read as RFC 3339, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// A text that is not an RFC 3339 date and time, or a date no certificate can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InstantError {
    /// Not RFC 3339.
    #[error("`{found}` is not an RFC 3339 date and time such as 2026-11-23T09:00:00Z")]
    NotRfc3339 {
        /// The text as given.
        found: String,
    },
    /// Before 1970 or after 9999.
    #[error("{found} lies outside the years 1970 to 9999 which can be written into a certificate")]
    OutOfRange {
        /// The date, or its seconds since 1970 when it has no four-digit year.
        found: String,
    },
}

impl Instant {
    /// The last moment a certificate can name, 9999-12-31T23:59:59Z: "no well-defined expiration date"
    /// (RFC 5280 section 4.1.2.5).
    pub const NO_EXPIRY: Self = Self(253_402_300_799);

    /// From seconds since 1970-01-01T00:00:00Z; negative before.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// This many days of 86,400 seconds later (earlier when negative), at most [`Instant::NO_EXPIRY`].
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(86_400)).min(Self::NO_EXPIRY.0))
    }

    /// This many seconds later (earlier when negative), at most [`Instant::NO_EXPIRY`].
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds).min(Self::NO_EXPIRY.0))
    }

    /// Whole days from `earlier` to this moment, rounded down; negative when it lies before.
    pub const fn days_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(86_400)
    }

    fn to_date_time(self) -> Option<DateTime> {
        let seconds = u64::try_from(self.0).ok()?;
        DateTime::from_unix_duration(Duration::from_secs(seconds)).ok()
    }

    /// UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5).
    pub(crate) fn to_time(self) -> Result<Time, InstantError> {
        let out_of_range = || InstantError::OutOfRange { found: self.to_string() };
        let date = self.to_date_time().ok_or_else(out_of_range)?;
        if date.year() <= UtcTime::MAX_YEAR {
            UtcTime::from_date_time(date).map(Time::UtcTime).map_err(|_| out_of_range())
        } else {
            Ok(Time::GeneralTime(GeneralizedTime::from_date_time(date)))
        }
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // jiff ends a day before 9999 does; der's dates begin in 1970.
        match (self.to_date_time(), Timestamp::from_second(self.0)) {
            (Some(date), _) => write!(f, "{date}"),
            (None, Ok(timestamp)) => write!(f, "{timestamp}"),
            (None, Err(_)) => write!(f, "{} s after 1970", self.0),
        }
    }
}

impl FromStr for Instant {
    type Err = InstantError;

    /// Any RFC 3339 offset is read; a fraction of a second is dropped.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(date) = text.parse::<DateTime>() {
            let seconds = date.unix_duration().as_secs();
            return Ok(Self(i64::try_from(seconds).expect("der's dates end in 9999")));
        }
        text.parse::<Timestamp>()
            .map(|timestamp| Self(timestamp.as_second()))
            .map_err(|_| InstantError::NotRfc3339 { found: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_rfc3339() {
        let at: Instant = "2026-11-23T09:00:00+01:00".parse().unwrap();
        assert_eq!(at.unix(), 1_795_420_800);
        assert_eq!(at.to_string(), "2026-11-23T08:00:00Z");
        assert_eq!(
            "tomorrow".parse::<Instant>(),
            Err(InstantError::NotRfc3339 { found: "tomorrow".to_owned() })
        );
    }

    #[test]
    fn takes_utc_time_to_2049_and_generalized_time_from_2050() {
        let last: Instant = "2049-12-31T23:59:59Z".parse().unwrap();
        assert!(matches!(last.to_time(), Ok(Time::UtcTime(_))));
        assert!(matches!(last.plus_seconds(1).to_time(), Ok(Time::GeneralTime(_))));
        assert_eq!(Instant::NO_EXPIRY.to_string(), "9999-12-31T23:59:59Z".to_owned());
        assert_eq!("9999-12-31T23:59:59Z".parse(), Ok(Instant::NO_EXPIRY));
        assert_eq!(Instant::NO_EXPIRY.plus_days(1), Instant::NO_EXPIRY);
        assert!(Instant::from_unix(-1).to_time().is_err());
    }
}
