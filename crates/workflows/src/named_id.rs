//! The id of what was typed by its name: one look-up, filtered by the name where the service can (AN12642 4.3.4, 4.5.1,
//! 4.5.5, 4.2.5), and only where exactly one thing has that name.

use std::fmt;
use std::str::FromStr;

use el2g_service_api::NoPath;
use el2g_service_api::assignments::{
    AssignedGroupQuery, AvailableGroupQuery, ListAssignedGroups, ListAvailableGroups,
};
use el2g_service_api::device_groups::{DeviceGroupQuery, ListDeviceGroups, ProductPath};
use el2g_service_api::intermediate_cas::{IntermediateCaQuery, ListIntermediateCas};
use el2g_service_api::products::{ListProducts, ProductQuery};
use el2g_service_api::secure_objects::{
    ListSecureObjects, SecureObjectPath, SecureObjectQuery, SecureObjectType,
};
use el2g_service_client::{Client, ClientError};
use el2g_text::file_name;

use crate::Failure;

/// What was typed where an id is expected: digits are always an id, anything else is a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdOrName {
    /// The id.
    Id(u64),
    /// The name of what has it.
    Name(String),
}

/// What cannot be an id or a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnId {
    /// Nothing was typed.
    #[error("expected an id or a name, found nothing")]
    Empty,
    /// More digits than an id has.
    #[error("expected an id up to {}, found a larger number", u64::MAX)]
    TooLarge,
}

impl FromStr for IdOrName {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if text.is_empty() {
            return Err(NotAnId::Empty);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Self::Id).map_err(|_| NotAnId::TooLarge);
        }
        Ok(Self::Name(text.to_owned()))
    }
}

impl fmt::Display for IdOrName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(formatter),
            Self::Name(name) => write!(formatter, "`{}`", file_name(name)),
        }
    }
}

/// What has a name, and where it is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named<'a> {
    /// A device group of a product.
    GroupOf {
        /// The product's 12NC.
        product: &'a str,
    },
    /// A device group of any product.
    Group,
    /// A device group that a secure object can be assigned to, or is already: of two groups of one name, the other is not
    /// taken for the one that has it.
    GroupFor {
        /// The object's id.
        object: u64,
    },
    /// A device group that a secure object is assigned to.
    GroupWith {
        /// The object's id.
        object: u64,
    },
    /// A secure object, of this type where one is expected.
    Object {
        /// The type.
        kind: Option<SecureObjectType>,
    },
    /// An intermediate CA.
    IntermediateCa,
}

/// Something whose name fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// What it is: the type of a secure object, the product of a group.
    pub kind: String,
}

impl fmt::Display for Candidate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} `{}`", self.id, file_name(&self.name))?;
        if self.kind.is_empty() { Ok(()) } else { write!(formatter, " ({})", self.kind) }
    }
}

/// Why a name is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing has the name.
    #[error("no {what} has the name `{}`", file_name(.name))]
    Unknown {
        /// What was looked for.
        what: String,
        /// The name.
        name: String,
        /// What the service found for the name: parts of a name fit its filter.
        similar: Vec<Candidate>,
        /// The command that lists them all.
        list: String,
    },
    /// Several things have the name.
    #[error("{} have the name `{}`, expected one {what}: {}", .candidates.len(), file_name(.name), listed(.candidates))]
    Ambiguous {
        /// What was looked for.
        what: String,
        /// The name.
        name: String,
        /// Those that have it.
        candidates: Vec<Candidate>,
    },
}

/// Most candidates that a message names.
const MOST: usize = 10;

/// Candidates as a message names them.
pub(crate) fn listed(candidates: &[Candidate]) -> String {
    let mut words: Vec<String> = candidates.iter().take(MOST).map(ToString::to_string).collect();
    if candidates.len() > MOST {
        words.push(format!("and {} more", candidates.len() - MOST));
    }
    words.join(", ")
}

impl Named<'_> {
    /// The id of what was typed. An id is taken as it is; for a name the service is asked.
    ///
    /// # Errors
    /// When none or more than one has the name, or the service cannot be asked.
    pub async fn id(&self, typed: &IdOrName, client: &Client) -> Result<u64, Failure> {
        let name = match typed {
            IdOrName::Id(id) => return Ok(*id),
            IdOrName::Name(name) => name,
        };
        Ok(self.only(name, self.candidates(name, client).await?)?)
    }

    /// The command that lists what can be named.
    pub fn list_command(&self) -> String {
        match self {
            Self::GroupOf { product } => {
                format!("el2g device-group list --product {}", file_name(product))
            }
            Self::Group => "el2g device-group list --product 12NC".to_owned(),
            Self::GroupFor { object } => format!("el2g secure-object available-groups {object}"),
            Self::GroupWith { object } => format!("el2g secure-object assigned-groups {object}"),
            Self::Object { kind: None } => "el2g secure-object list".to_owned(),
            Self::Object { kind: Some(kind) } => format!("el2g secure-object list --kind {kind}"),
            Self::IntermediateCa => "el2g intermediate-ca list".to_owned(),
        }
    }

    /// What is looked for, in words.
    pub fn what(&self) -> String {
        match self {
            Self::GroupOf { product } => {
                format!("device group of product {}", file_name(product))
            }
            Self::Group => "device group".to_owned(),
            Self::GroupFor { object } => {
                format!("device group that secure object {object} can be assigned to")
            }
            Self::GroupWith { object } => {
                format!("device group that secure object {object} is assigned to")
            }
            Self::Object { kind: None } => "secure object".to_owned(),
            Self::Object { kind: Some(kind) } => format!("secure object of type {kind}"),
            Self::IntermediateCa => "intermediate CA".to_owned(),
        }
    }

    /// The one candidate that has exactly this name.
    fn only(&self, name: &str, found: Vec<Candidate>) -> Result<u64, NameError> {
        let (mut exact, similar): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|candidate| candidate.name == name);
        let (what, name) = (self.what(), name.to_owned());
        match (exact.pop(), exact.is_empty()) {
            (Some(only), true) => Ok(only.id),
            (Some(last), false) => {
                exact.push(last);
                Err(NameError::Ambiguous { what, name, candidates: exact })
            }
            (None, _) => Err(NameError::Unknown { what, name, similar, list: self.list_command() }),
        }
    }

    async fn candidates(&self, name: &str, client: &Client) -> Result<Vec<Candidate>, ClientError> {
        match self {
            Self::GroupOf { product } => groups_of(product, name, client).await,
            Self::Group => {
                let (none, all) = (ProductQuery::default(), NoPath);
                let mut found = Vec::new();
                for product in client.call::<ListProducts>(&all, &none, &()).await? {
                    found.extend(groups_of(&product.nc12, name, client).await?);
                }
                Ok(found)
            }
            Self::GroupFor { object } => {
                let path = SecureObjectPath { secure_object_id: *object };
                let query = AvailableGroupQuery { name: Some(name.to_owned()) };
                let groups = client.call::<ListAvailableGroups>(&path, &query, &()).await?;
                let mut found = groups_with(*object, client).await?;
                found.retain(|group| group.name == name);
                found.extend(groups.into_iter().map(|group| Candidate {
                    id: group.id,
                    name: group.device_group_name,
                    kind: String::new(),
                }));
                found.sort_by_key(|group| group.id);
                found.dedup_by_key(|group| group.id);
                Ok(found)
            }
            Self::GroupWith { object } => groups_with(*object, client).await,
            Self::Object { kind } => {
                let query = SecureObjectQuery {
                    name: Some(name.to_owned()),
                    secure_object_type: kind.clone(),
                    ..SecureObjectQuery::default()
                };
                let objects = client.pages::<ListSecureObjects>(NoPath, query).collect().await?;
                let objects = objects.into_iter().filter_map(|object| {
                    let (id, kind) = (object.service_id()?, object.secure_object_type.to_string());
                    Some(Candidate { id, name: object.name, kind })
                });
                Ok(objects.collect())
            }
            Self::IntermediateCa => {
                let query = IntermediateCaQuery {
                    name: Some(name.to_owned()),
                    ..IntermediateCaQuery::default()
                };
                let found = client.pages::<ListIntermediateCas>(NoPath, query).collect().await?;
                let found = found.into_iter().map(|ca| Candidate {
                    id: ca.id,
                    name: ca.name,
                    kind: String::new(),
                });
                Ok(found.collect())
            }
        }
    }
}

async fn groups_with(object: u64, client: &Client) -> Result<Vec<Candidate>, ClientError> {
    let path = SecureObjectPath { secure_object_id: object };
    let groups = client.pages::<ListAssignedGroups>(path, AssignedGroupQuery::default());
    let groups = groups.collect().await?.into_iter().filter_map(|group| {
        let (id, name) = (group.group_id()?, group.device_group_name.value()?);
        Some(Candidate { id, name: name.clone(), kind: String::new() })
    });
    Ok(groups.collect())
}

async fn groups_of(
    product: &str,
    name: &str,
    client: &Client,
) -> Result<Vec<Candidate>, ClientError> {
    let path = ProductPath { nc12: product.to_owned() };
    let query = DeviceGroupQuery { name: Some(name.to_owned()), ..DeviceGroupQuery::default() };
    let groups = client.pages::<ListDeviceGroups>(path, query).collect().await?;
    let groups = groups.into_iter().map(|group| Candidate {
        id: group.id,
        name: group.device_group_name,
        kind: format!("product {product}"),
    });
    Ok(groups.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: u64, name: &str) -> Candidate {
        Candidate { id, name: name.to_owned(), kind: "KEYPAIR".to_owned() }
    }

    #[test]
    fn digits_are_always_an_id() {
        assert_eq!("474".parse(), Ok(IdOrName::Id(474)));
        assert_eq!("007".parse(), Ok(IdOrName::Id(7)));
        for name in ["meters", "4a", "+4", "-4", "4 ", "0x4"] {
            assert_eq!(name.parse(), Ok(IdOrName::Name(name.to_owned())));
        }
        assert_eq!("".parse::<IdOrName>(), Err(NotAnId::Empty));
        assert_eq!("18446744073709551616".parse::<IdOrName>(), Err(NotAnId::TooLarge));
    }

    #[test]
    fn only_an_exact_and_single_name_is_taken() {
        let objects = Named::Object { kind: None };
        let found = vec![candidate(1, "key"), candidate(2, "key-2"), candidate(3, "Key")];
        assert_eq!(objects.only("key", found.clone()), Ok(1));
        let twins = vec![candidate(1, "key"), candidate(4, "key")];
        assert_eq!(
            objects.only("key", twins.clone()).unwrap_err().to_string(),
            "2 have the name `key`, expected one secure object: 1 `key` (KEYPAIR), 4 `key` (KEYPAIR)"
        );
        assert_eq!(
            objects.only("ke", found.clone()),
            Err(NameError::Unknown {
                what: "secure object".to_owned(),
                name: "ke".to_owned(),
                similar: found,
                list: "el2g secure-object list".to_owned(),
            })
        );
    }

    #[test]
    fn what_could_be_a_key_is_not_repeated() {
        let key = "00112233445566778899aabbccddeeff";
        let said = Named::Group.only(key, Vec::new()).unwrap_err().to_string();
        assert!(!said.contains(key), "{said}");
    }
}
