//! The book as mdBook builds it: nothing is left out, and every link leads somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::house::{files, read};
use crate::oracles::oracle;
use crate::workplace::{Workplace, root};

/// The values of an attribute in a page of HTML.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!(" {name}=\"");
    html.split(&*begin).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = read("docs/SUMMARY.md");
    let missing: Vec<String> = files()
        .into_iter()
        .filter_map(|path| path.strip_prefix("docs/").map(str::to_owned))
        .filter(|path| path.ends_with(".md") && path != "SUMMARY.md")
        .filter(|path| !summary.contains(&format!("]({path})")))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
#[cfg_attr(not(oracle = "mdbook"), ignore = "needs mdbook")]
fn the_book_is_built_without_a_warning_and_its_links_lead_somewhere() {
    let work = Workplace::new();
    let Some(path) = oracle("mdbook") else { return };
    let book = work.path("book");
    let arguments = ["build".into(), "--dest-dir".into(), book.clone(), root().join("docs")];
    let ran = work.oracle(Command::new(path), &arguments).expect("it is there").exits(0);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!["WARN", "ERROR"].iter().any(|level| said.contains(level)), "{said}");

    let pages: BTreeMap<PathBuf, String> = html(&book);
    let chapters = read("docs/SUMMARY.md").matches("](").count();
    assert!(pages.len() >= chapters, "{:?}", pages.keys());
    let named: BTreeMap<&Path, BTreeSet<&str>> = pages
        .iter()
        .map(|(path, html)| (path.as_path(), attributes(html, "id").into_iter().collect()))
        .collect();
    let mut wrong = Vec::new();
    for (page, html) in &pages {
        for link in [attributes(html, "href"), attributes(html, "src")].concat() {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                page.clone()
            } else {
                page.parent().expect("a page is in a folder").join(file)
            };
            let leads = match (target.canonicalize(), anchor) {
                (Err(_), _) => false,
                (Ok(_), "") => true,
                (Ok(target), anchor) => {
                    named.get(target.as_path()).is_some_and(|names| names.contains(anchor))
                }
            };
            if !leads {
                wrong.push(format!("{}: {link}", page.strip_prefix(&book).unwrap().display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The pages below a folder, but the one that holds all of them and the one for a wrong address.
fn html(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the book was built") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(html(&path));
        } else if path.extension().is_some_and(|end| end == "html")
            && !["print.html", "404.html", "toc.html"].iter().any(|name| path.ends_with(name))
        {
            let path = path.canonicalize().expect("it is there");
            found.insert(path.clone(), fs::read_to_string(path).expect("pages are text"));
        }
    }
    found
}
