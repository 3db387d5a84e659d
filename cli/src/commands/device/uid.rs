//! `el2g device uid`: decimal and hexadecimal, both ways (AN12642 section 8, docs/an12642-errata.md row 11).

use std::path::Path;

use clap::Args;
use el2g_service_api::{DeviceUid, DeviceUidError, UID_BYTES, UidRadix};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::input::SMALL_FILE;
use crate::output::{Human, Outcome};

/// Convert device ids between decimal and hexadecimal.
///
/// 36 digits that begin with 04, any a-f or 0x make a value hexadecimal; otherwise it is decimal. What
/// could be either is refused until --hex or --decimal. Hexadecimal ids are printed as requests take them (AN12642 4.1.2):
/// after 0x, with the 0 that ids of SE05x begin with. Hexadecimal digits are counted: an id has 36 (or 32), and one
/// that was copied short is not taken for another device's.
#[derive(Args)]
#[command(after_help = "Examples:
  el2g device uid 04005001d706ca37a1e4ed047e6dda0f6880
  echo \"Unique ID: 04005001d706ca37a1e4ed047e6dda0f6880\" | el2g device uid")]
pub struct Arguments {
    /// Device ids; without any, or with `-`, the output of `sscli se05x uid` on standard input
    #[arg(value_name = "VALUE")]
    values: Vec<String>,
    /// Read the values as hexadecimal
    #[arg(long, conflicts_with = "decimal")]
    hex: bool,
    /// Read the values as decimal
    #[arg(long)]
    decimal: bool,
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Uids {
    devices: Vec<Uid>,
}

#[derive(Serialize, schemars::JsonSchema)]
struct Uid {
    decimal: String,
    /// After `0x`, as 4.1.2 takes it.
    hex: String,
}

impl Human for Uids {
    fn human(&self) -> String {
        self.devices.iter().map(|uid| format!("{} {}\n", uid.decimal, uid.hex)).collect()
    }
}

/// Converts every value, or none.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let radix = match (arguments.hex, arguments.decimal) {
        (true, _) => Some(UidRadix::Hexadecimal),
        (_, true) => Some(UidRadix::Decimal),
        _ => None,
    };
    let values = match arguments.values.as_slice() {
        [] => read_values(context)?,
        [dash] if dash == "-" => read_values(context)?,
        _ => arguments.values,
    };
    let devices = values
        .iter()
        .map(|value| {
            let shown = if value.is_empty() { "an empty value" } else { value };
            let uid =
                parse(value.trim(), radix).map_err(|error| Failure::from(error).about(shown))?;
            let is_hex = radix != Some(UidRadix::Decimal);
            if is_hex && DeviceUid::lost_zero(value.trim()) {
                context.console.note(format!(
                    "`{}` has 35 hexadecimal digits: read with the 0 that was lost before the first",
                    value.trim()
                ));
            }
            Ok(Uid { decimal: uid.to_string(), hex: format!("0x{}", uid.hex()) })
        })
        .collect::<Result<Vec<Uid>>>()?;
    Ok(Outcome::of(Uids { devices }))
}

fn parse(value: &str, radix: Option<UidRadix>) -> Result<DeviceUid, DeviceUidError> {
    match radix {
        Some(radix) => DeviceUid::parse_whole(value, radix),
        None => DeviceUid::parse(value),
    }
}

/// The ids in what stands on standard input.
fn read_values(context: &mut Context) -> Result<Vec<String>> {
    let content = context.input.read(Path::new("-"), SMALL_FILE)?;
    let text = std::str::from_utf8(&content)
        .map_err(|_| Failure::input("standard input: is not UTF-8 text"))?;
    let values = values_in(text)?;
    if values.is_empty() {
        return Err(Failure::input("standard input: holds no device id")
            .with_hint("pipe the output of `sscli se05x uid` into it, or name the ids"));
    }
    Ok(values)
}

/// What stands before the id in the output of `sscli se05x uid`: on its last line, and in its log.
const LABELS: [&str; 2] = ["unique id:", "info:sss.se05x:"];

/// From the output of `sscli` the ids it names, else whatever stands between white space; quotes,
/// commas and brackets of a JSON list around it are not part of it.
fn values_in(text: &str) -> Result<Vec<String>> {
    let text = el2g_text::unmarked(text);
    for label in LABELS {
        let named: Vec<&str> = text.lines().filter_map(|line| after(line, label)).collect();
        if !named.is_empty() {
            return named.into_iter().map(of_sscli).collect();
        }
    }
    let dressing = ['"', '\'', ',', '[', ']'];
    let bare = text.split_whitespace().map(|value| value.trim_matches(dressing));
    Ok(bare.filter(|value| !value.is_empty()).map(str::to_owned).collect())
}

/// What follows a label, in whatever case it is written.
fn after<'a>(line: &'a str, label: &str) -> Option<&'a str> {
    let begins = line.to_ascii_lowercase().find(label)?;
    Some(&line[begins + label.len()..])
}

/// `sscli` prints the 18 bytes of an SE05x: fewer digits are a part of them.
fn of_sscli(value: &str) -> Result<String> {
    let digits: String = value.chars().filter(|c| !c.is_whitespace() && *c != ':').collect();
    let bare = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).unwrap_or(&digits);
    if bare.len() != 2 * UID_BYTES {
        let found = bare.chars().count();
        return Err(Failure::input(format!(
            "standard input: an id of {found} digits; `sscli se05x uid` prints {} hexadecimal ones",
            2 * UID_BYTES
        )));
    }
    Ok(format!("0x{bare}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "04005001d706ca37a1e4ed047e6dda0f6880";

    fn found(text: &str) -> Vec<String> {
        values_in(text).expect("values")
    }

    #[test]
    fn finds_the_id_in_the_output_of_sscli() {
        let log = "user@imx8mm:~$ sudo sscli se05x uid\nINFO:sss.se05x:";
        let id = format!("0x{HEX}");
        assert_eq!(found(&format!("{log}{HEX}\nUnique ID: {HEX}\n")), [id.as_str()]);
        assert_eq!(found(&format!("{log}{HEX}\r\n")), [id.as_str()]);
        assert_eq!(found(&format!("\u{feff}UNIQUE ID: 0x{HEX}\r\n")), [id.as_str()]);
        let bytes: Vec<&str> = (0..18).map(|n| &HEX[2 * n..2 * n + 2]).collect();
        assert_eq!(found(&format!("Unique ID: {}\n", bytes.join(" "))), [id.as_str()]);
    }

    #[test]
    fn a_part_of_an_id_is_not_taken_for_one() {
        for part in ["deadbeef", &HEX[..35], &format!("{HEX}00"), "", "failed to open session"] {
            assert!(values_in(&format!("Unique ID: {part}\n")).is_err(), "{part}");
        }
    }

    #[test]
    fn finds_ids_in_lists() {
        assert_eq!(found("1\n\n 2 \n"), ["1", "2"]);
        assert_eq!(found("[\"1\",\n 2]\n"), ["1", "2"]);
        assert_eq!(found(" \n"), Vec::<String>::new());
    }
}
