//! The new objects of a run: read and sealed, checked, and made into requests, before anything is sent.

use std::collections::HashMap;
use std::path::PathBuf;

use el2g_service_api::NoPath;
use el2g_service_api::new_secure_object::NewSecureObject;
use el2g_service_api::secure_objects::CreateSecureObject;
use el2g_service_client::ClientError;
use el2g_workflows::{
    Failure, IdOrName, Journal, NewObject, PlannedObject, Progressed, creation_step, fix_or_skip,
    repeated_object_id,
};

use super::object_words::DescribedObject;
use crate::Result;
use crate::commands::secure_object::create::{
    CertificateArguments, Content, PreparedSecret, SealedContent, SealingKeys,
};
use crate::context::Context;
use crate::escrow::SealedEscrow;
use crate::online::Online;
use crate::output_kind::OutputKind;
use crate::twins::DuplicateArguments;

/// Stands, while a certificate is checked, for the id of a key pair that is not there yet.
const ID_TO_COME: u64 = 1;

/// The new objects, in their order.
pub struct PlannedObjects {
    objects: Vec<Item>,
}

struct Item {
    /// How a message names it.
    label: String,
    name: String,
    allow_duplicate: bool,
    body: Body,
}

enum Body {
    Whole(Box<NewSecureObject>),
    Certificate(Option<Box<CertificateArguments>>),
    Secret(Box<Secret>),
}

/// A sealed secret.
pub struct Secret {
    /// What is sent and recorded.
    pub prepared: PreparedSecret,
    /// The step of the journal that records it.
    step: String,
    /// Whether an earlier run recorded it.
    is_recorded: bool,
    escrow_place: Option<PathBuf>,
    /// The copy that is still to be written.
    copy: Option<SealedEscrow>,
}

impl PlannedObjects {
    /// Reads the files of the objects and seals their secrets. What an earlier run sealed and sent, or cannot be made again,
    /// is taken from its journal.
    pub fn read(
        described: Vec<DescribedObject>,
        journal: Option<&Journal>,
        keys: &mut SealingKeys<'_>,
        context: &mut Context,
    ) -> Result<Self> {
        let mut objects = Vec::new();
        for DescribedObject { label, kind, is_typed } in described {
            let about = |failure: Failure| DescribedObject::about(&label, is_typed, failure);
            let (name, allow_duplicate) =
                (kind.object().name.clone(), kind.object().duplicate.allowed);
            let body = match kind.content(context).map_err(about)? {
                Content::Whole(request) => Body::Whole(request),
                Content::Certificate(arguments) => Body::Certificate(Some(arguments)),
                Content::Sealed(sealed) => {
                    let secret = Secret::of(&sealed, journal, keys, context).map_err(about)?;
                    Body::Secret(Box::new(secret))
                }
            };
            objects.push(Item { label, name, allow_duplicate, body });
        }
        Ok(Self { objects })
    }

    /// The requests, once all of them have been checked: one that is refused refuses them all. Names of key pairs and CAs
    /// that are not among the objects are asked for.
    pub fn requests(
        &mut self,
        duplicate: &DuplicateArguments,
        online: &Online,
        context: &mut Context,
    ) -> Result<Vec<PlannedObject>> {
        let is_key_pair = |item: &Item| matches!(&item.body, Body::Whole(request) if matches!(**request, NewSecureObject::KeyPair(_)));
        let pairs: Vec<(String, usize)> = (0..)
            .zip(&self.objects)
            .filter(|(_, item)| is_key_pair(item))
            .map(|(place, item)| (item.name.clone(), place))
            .collect();
        let mut new = Vec::new();
        for item in &mut self.objects {
            let (request, key_pair) = match &mut item.body {
                Body::Whole(request) => ((**request).clone(), None),
                Body::Secret(secret) => (secret.prepared.request.clone(), None),
                Body::Certificate(arguments) => {
                    let Some(arguments) = arguments.take() else { continue };
                    let made = certificate(*arguments, &pairs, online, context);
                    made.map_err(|failure| failure.about(&item.label))?
                }
            };
            let allow_duplicate = item.allow_duplicate || duplicate.allowed;
            new.push(NewObject { request, key_pair, allow_duplicate });
        }
        self.check(&new, online)?;
        Ok(new.into_iter().map(|new| PlannedObject::New(Box::new(new))).collect())
    }

    /// Has the gate look at every object.
    fn check(&self, new: &[NewObject], online: &Online) -> Result<()> {
        let (mut refused, mut broken) = (Vec::new(), Vec::new());
        let mut ids: HashMap<u32, &Item> = HashMap::new();
        let mut steps: HashMap<String, &Item> = HashMap::new();
        for (item, new) in self.objects.iter().zip(new) {
            let about = &item.label;
            match online.check::<CreateSecureObject>(&NoPath, &new.request) {
                Ok(()) => {}
                Err(ClientError::Checked { broken: found, .. }) => {
                    let listed: Vec<String> = found.iter().map(ToString::to_string).collect();
                    refused.push(format!("{about}: {}", listed.join("; ")));
                    broken.extend(found);
                }
                Err(error) => return Err(error.into()),
            }
            if let Some(before) = steps.insert(creation_step(&new.request), item) {
                let same = "has the type, name and object id of";
                refused.push(format!("{about}: {same} {}", before.label));
                continue;
            }
            let Some(id) = new.request.object_id().value() else { continue };
            let Some(before) = ids.insert(id, item) else { continue };
            let found = format!("{} is also the id of {}", new.request.object_id(), before.label);
            let repeated = repeated_object_id(found);
            if online.refuse(about, vec![repeated.clone()]).is_err() {
                refused.push(format!("{about}: {repeated}"));
                broken.push(repeated);
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        let (count, of) = (refused.len(), self.objects.len());
        let message = format!("{count} of {of} objects are refused, nothing was sent");
        let mut failure = Failure::input(message);
        failure.causes = refused;
        Err(if broken.is_empty() { failure } else { failure.with_hint(fix_or_skip(&broken)) })
    }

    /// Records the sealed secrets, and writes the copies for the team's own key: before anything is sent.
    pub fn record(&mut self, journal: &mut Journal, context: &mut Context) -> Result<()> {
        for item in &mut self.objects {
            let Body::Secret(secret) = &mut item.body else { continue };
            if !secret.is_recorded {
                journal.done(&secret.step, &secret.prepared)?;
            }
            match (secret.copy.take(), &secret.escrow_place, &secret.prepared.escrow) {
                (Some(copy), _, _) => drop(copy.write(context)?),
                (None, Some(place), Some(armored)) => {
                    context.write_again(OutputKind::EscrowCopy, place, armored.as_bytes())?;
                }
                (None, _, _) => {}
            }
        }
        Ok(())
    }

    /// The secrets, by their places.
    pub fn secrets(&self) -> impl Iterator<Item = (usize, &str, &Secret)> {
        self.objects.iter().enumerate().filter_map(|(place, item)| match &item.body {
            Body::Secret(secret) => Some((place, item.name.as_str(), &**secret)),
            Body::Whole(_) | Body::Certificate(_) => None,
        })
    }
}

/// The request of a certificate, and the place of its key pair where that is new.
fn certificate(
    arguments: CertificateArguments,
    pairs: &[(String, usize)],
    online: &Online,
    context: &mut Context,
) -> Result<(NewSecureObject, Option<usize>)> {
    let of_row = match &arguments.key_pair {
        IdOrName::Id(_) => None,
        IdOrName::Name(name) => {
            let mut named = pairs.iter().filter(|(pair, _)| pair == name);
            let found = named.next().map(|(_, place)| *place);
            if named.next().is_some() {
                return Err(Failure::input("several new key pairs have the name of its key pair"));
            }
            found
        }
    };
    let key_pair = match of_row {
        Some(_) => ID_TO_COME,
        None => online.key_pair(&arguments.key_pair)?,
    };
    let ca = online.ca(&arguments.intermediate_ca)?;
    Ok((arguments.request(key_pair, ca, context)?, of_row))
}

impl Secret {
    fn of(
        sealed: &SealedContent,
        journal: Option<&Journal>,
        keys: &mut SealingKeys<'_>,
        context: &mut Context,
    ) -> Result<Self> {
        let outline = sealed.outline(context)?;
        let creation = creation_step(&outline);
        let step = format!("seal for {creation}");
        let escrow_place = sealed.escrow_place().map(ToOwned::to_owned);
        if let Some(journal) = journal
            && let Progressed::Done(prepared) = journal.look::<PreparedSecret>(&step)?
        {
            let is_sent = journal.look::<Option<u64>>(&creation)? != Progressed::Not;
            if is_sent || sealed.is_made_once() {
                same_secret(&prepared, sealed, context)?;
                keys.know(sealed, context)?;
                return Ok(Self { prepared, step, is_recorded: true, escrow_place, copy: None });
            }
        }
        let (prepared, copy) = sealed.prepare(keys, context)?;
        Ok(Self { prepared, step, is_recorded: false, escrow_place, copy })
    }

    /// Whether an earlier run recorded it.
    pub fn is_recorded(&self) -> bool {
        self.is_recorded
    }
}

/// Refuses a file whose secret is not the one that was sealed before.
fn same_secret(
    prepared: &PreparedSecret,
    sealed: &SealedContent,
    context: &mut Context,
) -> Result<()> {
    let now = sealed.check_value_now(context);
    match (&prepared.check_value, now) {
        (Some(before), Some(now)) if *before != now => Err(Failure::input(format!(
            "an earlier run sealed another secret for this object: its check value is {before}, that of the file is {now}"
        ))
        .with_hint("give the new secret another name or object id, or name another journal with --journal and pass --allow-duplicate")),
        _ => Ok(()),
    }
}
