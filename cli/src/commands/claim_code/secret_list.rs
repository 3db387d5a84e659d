//! Secrets of many claim codes: into one file, whole or not at all.

use std::time::Duration;

use clap::{Args, ValueEnum};
use el2g_files::OutputFile;
use el2g_key_payload::SecretBytes;
use el2g_service_api::claim_codes::{
    ClaimCode, ClaimCodeBatch, ClaimCodeBatchPath, ClaimCodePath, ClaimCodeQuery,
    CreateClaimCodeBatch, ListClaimCodes, NewClaimCodeBatch, ShowClaimCode, ShowClaimCodeBatch,
    ShowClaimCodeSecret,
};
use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::{NoQuery, Operation as _};
use el2g_text::json_text;
use el2g_workflows::{Failure, csv_row};
use serde::Serialize;
use zeroize::Zeroizing;

use super::secret::refuse_what_is_no_secret;
use crate::Result;
use crate::at_once::at_once;
use crate::context::Context;
use crate::document::Documented as _;
use crate::online::{DryRun, Online};
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;
use crate::table::Shown;

/// Requests at a time.
const JOBS: usize = 4;

/// The pauses between looks at a batch that is not complete; the last one stays.
const PAUSES: [u64; 5] = [0, 1, 2, 4, 8];

/// Looks at a batch: for about ten minutes.
const LOOKS: usize = 80;

/// The forms of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// CSV with the header id,name,secret
    #[default]
    Csv,
    /// A JSON array of id, name and secret
    Json,
}

/// Where the secrets go.
#[derive(Args)]
pub struct SecretListOutput {
    #[arg(long, value_name = "FILE", help = output_help!(kept "the secrets with ids and names (mode 0600), whole or not at all"))]
    out: OutputPath,
    /// Form of the file
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: ListFormat,
}

/// Where the secrets of a new batch go.
#[derive(Args)]
pub struct BatchSecrets {
    #[arg(long, value_name = "FILE", help = output_help!(kept "the secrets with ids and names (mode 0600), once the batch is complete"))]
    secrets_out: Option<OutputPath>,
    /// Form of the file with the secrets
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, requires = "secrets_out")]
    format: ListFormat,
}

/// Which claim codes of a group.
pub enum Which {
    /// Those with these ids.
    Ids(Vec<u64>),
    /// Those whose names begin so.
    Prefix(String),
}

/// An item of a file with secrets as JSON.
#[derive(Serialize, schemars::JsonSchema)]
pub struct ClaimSecret {
    /// The claim code's id.
    id: u64,
    /// The claim code's name.
    name: String,
    /// Base64.
    secret: String,
}

/// What was written.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    file: String,
    claim_codes: usize,
}

impl Human for Written {
    fn human(&self) -> String {
        String::new()
    }
}

/// A new batch and its file.
#[derive(Serialize, schemars::JsonSchema)]
pub struct BatchWritten {
    #[serde(flatten)]
    batch: ClaimCodeBatch,
    #[serde(flatten)]
    written: Written,
}

impl Human for BatchWritten {
    fn human(&self) -> String {
        Shown(&self.batch).human()
    }
}

impl SecretListOutput {
    /// Fetches the secrets, several at a time, and writes them.
    pub fn write(
        &self,
        which: &Which,
        path: impl FnOnce(&Online) -> Result<GroupPath>,
        context: &mut Context,
    ) -> Result<Outcome> {
        let online = Online::open(context)?;
        let path = path(&online)?;
        if online.is_dry_run() {
            return Ok(Outcome::of(DryRun::of(which.dry_run(&path, &online)?)));
        }
        // Before the calls: a file that cannot be written is found out first.
        let file = context.output(OutputKind::ClaimSecret, &self.out)?;
        let codes = which.codes(&path, &online)?;
        if codes.is_empty() {
            return Err(Failure::input("no claim code of the group has a name that begins so")
                .with_hint("`el2g claim-code list --group GROUP --product 12NC` lists them"));
        }
        let written = fetch(&codes, &path, self.format, file, &online)?;
        Ok(Outcome::of(noted(&self.out, written, context)))
    }
}

impl BatchSecrets {
    /// Creates a batch; where a file is named, waits until it is complete and writes its secrets.
    pub fn create(
        &self,
        body: &NewClaimCodeBatch,
        path: impl FnOnce(&Online) -> Result<GroupPath>,
        context: &mut Context,
    ) -> Result<Outcome> {
        let online = Online::open(context)?;
        let path = path(&online)?;
        let Some(out) = &self.secrets_out else {
            return online.answer::<CreateClaimCodeBatch>(&path, &NoQuery {}, body, |batch| {
                Outcome::of(Shown(batch))
            });
        };
        let which = Which::Prefix(body.name_prefix.clone());
        if online.is_dry_run() {
            let create = online.curl::<CreateClaimCodeBatch>(&path, &NoQuery {}, body)?;
            let (look, write) = (which.list_line(&path, &online)?, which.dry_run(&path, &online)?);
            let progress = online.client().curl_template(
                ShowClaimCodeBatch::METHOD,
                &format!("{}/claim-codes/batches/BATCH_ID", group_url(&path)),
                None,
            )?;
            let lines = [vec![look, create, progress], write].concat();
            return Ok(Outcome::of(DryRun::of(lines)));
        }
        let file = context.output(OutputKind::ClaimSecret, out)?;
        // The service does not say which codes are a batch's: they are those of its prefix.
        let before = which.codes(&path, &online)?.len();
        if before > 0 {
            let prefix = &body.name_prefix;
            return Err(Failure::input(format!(
                "{before} claim codes of the group have names that begin with `{prefix}`: those of the batch could not be told from them; nothing was created"
            ))
            .with_hint("give the batch a --name-prefix of its own"));
        }
        let batch = online.call::<CreateClaimCodeBatch>(&path, &NoQuery {}, body)?;
        let later = |failure: Failure| {
            let id = batch.batch_id;
            failure.about(format!("batch {id} was created, its secrets were not written")).with_hint(
                "when the reason is gone `el2g claim-code secrets --name-prefix` writes them: the batch need not be created again",
            )
        };
        let codes = completed(&batch, body, &which, &path, &online).map_err(later)?;
        let written = fetch(&codes, &path, self.format, file, &online).map_err(later)?;
        let written = noted(out, written, context);
        Ok(Outcome::of(BatchWritten { batch, written }))
    }
}

/// The claim codes of a batch, once all of them are there.
fn completed(
    batch: &ClaimCodeBatch,
    body: &NewClaimCodeBatch,
    which: &Which,
    group: &GroupPath,
    online: &Online,
) -> Result<Vec<Code>> {
    let GroupPath { nc12, device_group_id } = group.clone();
    let path = ClaimCodeBatchPath { nc12, device_group_id, batch_id: batch.batch_id };
    let wanted = usize::try_from(body.number_of_claim_codes).unwrap_or(usize::MAX);
    let mut pauses = PAUSES.iter().copied();
    let (mut pause, mut found) = (0, 0);
    for _ in 0..LOOKS {
        pause = pauses.next().unwrap_or(pause);
        online.wait(async { tokio::time::sleep(Duration::from_secs(pause)).await });
        let progress = online.call::<ShowClaimCodeBatch>(&path, &NoQuery {}, &())?;
        if progress.progress_in_percentage.value().is_some_and(|percent| *percent < 100) {
            continue;
        }
        let codes = which.codes(group, online)?;
        found = codes.len();
        if found == wanted {
            return Ok(codes);
        }
    }
    Err(Failure::unavailable(format!("expected {wanted} claim codes, found {found}")))
}

/// A claim code whose secret is fetched.
struct Code {
    id: u64,
    name: String,
}

impl From<ClaimCode> for Code {
    fn from(code: ClaimCode) -> Self {
        Self { id: code.id, name: code.name }
    }
}

impl Which {
    fn query(&self) -> ClaimCodeQuery {
        let prefix = match self {
            Self::Ids(_) => None,
            Self::Prefix(prefix) => Some(prefix.clone()),
        };
        ClaimCodeQuery { name: prefix, ..ClaimCodeQuery::default() }
    }

    /// The claim codes, by their ids.
    fn codes(&self, group: &GroupPath, online: &Online) -> Result<Vec<Code>> {
        let client = online.client();
        let mut codes: Vec<Code> = match self {
            Self::Ids(ids) => {
                let show = |id: &u64| {
                    let path = code_path(group, *id);
                    async move { client.call::<ShowClaimCode>(&path, &NoQuery {}, &()).await }
                };
                let shown = online.wait(at_once(JOBS, ids.iter().map(show)))?;
                shown.into_iter().map(Code::from).collect()
            }
            Self::Prefix(prefix) => {
                let pages = client.pages::<ListClaimCodes>(group.clone(), self.query());
                let mut found = online.wait(pages.collect())?;
                found.retain(|code| code.name.starts_with(prefix));
                found.into_iter().map(Code::from).collect()
            }
        };
        codes.sort_by_key(|code| code.id);
        codes.dedup_by_key(|code| code.id);
        Ok(codes)
    }

    fn list_line(&self, group: &GroupPath, online: &Online) -> Result<String> {
        let query = ClaimCodeQuery { page: Some(0), ..self.query() };
        online.curl::<ListClaimCodes>(group, &query, &())
    }

    /// The requests: those of which the ids are not known have a word in their place.
    fn dry_run(&self, group: &GroupPath, online: &Online) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        match self {
            Self::Ids(ids) => {
                for id in ids {
                    let path = code_path(group, *id);
                    lines.push(online.curl::<ShowClaimCode>(&path, &NoQuery {}, &())?);
                }
                for id in ids {
                    let path = code_path(group, *id);
                    lines.push(online.curl::<ShowClaimCodeSecret>(&path, &NoQuery {}, &())?);
                }
            }
            Self::Prefix(_) => {
                lines.push(self.list_line(group, online)?);
                let path = format!("{}/claim-codes/CLAIM_CODE_ID/decrypt", group_url(group));
                let method = ShowClaimCodeSecret::METHOD;
                lines.push(online.client().curl_template(method, &path, None)?);
            }
        }
        Ok(lines)
    }
}

/// The path of a group in the API.
fn group_url(group: &GroupPath) -> String {
    format!("/products/{}/device-groups/{}", group.nc12, group.device_group_id)
}

fn code_path(group: &GroupPath, id: u64) -> ClaimCodePath {
    let GroupPath { nc12, device_group_id } = group.clone();
    ClaimCodePath { nc12, device_group_id, claim_code_id: id }
}

/// Fetches the secrets and writes them all; how many.
fn fetch(
    codes: &[Code],
    group: &GroupPath,
    format: ListFormat,
    file: OutputFile,
    online: &Online,
) -> Result<usize> {
    let client = online.client();
    let secret = |code: &Code| {
        let (path, id) = (code_path(group, code.id), code.id);
        async move {
            let call = client.call::<ShowClaimCodeSecret>(&path, &NoQuery {}, &()).await;
            let about = |failure: Failure| failure.about(format!("claim code {id}"));
            let text = call.map_err(|error| about(error.into()))?;
            let secret = SecretBytes::from_slice(text.expose().trim().as_bytes());
            refuse_what_is_no_secret(&secret).map_err(about)?;
            Ok::<_, Failure>(secret)
        }
    };
    let secrets = online.wait(at_once(JOBS, codes.iter().map(secret)))?;
    let content = format.content(codes, &secrets);
    file.write(&content)?;
    Ok(secrets.len())
}

impl ListFormat {
    /// The file. It is made in one buffer that is large enough, so that no copy of it is left behind.
    fn content(self, codes: &[Code], secrets: &[SecretBytes]) -> Zeroizing<Vec<u8>> {
        let rows: Vec<[String; 2]> = codes.iter().map(|code| self.around(code)).collect();
        let (begin, between, end) = match self {
            Self::Csv => ("id,name,secret\n", "", ""),
            Self::Json => ("[\n", ",\n", "\n]\n"),
        };
        let of_rows: usize = rows.iter().flatten().map(|text| text.len() + between.len()).sum();
        let of_secrets: usize = secrets.iter().map(|secret| secret.expose().len()).sum();
        let size = begin.len() + of_rows + of_secrets + end.len();
        let mut content = Zeroizing::new(Vec::with_capacity(size));
        content.extend_from_slice(begin.as_bytes());
        for (index, ([before, after], secret)) in rows.iter().zip(secrets).enumerate() {
            if index > 0 {
                content.extend_from_slice(between.as_bytes());
            }
            content.extend_from_slice(before.as_bytes());
            // Base64, as was checked: nothing in it is quoted in either form.
            content.extend_from_slice(secret.expose());
            content.extend_from_slice(after.as_bytes());
        }
        content.extend_from_slice(end.as_bytes());
        debug_assert!(content.len() <= size);
        content
    }

    /// What stands before a secret, and after it.
    fn around(self, code: &Code) -> [String; 2] {
        match self {
            Self::Csv => {
                let row = csv_row(&[&code.id.to_string(), &code.name]);
                [format!("{row},"), "\n".to_owned()]
            }
            Self::Json => {
                let name = json_text(&serde_json::Value::from(code.name.as_str()).to_string());
                let (schema, id) = (ClaimSecret::SCHEMA.0, code.id);
                let before = format!(
                    "  {{\"schema\": \"{schema}\", \"id\": {id}, \"name\": {name}, \"secret\": \""
                );
                [before, "\"}".to_owned()]
            }
        }
    }
}

fn noted(out: &OutputPath, claim_codes: usize, context: &Context) -> Written {
    let file = out.display().to_string();
    context.console.note(format!("wrote {file}: secrets of {claim_codes} claim codes"));
    Written { file, claim_codes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_hold_what_a_name_may_hold_and_fit_their_buffer() {
        let code = |id, name: &str| Code { id, name: name.to_owned() };
        let codes = [code(4, "line-7"), code(12, "a,b \"c\"")];
        let secrets = [&b"c2VjcmV0LTE="[..], b"c2VjcmV0LTI="].map(SecretBytes::from_slice);
        let content = |format: ListFormat| {
            let content = format.content(&codes, &secrets);
            String::from_utf8(content.to_vec()).unwrap()
        };
        assert_eq!(
            content(ListFormat::Csv),
            "id,name,secret\n4,line-7,c2VjcmV0LTE=\n12,\"a,b \"\"c\"\"\",c2VjcmV0LTI=\n"
        );
        let json: serde_json::Value = serde_json::from_str(&content(ListFormat::Json)).unwrap();
        let expected = serde_json::json!([
            {"schema": "el2g/claim-secret/1", "id": 4, "name": "line-7", "secret": "c2VjcmV0LTE="},
            {"schema": "el2g/claim-secret/1", "id": 12, "name": "a,b \"c\"", "secret": "c2VjcmV0LTI="},
        ]);
        assert_eq!(json, expected);
    }
}
