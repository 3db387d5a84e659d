//! Manifests in both forms, right, wrong and hostile.

use std::io::{Cursor, repeat};

use el2g_key_payload::PayloadKind;
use el2g_service_api::ObjectId;
use el2g_signers::{KeyPlace, TokenUri};
use proptest::prelude::*;

use super::*;
use crate::seal_batch::entry::{LONGEST_FIELD, LONGEST_NAME, Source};

const BOTH: [ManifestFormat; 2] = [ManifestFormat::Csv, ManifestFormat::Ndjson];

fn rows(text: impl AsRef<[u8]>, format: ManifestFormat) -> Result<Vec<Row>, ManifestError> {
    let mut reader = ManifestReader::new(text.as_ref(), format)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(row);
    }
    Ok(rows)
}

fn csv(text: &str) -> Vec<Row> {
    rows(text, ManifestFormat::Csv).unwrap()
}

fn faults(text: &str, format: ManifestFormat) -> Vec<String> {
    let rows = rows(text, format).unwrap();
    rows.into_iter().map(|row| row.entry.unwrap_err().to_string()).collect()
}

fn entry(name: &str, kind: PayloadKind, source: Source) -> Entry {
    let name = EntryName::parse(name).unwrap();
    Entry { name, kind, source, byte_len: None, object_id: None }
}

#[test]
fn both_forms_say_the_same() {
    let wanted = vec![
        Entry {
            byte_len: Some(16),
            object_id: Some(ObjectId::as_received("83000001")),
            ..entry("kek-1", PayloadKind::Aes, Source::HexFile("keys/1.hex".into()))
        },
        entry("seed", PayloadKind::Binary, Source::RawFile("seed, final.bin".into())),
        entry("auth", PayloadKind::Hmac, Source::Generate(32)),
        Entry { byte_len: Some(32), ..entry("kek-2", PayloadKind::Aes, Source::Generate(32)) },
    ];
    let csv = "\u{feff}name, kind ,file,raw,generate,size,object-id\n# a comment\n\
               kek-1,aes,keys/1.hex,,,128,0x83000001\r\nseed,binary,\"seed, final.bin\",true,,,\n\n\
               auth,hmac,,false,32,,\nkek-2,aes,,,true,256,\n";
    let ndjson = concat!(
        "\u{feff}{\"name\":\"kek-1\",\"kind\":\"aes\",\"file\":\"keys/1.hex\",\"size\":128,\"objectId\":\"83000001\"}\r\n",
        "{\"file\":\"seed, final.bin\",\"raw\":true,\"kind\":\"binary\",\"name\":\"seed\"}\n \n",
        "{\"name\":\"auth\",\"kind\":\"hmac\",\"generate\":32,\"file\":null}\n",
        "{\"name\":\"kek-2\",\"kind\":\"aes\",\"generate\":true,\"size\":\"256\"}"
    );
    for (text, format, lines) in [(csv, BOTH[0], [3, 4, 6, 7]), (ndjson, BOTH[1], [1, 2, 4, 5])] {
        let rows = rows(text, format).unwrap();
        let entries: Vec<Entry> = rows.iter().map(|row| row.entry.clone().unwrap()).collect();
        assert_eq!(entries, wanted);
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), lines, "{format:?}");
    }
}

#[test]
fn what_spreadsheets_write_reads_as_it_was_meant() {
    let hex = entry("one", PayloadKind::Aes, Source::HexFile("a.hex".into()));
    let raw = entry("two", PayloadKind::Aes, Source::RawFile("b.bin".into()));
    let made =
        Entry { byte_len: Some(32), ..entry("three", PayloadKind::Hmac, Source::Generate(32)) };
    let spreadsheets = [
        "name,kind,file,raw,generate,size\r\none,aes,a.hex,FALSE,FALSE,\r\ntwo,aes,b.bin,TRUE,,\r\n\
         three,hmac,,,TRUE,256bit\r\n",
        "Name,Kind,File,Raw,Generate,Size,,\none,aes,a.hex,False,,,,\ntwo,aes,b.bin,True,,,,\n,,,,,,,\n\
         three,hmac,,,True,32byte,,\n,,,,,,,\n,,\n",
        "\u{feff}name;kind;file;raw;generate;size\r\none;aes;a.hex;FALSCH;;\r\ntwo;aes;b.bin;WAHR;;\r\n\
         three;hmac;;;WAHR;32\r\n;;;;;\r\n",
        "\u{feff}\"name\";\"kind\";\"file\";\"raw\";\"generate\";\"size\"\n\"one\";\"aes\";\"a.hex\";0;;\n\
         two;aes;b.bin;1;;\nthree;hmac;;;32;32;;;\n",
        "name\tkind\tfile\traw\tgenerate\tsize\none\taes\ta.hex\t\t\t\ntwo\taes\tb.bin\ttrue\t\t\n\
         three\thmac\t\t\t32byte\t256 bits\n",
        "\u{feff}sep=;\r\nname;kind;file;raw;generate;size\none;aes;a.hex;;;\ntwo;aes;b.bin;VRAI;;\n\
         three;hmac;;faux;32;32\n",
    ];
    for text in spreadsheets {
        let entries: Vec<_> = csv(text).into_iter().map(|row| row.entry).collect();
        assert_eq!(entries, [Ok(hex.clone()), Ok(raw.clone()), Ok(made.clone())], "{text}");
    }
}

#[test]
fn a_value_without_a_column_is_refused() {
    let text = "name,kind,generate,,\na,aes,128,,x\nb,aes,128,,,y\nc,aes\n";
    assert_eq!(
        faults(text, ManifestFormat::Csv),
        [
            "field 5 has a value, but the header has no name for it",
            "6 fields, the header has 5",
            "2 fields, the header has 5",
        ]
    );
}

#[test]
fn the_form_follows_from_the_extension_else_from_the_first_byte() {
    let of = |path: &str, first| ManifestFormat::of(Path::new(path), first);
    assert_eq!(of("m.csv", Some(b'{')), ManifestFormat::Csv);
    assert_eq!(of("m.NDJSON", Some(b'n')), ManifestFormat::Ndjson);
    assert_eq!(of("m.jsonl", None), ManifestFormat::Ndjson);
    assert_eq!(of("-", Some(b'{')), ManifestFormat::Ndjson);
    assert_eq!(of("m.txt", Some(b'n')), ManifestFormat::Csv);
}

#[test]
fn a_wrong_header_refuses_the_manifest() {
    let refused = |text: &str| rows(text, ManifestFormat::Csv).unwrap_err();
    let unknown = ManifestError::UnknownColumn { found: "`colour`".to_owned() };
    assert_eq!(refused("name,kind,colour\n"), unknown);
    assert_eq!(
        unknown.to_string(),
        "unknown column `colour`; known are name, kind, file, raw, generate, size, object-id"
    );
    for name in ["key", "HEX", "secret"] {
        let error = refused(&format!("name,kind,{name}\na,aes,00\n"));
        assert_eq!(error, ManifestError::SecretColumn { found: name.to_owned() });
    }
    assert_eq!(refused("name,kind,name\n"), ManifestError::TwiceColumn { column: Column::Name });
    let twice = ManifestError::TwiceColumn { column: Column::ObjectId };
    assert_eq!(refused("name,kind,object-id,objectId\n"), twice);
    assert_eq!(refused("name,file\n"), ManifestError::NoColumn { column: Column::Kind });
    for utf_16 in ["\u{feff}name,kind\n", "name,kind\n"] {
        let little: Vec<u8> = utf_16.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = utf_16.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            assert_eq!(rows(bytes, ManifestFormat::Csv).unwrap_err(), ManifestError::Utf16);
        }
    }
    assert_eq!(refused(""), ManifestError::Empty);
}

#[test]
fn a_wrong_row_is_refused_alone_and_its_values_are_not_repeated() {
    let key = "00112233445566778899aabbccddeeff";
    let text = format!(
        "name,kind,file,generate,size,object-id\n\
         ../a,aes,f,,,\n/etc/a,aes,f,,,\n,aes,f,,,\nb,{key},f,,,\nc,aes,{key},,,\nd,aes,f,128,,\n\
         e,aes,,,,\nf,aes,,true,,\ng,aes,,128,256,\nh,aes,,{key},,\ni,hmac,,257,,\nj,aes,f,,,{key}\nk,aes\n\
         .hidden,aes,f,,,\nl\u{e4}nge,aes,f,,,\nm\u{0},aes,f,,,\nn,aes,\"a\nb\",,,\n"
    );
    let found = faults(&text, ManifestFormat::Csv);
    let hidden = "(32 characters, not shown)";
    let name = |character: char| {
        format!(
            "name: {character:?} in it; allowed are A-Z a-z 0-9 . _ - and first a letter or digit, because the \
             message's file is called so"
        )
    };
    assert_eq!(
        found,
        [
            name('/'),
            name('/'),
            "name: is missing".to_owned(),
            format!("kind: found {hidden}; aes, hmac, binary and oem-fw-decrypt-key are allowed"),
            EntryFault::KeyInManifest.to_string(),
            EntryFault::TwoSources.to_string(),
            EntryFault::NoSource.to_string(),
            "generate: how large is not said; aes takes 128bit or 256bit".to_owned(),
            EntryFault::TwoSizes.to_string(),
            format!("generate: found {hidden}; aes takes 128bit or 256bit"),
            "generate: 257 without a unit could be bits or bytes: write 257bit or 257byte (hmac takes 1byte to 256byte)"
                .to_owned(),
            format!("object-id: expected 1 to 8 hexadecimal digits, found {hidden}"),
            "2 fields, the header has 6".to_owned(),
            name('.'),
            name('\u{e4}'),
            name('\u{0}'),
            "file: has a control character".to_owned(),
        ]
    );
    assert!(!found.concat().contains(key));
}

#[test]
fn a_wrong_json_row_is_refused_alone() {
    let text = "{\"name\":\"a\",\"kind\":\"aes\"\n[]\n7\n{\"name\":\"a\",\"name\":\"b\",\"kind\":\"aes\",\"generate\":128}\n\
                {\"name\":\"b\",\"kind\":\"aes\",\"hex\":\"00112233445566778899aabbccddeeff\"}\n\
                {\"name\":\"c\",\"kind\":\"aes\",\"colour\":1}\n{\"name\":\"d\",\"kind\":[\"aes\"]}\n\
                {\"name\":\"e\",\"kind\":\"aes\",\"generate\":1.5}\n";
    let found = faults(text, ManifestFormat::Ndjson);
    // The last character, or the end after it: serde_json says either, by the features it was built with.
    let ends = [23, 24].map(|column| format!("not a JSON object (column {column})"));
    assert!(ends.contains(&found[0]), "{}", found[0]);
    assert!(found[1].starts_with("not a JSON object"), "{}", found[1]);
    assert!(found[2].starts_with("not a JSON object"), "{}", found[2]);
    assert_eq!(found[3], "the column `name` is there twice");
    assert!(found[4].starts_with("column `hex`: a manifest never holds"), "{}", found[4]);
    assert!(!found[4].contains("0011"), "{}", found[4]);
    assert!(found[5].starts_with("unknown column `colour`"), "{}", found[5]);
    assert_eq!(found[6], "kind: is not UTF-8 text");
    assert_eq!(found[7], "generate: found `1.5`; aes takes 128bit or 256bit");
}

#[test]
fn names_and_fields_have_an_end() {
    let long = "n".repeat(LONGEST_NAME);
    assert!(csv(&format!("name,kind,generate\n{long},aes,128\n"))[0].entry.is_ok());
    let longer = csv(&format!("name,kind,generate\n{long}n,aes,128\n"));
    assert_eq!(longer[0].entry, Err(EntryFault::LongName { byte_len: LONGEST_NAME + 1 }));
    let path = "p".repeat(LONGEST_FIELD + 1);
    let longer = csv(&format!("name,kind,file\na,aes,{path}\n"));
    let byte_len = LONGEST_FIELD + 1;
    assert_eq!(longer[0].entry, Err(EntryFault::LongField { column: Column::File, byte_len }));
}

#[test]
fn a_line_without_an_end_is_not_read_into_memory() {
    for format in BOTH {
        let head = match format {
            ManifestFormat::Csv => "name,kind,generate\na,aes,128\n",
            ManifestFormat::Ndjson => "{\"name\":\"a\",\"kind\":\"aes\",\"generate\":128}\n",
        };
        for endless in [b'x', b'"', b' ', b','] {
            // A gigabyte; it ends the test early because it is not read.
            let endless = repeat(endless).take(1 << 30);
            let source = Cursor::new(head).chain(endless);
            let mut counted = Counted { source, count: 0 };
            let mut reader = ManifestReader::new(&mut counted, format).unwrap();
            assert!(reader.next_row().unwrap().unwrap().entry.is_ok());
            let error = reader.next_row().unwrap_err();
            assert!(matches!(error, ManifestError::RowTooLong { .. }), "{error:?}");
            assert!(counted.count < 2 * LONGEST_ROW, "{} bytes read", counted.count);
        }
    }
}

struct Counted<R> {
    source: R,
    count: usize,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(out)?;
        self.count += count;
        Ok(count)
    }
}

fn some_entry() -> impl Strategy<Value = Entry> {
    let kind = prop_oneof![
        Just((PayloadKind::Aes, 32usize)),
        Just((PayloadKind::OemFwDecrypt, 16usize)),
        (1usize..=256).prop_map(|size| (PayloadKind::Hmac, size)),
        (1usize..=500).prop_map(|size| (PayloadKind::Binary, size)),
    ];
    let file = "[a-z][a-z ,\"/\\\\{}\u{e9}]{0,20}[a-z]";
    ("[A-Za-z0-9][A-Za-z0-9._-]{0,30}", kind, file, 0..4u8, any::<bool>(), any::<Option<u32>>())
        .prop_map(|(name, (kind, size), file, source, sized, object_id)| Entry {
            name: EntryName::parse(&name).unwrap(),
            kind,
            source: match source {
                0 => Source::HexFile(file.into()),
                1 => Source::RawFile(file.into()),
                2 => Source::Token(token(&format!("pkcs11:token=T;object=k{size}"))),
                _ => Source::Generate(size),
            },
            byte_len: sized.then_some(size),
            object_id: object_id.map(|id| ObjectId::as_received(format!("{id:X}"))),
        })
}

fn token(uri: &str) -> TokenUri {
    match uri.parse() {
        Ok(KeyPlace::Token(uri)) => uri,
        other => panic!("{other:?}"),
    }
}

/// The fields of an entry as a user writes them.
fn written(entry: &Entry) -> [(&'static str, String); 7] {
    let size = |byte_len: usize| match entry.kind {
        kind if kind.is_aes() => (byte_len * 8).to_string(),
        PayloadKind::Hmac if byte_len > 64 => format!("{byte_len}byte"),
        _ => byte_len.to_string(),
    };
    let (file, raw, generate) = match &entry.source {
        Source::HexFile(path) => (path.display().to_string(), "", String::new()),
        Source::RawFile(path) => (path.display().to_string(), "true", String::new()),
        Source::Token(uri) => (uri.to_string(), "", String::new()),
        Source::Generate(byte_len) => (String::new(), "", size(*byte_len)),
    };
    let object_id = entry.object_id.as_ref().map_or(String::new(), |id| id.as_str().to_owned());
    [
        ("object-id", object_id),
        ("name", entry.name.as_str().to_owned()),
        ("file", file),
        ("kind", entry.kind.name().to_owned()),
        ("raw", raw.to_owned()),
        ("size", entry.byte_len.map_or(String::new(), size)),
        ("generate", generate),
    ]
}

proptest! {
    #[test]
    fn entries_round_trip_through_both_forms(entries in prop::collection::vec(some_entry(), 1..8)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(written(&entries[0]).map(|(column, _)| column)).unwrap();
        let mut ndjson = String::new();
        for entry in &entries {
            writer.write_record(written(entry).map(|(_, value)| value)).unwrap();
            let object: serde_json::Map<String, serde_json::Value> = written(entry)
                .into_iter()
                .map(|(column, value)| (column.to_owned(), value.into()))
                .collect();
            ndjson.push_str(&serde_json::to_string(&object).unwrap());
            ndjson.push('\n');
        }
        for (text, format) in [(writer.into_inner().unwrap(), BOTH[0]), (ndjson.into_bytes(), BOTH[1])] {
            let read: Vec<Entry> =
                rows(text, format).unwrap().into_iter().map(|row| row.entry.unwrap()).collect();
            prop_assert_eq!(&read, &entries);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        for format in BOTH {
            let _ = rows(&bytes, format);
            let head = b"name,kind,file,generate\n".to_vec();
            let _ = rows([head, bytes.clone()].concat(), format);
        }
    }

    #[test]
    fn arbitrary_fields_never_panic_and_a_taken_name_is_a_file_name(
        name in "\\PC{0,40}|\\.\\./[a-z]*", kind in "aes|hmac|binary|oem-fw-decrypt-key|\\PC*", rest in "\\PC{0,60}",
    ) {
        for column in ["file", "generate", "size", "object-id", "raw"] {
            let row = serde_json::json!({"name": name, "kind": kind, column: rest}).to_string();
            for row in rows(row, ManifestFormat::Ndjson).unwrap() {
                if let Ok(entry) = row.entry {
                    let file = entry.name.file_name();
                    prop_assert!(!file.contains(['/', '\\', '\0']) && !file.starts_with('.'));
                }
            }
        }
    }
}

#[test]
fn rows_count_as_lines_whether_cr_lf_or_both_end_them() {
    let text = "name,kind,generate\ra,aes,128\r\nb,aes,128\n\n\rc,aes,128\r\r\nd,aes,128";
    let mut reader = ManifestReader::new(text.as_bytes(), ManifestFormat::Csv).unwrap();
    let mut lines = Vec::new();
    while let Some(row) = reader.next_row().unwrap() {
        lines.push((row.name.unwrap().as_str().to_owned(), row.line));
    }
    let wanted =
        [("a", 2), ("b", 3), ("c", 6), ("d", 8)].map(|(name, line)| (name.to_owned(), line));
    assert_eq!(lines, wanted);
}
