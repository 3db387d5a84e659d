//! [`Entropy`] in the shape rPGP asks for.

use el2g_key_payload::{Entropy, EntropyUnavailable};
use rand::{CryptoRng, RngCore};

/// Lends an [`Entropy`] to rPGP, whose `fill_bytes` cannot report a failure.
///
/// A failure is kept: [`Randomness::checked`] must be asked before anything made with it is used.
pub(crate) struct Randomness<'a> {
    source: &'a mut dyn Entropy,
    failure: Option<EntropyUnavailable>,
}

impl<'a> Randomness<'a> {
    pub(crate) fn new(source: &'a mut dyn Entropy) -> Self {
        Self { source, failure: None }
    }

    /// Whether every byte handed out was random.
    pub(crate) fn checked(&self) -> Result<(), EntropyUnavailable> {
        self.failure.map_or(Ok(()), Err)
    }
}

impl RngCore for Randomness<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        if let Err(failure) = self.source.fill(out) {
            self.failure = Some(failure);
        }
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand::Error> {
        self.source.fill(out).map_err(|failure| {
            self.failure = Some(failure);
            rand::Error::new(failure)
        })
    }
}

impl CryptoRng for Randomness<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken;

    impl Entropy for Broken {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyUnavailable> {
            Err(EntropyUnavailable)
        }
    }

    #[test]
    fn a_failure_of_the_source_is_kept() {
        let mut broken = Broken;
        let mut randomness = Randomness::new(&mut broken);
        assert_eq!(randomness.checked(), Ok(()));
        randomness.next_u64();
        assert_eq!(randomness.checked(), Err(EntropyUnavailable));
    }
}
