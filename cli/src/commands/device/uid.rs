//! `el2g device uid`: decimal and hexadecimal, both ways (AN12642 section 8, errata row 11).

use std::path::Path;

use clap::Args;
use el2g_service_api::{DeviceUid, DeviceUidError, UidRadix};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::input::SMALL_FILE;
use crate::output::{Human, Outcome};

/// A device id in decimal and hexadecimal.
///
/// 36 digits that begin with 04, any a-f or 0x make a value hexadecimal; otherwise it is decimal. What
/// could be either is refused until --hex or --decimal.
#[derive(Args)]
#[command(after_help = "Examples:
  el2g device uid 04005001d706ca37a1e4ed047e6dda0f6880
  echo 'Unique ID: 04005001d706ca37a1e4ed047e6dda0f6880' | el2g device uid")]
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

#[derive(Serialize)]
struct Uids {
    devices: Vec<Uid>,
}

#[derive(Serialize)]
struct Uid {
    decimal: String,
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
            let uid = parse(value, radix).map_err(|error| Failure::from(error).about(value))?;
            Ok(Uid { decimal: uid.to_string(), hex: uid.hex() })
        })
        .collect::<Result<Vec<Uid>>>()?;
    Ok(Outcome::of(Uids { devices }))
}

fn parse(value: &str, radix: Option<UidRadix>) -> Result<DeviceUid, DeviceUidError> {
    match radix {
        Some(radix) => DeviceUid::parse_as(value, radix),
        None => DeviceUid::parse(value),
    }
}

/// The ids in what stands on standard input.
fn read_values(context: &mut Context) -> Result<Vec<String>> {
    let content = context.input.read(Path::new("-"), SMALL_FILE)?;
    let text = std::str::from_utf8(&content)
        .map_err(|_| Failure::input("standard input: is no UTF-8 text"))?;
    let values = values_in(text);
    if values.is_empty() {
        return Err(Failure::input("standard input: holds no device id")
            .with_hint("pipe the output of `sscli se05x uid` into it, or name the ids"));
    }
    Ok(values)
}

/// From the output of `sscli` the values after `Unique ID:`, else every line that is not blank.
fn values_in(text: &str) -> Vec<String> {
    // The log line before it repeats the id; the prompt around it is no id.
    let labelled: Vec<String> = text
        .lines()
        .filter_map(|line| line.split_once("Unique ID:"))
        .map(|(_, value)| value.trim())
        .map(|value| if value.starts_with("0x") { value.to_owned() } else { format!("0x{value}") })
        .collect();
    if !labelled.is_empty() {
        return labelled;
    }
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_id_in_the_output_of_sscli() {
        let output = "user@imx8mm:~$ sudo sscli se05x uid\n\
                      INFO:sss.se05x:04005001d706ca37a1e4ed047e6dda0f6880\n\
                      Unique ID: 04005001d706ca37a1e4ed047e6dda0f6880\n";
        assert_eq!(values_in(output), ["0x04005001d706ca37a1e4ed047e6dda0f6880"]);
        assert_eq!(values_in("1\n\n 2 \n"), ["1", "2"]);
        assert_eq!(values_in(" \n"), Vec::<String>::new());
    }
}
