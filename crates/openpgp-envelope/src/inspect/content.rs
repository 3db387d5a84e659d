//! The hex text inside a message (AN12642 section 12). What it is is never part of a finding.

use super::Fault;

/// The digits of the largest payload: a confidential binary of 500 bytes.
const MOST_DIGITS: usize = 1000;

pub(super) fn check(content: &[u8], faults: &mut Vec<Fault>) {
    if content.is_empty() {
        return faults.push(Fault::ContentEmpty);
    }
    if content.starts_with(el2g_text::BYTE_ORDER_MARK)
        || content.starts_with(b"\xFF\xFE")
        || content.starts_with(b"\xFE\xFF")
    {
        return faults.push(Fault::ContentByteOrderMark);
    }
    let trimmed = content.trim_ascii_start();
    if trimmed.starts_with(b"0x") || trimmed.starts_with(b"0X") {
        return faults.push(Fault::ContentPrefix);
    }
    let white = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    if let Some(at) = content.iter().position(|byte| !byte.is_ascii_hexdigit() && !white(*byte)) {
        let line = content[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let column =
            at - content[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1) + 1;
        return faults.push(Fault::ContentNotHex { line, column });
    }
    let digits = content.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    match digits {
        0 => faults.push(Fault::ContentEmpty),
        1.. if !digits.is_multiple_of(2) => faults.push(Fault::ContentOdd { digits }),
        _ if digits > MOST_DIGITS => faults.push(Fault::ContentLong { digits }),
        _ if digits < content.len() => faults.push(Fault::ContentWhiteSpace),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(content: &[u8]) -> Vec<Fault> {
        let mut faults = Vec::new();
        check(content, &mut faults);
        faults
    }

    #[test]
    fn judges_the_hex_text() {
        assert_eq!(faults(b"00112233445566778899aabbccddeeFF"), []);
        assert_eq!(faults(b""), [Fault::ContentEmpty]);
        assert_eq!(faults(b" \n"), [Fault::ContentEmpty]);
        assert_eq!(faults(b"\xEF\xBB\xBF00"), [Fault::ContentByteOrderMark]);
        assert_eq!(faults(b"\xFF\xFE0\x000\x00"), [Fault::ContentByteOrderMark]);
        assert_eq!(faults(b"0x00"), [Fault::ContentPrefix]);
        assert_eq!(faults(b"00:11"), [Fault::ContentNotHex { line: 1, column: 3 }]);
        assert_eq!(faults(b"00\n1\xFF"), [Fault::ContentNotHex { line: 2, column: 2 }]);
        assert_eq!(faults(b"001"), [Fault::ContentOdd { digits: 3 }]);
        assert_eq!(faults(b"0011\n"), [Fault::ContentWhiteSpace]);
        assert_eq!(faults(&[b'a'; 1000]), []);
        assert_eq!(faults(&[b'a'; 1002]), [Fault::ContentLong { digits: 1002 }]);
    }
}
