//! Names for what is being written.

use std::ffi::OsString;
use std::io;

use el2g_key_payload::{Entropy as _, SystemEntropy};

/// Bytes of randomness in a name that nobody can guess.
const NAME_BYTES: usize = 16;

pub(crate) fn unguessable_name() -> io::Result<OsString> {
    let mut random = [0; NAME_BYTES];
    SystemEntropy.fill(&mut random).map_err(io::Error::other)?;
    let digits = base16ct::lower::encode_string(&random);
    Ok(format!(".el2g-{digits}").into())
}
