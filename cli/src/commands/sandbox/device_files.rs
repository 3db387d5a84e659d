//! The files of a device of the sandbox: private keys, certificates and chains.

use std::fs;
use std::path::{Path, PathBuf};

use el2g_files::{OutputFile, create_private_folders};
use el2g_service_api::SecretText;
use el2g_workflows::Failure;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::Result;
use crate::context::Context;
use crate::output_kind::OutputKind;

/// A certificate of a device, as the sandbox answers it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    secure_object_id: u64,
    private_key: SecretText,
    certificate: String,
    chain: String,
}

/// A file to write.
struct DeviceFile {
    output: OutputFile,
    content: Zeroizing<Vec<u8>>,
    /// Whether nothing was there before.
    is_new: bool,
}

/// Writes the files of a device, all of them or none; their names.
pub fn write(
    folder: &Path,
    device: &str,
    credentials: &[Credentials],
    context: &Context,
) -> Result<Vec<String>> {
    if credentials.is_empty() {
        let message =
            format!("device {device} is online and has no certificate: no file was written");
        return Err(Failure::refused(message).with_hint(
            "assign a key pair and its certificate to the device's group, and connect the device again",
        ));
    }
    let is_new_folder = !folder.exists();
    create_private_folders(folder).map_err(|error| {
        Failure::input(format!("{}: cannot be created: {}", folder.display(), error.kind()))
    })?;
    let written = prepared(folder, device, credentials, context).and_then(write_all);
    if written.is_err() && is_new_folder {
        // Fails where something is in it.
        let _ = fs::remove_dir(folder);
    }
    written
}

/// The files, after a look at whether each of them can be written.
fn prepared(
    folder: &Path,
    device: &str,
    credentials: &[Credentials],
    context: &Context,
) -> Result<Vec<DeviceFile>> {
    let mut files = Vec::new();
    for one in credentials {
        let id = one.secure_object_id;
        // Readers of PEM pass over what stands before it.
        let mark = format!(
            "el2g sandbox (not EdgeLock 2GO): throw-away key of device {device}, secure object {id}\n"
        );
        let key = [mark.as_bytes(), one.private_key.expose().as_bytes()].concat();
        // The key comes last: without its certificate it is of no use to anybody.
        for (end, kind, content) in [
            ("chain", OutputKind::Certificate, one.chain.as_bytes().to_vec()),
            ("cert", OutputKind::Certificate, one.certificate.as_bytes().to_vec()),
            ("key", OutputKind::PrivateKey, key),
        ] {
            let content = Zeroizing::new(content);
            let path = folder.join(format!("device-{id}.{end}.pem"));
            let is_new = !path.exists();
            files.push(DeviceFile { output: context.output(kind, &path)?, content, is_new });
        }
    }
    Ok(files)
}

fn write_all(files: Vec<DeviceFile>) -> Result<Vec<String>> {
    let mut written: Vec<(PathBuf, bool)> = Vec::new();
    for DeviceFile { output, content, is_new } in files {
        let path = output.path().to_owned();
        if let Err(error) = output.write(&content) {
            for (path, _) in written.iter().filter(|(_, is_new)| *is_new) {
                let _ = fs::remove_file(path);
            }
            return Err(error.into());
        }
        written.push((path, is_new));
    }
    Ok(written.into_iter().map(|(path, _)| path.display().to_string()).collect())
}
