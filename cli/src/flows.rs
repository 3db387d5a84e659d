//! What the flows of `el2g-workflows` use of the surroundings.

use std::cell::RefCell;
use std::time::Duration;

use el2g_key_payload::Entropy;
use el2g_service_client::Client;
use el2g_workflows::Services;
use el2g_x509::Instant;

/// The present by the system's clock, in seconds.
pub fn now() -> Instant {
    Instant::from_unix(jiff::Timestamp::now().as_second())
}

/// A client, the system's clock and the system's timer.
pub fn services<'a>(client: &'a Client, entropy: &'a mut dyn Entropy) -> Services<'a> {
    Services {
        client,
        clock: &now,
        pause: &|pause: Duration| Box::pin(tokio::time::sleep(pause)),
        entropy: RefCell::new(entropy),
    }
}
