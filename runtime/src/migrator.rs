//! What a program asks of a chain and a database.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::chain::history_table;
use aludel_core::graph::Graph;
use aludel_core::plan::{self, Plan};
use aludel_core::target::Downgrade;
use aludel_core::{folder, target};
use rusqlite::{Connection, ErrorCode};

use crate::executor::Executor;
use crate::status::{Situation, classify};
use crate::{
    At, Chain, Entry, Error, HistoryEntry, Interrupt, Position, Report, Status, guard, ledger, version_table,
};

/// How long a run waits for another process where nothing else is said.
const USUAL_LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// What prepares a connection.
pub(crate) type Prepare = Arc<dyn Fn(&Connection) -> rusqlite::Result<()> + Send + Sync>;

/// What is told of a run while it is on.
type Listener = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

/// How far a run is: told before each script, and once when all are done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// How many scripts are done.
    pub done: usize,
    /// How many there are.
    pub total: usize,
    /// The revision whose script runs now; empty at the end.
    pub revision: &'a str,
    /// What it does, in one line.
    pub message: &'a str,
}

/// Brings databases of a chain from one revision to another, and says where they are.
///
/// Every run is one transaction: all scripts of it are applied, or none is.
pub struct Migrator<'c, C> {
    pub(crate) chain: &'c Chain<C>,
    pub(crate) lock_timeout: Duration,
    pub(crate) interrupt: Interrupt,
    pub(crate) listener: Option<Listener>,
    prepare: Option<Prepare>,
    pub(crate) ignored: Vec<String>,
}

impl<'c, C> Migrator<'c, C> {
    pub(crate) fn new(chain: &'c Chain<C>) -> Self {
        Self {
            chain,
            lock_timeout: USUAL_LOCK_TIMEOUT,
            interrupt: Interrupt::new(),
            listener: None,
            prepare: None,
            ignored: Vec::new(),
        }
    }

    /// Waits so long for another process that holds the database; 30 seconds where nothing else is said.
    #[must_use]
    pub fn lock_timeout(mut self, limit: Duration) -> Self {
        self.lock_timeout = limit;
        self
    }

    /// Stops when this flag is triggered: the run is rolled back.
    #[must_use]
    pub fn interrupt(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }

    /// Tells how far the run is.
    #[must_use]
    pub fn on_progress(mut self, listener: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Prepares each connection before it is used, with the functions and collations that scripts or tables need.
    #[must_use]
    pub fn prepare(
        mut self,
        prepare: impl Fn(&Connection) -> rusqlite::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.prepare = Some(Arc::new(prepare));
        self
    }

    /// Ignores tables that other programs keep in the same file, when it says whether a database is unversioned.
    #[must_use]
    pub fn ignore_tables<T: Into<String>>(mut self, tables: impl IntoIterator<Item = T>) -> Self {
        self.ignored.extend(tables.into_iter().map(Into::into));
        self
    }

    /// Says where a database is; nothing stands for a file that is not there. Writes nothing.
    ///
    /// # Errors
    ///
    /// Where the database cannot be read.
    pub fn status(&self, connection: Option<&Connection>) -> Result<Status, Error> {
        let graph = self.chain.graph();
        let situation = match connection {
            None => Situation::Known { position: plan::Position::default(), fresh: true },
            Some(connection) => self.reading(connection, || self.situation(connection, &graph))?,
        };
        Ok(situation.status(self.chain, &graph))
    }

    /// The version rows of a database, sorted; none at base. Writes nothing.
    ///
    /// # Errors
    ///
    /// Where the database cannot be read.
    pub fn current(&self, connection: &Connection) -> Result<Vec<String>, Error> {
        self.reading(connection, || match version_table::rows(connection, &self.chain.version_table) {
            Ok(rows) => Ok(rows),
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::Unknown)
                    && self.is_unversioned(connection)? =>
            {
                Ok(Vec::new())
            }
            Err(source) => Err(self.error("reading the version rows", source)),
        })
    }

    /// The revisions of the chain, the newest first, and which of them a database has. Writes nothing.
    ///
    /// # Errors
    ///
    /// Where the database cannot be read; revisions that the chain lacks are no error here.
    pub fn history(&self, connection: Option<&Connection>) -> Result<Vec<HistoryEntry>, Error> {
        let graph = self.chain.graph();
        let rows = connection.map_or_else(|| Ok(Vec::new()), |connection| self.current(connection))?;
        let known: Vec<_> = rows.iter().filter_map(|row| graph.find(row)).collect();
        let position = plan::Position::new(&graph, known.iter().copied());
        let entry = |index| {
            let (node, script) = (graph.node(index), self.chain.script(index));
            HistoryEntry {
                revision: script.id.to_string(),
                down_revisions: graph.ids(node.down.iter().copied()),
                depends_on: graph.ids(node.depends_on.iter().copied()),
                branch_labels: node.labels.iter().map(ToString::to_string).collect(),
                message: script.message.to_string(),
                is_head: node.children.is_empty(),
                is_applied: position.is_applied(index),
                is_current: known.contains(&index),
            }
        };
        Ok(graph.indexes().rev().map(entry).collect())
    }

    /// The ledger of a database, the oldest row first; empty where there is none. Writes nothing.
    ///
    /// # Errors
    ///
    /// Where the database cannot be read.
    pub fn log(&self, connection: &Connection) -> Result<Vec<Entry>, Error> {
        self.reading(connection, || {
            ledger::entries(connection, &history_table(&self.chain.version_table))
                .map_err(|source| self.error("reading the ledger", source))
        })
    }

    /// What an upgrade to a target would run, as revision ids in order. Writes nothing.
    ///
    /// # Errors
    ///
    /// As [`Migrator::upgrade`], but for the run itself.
    pub fn plan(&self, connection: Option<&Connection>, target: &str) -> Result<Vec<String>, Error> {
        let graph = self.chain.graph();
        let position = match connection {
            None => plan::Position::default(),
            Some(connection) => {
                self.reading(connection, || self.situation(connection, &graph))?.position()?
            }
        };
        let steps = upgrade_plan(&graph, &position, target)?.steps;
        Ok(self.chain.ids(steps.iter().map(|step| step.revision)))
    }

    /// Applies a target and all that it needs: `head`, `heads`, an id, a label or a unique prefix of one, `+1`.
    ///
    /// # Errors
    ///
    /// Where the target is none, or the run cannot begin, fails or is interrupted: then nothing was changed.
    pub fn upgrade(&self, connection: &mut Connection, target: &str) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().run(connection, &|graph, position| upgrade_plan(graph, position, target))
    }

    /// Takes back all that came after a target: `base`, an id, a label or a unique prefix of one, `-1`.
    ///
    /// # Errors
    ///
    /// Where the target is none or is not applied, or the run cannot begin, fails or is interrupted: then nothing was changed.
    pub fn downgrade(&self, connection: &mut Connection, target: &str) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().run(connection, &|graph, position| downgrade_plan(graph, position, target))
    }

    /// Records a target as applied, without running a script: `head`, `base`, an id, a label or a unique prefix of one.
    ///
    /// # Errors
    ///
    /// Where the target is none, or the database is ahead or diverged: then nothing was changed.
    pub fn stamp(&self, connection: &mut Connection, target: &str) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().stamp(connection, &|graph, position| {
            let parsed = target::parse(target, graph)?;
            let targets = target::resolve_stamp(&parsed, graph, position)?;
            Ok(plan::stamp(graph, position, &targets))
        })
    }

    /// Brings a database to a place of the chain, and gives the proof that it is there.
    ///
    /// At the place already, nothing is written: one query compares the version rows and the state.
    ///
    /// # Errors
    ///
    /// As [`Migrator::upgrade`]; [`Error::Beyond`] where the database has more than the place asks for.
    pub fn upgrade_to<P: Position<Chain = C>>(&self, mut connection: Connection) -> Result<At<P>, Error> {
        self.prepare_connection(&mut connection)?;
        let report = if self.is_there::<P>(&connection)? {
            Report { current: owned(P::REVISIONS), ..Report::default() }
        } else {
            self.executor().run(&mut connection, &|graph, position| {
                let targets: Vec<_> = P::REVISIONS.iter().filter_map(|id| graph.find(id)).collect();
                exactly::<P>(graph, plan::upgrade(graph, position, &targets))
            })?
        };
        self.proof(connection, report)
    }

    /// Gives the proof that a database is at a place of the chain already. Runs no script and writes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NotAt`] where it is somewhere else; where it is ahead, diverged or unversioned; where it cannot be read.
    pub fn at<P: Position<Chain = C>>(&self, mut connection: Connection) -> Result<At<P>, Error> {
        self.prepare_connection(&mut connection)?;
        let report = Report { current: owned(P::REVISIONS), ..Report::default() };
        if !self.is_there::<P>(&connection)? {
            let graph = self.chain.graph();
            let mut found = graph.ids(self.situation(&connection, &graph)?.position()?.rows());
            found.sort();
            if found != P::REVISIONS {
                return Err(Error::NotAt { expected: report.current, found });
            }
        }
        self.proof(connection, report)
    }

    /// Takes a database back to a place of the chain, and gives the proof that it is there.
    ///
    /// # Errors
    ///
    /// As [`Migrator::downgrade`]; [`Error::Beyond`] where other lines of the chain stay applied.
    pub fn downgrade_to<P: Position<Chain = C>>(&self, mut connection: Connection) -> Result<At<P>, Error> {
        self.prepare_connection(&mut connection)?;
        let report = self.executor().run(&mut connection, &|graph, position| {
            let target = P::REVISIONS.first().and_then(|id| graph.find(id));
            exactly::<P>(graph, plan::downgrade(graph, position, Downgrade { to: target, branch: None })?)
        })?;
        self.proof(connection, report)
    }

    /// Says whether a database is at the head, with nothing edited and nothing unknown. Writes nothing.
    ///
    /// # Errors
    ///
    /// Where the database cannot be read, is ahead, diverged or unversioned.
    pub fn check(&self, connection: &Connection) -> Result<bool, Error> {
        let graph = self.chain.graph();
        let situation = self.reading(connection, || self.situation(connection, &graph))?;
        let heads: Vec<_> = graph.real_heads().collect();
        Ok(plan::upgrade(&graph, &situation.position()?, &heads).steps.is_empty())
    }

    /// Waits no longer than the limit for a process that lets nobody read.
    fn reading<T>(
        &self,
        connection: &Connection,
        read: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let wait = |limit| {
            connection
                .busy_timeout(limit)
                .map_err(|source| self.error("preparing to wait for the lock", source))
        };
        wait(self.lock_timeout)?;
        let value = read();
        wait(guard::USUAL_TIMEOUT)?;
        value
    }

    pub(crate) fn situation(&self, connection: &Connection, graph: &Graph) -> Result<Situation, Error> {
        classify(connection, self.chain, graph, &self.ignored)
            .map_err(|source| self.error("reading the version rows and the ledger", source))
    }

    /// Names an error of SQLite.
    pub(crate) fn error(&self, doing: &'static str, source: rusqlite::Error) -> Error {
        Error::of_sqlite(doing, source, self.lock_timeout, self.interrupt.is_triggered())
    }

    fn executor(&self) -> Executor<'_, 'c, C> {
        Executor { migrator: self }
    }

    fn is_unversioned(&self, connection: &Connection) -> Result<bool, Error> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE)";
        connection
            .query_row(sql, [&*self.chain.version_table], |row| row.get(0))
            .map_err(|source| self.error("reading the schema", source))
    }

    /// One query: are the version rows those of the place, and is the state the one that the program knows?
    fn is_there<P: Position<Chain = C>>(&self, connection: &Connection) -> Result<bool, Error> {
        let chain = &**self.chain;
        let sql = format!(
            "SELECT version_num, (SELECT state FROM main.\"{}\" ORDER BY id DESC LIMIT 1) FROM main.\"{}\" ORDER BY 1",
            history_table(&chain.version_table),
            chain.version_table
        );
        let mut statement = match connection.prepare(&sql) {
            Ok(statement) => statement,
            // A table or a column is missing: the long way finds out which.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => return Ok(false),
            Err(source) => return Err(self.error("reading the version rows", source)),
        };
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        let rows: Vec<(String, Option<String>)> = rows
            .and_then(Iterator::collect)
            .map_err(|source| self.error("reading the version rows", source))?;
        if !rows.iter().map(|(revision, _)| revision.as_str()).eq(P::REVISIONS.iter().copied()) {
            return Ok(false);
        }
        let found = rows.first().and_then(|(_, state)| state.as_deref());
        if chain.heads.iter().map(|head| &**head).eq(P::REVISIONS.iter().copied()) {
            return Ok(found == Some(&*chain.state));
        }
        let graph = chain.graph();
        let applied = graph.ancestors(P::REVISIONS.iter().filter_map(|id| graph.find(id)));
        Ok(found == Some(&chain.state_of(&applied)))
    }

    fn prepare_connection(&self, connection: &mut Connection) -> Result<(), Error> {
        self.warn_of_added_scripts();
        guard::raise(connection, self.lock_timeout, &self.interrupt)
            .map_err(|source| self.error("preparing to wait for the lock", source))?;
        self.run_hook(connection)
    }

    fn run_hook(&self, connection: &Connection) -> Result<(), Error> {
        match &self.prepare {
            Some(prepare) => prepare(connection).map_err(|source| Error::Prepare { source }),
            None => Ok(()),
        }
    }

    fn proof<P: Position<Chain = C>>(
        &self,
        mut connection: Connection,
        report: Report,
    ) -> Result<At<P>, Error> {
        guard::lower(&mut connection).map_err(|source| self.error("ending the run", source))?;
        Ok(At::new(connection, report, self.prepare.clone(), self.chain.version_table.clone()))
    }

    /// A debug build without a build script does not see a new file; then it says so when it starts.
    #[expect(
        clippy::print_stderr,
        reason = "a developer's own debug build tells its developer; nothing else can carry it"
    )]
    fn warn_of_added_scripts(&self) {
        let Some(folder) = self.chain.watched() else { return };
        let known = |name: &String| {
            self.chain.scripts.iter().any(|script| script.file.rsplit('/').next() == Some(name.as_str()))
        };
        let names = folder::script_names(std::path::Path::new(folder)).unwrap_or_default();
        for name in names.iter().filter(|name| !known(name)) {
            eprintln!(
                "warning: `{folder}/{name}` was added after this program was built, and is not in it\n\
                 help: touch the source file that calls `embed_migrations!` and build again; a build script with \
                 `println!(\"cargo::rerun-if-changed={folder}\")` makes that unnecessary"
            );
        }
    }
}

impl<C> fmt::Debug for Migrator<'_, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Migrator")
            .field("chain", &self.chain)
            .field("lock_timeout", &self.lock_timeout)
            .finish_non_exhaustive()
    }
}

fn upgrade_plan(graph: &Graph, position: &plan::Position, target: &str) -> Result<Plan, Error> {
    let target = target::parse(target, graph)?;
    let targets = target::resolve_upgrade(&target, graph, position)?;
    Ok(plan::upgrade(graph, position, &targets))
}

fn downgrade_plan(graph: &Graph, position: &plan::Position, target: &str) -> Result<Plan, Error> {
    let target = target::parse(target, graph)?;
    let target = target::resolve_downgrade(&target, graph, position)?;
    Ok(plan::downgrade(graph, position, target)?)
}

/// Rule: after a run to a typed place the version rows are exactly its own.
fn exactly<P: Position>(graph: &Graph, plan: Plan) -> Result<Plan, Error> {
    let mut after = graph.ids(plan.after.rows());
    after.sort();
    if after == P::REVISIONS {
        return Ok(plan);
    }
    Err(Error::Beyond { expected: owned(P::REVISIONS), found: after })
}

fn owned(revisions: &[&str]) -> Vec<String> {
    revisions.iter().map(ToString::to_string).collect()
}
