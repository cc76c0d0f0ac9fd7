//! Runs as scripts for the `psql` program, for databases that a migrator cannot reach.
//!
//! Each part of the run is a transaction that takes the lock, checks the version rows, runs the
//! scripts, and records them. A script outside a transaction stands between two of them.

use aludel_core::graph::Graph;
use aludel_core::plan::{Plan, Position, Step};
use aludel_core::script::postgres::text_literal as literal;
use aludel_core::targets;

use super::migrator::ScriptStart;
use super::runner::Runner;
use super::tables::{Tables, values};
use crate::Error;
use crate::ledger::{Entries, Entry, VERSION, lacking};
use crate::plans::{downgrade_plan, reversible, stamp_plan, upgrade_plan};

/// The schema of the tables if none is set: `psql` finds it in its search path.
const USUAL_SCHEMA: &str = "public";

impl Runner<'_> {
    pub(super) fn upgrade_sql(&self, start: ScriptStart<'_>, target: &str) -> Result<String, Error> {
        let graph = self.chain.graph();
        let from = begin(start, &graph)?;
        let plan = upgrade_plan(&graph, &from, target)?;
        Ok(self.run_as_script("upgrade", &graph, &plan))
    }

    pub(super) fn downgrade_sql(&self, start: ScriptStart<'_>, target: &str) -> Result<String, Error> {
        let graph = self.chain.graph();
        let from = begin(start, &graph)?;
        let plan = downgrade_plan(&graph, &from, target)?;
        reversible(self.chain, &plan)?;
        Ok(self.run_as_script("downgrade", &graph, &plan))
    }

    pub(super) fn stamp_sql(&self, start: ScriptStart<'_>, targets: &[&str]) -> Result<String, Error> {
        let graph = self.chain.graph();
        let from = begin(start, &graph)?;
        let stamp = stamp_plan(&graph, &from, targets)?;
        let start = crate::status::RunStart {
            rows: sorted(&graph, &from),
            position: from,
            ..crate::status::RunStart::default()
        };
        let entries = self.entries(&graph).stamps(&start, &stamp);
        let mut script = vec![heading("stamp", &graph, &start.position, &stamp.after)];
        self.transaction(&mut script, (&start.rows, &sorted(&graph, &stamp.after)), &[], &entries);
        Ok(text(&script))
    }

    fn entries<'g>(&'g self, graph: &'g Graph) -> Entries<'g> {
        Entries { chain: self.chain, graph, unproved: self.unproved }
    }

    fn tables(&self) -> Tables {
        let version = self.chain.version_table.to_string();
        let history = aludel_core::chain::history_table(&version);
        Tables { schema: self.schema.clone().unwrap_or_else(|| USUAL_SCHEMA.to_owned()), version, history }
    }

    fn run_as_script(&self, what: &str, graph: &Graph, plan: &Plan) -> String {
        let mut script = vec![heading(what, graph, &plan.from, &plan.after)];
        for part in self.chain.parts(graph, plan) {
            let (before, after) = (sorted(graph, &part.from), sorted(graph, &part.after));
            let mut state =
                self.chain.running_state(part.from.applied(), &aludel_core::frozen::Checksums::new());
            let outside = part.steps.first().filter(|step| self.chain.runs_outside(step));
            if let Some(step) = outside {
                let start =
                    self.entries(graph).start(step, &part.from, &aludel_core::frozen::Checksums::new());
                self.transaction(&mut script, (&before, &before), &[], &[start]);
                self.section(&mut script, step);
                let entry = self.entries(graph).step(step, &mut state);
                self.transaction(&mut script, (&before, &after), &[], &[entry]);
            } else {
                let entries: Vec<Entry> =
                    part.steps.iter().map(|step| self.entries(graph).step(step, &mut state)).collect();
                self.transaction(&mut script, (&before, &after), &part.steps, &entries);
            }
        }
        text(&script)
    }

    /// Writes one transaction.
    fn transaction(
        &self,
        script: &mut Vec<String>,
        (before, after): (&[String], &[String]),
        steps: &[Step],
        entries: &[Entry],
    ) {
        let tables = self.tables();
        script.push("\nBEGIN;".to_owned());
        script.push(lock(&tables));
        script.push(format!("{};", tables.create_version()));
        for sql in tables.create_history() {
            script.push(format!("{sql};"));
        }
        script.push(expectation(&tables, before));
        for step in steps {
            self.section(script, step);
        }
        let table = tables.version_sql();
        for row in lacking(before, after) {
            script.push(format!("DELETE FROM {table} WHERE version_num = {};", literal(row)));
        }
        for row in lacking(after, before) {
            script.push(format!("INSERT INTO {table} (version_num) VALUES ({});", literal(row)));
        }
        for entry in entries {
            script.push(format!("{};", tables.append(&values(entry))));
        }
        script.push("COMMIT;".to_owned());
    }

    fn section(&self, script: &mut Vec<String>, step: &Step) {
        let of_chain = self.chain.script(step.revision);
        script.push(format!("\n-- {} {}: {}", step.direction.word(), of_chain.id, of_chain.message));
        for statement in of_chain.section(step.direction).statements() {
            let end = if statement.trim_end().ends_with(';') { "" } else { ";" };
            script.push(format!("{statement}{end}"));
        }
    }
}

/// Returns the position at the start of a script.
fn begin(start: ScriptStart<'_>, graph: &Graph) -> Result<Position, Error> {
    match start {
        ScriptStart::Rows(rows) => {
            Position::of_rows(graph, rows).map_err(|unknown| Error::Ahead { unknown: unknown.revisions })
        }
        ScriptStart::Place(text) => {
            let target = targets::parse(text, graph)?;
            let revisions = targets::resolve_upgrade(&target, graph, &Position::default())?;
            Ok(Position::new(graph, revisions))
        }
    }
}

fn heading(what: &str, graph: &Graph, from: &Position, to: &Position) -> String {
    let place = |position: &Position| match sorted(graph, position).as_slice() {
        [] => "base".to_owned(),
        rows => rows.join(", "),
    };
    format!(
        "-- {what} from {} to {}, written by aludel {VERSION} for psql.\n\\set ON_ERROR_STOP on",
        place(from),
        place(to)
    )
}

/// Returns a statement that takes the lock, or fails. Waiting for it inside the server would stop
/// `CREATE INDEX CONCURRENTLY` of the run that has it.
fn lock(tables: &Tables) -> String {
    format!(
        "DO $aludel$ BEGIN\n    IF NOT pg_try_advisory_xact_lock({}) THEN\n        \
         RAISE EXCEPTION 'another process migrates this database; nothing was changed';\n    END IF;\nEND $aludel$;",
        tables.lock_key()
    )
}

/// Returns a statement that fails unless the version rows are these.
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

fn text(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    text
}
