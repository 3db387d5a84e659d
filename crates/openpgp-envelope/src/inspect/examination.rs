//! One pass over a message, from its armor to its signature.

use el2g_key_payload::SecretBytes;
use zeroize::Zeroizing;

use super::envelope::{Envelope, SessionKey};
use super::plaintext::Plaintext;
use super::{
    CheckDepth, EncryptionReport, Fault, InspectOptions, LARGEST_MESSAGE, LiteralReport,
    PacketReport, SignatureReport, content, envelope, signature,
};
use crate::armor::{self, Block, Checksum};
use crate::packets::Frame;
use crate::{Fingerprint, KeyId, PublicSigningKey, Timestamp, WantedKey};

/// Everything that was found out about a message.
pub(crate) struct Examination {
    pub(crate) faults: Vec<Fault>,
    pub(crate) depth: CheckDepth,
    pub(crate) recipients: Vec<KeyId>,
    pub(crate) public_key_algorithm: Option<String>,
    pub(crate) encryption: Option<EncryptionReport>,
    pub(crate) compression: Option<String>,
    pub(crate) signatures: Vec<SignatureReport>,
    pub(crate) literal: Option<LiteralReport>,
    pub(crate) packets: Vec<PacketReport>,
    /// The content, where there is exactly one.
    pub(crate) content: Option<SecretBytes>,
    /// Who signed, once a signature verified.
    pub(crate) signer: Option<VerifiedSigner>,
}

/// Who made a signature that verified.
pub(crate) struct VerifiedSigner {
    pub(crate) key_id: KeyId,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) bits: u32,
    pub(crate) signed_at: Timestamp,
}

impl Examination {
    pub(super) fn new() -> Self {
        Self {
            faults: Vec::new(),
            depth: CheckDepth::Outer,
            recipients: Vec::new(),
            public_key_algorithm: None,
            encryption: None,
            compression: None,
            signatures: Vec::new(),
            literal: None,
            packets: Vec::new(),
            content: None,
            signer: None,
        }
    }

    pub(super) fn list_packets(&mut self, frames: &[Frame<'_>], level: u8) {
        self.packets.extend(frames.iter().map(|frame| PacketReport {
            tag: frame.tag,
            name: frame.tag.name(),
            offset: frame.offset,
            length: frame.body.len(),
            form: frame.form,
            level,
        }));
    }
}

/// Examines a message as far as `options` allow.
pub(crate) fn examine(bytes: &[u8], options: &InspectOptions<'_>) -> Examination {
    let mut found = Examination::new();
    if let Some(data) = unarmored(bytes, &mut found) {
        let envelope = envelope::read(&data, options, &mut found);
        if let Some(envelope) = &envelope {
            look_inside(envelope, options, &mut found);
        }
    }
    let mut told = Vec::new();
    found.faults.retain(|fault| {
        let new = !told.contains(fault);
        told.push(fault.clone());
        new
    });
    found
}

/// The packets of the message, out of its armor.
fn unarmored(bytes: &[u8], found: &mut Examination) -> Option<Zeroizing<Vec<u8>>> {
    let faults = &mut found.faults;
    if bytes.is_empty() {
        faults.push(Fault::Empty);
        return None;
    }
    if bytes.len() > LARGEST_MESSAGE {
        faults.push(Fault::TooLarge { found: bytes.len(), allowed: LARGEST_MESSAGE });
        return None;
    }
    let scan = armor::scan(bytes);
    let Some(block) = scan.blocks.first() else {
        if let Some(label) = armor::first_label(bytes) {
            faults.push(Fault::NotOpenPgp { found: format!("a `{label}`") });
        } else if armor::is_binary(bytes) {
            faults.push(Fault::Binary);
            return Some(Zeroizing::new(bytes.to_vec()));
        } else if armor::has_stray_begin(bytes) {
            faults.push(Fault::ArmorLines);
        } else {
            let found = armor::instead_of_armor(bytes);
            faults.push(Fault::NotOpenPgp { found: found.to_owned() });
        }
        return None;
    };
    match block.label.as_str() {
        "PGP MESSAGE" => {}
        "PGP SIGNED MESSAGE" => faults.push(Fault::ClearSigned),
        "PGP SIGNATURE" => faults.push(Fault::DetachedSignature),
        label => faults.push(Fault::OtherBlock { label: label.to_owned() }),
    }
    if block.label != "PGP MESSAGE" {
        return None;
    }
    if scan.byte_order_mark {
        faults.push(Fault::ByteOrderMark);
    }
    if scan.lines_before > 0 {
        faults.push(Fault::TextBefore { lines: scan.lines_before });
    }
    if scan.lines_after > 0 {
        faults.push(Fault::TextAfter { lines: scan.lines_after });
    }
    if scan.blocks.len() > 1 {
        faults.push(Fault::SeveralBlocks { count: scan.blocks.len() });
    }
    decoded(block, faults)
}

fn decoded(block: &Block<'_>, faults: &mut Vec<Fault>) -> Option<Zeroizing<Vec<u8>>> {
    if !block.parted {
        faults.push(Fault::NotParted);
    }
    if !block.headers.is_empty() {
        faults.push(Fault::ArmorHeaders { headers: block.headers.clone() });
    }
    let blanks = block.data.iter().chain(&block.checksum).filter(|line| line.trailing_blanks);
    match blanks.count() {
        0 => {}
        count => faults.push(Fault::TrailingBlanks { count }),
    }
    let indented = block.data.iter().chain(&block.checksum).filter(|line| line.indent > 0).count();
    let lines = indented + usize::from(block.begin_indented);
    if lines > 0 {
        faults.push(Fault::ArmorIndented { first: block.begin_indented, lines });
    }
    match armor::decode(block) {
        Ok((data, checksum)) => {
            if checksum == Checksum::Missing {
                faults.push(Fault::NoChecksum);
            }
            Some(data)
        }
        Err(fault) => {
            faults.push(Fault::Armor(fault));
            None
        }
    }
}

/// What a signer's public key shows of a message that was not opened.
fn unopened_signer(public: &[u8], now: Timestamp) -> Fault {
    match PublicSigningKey::read(public, WantedKey::Any, now) {
        Ok(key) => Fault::SignerNotCompared { key_id: key.key_id(), bits: key.bits().bits() },
        Err(error) => Fault::SignerKey(error),
    }
}

/// Opens the container, where a key for it is given, and examines what is inside.
fn look_inside(envelope: &Envelope<'_>, options: &InspectOptions<'_>, found: &mut Examination) {
    let session_key = match (options.session_key, options.open_with) {
        (Some(text), _) => SessionKey::parse(text).ok_or(Fault::SessionKeyForm),
        (None, Some(secret)) => envelope.session_key(secret, &found.recipients),
        (None, None) => Err(Fault::OuterOnly),
    };
    let session_key = match session_key {
        Ok(session_key) => session_key,
        // Said already: no key opens it.
        Err(Fault::NotForThisKey { wanted, .. }) if wanted.is_empty() => return,
        Err(fault) => {
            let outer_only = fault == Fault::OuterOnly;
            found.faults.push(fault);
            if let (true, Some(public)) = (outer_only, options.signer_public) {
                found.faults.push(unopened_signer(public, options.now));
            }
            return;
        }
    };
    if let Some(report) = &mut found.encryption {
        report.symmetric.get_or_insert_with(|| session_key.cipher_name());
    }
    if !session_key.is_aes() {
        found.faults.push(Fault::Cipher { found: session_key.cipher_name() });
    }
    let Some(plaintext) = envelope.decrypt(&session_key) else {
        return found.faults.push(Fault::Integrity);
    };
    found.depth = CheckDepth::Inner;
    let Some(plaintext) = Plaintext::read(&plaintext, found) else { return };
    let data = plaintext.content();
    content::check(data, &mut found.faults);
    signature::check(&plaintext, options, found);
    found.content = Some(SecretBytes::from_slice(data));
}
