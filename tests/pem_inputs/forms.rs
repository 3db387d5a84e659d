//! The forms in which people have a PEM file.

/// A form of a PEM file: its name and how it is made of the plain one.
pub type Form = (&'static str, fn(&str) -> Vec<u8>);

fn body(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

fn with_columns(pem: &str, columns: usize) -> Vec<u8> {
    let mut lines = pem.lines();
    let (first, last) = (lines.next().expect("BEGIN"), lines.next_back().expect("END"));
    let body = body(pem);
    let body: Vec<&str> = body
        .as_bytes()
        .chunks(columns)
        .map(|line| std::str::from_utf8(line).expect("base64"))
        .collect();
    format!("{first}\n{}\n{last}\n", body.join("\n")).into_bytes()
}

fn indented(pem: &str) -> Vec<u8> {
    let lines = pem.lines().map(|line| match line.starts_with('-') {
        true => format!("{line}\n"),
        false => format!("  \t{line}\n"),
    });
    lines.collect::<String>().into_bytes()
}

pub const FORMS: [Form; 20] = [
    ("blanks at line ends", |pem| pem.replace('\n', "  \n").into_bytes()),
    ("tabs at line ends", |pem| pem.replace('\n', "\t\n").into_bytes()),
    ("non-breaking spaces at line ends", |pem| pem.replace('\n', "\u{a0}\n").into_bytes()),
    ("indented", indented),
    ("blank line after BEGIN", |pem| pem.replacen("-----\n", "-----\n\n", 1).into_bytes()),
    ("CR LF", |pem| pem.replace('\n', "\r\n").into_bytes()),
    ("CR alone", |pem| pem.replace('\n', "\r").into_bytes()),
    ("byte order mark", |pem| format!("\u{feff}{pem}").into_bytes()),
    ("mark and CR LF", |pem| format!("\u{feff}{}", pem.replace('\n', "\r\n")).into_bytes()),
    ("no newline at the end", |pem| pem.trim_end().as_bytes().to_vec()),
    ("UTF-8 around", |pem| format!("Müller\n\n{pem}\nÄÖ\n").into_bytes()),
    ("Latin-1 around", |pem| [b"M\xfcller\r\n", pem.as_bytes(), b"\xc4\xd6\xff\n"].concat()),
    ("colons around", |pem| format!("Bag Attributes\n    friendlyName: x\n{pem}").into_bytes()),
    ("a short header", |pem| pem.replacen("-----\n", "-----\nA: b\n\n", 1).into_bytes()),
    ("one line of base64", |pem| with_columns(pem, 100_000)),
    ("76 columns", |pem| with_columns(pem, 76)),
    ("4 columns", |pem| with_columns(pem, 4)),
    ("blanks in the base64", |pem| {
        let body = body(pem);
        pem.replacen(
            &pem[pem.find('\n').expect("BEGIN")..pem.rfind("\n-----").expect("END")],
            &{
                let (half, rest) = body.split_at(body.len() / 2);
                format!("\n{half} {rest}")
            },
            1,
        )
        .into_bytes()
    }),
    ("blank lines between", |pem| pem.replace('\n', "\n\n").into_bytes()),
    ("literal \\n", |pem| pem.trim_end().replace('\n', "\\n").into_bytes()),
];

/// Forms that OpenSSL does not read and el2g does: nothing in them can be meant otherwise.
pub const MORE_THAN_OPENSSL: [&str; 5] =
    ["CR alone", "blanks in the base64", "blank lines between", "literal \\n", "a short header"];
