//! Keys that the service signs code with, and derives keys by. Not in AN12642: what is known is what NXP's clients send
//! and read.

use crate::SecretText;

open_enum! {
    /// What a key set signs with, as spsdk-el2go knows it.
    pub enum KeysetAlgorithm {
        /// ECDSA, on the curve of the key.
        Ecdsa = "ECDSA",
        /// RSA with the padding of PKCS #1 v1.5.
        RsaPkcs1 = "RSASSA_PKCS_v1_5",
    }
}

request! {
    /// A digest to be signed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct DigestToSign {
        /// Base64 of the digest: SHA-256, SHA-384 or SHA-512.
        payload: String,
        /// What to sign with.
        signature_algorithm: KeysetAlgorithm,
    }
}

record! {
    /// A signature.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SignedDigest {
        /// Base64 of it. ECDSA: spsdk-el2go expects r and s, one after the other, each as long as the curve's order.
        signature: String,
    }
}

request! {
    /// A message to compute the CMAC of.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct CmacOrder {
        /// Base64 of the message.
        payload: String,
    }
}

record! {
    /// A CMAC. spsdk derives the keys of SB3.1 files from it: it is a secret.
    #[derive(Debug, PartialEq, Eq)]
    pub struct Cmac {
        /// Base64 of it.
        cmac_payload: SecretText,
    }
}

path! {
    /// A key of a key set.
    pub struct KeysetKeyPath {
        /// The key set.
        key_set_id: u64 = "keySetId",
        /// The key.
        key_id: u64 = "keyId",
    }
}

operations! {
    /// Sign a digest with a key of a key set (spsdk-el2go).
    SignHash = "spsdk-el2go sign" Post "/keysets/{keySetId}/keys/{keyId}/sign-hash" => 200 Json,
        ["keyset", "sign-hash"], path KeysetKeyPath, body DigestToSign, reply SignedDigest, repeat Freely,;
    /// Compute a CMAC with a key of a key set (spsdk-el2go).
    ComputeCmac = "spsdk-el2go cmac" Post "/keysets/{keySetId}/keys/{keyId}/cmac" => 200 Json,
        ["keyset", "cmac"], path KeysetKeyPath, body CmacOrder, reply Cmac, repeat Freely, secret_reply true,;
    /// Download the public key of a key of a key set (spsdk-el2go).
    DownloadKeysetPublicKey = "spsdk-el2go download_public_key" Get "/keysets/{keySetId}/keys/{keyId}/download-public-key" => 200 Pem,
        ["keyset", "public-key"], path KeysetKeyPath, reply String,;
}
