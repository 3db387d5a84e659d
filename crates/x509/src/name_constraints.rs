//! Name constraints (RFC 5280 sections 4.2.1.10 and 6.1): which names the certificates below a CA may carry.

use crate::decoded::element::{Element, Elements, tag};
use crate::decoded::names::DecodedName;
use crate::decoded::{extensions as decoded, strict};
use crate::extension::{Extension, ExtensionError};
use crate::name::{AttributeType, Name, StringType};

mod general_name;

use general_name::{GeneralName, NameForm, host_in_common_name};

/// The subtrees a CA allows and forbids below itself (RFC 5280 section 4.2.1.10).
#[derive(Clone, Debug)]
pub struct NameConstraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

#[derive(Clone, Debug)]
struct Subtree {
    base: GeneralName,
    /// It has a minimum or a maximum, which RFC 5280 does not use.
    bounded: bool,
}

/// The names of one certificate that name constraints speak of: its subject, the mail addresses in it, and its
/// subjectAltName.
#[derive(Clone, Debug)]
pub struct ConstrainedNames {
    names: Vec<GeneralName>,
    /// Attributes of the subject and alternative names, for the bound on the work.
    count: usize,
}

/// Why a certificate's names do not keep to a CA's name constraints.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameConstraintError {
    /// A name outside of every permitted subtree of its form.
    #[error("{name} is in none of the permitted subtrees ({permitted})")]
    NotPermitted {
        /// The name, with its form.
        name: String,
        /// The permitted subtrees of this form.
        permitted: String,
    },
    /// A name inside of an excluded subtree.
    #[error("{name} is in the excluded subtree {excluded}")]
    Excluded {
        /// The name, with its form.
        name: String,
        /// The subtree.
        excluded: String,
    },
    /// A name that cannot be compared with the constraint on its form. RFC 5280 section 4.2.1.10: such a certificate
    /// is to be refused.
    #[error("{name} cannot be compared with the constraint on its form: {reason}")]
    Incomparable {
        /// The name, with its form.
        name: String,
        /// Why.
        reason: String,
    },
}

/// Most comparisons of names with subtrees for one certificate (OpenSSL's bound as well).
const MOST_COMPARISONS: usize = 1 << 20;

/// Longest nameConstraints, subject or subjectAltName that is checked, in bytes: sensible ones take a few hundred.
const LONGEST: usize = 1 << 16;

impl NameConstraints {
    /// Reads the value of a nameConstraints extension, DER.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one, is longer than 65,536 bytes, or holds no subtree.
    pub fn from_der(value: &[u8]) -> Result<Self, ExtensionError> {
        let malformed = |reason: String| ExtensionError::Malformed {
            extension: "nameConstraints".to_owned(),
            reason,
        };
        if value.len() > LONGEST {
            return Err(malformed(format!("{} bytes, at most {LONGEST} are read", value.len())));
        }
        if let Some(fault) = strict::fault(value) {
            return Err(malformed(fault.to_string()));
        }
        let decoded =
            decoded::NameConstraints::read(value).map_err(|fault| malformed(fault.to_string()))?;
        let subtrees = |list: &[decoded::Subtree<'_>]| {
            list.iter().map(Subtree::read).collect::<Result<Vec<_>, String>>().map_err(malformed)
        };
        Ok(Self {
            permitted: subtrees(&decoded.permitted)?,
            excluded: subtrees(&decoded.excluded)?,
        })
    }

    /// Compares the names of a certificate below the CA with the subtrees.
    ///
    /// # Errors
    /// [`NameConstraintError`], the first name at fault.
    pub fn check(&self, names: &ConstrainedNames) -> Result<(), NameConstraintError> {
        let subtrees = self.permitted.len() + self.excluded.len();
        if names.count.saturating_mul(subtrees) > MOST_COMPARISONS {
            return Err(NameConstraintError::Incomparable {
                name: format!("a certificate with {} names", names.count),
                reason: format!(
                    "{subtrees} subtrees ask for more than {MOST_COMPARISONS} comparisons"
                ),
            });
        }
        names.names.iter().try_for_each(|name| self.check_one(name))
    }

    fn check_one(&self, name: &GeneralName) -> Result<(), NameConstraintError> {
        let permitted: Vec<&Subtree> = Subtree::of_form(&self.permitted, name).collect();
        let mut inside = permitted.is_empty();
        for subtree in &permitted {
            inside |= subtree.holds(name)?;
        }
        if !inside {
            return Err(NameConstraintError::NotPermitted {
                name: name.to_string(),
                permitted: list(&permitted),
            });
        }
        for subtree in Subtree::of_form(&self.excluded, name) {
            if subtree.overlaps(name)? {
                return Err(NameConstraintError::Excluded {
                    name: name.to_string(),
                    excluded: subtree.base.to_string(),
                });
            }
        }
        Ok(())
    }
}

/// The first few subtrees in words.
fn list(subtrees: &[&Subtree]) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<String> =
        subtrees.iter().take(SHOWN).map(|subtree| subtree.base.to_string()).collect();
    if subtrees.len() > SHOWN {
        shown.push(format!("and {} more", subtrees.len() - SHOWN));
    }
    shown.join(", ")
}

impl Subtree {
    fn read(decoded: &decoded::Subtree<'_>) -> Result<Self, String> {
        const WHAT: &str = "the bounds of a subtree";
        let mut bounds = decoded.bounds;
        let mut bound = |tag| bounds.optional(tag, WHAT).map_err(|fault| fault.to_string());
        let (minimum, maximum) = (bound(0x80)?, bound(0x81)?);
        bounds.finish(WHAT).map_err(|fault| fault.to_string())?;
        let minimum_is_zero = minimum.is_none_or(|minimum| minimum.content == [0]);
        Ok(Self {
            base: GeneralName::read(&decoded.base)?,
            bounded: !minimum_is_zero || maximum.is_some(),
        })
    }

    fn of_form<'a>(list: &'a [Self], name: &GeneralName) -> impl Iterator<Item = &'a Self> {
        let form = name.form();
        list.iter().filter(move |subtree| subtree.base.constrains(form))
    }

    /// Is the name inside?
    fn holds(&self, name: &GeneralName) -> Result<bool, NameConstraintError> {
        self.compare(name, GeneralName::is_within)
    }

    /// May the name stand for one that is inside? A DNS name such as `*.example.com` stands for many.
    fn overlaps(&self, name: &GeneralName) -> Result<bool, NameConstraintError> {
        self.compare(name, GeneralName::overlaps)
    }

    fn compare(
        &self,
        name: &GeneralName,
        compare: impl Fn(&GeneralName, &GeneralName) -> Result<bool, &'static str>,
    ) -> Result<bool, NameConstraintError> {
        let incomparable = |reason: &str| NameConstraintError::Incomparable {
            name: name.to_string(),
            reason: reason.to_owned(),
        };
        if self.bounded {
            return Err(incomparable("the subtree has a minimum or maximum, which is not used"));
        }
        compare(name, &self.base).map_err(incomparable)
    }
}

impl ConstrainedNames {
    /// The names of a certificate that issues others: its subject and, where it has one, the value of its
    /// subjectAltName extension.
    ///
    /// # Errors
    /// [`NameConstraintError::Incomparable`] when one of them does not decode.
    pub fn of_issuer(
        subject: &DecodedName<'_>,
        alternative: Option<&[u8]>,
    ) -> Result<Self, NameConstraintError> {
        Self::read(subject, alternative).map(|(names, _)| names)
    }

    /// The names of a certificate at a path's end. Where its subjectAltName holds no DNS name, a common name that has
    /// the form of one counts as one, because TLS clients take it as one (RFC 6125 section 6.4.4; OpenSSL does so too).
    ///
    /// # Errors
    /// As [`Self::of_issuer`].
    pub fn of_end(
        subject: &DecodedName<'_>,
        alternative: Option<&[u8]>,
    ) -> Result<Self, NameConstraintError> {
        let (mut names, subject) = Self::read(subject, alternative)?;
        if !names.names.iter().any(|name| name.form() == NameForm::Dns) {
            let common_names = subject.values_of(AttributeType::COMMON_NAME);
            names.names.extend(common_names.filter_map(host_in_common_name));
        }
        Ok(names)
    }

    fn read<'n>(
        subject: &'n DecodedName<'_>,
        alternative: Option<&[u8]>,
    ) -> Result<(Self, &'n Name), NameConstraintError> {
        let broken = |what: &str, reason: String| NameConstraintError::Incomparable {
            name: what.to_owned(),
            reason,
        };
        for (what, value) in [("the subject", Some(subject.whole)), ("subjectAltName", alternative)]
        {
            if let Some(length) = value.map(<[u8]>::len).filter(|length| *length > LONGEST) {
                return Err(broken(what, format!("{length} bytes, at most {LONGEST} are read")));
            }
        }
        let subject = subject.name().map_err(|error| broken("the subject", error.to_string()))?;
        let mut names = Vec::new();
        for address in subject.attributes().filter(|one| one.oid() == AttributeType::EMAIL_ADDRESS)
        {
            // PKCS #9: an IA5String. Another type is kept as octets that no address has, and so never compares.
            let text = match address.string_type() {
                Some(StringType::Ia5) => address.text().map(str::as_bytes),
                _ => None,
            };
            names.push(GeneralName::mail_in_subject(text.unwrap_or(address.value_der())));
        }
        let mut count = subject.attributes().count();
        if let Some(value) = alternative {
            const WHAT: &str = "subjectAltName";
            for name in general_names(value).map_err(|reason| broken(WHAT, reason))? {
                names.push(GeneralName::read(&name).map_err(|reason| broken(WHAT, reason))?);
                count += 1;
            }
        }
        if !subject.is_empty() {
            names.insert(0, GeneralName::Directory(subject.clone()));
        }
        Ok((Self { names, count }, subject))
    }
}

/// The elements of a GeneralNames, which has to be DER.
fn general_names(value: &[u8]) -> Result<Vec<Element<'_>>, String> {
    if let Some(fault) = strict::fault(value) {
        return Err(fault.to_string());
    }
    let list = Elements::only(value, tag::SEQUENCE, "general names");
    let mut list = list.map_err(|fault| fault.to_string())?.inside();
    let mut names = Vec::new();
    while !list.rest().is_empty() {
        names.push(list.next("a general name").map_err(|fault| fault.to_string())?);
    }
    Ok(names)
}

impl Extension {
    /// The value as nameConstraints.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one.
    pub fn name_constraints(&self) -> Result<NameConstraints, ExtensionError> {
        NameConstraints::from_der(self.value())
    }
}

#[cfg(test)]
mod name_constraints_tests;
#[cfg(test)]
mod pkix_path_tests;
