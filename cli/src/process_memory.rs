//! The memory of this process: not dumped, not read by other processes of the same user, kept out of
//! swap where the system allows it.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};

/// Protects the process before it reads anything. What the system does not allow is left out: none of
/// it is needed to work, and a container commonly forbids locking.
pub fn protect() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    // Raised where that is allowed. Pages are locked only without a limit: under one, a later allocation beyond it would fail.
    // `ONFAULT` locks a page when it is first touched, so that starting costs no reading of the whole program.
    let _ = setrlimit(Resource::Memlock, Rlimit { current: None, maximum: None });
    if getrlimit(Resource::Memlock).current.is_none() {
        let flags = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
        let _ = mlockall(flags);
    }
}
