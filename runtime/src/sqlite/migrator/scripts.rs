//! Writes runs as scripts for the `sqlite3` program, for databases that a migrator cannot reach.
//! Nothing here changes a database.

use aludel_core::chain::history_table;
use aludel_core::graph::Graph;
use aludel_core::plan::{Direction, Plan, Position, Step};
use aludel_core::targets;
use rusqlite::Connection;

use super::{Migrator, Runner};
use crate::Error;
use crate::ledger::{Entry, VERSION, lacking};
use crate::plans::{begins_before_squash, downgrade_plan, reversible, stamp_plan, upgrade_plan};
use crate::sqlite::ledger;
use crate::sqlite::offline::{Offline, Part, Script, Transaction, place};
use crate::status::RunStart;

/// The place at which a script for the `sqlite3` program begins. The script refuses a database at
/// any other place.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ScriptStart<'a> {
    /// The current position of this database. `None` stands for a database that does not exist.
    Database(Option<&'a Connection>),
    /// A place in the chain, such as `base`, `heads` or an ID.
    Place(&'a str),
}

impl<C> Migrator<'_, C> {
    /// Returns a script with the effect of [`Migrator::upgrade`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::plan_upgrade`].
    pub fn upgrade_sql(&self, start: ScriptStart<'_>, target: &str) -> Result<String, Error> {
        self.runner().upgrade_sql(start, target)
    }

    /// Returns a script with the effect of [`Migrator::downgrade`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::plan_downgrade`].
    pub fn downgrade_sql(&self, start: ScriptStart<'_>, target: &str) -> Result<String, Error> {
        self.runner().downgrade_sql(start, target)
    }

    /// Returns a script with the effect of [`Migrator::stamp_all`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::plan_stamp`].
    pub fn stamp_sql(&self, start: ScriptStart<'_>, targets: &[&str]) -> Result<String, Error> {
        self.runner().stamp_sql(start, targets)
    }
}

impl Runner<'_> {
    pub(crate) fn upgrade_sql(&self, start: ScriptStart<'_>, target: &str) -> Result<String, Error> {
        let graph = self.chain.graph();
        let from = self.start(start, &graph)?;
        let plan = upgrade_plan(&graph, &from.position, target)?;
        self.run_as_script("upgrade", start, &graph, (from, &plan))
    }

    pub(crate) fn downgrade_sql(&self, start: ScriptStart<'_>, target: &str) -> Result<String, Error> {
        if let ScriptStart::Database(Some(connection)) = start
            && let Some(below) = self.reading(connection, || self.plan_downgrade_below(connection, target))?
        {
            let runner = Runner { chain: below.chain(), ..self.clone() };
            let graph = runner.chain.graph();
            return runner.run_as_script(
                "downgrade",
                start,
                &graph,
                (runner.start(start, &graph)?, below.planned()),
            );
        }
        let graph = self.chain.graph();
        let from = self.start(start, &graph)?;
        let plan = downgrade_plan(&graph, &from.position, target)?;
        self.run_as_script("downgrade", start, &graph, (from, &plan))
    }

    pub(crate) fn stamp_sql(&self, start: ScriptStart<'_>, targets: &[&str]) -> Result<String, Error> {
        let graph = self.chain.graph();
        let from = match start {
            ScriptStart::Database(Some(connection)) => {
                self.reading(connection, || self.stamp_start(connection, &graph))?
            }
            ScriptStart::Database(None) | ScriptStart::Place(_) => self.start(start, &graph)?,
        };
        let stamp = stamp_plan(&graph, &from.position, targets)?;
        let executor = self.executor();
        let mut entries = executor.entries().repairs(&from);
        entries.extend(executor.entries().stamps(&from, &stamp));
        let transaction = transaction(sorted(from.rows), &ids(&graph, &stamp.after), Vec::new(), entries);
        let offline = self.offline("stamp", start, &graph, (&transaction.from, &stamp.after))?;
        // Even a stamp of base creates the tables, because they record the position.
        let parts = vec![Part::Transaction(transaction)];
        Ok(Offline { fresh_beside: None, parts, ..offline }.to_string())
    }

    /// Returns the state of a database at the start of a script.
    fn start(&self, start: ScriptStart<'_>, graph: &Graph) -> Result<RunStart, Error> {
        match start {
            ScriptStart::Database(Some(connection)) => {
                self.reading(connection, || self.run_start(connection, graph))
            }
            ScriptStart::Database(None) => Ok(RunStart::default()),
            ScriptStart::Place(text) => {
                let target = targets::parse(text, graph)?;
                let revisions = targets::resolve_upgrade(&target, graph, &Position::default())?;
                let position = Position::new(graph, revisions);
                begins_before_squash(self.chain, text, &position)?;
                let rows = graph.ids(position.rows());
                Ok(RunStart { position, rows, ..RunStart::default() })
            }
        }
    }

    fn run_as_script(
        &self,
        word: &str,
        start: ScriptStart<'_>,
        graph: &Graph,
        (from, plan): (RunStart, &Plan),
    ) -> Result<String, Error> {
        reversible(self.chain, plan)?;
        if let ScriptStart::Database(Some(connection)) = start {
            self.reading(connection, || self.may_revert_base(connection, plan))?;
        }
        let executor = self.executor();
        let mut state = self.chain.running_state(plan.from.applied(), &from.instead);
        let mut entries = executor.entries().repairs(&from);
        let instead = from.instead;
        let mut before = sorted(from.rows);
        let offline = self.offline(word, start, graph, (&before, &plan.after))?;
        let mut parts = Vec::new();
        for part in self.chain.parts(graph, plan) {
            let scripts: Vec<Script<'_>> = part.steps.iter().map(|step| self.script(graph, step)).collect();
            let of_steps = part.steps.iter().map(|step| executor.entries().step(step, &mut state)).collect();
            let after = ids(graph, &part.after);
            let outside = part.steps.first().filter(|step| self.chain.runs_outside(step));
            let (scripts, of_steps) = match outside {
                None => (scripts, [std::mem::take(&mut entries), of_steps].concat()),
                Some(step) => {
                    entries.push(executor.entries().start(step, &part.from, &instead));
                    let started = std::mem::take(&mut entries);
                    parts.push(Part::Transaction(transaction(before.clone(), &before, Vec::new(), started)));
                    parts.extend(scripts.into_iter().map(Part::Outside));
                    (Vec::new(), of_steps)
                }
            };
            parts.push(Part::Transaction(transaction(before, &after, scripts, of_steps)));
            before = after;
        }
        Ok(Offline { parts, ..offline }.to_string())
    }

    fn script(&self, graph: &Graph, step: &Step) -> Script<'_> {
        let script = self.chain.script(step.revision);
        let down = graph.ids(graph.node(step.revision).down.iter().copied());
        let way = match step.direction {
            Direction::Upgrade => format!("upgrade {} -> {}", place(&down), script.id),
            Direction::Downgrade => format!("downgrade {} -> {}", script.id, place(&down)),
        };
        let statements = script.section(step.direction).statements().collect();
        Script { title: format!("{way}, {}", script.message), statements }
    }

    /// Returns the contents of the script without its parts.
    fn offline(
        &self,
        word: &str,
        start: ScriptStart<'_>,
        graph: &Graph,
        (from, after): (&[String], &Position),
    ) -> Result<Offline<'_>, Error> {
        let history = history_table(&self.chain.version_table);
        let known = match start {
            ScriptStart::Database(Some(connection)) => self.reading(connection, || {
                ledger::columns(connection, &history)
                    .map_err(|source| self.error("reading the ledger", source))
            })?,
            ScriptStart::Database(None) | ScriptStart::Place(_) => Vec::new(),
        };
        let to = ids(graph, after);
        Ok(Offline {
            title: format!("Aludel {VERSION}: {word} from {} to {}", place(from), place(&to)),
            version_table: &self.chain.version_table,
            ledger: ledger::completion(&history, &known),
            history,
            fresh_beside: from.is_empty().then_some(&*self.ignored),
            parts: Vec::new(),
            lock_timeout: self.lock_timeout,
        })
    }
}

/// Returns a transaction that changes the version rows. `from` and `to` must be sorted.
fn transaction<'a>(
    from: Vec<String>,
    to: &[String],
    scripts: Vec<Script<'a>>,
    entries: Vec<Entry>,
) -> Transaction<'a> {
    let removed = lacking(&from, to).cloned().collect();
    let added = lacking(to, &from).cloned().collect();
    Transaction { from, removed, added, scripts, entries }
}

/// Returns the version rows of a position, sorted.
fn ids(graph: &Graph, position: &Position) -> Vec<String> {
    sorted(graph.ids(position.rows()))
}

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort();
    rows
}
