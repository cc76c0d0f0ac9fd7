//! A chain with one script, and a database on which generated scripts run.

use std::collections::BTreeMap;
use std::error::Error;

use aludel_core::chain::{Assembled, assemble};
use aludel_core::folder::{File, Folder};
use aludel_core::schema::Detected;
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Kind, Schema, describe};
use aludel_core::script::{Draft, Filled, SectionKind};
use rusqlite::Connection;

use crate::autogenerate::Refusal;
use crate::autogenerate::{Generated, Question, Settings};
use crate::comparison::{LeftOpen, Wish, expected};
use crate::proof::{Options, prove};
use crate::target_schema::{Hint, TargetSchema};

pub(super) type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// The rows of each table: the rowid, if there is one, and the values by column.
pub(super) type Rows = BTreeMap<String, Vec<BTreeMap<String, String>>>;

/// A chain that creates a schema.
pub(super) struct World {
    folder: Folder,
    pub(super) settings: Settings,
    pub(super) hints: Vec<Hint>,
    pub(super) tables_only: bool,
}

impl World {
    /// Creates a chain whose only script has this upgrade. Its downgrade is generated.
    pub(super) fn new(before: &str) -> Result<Self> {
        let mut world = Self::empty();
        if before.trim().is_empty() {
            return Ok(world);
        }
        let down = world.generate(before)?.and_then(|made| made.draft.filled);
        let downgrade = down.map(|filled| filled.downgrade).unwrap_or_default();
        let upgrade = before.trim().to_owned();
        let filled = Filled { upgrade, downgrade, ..Filled::default() };
        world.add(&Draft { filled: Some(filled), ..draft("a1", &[]) });
        Ok(world)
    }

    fn empty() -> Self {
        Self {
            folder: Folder::default(),
            settings: Settings::default(),
            hints: Vec::new(),
            tables_only: false,
        }
    }

    fn add(&mut self, draft: &Draft) {
        let text = crate::autogenerate::write::without_reviews(&draft.to_string());
        self.folder.files.push(File { path: draft.file_name(), bytes: text.into_bytes() });
    }

    fn options(&self) -> Options {
        Options { column_order: self.settings.column_order(), ..Options::default() }
    }

    fn assembled(&self) -> Result<Assembled> {
        assemble(&self.folder, false).map_err(|faulty| {
            let told: Vec<String> = faulty
                .problems
                .iter()
                .map(|problem| problem.render(aludel_core::problem::Style::Plain))
                .collect();
            told.join("\n").into()
        })
    }

    pub(super) fn generate(&self, wanted: &str) -> Result<Option<Generated>> {
        let (assembled, options) = (self.assembled()?, self.options());
        let wanted = self.wanted(wanted)?;
        let question =
            Question { assembled: &assembled, wanted: &wanted, settings: &self.settings, options: &options };
        let revises: &[&str] = if self.folder.files.is_empty() { &[] } else { &["a1"] };
        let generated = question.generate(&draft("b2", revises), &self.folder)?;
        let detected = question.detect()?;
        assert_eq!(detected, generated.as_ref().map(|made| made.detected.clone()).unwrap_or_default());
        Ok(generated)
    }

    fn wanted(&self, sql: &str) -> Result<TargetSchema> {
        let read = TargetSchema::of_sql("schema.sql", sql);
        let target = read.map_err(|problems| Refusal::Target { problems })?;
        let (hints, tables_only) = (self.hints.clone(), self.tables_only);
        Ok(TargetSchema { hints, tables_only, ..target })
    }

    /// Fails if the chain, with a script without its questions, does not pass the proof.
    pub(super) fn expect_proved(&mut self, draft: &Draft) -> Result {
        self.add(draft);
        let proved = prove(&self.assembled()?, &self.options());
        self.folder.files.pop();
        proved.map(drop).map_err(|problems| {
            let titles: Vec<String> = problems.into_iter().map(|problem| problem.title()).collect();
            format!("not proved: {}\n{draft}", titles.join("; ")).into()
        })
    }

    /// Returns the changes that remain after a script is added.
    pub(super) fn rest_after(&mut self, draft: &Draft, wanted: &str) -> Result<Vec<Detected>> {
        self.add(draft);
        let (assembled, options) = (self.assembled()?, self.options());
        let wanted = self.wanted(wanted)?;
        let rest =
            Question { assembled: &assembled, wanted: &wanted, settings: &self.settings, options: &options }
                .detect()?;
        self.folder.files.pop();
        Ok(rest)
    }
}

fn draft(id: &str, revises: &[&str]) -> Draft {
    Draft {
        id: id.to_owned(),
        message: "Change".to_owned(),
        revises: revises.iter().map(ToString::to_string).collect(),
        create_date: "2026-01-15 10:30:00.000000".to_owned(),
        ..Draft::default()
    }
}

/// A database with the rows of an application.
pub(super) struct Database {
    pub(super) connection: Connection,
}

impl Database {
    pub(super) fn with(sql: &str) -> Result<Self> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch("PRAGMA foreign_keys = ON")?;
        connection.execute_batch(sql)?;
        Ok(Self { connection })
    }

    /// Runs a section as the runner does: in one transaction, with foreign keys off. Fails if there
    /// are new violations.
    pub(super) fn run(&self, draft: &Draft, kind: SectionKind) -> Result {
        let filled = draft.filled.as_ref().ok_or("nothing is filled in")?;
        let text = match kind {
            SectionKind::Upgrade => &filled.upgrade,
            SectionKind::Downgrade | SectionKind::Sample => &filled.downgrade,
        };
        self.connection.execute_batch("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE")?;
        self.connection.execute_batch(text).map_err(|error| format!("{error} in\n{text}"))?;
        self.connection.execute_batch("COMMIT; PRAGMA foreign_keys = ON")?;
        let mut violations = self.connection.prepare("PRAGMA foreign_key_check")?;
        if violations.exists([])? {
            return Err(format!("a foreign key is violated after\n{text}").into());
        }
        let intact: String = self.connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        if intact == "ok" { Ok(()) } else { Err(intact.into()) }
    }

    pub(super) fn schema(&self) -> Result<Schema> {
        let mut reader = Reader::default();
        reader.read(&self.connection, &Touched::Everything)?;
        Ok(reader.schema().clone())
    }

    /// Fails if the schema differs from the target schema in anything that the target schema
    /// defines.
    pub(super) fn expect_target(&self, target: &Schema, when: &str) -> Result {
        let (now, settings) = (self.schema()?, Settings::default());
        let wish = Wish { schema: target, left_open: LeftOpen::Nothing, settings: &settings };
        self.expect(&expected(&now, wish), when)
    }

    /// Fails if the schema differs from another schema in anything but the order of columns.
    pub(super) fn expect(&self, schema: &Schema, when: &str) -> Result {
        let differences = describe(&Changes::between(schema, &self.schema()?).without_column_order());
        if differences.is_empty() {
            Ok(())
        } else {
            Err(format!("{when}: {}", differences.join("; ")).into())
        }
    }

    pub(super) fn rows(&self) -> Result<Rows> {
        let schema = self.schema()?;
        let mut all = Rows::new();
        for object in schema.of_kind(Kind::Table) {
            let name = object.name();
            let rowid = object
                .as_table()
                .filter(|table| !table.without_rowid)
                .map_or("", |_| "rowid AS \"(rowid)\", ");
            all.insert(name.to_owned(), self.select(&format!("SELECT {rowid}* FROM \"{name}\""))?);
        }
        if self.connection.table_exists(None, "sqlite_sequence")? {
            all.insert("(sequence)".to_owned(), self.select("SELECT * FROM sqlite_sequence ORDER BY name")?);
        }
        Ok(all)
    }

    fn select(&self, sql: &str) -> Result<Vec<BTreeMap<String, String>>> {
        let mut statement = self.connection.prepare(sql)?;
        let names =
            (0..statement.column_count()).map(|column| statement.column_name(column).map(str::to_owned));
        let names = names.collect::<std::result::Result<Vec<String>, _>>()?;
        let mut rows = statement.query([])?;
        let mut read = Vec::new();
        while let Some(row) = rows.next()? {
            let value = |place: usize| {
                row.get_ref(place).map(|value| match value {
                    rusqlite::types::ValueRef::Text(text) => format!("'{}'", String::from_utf8_lossy(text)),
                    other => format!("{other:?}"),
                })
            };
            let cells = names.iter().enumerate().map(|(place, name)| Ok((name.clone(), value(place)?)));
            read.push(cells.collect::<rusqlite::Result<_>>()?);
        }
        Ok(read)
    }
}

/// Returns the schema that a script creates.
pub(super) fn schema_of(sql: &str) -> Result<Schema> {
    Database::with(sql)?.schema()
}

/// Removes the data that a script declares as lost: whole tables, columns, and columns that are
/// restored with other values.
pub(super) fn without(mut rows: Rows, losses: &[String]) -> Rows {
    for loss in losses {
        if let Some(table) = loss.strip_prefix("rows of ") {
            rows.remove(table);
            if let Some(sequence) = rows.get_mut("(sequence)") {
                sequence.retain(|row| row.get("name") != Some(&format!("'{table}'")));
            }
        } else if let Some(table) = loss.strip_prefix("counter of ") {
            if let Some(sequence) = rows.get_mut("(sequence)") {
                sequence.retain(|row| row.get("name") != Some(&format!("'{table}'")));
            }
        } else if let Some((table, column)) = loss.split_once('.') {
            for row in rows.get_mut(table).into_iter().flatten() {
                row.remove(column);
            }
        }
    }
    rows.retain(|_, rows| !rows.is_empty());
    rows
}
