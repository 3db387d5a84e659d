//! Where random bytes come from: a parameter, so that tests and stepped clocks can stand in for it.

/// A source of cryptographically strong random bytes.
pub trait Entropy: Send {
    /// Fills `out` completely with random bytes.
    ///
    /// # Errors
    /// [`EntropyUnavailable`] when the source cannot deliver; `out` is then not to be used.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyUnavailable>;
}

/// The random source could not deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system's random number generator is not available")]
pub struct EntropyUnavailable;

/// The operating system's generator (`getrandom`).
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyUnavailable> {
        getrandom::fill(out).map_err(|_| EntropyUnavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_entropy_fills_the_whole_slice_and_differs_between_calls() {
        let mut first = [0u8; 64];
        let mut second = [0u8; 64];
        SystemEntropy.fill(&mut first).expect("the test machine has a generator");
        SystemEntropy.fill(&mut second).expect("the test machine has a generator");
        assert_ne!(first, second);
        assert!(first[48..].iter().any(|&byte| byte != 0));
    }
}
