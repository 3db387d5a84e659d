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
pub fn protect() {
    windows::suppress_reports();
    if let Ok(user) = el2g_files::this_user() {
        // `OW` (owner rights), because an owner may otherwise change the list: this one may read it.
        windows::close_to_others(&format!("D:P(A;;{:#x};;;{user})(A;;RC;;;OW)", windows::RIGHTS));
    }
}

#[cfg(windows)]
mod windows {
    #![expect(unsafe_code, reason = "Windows has no safe interface for these calls")]

    use std::ptr::null_mut;

    use windows_sys::Win32::Foundation::LocalFree;
    use windows_sys::Win32::Security::Authorization::{
        ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
    };
    use windows_sys::Win32::Security::{
        DACL_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION, SetKernelObjectSecurity,
    };
    use windows_sys::Win32::System::Diagnostics::Debug::{
        SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode,
    };
    use windows_sys::Win32::System::Threading::{
        GetCurrentProcess, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE,
        PROCESS_TERMINATE,
    };

    /// What other programs of this user may do: wait for this one, ask how it ended, end it.
    pub(super) const RIGHTS: u32 =
        PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_SYNCHRONIZE | PROCESS_TERMINATE;

    pub(super) fn suppress_reports() {
        // SAFETY: the call takes a number and changes a setting of this process.
        unsafe { SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX) };
    }

    /// Gives the process this access list (SDDL), where the system lets it.
    pub(super) fn close_to_others(list: &str) {
        let text: Vec<u16> = list.encode_utf16().chain([0]).collect();
        let mut descriptor = null_mut();
        // SAFETY: the text ends with a zero; the descriptor is used only if it was made, and is freed once.
        unsafe {
            let text = text.as_ptr();
            let made = ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text,
                SDDL_REVISION_1,
                &mut descriptor,
                null_mut(),
            );
            if made != 0 {
                let what = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
                SetKernelObjectSecurity(GetCurrentProcess(), what, descriptor);
                LocalFree(descriptor);
            }
        }
    }
}
