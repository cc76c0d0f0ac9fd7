//! Runs to a place of the chain that is a type, and the proof that a database is there.

use aludel_core::chain::history_table;
use aludel_core::graph::Graph;
use aludel_core::plan::{self, Plan};
use aludel_core::target::Downgrade;
use rusqlite::{Connection, ErrorCode};

use super::Migrator;
use crate::{At, Error, Position, Report, guard};

impl<C> Migrator<'_, C> {
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
                exactly::<P>(graph, position, plan::upgrade(graph, position, &targets))
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
            exactly::<P>(
                graph,
                position,
                plan::downgrade(graph, position, Downgrade { to: target, branch: None })?,
            )
        })?;
        self.proof(connection, report)
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

    fn proof<P: Position<Chain = C>>(
        &self,
        mut connection: Connection,
        report: Report,
    ) -> Result<At<P>, Error> {
        guard::lower(&mut connection).map_err(|source| self.error("ending the run", source))?;
        Ok(At::new(connection, report, self.prepare.clone(), self.chain.version_table.clone()))
    }
}

/// Rule: after a run to a typed place the version rows are exactly its own.
fn exactly<P: Position>(graph: &Graph, from: &plan::Position, plan: Plan) -> Result<Plan, Error> {
    let mut after = graph.ids(plan.after.rows());
    after.sort();
    if after == P::REVISIONS {
        return Ok(plan);
    }
    let mut found = graph.ids(from.rows());
    found.sort();
    Err(Error::Beyond { expected: owned(P::REVISIONS), found })
}

fn owned(revisions: &[&str]) -> Vec<String> {
    revisions.iter().map(ToString::to_string).collect()
}
