//! Checks that in `core/`, `macros/`, `postgres/`, `runtime/` and `cli/`, no import cycle spans
//! more than two files.
//!
//! A path in a `use` declaration or in code imports the file that defines its item, even through
//! re-exports. A path to a module imports nothing, and neither do `mod x;`, re-exports of items
//! from submodules, code under `#[cfg(test)]`, and code that `quote!` generates. Only tokens are
//! read, so method calls do not count. Bare names do not count either in a module that re-exports
//! them from a submodule.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Result;
use std::path::{Path, PathBuf};

const CRATES: [&str; 5] = ["cli/src", "core/src", "macros/src", "postgres/src", "runtime/src"];

/// Keywords that precede the name of an item.
const ITEMS: [&str; 8] = ["const", "enum", "fn", "static", "struct", "trait", "type", "union"];

type Token<'s> = (&'s str, usize);

#[derive(Default)]
struct Module {
    file: PathBuf,
    /// The modules that a path in it can begin with, including `crate`, `self` and `super`.
    modules: BTreeMap<String, usize>,
    /// The names of the items that it defines.
    items: BTreeSet<String>,
    /// The names that it imports, and their paths.
    names: BTreeMap<String, String>,
    /// The paths in it, each with its line. `true` marks a re-export.
    paths: Vec<(String, usize, bool)>,
}

/// The modules of a crate. The first is its root.
#[derive(Default)]
struct Crate(Vec<Module>);

#[test]
fn no_import_cycle_spans_more_than_two_files() -> Result<()> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let found = CRATES.iter().map(|name| cycles(&repository, name)).collect::<Result<Vec<_>>>()?.concat();
    assert!(found.is_empty(), "{} cycles of more than two files:\n{}", found.len(), found.join("\n"));
    Ok(())
}

#[test]
fn a_cycle_is_found_through_re_exports_and_modules_but_not_in_tests() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cycles_with = |c: &str| {
        for (name, text) in [
            ("lib.rs", "mod a; mod b; mod c; pub use a::A; // use c::C;"),
            ("a.rs", "use crate::{b::{self}}; pub struct A<'a>(&'a b::B);"),
            ("b.rs", "pub struct B; fn f() -> super::c::C { C('\"', \"{\", r#\"\"}\"#) }"),
            ("c.rs", c),
        ] {
            std::fs::write(folder.path().join(name), text)?;
        }
        cycles(folder.path(), "")
    };
    let expected = "3 files:\na.rs:1 imports b.rs: b::B\nb.rs:1 imports c.rs: super::c::C\nc.rs:2 imports a.rs: crate::A\n";
    assert_eq!(cycles_with("pub struct C;\nuse crate::A;")?, [expected]);
    assert!(cycles_with("pub struct C; #[cfg(test)] mod tests { use crate::A; }")?.is_empty());
    Ok(())
}

/// Describes each strongly connected component of more than two files of a crate.
fn cycles(folder: &Path, sources: &str) -> Result<Vec<String>> {
    let mut read = Crate::default();
    read.file(&folder.join(sources).join("lib.rs"), 0)?;
    let imports = read.imports();
    let mut reached: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
    for file in imports.keys() {
        let mut open = vec![file];
        while let Some(next) = open.pop() {
            let imported = imports.get(next).into_iter().flat_map(BTreeMap::keys);
            open.extend(imported.filter(|imported| reached.entry(file).or_default().insert(imported)));
        }
    }
    let leads = |from: &Path, to: &Path| reached.get(from).is_some_and(|files| files.contains(to));
    let component = |of| imports.keys().filter(|file| leads(of, file) && leads(file, of)).collect();
    let components: BTreeSet<BTreeSet<&PathBuf>> = imports.keys().map(|file| component(file)).collect();
    let describe = |files: &BTreeSet<&PathBuf>| {
        let edges = imports.iter().filter(|(file, _)| files.contains(file)).flat_map(|(_, edges)| edges);
        let edges = edges.filter(|(file, _)| files.contains(file)).map(|(_, import)| import.as_str());
        let edges = edges.collect::<String>().replace(&format!("{}/", folder.display()), "");
        format!("{} files:\n{edges}", files.len())
    };
    Ok(components.iter().filter(|files| files.len() > 2).map(describe).collect())
}

impl Crate {
    fn file(&mut self, file: &Path, parent: usize) -> Result<usize> {
        let has_folder = file.ends_with("lib.rs") || file.ends_with("mod.rs");
        let folder = if has_folder { file.with_file_name("") } else { file.with_extension("") };
        self.module(&tokens(&std::fs::read_to_string(file)?), file, &folder, parent)
    }

    /// Adds a module and its submodules, whose files are in `folder`.
    fn module(&mut self, tokens: &[Token<'_>], file: &Path, folder: &Path, parent: usize) -> Result<usize> {
        let id = self.0.len();
        self.0.push(Module::default());
        let modules = [("crate", 0), ("self", id), ("super", parent)].map(|(name, id)| (name.to_owned(), id));
        let mut module = Module { file: file.to_owned(), modules: modules.into(), ..Module::default() };
        let (mut rest, mut previous, mut depth) = (tokens, "", 0_usize);
        while let [token, after @ ..] = rest {
            let (next, mut length) = (after.first().map_or("", |next| next.0.trim_end_matches(':')), 1);
            let item = end(rest, &[";", "}"]);
            match token.0 {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                "#[cfg(test)]" => length = item,
                "quote" | "quote_spanned" if next == "!" => length = end(rest, &[")", "}"]),
                "use" => {
                    length = item;
                    module.import(rest.get(1..length).unwrap_or_default(), ["pub", ")"].contains(&previous));
                }
                "mod" if is_name(next) => {
                    length = item;
                    let nested = folder.join(next).join("mod.rs");
                    let child = match rest.get(3..length - 1) {
                        Some(body) => self.module(body, file, &folder.join(next), id)?,
                        None if nested.is_file() => self.file(&nested, id)?,
                        None => self.file(&folder.join(format!("{next}.rs")), id)?,
                    };
                    module.modules.insert(next.to_owned(), child);
                }
                "macro_rules" => module.items.extend(after.get(1).map(|name| name.0.to_owned())),
                kind if depth == 0 && ITEMS.contains(&kind) => module.items.extend([next.to_owned()]),
                path if path.contains("::") && ![".", "::"].contains(&previous) && is_name(path) => {
                    module.paths.push((path.trim_end_matches(':').to_owned(), token.1, false));
                }
                _ => {}
            }
            previous = rest.get(length - 1).map_or("", |token| token.0);
            rest = rest.get(length..).unwrap_or_default();
        }
        self.0.splice(id..=id, [module]);
        Ok(id)
    }

    /// Returns the module that defines the item at a path, or `None` if the path leads to a module
    /// or another crate.
    fn definer(&self, id: usize, path: &str, is_first: bool, depth: usize) -> Option<usize> {
        let module = self.0.get(id)?;
        let (name, rest) = path.split_once("::").unwrap_or((path, ""));
        match (module.modules.get(name), module.names.get(name)) {
            (Some(next), _) if !rest.is_empty() => self.definer(*next, rest, false, depth),
            _ if module.items.contains(name) => Some(id),
            (_, Some(used)) if depth > 0 => self.definer(id, &format!("{used}::{rest}"), true, depth - 1),
            (next, _) => (next.is_none() && !is_first).then_some(id),
        }
    }

    /// Returns the imports of each file: the imported files, each with the first path to it.
    fn imports(&self) -> BTreeMap<PathBuf, BTreeMap<PathBuf, String>> {
        let mut imports = BTreeMap::<PathBuf, BTreeMap<_, _>>::new();
        for (id, module) in self.0.iter().enumerate() {
            for (path, line, is_re_export) in &module.paths {
                let first = path.split("::").next().and_then(|first| module.modules.get(first));
                let is_from_below = *is_re_export && first.is_some_and(|child| *child > id);
                let definer = self.definer(id, path, true, 16).and_then(|id| self.0.get(id));
                let (from, to) = (&module.file, definer.map_or(&module.file, |module| &module.file));
                if from != to && !is_from_below {
                    let import = format!("{}:{line} imports {}: {path}\n", from.display(), to.display());
                    imports.entry(from.clone()).or_default().entry(to.clone()).or_insert(import);
                }
            }
        }
        imports
    }
}

impl Module {
    /// Adds the paths of a `use` declaration.
    fn import(&mut self, tree: &[Token<'_>], is_re_export: bool) {
        let (mut path, mut groups, mut name, mut previous) = (String::new(), vec![String::new()], None, "");
        for token in tree {
            match token.0 {
                "as" => {}
                "{" => groups.push(path.clone()),
                "," | "}" | ";" => {
                    if let Some(name) = name.take() {
                        self.paths.push((path.clone(), token.1, is_re_export));
                        self.names.insert(name, path.clone());
                    }
                    groups.truncate(groups.len() - usize::from(token.0 == "}"));
                    path = groups.last().cloned().unwrap_or_default();
                }
                alias if previous == "as" => name = Some(alias.to_owned()),
                text => {
                    path.push_str(text);
                    path.truncate(path.trim_end_matches("::self").len());
                    name = path.rsplit("::").next().map(str::to_owned);
                }
            }
            previous = token.0;
        }
    }
}

/// Returns the paths, literals and punctuation in source code, each with its line. Skips comments.
fn tokens(source: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut rest, mut line) = (Vec::new(), source, 1);
    while let Some(first) = rest.chars().next() {
        let through = |end: &str, from: usize| {
            let found = rest.get(from..).and_then(|text| text.find(end));
            found.map_or(rest.len(), |at| from + at + end.len())
        };
        let comment = [("//", "\n"), ("/*", "*/")].iter().find(|(start, _)| rest.starts_with(start));
        let marks = rest.trim_start_matches('b').strip_prefix('r').map(|text| text.trim_start_matches('#'));
        let raw = marks.filter(|text| text.starts_with('"')).map(|text| rest.len() - text.len());
        let is_character = rest.starts_with("'\\") || (first == '\'' && rest.chars().nth(2) == Some('\''));
        let length = if let Some((_, end)) = comment {
            through(end, 2)
        } else if let Some(start) = raw {
            let marks = rest.get(..start).unwrap_or_default().trim_start_matches(['b', 'r']);
            through(&format!("\"{marks}"), start + 1)
        } else if first == '"' || is_character {
            let backslashes = |at| rest.get(..at).map_or(0, |text| at - text.trim_end_matches('\\').len());
            let mut ends = rest.match_indices(first).skip(1).filter(|(at, _)| backslashes(*at) % 2 == 0);
            ends.next().map_or(rest.len(), |(at, _)| at + 1)
        } else if is_name(rest) || first.is_numeric() {
            let is_end = |next: char| !next.is_alphanumeric() && !"_:".contains(next);
            rest.find(is_end).unwrap_or(rest.len())
        } else {
            let pair = ["::", "..", "#[cfg(test)]"].into_iter().find(|pair| rest.starts_with(pair));
            pair.map_or(first.len_utf8(), str::len)
        };
        let (text, after) = rest.split_at(length);
        tokens.extend((comment.is_none() && !first.is_whitespace()).then_some((text, line)));
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Returns the number of tokens before the first of these tokens that is outside a group.
fn end(tokens: &[Token<'_>], ends: &[&str]) -> usize {
    let mut depth = 0_usize;
    let is_last = |token: &Token<'_>| {
        match token.0 {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && ends.contains(&token.0)
    };
    tokens.iter().position(is_last).map_or(tokens.len(), |last| last + 1)
}
