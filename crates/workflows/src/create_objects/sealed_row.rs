//! A row of `seal-batch`'s results and its message, made into the request that creates its object.

use std::cell::Cell;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use el2g_files::open_regular;
use el2g_key_payload::{PayloadKind, io_reason};
use el2g_openpgp_envelope::{
    Fingerprint, KeyName, LARGEST_MESSAGE, PublicSigningKey, Timestamp, WantedKey,
};
use el2g_service_api::ObjectId;
use el2g_service_api::new_secure_object::NewSecureObject;
use el2g_service_api::policies::{Policies, PolicySource};
use el2g_x509::HashAlgorithm;

use crate::import_key::reserved_object_id;
use crate::{EntryOutcome, Failure, KeyImport, ObjectOrder, ResultsReader, SealedEntry};

/// What all objects of a batch have in common.
#[derive(Debug)]
pub struct ObjectTerms {
    /// The public key that belongs to the messages' signer, armored.
    pub signer_public: String,
    /// Where their policies come from.
    pub policy_source: PolicySource,
    /// Their policies, when they are CUSTOM.
    pub policies: Option<Policies>,
    /// Whether they are made when the device connects.
    pub on_connection: Option<bool>,
    /// Whether an object is created although one of its name is there that no run of this journal created.
    pub allow_duplicates: bool,
    /// Requests at a time, at least 1.
    pub jobs: usize,
    /// Current time, used to decide expiry of the signer's key.
    pub now: Timestamp,
}

/// A row that was sealed.
#[derive(Debug)]
#[non_exhaustive]
pub struct SealedRow {
    /// Its number in the manifest, counted from 1.
    pub entry: u64,
    /// What was sealed.
    pub sealed: SealedEntry,
}

/// The rows of a batch that were sealed.
#[derive(Debug)]
pub struct SealedRows<'a> {
    rows: Vec<SealedRow>,
    not_sealed: u64,
    folder: PathBuf,
    pub(super) terms: &'a ObjectTerms,
    /// The signer that `signer_public` was found to be the key of.
    known: Cell<Option<Fingerprint>>,
}

impl<'a> SealedRows<'a> {
    /// Reads the results whole; the messages are in the same folder and are not looked at.
    ///
    /// # Errors
    /// The file cannot be read, or a line is not a result of `seal-batch`.
    pub fn read(results: &Path, terms: &'a ObjectTerms) -> Result<Self, Failure> {
        let mut reader = ResultsReader::open(results).map_err(|error| {
            let reason = io_reason(error.kind());
            Failure::input(format!(
                "{}: cannot be read: {reason}",
                el2g_files::unread_name(results, error.kind())
            ))
        })?;
        let (mut rows, mut not_sealed) = (Vec::new(), 0);
        let about = |error| Failure::from(error).about(results.display());
        while let Some(result) = reader.next_result().map_err(about)? {
            match result.outcome {
                EntryOutcome::Sealed(sealed) => {
                    rows.push(SealedRow { entry: result.entry, sealed: *sealed })
                }
                EntryOutcome::Refused { .. } => not_sealed += 1,
            }
        }
        let folder = results.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { rows, not_sealed, folder, terms, known: Cell::new(None) })
    }

    /// The rows, in the order of the manifest.
    pub fn rows(&self) -> &[SealedRow] {
        &self.rows
    }

    /// Rows that have no message because they were refused.
    pub fn not_sealed(&self) -> u64 {
        self.not_sealed
    }

    /// The request that creates the object of a row, with the message that was sealed; or why there is none.
    ///
    /// # Errors
    /// What is wrong with the row.
    pub fn request(&self, row: &SealedEntry) -> Result<NewSecureObject, String> {
        let kind: PayloadKind = row.kind.parse().map_err(|error| format!("{error}"))?;
        let object_id = match (&row.object_id, reserved_object_id(kind)) {
            (Some(given), _) => ObjectId::as_received(given.as_str()),
            (None, Some(reserved)) => reserved,
            (None, None) => return Err(
                "the row has no object id: give the manifest a column `object-id`, and seal into another folder"
                    .to_owned(),
            ),
        };
        if object_id.value().is_none() {
            return Err(format!("`{object_id}` is not an object id: 1 to 8 hexadecimal digits"));
        }
        self.check_signer(&row.signer)?;
        let message = message(&self.folder, &row.file, &row.message_sha256)?;
        let key_size = kind.key_size(row.length);
        let terms = self.terms;
        let order = ObjectOrder {
            name: row.name.clone(),
            object_id,
            policy_source: terms.policy_source.clone(),
            policies: terms.policies.clone(),
            on_connection: terms.on_connection,
        };
        let signer_public = terms.signer_public.clone();
        Ok(KeyImport::from_message(order, kind, key_size, message, signer_public).request)
    }

    /// The service verifies the signature with the public key that is sent along.
    fn check_signer(&self, signer: &str) -> Result<(), String> {
        let fingerprint: Fingerprint =
            signer.parse().map_err(|_| format!("`{signer}` is not a fingerprint of a signer"))?;
        if self.known.get() == Some(fingerprint) {
            return Ok(());
        }
        let wanted = WantedKey::Named(KeyName::Fingerprint(fingerprint));
        let terms = self.terms;
        PublicSigningKey::read(terms.signer_public.as_bytes(), wanted, terms.now).map_err(
            |error| format!("sealed by {fingerprint}; the signer's public key given: {error}"),
        )?;
        self.known.set(Some(fingerprint));
        Ok(())
    }
}

/// Reads the message and makes sure that it is the one that was sealed.
fn message(folder: &Path, file: &str, wanted: &str) -> Result<String, String> {
    let path = folder.join(file);
    // Results come from elsewhere as well: they lead to no other folder.
    if Path::new(file).file_name() != Some(file.as_ref()) {
        return Err(format!("`{file}` is not the name of a file beside the results"));
    }
    let mut content = Vec::new();
    open_regular(&path)
        .and_then(|file| file.take(LARGEST_MESSAGE as u64 + 1).read_to_end(&mut content))
        .map_err(|error| {
            format!(
                "{}: cannot be read: {}",
                el2g_files::unread_name(&path, error.kind()),
                io_reason(error.kind())
            )
        })?;
    let found = HashAlgorithm::Sha256.digest(&content);
    let found = base16ct::lower::encode_string(&found);
    if content.len() > LARGEST_MESSAGE || found != wanted {
        return Err(format!("{}: is not the message that was sealed", path.display()));
    }
    String::from_utf8(content).map_err(|_| format!("{}: is not a text", path.display()))
}
