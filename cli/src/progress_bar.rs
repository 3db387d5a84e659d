//! A bar on the terminal, nothing elsewhere.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::context::Context;
use crate::output::Verbosity;

/// A bar over `count` things, such as `devices`, with their rate and the time left.
pub fn of(count: usize, things: &str, context: &Context) -> ProgressBar {
    let shown = std::io::stderr().is_terminal() && context.console.verbosity() > Verbosity::Quiet;
    if !shown || count < 2 {
        return ProgressBar::hidden();
    }
    let template = format!("{{bar:40}} {{pos}}/{{len}} {things}, {{per_sec}}, {{eta}} left");
    let style = ProgressStyle::with_template(&template);
    let bar = ProgressBar::new(count as u64);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
