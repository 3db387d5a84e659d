//! What `--version` prints after the program's name.

/// Version, commit, and the commit's day; where the program is a static one, that too, because it cannot load modules.
pub const VERSION: &str = if cfg!(target_feature = "crt-static") {
    concat!(env!("EL2G_VERSION"), " static")
} else {
    env!("EL2G_VERSION")
};
