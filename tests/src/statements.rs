//! Statements that overwrite or remove values, with random names. A proof with rows must report
//! every one of them.
//!
//! `SIMPLE` contains conditions on one table. `OTHER` contains joins, subqueries, `CASE`, upserts
//! and triggers. `WIDE` contains everything else that scripts do to rows.

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
    UPDATE {u} SET {b} = 'printed' WHERE {j} = new.id;
END;";

const LINKED: &str =
    "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);
CREATE TABLE {u} (id INTEGER PRIMARY KEY, {t}_id INTEGER REFERENCES {t} (id), {k} TEXT NOT NULL, {v} REAL);";

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

/// Statements with guards, or with values that are not plain literals.
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

/// Rebuilds, JSON, times, generated columns, views, and statements whose triggers cause the loss.
pub const WIDE: [Form; 72] = [
    form(LINKED, "UPDATE {t} SET {n} = {u}.{k} FROM {u} WHERE {u}.{t}_id = {t}.id AND {u}.{v} > 10"),
    form(LINKED, "UPDATE {t} SET {a} = 'none' WHERE id IN (SELECT {t}_id FROM {u} WHERE {k} LIKE 'old%')"),
    form(LINKED, "UPDATE {t} SET {i} = (SELECT count(*) FROM {u} WHERE {u}.{t}_id = {t}.id)"),
    form(LINKED, "DELETE FROM {t} WHERE id NOT IN (SELECT {t}_id FROM {u} WHERE {t}_id IS NOT NULL)"),
    form(
        LINKED,
        "DELETE FROM {u} WHERE EXISTS (SELECT 1 FROM {t} WHERE {t}.id = {u}.{t}_id AND {t}.{a} = 'gone' AND {t}.{i} > 5)",
    ),
    form(LINKED, "UPDATE {t} SET {a} = CASE {a} WHEN 'red' THEN 'r' WHEN 'green' THEN 'g' ELSE {a} END"),
    form(LINKED, "UPDATE {t} SET {i} = CASE WHEN {j} BETWEEN 10 AND 20 AND {b} = 'x' THEN 0 ELSE {i} END"),
    form(LINKED, "UPDATE {t} SET {n} = coalesce({n}, 'unknown')"),
    form(LINKED, "UPDATE {t} SET {n} = nullif({n}, '-')"),
    form(
        LINKED,
        "INSERT INTO {t} (id, {n}) VALUES (1, 'first') ON CONFLICT (id) DO UPDATE SET {n} = excluded.{n}",
    ),
    form(
        "CREATE TABLE {w} ({k} TEXT PRIMARY KEY, {v} TEXT NOT NULL);",
        "INSERT INTO {w} ({k}, {v}) VALUES ('theme', 'dark') ON CONFLICT ({k}) DO UPDATE SET {v} = excluded.{v}",
    ),
    form(
        "CREATE TABLE {w} ({k} TEXT PRIMARY KEY, {v} TEXT NOT NULL);",
        "INSERT OR REPLACE INTO {w} ({k}, {v}) VALUES ('size', '10')",
    ),
    form(
        "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);\nCREATE TABLE {u} (id INTEGER PRIMARY KEY, {t}_id INTEGER REFERENCES {t} (id), {k} TEXT NOT NULL, {v} REAL);\nCREATE TRIGGER {t}_gone AFTER DELETE ON {t} BEGIN DELETE FROM {u} WHERE {t}_id = old.id; END;",
        "DELETE FROM {t} WHERE {a} = 'temp'",
    ),
    form(
        "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);\nCREATE TABLE {u} (id INTEGER PRIMARY KEY, {t}_id INTEGER REFERENCES {t} (id), {k} TEXT NOT NULL, {v} REAL);\nCREATE TRIGGER {t}_up AFTER UPDATE ON {t} WHEN new.{a} = 'p' BEGIN UPDATE {u} SET {v} = 0 WHERE {t}_id = new.id; END;",
        "UPDATE {t} SET {i} = {i} WHERE {a} = 'p'",
    ),
    form(
        "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);\nCREATE TABLE {u} (id INTEGER PRIMARY KEY, {t}_id INTEGER REFERENCES {t} (id), {k} TEXT NOT NULL, {v} REAL);\nCREATE TRIGGER {t}_ins AFTER INSERT ON {t} BEGIN UPDATE {u} SET {k} = 'seen' WHERE {k} = 'new'; END;",
        "INSERT INTO {t} (id, {n}) VALUES (9999, 'x'); DELETE FROM {t} WHERE id = 9999",
    ),
    form(
        ONE,
        "CREATE TABLE {t}_new (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);\nINSERT INTO {t}_new SELECT * FROM {t} WHERE {i} >= 0;\nDROP TABLE {t};\nALTER TABLE {t}_new RENAME TO {t}",
    ),
    form(
        ONE,
        "CREATE TABLE {t}_new (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);\nINSERT INTO {t}_new SELECT min(id), {n}, {a}, {b}, {i}, {j} FROM {t} GROUP BY {n};\nDROP TABLE {t};\nALTER TABLE {t}_new RENAME TO {t}",
    ),
    form(
        ONE,
        "CREATE TABLE {t}_new (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);\nINSERT INTO {t}_new SELECT id, trim({n}), {a}, {b}, {i}, {j} FROM {t};\nDROP TABLE {t};\nALTER TABLE {t}_new RENAME TO {t}",
    ),
    form(
        ONE,
        "CREATE TABLE {t}_new (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);\nCREATE UNIQUE INDEX ix_tmp ON {t}_new ({n}, {a});\nINSERT OR IGNORE INTO {t}_new SELECT * FROM {t};\nDROP TABLE {t};\nALTER TABLE {t}_new RENAME TO {t};\nDROP INDEX ix_tmp",
    ),
    form(
        LINKED,
        "CREATE TABLE {u}_new (id INTEGER PRIMARY KEY, {t}_id INTEGER REFERENCES {t} (id), {k} TEXT NOT NULL, {v} REAL);\nINSERT INTO {u}_new SELECT {u}.* FROM {u} JOIN {t} ON {t}.id = {u}.{t}_id;\nDROP TABLE {u};\nALTER TABLE {u}_new RENAME TO {u}",
    ),
    form(
        ONE,
        "CREATE TABLE {t}_new (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);\nINSERT INTO {t}_new (id, {n}, {a}, {i}, {j}) SELECT id, {n}, {a}, {i}, {j} FROM {t};\nDROP TABLE {t};\nALTER TABLE {t}_new RENAME TO {t}",
    ),
    form(
        ONE,
        "CREATE TABLE {t}_new (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);\nINSERT INTO {t}_new (id, {n}, {a}, {b}, {i}, {j}) SELECT id, {n}, {b}, {a}, {i}, {j} FROM {t};\nDROP TABLE {t};\nALTER TABLE {t}_new RENAME TO {t}",
    ),
    form(
        LINKED,
        "UPDATE {t} SET {b} = json_set({b}, '$.version', 2) WHERE json_extract({b}, '$.version') = 1",
    ),
    form(
        LINKED,
        "DELETE FROM {t} WHERE EXISTS (SELECT 1 FROM json_each({t}.{b}) WHERE value = 'draft') AND json_valid({b})",
    ),
    form(
        LINKED,
        "UPDATE {t} SET {a} = {b} ->> '$.name' WHERE json_valid({b}) AND {b} ->> '$.name' IS NOT NULL",
    ),
    form(
        LINKED,
        "UPDATE {t} SET {b} = json_remove({b}, '$.opts.debug') WHERE json_valid({b}) AND json_extract({b}, '$.opts.debug') = 1",
    ),
    form(LINKED, "UPDATE {t} SET {b} = json_patch({b}, '{\"x\":null}') WHERE json_valid({b})"),
    form(LINKED, "DELETE FROM {t} WHERE date({a}) < '2001-01-01'"),
    form(LINKED, "UPDATE {t} SET {i} = 1 WHERE strftime('%m', {a}) = '02' AND {i} = 0"),
    form(LINKED, "DELETE FROM {t} WHERE julianday({a}) - julianday({b}) > 30"),
    form(LINKED, "UPDATE {t} SET {a} = datetime({a}) WHERE {a} LIKE '%T%Z'"),
    form(LINKED, "UPDATE {t} SET {i} = unixepoch({a}) WHERE {a} IS NOT NULL AND unixepoch({a}) IS NOT NULL"),
    form(
        "CREATE TABLE {w} (id INTEGER PRIMARY KEY, {v} INTEGER NOT NULL, {k} TEXT GENERATED ALWAYS AS (CASE WHEN {v} > 1000 THEN 'large' ELSE 'small' END) VIRTUAL);",
        "UPDATE {w} SET {v} = 0 WHERE {k} = 'large'",
    ),
    form(
        "CREATE TABLE {w} (id INTEGER PRIMARY KEY, {v} TEXT NOT NULL, {k} TEXT GENERATED ALWAYS AS (lower(trim({v}))) STORED);",
        "DELETE FROM {w} WHERE {k} = 'hello'",
    ),
    form(
        "CREATE TABLE {w} ({a} TEXT NOT NULL, {b} INTEGER NOT NULL, {n} TEXT, PRIMARY KEY ({a}, {b})) WITHOUT ROWID;",
        "DELETE FROM {w} WHERE {a} = 'x' AND {b} = 3",
    ),
    form(
        "CREATE TABLE {w} ({a} TEXT NOT NULL, {b} INTEGER NOT NULL, {n} TEXT, PRIMARY KEY ({a}, {b})) WITHOUT ROWID;",
        "UPDATE {w} SET {b} = {b} + 1000 WHERE {a} = 'x'",
    ),
    form(
        "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);\nCREATE TABLE {u} (id INTEGER PRIMARY KEY, {t}_id INTEGER REFERENCES {t} (id), {k} TEXT NOT NULL, {v} REAL);\nCREATE VIEW {w} AS SELECT id, {n} FROM {t};\nCREATE TRIGGER {w}_del INSTEAD OF DELETE ON {w} BEGIN DELETE FROM {t} WHERE id = old.id; END;",
        "DELETE FROM {w} WHERE {n} = 'temp'",
    ),
    form(
        "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);\nCREATE TABLE {u} (id INTEGER PRIMARY KEY, {t}_id INTEGER REFERENCES {t} (id), {k} TEXT NOT NULL, {v} REAL);\nCREATE VIEW {w} AS SELECT id, {n} FROM {t};\nCREATE TRIGGER {w}_upd INSTEAD OF UPDATE ON {w} BEGIN UPDATE {t} SET {n} = new.{n} WHERE id = old.id; END;",
        "UPDATE {w} SET {n} = upper({n}) WHERE {n} LIKE 'a%'",
    ),
    form(
        "CREATE TABLE {t} (id INTEGER PRIMARY KEY, {n} TEXT, {a} TEXT, {b} TEXT, {i} INTEGER, {j} INTEGER);\nCREATE TABLE {u} (id INTEGER PRIMARY KEY, {t}_id INTEGER REFERENCES {t} (id), {k} TEXT NOT NULL, {v} REAL);\nCREATE VIEW {w} AS SELECT id, {n} FROM {t};\nCREATE TRIGGER {w}_ins INSTEAD OF INSERT ON {w} BEGIN INSERT OR REPLACE INTO {t} (id, {n}) VALUES (new.id, new.{n}); END;",
        "INSERT INTO {w} (id, {n}) VALUES (3, 'three')",
    ),
    form(LINKED, "DELETE FROM {t} WHERE id NOT IN (SELECT min(id) FROM {t} GROUP BY {n})"),
    form(
        LINKED,
        "DELETE FROM {t} WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY {n}, {a} ORDER BY id) AS r FROM {t}) WHERE r > 1)",
    ),
    form(
        LINKED,
        "DELETE FROM {t} WHERE EXISTS (SELECT 1 FROM {t} AS o WHERE o.{n} = {t}.{n} AND o.{a} IS {t}.{a} AND o.id < {t}.id)",
    ),
    form(LINKED, "DELETE FROM {t} WHERE id NOT IN (SELECT id FROM {t} ORDER BY id DESC LIMIT 100)"),
    form(
        "CREATE TABLE {w} (id INTEGER PRIMARY KEY, {n} TEXT, {w}_id INTEGER REFERENCES {w} (id));",
        "WITH RECURSIVE r(x) AS (SELECT id FROM {w} WHERE {n} = 'root' UNION ALL SELECT {w}.id FROM {w} JOIN r ON {w}.{w}_id = r.x) DELETE FROM {w} WHERE id IN (SELECT x FROM r)",
    ),
    form(
        LINKED,
        "WITH m AS (SELECT {a}, max({i}) AS top FROM {t} GROUP BY {a}) UPDATE {t} SET {j} = (SELECT top FROM m WHERE m.{a} = {t}.{a}) WHERE {j} IS NULL",
    ),
    form(LINKED, "DELETE FROM {t} WHERE {n} GLOB '[0-9][0-9]-*'"),
    form(LINKED, "UPDATE {t} SET {n} = replace({n}, '_', '-') WHERE {n} LIKE '%\\_%' ESCAPE '\\'"),
    form(LINKED, "UPDATE {t} SET {n} = substr({n}, 1, 20) WHERE length({n}) > 20"),
    form(LINKED, "DELETE FROM {t} WHERE {i} % 7 = 3"),
    form(LINKED, "UPDATE {t} SET {i} = {i} & ~4 WHERE {i} & 4"),
    form(LINKED, "UPDATE {t} SET {n} = NULL WHERE ({a} = 'one' OR {b} = 'two') AND {i} < 0"),
    form(LINKED, "DELETE FROM {t} WHERE ({a}, {b}) IN (VALUES ('x', 'y'), ('p', 'q'))"),
    form(LINKED, "UPDATE {t} SET {n} = CAST({i} AS TEXT) WHERE typeof({i}) = 'integer'"),
    form(LINKED, "UPDATE {t} SET {i} = 0 WHERE typeof({i}) = 'text'"),
    form(LINKED, "UPDATE {t} SET {n} = (SELECT group_concat({k}, ',') FROM {u} WHERE {t}_id = {t}.id)"),
    form(LINKED, "DELETE FROM {t} WHERE id IN (SELECT {t}_id FROM {u} GROUP BY {t}_id HAVING count(*) > 1)"),
    form(
        LINKED,
        "DELETE FROM {t} WHERE id IN (SELECT {t}_id FROM {u} GROUP BY {t}_id HAVING sum({v}) > 100)",
    ),
    form(
        "CREATE TABLE {w} (id INTEGER PRIMARY KEY, {k} TEXT NOT NULL UNIQUE, {v} TEXT);",
        "UPDATE OR REPLACE {w} SET {k} = lower({k})",
    ),
    form(
        "CREATE TABLE {w} (id INTEGER PRIMARY KEY, {k} TEXT NOT NULL UNIQUE, {v} TEXT);",
        "UPDATE OR IGNORE {w} SET {k} = trim({k})",
    ),
    form(
        LINKED,
        "DELETE FROM {u} WHERE {t}_id IN (SELECT a.id FROM {t} a JOIN {t} b ON a.{n} = b.{n} AND a.id <> b.id WHERE b.{a} = 'main')",
    ),
    form(LINKED, "UPDATE {t} SET {n} = 'Admin' WHERE {n} = 'admin' COLLATE NOCASE AND {n} <> 'Admin'"),
    form(
        "CREATE TABLE {w} (id INTEGER PRIMARY KEY, {k} TEXT NOT NULL CHECK ({k} IN ('open', 'done', 'closed')), {i} INTEGER);",
        "UPDATE {w} SET {k} = 'closed' WHERE {k} = 'done' AND {i} IS NOT NULL",
    ),
    form(
        "CREATE TABLE {w} (id INTEGER PRIMARY KEY, {v} REAL NOT NULL) STRICT;",
        "UPDATE {w} SET {v} = round({v}, 1) WHERE {v} <> round({v}, 1)",
    ),
    form(
        LINKED,
        "CREATE TABLE tmp_{t} AS SELECT id, {n} FROM {t} WHERE {a} = 'keep';\nDELETE FROM {t};\nINSERT INTO {t} (id, {n}) SELECT id, {n} FROM tmp_{t};\nDROP TABLE tmp_{t}",
    ),
    form(LINKED, "UPDATE {t} SET {n} = lower(hex({n})) WHERE {n} IS NOT NULL"),
    form(LINKED, "UPDATE {t} SET {n} = printf('%05d', {i}) WHERE {i} < 100000"),
    form(LINKED, "DELETE FROM {t} WHERE {a} BETWEEN '2020-03-01' AND '2020-03-31' AND {i} = 2"),
    form(LINKED, "UPDATE {t} SET {n} = substr({n}, instr({n}, '@') + 1) WHERE instr({n}, '@') > 0"),
    form(LINKED, "UPDATE {t} SET {j} = NULL WHERE {j} NOT IN (SELECT id FROM {u})"),
    form(LINKED, "UPDATE {t} SET {a} = {b}, {b} = NULL WHERE {a} IS NULL AND {b} IS NOT NULL"),
    form(
        LINKED,
        "UPDATE {u} SET {t}_id = NULL WHERE {t}_id IN (SELECT id FROM {t} WHERE {n} = 'x' AND {i} = 4)",
    ),
    form(
        LINKED,
        "DELETE FROM {t} WHERE id IN (SELECT id FROM {t} WHERE {a} = 'm1' EXCEPT SELECT {t}_id FROM {u} WHERE {k} = 'm2')",
    ),
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

/// The placeholders for names.
const PLACES: [&str; 11] = ["{t}", "{u}", "{n}", "{a}", "{b}", "{c}", "{i}", "{j}", "{k}", "{v}", "{w}"];

/// Returns the outcome for a statement with random names. `naming` selects the names.
///
/// # Errors
///
/// Returns the problems in the script if it cannot be read.
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
    let of = |code: &str| problems.iter().any(|problem| problem.code() == code);
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
    let mut drops = String::new();
    for line in tables.lines().rev() {
        for kind in ["TABLE", "VIEW"] {
            let rest = line.strip_prefix("CREATE ").and_then(|rest| rest.strip_prefix(kind));
            if let Some(name) = rest.and_then(|rest| rest.split_whitespace().next()) {
                drops.extend(["DROP ", kind, " ", name, ";\n"]);
            }
        }
    }
    drops
}

/// Returns distinct words. `naming` selects them.
fn names(naming: u64) -> Vec<&'static str> {
    let mut state = naming.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut names: Vec<&str> = Vec::new();
    while names.len() < PLACES.len() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = usize::try_from(state >> 33).unwrap_or_default() % WORDS.len();
        names.extend(WORDS.get(place).copied().filter(|word| !names.contains(word)));
    }
    names
}

fn filled(sql: &str, names: &[&str]) -> String {
    PLACES.iter().zip(names).fold(sql.to_owned(), |sql, (place, name)| sql.replace(place, name))
}
