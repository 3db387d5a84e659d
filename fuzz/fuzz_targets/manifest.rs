#![no_main]
//! Fuzz target: manifests of `pgp seal-batch`, CSV and JSON lines.

use el2g_workflows::{Entry, ManifestFormat, ManifestReader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for format in [ManifestFormat::Csv, ManifestFormat::Ndjson] {
        let Ok(mut reader) = ManifestReader::new(data, format) else { continue };
        let (mut rows, mut line) = (0, 0);
        while let Ok(Some(row)) = reader.next_row() {
            rows += 1;
            assert_eq!(row.number, rows);
            assert!(row.line > line, "a row begins after the one before");
            line = row.line;
            match row.entry {
                Ok(Entry { name, .. }) => {
                    let file = name.file_name();
                    assert!(!file.contains(['/', '\\', '\0']) && !file.starts_with('.'));
                    assert_eq!(row.name, Some(name));
                }
                Err(fault) => assert!(!fault.to_string().contains('\n')),
            }
        }
    }
});
