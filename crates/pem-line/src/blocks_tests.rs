//! Tests of `blocks.rs`.

use super::*;

const BLOCK: &str = "-----BEGIN CERTIFICATE-----\nMAMC\nAQU=\n-----END CERTIFICATE-----\n";

fn der(text: &[u8]) -> Vec<Result<Vec<u8>, BlockFault>> {
    take(text).blocks.into_iter().map(|block| block.into_der().map(Der::into_bytes)).collect()
}

fn good() -> Vec<Result<Vec<u8>, BlockFault>> {
    vec![Ok(vec![0x30, 3, 2, 1, 5])]
}

#[test]
fn reads_a_block_whatever_stands_around_its_lines() {
    for text in [
        BLOCK.to_owned(),
        BLOCK.trim_end().to_owned(),
        BLOCK.replace('\n', " \t\n"),
        BLOCK.replace('\n', "\u{a0}\n"),
        BLOCK.replace('\n', "\r\n"),
        BLOCK.replace('\n', "\r"),
        BLOCK.replace('\n', "\n\n"),
        BLOCK.replace('\n', "\n  \t"),
        BLOCK.replace("-----\nM", "-----\n\nM"),
        BLOCK.replace("-----\nM", "-----\nComment: x\nMore: y\n z\n\nM"),
        BLOCK.replace("MAMC\nAQU=", "MAMCAQU="),
        BLOCK.replace("MAMC\nAQU=", "M A M\tC AQ\nU\n="),
        BLOCK.replace("AQU=", "AQV="),
        format!("\u{feff}{BLOCK}"),
        format!("-----BEGIN this is text\n----- \n{BLOCK}-----END"),
    ] {
        assert_eq!(der(text.as_bytes()), good(), "{text:?}");
    }
    let latin1 = [b"subject: Ger\xe4te\r\n", BLOCK.as_bytes(), b"\xff\0"].concat();
    assert_eq!(der(&latin1), good());
}

#[test]
fn takes_every_block_and_counts_what_is_outside() {
    let found =
        take(format!("Bag Attributes\n\n{BLOCK} between \n\u{feff}{BLOCK}after").as_bytes());
    assert_eq!((found.blocks.len(), found.lines_outside), (2, 3));
    assert_eq!(found.blocks[1].line(), 8);
    assert!(!found.white_space && !found.headers);
}

#[test]
fn reads_blocks_whose_line_breaks_are_gone() {
    for separator in ["", " ", "\\n", "\\r\\n", "\\\\n"] {
        let text = BLOCK.trim_end().replace('\n', separator);
        for text in [text.clone(), format!("{{\"value\":\"{text}\"}}"), format!("x {text} {text}")]
        {
            let blocks = take_joined(text.as_bytes()).blocks;
            assert!(!has_boundary_line(text.as_bytes()));
            for block in blocks {
                assert_eq!(block.der(), Ok(&[0x30, 3, 2, 1, 5][..]), "{text}");
            }
        }
    }
}

#[test]
fn says_which_block_is_broken_and_repeats_nothing_of_it() {
    let label = Some("CERTIFICATE");
    let faults = |text: String| der(text.as_bytes()).remove(0).unwrap_err();
    assert_eq!(faults(format!("\n{}", &BLOCK[..40])), BlockFault::Unterminated { label, line: 2 });
    assert_eq!(
        der(format!("{}\n{BLOCK}", &BLOCK[..40]).as_bytes()),
        [Err(BlockFault::Unterminated { label, line: 1 }), good().remove(0)]
    );
    assert_eq!(
        faults(BLOCK.replace("END C", "END SECRET C")),
        BlockFault::WrongEnd { label, found: None, line: 4 }
    );
    assert_eq!(faults(BLOCK.replace("AQU=", "A*U=")), BlockFault::Alphabet { label, line: 3 });
    let length = |characters| BlockFault::Length { label, line: 1, characters };
    assert_eq!(faults(BLOCK.replace("AQU=", "AQU")), length(7));
    assert_eq!(faults(BLOCK.replace("MAMC", "MAM=")), length(8));
    assert_eq!(faults(BLOCK.replace("MAMC\nAQU=", "")), BlockFault::Empty { label, line: 1 });
    let old = "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nM";
    assert_eq!(faults(BLOCK.replace("-----\nM", old)), BlockFault::OldEncryption { label });
    let secret = BLOCK.replace("CERTIFICATE", "PRIVATE KEY SECRET").replace("AQU=", "S*U=");
    let block = take(secret.as_bytes()).blocks.remove(0);
    let said = format!("{block:?} {}", block.der().unwrap_err());
    assert!(!said.contains("SECRET") && !said.contains("MAMC"), "{said}");
    assert!(take(format!("-----BEGIN {}-----\n", "A".repeat(65)).as_bytes()).blocks.is_empty());
}
