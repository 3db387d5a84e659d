#![no_main]
//! Fuzz target: PEM on one line, JSON answers, bundles and damaged PEM.

use el2g_cert_profile::InputBlocks;
use el2g_pem_line::{Content, Kind, Reading, escape, read, read_secret, unescape_bare};
use el2g_x509::decoded::kept::KeptRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = read_secret(data);
    if let Ok(Reading { content: Content::Blocks(blocks), .. }) = read(data) {
        for block in blocks {
            let _ = (block.kind(), block.der().map(Kind::of_der));
        }
    }
    assert!(!InputBlocks::read(data).blocks.is_empty());
    let _ = KeptRequest::read(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = unescape_bare(text);
    if let Ok(line) = escape(text) {
        assert!(!line.contains('\n'));
    }
});
