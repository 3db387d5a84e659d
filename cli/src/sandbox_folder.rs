//! Where the built-in service keeps what outlives it.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;

/// The secret half of its OpenPGP key, in that folder.
pub const RECIPIENT_FILE: &str = "recipient-secret.asc";

/// `el2g/sandbox` in the XDG state folder; `None` without a home folder.
pub fn sandbox_folder() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    let state = base.state_dir().unwrap_or_else(|| base.data_dir());
    Some(state.join("el2g").join("sandbox"))
}
