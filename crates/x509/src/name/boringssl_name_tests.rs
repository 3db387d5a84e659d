//! Other people's names: the corpus of BoringSSL's `verify_name_match` tests, from `testdata/corpora`.

use std::collections::BTreeMap;

use super::Name;

fn corpus() -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(crate::corpora::corpus("boringssl-names"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pem"))
        .map(|path| {
            let block = pem::parse(std::fs::read(&path).unwrap()).unwrap();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (stem, block.into_contents())
        })
        .collect()
}

#[test]
fn judges_the_names_of_boringssl_as_it_does() {
    let corpus = corpus();
    let name = |stem: &str| {
        Name::from_der(&corpus[stem]).unwrap_or_else(|error| panic!("{stem}: {error}"))
    };
    let mut wrong = Vec::new();
    let mut compared = 0;
    let mut expect = |left: &str, right: &str, equal: bool| {
        compared += 1;
        if name(left).matches(&name(right)) != equal || name(right).matches(&name(left)) != equal {
            wrong.push(format!("{left} {right}: expected {equal}"));
        }
    };
    let types = ["PRINTABLESTRING", "T61STRING", "UTF8", "BMPSTRING", "UNIVERSALSTRING"];
    let manglings = ["unmangled", "case_swap", "extra_whitespace"];
    for left_type in types {
        for left in manglings {
            let stem = format!("ascii-{left_type}-{left}");
            for right_type in types {
                for right in manglings {
                    let other = format!("ascii-{right_type}-{right}");
                    expect(&stem, &other, true);
                    for extra in ["dupe_attr", "extra_attr", "extra_rdn"] {
                        expect(&stem, &format!("{other}-{extra}"), false);
                    }
                }
            }
        }
    }
    expect("ascii-PRINTABLESTRING-rdn_sorting_1", "ascii-PRINTABLESTRING-rdn_sorting_2", true);
    expect("ascii-mixed-rdn_dupetype_sorting_1", "ascii-mixed-rdn_dupetype_sorting_2", true);
    let bmp = ["BMPSTRING", "UNIVERSALSTRING", "UTF8"];
    for left in bmp {
        for right in bmp {
            let stem = |kind| format!("unicode_bmp-{kind}-unmangled");
            expect(&stem(left), &stem(right), true);
        }
    }
    expect(
        "unicode_supplementary-UNIVERSALSTRING-unmangled",
        "unicode_supplementary-UTF8-unmangled",
        true,
    );
    expect("unicode-mixed-normalized", "unicode-mixed-unnormalized", true);
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(compared, 225 * 4 + 2 + 9 + 2);
}

#[test]
fn refuses_what_is_no_name_and_keeps_what_is() {
    let corpus = corpus();
    let mut judged = 0;
    for (stem, der) in &corpus {
        let read = Name::from_der(der);
        judged += 1;
        match stem.as_str() {
            "invalid-RDN-empty" => assert!(read.unwrap().has_empty_rdn()),
            invalid if invalid.starts_with("invalid-") => {
                assert!(read.is_err(), "{stem} was read");
            }
            _ => assert_eq!(read.unwrap().der(), der, "{stem}"),
        }
    }
    assert_eq!(judged, 82);
}
