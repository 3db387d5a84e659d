//! A finished message, read again from its armored bytes and compared with what was meant and with
//! the receiver's list (AN12642 section 12; RFC 4880).

use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{
    DataMode, LiteralDataHeader, OnePassSignature, PacketHeader, PublicKeyEncryptedSessionKey,
    Signature, SignatureType, SignatureVersion, SymEncryptedProtectedData,
    SymEncryptedProtectedDataConfig,
};
use pgp::types::{Seipdv1ReadMode, Tag};
use zeroize::Zeroizing;

use crate::armor::{self, Checksum};
use crate::packets::{self, Frame, LengthForm, PacketTag};
use crate::rsa_backend::{PacketDetails, PacketKey, Verifier};

/// What a finished message must hold.
pub(crate) struct Expected<'a> {
    pub(crate) recipient: &'a PacketDetails,
    pub(crate) session_key: &'a [u8; 32],
    pub(crate) text: &'a [u8],
    /// The signature packet with its header.
    pub(crate) signature: &'a [u8],
    /// The key that verifies the signature's value, when that is asked for.
    pub(crate) verifier: Option<PacketKey<'a, &'a Verifier>>,
}

/// Where a finished message differs from what was meant. Any of these is a fault of this program or
/// of the machine it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadBackFault {
    /// Not one block of armor with LF line ends, a right checksum and nothing around it.
    #[error("its armor is not one sound block")]
    Armor,
    /// Not one session key packet and one encrypted packet, both of fixed length.
    #[error("its packets are not one encrypted session key and one encrypted container")]
    Packets,
    /// The session key packet is not for the recipient.
    #[error("its session key is not for the recipient's encryption subkey")]
    Recipient,
    /// The container is not SEIPD version 1, or the kept session key does not open it.
    #[error("its container does not open with the session key it was made with")]
    Container,
    /// The literal data are not the payload, or carry a name or date.
    #[error("its content is not the payload")]
    Content,
    /// The signature packets are not the ones that were made, or not of the receiver's kind.
    #[error("its signature is not the one that was made")]
    Signature,
    /// The signature's value does not verify.
    #[error("its signature does not verify with the signer's public key")]
    SignatureValue,
}

/// Reads `armored` and compares it with `expected`.
pub(crate) fn read_back(armored: &[u8], expected: &Expected<'_>) -> Result<(), ReadBackFault> {
    let data = dearmored(armored)?;
    let frames = packets::split_all(&data).map_err(|_| ReadBackFault::Packets)?;
    let [session_key, container] = &frames[..] else { return Err(ReadBackFault::Packets) };
    let fixed = frames.iter().all(|frame| frame.form == LengthForm::Fixed);
    if !fixed || session_key.tag != PacketTag::PKESK || container.tag != PacketTag::PROTECTED {
        return Err(ReadBackFault::Packets);
    }
    check_recipient(session_key, expected)?;
    let plaintext = opened(container, expected)?;
    check_plaintext(&plaintext, expected)
}

fn dearmored(armored: &[u8]) -> Result<Zeroizing<Vec<u8>>, ReadBackFault> {
    let scan = armor::scan(armored);
    let [block] = &scan.blocks[..] else { return Err(ReadBackFault::Armor) };
    let clean = block.label == "PGP MESSAGE"
        && !scan.byte_order_mark
        && scan.lines_before + scan.lines_after == 0
        && block.parted
        && block.headers.is_empty()
        && !armored.contains(&b'\r');
    match armor::decode(block) {
        Ok((data, Checksum::Right)) if clean => Ok(data),
        _ => Err(ReadBackFault::Armor),
    }
}

fn header(tag: Tag, body: &[u8]) -> PacketHeader {
    PacketHeader::new_fixed(tag, u32::try_from(body.len()).unwrap_or(u32::MAX))
}

fn check_recipient(frame: &Frame<'_>, expected: &Expected<'_>) -> Result<(), ReadBackFault> {
    let header = header(Tag::PublicKeyEncryptedSessionKey, &frame.body);
    match PublicKeyEncryptedSessionKey::try_from_reader(header, &frame.body[..]) {
        Ok(PublicKeyEncryptedSessionKey::V3 { id, pk_algo, .. })
            if id == expected.recipient.key_id && pk_algo == expected.recipient.algorithm =>
        {
            Ok(())
        }
        _ => Err(ReadBackFault::Recipient),
    }
}

fn opened(frame: &Frame<'_>, expected: &Expected<'_>) -> Result<Zeroizing<Vec<u8>>, ReadBackFault> {
    let header = header(Tag::SymEncryptedProtectedData, &frame.body);
    let container = SymEncryptedProtectedData::try_from_reader(header, &frame.body[..])
        .map_err(|_| ReadBackFault::Container)?;
    if *container.config() != SymEncryptedProtectedDataConfig::V1 {
        return Err(ReadBackFault::Container);
    }
    let mode = Seipdv1ReadMode::CheckFirst { max_message_size: frame.body.len() };
    container
        .decrypt(expected.session_key, Some(SymmetricKeyAlgorithm::AES256), mode)
        .map(Zeroizing::new)
        .map_err(|_| ReadBackFault::Container)
}

fn check_plaintext(plaintext: &[u8], expected: &Expected<'_>) -> Result<(), ReadBackFault> {
    let frames = packets::split_all(plaintext).map_err(|_| ReadBackFault::Content)?;
    let [one_pass, literal, signature] = &frames[..] else { return Err(ReadBackFault::Content) };
    let tags = [one_pass.tag, literal.tag, signature.tag];
    if tags != [PacketTag::ONE_PASS, PacketTag::LITERAL, PacketTag::SIGNATURE]
        || frames.iter().any(|frame| frame.form != LengthForm::Fixed)
    {
        return Err(ReadBackFault::Content);
    }
    check_literal(&literal.body, expected)?;
    if plaintext[signature.offset..] != *expected.signature {
        return Err(ReadBackFault::Signature);
    }
    check_signature(&one_pass.body, &signature.body, expected)
}

fn check_literal(body: &[u8], expected: &Expected<'_>) -> Result<(), ReadBackFault> {
    let mut rest = body;
    let header =
        LiteralDataHeader::try_from_reader(&mut rest).map_err(|_| ReadBackFault::Content)?;
    let plain = header.mode() == DataMode::Binary
        && header.file_name().is_empty()
        && header.created().as_secs() == 0;
    if plain && rest == expected.text { Ok(()) } else { Err(ReadBackFault::Content) }
}

fn check_signature(
    one_pass: &[u8],
    signature: &[u8],
    expected: &Expected<'_>,
) -> Result<(), ReadBackFault> {
    let fault = |_| ReadBackFault::Signature;
    let one_pass =
        OnePassSignature::try_from_reader(header(Tag::OnePassSignature, one_pass), one_pass)
            .map_err(fault)?;
    let signature =
        Signature::try_from_reader(header(Tag::Signature, signature), signature).map_err(fault)?;
    let of_its_kind = signature.version() == SignatureVersion::V4
        && signature.typ() == Some(SignatureType::Binary)
        && signature.hash_alg() == Some(HashAlgorithm::Sha256)
        && signature.issuer_key_id().len() == 1
        && one_pass.version() == 3
        && !one_pass.is_nested()
        && one_pass.matches(&signature);
    if !of_its_kind {
        return Err(ReadBackFault::Signature);
    }
    match &expected.verifier {
        Some(key) => {
            signature.verify(key, expected.text).map_err(|_| ReadBackFault::SignatureValue)
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod read_back_tests;
