//! Programs that are run to their end and timed.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a program took.
pub struct Took {
    /// From its start to its end.
    pub wall: Duration,
    /// The most memory it had resident, in KiB; looked up every few milliseconds while it ran.
    pub peak_kib: u64,
}

/// Runs a program to its end; it must succeed.
pub fn timed(command: &mut Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let began = Instant::now();
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let wall = began.elapsed();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
    wall
}

/// Runs a longer program to its end and watches its memory; it must succeed.
pub fn watched(command: &mut Command) -> Took {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    let began = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut peak_kib = 0;
    let status = loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            break status;
        }
        peak_kib = peak_resident(child.id()).unwrap_or(peak_kib);
        std::thread::sleep(Duration::from_millis(5));
    };
    let wall = began.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    Took { wall, peak_kib }
}

/// The most memory a process has had resident so far, in KiB; `None` where the system does not tell.
pub fn peak_resident(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// Whether a program is here.
pub fn is_here(program: &str, asked: &str) -> bool {
    let mut command = Command::new(program);
    let here = command.arg(asked).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !here {
        println!("skipped: {program} is not installed");
    }
    here
}
