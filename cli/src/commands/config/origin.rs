//! `el2g config show`: a flag beats the environment, the environment beats the profile, the profile beats the default.

use std::fmt::Write as _;
use std::path::Path;

use clap::ValueEnum;
use el2g_text::one_line;
use serde::Serialize;

use crate::Result;
use crate::config_file::config_file;
use crate::context::Context;
use crate::output::{Human, Outcome};
use crate::settings::{Profile, variable};
use crate::token::TokenOrigin;

/// Shown in a secret's place.
const NOT_SHOWN: &str = "(not shown)";

#[derive(Serialize, schemars::JsonSchema)]
struct Setting {
    key: &'static str,
    value: Option<String>,
    origin: Option<String>,
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Settings {
    settings: Vec<Setting>,
}

/// Every setting with its origin.
pub fn show(context: &mut Context) -> Result<Outcome> {
    let file = config_file(&context.everywhere);
    let profile = context.profile()?.clone();
    let everywhere = &context.everywhere;
    let named = |value: Option<&Path>| value.map(|path| path.display().to_string());
    let word =
        |value: Option<clap::builder::PossibleValue>| value.map(|it| it.get_name().to_owned());
    let service = |value: crate::options::Service| word(value.to_possible_value());
    let mut settings = vec![
        setting("config", named(everywhere.config.as_deref()), &["EL2G_CONFIG"], None)
            .or_default(named(file.as_deref()), "the usual place"),
        setting("profile", everywhere.profile.clone(), &["EL2G_PROFILE"], None)
            .or_default(profile.name.clone(), "default-profile of the config file"),
        setting(
            "service",
            everywhere.service.and_then(service),
            &["EL2G_SERVICE"],
            profile.service.and_then(service),
        ),
        setting(
            "base-url",
            everywhere.base_url.clone(),
            &["EL2G_BASE_URL"],
            profile.base_url.clone(),
        ),
        setting("factory", everywhere.factory.clone(), &["EL2G_FACTORY"], profile.factory.clone()),
        setting(
            "ca-cert",
            named(everywhere.ca_cert.as_deref()),
            &["EL2G_CA_CERT"],
            named(profile.ca_cert.as_deref()),
        )
        .or_default(Some("the system's".to_owned()), "default"),
        setting(
            "allow-other-host",
            everywhere.allow_other_host.then(|| "true".to_owned()),
            &[],
            profile.allow_other_host.then(|| "true".to_owned()),
        )
        .or_default(Some("false".to_owned()), "default"),
        token(context, &profile),
        setting("signer", None, &[], named(profile.signer.as_deref())),
        setting("recipient", None, &[], named(profile.recipient.as_deref())),
        setting("product", None, &[], profile.product.clone()),
        setting("group", None, &[], profile.group.clone()),
    ];
    settings.extend(profile.open_questions().map(|(key, answer, assumed)| {
        setting(key, None, &[], answer).or_default(Some(assumed.to_owned()), "assumed")
    }));
    let everywhere = &context.everywhere;
    let number = |value: Option<u64>| value.map(|number| number.to_string());
    settings.extend([
        setting(
            "output",
            everywhere.output.and_then(|it| word(it.to_possible_value())),
            &["EL2G_OUTPUT"],
            None,
        )
        .or_default(Some("human".to_owned()), "default"),
        setting("timeout", number(everywhere.timeout), &[], None)
            .or_default(Some("60".to_owned()), "default"),
        setting("retries", number(everywhere.retries.map(u64::from)), &[], None)
            .or_default(Some("4".to_owned()), "default"),
    ]);
    resolved(&mut settings, context);
    Ok(Outcome::of(Settings { settings }).listing())
}

/// The first of flag, environment and profile that says something.
fn setting(
    key: &'static str,
    flag: Option<String>,
    variables: &[&str],
    profile: Option<String>,
) -> Setting {
    let of_flag = flag.map(|value| (value, "flag".to_owned()));
    let of_environment =
        || variables.iter().find_map(|name| Some((variable(name)?, format!("environment {name}"))));
    let of_profile = || profile.map(|value| (value, "profile".to_owned()));
    let (value, origin) = of_flag.or_else(of_environment).or_else(of_profile).unzip();
    Setting { key, value, origin }
}

impl Setting {
    /// What holds when nothing was said.
    fn or_default(mut self, value: Option<String>, origin: &str) -> Self {
        if self.value.is_none() && value.is_some() {
            (self.value, self.origin) = (value, Some(origin.to_owned()));
        }
        self
    }
}

/// Where the token comes from; never the token.
fn token(context: &Context, profile: &Profile) -> Setting {
    let flag = context.everywhere.token_file.as_ref();
    let named = TokenOrigin::chosen(flag, profile);
    let value = named.as_ref().map(|origin| match origin {
        TokenOrigin::Variable => NOT_SHOWN.to_owned(),
        TokenOrigin::File(_)
        | TokenOrigin::Command(_)
        | TokenOrigin::Keyring(_)
        | TokenOrigin::Grant => origin.described(profile),
    });
    let origin = named.map(|origin| match origin {
        TokenOrigin::File(_) if flag.is_some() => "flag".to_owned(),
        TokenOrigin::Variable => "environment EL2G_TOKEN".to_owned(),
        TokenOrigin::File(_) if variable("EL2G_TOKEN_FILE").is_some() => {
            "environment EL2G_TOKEN_FILE".to_owned()
        }
        TokenOrigin::File(_)
        | TokenOrigin::Command(_)
        | TokenOrigin::Keyring(_)
        | TokenOrigin::Grant => "profile".to_owned(),
    });
    Setting { key: "token", value, origin }
}

/// The address and header that follow; a wrong address is not shown, because it may hold a password.
fn resolved(settings: &mut Vec<Setting>, context: &mut Context) {
    let service = context.service();
    let place = settings.iter().position(|setting| setting.key == "base-url").unwrap_or_default();
    let base = &mut settings[place];
    match &service {
        Ok(service) => {
            base.value = Some(service.base_url.to_string());
            base.origin.get_or_insert("default of the service".to_owned());
        }
        Err(failure) if base.value.is_some() => {
            base.value = Some(format!("cannot be used: {failure}"))
        }
        Err(_) => {}
    }
    let Ok(service) = service else { return };
    let of_profile = context.profile().is_ok_and(|profile| profile.auth_header.is_some());
    let origin = if of_profile { "profile" } else { "default of the service" };
    let value = Some(el2g_service_client::AuthHeader::from(service.auth_header).name().to_owned());
    settings
        .insert(place + 1, Setting { key: "auth-header", value, origin: Some(origin.to_owned()) });
    let inferred = "the base URL is on this machine";
    for setting in settings.iter_mut().filter(|setting| setting.key == "service") {
        if setting.value.is_none() {
            let name = service.service.to_possible_value().map(|it| it.get_name().to_owned());
            (setting.value, setting.origin) = (name, Some(inferred.to_owned()));
        }
    }
}

impl Human for Settings {
    fn human(&self) -> String {
        let mut text = String::new();
        for Setting { key, value, origin } in &self.settings {
            let value = one_line(value.as_deref().unwrap_or("-"));
            let origin = origin.as_ref().map(|it| format!("  [{}]", one_line(it)));
            let _ = writeln!(text, "{key:<16}  {value}{}", origin.unwrap_or_default());
        }
        text
    }
}
