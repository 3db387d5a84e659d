//! Canonical s-expressions (libgcrypt's form: `(7:sig-val(3:rsa(1:s2:..)))`), read only.

/// Nesting that a signature never reaches.
const DEEPEST: usize = 16;

/// An atom or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node<'a> {
    Atom(&'a [u8]),
    List(Vec<Node<'a>>),
}

impl<'a> Node<'a> {
    /// Reads one expression and nothing after it; `None` when it is not one.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (node, rest) = read(bytes, 0)?;
        rest.is_empty().then_some(node)
    }

    /// The elements after `name`, if this is the list `(name …)`.
    pub(super) fn named(&self, name: &str) -> Option<&[Node<'a>]> {
        let Self::List(nodes) = self else { return None };
        match nodes.split_first()? {
            (Self::Atom(first), rest) if *first == name.as_bytes() => Some(rest),
            _ => None,
        }
    }
}

/// What is called `name` among `nodes`.
pub(super) fn find<'n, 'a>(nodes: &'n [Node<'a>], name: &str) -> Option<&'n [Node<'a>]> {
    nodes.iter().find_map(|node| node.named(name))
}

/// `s` of `(sig-val (rsa (s …)))`, an RSA signature.
pub(super) fn rsa_signature(bytes: &[u8]) -> Option<&[u8]> {
    let node = Node::read(bytes)?;
    let signature = find(find(node.named("sig-val")?, "rsa")?, "s")?;
    match signature {
        [Node::Atom(value)] => Some(value),
        _ => None,
    }
}

fn read(bytes: &[u8], depth: usize) -> Option<(Node<'_>, &[u8])> {
    if depth > DEEPEST {
        return None;
    }
    if let Some(mut rest) = bytes.strip_prefix(b"(") {
        let mut nodes = Vec::new();
        loop {
            if let Some(rest) = rest.strip_prefix(b")") {
                return Some((Node::List(nodes), rest));
            }
            let (node, after) = read(rest, depth + 1)?;
            nodes.push(node);
            rest = after;
        }
    }
    let colon = bytes.iter().take(8).position(|octet| *octet == b':')?;
    let digits = &bytes[..colon];
    // No leading zeros, no sign: one form for each length.
    if !digits.iter().all(u8::is_ascii_digit) || (digits.len() > 1 && digits[0] == b'0') {
        return None;
    }
    let length: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let rest = &bytes[colon + 1..];
    (rest.len() >= length).then(|| (Node::Atom(&rest[..length]), &rest[length..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_the_signature_an_agent_answers() {
        assert_eq!(rsa_signature(b"(7:sig-val(3:rsa(1:s3:\0()))"), None, "cut short");
        assert_eq!(rsa_signature(b"(7:sig-val(3:rsa(1:s3:\0())))"), Some(&b"\0()"[..]));
        let with_hash = b"(7:sig-val(3:rsa(1:s2:ab))(4:hash6:sha256))";
        assert_eq!(rsa_signature(with_hash), Some(&b"ab"[..]));
    }

    #[test]
    fn refuses_what_is_no_rsa_signature() {
        let wrong: [&[u8]; 8] = [
            b"",
            b"7:sig-val",
            b"(7:sig-val(5:ecdsa(1:r1:a)(1:s1:b)))",
            b"(7:sig-val(3:rsa(1:s2:ab)))x",
            b"(7:sig-val(3:rsa(1:s02:ab)))",
            b"(7:sig-val(3:rsa(1:s99:ab)))",
            b"(7:sig-val(3:rsa(1:s1:a1:b)))",
            b"(7:sig-val(3:rsa(1:s-1:ab)))",
        ];
        for bytes in wrong {
            assert_eq!(rsa_signature(bytes), None, "{}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(rsa_signature(&b"(".repeat(100_000)), None);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, text in "[(): 0-9a-z]*") {
            let _ = rsa_signature(&bytes);
            let _ = rsa_signature(text.as_bytes());
        }
    }
}
