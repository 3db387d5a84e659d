//! What the public items of a source name of other crates, read from its tokens.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Group, TokenTree};

use super::matches::{is_word, tokens};
use super::tokens::{group, inner, is_behind_a_name, of_derive, of_type, parts, sign, tail};

/// Names of another crate.
type Names = (&'static str, &'static [&'static str]);

/// Traits that a signature may ask for: every format of serde shares them, and version 1 is of 2017.
const ASKED_FOR: [Names; 1] =
    [("serde", &["Serialize", "Deserialize", "DeserializeOwned", "Serializer", "Deserializer"])];

/// Traits that a type of ours may have besides those; a program without that crate sees nothing of them.
const IMPLEMENTED: [Names; 2] = [("schemars", &["JsonSchema"]), ("thiserror", &["Error"])];

/// The words that items begin with.
const ITEMS: [&str; 11] = [
    "use",
    "fn",
    "type",
    "static",
    "const",
    "struct",
    "enum",
    "trait",
    "impl",
    "mod",
    "macro_rules",
];

/// Names that items of other crates go by in one source: what `use` brings in, and aliases of the crate.
type Foreign = BTreeMap<String, String>;

fn is_among(all: &[Names], library: &str, name: &str) -> bool {
    all.iter().any(|(of, names)| *of == library && names.contains(&name))
}

/// The names that the tree of one `use` brings in, below the crate at its root.
fn brought(tree: &[TokenTree], root: &str, found: &mut Foreign) {
    let mut last: Option<String> = None;
    for (index, token) in tree.iter().enumerate() {
        match token {
            TokenTree::Ident(_) if is_word(Some(token), "as") => last = None,
            TokenTree::Ident(name) if *name == "self" => {}
            TokenTree::Ident(name) => last = Some(name.to_string()),
            TokenTree::Group(group) => {
                let parent = last.take();
                for part in parts(&inner(group)) {
                    if part.len() == 1 && is_word(part.first(), "self") {
                        found.extend(parent.iter().map(|name| (name.clone(), root.to_owned())));
                    } else {
                        brought(&part, root, found);
                    }
                }
            }
            TokenTree::Punct(star) if star.as_char() == '*' && index + 1 == tree.len() => {
                last = None
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found.extend(last.filter(|name| name != "_").map(|name| (name, root.to_owned())));
}

/// What the uses of a source bring in of the crate's dependencies.
fn foreign(tokens: &[TokenTree], dependencies: &BTreeSet<String>) -> Foreign {
    let mut found = Foreign::new();
    let mut index = 0;
    while index < tokens.len() {
        if let TokenTree::Group(group) = &tokens[index] {
            found.extend(foreign(&inner(group), dependencies));
        }
        if is_word(Some(&tokens[index]), "use") {
            let end = tokens[index..].iter().position(|t| sign(Some(t)) == Some(';'));
            let end = index + end.unwrap_or(tokens.len() - index);
            let tree = &tokens[index + 1..end];
            let root = tree.iter().find_map(|token| match token {
                TokenTree::Ident(name) => Some(name.to_string()),
                _ => None,
            });
            if let Some(root) = root.filter(|root| dependencies.contains(root)) {
                brought(tree, &root, &mut found);
            }
            index = end;
        }
        index += 1;
    }
    found
}

/// Reads public items and notes what they name of other crates.
struct Reader<'a> {
    dependencies: &'a BTreeSet<String>,
    foreign: Foreign,
    /// Types that others see.
    public: &'a BTreeSet<String>,
    found: Vec<(usize, String)>,
}

impl<'a> Reader<'a> {
    const fn of(
        foreign: Foreign,
        dependencies: &'a BTreeSet<String>,
        public: &'a BTreeSet<String>,
    ) -> Self {
        Self { dependencies, foreign, public, found: Vec::new() }
    }

    /// Aliases of a module for what is of another crate, by their names.
    fn aliases(&mut self, tokens: &[TokenTree], found: &mut Foreign) {
        for (index, token) in tokens.iter().enumerate() {
            match (token, tokens.get(index + 1), tokens.get(index + 2)) {
                (TokenTree::Ident(word), Some(TokenTree::Ident(name)), _) if *word == "type" => {
                    let end = index + end(&tokens[index..]);
                    let from = tokens[index..end].iter().position(|it| sign(Some(it)) == Some('='));
                    self.check(&tokens[index + from.unwrap_or_default()..end]);
                    let library = self.found.pop().map(|(_, path)| path);
                    let library =
                        library.and_then(|path| Some(path.split_once("::")?.0.to_owned()));
                    found.extend(library.map(|library| (name.to_string(), library)));
                    self.found.clear();
                }
                (TokenTree::Ident(word), _, Some(TokenTree::Group(body))) if *word == "mod" => {
                    self.aliases(&inner(body), found);
                }
                _ => {}
            }
        }
    }

    /// Notes what `tokens` name of other crates, attributes left out.
    fn check(&mut self, tokens: &[TokenTree]) {
        self.check_but(tokens, &ASKED_FOR);
    }

    fn check_but(&mut self, tokens: &[TokenTree], allowed: &[Names]) {
        for (index, token) in tokens.iter().enumerate() {
            let before = index.checked_sub(1).map(|i| &tokens[i]);
            match token {
                TokenTree::Group(group) => {
                    if sign(before) != Some('#') {
                        self.check_but(&inner(group), allowed);
                    }
                }
                TokenTree::Ident(name) => {
                    let name = name.to_string();
                    let is_path = sign(tokens.get(index + 1)) == Some(':')
                        && sign(tokens.get(index + 2)) == Some(':');
                    let is_tail = is_behind_a_name(&tokens[..index]);
                    // `digest: &[u8]` is a parameter or a field.
                    let is_binding = sign(tokens.get(index + 1)) == Some(':') && !is_path;
                    if is_tail
                        || is_binding
                        || sign(before) == Some('.')
                        || ["fn", "type"].iter().any(|word| is_word(before, word))
                    {
                        continue;
                    }
                    let line = token.span().start().line;
                    if is_path && self.dependencies.contains(&name) {
                        let last = tail(&tokens[index..]);
                        if !is_among(allowed, &name, &last) {
                            self.found.push((line, format!("{name}::{last}")));
                        }
                    } else if let Some(library) = self.foreign.get(&name)
                        && !is_among(allowed, library, &tail(&tokens[index..]))
                    {
                        self.found.push((line, format!("{library}::{name}")));
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// The items of a file, a module, a trait or an `impl`. `all`: they are public as a whole.
    fn items(&mut self, tokens: &[TokenTree], all: bool) {
        let (mut index, mut is_public) = (0, all);
        let mut derived: Vec<TokenTree> = Vec::new();
        while index < tokens.len() {
            let rest = &tokens[index..];
            let word = match &rest[0] {
                TokenTree::Ident(word) => word.to_string(),
                _ => String::new(),
            };
            if sign(rest.first()) == Some('#') {
                derived.extend(
                    group(rest.get(1), Delimiter::Bracket).map(of_derive).unwrap_or_default(),
                );
            } else if word == "pub" {
                // `pub(crate)` is not public.
                is_public = group(rest.get(1), Delimiter::Parenthesis).is_none();
            } else if let (false, Some(TokenTree::Group(body)), Some('!')) =
                (word.is_empty(), rest.get(2), sign(rest.get(1)))
            {
                // A macro of ours that declares items: everything in it is public.
                self.check(&inner(body));
                index += 2;
            } else if ITEMS.contains(&word.as_str()) && !is_word(rest.get(1), "fn") {
                index += self.item(&word, rest, is_public, &derived);
                derived.clear();
                is_public = all;
            }
            index += 1;
        }
    }

    /// The item that begins here with `word`; where it ends.
    fn item(
        &mut self,
        word: &str,
        tokens: &[TokenTree],
        is_public: bool,
        derived: &[TokenTree],
    ) -> usize {
        let end = end(tokens);
        let body = group(tokens.get(end), Delimiter::Brace);
        let value = tokens[..end].iter().position(|token| sign(Some(token)) == Some('='));
        match (word, body) {
            ("impl", Some(body)) => self.implementation(&tokens[..end], body),
            ("mod", Some(body)) => self.items(&inner(body), false),
            ("macro_rules", Some(body)) => self.expansions(body),
            ("use" | "fn" | "type", _) if is_public => self.check(&tokens[..end]),
            ("static" | "const", _) if is_public => self.check(&tokens[..value.unwrap_or(end)]),
            ("struct" | "enum", _) if is_public => {
                self.check_but(derived, &[&ASKED_FOR[..], &IMPLEMENTED].concat());
                self.declaration(&tokens[..(end + 1).min(tokens.len())], word == "enum");
            }
            ("trait", Some(body)) if is_public => {
                self.check(&tokens[..end]);
                self.items(&inner(body), true);
            }
            _ => {}
        }
        end
    }

    /// Generics and public fields of a structure, or everything of an enumeration.
    fn declaration(&mut self, tokens: &[TokenTree], is_enumeration: bool) {
        let is_group = |token: &TokenTree| matches!(token, TokenTree::Group(_));
        let header = tokens.iter().position(is_group).unwrap_or(tokens.len());
        self.check(&tokens[..header]);
        for token in &tokens[header..] {
            match token {
                TokenTree::Group(body) if is_enumeration => self.variants(body),
                TokenTree::Group(fields) => {
                    for field in parts(&inner(fields)) {
                        let at = field.iter().position(|token| is_word(Some(token), "pub"));
                        // `pub(crate)` is not public.
                        let is_public =
                            |at: &usize| group(field.get(at + 1), Delimiter::Parenthesis).is_none();
                        if let Some(at) = at.filter(is_public) {
                            self.check(&field[at..]);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// What the variants of an enumeration hold; their own names are none of other crates.
    fn variants(&mut self, body: &Group) {
        for variant in parts(&inner(body)) {
            for token in &variant {
                if group(Some(token), Delimiter::Bracket).is_none()
                    && let TokenTree::Group(fields) = token
                {
                    self.check(&inner(fields));
                }
            }
        }
    }

    /// An `impl`: of a trait, its header and its types; of a type, its public functions.
    fn implementation(&mut self, header: &[TokenTree], body: &Group) {
        let of = header.iter().position(|token| is_word(Some(token), "for"));
        // `for<'a>` is of a bound.
        let of = of.filter(|at| sign(header.get(at + 1)) != Some('<'));
        let name = of_type(&header[of.map_or(1, |at| at + 1)..]);
        if !self.public.contains(&name) {
            return;
        }
        match of {
            None => self.items(&inner(body), false),
            Some(of) => {
                let trait_of = of_type(&header[1..of]);
                // What is implemented for a trait of the crate's own is that trait's matter.
                let is_foreign = self.foreign.contains_key(&trait_of);
                let is_std = !is_foreign && !self.public.contains(&trait_of);
                if is_foreign || is_std {
                    self.check_but(&header[1..of], &[&ASKED_FOR[..], &IMPLEMENTED].concat());
                }
                let body = inner(body);
                for (index, token) in body.iter().enumerate() {
                    if is_word(Some(token), "type") {
                        let end = end(&body[index..]);
                        self.check(&body[index..index + end]);
                    }
                }
            }
        }
    }

    /// What the arms of a macro make.
    fn expansions(&mut self, body: &Group) {
        let tokens = inner(body);
        for (index, token) in tokens.iter().enumerate() {
            let is_arrow =
                sign(Some(token)) == Some('=') && sign(tokens.get(index + 1)) == Some('>');
            if let (true, Some(TokenTree::Group(made))) = (is_arrow, tokens.get(index + 2)) {
                self.made(&inner(made));
            }
        }
    }

    /// Public functions and fields in what a macro makes; `$( … )*` is looked through.
    fn made(&mut self, tokens: &[TokenTree]) {
        self.items(tokens, false);
        for (index, token) in tokens.iter().enumerate() {
            let is_repeated = sign(index.checked_sub(1).map(|i| &tokens[i])) == Some('$');
            if let (true, TokenTree::Group(repeated)) = (is_repeated, token) {
                self.made(&inner(repeated));
            }
        }
    }
}

/// Where an item ends that begins here: at its block, or at `;`. The braces of `use a::{b}` are not the end.
fn end(tokens: &[TokenTree]) -> usize {
    let is_use = is_word(tokens.first(), "use");
    let ends = |token: &TokenTree| {
        sign(Some(token)) == Some(';') || !is_use && group(Some(token), Delimiter::Brace).is_some()
    };
    tokens.iter().position(ends).unwrap_or(tokens.len())
}

/// The types and traits that a source declares as public, also within macros.
fn declared(tokens: &[TokenTree], found: &mut BTreeSet<String>) {
    for (index, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            declared(&inner(group), found);
        }
        let declares = ["struct", "enum", "trait"].iter().any(|it| is_word(Some(token), it));
        let is_public = is_word(index.checked_sub(1).map(|i| &tokens[i]), "pub");
        if let (true, true, Some(TokenTree::Ident(name))) =
            (declares, is_public, tokens.get(index + 1))
        {
            found.insert(name.to_string());
        }
    }
}

/// What the public items of some sources of one crate name of other crates: place and name.
pub(super) fn named(sources: &[(String, String)], dependencies: &BTreeSet<String>) -> Vec<String> {
    let sources: Vec<(&str, Vec<TokenTree>)> =
        sources.iter().map(|(path, code)| (path.as_str(), tokens(code))).collect();
    let mut public = BTreeSet::new();
    sources.iter().for_each(|(_, tokens)| declared(tokens, &mut public));
    let mut aliases = Foreign::new();
    for (_, tokens) in &sources {
        let mut reader = Reader::of(foreign(tokens, dependencies), dependencies, &public);
        reader.aliases(tokens, &mut aliases);
    }
    let mut wrong = Vec::new();
    for (path, tokens) in &sources {
        let mut foreign = foreign(tokens, dependencies);
        foreign.extend(aliases.clone());
        let mut reader = Reader::of(foreign, dependencies, &public);
        reader.items(tokens, false);
        wrong.extend(reader.found.into_iter().map(|(line, name)| format!("{path}:{line}: {name}")));
    }
    wrong
}
