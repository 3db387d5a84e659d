//! Signing and encrypting a payload, and reading the message back before it is handed out.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::Pkcs1PublicEncryptingKey;
use el2g_key_payload::{Entropy, EntropyUnavailable, Payload};
use pgp::armor::BlockType;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::errors::Error;
use pgp::packet::{
    DataMode, LiteralDataHeader, OnePassSignature, PacketHeader, PacketTrait as _,
    PublicKeyEncryptedSessionKey, SignatureConfig, SignatureType, Subpacket, SubpacketData,
    SymEncryptedProtectedData,
};
use pgp::ser::Serialize as PacketSerialize;
use pgp::types::{Mpi, Password, PkeskBytes, PublicParams, Tag};
use rand::RngCore as _;
use zeroize::Zeroizing;

use crate::keys::file;
use crate::randomness::Randomness;
use crate::read_back::{Expected, ReadBackFault, read_back};
use crate::rsa_backend::{self, PacketDetails, PacketKey, Verifier};
use crate::signed_octets;
use crate::{EscrowKey, Fingerprint, KeyError, MessageSigner, Recipient, SignerError, Timestamp};

/// A signed and encrypted message that was read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedMessage {
    armored: String,
}

impl SealedMessage {
    /// The message: ASCII armor with LF line ends and a checksum, without headers.
    pub fn armored(&self) -> &str {
        &self.armored
    }

    /// SHA-256 of the armored message, lower-case hex.
    pub fn sha256_hex(&self) -> String {
        let digest = digest(&SHA256, self.armored.as_bytes());
        let digits = digest.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.map(|digit| char::from_digit(digit.into(), 16).expect("a hex digit")).collect()
    }
}

/// How far a message is read back before it is handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadBack {
    /// Everything but the RSA signature's value, which aws-lc-rs checks when it makes it (its
    /// private operation ends with the public one, against faults).
    #[default]
    Structure,
    /// The RSA signature as well, with the public key that will be uploaded.
    Signature,
}

/// Why a payload was not sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The signer's public key cannot be read.
    #[error("the signer's public key cannot be used")]
    SignerKey(#[source] KeyError),
    /// The signer's public key does not contain the key that signs.
    #[error("the signer's public key does not contain the RSA key {fingerprint}, which signs")]
    SignerMissing {
        /// The key that signs.
        fingerprint: Fingerprint,
    },
    /// The signer did not sign.
    #[error("the message was not signed")]
    Signer(#[source] SignerError),
    /// The session key could not be encrypted.
    #[error("the cryptographic library could not encrypt the session key")]
    Encryption,
    /// A packet could not be written.
    #[error("a packet of the message could not be written: {detail}")]
    Packet {
        /// What the writer said.
        detail: String,
    },
    /// The message, read back, is not what was meant.
    #[error("the message is withheld, because read back it is not what was meant")]
    ReadBack(#[source] ReadBackFault),
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
}

/// Why a step stopped: takes the library's errors, which the public type does not name.
struct Stopped(SealError);

impl From<SealError> for Stopped {
    fn from(error: SealError) -> Self {
        Self(error)
    }
}

impl From<EntropyUnavailable> for Stopped {
    fn from(error: EntropyUnavailable) -> Self {
        Self(error.into())
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self(SealError::Packet { detail: crate::keys::detail(&error).to_owned() })
    }
}

/// Signs and encrypts `payload`'s hex text and reads the message back. For more than one message,
/// [`Sealer`] reads the signer's public key once.
///
/// # Errors
/// [`SealError`]; nothing that was not read back is ever handed out.
pub fn seal(
    payload: &Payload,
    signer: &dyn MessageSigner,
    recipient: &Recipient,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<SealedMessage, SealError> {
    Sealer::new(signer, recipient, ReadBack::default())?.seal(payload, now, entropy)
}

/// Signs and encrypts `payload`'s hex text to a key of the team's own, so that the secret is not lost, and
/// reads the message back. It differs from a sealed message in its recipient only.
///
/// # Errors
/// [`SealError`]; nothing that was not read back is ever handed out.
pub fn seal_escrow(
    payload: &Payload,
    signer: &dyn MessageSigner,
    escrow: &EscrowKey,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<SealedMessage, SealError> {
    Sealer::for_escrow(signer, escrow, ReadBack::Signature)?.seal(payload, now, entropy)
}

/// Whom a message is encrypted to.
#[derive(Clone, Copy)]
enum Addressee<'a> {
    Recipient(&'a Recipient),
    Escrow(&'a EscrowKey),
}

impl Addressee<'_> {
    fn packet_details(&self) -> &PacketDetails {
        match self {
            Self::Recipient(recipient) => recipient.packet_details(),
            Self::Escrow(escrow) => escrow.packet_details(),
        }
    }

    /// What encrypts session keys in aws-lc-rs, where that takes the key.
    fn encrypting(&self) -> Option<&Pkcs1PublicEncryptingKey> {
        match self {
            Self::Recipient(recipient) => Some(recipient.encrypting()),
            Self::Escrow(escrow) => escrow.encrypting(),
        }
    }
}

/// A signer and a recipient, ready for any number of messages; threads may share it.
pub struct Sealer<'a> {
    signer: &'a dyn MessageSigner,
    addressee: Addressee<'a>,
    details: PacketDetails,
    verifier: Option<Verifier>,
}

impl<'a> Sealer<'a> {
    /// Reads the signer's public key.
    ///
    /// # Errors
    /// [`SealError::SignerKey`] or [`SealError::SignerMissing`].
    pub fn new(
        signer: &'a dyn MessageSigner,
        recipient: &'a Recipient,
        depth: ReadBack,
    ) -> Result<Self, SealError> {
        Self::to(signer, Addressee::Recipient(recipient), depth)
    }

    /// The same for copies that go to a key of the team's own.
    ///
    /// # Errors
    /// [`SealError::SignerKey`] or [`SealError::SignerMissing`].
    pub fn for_escrow(
        signer: &'a dyn MessageSigner,
        escrow: &'a EscrowKey,
        depth: ReadBack,
    ) -> Result<Self, SealError> {
        Self::to(signer, Addressee::Escrow(escrow), depth)
    }

    fn to(
        signer: &'a dyn MessageSigner,
        addressee: Addressee<'a>,
        depth: ReadBack,
    ) -> Result<Self, SealError> {
        let fingerprint = signer.fingerprint();
        let details = signing_details(signer.public_armored(), fingerprint)?;
        let verifier = match (&details.params, depth) {
            (_, ReadBack::Structure) => None,
            (PublicParams::RSA(rsa), ReadBack::Signature) => {
                Some(Verifier::new(&rsa.key).ok_or(SealError::SignerMissing { fingerprint })?)
            }
            _ => return Err(SealError::SignerMissing { fingerprint }),
        };
        Ok(Self { signer, addressee, details, verifier })
    }

    /// Signs and encrypts `payload`'s hex text and reads the message back.
    ///
    /// # Errors
    /// [`SealError`]; nothing that was not read back is ever handed out.
    pub fn seal(
        &self,
        payload: &Payload,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<SealedMessage, SealError> {
        self.sealed(payload, now, entropy).map_err(|Stopped(error)| error)
    }

    fn sealed(
        &self,
        payload: &Payload,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<SealedMessage, Stopped> {
        let text = payload.hex_text();
        let mut randomness = Randomness::new(entropy);
        let mut session_key = Zeroizing::new([0; 32]);
        randomness.fill_bytes(&mut *session_key);

        let (plaintext, signature) = self.signed(text.expose(), now)?;
        let container = SymEncryptedProtectedData::encrypt_seipdv1(
            &mut randomness,
            SymmetricKeyAlgorithm::AES256,
            &*session_key,
            &plaintext,
        )?;
        randomness.checked()?;
        let mut message = Packets(Vec::with_capacity(plaintext.len() + 700));
        self.session_key_packet(&session_key, entropy)?.to_writer_with_header(&mut message.0)?;
        container.to_writer_with_header(&mut message.0)?;
        let mut armored = Vec::with_capacity(message.0.len() * 3 / 2 + 100);
        pgp::armor::write(&message, BlockType::Message, &mut armored, None, true)?;

        let expected = Expected {
            recipient: self.addressee.packet_details(),
            session_key: &session_key,
            text: text.expose(),
            signature: &signature,
            verifier: self.verifier.as_ref().map(|with| PacketKey { details: &self.details, with }),
        };
        read_back(&armored, &expected).map_err(SealError::ReadBack)?;
        let armored =
            String::from_utf8(armored).map_err(|_| SealError::ReadBack(ReadBackFault::Armor))?;
        Ok(SealedMessage { armored })
    }

    /// One-pass signature, literal data and signature packets (RFC 9580 10.3), and the last alone.
    fn signed(
        &self,
        text: &[u8],
        now: Timestamp,
    ) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), Stopped> {
        let mut config = SignatureConfig::v4(
            SignatureType::Binary,
            self.details.algorithm,
            HashAlgorithm::Sha256,
        );
        config.hashed_subpackets =
            vec![Subpacket::regular(SubpacketData::SignatureCreationTime(now.for_packet()))?];
        // Subpacket 16, the only form of issuer that Bouncy Castle 1.60 knows.
        config.unhashed_subpackets =
            vec![Subpacket::regular(SubpacketData::IssuerKeyId(self.details.key_id))?];
        let octets = signed_octets::of(&config, Zeroizing::new(text.to_vec()))?;
        let failure = std::cell::RefCell::new(None);
        let with = |digest: &[u8; 32]| {
            if !signed_octets::are_of(&octets, digest) {
                return None;
            }
            match self.signer.sign_octets(&octets, digest) {
                Ok(signature) => Some(signature),
                Err(error) => {
                    failure.replace(Some(error));
                    None
                }
            }
        };
        let signer = PacketKey { details: &self.details, with };
        let signature = config.sign(&signer, &Password::empty(), text).map_err(|error| {
            let of_signer = failure.take().map(|error| Stopped(SealError::Signer(error)));
            of_signer.unwrap_or_else(|| error.into())
        })?;

        let mut packet = Vec::with_capacity(700);
        signature.to_writer_with_header(&mut packet)?;
        let mut plaintext = Zeroizing::new(Vec::with_capacity(text.len() + packet.len() + 64));
        OnePassSignature::v3(
            SignatureType::Binary,
            HashAlgorithm::Sha256,
            self.details.algorithm,
            self.details.key_id,
        )
        .to_writer_with_header(&mut *plaintext)?;
        // Date 0 and no name: nothing about the file the key came from.
        let header = LiteralDataHeader::new(DataMode::Binary);
        let len = u32::try_from(header.write_len() + text.len())
            .expect("a payload has at most 1000 digits");
        PacketHeader::new_fixed(Tag::LiteralData, len).to_writer(&mut *plaintext)?;
        header.to_writer(&mut *plaintext)?;
        plaintext.extend_from_slice(text);
        plaintext.extend_from_slice(&packet);
        Ok((plaintext, packet))
    }

    /// The session key, encrypted to the recipient's key (RFC 9580 5.1.1 and 5.1.3).
    fn session_key_packet(
        &self,
        session_key: &[u8; 32],
        entropy: &mut dyn Entropy,
    ) -> Result<PublicKeyEncryptedSessionKey, SealError> {
        let packet = match (self.addressee.encrypting(), self.addressee) {
            (Some(encrypting), addressee) => {
                rsa_session_key(session_key, encrypting, addressee.packet_details())
            }
            (None, Addressee::Escrow(escrow)) => escrow.session_key_packet(session_key, entropy),
            (None, Addressee::Recipient(_)) => None,
        };
        packet.ok_or(SealError::Encryption)
    }
}

/// RSAES-PKCS1-v1_5 over cipher, session key and checksum (RFC 9580 5.1.3), through aws-lc-rs.
fn rsa_session_key(
    session_key: &[u8; 32],
    encrypting: &Pkcs1PublicEncryptingKey,
    details: &PacketDetails,
) -> Option<PublicKeyEncryptedSessionKey> {
    let sum = session_key.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    let mut data = Zeroizing::new([0; 35]);
    data[0] = SymmetricKeyAlgorithm::AES256.into();
    data[1..33].copy_from_slice(session_key);
    data[33..].copy_from_slice(&sum.to_be_bytes());
    let encrypted = rsa_backend::encrypt(encrypting, &*data)?;
    let values = PkeskBytes::Rsa { mpi: Mpi::from_slice(&encrypted) };
    // Version, key id and algorithm come before the number.
    let len = u32::try_from(10 + values.write_len()).expect("an RSA number is short");
    Some(PublicKeyEncryptedSessionKey::V3 {
        packet_header: PacketHeader::new_fixed(Tag::PublicKeyEncryptedSessionKey, len),
        id: details.key_id,
        pk_algo: details.algorithm,
        values,
    })
}

/// The key of a certificate that has this fingerprint.
fn signing_details(public: &str, fingerprint: Fingerprint) -> Result<PacketDetails, SealError> {
    let key = file::read_public(public.as_bytes()).map_err(SealError::SignerKey)?;
    let primary = PacketDetails::of(&key.primary_key);
    let subkeys = key.public_subkeys.iter().map(|subkey| PacketDetails::of(&subkey.key));
    std::iter::once(primary)
        .chain(subkeys)
        .find(|details| {
            Fingerprint::of(&details.fingerprint) == Some(fingerprint)
                && matches!(details.params, PublicParams::RSA(_))
        })
        .ok_or(SealError::SignerMissing { fingerprint })
}

/// Packets already written, for the armor writer.
struct Packets(Vec<u8>);

impl PacketSerialize for Packets {
    fn to_writer<W: std::io::Write>(&self, writer: &mut W) -> Result<(), Error> {
        writer.write_all(&self.0)?;
        Ok(())
    }

    fn write_len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod seal_tests;
