//! Which rows of a manifest a run is about.

use std::str::FromStr;

/// One of several equal parts of a manifest: the rows K, K+N, K+2N … counted from 0. It depends on nothing
/// but the row's place, so it is the same on every machine and for any number of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Partition {
    /// Which part, counted from 0.
    pub index: u64,
    /// Of how many.
    pub count: u64,
}

impl Partition {
    /// Everything.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// The part `index` of `count`.
    ///
    /// # Errors
    /// [`PartitionError::Outside`] or [`PartitionError::None`].
    pub fn new(index: u64, count: u64) -> Result<Self, PartitionError> {
        match count {
            0 => Err(PartitionError::None),
            _ if index >= count => Err(PartitionError::Outside { index, count }),
            _ => Ok(Self { index, count }),
        }
    }

    /// Whether the row with this number, counted from 1, is in it.
    pub fn has(&self, entry: u64) -> bool {
        entry.wrapping_sub(1) % self.count == self.index
    }

    /// The number, counted from 1, of the row that is the `nth` of this part, counted from 0.
    pub fn entry(&self, nth: u64) -> u64 {
        nth.saturating_mul(self.count).saturating_add(self.index + 1)
    }

    /// How many of so many rows are in it.
    pub fn of(&self, rows: u64) -> u64 {
        rows.saturating_sub(self.index).div_ceil(self.count)
    }
}

impl FromStr for Partition {
    type Err = PartitionError;

    /// `K/N`.
    fn from_str(text: &str) -> Result<Self, PartitionError> {
        let number = |text: &str| {
            text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let parts = text.split_once('/').and_then(|(k, n)| Some((number(k)?, number(n)?)));
        let (index, count) = parts.ok_or(PartitionError::Malformed)?;
        Self::new(index, count)
    }
}

/// Why something is not a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartitionError {
    /// Not two numbers with a slash between.
    #[error("a partition is K/N, such as 0/4 for the first of four")]
    Malformed,
    /// No parts.
    #[error("N is 0; expected at least one partition")]
    None,
    /// K is counted from 0.
    #[error("there is no partition {index} of {count}: K is counted from 0, so the last is {}", .count - 1)]
    Outside {
        /// K.
        index: u64,
        /// N.
        count: u64,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn k_is_counted_from_0_and_below_n() {
        assert_eq!("0/1".parse(), Ok(Partition::WHOLE));
        assert_eq!("3/4".parse(), Ok(Partition { index: 3, count: 4 }));
        let outside = PartitionError::Outside { index: 4, count: 4 };
        assert_eq!("4/4".parse::<Partition>(), Err(outside));
        assert_eq!(
            outside.to_string(),
            "there is no partition 4 of 4: K is counted from 0, so the last is 3"
        );
        assert_eq!("0/0".parse::<Partition>(), Err(PartitionError::None));
        for text in
            ["", "1", "/", "1/", "/2", "-1/2", "+1/2", "1/2/3", "a/b", "99999999999999999999/1"]
        {
            assert_eq!(text.parse::<Partition>(), Err(PartitionError::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_row_is_in_exactly_one(rows in 0u64..500, count in 1u64..20) {
            let mut seen = Vec::new();
            for index in 0..count {
                let part = Partition::new(index, count).unwrap();
                let entries: Vec<u64> = (0..part.of(rows)).map(|nth| part.entry(nth)).collect();
                prop_assert!(entries.iter().all(|entry| part.has(*entry)));
                prop_assert_eq!((1..=rows).filter(|entry| part.has(*entry)).count(), entries.len());
                seen.extend(entries);
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (1..=rows).collect::<Vec<_>>());
        }
    }
}
