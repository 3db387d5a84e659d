//! Help of the arguments that name what is written: what it is, and what happens to a file that exists, in the same words
//! everywhere.

/// What happens to a file that exists.
macro_rules! existing {
    (kept) => {
        "never overwritten without --force"
    };
    (copy) => {
        "never overwritten, not even with --force"
    };
    (report) => {
        "an existing report is overwritten"
    };
    (record) => {
        "a new file, or a record to append to"
    };
    (journal) => {
        "a new file, or a journal to resume"
    };
    (emptied) => {
        "created if it is missing, else it must be empty"
    };
    (device) => {
        "created if it is missing; files in it are not overwritten without --force"
    };
    (pages) => {
        "created if it is missing; existing pages are overwritten"
    };
    (folder) => {
        "created if it is missing; files in it are never overwritten"
    };
}

/// The help of an argument: `output_help!(kept "the message")` for one that must be given or is written besides,
/// `output_help!(kept "the message", or stdout)` for one that takes the place of standard output; what else there is to
/// say stands behind a semicolon.
macro_rules! output_help {
    (record $what:literal) => {
        concat!("Append ", $what, " to FILE: ", $crate::output_help::existing!(record))
    };
    (journal $what:literal; $more:literal) => {
        concat!("Record ", $what, " in FILE: ", $crate::output_help::existing!(journal), " ", $more)
    };
    (emptied $what:literal; $more:literal) => {
        concat!("Write ", $what, " to DIR; ", $crate::output_help::existing!(emptied), ". ", $more)
    };
    (pages $what:literal) => {
        concat!("Write ", $what, " to DIR; ", $crate::output_help::existing!(pages))
    };
    (device $what:literal) => {
        concat!("Write ", $what, " to DIR; ", $crate::output_help::existing!(device))
    };
    (folder $what:literal $(; $more:literal)?) => {
        concat!("Write ", $what, " to DIR; ", $crate::output_help::existing!(folder) $(, ". ", $more)?)
    };
    ($kind:ident $what:literal, or stdout $(; $more:literal)?) => {
        concat!("Write ", $what, " to FILE instead of standard output; ", $crate::output_help::existing!($kind) $(, ". ", $more)?)
    };
    ($kind:ident $what:literal $(; $more:literal)?) => {
        concat!("Write ", $what, " to FILE; ", $crate::output_help::existing!($kind) $(, ". ", $more)?)
    };
}

pub(crate) use {existing, output_help};

#[cfg(test)]
mod tests {
    use crate::every_argument::{every_argument, is_read_as};
    use crate::output_places::{OutputFolder, OutputPath};

    /// What the help of each argument says of a file that exists; the first row that fits counts.
    const SAID: [(&str, &str); 12] = [
        ("man out_dir", existing!(pages)),
        ("connect-device out_dir", existing!(device)),
        ("demo keep", existing!(emptied)),
        ("out_dir", existing!(folder)),
        ("receipt_dir", existing!(folder)),
        ("escrow_dir", existing!(folder)),
        ("record", existing!(record)),
        ("journal", existing!(journal)),
        ("escrow_out", existing!(copy)),
        ("cert check out", existing!(report)),
        ("activity report out", existing!(report)),
        ("", existing!(kept)),
    ];

    #[test]
    fn every_output_says_what_happens_to_a_file_that_exists() {
        let (mut seen, mut wrong) = (0, Vec::new());
        every_argument(|name, argument| {
            let is_folder = is_read_as::<OutputFolder>(argument);
            if !is_folder && !is_read_as::<OutputPath>(argument) {
                return;
            }
            seen += 1;
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let place = format!("{name} {}", argument.get_id());
            let row = SAID.iter().find(|(end, _)| place.ends_with(end)).expect("the last fits all");
            let said = row.1;
            let begins = ["Write ", "Append ", "Record "].iter().any(|verb| help.starts_with(verb));
            let others = SAID.iter().filter(|(_, other)| *other != said && help.contains(other));
            // `never overwritten` begins both what is kept and a copy; they differ behind it.
            if !begins || !help.contains(said) || others.count() > 0 {
                wrong.push(format!("{place}: {help}"));
            }
        });
        assert_eq!(wrong, Vec::<String>::new());
        assert!(seen >= 25, "{seen} outputs");
    }
}
