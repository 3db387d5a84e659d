//! Devices that leave a group, and those that were never in it.

use el2g_service_api::DeviceUid;
use el2g_service_api::devices::AddDevices;

use super::*;
use crate::fault_proxy::Fault;
use crate::rehearsal::Rehearsal;
use crate::{FailureKind, Journal, Silent};

const PRODUCT: &str = "935389312472";

fn devices(from: usize, count: usize) -> Vec<DeviceId> {
    let device =
        |number| DeviceUid::parse(&format!("0x04005001{number:028x}")).unwrap().to_device_id();
    (from..from + count).map(device).collect()
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_resumed_and_reports_only_strangers_as_failed() {
    let rehearsal = Rehearsal::start().await;
    let group = rehearsal.group("a", PRODUCT).await;
    let group = GroupPath { nc12: PRODUCT.to_owned(), device_group_id: group };
    let body = DeviceIds::new(devices(0, 5));
    rehearsal.client().call::<AddDevices>(&group, &NoQuery {}, &body).await.unwrap();
    // The last was never in the group.
    let unclaim = DeviceUnclaim { group, devices: devices(0, 6), chunk: 2, jobs: 1 };
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("journal");
    let open = || Journal::open(&place, Flow::UnclaimDevices, &unclaim.subject("sandbox")).unwrap();
    // The second chunk leaves, and its answer is lost with the service.
    let (proxy, broken) = rehearsal.broken_client(1, Fault::AfterActing).await;
    let summary = RefCell::default();
    let ended = unclaim.plan(&broken, &summary).run(Some(&mut open()), &Silent).await;
    assert_eq!(ended.map_err(|failure| failure.kind), Err(FailureKind::Partial));
    assert_eq!(*summary.borrow(), LeftDevices { unclaimed: 2, failed: Vec::new(), not_sent: 4 });
    proxy.settled().await;
    let summary = RefCell::default();
    let client = rehearsal.client();
    unclaim.plan(&client, &summary).run(Some(&mut open()), &Silent).await.unwrap();
    let wanted = LeftDevices { unclaimed: 5, failed: devices(5, 1), not_sent: 0 };
    assert_eq!(summary.into_inner(), wanted);
    assert!(!place.exists(), "nothing is left to resume");
}

#[test]
fn another_list_or_chunk_is_another_journal() {
    let group = GroupPath { nc12: PRODUCT.to_owned(), device_group_id: 1 };
    let unclaim = DeviceUnclaim { group, devices: devices(0, 3), chunk: 2, jobs: 1 };
    let other = DeviceUnclaim { devices: devices(1, 3), ..unclaim.clone() };
    let chunk = DeviceUnclaim { chunk: 3, ..unclaim.clone() };
    let jobs = DeviceUnclaim { jobs: 9, ..unclaim.clone() };
    let subject = |unclaim: &DeviceUnclaim| unclaim.subject("sandbox");
    assert_ne!(subject(&unclaim), subject(&other));
    assert_ne!(subject(&unclaim), subject(&chunk));
    assert_eq!(subject(&unclaim), subject(&jobs));
}
