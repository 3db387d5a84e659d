//! What a reader meets who opens our pages in headless Chromium: the report of `cert check`.
//! `look.mjs` opens them with scripts switched off.

mod front_page;
mod report;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::workplace::Workplace;

/// Text that a name may hold and that must stay text: markup, quotes, marks that turn the direction, length, emoji.
fn hostile_names() -> Vec<String> {
    vec![
        "<script>document.title='owned'</script>".to_owned(),
        "\"><img src=http://127.0.0.1:9/x onerror=alert(1)>'".to_owned(),
        "gpj.\u{202e}exe \u{2066}turned\u{2069}".to_owned(),
        "🔑🧨 ключ 鍵".to_owned(),
    ]
}

/// Opens `url`; `None`, said on stderr, without node or Chromium. The screenshots are left in `folder`.
fn look(work: &Workplace, url: &str, folder: &str) -> Option<Value> {
    look_and_search(work, url, folder, &[])
}

/// The same; then searches for the text, where there is one, and follows what is found first.
fn look_and_search(work: &Workplace, url: &str, folder: &str, text: &[&str]) -> Option<Value> {
    work.oracle(Command::new("chromium"), &["--version"])?.exits(0);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/browser/look.mjs");
    fs::create_dir_all(work.path(folder)).expect("the test's own folder");
    let script = script.to_str().expect("a path of UTF-8").to_owned();
    let ran =
        work.oracle(Command::new("node"), &[&[&*script, url, folder], text].concat())?.exits(0);
    for picture in ["light.png", "dark.png", "narrow.png", "narrow-dark.png", "page.pdf"] {
        let size = fs::metadata(work.path(folder).join(picture)).expect("it was made").len();
        assert!(size > 5_000, "{picture} has {size} bytes");
    }
    Some(ran.json())
}

/// Holds for every report of ours: [`is_readable`], and nothing to fill in.
#[track_caller]
fn is_well_behaved(seen: &Value, url: &str) {
    is_readable(seen, url, &["link", "form", "input", "button"]);
}

/// Holds for every page of ours: nothing is asked for but the page, nothing complains, nothing needs a script, the page
/// is no wider than its window, every text stands out from what is behind it, and the dark is dark.
#[track_caller]
fn is_readable(seen: &Value, url: &str, unwanted: &[&str]) {
    assert_eq!(seen["requests"], serde_json::json!([url]));
    assert_eq!(seen["complaints"], serde_json::json!([]));
    assert_eq!(seen["handlers"], serde_json::json!([]));
    let elements: Vec<&str> =
        seen["elements"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    for forbidden in ["script", "img", "iframe", "object"].iter().chain(unwanted) {
        assert!(!elements.contains(forbidden), "{forbidden} in {elements:?}");
    }
    for view in ["light", "dark", "narrow", "narrow-dark"] {
        let view = &seen["views"][view];
        assert!(view["scrollWidth"].as_u64() <= view["width"].as_u64(), "{view}");
        assert_eq!(view["faint"], serde_json::json!([]));
    }
    assert_eq!(seen["views"]["narrow"]["width"], 400);
    for (bright, dim) in [("light", "dark"), ("narrow", "narrow-dark")] {
        let (bright, dim) = (&seen["views"][bright], &seen["views"][dim]);
        assert!(brightness(&bright["background"]) > brightness(&bright["ink"]) + 400, "{bright}");
        assert!(brightness(&dim["background"]) + 400 < brightness(&dim["ink"]), "{dim}");
    }
}

/// The sum of red, green and blue of `rgb(…)`.
fn brightness(color: &Value) -> u32 {
    let text = color.as_str().expect("a colour");
    let figures = text.trim_start_matches("rgb(").trim_end_matches(')').split(", ");
    figures.map(|figure| figure.parse::<u32>().unwrap_or_else(|_| panic!("{text}"))).sum()
}
