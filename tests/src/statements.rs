//! Statements that overwrite or remove values, with random names. A proof with rows must report
//! each of them.
//!
//! `SIMPLE` contains conditions on one table. `OTHER` contains joins, subqueries, `CASE`, upserts
//! and triggers.

use aludel_core::chain::assemble;
use aludel_core::folder::{File, Folder};
use aludel_core::problem::Severity;
use aludel_proof::proof::{Options, examine};

/// A statement and the tables that it needs.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// The tables. Names in braces are replaced.
    pub tables: &'static str,
    /// The statement.
    pub statement: &'static str,
}

/// The result that a proof reports for a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A loss.
    Loss,
    /// Another error.
    OtherError,
    /// A note that no row was found.
    Note,
    /// No report.
    Silent,
}

const ONE: &str =
    "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);";
const TIMES: &str = "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {a} TEXT, {b} DATETIME, {c} REAL);";
const TWO: &str = "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {n} TEXT NOT NULL, {a} TEXT, {i} INTEGER NOT NULL DEFAULT 0);
CREATE TABLE {u} (id INTEGER PRIMARY KEY, {t}_id INTEGER NOT NULL REFERENCES {t} (id), {b} TEXT, {j} INTEGER);";
const KEYED: &str =
    "CREATE TABLE {t} ({a} TEXT PRIMARY KEY NOT NULL, {b} TEXT, {i} INTEGER NOT NULL DEFAULT 0);";
const TRIGGERED: &str = "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {a} TEXT, {i} INTEGER);
CREATE TABLE {u} (id INTEGER PRIMARY KEY, {b} TEXT, {j} INTEGER);
CREATE TRIGGER {t}_{u} AFTER UPDATE OF {i} ON {t} WHEN new.{i} = 3 BEGIN
    UPDATE {u} SET {b} = 'told' WHERE {j} = new.id;
END;";

const fn form(tables: &'static str, statement: &'static str) -> Form {
    Form { tables, statement }
}

/// Conditions on the columns of one table.
pub const SIMPLE: [Form; 17] = [
    form(ONE, "UPDATE {t} SET {n} = 'x' WHERE {a} = 'p'"),
    form(ONE, "UPDATE {t} SET {n} = 'x' WHERE {a} <> ''"),
    form(ONE, "UPDATE {t} SET {n} = 'x' WHERE {a} IS NULL"),
    form(ONE, "UPDATE {t} SET {n} = 'x' WHERE {i} = 1 AND {j} = 0"),
    form(ONE, "UPDATE {t} SET {n} = {n} || '!' WHERE {a} = 'p'"),
    form(ONE, "UPDATE {t} SET {n} = 'x' WHERE {a} = 'p' AND {b} = 'q'"),
    form(ONE, "UPDATE {t} SET {n} = 'x' WHERE {a} = 'p' AND {b} IS NULL"),
    form(ONE, "UPDATE {t} SET {n} = 'x' WHERE {a} IS NULL AND {b} IS NULL"),
    form(ONE, "DELETE FROM {t} WHERE {a} IS NULL AND {b} IS NULL"),
    form(ONE, "DELETE FROM {t} WHERE {a} = 'p'"),
    form(ONE, "DELETE FROM {t} WHERE {i} > {j}"),
    form(ONE, "DELETE FROM {t} WHERE {a} = {b}"),
    form(TIMES, "DELETE FROM {t} WHERE {b} < '1950-01-01'"),
    form(TIMES, "UPDATE {t} SET {a} = 'x' WHERE strftime('%Y', {b}) = '2019'"),
    form(ONE, "DELETE FROM {t} WHERE instr({a}, ';')"),
    form(ONE, "UPDATE {t} SET {n} = 'x' WHERE {i} * 2 = 84"),
    form(TIMES, "UPDATE {t} SET {c} = round({c}, 2)"),
];

/// Statements with guards, or with values in other forms than a plain literal.
pub const GUARDED: [Form; 5] = [
    form(
        "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {n} TEXT NOT NULL);",
        "UPDATE {t} SET {n} = 'new' WHERE {n} = 'old' AND NOT EXISTS (SELECT 1 FROM {t} WHERE {n} = 'new')",
    ),
    form(
        "CREATE TABLE {t} (id BLOB PRIMARY KEY NOT NULL, {a} TEXT);",
        "DELETE FROM {t} WHERE id = X'039b2da4'",
    ),
    form(
        "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {n} TEXT);",
        "UPDATE {t} SET {n} = 'prod' WHERE {n} = \"staging\"",
    ),
    form(
        "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {a} TEXT NOT NULL);",
        "UPDATE {t} SET {a} = json_remove({a}, '$.old') WHERE json_extract({a}, '$.old') IS NOT NULL",
    ),
    form(
        "CREATE TABLE {t} (id TEXT PRIMARY KEY NOT NULL, {i} INTEGER NOT NULL, {a} TEXT);",
        "UPDATE {t} SET {i} = 5 WHERE {a} <> ''",
    ),
];

/// Statements of other kinds.
pub const OTHER: [Form; 24] = [
    form(TWO, "DELETE FROM {u} WHERE {t}_id IN (SELECT id FROM {t} WHERE {n} = 'gone')"),
    form(
        TWO,
        "UPDATE {u} SET {b} = 'x' WHERE EXISTS (SELECT 1 FROM {t} WHERE {t}.id = {u}.{t}_id AND {t}.{i} > 40)",
    ),
    form(TWO, "UPDATE {t} SET {a} = (SELECT {b} FROM {u} WHERE {u}.{t}_id = {t}.id ORDER BY {u}.id LIMIT 1)"),
    form(TWO, "UPDATE {t} SET {i} = 9 WHERE NOT EXISTS (SELECT 1 FROM {u} WHERE {u}.{t}_id = {t}.id)"),
    form(TWO, "UPDATE {u} SET {j} = {t}.{i} FROM {t} WHERE {t}.id = {u}.{t}_id AND {t}.{a} = 'north'"),
    form(TWO, "DELETE FROM {u} WHERE id NOT IN (SELECT min(id) FROM {u} GROUP BY {t}_id, {b})"),
    form(TWO, "UPDATE {t} SET {a} = 'many' WHERE (SELECT count(*) FROM {u} WHERE {t}_id = {t}.id) > 2"),
    form(TWO, "UPDATE {u} SET {b} = 'none' WHERE {j} = (SELECT max({i}) FROM {t} WHERE {n} LIKE 'a%z')"),
    form(ONE, "UPDATE {t} SET {n} = CASE {i} WHEN 17 THEN 'a' WHEN 18 THEN 'b' ELSE {n} END"),
    form(ONE, "UPDATE {t} SET {n} = CASE WHEN {a} = 'p' AND {j} BETWEEN 70 AND 75 THEN 'both' ELSE {n} END"),
    form(ONE, "UPDATE {t} SET {n} = upper({n}) WHERE {a} LIKE '%/tmp/%' AND {i} IS NOT NULL"),
    form(ONE, "UPDATE {t} SET {n} = NULL WHERE coalesce({a}, {b}) = 'unset'"),
    form(ONE, "UPDATE {t} SET {n} = 'x' WHERE {a} IN ('red', 'blue') AND {b} NOT IN ('up', 'down')"),
    form(ONE, "DELETE FROM {t} WHERE {a} GLOB 'img_[0-9]*' AND {i} > 100"),
    form(ONE, "DELETE FROM {t} WHERE lower(trim({a})) = 'n/a' OR {i} & 8 = 8 AND {b} = 'z'"),
    form(ONE, "UPDATE {t} SET {a} = {b} WHERE {a} IS NOT {b} AND {n} = 'copy'"),
    form(
        ONE,
        "WITH old AS (SELECT id FROM {t} WHERE {a} = 'stale' AND {j} < 5) DELETE FROM {t} WHERE id IN old",
    ),
    form(
        ONE,
        "UPDATE {t} SET {n} = json_extract({a}, '$.name') WHERE json_valid({a}) AND json_extract({a}, '$.kind') = 'person'",
    ),
    form(
        KEYED,
        "INSERT INTO {t} ({a}, {b}) VALUES ('theme', 'dark') ON CONFLICT ({a}) DO UPDATE SET {b} = excluded.{b}",
    ),
    form(
        KEYED,
        "INSERT INTO {t} ({a}, {b}) VALUES ('theme', 'dark') ON CONFLICT ({a}) DO UPDATE SET {i} = {i} + 1 WHERE {i} > 5",
    ),
    form(KEYED, "INSERT OR REPLACE INTO {t} ({a}, {b}) SELECT 'theme', 'light'"),
    form(KEYED, "UPDATE OR REPLACE {t} SET {a} = lower({a})"),
    form(TRIGGERED, "UPDATE {t} SET {i} = 3 WHERE {a} = 'bell'"),
    form(TRIGGERED, "DELETE FROM {u} WHERE {j} IN (SELECT {i} FROM {t}) AND {b} IS NULL"),
];

const WORDS: [&str; 96] = [
    "account", "album", "amount", "author", "badge", "basket", "batch", "body", "branch", "bucket", "budget",
    "camera", "caption", "carrier", "channel", "city", "client", "cloud", "code", "colour", "comment",
    "country", "coupon", "course", "cover", "currency", "customer", "depth", "device", "digest", "discount",
    "document", "driver", "editor", "email", "engine", "entry", "episode", "event", "feature", "field",
    "flag", "folder", "format", "gateway", "genre", "grade", "handle", "header", "height", "house", "image",
    "invoice", "item", "label", "layer", "league", "ledger", "level", "locale", "mailbox", "market",
    "medium", "member", "message", "method", "model", "note", "notice", "offer", "origin", "owner", "packet",
    "parcel", "phase", "photo", "place", "player", "policy", "price", "profile", "quota", "rating", "reason",
    "region", "report", "review", "room", "route", "scene", "score", "season", "sender", "shelf", "slug",
    "status",
];

/// Returns the outcome of a statement with a naming.
///
/// # Errors
///
/// Returns the problems of a script that cannot be read.
pub fn outcome(form: Form, naming: u64) -> Result<Outcome, String> {
    let names = names(naming);
    let tables = filled(form.tables, &names);
    let statement = filled(form.statement, &names);
    let script = |id: &str, revises: &str, upgrade: &str| File {
        path: format!("migrations/{id}_x.sql"),
        bytes: crate::script(id, revises, upgrade, "-- nothing to do: harmless").into_bytes(),
    };
    let first = crate::script("a1", "", &tables, &dropped(&tables));
    let first = File { path: "migrations/a1_x.sql".to_owned(), bytes: first.into_bytes() };
    let folder =
        Folder { files: vec![first, script("b2", "a1", &format!("{statement};"))], ..Folder::default() };
    let assembled = assemble(&folder, false).map_err(|faulty| format!("{:?}", faulty.problems))?;
    let problems = examine(&assembled, &Options::default()).problems;
    let of = |code: &str| problems.iter().any(|problem| problem.code == code);
    Ok(if of("undeclared-loss") {
        Outcome::Loss
    } else if problems.iter().any(|problem| problem.severity == Severity::Fault) {
        Outcome::OtherError
    } else if of("no-row-for-statement") {
        Outcome::Note
    } else {
        Outcome::Silent
    })
}

/// Returns the statement with its names replaced.
#[must_use]
pub fn shown(form: Form, naming: u64) -> String {
    filled(form.statement, &names(naming))
}

fn dropped(tables: &str) -> String {
    let names = tables.lines().rev().filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split(' ').next());
    names.map(|name| ["DROP TABLE ", name, ";\n"].concat()).collect()
}

/// Returns distinct words, chosen by a number.
fn names(naming: u64) -> Vec<&'static str> {
    let mut state = naming.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut names: Vec<&str> = Vec::new();
    while names.len() < 8 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = usize::try_from(state >> 33).unwrap_or_default() % WORDS.len();
        names.extend(WORDS.get(place).copied().filter(|word| !names.contains(word)));
    }
    names
}

fn filled(sql: &str, names: &[&str]) -> String {
    let places = ["{t}", "{u}", "{n}", "{a}", "{b}", "{c}", "{i}", "{j}"];
    places.iter().zip(names).fold(sql.to_owned(), |sql, (place, name)| sql.replace(place, name))
}
