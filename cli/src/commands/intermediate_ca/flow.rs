//! What the flows over intermediate CAs use of the surroundings.

use std::time::Duration;

use el2g_key_payload::Entropy;
use el2g_workflows::{Progress, Services};
use el2g_x509::Instant;

use crate::online::Online;
use crate::output::Console;

/// Shows the steps of a flow on stderr with `-v`.
pub struct Told(pub Console);

impl Progress for Told {
    fn say(&self, what: &str) {
        self.0.info(what);
    }
}

/// The service, the system's clock and the system's timer.
pub fn services<'a>(online: &'a Online, entropy: &'a mut dyn Entropy) -> Services<'a> {
    Services {
        client: online.client(),
        clock: &|| Instant::from_unix(jiff::Timestamp::now().as_second()),
        pause: &|pause: Duration| Box::pin(tokio::time::sleep(pause)),
        entropy,
    }
}
