//! Which rules apply and how much they weigh.

use el2g_x509::KeyAlgorithm;

use crate::finding::Severity;
use crate::rules::{RULES, Rule};

/// The figures rules compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameters {
    /// Key types a certificate may carry (`public-key-*`, `request-key-allowed`).
    pub subject_keys: Vec<KeyAlgorithm>,
    /// Days before the end at which `validity-ends-soon` warns.
    pub ends_soon_days: u32,
    /// Months a device certificate lives (`validity-covers-devices`).
    pub device_certificate_months: u32,
    /// Bits under which `serial-number-entropy` remarks on a serial number.
    pub serial_bits: u32,
    /// Smallest RSA modulus of a root, in bits (`root-key-strength`).
    pub root_rsa_bits: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            subject_keys: vec![KeyAlgorithm::NistP256],
            ends_soon_days: 90,
            device_certificate_months: 120,
            serial_bits: 64,
            root_rsa_bits: 2048,
        }
    }
}

/// What a rule set does with one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// A breach is reported with this severity.
    Severity(Severity),
    /// The rule is switched off; reports list it as not checked.
    Off,
}

/// A named choice of severities and parameters over [`RULES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSet {
    pub(crate) name: String,
    /// One weight for each line of [`RULES`].
    pub(crate) weights: Vec<Weight>,
    pub(crate) parameters: Parameters,
}

impl RuleSet {
    /// Section 6 of AN12642 as written: P-256 keys only.
    #[must_use]
    pub fn annex6() -> Self {
        Self {
            name: "annex6".to_owned(),
            weights: RULES.iter().map(|rule| Weight::Severity(rule.severity)).collect(),
            parameters: Parameters::default(),
        }
    }

    /// Section 6, and also the other key types the API makes requests for.
    #[must_use]
    pub fn api_algorithms() -> Self {
        let mut set = Self::annex6();
        set.name = "api-algorithms".to_owned();
        set.parameters.subject_keys = vec![
            KeyAlgorithm::NistP256,
            KeyAlgorithm::NistP384,
            KeyAlgorithm::NistP521,
            KeyAlgorithm::Rsa2048,
            KeyAlgorithm::Rsa4096,
        ];
        set
    }

    /// The built-in rule set of this name.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        match name {
            "annex6" => Some(Self::annex6()),
            "api-algorithms" => Some(Self::api_algorithms()),
            _ => None,
        }
    }

    /// The same set with one rule switched off; a rule of no such id changes nothing.
    #[must_use]
    pub fn without(mut self, id: &str) -> Self {
        if let Some(index) = RULES.iter().position(|rule| rule.id == id) {
            self.weights[index] = Weight::Off;
        }
        self
    }

    /// The name reports show.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The figures rules compare with.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// What this set does with the rule at `index` of [`RULES`].
    pub(crate) fn weight_at(&self, index: usize) -> Weight {
        self.weights[index]
    }

    /// What this set does with `rule`.
    #[must_use]
    pub fn weight(&self, rule: &Rule) -> Weight {
        RULES
            .iter()
            .position(|other| std::ptr::eq(*other, rule))
            .map_or(Weight::Severity(rule.severity), |index| self.weights[index])
    }
}

impl Default for RuleSet {
    fn default() -> Self {
        Self::annex6()
    }
}
