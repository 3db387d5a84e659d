//! Calls with everything around them: repeating, looking up, decoding.

mod free_call;
mod whole_object;

use std::time::{Duration, Instant};

use el2g_service_api::look_up::{Evidence, LookUp, Probe, ProbeAnswer, Since, Verdict};
use el2g_service_api::{Method, Operation, PagedOperation, Repeat, concealing};

use crate::prepared::Prepared;
use crate::transport::{Reply, Transport, excerpt};
use crate::{ClientError, ConnectionPhase, Event, Pages, Settings};

pub use free_call::RawReply;
pub use whole_object::FurtherFields;

/// How far the service's `Date` may be behind its own time stamps: it has whole seconds.
const CLOCK_ALLOWANCE_MS: i64 = 2_000;

/// The most pages a look-up reads: one that does not see everything shows nothing.
const LOOK_UP_PAGES: u32 = 200;

/// Between two looks for what is not there yet; the pause doubles up to the longest.
const FIRST_SETTLING_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_SETTLING_PAUSE: Duration = Duration::from_secs(4);

/// A client of one service.
pub struct Client {
    settings: Settings,
    transport: Transport,
}

/// What came of repeating a call.
enum Outcome<R> {
    Replied(Reply),
    /// No reply, but the look-up found what the call made.
    Found(R),
    /// A repeated DELETE found nothing left to delete.
    AlreadyGone,
}

impl Client {
    /// A client for these settings. Nothing is sent.
    ///
    /// # Errors
    /// When the host is not the official one, a CA file cannot be read or TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        let transport = Transport::new(&settings)?;
        Ok(Client { settings, transport })
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The service's clock at its last reply, in seconds since 1970 (`Date`, RFC 9110 section 6.6.1).
    pub fn service_clock(&self) -> Option<i64> {
        self.transport.service_clock()
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// A [`ClientError`]; see there. An operation that is not safe to repeat and whose reply was lost is
    /// [`ClientError::OutcomeUnknown`] when a look-up cannot tell.
    pub async fn call<O: Operation>(
        &self,
        path: &O::Path,
        query: &O::Query,
        body: &O::Body,
    ) -> Result<O::Reply, ClientError> {
        let request = Prepared::of::<O>(&self.settings.base_url, path, query, body)?;
        self.call_prepared::<O>(request, path, body).await
    }

    async fn call_prepared<O: Operation>(
        &self,
        request: Prepared,
        path: &O::Path,
        body: &O::Body,
    ) -> Result<O::Reply, ClientError> {
        let request = request.through_gate(&self.settings)?;
        let began = Instant::now();
        let reply = match self.repeat(&request, || O::look_up(path, body)).await? {
            Outcome::Found(reply) => return Ok(reply),
            Outcome::AlreadyGone => return O::decode_reply(b"").map_err(ClientError::Encode),
            Outcome::Replied(reply) => reply,
        };
        let error = match self.decode::<O>(&request, &reply) {
            Err(error) if request.repeat == Repeat::AfterLookUp => error,
            decoded => return decoded,
        };
        // Something stood in between, or the service says what nobody understands: what did it do?
        match self.judge_loss(&request, &error, || O::look_up(path, body), began).await {
            Verdict::Happened(found) => Ok(found),
            Verdict::NotHappened => Err(error),
            Verdict::Unclear => Err(unknown(&request, error)),
        }
    }

    /// Whether a call happened that an earlier run of the program made and whose reply it never had.
    ///
    /// # Errors
    /// A read that fails. An operation without a look-up is [`Verdict::Unclear`].
    pub async fn happened<O: Operation>(
        &self,
        path: &O::Path,
        body: &O::Body,
    ) -> Result<Verdict<O::Reply>, ClientError> {
        let Some(look_up) = O::look_up(path, body) else { return Ok(Verdict::Unclear) };
        let mut evidence = Evidence { answers: Vec::new(), since: Since::Ever };
        for probe in &look_up.probes {
            let (answer, _) = self.probe(&O::COMMAND.join(" "), probe).await?;
            evidence.answers.push(answer);
        }
        let secrets = self.transport.secrets(&self.settings, std::iter::empty());
        Ok(concealing(move |text| secrets.conceal(text), || (look_up.judge)(&evidence)))
    }

    /// All pages of a list, one after the other.
    pub fn pages<O: PagedOperation>(&self, path: O::Path, query: O::Query) -> Pages<'_, O> {
        Pages::new(self, path, query)
    }

    /// Sends a request until it succeeds, is refused, or the policy is used up. All attempts have one
    /// request id: it finds them all in the service's log.
    async fn repeat<R>(
        &self,
        request: &Prepared,
        look_up: impl Fn() -> Option<LookUp<R>>,
    ) -> Result<Outcome<R>, ClientError> {
        let began = Instant::now();
        let id = uuid::Uuid::new_v4().to_string();
        let mut pauses = self.settings.retry.pauses();
        // Whether an attempt whose effect is not known has been made.
        let mut in_doubt = false;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match self.transport.send(&self.settings, request, &id, attempt).await {
                Ok(reply) => return Ok(Outcome::Replied(reply)),
                Err(error) => error.after(attempt),
            };
            let was_in_doubt = in_doubt;
            in_doubt |= error.may_have_happened();
            let pause = match error.is_retryable() {
                true => self.pause(&error, pauses.next(), began.elapsed()),
                false => None,
            };
            if in_doubt && request.repeat != Repeat::Freely {
                if request.repeat == Repeat::Never {
                    return Err(unknown(request, error));
                }
                tokio::time::sleep(pause.unwrap_or_default()).await;
                match self.judge_loss(request, &error, &look_up, began).await {
                    Verdict::Happened(found) => return Ok(Outcome::Found(found)),
                    Verdict::Unclear => return Err(unknown(request, error)),
                    Verdict::NotHappened => in_doubt = false,
                }
                if pause.is_none() {
                    return Err(error);
                }
                self.tell_retrying(&error, Duration::ZERO, attempt);
                continue;
            }
            let Some(pause) = pause else {
                return self.judge_refusal(request, error, was_in_doubt, &look_up, began).await;
            };
            self.tell_retrying(&error, pause, attempt);
            tokio::time::sleep(pause).await;
        }
    }

    /// How long to wait before the next attempt; `None` when there is to be none.
    fn pause(
        &self,
        error: &ClientError,
        planned: Option<Duration>,
        elapsed: Duration,
    ) -> Option<Duration> {
        let asked = match error {
            ClientError::Answered(answered) => answered.retry_after.map(Duration::from_secs),
            _ => None,
        };
        let pause = planned?.max(asked.unwrap_or_default());
        (elapsed.saturating_add(pause) <= self.settings.retry.total).then_some(pause)
    }

    /// Whether a call happened whose reply was lost. What is not there yet is looked for again until reads
    /// must have caught up. Of a call that timed out nobody knows that it will not happen still.
    async fn judge_loss<R>(
        &self,
        request: &Prepared,
        error: &ClientError,
        look_up: impl Fn() -> Option<LookUp<R>>,
        began: Instant,
    ) -> Verdict<R> {
        let because = error.to_string();
        self.tell(&Event::LookingUp { operation: &request.operation, because: &because });
        let timed_out =
            matches!(error, ClientError::Connection { phase: ConnectionPhase::TimedOut, .. });
        let mut settle = self.settings.retry.settle;
        if timed_out {
            settle = settle.max(self.settings.limits.total);
        }
        let lost_at = Instant::now();
        let mut pause = FIRST_SETTLING_PAUSE;
        loop {
            let Some(look_up) = look_up() else { return Verdict::Unclear };
            let verdict = self.look_up(request, look_up, began).await;
            let not_happened = matches!(verdict, Verdict::NotHappened);
            if not_happened && lost_at.elapsed() + pause <= settle {
                tokio::time::sleep(pause).await;
                pause = pause.saturating_mul(2).min(LONGEST_SETTLING_PAUSE);
                continue;
            }
            let happened = match &verdict {
                Verdict::Happened(_) => Some(true),
                Verdict::NotHappened => Some(false),
                Verdict::Unclear => None,
            };
            self.tell(&Event::LookedUp { happened });
            return if not_happened && timed_out { Verdict::Unclear } else { verdict };
        }
    }

    /// A call that was refused after an earlier attempt got lost: perhaps because that one did the work.
    async fn judge_refusal<R>(
        &self,
        request: &Prepared,
        error: ClientError,
        was_in_doubt: bool,
        look_up: impl Fn() -> Option<LookUp<R>>,
        began: Instant,
    ) -> Result<Outcome<R>, ClientError> {
        if !was_in_doubt || !error.is_refused() {
            return Err(error);
        }
        match request.method {
            Method::Delete if error.status() == Some(404) => Ok(Outcome::AlreadyGone),
            Method::Put => match look_up() {
                Some(look_up) => match self.look_up(request, look_up, began).await {
                    Verdict::Happened(found) => Ok(Outcome::Found(found)),
                    Verdict::NotHappened | Verdict::Unclear => Err(error),
                },
                None => Err(error),
            },
            Method::Get | Method::Post | Method::Delete => Err(error),
        }
    }

    /// Looks up once, in bounded time.
    async fn look_up<R>(
        &self,
        request: &Prepared,
        look_up: LookUp<R>,
        began: Instant,
    ) -> Verdict<R> {
        let longest = self.settings.retry.total.max(self.settings.limits.total);
        match tokio::time::timeout(longest, self.evidence(request, &look_up.probes, began)).await {
            Ok(Some(evidence)) => {
                let secrets = self.transport.secrets(&self.settings, request.secrets());
                concealing(move |text| secrets.conceal(text), || (look_up.judge)(&evidence))
            }
            Ok(None) | Err(_) => Verdict::Unclear,
        }
    }

    /// What the reads of a look-up answer; `None` when one of them fails.
    async fn evidence(
        &self,
        request: &Prepared,
        probes: &[Probe],
        began: Instant,
    ) -> Option<Evidence> {
        let mut evidence = Evidence { answers: Vec::new(), since: Since::Unknown };
        for probe in probes {
            let (answer, date) = self.probe(&request.operation, probe).await.ok()?;
            evidence.answers.push(answer);
            let elapsed = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
            evidence.since = date.map_or(Since::Unknown, |at| {
                let at = at.saturating_mul(1000).saturating_sub(elapsed);
                Since::Moment(at.saturating_sub(CLOCK_ALLOWANCE_MS))
            });
        }
        Some(evidence)
    }

    fn tell_retrying(&self, error: &ClientError, after: Duration, attempt: u32) {
        let because = &error.to_string();
        self.tell(&Event::Retrying { because, after, attempt: attempt + 1 });
    }

    /// One read of a look-up, itself repeated as reads are.
    async fn probe(
        &self,
        operation: &str,
        probe: &Probe,
    ) -> Result<(ProbeAnswer, Option<i64>), ClientError> {
        let mut answer = ProbeAnswer { status: 200, bodies: Vec::new() };
        let mut date = None;
        let mut seen = 0;
        for page in 0.. {
            if page == LOOK_UP_PAGES {
                return Err(ClientError::TooManyPages {
                    operation: operation.to_owned(),
                    limit: LOOK_UP_PAGES,
                });
            }
            let mut query: Vec<_> = probe
                .query
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            if probe.paged {
                query.push(("page".to_owned(), page.to_string()));
                query.push(("size".to_owned(), self.settings.limits.page_size.to_string()));
            }
            let get = Prepared::get(&self.settings.base_url, operation, &probe.path, &query)?;
            let reply = match Box::pin(self.repeat(&get, || None::<LookUp<()>>)).await {
                Ok(Outcome::Replied(reply)) => reply,
                Ok(Outcome::Found(()) | Outcome::AlreadyGone) => break,
                Err(error) if error.status() == Some(404) => {
                    answer.status = 404;
                    break;
                }
                Err(error) => return Err(error),
            };
            date = reply.date;
            let more = probe.paged && {
                let page: el2g_service_api::Page<serde::de::IgnoredAny> =
                    serde_json::from_slice(&reply.body)
                        .map_err(|reason| self.unreadable(&get, &reply, &reason.to_string()))?;
                seen += page.content.len() as u64;
                page.has_next(seen)
            };
            answer.bodies.push(reply.body);
            if !more {
                break;
            }
        }
        Ok((answer, date))
    }

    fn tell(&self, event: &Event<'_>) {
        if let Some(observer) = &self.settings.observer {
            observer.event(event);
        }
    }

    fn decode<O: Operation>(
        &self,
        request: &Prepared,
        reply: &Reply,
    ) -> Result<O::Reply, ClientError> {
        if reply.body.is_empty()
            && let Some(assumed) = O::reply_without_body()
        {
            return Ok(assumed);
        }
        let secrets = self.transport.secrets(&self.settings, request.secrets());
        let decode = || O::decode_reply(&reply.body);
        concealing(move |text| secrets.conceal(text), decode).map_err(|error| {
            let mut unreadable = self.unreadable(request, reply, &error.to_string());
            // A reply that is a secret is not quoted.
            if let (ClientError::UnreadableReply { excerpt, .. }, true) =
                (&mut unreadable, O::SECRET_REPLY)
            {
                *excerpt = None;
            }
            unreadable
        })
    }

    fn unreadable(&self, request: &Prepared, reply: &Reply, reason: &str) -> ClientError {
        let secrets = self.transport.secrets(&self.settings, request.secrets());
        ClientError::UnreadableReply {
            operation: request.operation.clone(),
            status: reply.status,
            reason: secrets.conceal(reason),
            excerpt: (!reply.body.is_empty()).then(|| excerpt(&reply.body, &secrets)),
            correlation_id: reply.correlation_id.clone(),
        }
    }
}

fn unknown(request: &Prepared, cause: ClientError) -> ClientError {
    ClientError::OutcomeUnknown { operation: request.operation.clone(), cause: Box::new(cause) }
}
