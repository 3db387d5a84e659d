//! The octets that a version 4 signature is made over (RFC 9580 5.2.4), for a holder of a key that hashes them itself.

use aws_lc_rs::digest::{SHA256, digest};
use digest::{DynDigest, InvalidBufferSize};
use pgp::errors::Error;
use pgp::packet::{PublicKey, SignatureConfig, UserId};
use pgp::ser::Serialize as _;
use zeroize::Zeroizing;

/// The octets of a signature over `data`: a message's, or what [`certification`] returns.
pub(crate) fn of(
    config: &SignatureConfig,
    data: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut hashed: Box<dyn DynDigest + Send> = Box::new(Kept(data));
    let len = config.hash_signature_data(&mut hashed)?;
    hashed.update(&config.trailer(len)?);
    Ok(Zeroizing::new(hashed.finalize().into_vec()))
}

/// A key and its user id, as their certification is hashed.
pub(crate) fn certification(key: &PublicKey, id: &UserId) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (body, name) = (key.to_bytes()?, id.to_bytes()?);
    let mut data = vec![0x99];
    data.extend(u16::try_from(body.len())?.to_be_bytes());
    data.extend(body);
    data.push(0xB4);
    data.extend(u32::try_from(name.len())?.to_be_bytes());
    data.extend(name);
    Ok(Zeroizing::new(data))
}

/// Whether `octets` are those that were hashed.
pub(crate) fn are_of(octets: &[u8], hashed: &[u8; 32]) -> bool {
    digest(&SHA256, octets).as_ref() == hashed
}

/// A hash function that keeps what it is given.
#[derive(Clone)]
struct Kept(Zeroizing<Vec<u8>>);

impl DynDigest for Kept {
    fn update(&mut self, data: &[u8]) {
        // Grown into a new vector: the old one is wiped.
        let mut grown = Zeroizing::new(Vec::with_capacity(self.0.len() + data.len()));
        grown.extend_from_slice(&self.0);
        grown.extend_from_slice(data);
        self.0 = grown;
    }

    fn finalize_into(self, out: &mut [u8]) -> Result<(), InvalidBufferSize> {
        if out.len() != self.0.len() {
            return Err(InvalidBufferSize);
        }
        out.copy_from_slice(&self.0);
        Ok(())
    }

    fn finalize_into_reset(&mut self, out: &mut [u8]) -> Result<(), InvalidBufferSize> {
        self.clone().finalize_into(out)?;
        self.reset();
        Ok(())
    }

    fn reset(&mut self) {
        self.0 = Zeroizing::default();
    }

    fn output_size(&self) -> usize {
        self.0.len()
    }

    fn box_clone(&self) -> Box<dyn DynDigest> {
        Box::new(self.clone())
    }
}
