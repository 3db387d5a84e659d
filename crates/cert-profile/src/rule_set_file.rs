//! Rule sets of one's own: a TOML file that inherits a built-in set and changes severities and parameters.

use el2g_text::parser_message_at;
use std::collections::BTreeMap;

use el2g_x509::KeyAlgorithm;
use serde::Deserialize;

use crate::finding::Severity;
use crate::rule_set::{Parameters, RuleSet, Weight};
use crate::rules::RULES;

/// What a rule-set file may hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RuleSetFile {
    name: String,
    inherits: String,
    #[serde(default)]
    severity: BTreeMap<String, String>,
    #[serde(default)]
    parameters: ParametersFile,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ParametersFile {
    public_keys: Option<Vec<String>>,
    ends_soon_days: Option<u32>,
    device_certificate_months: Option<u32>,
    serial_bits: Option<u32>,
    root_rsa_bits: Option<u32>,
}

/// Why a file is not a rule set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleSetError {
    /// Not TOML, or not of the shape of a rule set; the text names line and column.
    #[error("the rule set does not read: {0}")]
    Toml(String),
    /// The set inherits from none that is built in.
    #[error("`inherits` is `{found}`, allowed are `annex6` and `api-algorithms`")]
    UnknownParent {
        /// The name given.
        found: String,
    },
    /// The set has the name of a built-in one, or none.
    #[error("`name` is {found:?}, it must be a name of its own")]
    Name {
        /// The name given.
        found: String,
    },
    /// A rule that does not exist.
    #[error("there is no rule `{found}`, `el2g cert rules` lists them")]
    UnknownRule {
        /// The id given.
        found: String,
    },
    /// A severity that does not exist.
    #[error("`{rule}` is `{found}`, allowed are `fatal`, `error`, `warning`, `note` and `off`")]
    UnknownSeverity {
        /// The rule.
        rule: String,
        /// The severity given.
        found: String,
    },
    /// A key type that does not exist.
    #[error(
        "`{found}` is not a key type, allowed are NIST_P256, NIST_P384, NIST_P521, RSA_2048, RSA_3072 and RSA_4096"
    )]
    UnknownKey {
        /// The key type given.
        found: String,
    },
    /// No key type at all.
    #[error("`public-keys` is empty; expected at least one key type")]
    NoKeys,
    /// A figure out of its range.
    #[error("`{parameter}` is {found}, allowed is {allowed}")]
    OutOfRange {
        /// The parameter.
        parameter: &'static str,
        /// The figure given.
        found: u32,
        /// The range.
        allowed: &'static str,
    },
}

impl RuleSet {
    /// Reads a rule set from TOML: `name`, `inherits` (`annex6` or `api-algorithms`), a table `[severity]` of rule ids
    /// with `fatal`, `error`, `warning`, `note` or `off`, and a table `[parameters]` with `public-keys`,
    /// `ends-soon-days`, `device-certificate-months`, `serial-bits`, `root-rsa-bits`.
    ///
    /// A rule that is off is listed as not checked. A fault of the input itself cannot be switched off.
    ///
    /// # Errors
    /// [`RuleSetError`], with what was found and what is allowed.
    pub fn from_toml(text: &str) -> Result<Self, RuleSetError> {
        let file: RuleSetFile = toml::from_str(text).map_err(|error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            RuleSetError::Toml(parser_message_at(text, at, error.message()))
        })?;
        let mut set = Self::built_in(&file.inherits)
            .ok_or(RuleSetError::UnknownParent { found: file.inherits })?;
        if file.name.trim().is_empty() || Self::built_in(&file.name).is_some() {
            return Err(RuleSetError::Name { found: file.name });
        }
        set.name = file.name;
        for (rule, severity) in file.severity {
            let index = RULES
                .iter()
                .position(|known| known.id == rule)
                .ok_or_else(|| RuleSetError::UnknownRule { found: rule.clone() })?;
            set.weights[index] = weight(index, &rule, &severity)?;
        }
        file.parameters.apply(&mut set.parameters)?;
        Ok(set)
    }
}

fn weight(index: usize, rule: &str, severity: &str) -> Result<Weight, RuleSetError> {
    let refused =
        || RuleSetError::UnknownSeverity { rule: rule.to_owned(), found: severity.to_owned() };
    // What cannot be judged cannot pass either.
    let is_fatal = RULES[index].severity == Severity::Fatal;
    match severity {
        "fatal" => Ok(Weight::Severity(Severity::Fatal)),
        _ if is_fatal => Err(refused()),
        "off" => Ok(Weight::Off),
        other => other.parse().map(Weight::Severity).map_err(|_| refused()),
    }
}

impl ParametersFile {
    fn apply(self, parameters: &mut Parameters) -> Result<(), RuleSetError> {
        if let Some(names) = self.public_keys {
            parameters.subject_keys = names
                .into_iter()
                .map(|name| {
                    KeyAlgorithm::from_api_name(&name)
                        .ok_or(RuleSetError::UnknownKey { found: name })
                })
                .collect::<Result<_, _>>()?;
            if parameters.subject_keys.is_empty() {
                return Err(RuleSetError::NoKeys);
            }
        }
        let figures = [
            (
                "ends-soon-days",
                self.ends_soon_days,
                &mut parameters.ends_soon_days,
                36_500,
                "0 to 36500",
            ),
            (
                "device-certificate-months",
                self.device_certificate_months,
                &mut parameters.device_certificate_months,
                1_200,
                "0 to 1200",
            ),
            ("serial-bits", self.serial_bits, &mut parameters.serial_bits, 159, "0 to 159"),
            (
                "root-rsa-bits",
                self.root_rsa_bits,
                &mut parameters.root_rsa_bits,
                16_384,
                "0 to 16384",
            ),
        ];
        for (parameter, given, figure, most, allowed) in figures {
            match given {
                Some(found) if found > most => {
                    return Err(RuleSetError::OutOfRange { parameter, found, allowed });
                }
                Some(found) => *figure = found,
                None => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rule;

    fn read(rest: &str) -> Result<RuleSet, RuleSetError> {
        RuleSet::from_toml(&format!("name = \"acme\"\ninherits = \"annex6\"\n{rest}"))
    }

    #[test]
    fn changes_severities_and_parameters_of_what_it_inherits() {
        let set = read(
            "[severity]\nkey-usage-crl-sign = \"error\"\nvalidity-ends-soon = \"off\"\n\
             [parameters]\nserial-bits = 100\npublic-keys = [\"NIST_P256\", \"RSA_3072\"]\n",
        )
        .unwrap();
        let mut expected = RuleSet::annex6();
        let at = |id: &str| RULES.iter().position(|rule| rule.id == id).unwrap();
        expected.name = "acme".into();
        expected.weights[at("key-usage-crl-sign")] = Weight::Severity(Severity::Error);
        expected.weights[at("validity-ends-soon")] = Weight::Off;
        expected.parameters.serial_bits = 100;
        expected.parameters.subject_keys = vec![KeyAlgorithm::NistP256, KeyAlgorithm::Rsa3072];
        assert_eq!(set, expected);
        assert_eq!(set.weight(Rule::find("validity-ends-soon").unwrap()), Weight::Off);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (rest, expected) in [
            (
                "[severity]\nno-such = \"off\"",
                RuleSetError::UnknownRule { found: "no-such".into() },
            ),
            (
                "[severity]\nversion-v3 = \"loud\"",
                RuleSetError::UnknownSeverity { rule: "version-v3".into(), found: "loud".into() },
            ),
            (
                "[severity]\nencoding-decodes = \"off\"",
                RuleSetError::UnknownSeverity {
                    rule: "encoding-decodes".into(),
                    found: "off".into(),
                },
            ),
            (
                "[parameters]\npublic-keys = [\"RSA_1024\"]",
                RuleSetError::UnknownKey { found: "RSA_1024".into() },
            ),
            ("[parameters]\npublic-keys = []", RuleSetError::NoKeys),
            (
                "[parameters]\nserial-bits = 160",
                RuleSetError::OutOfRange {
                    parameter: "serial-bits",
                    found: 160,
                    allowed: "0 to 159",
                },
            ),
        ] {
            assert_eq!(read(rest), Err(expected), "{rest}");
        }
        for text in ["", "name = 3", "name = \"x\"\ninherits = \"annex6\"\nextra = 1", "\0"] {
            assert!(matches!(RuleSet::from_toml(text), Err(RuleSetError::Toml(_))), "{text}");
        }
        assert_eq!(
            RuleSet::from_toml("name = \"annex6\"\ninherits = \"annex6\""),
            Err(RuleSetError::Name { found: "annex6".into() })
        );
        assert_eq!(
            RuleSet::from_toml("name = \"x\"\ninherits = \"y\""),
            Err(RuleSetError::UnknownParent { found: "y".into() })
        );
    }
}
