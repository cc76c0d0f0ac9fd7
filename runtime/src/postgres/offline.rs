//! Writes runs as scripts for the `psql` program, for databases that a migrator cannot reach.
//!
//! Each part of the run is a transaction that takes the lock, checks the version rows, runs the
//! scripts, and records them. A script outside a transaction runs between two such transactions.

use aludel_core::chain::history_table;
use aludel_core::graph::Graph;
use aludel_core::plan::{Plan, Position, Step};
use aludel_core::script::postgres::text_literal as literal;
use aludel_core::targets;
use postgres::Client;

use super::migrator::ScriptStart;
use super::runner::Runner;
use super::session::Session;
use super::tables::{Tables, values};
use crate::ledger::{Entries, Entry, VERSION, lacking};
use crate::plans::{begins_before_squash, downgrade_plan, reversible, stamp_plan, upgrade_plan};
use crate::status::RunStart;
use crate::{Error, squash};

/// The schema of Aludel's tables if neither a database nor a setting specifies it.
const USUAL_SCHEMA: &str = "public";

/// The start of a script: the state of a database, and the location of Aludel's tables.
struct Start {
    run: RunStart,
    tables: Tables,
}

impl Runner<'_> {
    pub(super) fn upgrade_sql(&self, start: ScriptStart<'_>, target: &str) -> Result<String, Error> {
        let graph = self.chain.graph();
        let (start, plan) = self.starting(
            start,
            &graph,
            |session| session.run_start(&graph),
            |_, start| upgrade_plan(&graph, &start.position, target),
        )?;
        Ok(Script::new(self, &graph, start).run("upgrade", &plan))
    }

    pub(super) fn downgrade_sql(&self, start: ScriptStart<'_>, target: &str) -> Result<String, Error> {
        let graph = self.chain.graph();
        let start = match start {
            ScriptStart::Database(client) => {
                let below = self.reading(client, |session| {
                    let start = || session.run_start(&graph);
                    squash::plan_downgrade_below(session, self.chain, start, target)
                })?;
                if let Some(below) = below {
                    return self.below_sql(client, &below);
                }
                ScriptStart::Database(client)
            }
            place => place,
        };
        let (start, plan) = self.starting(
            start,
            &graph,
            |session| session.run_start(&graph),
            |session, start| {
                let plan = downgrade_plan(&graph, &start.position, target)?;
                reversible(self.chain, &plan)?;
                if let Some(session) = session {
                    squash::may_revert_base(session, self.chain, &plan)?;
                }
                Ok(plan)
            },
        )?;
        Ok(Script::new(self, &graph, start).run("downgrade", &plan))
    }

    /// Writes a downgrade below a squash point, with the scripts in the ledger.
    fn below_sql(&self, client: &mut Client, below: &crate::Plan) -> Result<String, Error> {
        let runner = Runner { chain: below.chain(), ..self.clone() };
        let graph = runner.chain.graph();
        let start = ScriptStart::Database(client);
        let (start, ()) =
            runner.starting(start, &graph, |session| session.run_start(&graph), |_, _| Ok(()))?;
        Ok(Script::new(&runner, &graph, start).run("downgrade", below.planned()))
    }

    pub(super) fn stamp_sql(&self, start: ScriptStart<'_>, targets: &[&str]) -> Result<String, Error> {
        let graph = self.chain.graph();
        let (start, stamp) = self.starting(
            start,
            &graph,
            |session| session.stamp_start(&graph),
            |_, start| stamp_plan(&graph, &start.position, targets),
        )?;
        let mut script = Script::new(self, &graph, start);
        script.heading("stamp", &script.start.run.position.clone(), &stamp.after);
        let entries = script.entries().stamps(&script.start.run, &stamp);
        let rows = script.start.run.rows.clone();
        script.transaction((&rows, &sorted(&graph, &stamp.after)), &[], &entries);
        Ok(script.text())
    }

    /// Reads the start of a script, and plans from it.
    fn starting<T>(
        &self,
        start: ScriptStart<'_>,
        graph: &Graph,
        read: impl Fn(&Session<'_>) -> Result<RunStart, Error>,
        plan: impl Fn(Option<&Session<'_>>, &RunStart) -> Result<T, Error>,
    ) -> Result<(Start, T), Error> {
        match start {
            ScriptStart::Database(client) => {
                let session = Session::open(self, client)?;
                let (run, planned) = session.reading(|session| {
                    let run = read(session)?;
                    let planned = plan(Some(session), &run)?;
                    Ok((run, planned))
                })?;
                Ok((Start { run, tables: session.tables.clone() }, planned))
            }
            ScriptStart::Place(text) => {
                let target = targets::parse(text, graph)?;
                let revisions = targets::resolve_upgrade(&target, graph, &Position::default())?;
                let position = Position::new(graph, revisions);
                begins_before_squash(self.chain, text, &position)?;
                let run = RunStart { rows: sorted(graph, &position), position, ..RunStart::default() };
                let planned = plan(None, &run)?;
                let version = self.chain.version_table.to_string();
                let history = history_table(&version);
                let schema = self.schema.clone().unwrap_or_else(|| USUAL_SCHEMA.to_owned());
                Ok((Start { run, tables: Tables { schema, version, history, is_versioned: false } }, planned))
            }
        }
    }
}

/// A script under construction.
struct Script<'s> {
    runner: &'s Runner<'s>,
    graph: &'s Graph,
    start: Start,
    lines: Vec<String>,
}

impl<'s> Script<'s> {
    fn new(runner: &'s Runner<'s>, graph: &'s Graph, start: Start) -> Self {
        Self { runner, graph, start, lines: Vec::new() }
    }

    fn entries(&self) -> Entries<'s> {
        Entries { chain: self.runner.chain, graph: self.graph, unproved: self.runner.unproved }
    }

    fn run(mut self, what: &str, plan: &Plan) -> String {
        self.heading(what, &plan.from, &plan.after);
        let (chain, graph) = (self.runner.chain, self.graph);
        let mut before = self.start.run.rows.clone();
        let mut repairs = self.entries().repairs(&self.start.run);
        let instead = self.start.run.instead.clone();
        let mut state = chain.running_state(plan.from.applied(), &instead);
        for (number, part) in chain.parts(graph, plan).iter().enumerate() {
            if number == 0 && before.is_empty() {
                self.lines.push(unversioned(&self.start.tables));
            }
            let after = sorted(graph, &part.after);
            let outside = part.steps.first().filter(|step| chain.runs_outside(step));
            let mut entries: Vec<Entry> = std::mem::take(&mut repairs);
            if let Some(step) = outside {
                entries.push(self.entries().start(step, &part.from, &instead));
                let present = sorted(graph, &part.from);
                self.transaction((&before, &present), &[], &entries);
                self.section(step);
                let entry = self.entries().step(step, &mut state);
                self.transaction((&present, &after), &[], &[entry]);
            } else {
                entries.extend(part.steps.iter().map(|step| self.entries().step(step, &mut state)));
                self.transaction((&before, &after), &part.steps, &entries);
            }
            before = after;
        }
        self.text()
    }

    fn heading(&mut self, what: &str, from: &Position, to: &Position) {
        let place = |position: &Position| match sorted(self.graph, position).as_slice() {
            [] => "base".to_owned(),
            rows => rows.join(", "),
        };
        self.lines.push(format!(
            "-- {what} from {} to {}, written by aludel {VERSION} for psql.\n\\set ON_ERROR_STOP on",
            place(from),
            place(to)
        ));
    }

    /// Writes one transaction.
    fn transaction(&mut self, (before, after): (&[String], &[String]), steps: &[Step], entries: &[Entry]) {
        let tables = self.start.tables.clone();
        self.lines.push("\nBEGIN;".to_owned());
        self.lines.push(lock(&tables));
        self.lines.push(format!("{};", tables.create_version()));
        self.lines.extend(tables.create_history().iter().map(|sql| format!("{sql};")));
        self.lines.push(expectation(&tables, before));
        for step in steps {
            self.section(step);
        }
        let table = tables.version_sql();
        for row in lacking(before, after) {
            self.lines.push(format!("DELETE FROM {table} WHERE version_num = {};", literal(row)));
        }
        for row in lacking(after, before) {
            self.lines.push(format!("INSERT INTO {table} (version_num) VALUES ({});", literal(row)));
        }
        self.lines.extend(entries.iter().map(|entry| format!("{};", tables.append([values(entry)]))));
        self.lines.push("COMMIT;".to_owned());
    }

    fn section(&mut self, step: &Step) {
        let script = self.runner.chain.script(step.revision);
        self.lines.push(format!("\n-- {} {}: {}", step.direction.word(), script.id, script.message));
        for statement in script.section(step.direction).statements() {
            let end = if statement.trim_end().ends_with(';') { "" } else { ";" };
            self.lines.push(format!("{statement}{end}"));
        }
    }

    fn text(self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }
}

/// Returns a statement that fails if a database has tables but no version table.
fn unversioned(tables: &Tables) -> String {
    format!(
        "\nDO $aludel$ BEGIN\n    IF to_regclass({}) IS NULL AND EXISTS (SELECT FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\n        \
         WHERE n.nspname = {} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> {}) THEN\n        \
         RAISE EXCEPTION 'the database has tables but no revision; nothing was changed';\n    END IF;\nEND $aludel$;",
        literal(&tables.version_sql()),
        literal(&tables.schema),
        literal(&tables.history),
    )
}

/// Returns a statement that takes the lock, or fails. Waiting for the lock inside the server would
/// block a `CREATE INDEX CONCURRENTLY` in the run that holds it.
fn lock(tables: &Tables) -> String {
    format!(
        "DO $aludel$ BEGIN\n    IF NOT pg_try_advisory_xact_lock({}) THEN\n        \
         RAISE EXCEPTION 'another process is migrating this database; nothing was changed';\n    END IF;\nEND $aludel$;",
        tables.lock_key()
    )
}

/// Returns a statement that fails unless the version rows are `rows`.
fn expectation(tables: &Tables, rows: &[String]) -> String {
    let list: Vec<String> = rows.iter().map(|row| literal(row)).collect();
    let words = if rows.is_empty() { "base".to_owned() } else { rows.join(", ") };
    format!(
        "DO $aludel$ BEGIN\n    IF (SELECT coalesce(array_agg(version_num::text ORDER BY version_num::text COLLATE \"C\"), '{{}}') FROM {}) <> ARRAY[{}]::text[] THEN\n        \
         RAISE EXCEPTION 'this script begins at {}, and the database is elsewhere; nothing was changed';\n    END IF;\nEND $aludel$;",
        tables.version_sql(),
        list.join(", "),
        words.replace('\'', "''").replace('%', "%%"),
    )
}

fn sorted(graph: &Graph, position: &Position) -> Vec<String> {
    let mut rows = graph.ids(position.rows());
    rows.sort();
    rows
}
