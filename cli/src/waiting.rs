//! Waiting for what the service does in its own time: `--wait`.

use std::time::{Duration, Instant};

use clap::Args;

/// Whether, and how long, to wait.
#[derive(Args)]
pub struct Waiting {
    /// Wait until it is done
    #[arg(long)]
    pub wait: bool,
    /// Seconds to wait, 0 to 604800
    #[arg(long, value_name = "SECONDS", default_value_t = 600, requires = "wait", value_parser = clap::value_parser!(u64).range(0..=604_800))]
    pub wait_timeout: u64,
}

/// The pause between two looks doubles from the first to the longest, which is what NXP's client waits.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Looks again and again, until the time is over.
pub struct Patience {
    ends: Instant,
    pause: Duration,
}

impl Waiting {
    /// Begins to wait.
    pub fn begin(&self) -> Patience {
        let ends = Instant::now() + Duration::from_secs(self.wait_timeout);
        Patience { ends, pause: FIRST_PAUSE }
    }
}

impl Patience {
    /// How long to wait before the next look; `None` when the time is over.
    pub fn pause(&mut self) -> Option<Duration> {
        let left = self.ends.checked_duration_since(Instant::now())?;
        let pause = self.pause.min(left);
        self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
        (!left.is_zero()).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_with_the_time() {
        let mut patience = Waiting { wait: true, wait_timeout: 3600 }.begin();
        let pauses: Vec<_> = (0..6).filter_map(|_| patience.pause()).collect();
        let millis: Vec<u128> = pauses.iter().map(Duration::as_millis).collect();
        assert_eq!(millis, [250, 500, 1000, 2000, 4000, 5000]);
        assert_eq!(Waiting { wait: true, wait_timeout: 0 }.begin().pause(), None);
    }
}
