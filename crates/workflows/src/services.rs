//! What a flow uses of the world outside.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use el2g_key_payload::Entropy;
use el2g_service_client::Client;
use el2g_x509::Instant;

/// A wait that is over at some time.
pub type Pause = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The service, the time and the random source of a flow.
pub struct Services<'a> {
    /// The service.
    pub client: &'a Client,
    /// Seconds since 1970, as of now.
    pub clock: &'a (dyn Fn() -> Instant + Sync),
    /// Waits so long: a timer, or nothing in tests.
    pub pause: &'a (dyn Fn(Duration) -> Pause + Sync),
    /// The random source.
    pub entropy: RefCell<&'a mut dyn Entropy>,
}

impl Services<'_> {
    /// The time by the clock.
    pub fn now(&self) -> Instant {
        (self.clock)()
    }
}
