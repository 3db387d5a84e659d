//! A `match` over an enumeration of ours names every variant: a new one does not compile until each place has said what
//! it does with it.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::addresses::production;
use super::sources;

/// Enumerations of errors and faults: their reasons and hints single out a few variants.
const OF_ERRORS: [&str; 4] = ["Error", "Fault", "Problem", "Failure"];

pub(super) fn tokens(source: &str) -> Vec<TokenTree> {
    source.parse::<TokenStream>().expect("the source compiles").into_iter().collect()
}

pub(super) fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(name)) if name == word)
}

fn is_sign(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == sign)
}

/// The enumerations that a source declares; those that other crates cannot spell out (`non_exhaustive`) are left out.
fn enumerations(tokens: &[TokenTree], found: &mut BTreeSet<String>) {
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                enumerations(&group.stream().into_iter().collect::<Vec<_>>(), found);
            }
            TokenTree::Ident(_) if is_word(index.checked_sub(1).map(|i| &tokens[i]), "enum") => {
                let before = &tokens[index.saturating_sub(4)..index];
                if !before.iter().any(|token| token.to_string() == "[non_exhaustive]") {
                    found.insert(token.to_string());
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The type that an `impl` block beginning at `index` is of.
fn implemented(tokens: &[TokenTree], index: usize) -> String {
    let header: Vec<String> = tokens[index + 1..]
        .iter()
        .take_while(|token| !matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace))
        .map(ToString::to_string)
        .collect();
    let of = header.iter().rposition(|word| word == "for").map_or(0, |at| at + 1);
    let mut depth = 0_i32;
    let mut name = String::new();
    for word in &header[of..] {
        match word.as_str() {
            "<" => depth += 1,
            ">" => depth -= 1,
            "where" => break,
            word if depth == 0 && word.starts_with(char::is_alphabetic) => {
                word.clone_into(&mut name)
            }
            _ => {}
        }
    }
    name
}

/// The patterns of a match's arms, guards left out of none.
pub(super) fn patterns(body: &Group) -> Vec<Vec<TokenTree>> {
    let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    let (mut found, mut pattern, mut index) = (Vec::new(), Vec::new(), 0);
    while index < tokens.len() {
        if is_sign(tokens.get(index), '=') && is_sign(tokens.get(index + 1), '>') {
            found.push(std::mem::take(&mut pattern));
            index += 2;
            if matches!(&tokens.get(index), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
            {
                index += 1;
            } else {
                while index < tokens.len() && !is_sign(tokens.get(index), ',') {
                    index += 1;
                }
            }
            if is_sign(tokens.get(index), ',') {
                index += 1;
            }
            continue;
        }
        pattern.push(tokens[index].clone());
        index += 1;
    }
    found
}

/// The enumeration whose variant a pattern names at its beginning, behind a binding or a reference.
fn enumeration(pattern: &[TokenTree], own: &BTreeSet<String>, this: &str) -> Option<String> {
    let guard = pattern.iter().position(|token| is_word(Some(token), "if"));
    let pattern = &pattern[..guard.unwrap_or(pattern.len())];
    let at = (0..pattern.len()).find(|&index| {
        matches!(pattern[index], TokenTree::Ident(_))
            && is_sign(pattern.get(index + 1), ':')
            && is_sign(pattern.get(index + 2), ':')
            && matches!(pattern.get(index + 3), Some(TokenTree::Ident(variant)) if variant.to_string().starts_with(char::is_uppercase))
    })?;
    let name = match pattern[at].to_string() {
        name if name == "Self" => this.to_owned(),
        name => name,
    };
    let is_of_errors = OF_ERRORS.iter().any(|end| name.ends_with(end));
    (own.contains(&name) && !is_of_errors).then_some(name)
}

/// Whether a pattern takes whatever is left.
fn is_rest(pattern: &[TokenTree]) -> bool {
    match pattern {
        [TokenTree::Ident(name)] => {
            let name = name.to_string();
            name.starts_with(|first: char| first == '_' || first.is_lowercase())
                && !["true", "false"].contains(&name.as_str())
        }
        [TokenTree::Punct(sign)] => sign.as_char() == '_',
        _ => false,
    }
}

/// The enumerations of ours that a match of this source does not spell out, each with the line.
fn unspelled(
    tokens: &[TokenTree],
    own: &BTreeSet<String>,
    this: &str,
    found: &mut Vec<(usize, String)>,
) {
    let mut this = this.to_owned();
    for (index, token) in tokens.iter().enumerate() {
        if is_word(Some(token), "impl") {
            this = implemented(tokens, index);
        }
        if is_word(Some(token), "match") {
            let body = tokens[index..].iter().find_map(|token| match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
                TokenTree::Group(_)
                | TokenTree::Ident(_)
                | TokenTree::Punct(_)
                | TokenTree::Literal(_) => None,
            });
            let patterns = body.map(patterns).unwrap_or_default();
            let named = patterns.iter().find_map(|pattern| enumeration(pattern, own, &this));
            if let Some(named) = named.filter(|_| patterns.iter().any(|pattern| is_rest(pattern))) {
                found.push((token.span().start().line, named));
            }
        }
        if let TokenTree::Group(group) = token {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            unspelled(&inner, own, &this, found);
        }
    }
}

#[test]
fn a_match_over_an_enumeration_of_ours_names_every_variant() {
    let sources: Vec<(String, Vec<TokenTree>)> = sources()
        .into_iter()
        .filter_map(|path| production(&path).map(|code| (path, tokens(&code))))
        .collect();
    let mut own = BTreeSet::new();
    for (_, tokens) in &sources {
        enumerations(tokens, &mut own);
    }
    let mut wrong = Vec::new();
    for (path, tokens) in &sources {
        let mut found = Vec::new();
        unspelled(tokens, &own, "", &mut found);
        wrong.extend(found.into_iter().map(|(line, name)| format!("{path}:{line}: {name}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_match_that_leaves_variants_out_is_found() {
    let source = "
        enum Kind { Aes, Hmac } enum ReadError { Io } struct Other;
        #[non_exhaustive] pub enum Note { Mark }
        impl Kind { fn short(self) -> bool { match self { Self::Aes => { true } _ => false } } }
        impl fmt::Display for Other { fn f() { match x { Kind::Aes if y => 1, rest => 2 } } }
        fn g() { match e { ReadError::Io => 1, _ => 2 } match k { Kind::Aes => 1, Kind::Hmac => 2 } }
        fn h() { match (k, 1) { (Kind::Aes, _) => 1, _ => 2 } match std::io::Kind { _ => 3 }
            match n { Note::Mark => 1, _ => 2 } match s { Some(x) if x == Kind::Aes => 1, _ => 2 } }
    ";
    let tokens = tokens(source);
    let mut own = BTreeSet::new();
    enumerations(&tokens, &mut own);
    let mut found = Vec::new();
    unspelled(&tokens, &own, "", &mut found);
    let names: Vec<&str> = found.iter().map(|(_, name)| name.as_str()).collect();
    // A tuple is spelled out only as far as it is needed.
    assert_eq!(names, ["Kind", "Kind"]);
}
