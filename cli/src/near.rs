//! What was probably meant by a name that is not known: the known names that are near to it.

use strsim::osa_distance;

/// Most names that are suggested.
const MOST: usize = 3;

/// Most characters that are compared; nothing longer is a misspelt name.
const LONGEST: usize = 64;

/// The known names that are near to what was typed, nearest first.
pub fn near<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let length = typed.chars().count();
    if length == 0 || length > LONGEST {
        return Vec::new();
    }
    let typed = plain(typed);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| {
            let other = plain(name);
            let is_part = length >= 3 && (other.contains(&typed) || typed.contains(&other));
            let distance = osa_distance(&typed, &other);
            (is_part || distance <= length.div_ceil(4)).then_some((distance, name))
        })
        .collect();
    found.sort();
    found.dedup();
    found.truncate(MOST);
    found.into_iter().map(|(_, name)| name).collect()
}

/// `did you mean …?`, where a known name is near.
pub fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let found: Vec<String> = near(typed, known).iter().map(|name| format!("`{name}`")).collect();
    (!found.is_empty()).then(|| format!("did you mean {}?", found.join(" or ")))
}

/// Without what is often confused: capitals, and what joins words.
fn plain(name: &str) -> String {
    name.to_lowercase().replace(['_', ' ', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_parts_are_near_and_nothing_else_is() {
        let keys = ["service", "base-url", "token-file", "token-command", "signer", "recipient"];
        for (typed, expected) in [
            ("base_url", &["base-url"][..]),
            ("Base URL", &["base-url"]),
            ("singer", &["signer"]),
            ("token", &["token-file", "token-command"]),
            ("recipents", &["recipient"]),
            ("colour", &[]),
            ("", &[]),
            ("x", &[]),
        ] {
            assert_eq!(near(typed, keys), expected, "{typed}");
        }
        assert_eq!(near(&"k".repeat(65), ["k"]), Vec::<&str>::new());
        assert_eq!(did_you_mean("tokn-file", keys).as_deref(), Some("did you mean `token-file`?"));
    }
}
