//! What the client does, as it is printed on stderr.

use el2g_service_client::{Event, Observer};

use crate::output::{Console, Verbosity};

/// Prints on stderr what the client does: repeats and look-ups with `-v`, every call with `-vv`.
pub struct Narrator(pub Console);

impl Observer for Narrator {
    fn event(&self, event: &Event<'_>) {
        let debug = self.0.verbosity() >= Verbosity::Debug;
        match event {
            Event::Sending { method, url, correlation_id, attempt } if debug => {
                self.0.info(format!("{method} {url} (attempt {attempt}, id {correlation_id})"));
            }
            Event::Answered { status, bytes, elapsed } if debug => {
                self.0.info(format!("{status}, {bytes} bytes, {} ms", elapsed.as_millis()));
            }
            Event::Sending { .. } | Event::Answered { .. } => {}
            Event::AskingForToken { url } => {
                self.0.info(format!("asking {url} for an access token"));
            }
            Event::GateWarning { text } => self.0.warn(text),
            Event::Retrying { because, after, attempt } => {
                let after = after.as_secs_f64();
                self.0.info(format!("attempt {attempt} in {after:.1} s, because: {because}"));
            }
            Event::LookingUp { operation, because } => {
                self.0.info(format!(
                    "{operation}: looking up whether it happened nevertheless, because: {because}"
                ));
            }
            Event::LookedUp { happened } => {
                let found = match happened {
                    Some(true) => "it did",
                    Some(false) => "it did not",
                    None => "unknown",
                };
                self.0.info(format!("looked up: {found}"));
            }
        }
    }
}
