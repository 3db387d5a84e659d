//! Small questions about the tokens of a source.

use proc_macro2::{Delimiter, Group, TokenTree};

use super::matches::is_word;

pub(super) fn sign(token: Option<&TokenTree>) -> Option<char> {
    match token {
        Some(TokenTree::Punct(sign)) => Some(sign.as_char()),
        _ => None,
    }
}

pub(super) fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

pub(super) fn inner(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

/// Splits at the commas outside of groups and angle brackets.
pub(super) fn parts(tokens: &[TokenTree]) -> Vec<Vec<TokenTree>> {
    let (mut all, mut part, mut depth) = (Vec::new(), Vec::new(), 0_i32);
    for (index, token) in tokens.iter().enumerate() {
        match sign(Some(token)) {
            Some('<') => depth += 1,
            Some('>') if sign(index.checked_sub(1).map(|i| &tokens[i])) != Some('-') => depth -= 1,
            Some(',') if depth == 0 => {
                all.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(token.clone());
    }
    all.push(part);
    all.retain(|part| !part.is_empty());
    all
}

/// Whether `name::` stands before; the path of `pub ::name` begins with what follows.
pub(super) fn is_behind_a_name(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Ident(name), first, second] => {
            let is_separator = [first, second].iter().all(|it| sign(Some(it)) == Some(':'));
            is_separator && !["pub", "dyn", "impl", "mut"].iter().any(|word| name == word)
        }
        // `<T as Trait>::Name`.
        [.., end, first, second] => {
            let signs = [end, first, second].map(|token| sign(Some(token)));
            signs == [Some('>'), Some(':'), Some(':')]
        }
        _ => false,
    }
}

/// What a `derive` names; nothing of any other attribute.
pub(super) fn of_derive(attribute: &Group) -> Vec<TokenTree> {
    let attribute = inner(attribute);
    match group(attribute.get(1), Delimiter::Parenthesis) {
        Some(names) if is_word(attribute.first(), "derive") => inner(names),
        _ => Vec::new(),
    }
}

/// The last name of the path that begins here.
pub(super) fn tail(tokens: &[TokenTree]) -> String {
    let mut last = String::new();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(name) if index == 0 || sign(tokens.get(index - 1)) == Some(':') => {
                last = name.to_string();
            }
            TokenTree::Punct(colon) if colon.as_char() == ':' => {}
            _ => break,
        }
    }
    last
}

/// The type or trait that a header is of: the last name outside of angle brackets, before `where`.
pub(super) fn of_type(header: &[TokenTree]) -> String {
    let (mut depth, mut name) = (0_i32, String::new());
    for token in header {
        match token {
            TokenTree::Punct(sign) if sign.as_char() == '<' => depth += 1,
            TokenTree::Punct(sign) if sign.as_char() == '>' => depth -= 1,
            TokenTree::Ident(word) if *word == "where" => break,
            TokenTree::Ident(word) if depth == 0 => name = word.to_string(),
            _ => {}
        }
    }
    name
}
