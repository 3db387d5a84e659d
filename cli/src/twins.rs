//! A secure object that is there already is not made a second time by accident.
//!
//! The service takes two objects of one type, name and object id, because ids are unique per device group only; rotation
//! makes such twins. So a second one is made after an answer, or with `--allow-duplicate`.

use clap::Args;
use el2g_service_api::new_secure_object::NewSecureObject;
use el2g_service_api::secure_objects::{
    ListSecureObjects, SecureObject, SecureObjectQuery, SecureObjectType,
};
use el2g_service_api::{NoPath, ObjectId};

use crate::Result;
use crate::confirmation::Question;
use crate::online::Online;

/// Whether twins are allowed.
#[derive(Debug, Clone, Copy, Args)]
pub struct DuplicateArguments {
    /// Create the object although one of the same type, name and object id exists (--yes does not answer that)
    #[arg(long = "allow-duplicate")]
    pub allowed: bool,
}

/// What makes two secure objects twins.
pub struct Identity<'a> {
    /// The type.
    pub kind: SecureObjectType,
    /// The name.
    pub name: &'a str,
    /// The id in the secure element.
    pub object_id: &'a ObjectId,
}

impl DuplicateArguments {
    /// Looks once whether the object is there, and asks. A dry run neither looks nor asks. Whether one may be there.
    pub fn confirm(self, new: &Identity<'_>, online: &Online) -> Result<bool> {
        if self.allowed || online.is_dry_run() {
            return Ok(self.allowed);
        }
        let query = SecureObjectQuery {
            name: Some(new.name.to_owned()),
            secure_object_type: Some(new.kind.clone()),
            ..SecureObjectQuery::default()
        };
        let pages = online.client().pages::<ListSecureObjects>(NoPath, query);
        let found = online.wait(pages.collect())?;
        let ids: Vec<String> = found.iter().filter(|it| new.is(it)).map(id).collect();
        if ids.is_empty() {
            return Ok(false);
        }
        let (kind, name, object_id) = (&new.kind, new.name, new.object_id);
        online.ask_whatever_flags(&Question {
            what: format!("Create another {kind} `{name}` with object id {object_id}"),
            why: &format!("secure object {} has this type, name and object id", ids.join(", ")),
            answer: None,
            instead: "pass --allow-duplicate if another one is meant",
        })?;
        Ok(true)
    }
}

impl<'a> Identity<'a> {
    /// That of a new object.
    pub fn of(request: &'a NewSecureObject) -> Self {
        Self {
            kind: request.secure_object_type(),
            name: request.name(),
            object_id: request.object_id(),
        }
    }

    fn is(&self, object: &SecureObject) -> bool {
        object.name == self.name
            && object.object_id == *self.object_id
            && object.secure_object_type == self.kind
    }
}

fn id(object: &SecureObject) -> String {
    object.service_id().map_or_else(|| "without id".to_owned(), |id| id.to_string())
}
