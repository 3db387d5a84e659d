//! What a client tells about its work.

use std::time::Duration;

/// Something that happened. None of it is secret.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// The gate lets a request pass and has something to say about it.
    GateWarning {
        /// What.
        text: &'a str,
    },
    /// An access token is asked for.
    AskingForToken {
        /// Where.
        url: &'a str,
    },
    /// A request goes out.
    Sending {
        /// The method.
        method: &'a str,
        /// The URL.
        url: &'a str,
        /// The request id in `EL2G-Correlation-ID`.
        correlation_id: &'a str,
        /// 1 for the first attempt.
        attempt: u32,
    },
    /// A reply came in.
    Answered {
        /// The status.
        status: u16,
        /// How many bytes its body has.
        bytes: usize,
        /// How long it took.
        elapsed: Duration,
    },
    /// A call will be repeated.
    Retrying {
        /// Why.
        because: &'a str,
        /// After how long.
        after: Duration,
        /// The number of the next attempt.
        attempt: u32,
    },
    /// It is being looked up whether a failed call happened nevertheless.
    LookingUp {
        /// The operation.
        operation: &'a str,
        /// How it failed.
        because: &'a str,
    },
    /// What the look-up showed.
    LookedUp {
        /// Whether the call had happened; `None` when that is unknown.
        happened: Option<bool>,
    },
}

/// Told what a client does; `-v` prints it.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event<'_>);
}
