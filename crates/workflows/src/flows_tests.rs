//! One test for all flows: a dry run lists what the run does; a run that is stopped anywhere is resumed; nothing is
//! made twice. Each flow has its row in [`Scene::take`], or this does not compile.

mod scene;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use el2g_service_client::Client;
use tokio::runtime::{Builder, Runtime};

use self::scene::{Scene, Taken};
use crate::fault_proxy::{Fault, FaultProxy};
use crate::{FailureKind, Flow, Progress, Silent};

/// Hears every word, and ends the process, as far as there is one, at one of them.
#[derive(Default)]
struct Heard {
    begun: Mutex<Vec<String>>,
    words: AtomicUsize,
    last: Option<usize>,
}

impl Heard {
    fn word(&self) {
        if Some(self.words.fetch_add(1, Ordering::SeqCst)) == self.last {
            resume_unwind(Box::new("stopped"));
        }
    }
}

impl Progress for Heard {
    fn begins(&self, what: &str) {
        self.begun.lock().unwrap().push(what.to_owned());
        self.word();
    }

    fn advanced(&self, _: u64, _: u64) {
        self.word();
    }
}

/// A request without the ids in its path, which a dry run cannot know.
fn without_ids(method: &str, target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let is_id =
        |part: &&str| !part.contains(|letter: char| letter.is_ascii_lowercase() || letter == '-');
    let parts: Vec<_> = path
        .split('/')
        .map(|part| if !part.is_empty() && is_id(&part) { "{}" } else { part })
        .collect();
    format!("{method} {}?{query}", parts.join("/"))
}

/// The request of a cURL line.
fn printed(curl: &str, origin: &str) -> String {
    let mut words = curl.split(' ');
    let method = words.nth(2).unwrap();
    let url = words.next().unwrap().trim_matches('\'');
    without_ids(method, url.strip_prefix(origin).unwrap())
}

/// A process of its own: all of its tasks and connections end with it.
fn process() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn flows_do_what_they_list_resume_wherever_they_stop_and_make_nothing_twice() {
    let world = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let scene = world.block_on(Scene::new());
    let client = scene.rehearsal.client();
    for flow in Flow::ALL {
        let flow = *flow;
        // The dry run lists what the run does.
        let (proxy, counted) = world.block_on(scene.rehearsal.counted_client());
        let name = format!("{}-whole", flow.name());
        let take = |name: &str, client: &Client, taken: Taken<'_>| {
            process().block_on(scene.take(flow, name, client, taken))
        };
        let (listed, _) = take(&name, &counted, Taken::Listed).unwrap();
        assert_eq!(proxy.requests(), Vec::<String>::new(), "{flow:?}: a dry run sends nothing");
        let heard = Heard::default();
        let (_, made) = take(&name, &counted, Taken::Run(&heard)).unwrap();
        let there = world.block_on(scene.there(flow, &name));
        let whats: Vec<_> = listed.iter().map(|line| line.what.clone()).collect();
        assert_eq!(*heard.begun.lock().unwrap(), whats, "{flow:?}");
        let requests = listed.iter().filter_map(|line| line.curl.as_deref());
        let requests: Vec<_> = requests.map(|curl| printed(curl, &proxy.origin())).collect();
        let sent: Vec<_> = proxy
            .requests()
            .iter()
            .map(|sent| {
                let (method, target) = sent.split_once(' ').unwrap();
                without_ids(method, target)
            })
            .collect();
        assert_eq!(sent, requests, "{flow:?}");

        // Stopped anywhere, or broken at any exchange, it is resumed to the same end.
        let resumed = |name: &str, proxy: &FaultProxy| {
            // Else the look for what it made could come before the request that makes it.
            world.block_on(proxy.settled());
            let (_, again) = take(name, &client, Taken::Run(&Silent))
                .unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
            assert_eq!(again, made, "{name}");
            assert_eq!(world.block_on(scene.there(flow, name)), there, "{name}");
        };
        for last in 0..heard.words.into_inner() {
            let name = format!("{}-stopped-{last}", flow.name());
            let (proxy, ended) = world.block_on(scene.rehearsal.counted_client());
            let heard = Heard { last: Some(last), ..Heard::default() };
            let run = || take(&name, &ended, Taken::Run(&heard));
            let stopped = catch_unwind(AssertUnwindSafe(run));
            assert!(stopped.is_err(), "{name}: {:?}", stopped.ok());
            resumed(&name, &proxy);
        }
        for nth in 0..sent.len() {
            for fault in [Fault::BeforeActing, Fault::AfterActing] {
                let name = format!("{}-{fault:?}-{nth}", flow.name());
                let (proxy, broken) = world.block_on(scene.rehearsal.broken_client(nth, fault));
                if let Err(failure) = take(&name, &broken, Taken::Run(&Silent)) {
                    let kinds = [FailureKind::Partial, FailureKind::Unavailable];
                    assert!(kinds.contains(&failure.kind), "{name}: {failure:?}");
                }
                resumed(&name, &proxy);
            }
        }
    }
}
