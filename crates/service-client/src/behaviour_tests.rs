//! How the client behaves towards a server that follows a script.

mod credentials;
mod grants;
mod odd_lists;
mod odd_replies;
mod repeating;
mod replies;
mod scripted;
mod tls;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use el2g_key_payload::SecretBytes;
use el2g_service_api::NoQuery;
use el2g_service_api::device_groups::{
    CreateDeviceGroup, DeviceGroup, DeviceGroupName, GroupPath, ProductPath, ShowDeviceGroup,
};

use crate::{
    AuthHeader, BaseUrl, Client, ClientError, Event, Limits, Observer, RetryPolicy, Settings, Token,
};

/// The token of all tests: looked for where it must not be.
const TOKEN: &str = "tok-3n-0f-th3-t3sts";

/// Quick to give up and to repeat.
fn settings(base_url: &str) -> Settings {
    let token = Token::new(&SecretBytes::from_slice(TOKEN.as_bytes())).expect("a token");
    let base_url = BaseUrl::parse(base_url).expect("a base URL");
    let mut settings = Settings::new(base_url, AuthHeader::OsfToken, Some(token));
    settings.limits = Limits {
        connect: Duration::from_secs(2),
        total: Duration::from_millis(600),
        reply_bytes: 100_000,
        page_size: 100,
    };
    settings.retry = RetryPolicy {
        attempts: 3,
        first_delay: Duration::from_millis(10),
        longest_delay: Duration::from_millis(20),
        total: Duration::from_secs(5),
        settle: Duration::ZERO,
    };
    settings
}

fn client(base_url: &str) -> Client {
    Client::new(settings(base_url)).expect("a client")
}

async fn show_group(client: &Client) -> Result<DeviceGroup, ClientError> {
    let path = GroupPath { nc12: "935389312472".to_owned(), device_group_id: 474 };
    client.call::<ShowDeviceGroup>(&path, &NoQuery {}, &()).await
}

async fn create_group(client: &Client) -> Result<DeviceGroup, ClientError> {
    let path = ProductPath { nc12: "935389312472".to_owned() };
    let body = DeviceGroupName::new("meters".to_owned());
    client.call::<CreateDeviceGroup>(&path, &NoQuery {}, &body).await
}

/// What an observer was told, as text.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Observer for Told {
    fn event(&self, event: &Event<'_>) {
        self.0.lock().expect("a lock").push(format!("{event:?}"));
    }
}

impl Told {
    fn text(self: &Arc<Self>) -> String {
        self.0.lock().expect("a lock").join("\n")
    }
}
