//! Key components of several custodians: read from files, standard input or the terminal, each confirmed
//! by its check value where there is one, and combined.

use el2g_key_payload::{Component, Payload, PayloadKind, combine};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::input::SecretPath;
use crate::sealing::LARGEST_SECRET;
use crate::token_key::{self, token_uri};

/// What is typed instead of a file's name to be asked for a component.
const PROMPT: &str = "prompt";
/// How often a component may be mistyped.
const TRIES: usize = 3;
const INSTEAD: &str = "name files with --component, and their check values with --component-kcv";

/// What a receipt says of one component.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComponentReport {
    kcv: Option<String>,
    kcv_method: Option<&'static str>,
    /// Whether its check value was given, or it was typed twice.
    confirmed: bool,
}

/// Reads every component and combines them; nothing is combined unless all are what their custodians say.
pub fn combined(
    kind: PayloadKind,
    sources: &[SecretPath],
    check_values: &[String],
    raw: bool,
    context: &mut Context,
) -> Result<(Payload, Vec<ComponentReport>)> {
    if !check_values.is_empty() && check_values.len() != sources.len() {
        return Err(Failure::usage(format!(
            "{} components and {} check values: --component-kcv is given for none or for all, in the same order",
            sources.len(),
            check_values.len()
        )));
    }
    let mut components = Vec::with_capacity(sources.len());
    let mut reports = Vec::with_capacity(sources.len());
    for (at, source) in sources.iter().enumerate() {
        let reading = Reading {
            kind,
            name: format!("component {} of {}", at + 1, sources.len()),
            check_value: check_values.get(at).map(String::as_str),
        };
        let (component, confirmed) = match source.path().as_os_str() == PROMPT {
            true => reading.typed(context)?,
            false => reading.file(source, raw, context)?,
        };
        let report = ComponentReport {
            kcv: component.check_value().map(|value| value.to_string()),
            kcv_method: component.check_value().map(|value| value.method()),
            confirmed,
        };
        if let (Some(kcv), Some(method)) = (&report.kcv, report.kcv_method) {
            context.console.note(format!("{}: check value {kcv} ({method})", reading.name));
        }
        components.push(component);
        reports.push(report);
    }
    Ok((combine(&components)?, reports))
}

/// One component on its way in.
struct Reading<'a> {
    kind: PayloadKind,
    name: String,
    check_value: Option<&'a str>,
}

impl Reading<'_> {
    fn file(
        &self,
        source: &SecretPath,
        raw: bool,
        context: &mut Context,
    ) -> Result<(Component, bool)> {
        let component = match token_uri(source)? {
            Some(uri) => {
                let (taken, report) = token_key::take(&uri, self.kind, raw, context)?;
                Component::from_raw(self.kind, taken.bytes)
                    .map_err(|error| Failure::from(error).about(report.name()))?
            }
            None => {
                let content = context.input.read_secret(source, LARGEST_SECRET)?;
                let read = match raw {
                    true => Component::from_raw(self.kind, content),
                    false => Component::from_hex(self.kind, &content),
                };
                read.map_err(|error| match source.is_stdin() {
                    true => Failure::from(error).about("standard input"),
                    false => Failure::from(error).about(source.path().display()),
                })?
            }
        };
        if let Some(given) = self.check_value {
            self.check(&component, given)?;
        }
        Ok((component, self.check_value.is_some()))
    }

    /// Asks until what was typed is confirmed, a few times at most.
    fn typed(&self, context: &mut Context) -> Result<(Component, bool)> {
        let mut tried = 1;
        loop {
            match self.typed_once(context) {
                Err(failure) if tried < TRIES && context.input.can_ask() => {
                    context.console.warn(format!("{failure}; once more"));
                    tried += 1;
                }
                done => return done.map(|component| (component, true)),
            }
        }
    }

    fn typed_once(&self, context: &mut Context) -> Result<Component> {
        let question = format!("Digits of {} (not shown)", self.name);
        let typed = context.input.prompt_secret(&question, INSTEAD)?;
        let component = Component::from_hex(self.kind, &typed)
            .map_err(|error| Failure::from(error).about(&self.name))?;
        let given = match (self.check_value, component.check_value()) {
            (Some(given), _) => given.to_owned(),
            (None, Some(_)) => context.input.prompt_line(
                &format!("Check value of {} (empty: type its digits again instead)", self.name),
                INSTEAD,
            )?,
            (None, None) => String::new(),
        };
        if !given.is_empty() {
            self.check(&component, &given)?;
            return Ok(component);
        }
        let again = context.input.prompt_secret(&format!("{question}, again"), INSTEAD)?;
        let again = Component::from_hex(self.kind, &again)
            .map_err(|error| Failure::from(error).about(&self.name))?;
        if component.same_as(&again) {
            Ok(component)
        } else {
            Err(Failure::input(format!("{}: typed differently the second time", self.name)))
        }
    }

    fn check(&self, component: &Component, given: &str) -> Result<()> {
        match (component.has_check_value(given), component.check_value()) {
            (Some(true), _) => Ok(()),
            (_, Some(own)) => Err(Failure::input(format!(
                "{}: its check value is {own} ({}), not {}",
                self.name,
                own.method(),
                el2g_text::one_line(given.trim()),
            ))
            .with_hint(
                "it is another component, or a digit is wrong: nothing was combined; compare with its sheet",
            )),
            (_, None) => Err(Failure::usage(format!(
                "{}: {} of {} bytes have no check value (a hash of a short secret is as good as the secret)",
                self.name,
                self.kind,
                component.byte_len()
            ))
            .with_hint("leave --component-kcv away; a component that is typed is asked for twice")),
        }
    }
}
