//! A key that verifies the signatures of its own certificate: RSA through aws-lc-rs, which does it in a
//! fraction of the `rsa` crate's time, anything else through rPGP.

use std::io::Write;

use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::errors::Error;
use pgp::ser::Serialize;
use pgp::types::{
    Fingerprint, KeyDetails, KeyId, KeyVersion, PublicParams, SignatureBytes, Timestamp,
    VerifyingKey,
};

use crate::rsa_backend;

/// A key packet that verifies.
#[derive(Debug)]
pub(crate) struct OwnKey<'a, K>(pub(crate) &'a K);

impl<K: VerifyingKey> VerifyingKey for OwnKey<'_, K> {
    fn verify(
        &self,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &SignatureBytes,
    ) -> Result<(), Error> {
        let PublicParams::RSA(rsa) = self.0.public_params() else {
            return self.0.verify(hash, digest, signature);
        };
        match rsa_backend::verifies(&rsa.key, hash, digest, signature) {
            Some(true) => Ok(()),
            Some(false) => Err(Error::from(std::io::Error::other("the signature does not verify"))),
            None => self.0.verify(hash, digest, signature),
        }
    }
}

impl<K: KeyDetails> KeyDetails for OwnKey<'_, K> {
    fn version(&self) -> KeyVersion {
        self.0.version()
    }

    fn legacy_key_id(&self) -> KeyId {
        self.0.legacy_key_id()
    }

    fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint()
    }

    fn algorithm(&self) -> PublicKeyAlgorithm {
        self.0.algorithm()
    }

    fn created_at(&self) -> Timestamp {
        self.0.created_at()
    }

    fn legacy_v3_expiration_days(&self) -> Option<u16> {
        self.0.legacy_v3_expiration_days()
    }

    fn public_params(&self) -> &PublicParams {
        self.0.public_params()
    }
}

impl<K: Serialize> Serialize for OwnKey<'_, K> {
    fn to_writer<W: Write>(&self, writer: &mut W) -> Result<(), Error> {
        self.0.to_writer(writer)
    }

    fn write_len(&self) -> usize {
        self.0.write_len()
    }
}
