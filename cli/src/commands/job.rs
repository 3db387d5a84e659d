//! `el2g job`: what the service makes for many devices in its own time. Not in AN12642.

use clap::{Args, Subcommand};
use el2g_service_api::jobs::{Job, JobOutcome, JobPath, ShowJob};
use el2g_service_api::{NoQuery, Number};
use el2g_workflows::{Failure, Progress as _};

use crate::Result;
use crate::context::Context;
use crate::flow_progress::FlowProgress;
use crate::online::Online;
use crate::output::{Console, Outcome};
use crate::table::Shown;
use crate::waiting::Waiting;

/// Jobs that make secure objects for many devices.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Show how far a job is
    #[command(after_help = "Example:\n  el2g job show 7d2f9b0e-4c1f-4a53-9a53-2f6e8b1c0d11 --wait")]
    Show {
        /// Id of the job, as `el2g device register` and `el2g batch create` print it
        job: String,
        #[command(flatten)]
        waiting: Waiting,
    },
}

/// Runs the verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let Verb::Show { job: job_id, waiting } = arguments.verb;
    let online = Online::open(context)?;
    if online.is_dry_run() || !waiting.wait {
        return online.show::<ShowJob>(&JobPath { job_id });
    }
    let job = ended(&online, &job_id, &waiting, context.console)?;
    let failure = shortfall(&job_id, &job);
    let outcome = Outcome::of(Shown(job));
    Ok(match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}

/// Waits until a job has ended. A state that nothing is known of is waited for too.
pub fn ended(online: &Online, job_id: &str, waiting: &Waiting, console: Console) -> Result<Job> {
    let path = JobPath { job_id: job_id.to_owned() };
    let progress = FlowProgress::new(console, "percent");
    let mut patience = waiting.begin();
    loop {
        let job = online.call::<ShowJob>(&path, &NoQuery {}, &())?;
        match job.state.outcome() {
            JobOutcome::Running | JobOutcome::Unknown => {}
            JobOutcome::Done | JobOutcome::Nothing | JobOutcome::Partial | JobOutcome::Failed => {
                return Ok(job);
            }
        }
        let percent = job.provisioned_percentage.value().and_then(Number::as_f64);
        let percent = percent.unwrap_or_default();
        progress.advanced(percent.clamp(0.0, 100.0) as u64, 100);
        let Some(pause) = patience.pause() else {
            let seconds = waiting.wait_timeout;
            let failure = Failure::unavailable(format!(
                "job {job_id} did not end within {seconds} s: {}, {percent} percent",
                job.state
            ));
            return Err(failure.with_hint(format!("`el2g job show {job_id} --wait` waits again")));
        };
        online.wait(async { tokio::time::sleep(pause).await });
    }
}

/// What is missing of a job that has ended.
pub fn shortfall(job_id: &str, job: &Job) -> Option<Failure> {
    let state = &job.state;
    let message = match state.outcome() {
        JobOutcome::Done => return None,
        JobOutcome::Nothing => format!("job {job_id}: there was nothing to make ({state})"),
        JobOutcome::Partial => format!("job {job_id}: not all devices have everything ({state})"),
        JobOutcome::Failed => format!("job {job_id} failed ({state})"),
        JobOutcome::Running | JobOutcome::Unknown => {
            format!("job {job_id} has not ended ({state})")
        }
    };
    let hint = "`el2g device list --group GROUP --product 12NC` shows what each device has";
    Some(Failure::refused(message).with_hint(hint))
}
