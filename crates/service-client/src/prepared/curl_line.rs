//! A request as a cURL command line.

use el2g_text::Shell;
use serde::de::IgnoredAny;

use super::{CurlBody, Prepared};
use crate::{Settings, TokenSource};

/// The line for a shell; the token is where [`Settings::token_source`] says.
pub(super) fn of(
    request: &Prepared,
    settings: &Settings,
    body: &CurlBody<'_>,
    shell: Shell,
) -> String {
    let curl = match shell {
        Shell::Posix => "curl",
        // `curl` alone is another command in PowerShell 5.
        Shell::Windows => "curl.exe",
    };
    let url = request.url.as_str();
    let mut words = vec![format!("{curl} -X {} {}", request.method.as_str(), shell.quoted(url))];
    // An error of the service is one of the line too, with what the service said.
    words.push("--fail-with-body".to_owned());
    if url.contains(['[', ']', '{', '}']) {
        // They would be patterns to curl.
        words.push("--globoff".to_owned());
    }
    if settings.base_url.is_loopback() {
        // As here: a proxy of the environment would get the token.
        words.push(format!("--noproxy {}", shell.quoted("*")));
    }
    words.push(format!("-H {}", shell.quoted(&format!("accept: {}", request.accept))));
    words.push(token_header(settings, shell));
    if let Some(sent) = &request.body {
        words.push(format!("-H {}", shell.quoted("Content-Type: application/json")));
        words.push(match body {
            CurlBody::Inline => format!("--data-raw {}", shell.quoted(&text(sent, shell))),
            CurlBody::File(name) => format!("--data-binary {}", shell.quoted(&format!("@{name}"))),
        });
    }
    if let Some(file) = &settings.ca_file {
        words.push(format!("--cacert {}", shell.quoted(file)));
    }
    words.join(" ")
}

/// The header with the token, which the shell puts there, on Windows curl itself (8.3 and later): cmd and PowerShell have
/// no way in common.
fn token_header(settings: &Settings, shell: Shell) -> String {
    let (header, prefix) = (settings.auth_header.name(), settings.auth_header.prefix());
    if shell == Shell::Posix {
        return format!("-H \"{header}: {prefix}{}\"", settings.token_source.in_posix_shell());
    }
    let (variable, name) = match &settings.token_source {
        TokenSource::Variable(name) => (format!("%{name}"), *name),
        TokenSource::File(path) => (shell.quoted(&format!("token@{path}")), "token"),
        // What it prints must be put there by hand.
        TokenSource::Command(_) => ("%EL2G_TOKEN".to_owned(), "EL2G_TOKEN"),
    };
    // As here, white space around the token is not part of it.
    let header = shell.quoted(&format!("{header}: {prefix}{{{{{name}:trim}}}}"));
    format!("--variable {variable} --expand-header {header}")
}

/// The body as text. On Windows what a shell would replace, and what curl would read in another code page, is written as
/// JSON can write it too.
fn text(body: &[u8], shell: Shell) -> String {
    let text = String::from_utf8_lossy(body);
    if shell == Shell::Posix || serde_json::from_slice::<IgnoredAny>(body).is_err() {
        return text.into_owned();
    }
    let mut line = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            // All but `n` and its like stand only in strings.
            '\\' => match characters.next() {
                Some(escaped @ ('"' | '\\')) => line.push_str(&code_units(escaped)),
                escaped => line.extend(['\\'].into_iter().chain(escaped)),
            },
            '%' | '$' | '`' => line.push_str(&code_units(character)),
            _ if character.is_ascii_control() => line.push(' '),
            _ if character.is_ascii() => line.push(character),
            _ => line.push_str(&code_units(character)),
        }
    }
    line
}

fn code_units(character: char) -> String {
    let mut room = [0; 2];
    character.encode_utf16(&mut room).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

#[cfg(test)]
mod tests {
    use el2g_service_api::Method;

    use super::*;
    use crate::{AuthHeader, BaseUrl};

    fn line(source: TokenSource, body: &str) -> String {
        let base = BaseUrl::parse("https://api.edgelock2go.com/api/v1").expect("a base URL");
        let mut settings = Settings::new(base, AuthHeader::Bearer, None);
        settings.token_source = source;
        let body = Some(body.as_bytes().to_vec());
        let request = Prepared::free(&settings.base_url, Method::Post, "/x?y=a%20b", body)
            .expect("below the base");
        of(&request, &settings, &CurlBody::Inline, Shell::Windows)
    }

    #[test]
    fn a_line_for_windows_has_double_quotes_and_curl_reads_the_token() {
        assert_eq!(
            line(TokenSource::File(r"C:\my keys\token".to_owned()), r#"{"name":"a & b"}"#),
            concat!(
                r#"curl.exe -X POST "https://api.edgelock2go.com/api/v1/x?y=a%20b" --fail-with-body "#,
                r#"-H "accept: */*" --variable "token@C:\my keys\token" "#,
                r#"--expand-header "Authorization: Bearer {{token:trim}}" "#,
                r#"-H "Content-Type: application/json" --data-raw "{""name"":""a & b""}""#,
            )
        );
        for source in
            [TokenSource::Variable("EL2G_TOKEN"), TokenSource::Command(vec!["pass".to_owned()])]
        {
            let expected = r#"--variable %EL2G_TOKEN --expand-header "Authorization: Bearer {{EL2G_TOKEN:trim}}""#;
            assert!(line(source, "{}").contains(expected));
        }
    }

    #[test]
    fn a_body_for_windows_is_the_same_json_without_what_its_shells_replace() {
        let body = "{\n \"a\": \"50 % of $HOME and `b` \\\" \\\\ \\n ü \u{1f511}\"}";
        let shown = text(body.as_bytes(), Shell::Windows);
        assert_eq!(
            shown,
            r#"{  "a": "50 \u0025 of \u0024HOME and \u0060b\u0060 \u0022 \u005c \n \u00fc \ud83d\udd11"}"#
        );
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(value(&shown), value(body));
        assert_eq!(text(body.as_bytes(), Shell::Posix), body);
    }
}
