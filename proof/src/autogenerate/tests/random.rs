//! Tests with random pairs of schemas and rows. The generated script leads to the target schema and
//! back, keeps the rows, and leaves nothing to do.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::{ProptestConfig, TestCaseError, any, proptest};

use super::fixtures::there_and_back;
use super::world::Result;

/// The number of rows in each table.
const ROWS: u64 = 3;

/// A sequence of numbers from a seed (<https://prng.di.unimi.it/splitmix64.c>).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.below(sides) == 0
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> T {
        let place = usize::try_from(self.below(items.len() as u64)).unwrap_or_default();
        items.get(place).copied().unwrap_or_else(|| unreachable!("a die has no more sides than items"))
    }
}

#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for a clause that is there or not")]
struct Column {
    of: &'static str,
    not_null: bool,
    default: bool,
    unique: bool,
    check: bool,
    named: bool,
    parent: bool,
    cascades: bool,
    collated: bool,
}

#[derive(Clone)]
struct Table {
    key: &'static str,
    columns: Vec<(String, Column)>,
    generated: bool,
    indexed: bool,
    has_trigger: bool,
}

const TYPES: [&str; 6] = ["INTEGER", "TEXT", "REAL", "BLOB", "VARCHAR(20)", "BIGINT"];
const KEYS: [&str; 3] =
    ["id INTEGER PRIMARY KEY", "id INTEGER PRIMARY KEY AUTOINCREMENT", "id INTEGER NOT NULL"];

fn column(dice: &mut Dice, is_new: bool) -> Column {
    let default = dice.one_in(3);
    Column {
        of: dice.of(&TYPES),
        not_null: dice.one_in(3),
        default,
        unique: dice.one_in(5) && !(is_new && default),
        check: dice.one_in(4),
        named: dice.one_in(2),
        parent: false,
        cascades: false,
        collated: dice.one_in(6),
    }
}

fn table(dice: &mut Dice) -> Table {
    let mut columns = Vec::new();
    for name in ["a", "b", "c", "d"].iter().take(1 + usize::try_from(dice.below(4)).unwrap_or_default()) {
        columns.push(((*name).to_owned(), column(dice, false)));
    }
    columns.push((
        "parent".to_owned(),
        Column {
            of: "INTEGER",
            not_null: false,
            default: false,
            unique: false,
            check: false,
            named: false,
            parent: dice.one_in(2),
            cascades: dice.one_in(2),
            collated: false,
        },
    ));
    Table {
        key: dice.of(&KEYS),
        columns,
        generated: dice.one_in(4),
        indexed: dice.one_in(2),
        has_trigger: dice.one_in(3),
    }
}

/// Returns the table after some changes.
fn changed(dice: &mut Dice, table: &Table, numbers: &mut u64) -> Table {
    let mut table = table.clone();
    if dice.one_in(4) {
        table.key = dice.of(&KEYS);
    }
    table.generated ^= dice.one_in(6);
    table.indexed ^= dice.one_in(4);
    table.has_trigger ^= dice.one_in(4);
    table.columns.retain(|(name, _)| name == "parent" || !dice.one_in(5));
    for (name, column) in &mut table.columns {
        let is_parent = name == "parent";
        match dice.below(9) {
            0 if !is_parent => column.of = dice.of(&TYPES),
            // Rows without a value all get the same value.
            1 if !is_parent && !column.unique => column.not_null = !column.not_null,
            2 if !is_parent => column.default = !column.default,
            3 if !is_parent && !column.not_null => column.unique = !column.unique,
            4 if !is_parent => column.check = !column.check,
            5 if is_parent => column.parent = !column.parent,
            6 if is_parent => column.cascades = !column.cascades,
            6 => column.collated = !column.collated,
            _ => {}
        }
    }
    for _ in 0..dice.below(3) {
        *numbers += 1;
        let place = usize::try_from(dice.below(table.columns.len() as u64 + 1)).unwrap_or_default();
        table.columns.insert(place, (format!("n{numbers}"), column(dice, true)));
    }
    table
}

fn sql(tables: &BTreeMap<String, Table>) -> String {
    let mut sql = String::from("CREATE TABLE parents (id INTEGER PRIMARY KEY);\nCREATE TABLE log (what);\n");
    for (name, table) in tables {
        let columns = table.columns.iter().map(|(name, column)| words(name, column));
        let generated = table.generated.then(|| "twice INTEGER GENERATED ALWAYS AS (id * 2)".to_owned());
        let columns: Vec<String> = columns.chain(generated).collect();
        let _ = writeln!(sql, "CREATE TABLE {name} ({}, {});", table.key, columns.join(", "));
        if table.indexed {
            let _ = writeln!(sql, "CREATE INDEX by_{name} ON {name} (parent, id DESC) WHERE parent > 0;");
        }
        if table.has_trigger {
            let _ = writeln!(
                sql,
                "CREATE TRIGGER of_{name} AFTER UPDATE ON {name} BEGIN INSERT INTO log VALUES (new.id); END;"
            );
        }
    }
    sql += "CREATE VIEW shown AS SELECT id FROM parents";
    for name in tables.keys() {
        let _ = write!(sql, " UNION ALL SELECT parent FROM {name}");
    }
    sql + ";\n"
}

fn words(name: &str, column: &Column) -> String {
    let mut words = format!("{name} {}", column.of);
    let default = if matches!(column.of, "TEXT" | "VARCHAR(20)") { " DEFAULT 'x'" } else { " DEFAULT 7" };
    for (has, text) in [
        (column.not_null, " NOT NULL"),
        (column.default, default),
        (column.unique, " UNIQUE"),
        (column.check && column.named, &format!(" CONSTRAINT short_{name}")),
        // Values pass this CHECK even when a number is appended to make them unique.
        (column.check, &format!(" CHECK ({name} IS NOT 'never')")),
        (column.collated, " COLLATE NOCASE"),
        (column.parent, " REFERENCES parents (id)"),
        (column.parent && column.cascades, " ON DELETE CASCADE"),
    ] {
        if has {
            words += text;
        }
    }
    words
}

fn rows(dice: &mut Dice, tables: &BTreeMap<String, Table>) -> String {
    let mut sql = "INSERT INTO parents VALUES (1), (2), (3);\n".to_owned();
    for (name, table) in tables {
        for row in 1..=ROWS {
            let values: Vec<String> =
                table.columns.iter().map(|(name, column)| value(dice, name, column, row)).collect();
            let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
            // The rowid equals the id, because the id takes its value when it becomes the primary
            // key.
            let (names, values, id) = (names.join(", "), values.join(", "), row * 10);
            let _ = writeln!(sql, "INSERT INTO {name} (rowid, id, {names}) VALUES ({id}, {id}, {values});");
        }
        let _ = writeln!(sql, "DELETE FROM {name} WHERE id = {};", ROWS * 10);
    }
    sql
}

fn value(dice: &mut Dice, name: &str, column: &Column, row: u64) -> String {
    if name == "parent" {
        return dice.of(&["NULL", "1", "2"]).to_owned();
    }
    if !column.not_null && dice.one_in(3) {
        return "NULL".to_owned();
    }
    match column.of {
        "INTEGER" | "BIGINT" => (row * 11).to_string(),
        "REAL" => format!("{row}.5"),
        "BLOB" => format!("x'0{row}ff'"),
        _ => format!("'00{row}'"),
    }
}

fn check(seed: u64) -> Result {
    let mut dice = Dice(seed);
    let mut before: BTreeMap<String, Table> =
        ["t1", "t2"].into_iter().map(|name| (name.to_owned(), table(&mut dice))).collect();
    let mut numbers = 0;
    let mut after: BTreeMap<String, Table> =
        before.iter().map(|(name, table)| (name.clone(), changed(&mut dice, table, &mut numbers))).collect();
    match dice.below(4) {
        0 => drop(after.insert("t3".to_owned(), table(&mut dice))),
        1 => drop(before.insert("t3".to_owned(), table(&mut dice))),
        _ => {}
    }
    let rows = rows(&mut dice, &before);
    let (before, after) = (sql(&before), sql(&after));
    there_and_back(&before, &rows, &after)
        .map(drop)
        .map_err(|error| format!("{error}\n-- before\n{before}-- rows\n{rows}-- after\n{after}").into())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_random_schema_is_reached_from_another_and_left_again(seed in any::<u64>()) {
        check(seed).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}

/// NULLs in a column that becomes NOT NULL and loses its UNIQUE constraint, in a rebuild.
#[test]
fn rows_are_filled_while_the_old_constraint_holds() -> Result {
    check(10_381_990_778_981_772_944)
}
