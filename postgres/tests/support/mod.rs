//! Chains for tests, written as text: `-- script: <name>`, keys of a header, and sections in which
//! an empty line separates statements.
#![allow(dead_code, reason = "each test needs a part of it")]

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use aludel_core::chain::{Chain, Declared, Script, Section, Text};
use aludel_core::problem::Source;
use aludel_core::script::{Dialect, checksum};
use aludel_postgres::proof::Sources;
use aludel_postgres::scratch::{ScratchError, Server};

/// Returns the server that the tests of a file share. It ends with the process.
pub(crate) fn server() -> Result<&'static Server, &'static ScratchError> {
    static SERVER: OnceLock<Result<Server, ScratchError>> = OnceLock::new();
    SERVER.get_or_init(Server::start).as_ref()
}

/// Reads a chain. Each script revises the one before it, unless it has `Revises`.
pub(crate) fn chain(text: &str) -> (Chain, Sources) {
    let mut scripts: Vec<Script> = Vec::new();
    let mut sources = Vec::new();
    for part in text.split("-- script: ").skip(1) {
        let file = format!("migrations/{:02}.sql", scripts.len() + 1);
        sources.push(Arc::new(Source::new(&file, part)));
        let script = script(&file, part, &scripts);
        scripts.push(script);
    }
    let scripts = scripts.into_iter().collect();
    let chain = Chain { scripts, dialect: Dialect::Postgresql, ..Chain::default() };
    (chain, sources.into_iter().collect())
}

fn script(file: &str, text: &str, before: &[Script]) -> Script {
    let (name, _) = text.split_once('\n').unwrap_or((text, ""));
    let header = text.split("\n-- upgrade\n").next().unwrap_or_default();
    let key = |key: &str| {
        let lines =
            header.lines().find_map(|line| line.strip_prefix("-- ")?.strip_prefix(key)?.strip_prefix(": "));
        lines.unwrap_or_default().to_owned()
    };
    let list = |words: &str| -> Vec<Text> {
        words.split(", ").filter(|word| !word.is_empty()).map(|word| Cow::Owned(word.to_owned())).collect()
    };
    let find = |id: &Text| before.iter().position(|script| script.id == *id);
    let has_parents = header.contains("-- Revises:");
    let down: Vec<usize> = if has_parents {
        list(&key("Revises")).iter().filter_map(find).collect()
    } else {
        before.len().checked_sub(1).into_iter().collect()
    };
    let depends_on: Vec<usize> = list(&key("Depends On")).iter().filter_map(find).collect();
    let (upgrade, downgrade) = (section(text, "upgrade"), section(text, "downgrade"));
    let id = match key("Revision ID") {
        id if id.is_empty() => format!("r{:02}", before.len() + 1),
        id => id,
    };
    Script {
        id: Cow::Owned(id),
        message: Cow::Owned(name.to_owned()),
        file: Cow::Owned(file.to_owned()),
        checksum: Cow::Owned(checksum(&upgrade.sql, &downgrade.sql, &[], &[])),
        down: Cow::Owned(down),
        depends_on: Cow::Owned(depends_on),
        upgrade,
        downgrade,
        declared: Declared {
            loses: Cow::Owned(list(&key("Loses"))),
            allow: Cow::Owned(list(&key("Allow"))),
            irreversible: Cow::Owned(key("Irreversible")),
            outside_transaction: Cow::Owned(key("Outside Transaction")),
            sample: section(text, "sample"),
            ..Declared::default()
        },
        ..Script::default()
    }
}

fn section(text: &str, kind: &str) -> Section {
    let marker = format!("\n-- {kind}\n");
    let Some(start) = text.find(&marker).map(|at| at + marker.len()) else { return Section::default() };
    let rest = text.get(start..).unwrap_or_default();
    let ends =
        ["-- upgrade\n", "-- downgrade\n", "-- sample\n"].iter().filter_map(|marker| rest.find(marker));
    let sql = rest.get(..ends.min().unwrap_or(rest.len())).unwrap_or_default().trim_end();
    let mut statements = Vec::new();
    let mut at = 0;
    for statement in sql.split("\n\n") {
        let is_statement = statement.lines().any(|line| !line.starts_with("--") && !line.is_empty());
        if is_statement {
            statements.push(at..at + statement.len());
        }
        at += statement.len() + 2;
    }
    let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
    Section { sql: Cow::Owned(sql.to_owned()), line, statements: Cow::Owned(statements) }
}

/// Reads a corpus of cases: the name, what is expected, and the scripts.
pub(crate) fn cases(text: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    text.split("-- case: ").skip(1).filter_map(|case| {
        let (name, rest) = case.split_once("\n-- expect: ")?;
        let (expected, scripts) = rest.split_once('\n')?;
        Some((name, expected, scripts))
    })
}
