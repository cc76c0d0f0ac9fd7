//! The effect of a script on a database with rows. Used to compare two versions of a script.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use aludel_core::chain::{Chain, Script, Section};
use aludel_core::plan::Direction;
use aludel_core::script::postgres::same_statements;

use super::bare::Bare;
use super::image::Image;
use super::made::Maker;
use super::statement::changes_no_rows;
use super::watch::{Touched, Watch};
use crate::catalog::Catalog;
use crate::proof::session::{Blind, Session};
use crate::scratch::{ScratchError, Server};

/// The rows of each table. A row is a list of columns with their values.
type Rows = BTreeMap<String, Vec<Vec<(String, Option<String>)>>>;

/// A schema and its rows.
struct Snapshot {
    catalog: Catalog,
    rows: Rows,
}

/// The effect of both directions of a script.
struct Effect {
    upgraded: Snapshot,
    /// `None` for a script that cannot be reverted.
    downgraded: Option<Snapshot>,
    /// The statements that did not visibly change a row or the schema, in order.
    idle: Vec<String>,
}

/// Compares the script of a revision with a different version of it. Both run up and down on copies
/// of one database that contains rows and the result of the earlier scripts.
///
/// Returns the differences as text. The list is empty if both versions have the same effect.
///
/// # Errors
///
/// Returns an error if the server fails, or if an earlier script fails.
pub fn differences_from(
    chain: &Chain,
    revision: &str,
    [upgrade, downgrade]: [&str; 2],
    (server, own): (&Server, &[String]),
) -> Result<Vec<String>, ScratchError> {
    let graph = chain.graph();
    let Some(index) = graph.find_id(revision) else {
        return Ok(vec![format!("no script defines `{revision}`")]);
    };
    let present = chain.script(index);
    let section = |sql: &str| Section {
        sql: Cow::Owned(sql.to_owned()),
        line: 1,
        statements: Cow::Owned(chain.dialect.statements(sql)),
    };
    let recorded = Script { upgrade: section(upgrade), downgrade: section(downgrade), ..present.clone() };
    let before = filled(chain, index, (server, own))?.close();
    let effect = |script| effect(script, Session::on(server, server.copy(&before)?, own)?);
    Ok(match (effect(&recorded)?, effect(present)?) {
        (Ok(recorded), Ok(present)) => recorded.differences(&present),
        (Err(message), _) => vec![format!("recorded script: {message}")],
        (_, Err(message)) => vec![format!("current script: {message}")],
    })
}

/// Runs the scripts before a revision, with their sample rows, and generates rows for the empty
/// tables.
fn filled<'a>(
    chain: &Chain,
    end: usize,
    (server, own): (&'a Server, &[String]),
) -> Result<Session<'a>, ScratchError> {
    let mut session = Session::open(server, own)?;
    for script in chain.scripts.iter().take(end) {
        let ran = session.run(script, Direction::Upgrade, &mut Blind)?;
        let ran = match ran {
            Ok(()) => session.run_section(&script.declared.sample, &mut Blind)?,
            failed => failed,
        };
        if let Err(failure) = ran {
            return Err(ScratchError::Replay { id: script.id.to_string(), message: failure.message });
        }
        session.leftovers()?;
    }
    let mut image = Image::default();
    let (reader, client) = session.clients()?;
    image.prepare(reader)?;
    image.read_again(reader, &Touched::Everything, own)?;
    let names = image.names();
    let declared = chain.scripts.iter().take(end).map(|script| Bare::of(&script.declared.sample, &names));
    let settled = declared.flat_map(|bare| bare.tables).collect();
    Maker::default().fill(reader, client, &image, &settled)?;
    Ok(session)
}

/// Runs a script up and down. The inner error is the message of a statement that failed.
fn effect(script: &Script, mut session: Session<'_>) -> Result<Result<Effect, String>, ScratchError> {
    let (mut idle, mut image) = (Vec::new(), Image::default());
    let mut run = |direction: Direction| -> Result<Result<Snapshot, String>, ScratchError> {
        let section = script.section(direction);
        let mut watch = Watch::new(section);
        if let Err(failure) = session.run(script, direction, &mut watch)? {
            return Ok(Err(format!("the {} fails: {}", direction.word(), failure.message)));
        }
        session.leftovers()?;
        let statements = section.statements().enumerate();
        let is_idle = |(number, statement): &(usize, &str)| {
            !watch.changed.contains(number) && !changes_no_rows(statement)
        };
        idle.extend(statements.filter(is_idle).map(|(_, statement)| statement.to_owned()));
        Ok(Ok(Snapshot::read(&mut session, &mut image)?))
    };
    let upgraded = match run(Direction::Upgrade)? {
        Ok(upgraded) => upgraded,
        Err(message) => return Ok(Err(message)),
    };
    let is_reversible = script.declared.irreversible.is_empty();
    let downgraded = match is_reversible.then(|| run(Direction::Downgrade)).transpose()?.transpose() {
        Ok(downgraded) => downgraded,
        Err(message) => return Ok(Err(message)),
    };
    Ok(Ok(Effect { upgraded, downgraded, idle }))
}

impl Snapshot {
    /// Reads a snapshot over the image's connection.
    fn read(session: &mut Session<'_>, image: &mut Image) -> Result<Self, ScratchError> {
        let own = session.own_tables().to_vec();
        image.read_again(session.reader()?.client(), &Touched::Everything, &own)?;
        let rows = image.tables().map(|table| {
            let named = |row: &Vec<Option<String>>| {
                let mut cells: Vec<_> = table.columns.iter().cloned().zip(row.iter().cloned()).collect();
                cells.sort();
                cells
            };
            let mut rows: Vec<_> = table.rows.iter().map(named).collect();
            rows.sort();
            (table.name.clone(), rows)
        });
        Ok(Self { rows: rows.collect(), catalog: session.catalog()? })
    }

    fn differences(&self, other: &Self, direction: Direction) -> Vec<String> {
        let after = direction.word();
        let of_schema = self.catalog.differences(&other.catalog);
        let mut differences: Vec<String> =
            of_schema.iter().map(|difference| format!("after the {after}, {difference}")).collect();
        // If tables differ, their rows cannot be compared.
        if differences.is_empty() {
            let differs = |(name, rows): &(&String, &Vec<_>)| other.rows.get(*name) != Some(*rows);
            let tables = self.rows.iter().filter(differs).map(|(name, _)| name);
            differences.extend(tables.map(|name| format!("after the {after}, the rows of `{name}` differ")));
        }
        differences
    }
}

impl Effect {
    fn differences(&self, present: &Self) -> Vec<String> {
        let mut differences = self.upgraded.differences(&present.upgraded, Direction::Upgrade);
        if let (Some(recorded), Some(present)) = (&self.downgraded, &present.downgraded) {
            differences.extend(recorded.differences(present, Direction::Downgrade));
        }
        // Statements that are in both versions in the same order have the same effect.
        for statement in differing(&self.idle, &present.idle) {
            let line = statement.trim().lines().next().unwrap_or_default();
            differences
                .push(format!("found no row that this statement changes, so its effect is unknown: {line}"));
        }
        differences
    }
}

/// Returns the statements from the first to the last difference between two lists.
fn differing<'a>(one: &'a [String], other: &'a [String]) -> BTreeSet<&'a String> {
    let same = |(one, other): &(&String, &String)| same_statements(one, other);
    let start = one.iter().zip(other).take_while(same).count();
    let [one, other] = [one, other].map(|list| list.get(start..).unwrap_or_default());
    let end = one.iter().rev().zip(other.iter().rev()).take_while(same).count();
    let middles = [one, other].map(|list| list.get(..list.len() - end).unwrap_or_default());
    middles.into_iter().flatten().collect()
}
