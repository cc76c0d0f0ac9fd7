//! The tables for schemas: reading and comparing them, generating the changes between them, and
//! rebuilding a table.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use aludel::rusqlite::{Connection, TransactionBehavior};
use aludel_core::chain::{VERSION_TABLE, assemble};
use aludel_core::folder;
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Schema};
use aludel_proof::model;
use benches::Result;
use benches::sample::interleaved;

use crate::Effort;
use crate::alembic::Alembic;
use crate::command::Program;
use crate::table::{self, Table, time, times};

const SIZES: [usize; 3] = [10, 100, 1000];

/// The size of the unchanged schema: the number of tables, and the number of columns in each.
const TABLES: usize = 200;
const COLUMNS: usize = 10;

/// Measures reading a schema, and comparing it with an equal schema that is formatted differently.
pub(crate) fn read(effort: Effort) -> Result<String> {
    let mut measured = Vec::new();
    for size in SIZES {
        let (one, other) = (database(size, " ")?, database(size, "\n    ")?);
        let other = schema_of(&other)?;
        measured.push(interleaved(3, effort.rounds(21, 5..=21), |which| {
            let begun = Instant::now();
            match which {
                0 => read_texts(&one)?,
                1 => drop(black_box(schema_of(&one)?)),
                _ if Changes::between(&schema_of(&one)?, &other).is_empty() => {}
                _ => return Err("equal schemas differ".into()),
            }
            Ok(begun.elapsed())
        })?);
    }
    let mut table = Table::default();
    let names = ["SQLite alone: the rows of `sqlite_schema`", "reading", "reading and comparing"];
    for (which, name) in names.into_iter().enumerate() {
        table.row(name, measured.iter().map(|samples| time(samples.median(which))).collect());
    }
    let largest = measured.last().map_or(f64::NAN, |samples| samples.median(2));
    let aim = table::aim("a schema of 1000 tables read and compared under 50 ms", &[largest], 0.050, time);
    Ok(format!("{}\n{aim}", table.markdown_of("Reading and comparing a schema", &SIZES, "tables")?))
}

fn database(tables: usize, space: &str) -> Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch("BEGIN")?;
    (0..tables).try_for_each(|number| connection.execute_batch(&create(number, space)))?;
    connection.execute_batch("COMMIT")?;
    Ok(connection)
}

fn create(number: usize, space: &str) -> String {
    let columns: Vec<String> = (1..COLUMNS).map(|column| format!("c{column}{space}TEXT NOT NULL")).collect();
    format!(
        "CREATE TABLE t{number} (id INTEGER PRIMARY KEY,{space}{});\nCREATE INDEX ix_t{number}_c1 ON t{number} (c1);\n",
        columns.join(&format!(",{space}"))
    )
}

fn schema_of(connection: &Connection) -> Result<Schema> {
    let mut reader = Reader::default();
    reader.read(connection, &Touched::Everything)?;
    Ok(reader.schema().clone())
}

fn read_texts(connection: &Connection) -> Result<()> {
    let mut rows = connection.prepare("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        black_box((row.get::<_, String>(1)?, row.get::<_, Option<String>>(4)?));
    }
    Ok(())
}

/// Measures three things: autogenerate without changes, compared with Alembic; reading models; and
/// rebuilding a table, compared with handwritten SQL.
pub(crate) fn autogenerate(target: &Path, folder: &Path, effort: Effort) -> Result<String> {
    let place = folder.join("autogenerate");
    let program = Program::build(target)?;
    let unchanged = unchanged(&program, &place, effort)?;
    let (rows, rebuilt) = rebuild(&program, &folder.join("rebuild"), effort)?;
    let mut table = Table::default();
    table.row("by hand, one transaction", vec![time(rebuilt.median(0))]);
    table.row("Aludel", vec![format!("{} ({})", time(rebuilt.median(1)), times(rebuilt.ratio(1, 0)))]);
    let aim = table::aim("within 1.3 of the same by hand", &[rebuilt.ratio(1, 0)], 1.3, times);
    let rebuilding = table.markdown_of("Rebuilding a table", &[rows], "rows")?;
    Ok(format!("{unchanged}\n{rebuilding}\n{aim}"))
}

fn unchanged(program: &Program, place: &Path, effort: Effort) -> Result<String> {
    let models: String = (0..TABLES).map(model_of).collect();
    let sql: String = (0..TABLES).map(|number| create(number, " ")).collect();
    std::fs::create_dir_all(place.join("migrations"))?;
    std::fs::write(place.join("migrations/a1_all.sql"), script("a1", "", &sql, &dropped()))?;
    std::fs::write(place.join("models.rs"), &models)?;
    std::fs::write(place.join("schema.sql"), &sql)?;
    let generate = ["revision", "--autogenerate", "--dry-run", "-m", "none", "--target"];
    let commands: [Vec<&str>; 4] = [
        vec!["check", "--target", "models.rs"],
        vec!["check", "--target", "schema.sql"],
        generate.into_iter().chain(["models.rs"]).collect(),
        generate.into_iter().chain(["schema.sql"]).collect(),
    ];
    let rounds = effort.rounds(21, 5..=21);
    let samples = interleaved(commands.len() + 1, rounds, |which| match commands.get(which) {
        Some(words) => program.time_without_database(place, words),
        None => read_models(&models),
    })?;
    let mut table = Table::default();
    for (which, words) in commands.iter().enumerate() {
        table.row(&format!("`aludel {}`", words.join(" ")), vec![time(samples.median(which))]);
    }
    table.row("of that, reading the models", vec![time(samples.median(commands.len()))]);
    let all: Vec<f64> = (0..commands.len()).map(|which| samples.median(which)).collect();
    table.row("`alembic check`", vec![peer(&place.join("peer"), effort)?]);
    let aim = table::aim("each under 100 ms", &all, 0.100, time);
    let heading = format!("Autogenerate, nothing changed, tables of {COLUMNS} columns");
    Ok(format!("{}\n{aim}", table.markdown_of(&heading, &[TABLES], "tables")?))
}

fn read_models(models: &str) -> Result<Duration> {
    let begun = Instant::now();
    let read = model::read_models([("models.rs", models)]).map_err(|_| "the models have errors")?;
    let sql = read.to_sql();
    let elapsed = begun.elapsed();
    if sql.is_empty() { Err("there are no models".into()) } else { Ok(elapsed) }
}

/// Measures the same check in Alembic.
fn peer(place: &Path, effort: Effort) -> Result<String> {
    let column = |column: usize| format!("sa.Column('c{column}', sa.Text(), nullable=False)");
    let columns: Vec<String> = (1..COLUMNS).map(column).collect();
    let (mut upgrade, mut models) =
        (String::new(), "import sqlalchemy as sa\nmetadata = sa.MetaData()\n".to_owned());
    for number in 0..TABLES {
        let of_table = format!("sa.Column('id', sa.Integer(), primary_key=True), {}", columns.join(", "));
        writeln!(upgrade, "    op.create_table('t{number}', {of_table})")?;
        writeln!(upgrade, "    op.create_index('ix_t{number}_c1', 't{number}', ['c1'])")?;
        writeln!(models, "sa.Table('t{number}', metadata, {of_table}, sa.Index('ix_t{number}_c1', 'c1'))")?;
    }
    let Some(alembic) = Alembic::project(place, &[upgrade], &models)? else {
        return Ok("not installed".to_owned());
    };
    alembic.time(&["upgrade", "head"])?;
    let samples = interleaved(1, effort.rounds(5, 1..=5), |_| alembic.time(&["check"]))?;
    Ok(time(samples.median(0)))
}

fn model_of(number: usize) -> String {
    let columns: String = (1..COLUMNS)
        .map(|column| match column {
            1 => "    #[column(index)]\n    c1: String,\n".to_owned(),
            column => format!("    c{column}: String,\n"),
        })
        .collect();
    format!(
        "#[derive(Table)]\n#[table(name = \"t{number}\")]\nstruct T{number} {{\n    #[column(primary_key)]\n    id: i64,\n{columns}}}\n"
    )
}

fn dropped() -> String {
    let statements: Vec<String> = (0..TABLES).rev().map(|number| format!("DROP TABLE t{number};")).collect();
    statements.join("\n")
}

fn script(id: &str, revises: &str, upgrade: &str, downgrade: &str) -> String {
    format!(
        "-- {id}\n-- Revision ID: {id}\n-- Revises: {revises}\n-- upgrade\n{upgrade}\n-- downgrade\n{downgrade}\n"
    )
}

/// A table before and after. SQLite cannot change the collation of an existing column.
const BEFORE: &str = "CREATE TABLE events (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, amount INTEGER, note TEXT);\nCREATE INDEX ix_events_kind ON events (kind);\n";
const AFTER: &str = "CREATE TABLE events (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, amount INTEGER, note TEXT COLLATE NOCASE);\nCREATE INDEX ix_events_kind ON events (kind);\n";
const BY_HAND: &str = "\
CREATE TABLE events_new (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, amount INTEGER, note TEXT COLLATE NOCASE);
INSERT INTO events_new (id, kind, amount, note) SELECT id, kind, amount, note FROM events;
DROP TABLE events;
ALTER TABLE events_new RENAME TO events;
CREATE INDEX ix_events_kind ON events (kind);";
const FILLED: &str = "INSERT INTO events (kind, amount, note) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?1) \
                      SELECT 'kind ' || i % 100, i * 7, 'a note of some length, number ' || i FROM n";

/// Compares a generated rebuild with handwritten SQL. Returns the number of rows, and the samples.
fn rebuild(program: &Program, place: &Path, effort: Effort) -> Result<(usize, benches::sample::Samples)> {
    let rows: u32 = if effort == Effort::Quick { 100_000 } else { 1_000_000 };
    std::fs::create_dir_all(place.join("migrations"))?;
    std::fs::write(place.join("migrations/a1_before.sql"), script("a1", "", BEFORE, "DROP TABLE events;"))?;
    std::fs::write(place.join("after.sql"), AFTER)?;
    program.time_without_database(
        place,
        &["revision", "--autogenerate", "-m", "rebuild", "--rev-id", "b2", "--target", "after.sql"],
    )?;
    let assembled = assemble(&folder::read(&place.join("migrations"), "migrations"), false)
        .map_err(|_| "the scripts have errors")?;
    let chain = aludel::Chain::loaded(assembled.chain(VERSION_TABLE));
    let (full, run) = (place.join("full.db"), place.join("run.db"));
    let mut connection = Connection::open(&full)?;
    chain.migrator().upgrade(&mut connection, "a1")?;
    connection.execute(FILLED, [rows])?;
    drop(connection);
    let samples = interleaved(2, effort.rounds(7, 3..=7), |which| {
        std::fs::copy(&full, &run)?;
        let mut connection = Connection::open(&run)?;
        let begun = Instant::now();
        if which == 0 {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(BY_HAND)?;
            transaction.commit()?;
        } else {
            chain.migrator().upgrade(&mut connection, "head")?;
        }
        Ok(begun.elapsed())
    })?;
    Ok((usize::try_from(rows)?, samples))
}
