#![no_main]
//! Fuzz target: PEM on one line, JSON answers, bundles and damaged PEM.

use el2g_cert_profile::{InputBlocks, read_one_request};
use el2g_pem_line::{Content, escape, normalise, unescape};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(normalised) = normalise(data)
        && let Content::Pem(text) = &normalised.content
    {
        let again = normalise(text.as_bytes()).expect("its own output");
        assert_eq!(again.content, normalised.content);
    }
    assert!(!InputBlocks::read(data).blocks.is_empty());
    let _ = read_one_request(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = unescape(text);
    if let Ok(line) = escape(text) {
        assert!(!line.contains('\n'));
    }
});
