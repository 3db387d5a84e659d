//! The memory of this process: not dumped, not read by other processes of the same user, kept out of
//! swap where the system allows it.

/// Protects the process before it reads anything. What the system does not allow is left out: none of
/// it is needed to work, and a container commonly forbids locking.
#[cfg(unix)]
pub fn protect() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    // Raised where that is allowed. Pages are locked only without a limit: under one, a later allocation beyond it would fail.
    // `ONFAULT` locks a page when it is first touched, so that starting costs no reading of the whole program.
    let _ = setrlimit(Resource::Memlock, Rlimit { current: None, maximum: None });
    if getrlimit(Resource::Memlock).current.is_none() {
        #[cfg(target_os = "linux")]
        {
            use rustix::mm::{MlockAllFlags, mlockall};
            let flags = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
            let _ = mlockall(flags);
        }
    }
}

/// A crash is not reported to Windows Error Reporting, which would write a dump, and other programs of this user are not let in.
/// Pages can be locked only within a small part of the memory, and are not (docs/windows.md says so).
#[cfg(windows)]
#[expect(unsafe_code, reason = "Windows has no safe interface for this call")]
pub fn protect() {
    use windows_sys::Win32::System::Diagnostics::Debug::{
        SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode,
    };
    // SAFETY: the call takes a number and changes a setting of this process.
    unsafe { SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX) };
    let _ = el2g_files::close_process_to_others();
}
