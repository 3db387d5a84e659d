//! Client and sandbox in one run: keyed reads, pages at the beginning, in the middle and at the end of a long list,
//! and creates, over 1, 8 and 64 connections; beside curl called once per request. The sandbox is the program, with
//! its state in a file; the client is the library, in this process.

use std::fs;
use std::future::Future;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use el2g_service_api::device_groups::{CreateDeviceGroup, DeviceGroupName, GroupPath, ProductPath};
use el2g_service_api::devices::{
    AddDevices, DeviceIds, DeviceQuery, GroupDevicePath, GroupDeviceQuery, ListDevices,
    ListGroupDevices, ShowDevice,
};
use el2g_service_api::{DeviceId, NoPath, NoQuery};
use el2g_service_client::{AuthHeader, BaseUrl, Client, SecretBytes, Settings, Token};

use crate::child::{is_here, peak_resident, timed};
use crate::median;

/// The product of AN12642's examples.
const NC12: &str = "935389312472";

/// How long one kind of call is made.
const SLICE: Duration = Duration::from_secs(3);

/// Devices in one call while the store is filled.
const CHUNK: u64 = 1000;

struct Bench {
    sandbox: Child,
    _folder: tempfile::TempDir,
    client: Client,
    url: String,
    token: String,
    group: GroupPath,
    devices: u64,
    /// Counts up: the next device or group that does not exist yet.
    new: AtomicU64,
}

/// A device of an SE05x family; no device has number 0.
fn device(number: u64) -> DeviceId {
    DeviceId::as_received(format!("0x04005001{number:028x}"))
}

impl Bench {
    async fn start(devices: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        keep_recipient(folder.path());
        let mut sandbox = Command::new(env!("CARGO_BIN_EXE_el2g"))
            .args(["sandbox", "serve", "--listen", "127.0.0.1:0", "--state"])
            .arg(folder.path().join("state.db"))
            .env("HOME", folder.path())
            .env_remove("XDG_STATE_HOME")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let mut line = String::new();
        let stdout = sandbox.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it is text");
        let line: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
        let url = line["nxpUrl"].as_str().expect("a URL").to_owned();
        let token =
            fs::read_to_string(line["tokenFile"].as_str().expect("a path")).expect("a token");
        let token = token.trim().to_owned();
        let base = BaseUrl::parse(&url).expect("a URL");
        let secret = Token::new(&SecretBytes::from_slice(token.as_bytes())).expect("a token");
        let client = Client::new(Settings::new(base, AuthHeader::El2gApiKey, Some(secret)));
        let client = client.unwrap_or_else(|error| panic!("{error}"));
        let path = ProductPath { nc12: NC12.to_owned() };
        let body = DeviceGroupName::new("bench".to_owned());
        let group = client.call::<CreateDeviceGroup>(&path, &NoQuery {}, &body).await;
        let group = group.unwrap_or_else(|error| panic!("{error}"));
        let group = GroupPath { nc12: NC12.to_owned(), device_group_id: group.id };
        Self {
            sandbox,
            _folder: folder,
            client,
            url,
            token,
            group,
            devices,
            new: AtomicU64::new(devices + 1),
        }
    }

    async fn fill(self: &Arc<Self>) {
        let began = Instant::now();
        let next = Arc::new(AtomicU64::new(0));
        let worker = |bench: Arc<Self>, next: Arc<AtomicU64>| async move {
            loop {
                let first = next.fetch_add(CHUNK, Ordering::Relaxed);
                let last = (first + CHUNK).min(bench.devices);
                if first >= last {
                    return;
                }
                bench.add((first..last).map(|number| device(number + 1)).collect()).await;
            }
        };
        let workers: Vec<_> =
            (0..4).map(|_| tokio::spawn(worker(Arc::clone(self), Arc::clone(&next)))).collect();
        for worker in workers {
            worker.await.expect("it fills");
        }
        let took = began.elapsed().as_secs_f64();
        println!(
            "  filled in {took:.1} s: {:.0} devices/s, {CHUNK} in a call, 4 calls at a time",
            self.devices as f64 / took
        );
    }

    async fn add(&self, devices: Vec<DeviceId>) {
        let body = DeviceIds::new(devices);
        let added = self.client.call::<AddDevices>(&self.group, &NoQuery {}, &body).await;
        added.unwrap_or_else(|error| panic!("{error}"));
    }

    async fn show(&self, seed: u64) {
        let path = GroupDevicePath {
            nc12: NC12.to_owned(),
            device_group_id: self.group.device_group_id,
            device_id: device(scattered(seed) % self.devices + 1),
        };
        let shown = self.client.call::<ShowDevice>(&path, &NoQuery {}, &()).await;
        shown.unwrap_or_else(|error| panic!("{error}"));
    }

    async fn list(&self, page: u64) {
        let page = u32::try_from(page).expect("a page");
        let query = DeviceQuery { page: Some(page), size: Some(100), ..DeviceQuery::default() };
        let listed = self.client.call::<ListDevices>(&NoPath {}, &query, &()).await;
        let listed = listed.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(listed.content.len(), 100, "page {page}");
    }

    async fn list_group(&self, page: u64) {
        let page = u32::try_from(page).expect("a page");
        let query = GroupDeviceQuery { page: Some(page), size: Some(100) };
        let listed = self.client.call::<ListGroupDevices>(&self.group, &query, &()).await;
        let listed = listed.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(listed.content.len(), 100, "page {page}");
    }

    async fn create_device(&self) {
        self.add(vec![device(self.new.fetch_add(1, Ordering::Relaxed))]).await;
    }

    async fn create_group(&self) {
        let path = ProductPath { nc12: NC12.to_owned() };
        let number = self.new.fetch_add(1, Ordering::Relaxed);
        let body = DeviceGroupName::new(format!("bench-{number}"));
        let created = self.client.call::<CreateDeviceGroup>(&path, &NoQuery {}, &body).await;
        created.unwrap_or_else(|error| panic!("{error}"));
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = self.sandbox.kill();
        let _ = self.sandbox.wait();
    }
}

/// Numbers that follow one another, put far apart: no two reads in a row touch the same page of the store.
const fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11
}

/// Puts the throw-away key where the program keeps the user's, so that none is made while something is timed.
fn keep_recipient(home: &Path) {
    let folder = home.join(".local/state/el2g/sandbox");
    fs::create_dir_all(&folder).expect("its own folder");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/openpgp/recipient.sec.asc");
    let to = folder.join("recipient-secret.asc");
    fs::copy(&from, &to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).expect("its own file");
}

pub fn measure(devices: usize) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        println!(
            "\nclient and sandbox, {devices} devices in the store, {} s each",
            SLICE.as_secs()
        );
        let bench = Arc::new(Bench::start(devices as u64).await);
        bench.fill().await;
        let pages = bench.devices / 100;
        for connections in [1, 8, 64] {
            println!(
                "  {connections} connection(s) {:>22} {:>9} {:>9}",
                "calls/s", "p50 ms", "p99 ms"
            );
            let line = |name: &str, figures: Figures| println!("    {name:<24} {figures}");
            line(
                "show a device",
                drive(&bench, connections, |b, n| async move { b.show(n).await }).await,
            );
            for (name, page) in [("first", 0), ("middle", pages / 2), ("last", pages - 1)] {
                let figures =
                    drive(&bench, connections, move |b, _| async move { b.list(page).await });
                line(&format!("list 100, {name} page"), figures.await);
            }
            let page = pages / 2;
            let figures =
                drive(&bench, connections, move |b, _| async move { b.list_group(page).await });
            line("list group, middle page", figures.await);
            line(
                "add a device",
                drive(&bench, connections, |b, _| async move { b.create_device().await }).await,
            );
            line(
                "create a group",
                drive(&bench, connections, |b, _| async move { b.create_group().await }).await,
            );
        }
        let peak = peak_resident(bench.sandbox.id()).unwrap_or_default();
        println!("  the sandbox had at most {:.1} MiB resident", peak as f64 / 1024.0);
        curl(&bench);
    });
}

/// Calls a second, and how long one took.
struct Figures {
    rate: f64,
    p50: f64,
    p99: f64,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>14.0} {:>9.2} {:>9.2}", self.rate, self.p50, self.p99)
    }
}

/// Makes one kind of call over and over, on so many connections at a time.
async fn drive<F, C>(bench: &Arc<Bench>, connections: usize, call: C) -> Figures
where
    F: Future<Output = ()> + Send,
    C: Fn(Arc<Bench>, u64) -> F + Copy + Send + Sync + 'static,
{
    let began = Instant::now();
    let worker = |bench: Arc<Bench>, lane: u64| async move {
        let mut times = Vec::new();
        let mut number = lane << 32;
        while began.elapsed() < SLICE {
            let sent = Instant::now();
            call(Arc::clone(&bench), number).await;
            times.push(sent.elapsed().as_secs_f64() * 1e3);
            number += 1;
        }
        times
    };
    let workers: Vec<_> =
        (0..connections as u64).map(|lane| tokio::spawn(worker(Arc::clone(bench), lane))).collect();
    let mut times: Vec<f64> = Vec::new();
    for worker in workers {
        times.extend(worker.await.expect("it calls"));
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    Figures { rate, p50: times[times.len() / 2], p99: times[times.len() * 99 / 100] }
}

/// The same calls by curl, a process each.
fn curl(bench: &Bench) {
    if !is_here("curl", "--version") {
        return;
    }
    println!("  curl, once per request {:>19} {:>9}", "calls/s", "p50 ms");
    let group =
        format!("{}/products/{NC12}/device-groups/{}", bench.url, bench.group.device_group_id);
    let ask = |arguments: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--fail", "--header", &format!("EL2G-API-Key: {}", bench.token)]);
        timed(curl.args(arguments)).as_secs_f64() * 1e3
    };
    let shown = format!("{group}/devices/{}", device(1).as_str());
    let page = format!("{}/devices?size=100", bench.url);
    let added = format!("{group}/devices");
    let new = || {
        let number = bench.new.fetch_add(1, Ordering::Relaxed);
        format!("{{\"deviceIds\":[\"{}\"]}}", device(number).as_str())
    };
    let json = ["--header", "Content-Type: application/json", "--data"];
    for (name, call) in [
        ("show a device", &(|| ask(&[&shown])) as &dyn Fn() -> f64),
        ("list 100, first page", &|| ask(&[&page])),
        ("add a device", &|| ask(&[json[0], json[1], json[2], &new(), &added])),
    ] {
        let times: Vec<f64> = (0..100).map(|_| call()).collect();
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        println!("    {name:<24} {:>14.0} {:>9.2}", 1e3 / mean, median(times));
    }
}
