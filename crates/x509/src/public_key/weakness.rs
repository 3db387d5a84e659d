//! Public keys whose private half anyone can compute.
//!
//! No cryptography: published tables and tests, over a crate for large numbers. What is found here is certain to be
//! weak, but what is not found need not be strong.

use std::fmt;

use num_bigint::BigUint;

use super::{PublicKey, small_multiples};
use crate::algorithm::KeyAlgorithm;

/// Why anyone can compute the private half of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// The private key of an elliptic-curve key is a small number, or the order of the curve less a small number.
    SmallPrivateKey {
        /// The small number, from 1 to 255.
        number: u8,
    },
    /// The public exponent of an RSA key is 1: what is encrypted stays as it was, and any signature is good.
    ExponentOne,
    /// The RSA modulus is divisible by a small number (NIST SP 800-89 section 5.3.3 asks for none under 752).
    SmallFactor {
        /// The smallest one.
        factor: u16,
    },
    /// The RSA modulus is a power of a smaller number (NIST SP 800-89 section 5.3.3).
    PerfectPower {
        /// The exponent: 2 for a square.
        exponent: u32,
    },
    /// The primes of the RSA modulus are so close to each other that Fermat's method finds them (FIPS 186-5
    /// appendix A.1.1 asks for a distance).
    ClosePrimes {
        /// Steps that Fermat's method took.
        steps: u32,
    },
    /// The RSA modulus has the form of keys made by the Infineon library of CVE-2017-15361 (ROCA): each of its primes
    /// is a power of 65537 modulo many small primes (Nemec and others, ACM CCS 2017).
    Roca,
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SmallPrivateKey { number } => {
                write!(f, "the private key is {number}, or the order of the curve less {number}")
            }
            Self::ExponentOne => f.write_str("the public exponent is 1"),
            Self::SmallFactor { factor } => write!(f, "the modulus is divisible by {factor}"),
            Self::PerfectPower { exponent: 2 } => {
                f.write_str("the modulus is the square of a number")
            }
            Self::PerfectPower { exponent } => {
                write!(f, "the modulus is a power of a number, with exponent {exponent}")
            }
            Self::ClosePrimes { steps } => write!(
                f,
                "the primes of the modulus are close to each other: Fermat's method finds them in {steps} {}",
                if *steps == 1 { "step" } else { "steps" }
            ),
            Self::Roca => f.write_str(
                "the modulus has the ROCA form (CVE-2017-15361): it was made by a faulty generator",
            ),
        }
    }
}

/// Steps of Fermat's method that are tried. Primes drawn at random need about the square root of the modulus.
const FERMAT_STEPS: u32 = 500;

/// Moduli beyond this are not looked at: nothing here verifies with them ([`PublicKey::check_usable`]).
const LONGEST_MODULUS: usize = 8192 / 8;

/// Prime numbers below 752, the bound of NIST SP 800-89 section 5.3.3.
fn small_primes() -> impl Iterator<Item = u16> {
    (2..752_u16)
        .filter(|&number| (2..number).take_while(|&d| d * d <= number).all(|d| number % d != 0))
}

/// The prime numbers whose residues make the published fingerprint of ROCA.
const ROCA_PRIMES: std::ops::RangeInclusive<u16> = 3..=167;

pub(super) fn weakness(key: &PublicKey) -> Option<Weakness> {
    match key.algorithm() {
        KeyAlgorithm::NistP256 => small_private_key(&small_multiples::P256, key.key_octets(), 32),
        KeyAlgorithm::NistP384 => small_private_key(&small_multiples::P384, key.key_octets(), 48),
        KeyAlgorithm::NistP521 => small_private_key(&small_multiples::P521, key.key_octets(), 66),
        _ => {
            let (modulus, exponent) = key.rsa_numbers()?;
            rsa_weakness(&modulus, &exponent)
        }
    }
}

/// Looks the x coordinate of a point up, compressed or not.
fn small_private_key(table: &[u64], point: &[u8], coordinate: usize) -> Option<Weakness> {
    let end = point.get(1..=coordinate)?.last_chunk::<8>()?;
    let end = u64::from_be_bytes(*end);
    let place = table.iter().position(|&known| known == end)?;
    Some(Weakness::SmallPrivateKey { number: u8::try_from(place + 1).ok()? })
}

fn rsa_weakness(modulus: &[u8], exponent: &[u8]) -> Option<Weakness> {
    if exponent == [1] {
        return Some(Weakness::ExponentOne);
    }
    if modulus.len() > LONGEST_MODULUS {
        return None;
    }
    let modulus = BigUint::from_bytes_be(modulus);
    small_factor(&modulus)
        .or_else(|| perfect_power(&modulus))
        .or_else(|| has_roca_form(&modulus).then_some(Weakness::Roca))
        .or_else(|| close_primes(&modulus))
}

fn residue(number: &BigUint, divisor: u16) -> u16 {
    let residue = number % divisor;
    u16::try_from(&residue).expect("it is smaller than the divisor")
}

fn small_factor(modulus: &BigUint) -> Option<Weakness> {
    small_primes()
        .find(|&prime| residue(modulus, prime) == 0)
        .map(|factor| Weakness::SmallFactor { factor })
}

/// Without small factors a power has a base of more than 9 bits; prime exponents are enough, because a fourth power is a
/// square.
fn perfect_power(modulus: &BigUint) -> Option<Weakness> {
    [2, 3, 5, 7, 11, 13]
        .into_iter()
        .find(|&exponent| modulus.nth_root(exponent).pow(exponent) == *modulus)
        .map(|exponent| Weakness::PerfectPower { exponent })
}

/// The primes of such a modulus are `k M + (65537^a mod M)`, where M is a product of the first prime numbers: so the
/// modulus is a power of 65537 modulo each of them. Of other moduli one in 2^27 is.
fn has_roca_form(modulus: &BigUint) -> bool {
    small_primes()
        .filter(|prime| ROCA_PRIMES.contains(prime))
        .all(|prime| is_power_of_65537(residue(modulus, prime), prime))
}

fn is_power_of_65537(number: u16, prime: u16) -> bool {
    let (prime, number) = (u32::from(prime), u32::from(number));
    let powers = std::iter::successors(Some(1), |power| Some(power * (65537 % prime) % prime));
    powers.take(prime as usize).any(|power| power == number)
}

/// Fermat's method: an a a little over the root of the modulus, for which a^2 less the modulus is a square.
fn close_primes(modulus: &BigUint) -> Option<Weakness> {
    let mut middle = modulus.sqrt() + 1_u8;
    let mut rest = &middle * &middle - modulus;
    let mut steps = 1;
    while steps <= FERMAT_STEPS {
        if is_square(&rest) {
            return Some(Weakness::ClosePrimes { steps });
        }
        steps += 1;
        rest += &middle * 2_u8 + 1_u8;
        middle += 1_u8;
    }
    None
}

fn is_square(number: &BigUint) -> bool {
    // Squares have few residues: most numbers are ruled out by them, and no root is taken.
    let can_be = |divisor: u16| {
        let found = residue(number, divisor);
        (0..divisor)
            .any(|root| u32::from(root) * u32::from(root) % u32::from(divisor) == u32::from(found))
    };
    [64, 63, 65, 11, 17, 19, 23].into_iter().all(can_be) && number.sqrt().pow(2) == *number
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::agreement;

    use super::*;

    #[test]
    fn the_tables_are_what_another_library_computes() {
        let curves = [
            (&agreement::ECDH_P256, &small_multiples::P256, 32),
            (&agreement::ECDH_P384, &small_multiples::P384, 48),
            (&agreement::ECDH_P521, &small_multiples::P521, 66),
        ];
        for (curve, table, octets) in curves {
            for (place, &end) in table.iter().enumerate() {
                let mut private = vec![0; octets];
                private[octets - 1] = u8::try_from(place + 1).unwrap();
                let private = agreement::PrivateKey::from_private_key(curve, &private).unwrap();
                let public = private.compute_public_key().unwrap();
                let x = &public.as_ref()[1..=octets];
                assert_eq!(&x[octets - 8..], end.to_be_bytes(), "{place} on {curve:?}");
            }
        }
    }

    fn number(decimal: &str) -> Vec<u8> {
        decimal.parse::<BigUint>().unwrap().to_bytes_be()
    }

    /// 2^521 - 1 and 2^607 - 1 are primes (Mersenne).
    fn mersenne(exponent: u32) -> BigUint {
        (BigUint::from(1_u8) << exponent) - 1_u8
    }

    #[test]
    fn names_what_is_weak_in_a_modulus() {
        let (p, q) = (mersenne(521), mersenne(607));
        // RSA Laboratories' challenge RSA-2048, whose factors nobody has published.
        let rsa_2048 = "25195908475657893494027183240048398571429282126204032027777137836043662020707595556264018525880784406918290641249515082189298559149176184502808489120072844992687392807287776735971418347270261896375014971824691165077613379859095700097330459748808428401797429100642458691817195118746121515172654632282216869987549182422433637259085141865462043576798423387184774447920739934236584823824281198163815010674810451660377306056201619676256133844143603833904414952634432190114657544454178424020924616515723350778707749817125772467962926386356373289912154831438167899885040445364023527381951378636564391212010397122822120720357";
        let three = BigUint::from(3_u8);
        let cases: [(BigUint, Option<Weakness>); 6] = [
            (rsa_2048.parse().unwrap(), None),
            (&p * &q, None),
            (&p * &p, Some(Weakness::PerfectPower { exponent: 2 })),
            (&p * &p * &p, Some(Weakness::PerfectPower { exponent: 3 })),
            (&p * &three, Some(Weakness::SmallFactor { factor: 3 })),
            (&p * (&p + 2_002_u16), Some(Weakness::ClosePrimes { steps: 1 })),
        ];
        for (modulus, expected) in cases {
            assert_eq!(
                rsa_weakness(&modulus.to_bytes_be(), &number("65537")),
                expected,
                "{modulus}"
            );
        }
        assert_eq!(rsa_weakness(&(&p * &q).to_bytes_be(), &[1]), Some(Weakness::ExponentOne));
    }

    #[test]
    fn recognises_the_published_form_of_roca() {
        // k M + (65537^a mod M), twice: the form, whether or not the factors are prime.
        let product: BigUint =
            small_primes().filter(|&prime| prime <= 167).map(BigUint::from).product();
        let factor = |k: u64, a: u32| {
            BigUint::from(k) * &product + BigUint::from(65537_u32).modpow(&a.into(), &product)
        };
        let modulus = factor(0x1234_5678_9abc_def1, 12345) * factor(0xfedc_ba98_7654_3211, 54323);
        assert_eq!(rsa_weakness(&modulus.to_bytes_be(), &number("65537")), Some(Weakness::Roca));
    }

    #[test]
    fn a_modulus_of_any_octets_does_not_panic() {
        for octets in [&[][..], &[0], &[1], &[2], &[3], &[4], &[255; 2], &[255; 1024], &[255; 4096]]
        {
            let _ = rsa_weakness(octets, &[3]);
            let _ = rsa_weakness(octets, octets);
        }
    }
}
