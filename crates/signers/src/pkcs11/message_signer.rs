//! A token's RSA key as an OpenPGP signer.

use cryptoki::mechanism::{Mechanism, MechanismType};
use el2g_openpgp_envelope::{KeyError, KeyId, PublicSigningKey, SignerError, Timestamp, WantedKey};
use el2g_x509::HashAlgorithm;

use super::{TokenError, TokenKey};
use crate::remote_signer::{RemoteKey, RemoteSigner};

impl TokenKey {
    /// Joins the key with the certificate that was made for it (`el2g pgp certify`), which is checked as a key
    /// file is.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Inconsistent`] when the certificate is another key's.
    pub(crate) fn into_message_signer(
        self,
        certificate: &[u8],
        now: Timestamp,
    ) -> Result<RemoteSigner, KeyError> {
        // A key that is not RSA has no modulus, and is in no certificate that is accepted.
        let modulus = self.public.rsa_numbers().map(|(modulus, _)| modulus).unwrap_or_default();
        let public = PublicSigningKey::read(certificate, WantedKey::Modulus(&modulus), now)?;
        Ok(RemoteSigner::new(self, public))
    }

    /// Whether the token may have to see what it signs: see [`TokenKey::sign_openpgp`].
    pub(crate) fn may_see_messages(&self) -> bool {
        self.reauthentication.is_some() && self.offers(MechanismType::SHA256_RSA_PKCS)
    }

    /// Signs octets, given with their SHA-256 digest, for the OpenPGP key `key_id`: RSASSA-PKCS1-v1_5. The token sees
    /// the octets only where the key needs the PIN for each signature and the token signs in parts only what it hashes
    /// itself.
    ///
    /// # Errors
    /// [`SignerError`].
    pub fn sign_openpgp(
        &self,
        key_id: KeyId,
        octets: &[u8],
        digest: &[u8; 32],
    ) -> Result<Vec<u8>, SignerError> {
        let signed = match self.sign_rsa_digest(HashAlgorithm::Sha256, digest) {
            Err(TokenError::PinForEachSignature { .. })
                if self.offers(MechanismType::SHA256_RSA_PKCS) =>
            {
                self.run(&Mechanism::Sha256RsaPkcs, octets)
            }
            done => done,
        };
        signed.map_err(|error| signer_error(key_id, &error))
    }
}

fn signer_error(key_id: KeyId, error: &TokenError) -> SignerError {
    let detail = error.to_string();
    match error {
        TokenError::Removed { .. } => SignerError::Unreachable { key_id, detail },
        _ => SignerError::Refused { key_id, detail },
    }
}

impl RemoteKey for TokenKey {
    fn sign(&self, key_id: KeyId, digest: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
        self.sign_rsa_digest(HashAlgorithm::Sha256, digest)
            .map_err(|error| signer_error(key_id, &error))
    }

    fn sign_octets(
        &self,
        key_id: KeyId,
        octets: &[u8],
        digest: &[u8; 32],
    ) -> Result<Vec<u8>, SignerError> {
        self.sign_openpgp(key_id, octets, digest)
    }
}
