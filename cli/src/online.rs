//! Commands that call the service: one connection, one way to call, list, and print instead.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use el2g_service_api::{Method, NoQuery, Operation, PageQuery as _, PagedOperation};
use el2g_service_client::{BrokenRule, Client, ClientError, CurlBody, Request, Settings, Token};
use el2g_signers::TokenSecrets;
use el2g_workflows::{Failure, Gate, Plan, StepLine};
use serde::Serialize;

use crate::Result;
use crate::confirmation::{Confirmation, Question};
use crate::context::Context;
use crate::document::Documented;
use crate::indicator::Indicator;
use crate::input::SMALL_FILE;
use crate::narrator::Narrator;
use crate::options::Service;
use crate::output::{Console, Human, Outcome};
use crate::services::SERVICES;
use crate::settings::ServiceSettings;
use crate::table::{Row, Shown, list};
use crate::token::{Credentials, TokenOrigin};

/// Why something is asked about of which nothing better is known.
pub const FOR_GOOD: &str = "this cannot be undone";

/// The service, ready to be called, and the runtime that the calls run on.
pub struct Online {
    client: Client,
    runtime: tokio::runtime::Runtime,
    dry_run: bool,
    pub(crate) console: Console,
    confirmation: Confirmation,
    /// Whether what cannot be undone was asked about, in words of the command's own.
    confirmed: Cell<bool>,
    gate: Arc<Gate>,
}

impl Online {
    /// Resolves where the service is and what the token is. Nothing is sent. A dry run needs no token.
    pub fn open(context: &mut Context) -> Result<Self> {
        let service = context.service()?;
        // Secrets are sealed by now: no token stays unlocked while the service is spoken to.
        context.tokens = TokenSecrets::default();
        let dry_run = context.everywhere.dry_run;
        let credentials = if dry_run { None } else { Some(context.credentials()?) };
        if dry_run && context.token_origin()? == Some(TokenOrigin::Grant) {
            context.console.note("a dry run asks for no access token: EL2G_TOKEN must hold one where the line is run");
        }
        let gate = Arc::new(context.gate());
        let mut settings = client_settings(service, credentials, context)?;
        settings.gate = Some(gate.clone());
        if let Some(source) = context.token_source()? {
            settings.token_source = source;
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::bug(format!("cannot start the runtime: {error}")))?;
        let console = context.console;
        let client = Client::new(settings)?;
        let (confirmation, confirmed) = (context.confirmation(), Cell::new(false));
        Ok(Self { client, runtime, dry_run, console, confirmation, confirmed, gate })
    }

    /// The client, for flows.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Has the gate look at a request that will be sent later, before anything else is done. Nothing is sent.
    ///
    /// # Errors
    /// [`ClientError::Checked`] when it would not be sent.
    pub fn check<O: Operation>(
        &self,
        path: &O::Path,
        body: &O::Body,
    ) -> std::result::Result<(), ClientError>
    where
        O::Query: Default,
    {
        Request::<O>::new(self.client.settings(), path, &O::Query::default(), body).map(|_| ())
    }

    /// Refuses what was found out of a request before it is built, unless it is passed over.
    pub fn refuse(&self, about: &str, broken: Vec<BrokenRule>) -> Result<()> {
        let console = self.console;
        match self.gate.refusal(about, broken, |text| console.warn(text)) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// Whether requests are printed instead of sent.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Runs something asynchronous to its end.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        let _indicator = Indicator::new(self.console, "waiting for the service");
        self.runtime.block_on(future)
    }

    /// Asks before an operation that destroys something: `what` is about to happen. In a dry run nobody is asked.
    pub fn confirm<O: Operation>(&self, what: impl Into<String>) -> Result<()> {
        self.confirm_with(Question::of_loss(what, O::DESTROYS.unwrap_or(FOR_GOOD)))
    }

    /// The same for an operation that destroys much: `look` finds out how much, and what must be typed for it. It is not
    /// called where `--yes` answers, or nobody can.
    pub fn confirm_much<O: Operation>(
        &self,
        what: &str,
        look: impl FnOnce() -> Result<(String, String)>,
    ) -> Result<()> {
        let mut question = Question::of_loss(what, O::DESTROYS.unwrap_or(FOR_GOOD));
        if self.dry_run || self.confirmation.given(&question)? {
            self.confirmed.set(true);
            return Ok(());
        }
        let (what, answer) = look()?;
        (question.what, question.answer) = (what, Some(answer));
        self.confirm_with(question)
    }

    /// Asks a question before something is sent. Nobody is asked in a dry run.
    pub fn confirm_with(&self, question: Question<'_>) -> Result<()> {
        if !self.dry_run {
            self.confirmation.ask(&question)?;
        }
        self.confirmed.set(true);
        Ok(())
    }

    /// Asks a question that no `--yes` answers.
    pub fn ask_whatever_flags(&self, question: &Question<'_>) -> Result<()> {
        self.confirmation.without_flag().ask(question)
    }

    /// Calls an operation. One that destroys something is asked about before, unless the command has done so.
    pub fn call<O: Operation>(
        &self,
        path: &O::Path,
        query: &O::Query,
        body: &O::Body,
    ) -> Result<O::Reply> {
        if O::DESTROYS.is_some() && !self.confirmed.get() {
            self.confirm::<O>(O::COMMAND.join(" "))?;
        }
        let called = self.wait(self.client.call::<O>(path, query, body));
        called.map_err(|error| self.failed(path, error))
    }

    /// The request, printed, if this is a dry run.
    pub fn dry_run<O: Operation>(
        &self,
        path: &O::Path,
        query: &O::Query,
        body: &O::Body,
    ) -> Result<Option<Outcome>> {
        let printed = || Ok(Outcome::of(DryRun::of(vec![self.curl::<O>(path, query, body)?])));
        self.dry_run.then(printed).transpose()
    }

    /// Calls an operation and prints its reply as `view` makes of it; a dry run prints the request.
    pub fn answer<O: Operation>(
        &self,
        path: &O::Path,
        query: &O::Query,
        body: &O::Body,
        view: impl FnOnce(O::Reply) -> Outcome,
    ) -> Result<Outcome> {
        if let Some(printed) = self.dry_run::<O>(path, query, body)? {
            return Ok(printed);
        }
        let outcome = view(self.call::<O>(path, query, body)?);
        // What was only looked up can be looked up again.
        Ok(if O::METHOD == Method::Get { outcome.listing() } else { outcome })
    }

    /// Calls an operation without a query or body and prints its reply, field by field.
    pub fn show<O>(&self, path: &O::Path) -> Result<Outcome>
    where
        O: Operation<Query = NoQuery, Body = ()>,
        O::Reply: Documented + 'static,
    {
        self.answer::<O>(path, &NoQuery {}, &(), |reply| Outcome::of(Shown(reply)))
    }

    /// Calls an operation that answers nothing and says what was done.
    pub fn done<O>(&self, path: &O::Path, body: &O::Body, done: Done) -> Result<Outcome>
    where
        O: Operation<Query = NoQuery>,
    {
        self.done_with::<O>(path, &NoQuery {}, body, done)
    }

    /// The same of an operation with a query.
    pub fn done_with<O: Operation>(
        &self,
        path: &O::Path,
        query: &O::Query,
        body: &O::Body,
        done: Done,
    ) -> Result<Outcome> {
        self.answer::<O>(path, query, body, |_| self.noted(done))
    }

    /// Says what was done.
    pub fn noted(&self, done: Done) -> Outcome {
        self.console.note(done.note());
        Outcome::of(done)
    }

    /// Prints a list: every page, or the one that was asked for.
    pub fn list<O>(self, path: O::Path, query: O::Query) -> Result<Outcome>
    where
        O: PagedOperation<Body = ()>,
        O::Path: 'static,
        O::Item: Row + 'static,
    {
        if self.dry_run {
            let mut first = query;
            first.set_page(first.page().unwrap_or(0));
            first.set_size(first.size().unwrap_or(self.client.settings().limits.page_size));
            return Ok(Outcome::of(DryRun::of(vec![self.curl::<O>(&path, &first, &())?])));
        }
        Ok(list::<O>(self, path, query))
    }

    /// The cURL line of a call.
    pub fn curl<O: Operation>(
        &self,
        path: &O::Path,
        query: &O::Query,
        body: &O::Body,
    ) -> Result<String> {
        let settings = self.client.settings();
        Ok(Request::<O>::new(settings, path, query, body)?.curl(settings, &CurlBody::Inline))
    }
}

/// The client's settings from the resolved ones.
fn client_settings(
    service: ServiceSettings,
    credentials: Option<Credentials>,
    context: &mut Context,
) -> Result<Settings> {
    if service.path_added {
        let url = &service.base_url;
        context
            .console
            .note(format!("the base URL has no path; the API of this service is at {url}"));
    }
    let (token, client_credentials) = match credentials {
        Some(Credentials::Token(bytes)) => {
            let token = Token::new(&bytes).map_err(|error| Failure::input(error.to_string()))?;
            (Some(token), None)
        }
        Some(Credentials::Grant(credentials)) => (None, Some(credentials)),
        None => (None, None),
    };
    let mut settings = Settings::new(service.base_url, service.auth_header.into(), token);
    settings.client_credentials = client_credentials;
    if service.service == Service::Sandbox {
        // It reads what it wrote at once; a loaded machine may still need a moment.
        settings.retry.settle = Duration::from_secs(1);
    }
    settings.official = SERVICES[service.service as usize].official;
    settings.allow_other_host = service.allow_other_host;
    if let Some(file) = service.ca_cert {
        settings.ca_certificates = Some(context.read_deciding_text(&file, SMALL_FILE)?);
        settings.ca_file = Some(file.display().to_string());
    }
    if let Some(seconds) = context.everywhere.timeout {
        settings.limits.total = Duration::from_secs(seconds);
        settings.limits.connect = settings.limits.connect.min(settings.limits.total);
    }
    settings.limits.page_size = service.page_size.unwrap_or(settings.limits.page_size);
    if let Some(retries) = context.everywhere.retries {
        settings.retry.attempts = retries + 1;
    }
    settings.observer = Some(Arc::new(Narrator(context.console)));
    Ok(settings)
}

/// The requests that were not sent.
#[derive(Serialize, schemars::JsonSchema)]
pub struct DryRun {
    requests: Vec<Line>,
}

#[derive(Serialize, schemars::JsonSchema)]
struct Line {
    curl: String,
}

impl DryRun {
    /// Requests as cURL lines, in the order in which they would be sent.
    pub fn of(lines: Vec<String>) -> Self {
        Self { requests: lines.into_iter().map(|curl| Line { curl }).collect() }
    }
}

impl Human for DryRun {
    fn human(&self) -> String {
        self.requests.iter().map(|line| format!("{}\n", line.curl)).collect()
    }
}

/// The steps of a flow, of which none was taken.
#[derive(Serialize, schemars::JsonSchema)]
pub struct FlowDryRun {
    #[serde(flatten)]
    requests: DryRun,
    steps: Vec<StepLine>,
}

impl FlowDryRun {
    /// The answer of a dry run.
    pub fn of<T>(plan: &Plan<'_, T>) -> Result<Outcome> {
        let steps = plan.lines()?;
        let lines = steps.iter().filter_map(|step| step.curl.clone()).collect();
        Ok(Outcome::of(Self { requests: DryRun::of(lines), steps }))
    }
}

impl Human for FlowDryRun {
    fn human(&self) -> String {
        let line = |step: &StepLine| match &step.curl {
            Some(curl) => format!("{curl}\n"),
            // A comment to a shell.
            None => format!("# {}\n", step.what),
        };
        self.steps.iter().map(line).collect()
    }
}

/// What a call did that answers nothing: a note for people, a document for programs.
#[derive(Serialize, schemars::JsonSchema)]
pub struct Done {
    result: &'static str,
    #[serde(flatten)]
    subject: serde_json::Map<String, serde_json::Value>,
    #[serde(skip)]
    what: String,
}

impl Done {
    /// `result` is a past participle such as `deleted`; `key` and `id` say of what.
    pub fn new(result: &'static str, key: &str, id: impl Into<serde_json::Value>) -> Self {
        Self { result, subject: serde_json::Map::new(), what: String::new() }.and(key, id)
    }

    /// With one more thing that took part.
    #[must_use]
    pub fn and(mut self, key: &str, id: impl Into<serde_json::Value>) -> Self {
        let id = id.into();
        let text = match &id {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let words = spaced(key);
        let gap = if self.what.is_empty() { "" } else { ", " };
        self.what = format!("{}{gap}{} {text}", self.what, words.trim_end_matches(" id"));
        self.subject.insert(key.to_owned(), id);
        self
    }

    fn note(&self) -> String {
        format!("{}: {}", self.result, self.what)
    }
}

/// `deviceGroupId` as words: `device group id`.
fn spaced(key: &str) -> String {
    let mut words = String::new();
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

impl Human for Done {
    /// Nothing: stdout is for data, and the note went to stderr.
    fn human(&self) -> String {
        String::new()
    }
}
