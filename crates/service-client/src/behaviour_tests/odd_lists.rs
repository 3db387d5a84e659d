//! Lists that no good service gives: each comes to an end, and a list that is not whole is an error.

use el2g_service_api::NoPath;
use el2g_service_api::devices::{DeviceQuery, ListDevices};

use super::client;
use super::scripted::{Act, Scripted, json};
use crate::ClientError;

/// A page with the devices of these ids; `links` are its fields before the items.
fn page(links: &str, ids: &[u32]) -> Act {
    let items: Vec<String> = ids.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
    json(200, &format!(r#"{{{links}"content":[{}]}}"#, items.join(",")))
}

/// The ids of all pages up to the error, and the error.
async fn read(script: Vec<Act>, query: DeviceQuery) -> (Vec<String>, Option<ClientError>) {
    let server = Scripted::start(script);
    let client = client(&server.base_url);
    let mut pages = client.pages::<ListDevices>(NoPath, query);
    let mut ids = Vec::new();
    loop {
        match pages.next().await {
            Ok(Some(devices)) => {
                ids.extend(devices.iter().map(|device| device.id.as_str().to_owned()))
            }
            Ok(None) => return (ids, None),
            Err(error) => return (ids, Some(error)),
        }
    }
}

#[tokio::test]
async fn a_page_that_comes_again_ends_the_list_with_an_error() {
    for links in [r#""next":"x","#, r#""next":"x","totalElements":9,"#, r#""totalElements":9,"#] {
        let again = vec![page(links, &[1, 2]), page(links, &[1, 2])];
        let (ids, error) = read(again, DeviceQuery::default()).await;
        assert_eq!(ids, ["1", "2"], "{links}");
        assert_eq!(
            error.expect(links).to_string(),
            "device list: page 1 is one that came already; the list would never end, so it is not complete"
        );
        let circle = vec![page(links, &[1]), page(links, &[2]), page(links, &[1])];
        let (ids, error) = read(circle, DeviceQuery::default()).await;
        assert_eq!(ids, ["1", "2"], "{links}");
        assert!(matches!(error, Some(ClientError::RepeatedPage { page: 2, .. })), "{error:?}");
    }
}

#[tokio::test]
async fn a_list_that_grows_at_its_front_meanwhile_is_read_on() {
    let script = vec![
        page(r#""next":"x","totalElements":2,"#, &[2]),
        page(r#""next":"x","totalElements":3,"#, &[2]),
        page(r#""next":null,"totalElements":3,"#, &[1]),
    ];
    let (ids, error) = read(script, DeviceQuery::default()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, ["2", "2", "1"]);
}

#[tokio::test]
async fn an_empty_page_ends_a_list_unless_it_says_that_more_follow() {
    for links in [r#""next":"x","#, r#""next":"x","totalElements":9,"#, r#""totalElements":9,"#] {
        let script = vec![page(links, &[1]), page(links, &[])];
        let (ids, error) = read(script, DeviceQuery::default()).await;
        assert_eq!(ids, ["1"], "{links}");
        assert!(
            matches!(error, Some(ClientError::EmptyPage { page: 1, .. })),
            "{links}: {error:?}"
        );
    }
    // Something was deleted meanwhile.
    for end in [r#""next":null,"totalElements":1,"#, r#""totalElements":1,"#, r#""next":null,"#] {
        let script = vec![page(r#""next":"x","totalElements":2,"#, &[1]), page(end, &[])];
        let (ids, error) = read(script, DeviceQuery::default()).await;
        assert!(error.is_none() && ids == ["1"], "{end}: {error:?}");
    }
}

#[tokio::test]
async fn after_the_last_page_number_there_is_an_end() {
    let last = DeviceQuery { page: Some(u32::MAX), size: Some(1), ..Default::default() };
    let (ids, error) = read(vec![page(r#""next":null,"#, &[7])], last.clone()).await;
    assert!(error.is_none() && ids == ["7"], "{error:?}");
    let (ids, error) = read(vec![page(r#""next":"x","#, &[7])], last).await;
    assert_eq!(ids, ["7"]);
    assert!(matches!(error, Some(ClientError::TooManyPages { limit: u32::MAX, .. })), "{error:?}");
}

#[tokio::test]
async fn a_list_without_a_total_is_bounded() {
    let server = Scripted::start((0..4).map(|id| page(r#""next":"x","#, &[id])).collect());
    let client = client(&server.base_url);
    let mut pages = client.pages::<ListDevices>(NoPath, DeviceQuery::default());
    pages.pages_without_total = 3;
    for _ in 0..2 {
        assert!(pages.next().await.expect("a page").is_some());
    }
    let error = pages.next().await.expect_err("too many");
    assert!(matches!(error, ClientError::TooManyPages { limit: 100_000, .. }), "{error:?}");
}
