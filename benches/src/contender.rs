//! The contenders that upgrade one database to the head: Aludel, raw SQLite and refinery.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use aludel::rusqlite::types::Value;
use aludel::rusqlite::{Connection, TransactionBehavior, params_from_iter};
use aludel_core::chain::{Chain, VERSION_TABLE, history_table};
use refinery::{Migration, Runner};

use crate::Result;
use crate::chains::Embedded;

/// Runs a contender on a database that is not open yet, and returns the open connection.
type Run<'c, D, C> = Box<dyn Fn(&D) -> Result<C> + 'c>;

/// A contender on databases that are named by a `D` and opened as a `C`: by default, on database
/// files.
pub struct Contender<'c, D: ?Sized = Path, C = Connection> {
    /// Its name in the tables.
    pub name: &'static str,
    run: Run<'c, D, C>,
}

impl<'c, D: ?Sized, C> Contender<'c, D, C> {
    pub(crate) fn new(name: &'static str, run: impl Fn(&D) -> Result<C> + 'c) -> Self {
        Self { name, run: Box::new(run) }
    }

    /// Runs on a database, and returns the duration. Closing the connection is not included.
    ///
    /// # Errors
    ///
    /// Returns an error if the run fails.
    pub fn time(&self, database: &D) -> Result<Duration> {
        let began = Instant::now();
        let connection = (self.run)(database)?;
        let elapsed = began.elapsed();
        drop(connection);
        Ok(elapsed)
    }

    /// Runs on a database, and returns what a counter counted before the connection was closed.
    ///
    /// # Errors
    ///
    /// Returns an error if the run fails.
    pub fn count(&self, database: &D, counter: impl Fn() -> usize) -> Result<usize> {
        let before = counter();
        let connection = (self.run)(database)?;
        let count = counter() - before;
        drop(connection);
        Ok(count)
    }
}

impl<D: ?Sized, C> fmt::Debug for Contender<'_, D, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Contender").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Aludel: the start of a program with this chain and its typed head. Works with a missing file and
/// with a database at the head.
#[must_use]
pub fn aludel(chain: Embedded) -> Contender<'static> {
    Contender::new("Aludel", move |file| Ok((chain.upgrade)(Connection::open(file)?)?))
}

/// Raw SQLite: one transaction with the same statements, and the same rows in the same tables.
/// Everything is known in advance.
///
/// # Errors
///
/// Returns an error if the rows cannot be determined.
pub fn raw(chain: Embedded) -> Result<Contender<'static>> {
    let scripts = (chain.scripts)();
    let records = Records::learn(chain)?;
    Ok(Contender::new("raw rusqlite, one transaction, same rows", move |file| {
        let mut connection = Connection::open(file)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for script in scripts.scripts.iter() {
            transaction.execute_batch(&script.upgrade.sql)?;
        }
        records.write(&transaction)?;
        transaction.commit()?;
        Ok(connection)
    }))
}

/// Opens a file and reads one row, which makes SQLite read the schema.
#[must_use]
pub fn read_one_row() -> Contender<'static> {
    Contender::new("open and read one row", |file| {
        let connection = Connection::open(file)?;
        connection.query_row("SELECT id FROM aludel_history LIMIT 1", [], |row| row.get::<_, i64>(0))?;
        Ok(connection)
    })
}

/// Refinery's runner with its defaults: two transactions per script.
#[must_use]
pub fn refinery(chain: Embedded) -> Contender<'static> {
    let scripts = refinery_scripts((chain.scripts)());
    Contender::new("refinery", move |file| run_refinery(file, &scripts, |runner| runner))
}

/// Refinery's runner, grouped: one transaction.
#[must_use]
pub fn refinery_grouped(chain: Embedded) -> Contender<'static> {
    let scripts = refinery_scripts((chain.scripts)());
    Contender::new("refinery, grouped", move |file| {
        run_refinery(file, &scripts, |runner| runner.set_grouped(true))
    })
}

fn run_refinery(
    file: &Path,
    scripts: &[(String, &'static str)],
    set: impl Fn(Runner) -> Runner,
) -> Result<Connection> {
    let mut connection = Connection::open(file)?;
    let migrations: std::result::Result<Vec<Migration>, _> =
        scripts.iter().map(|(name, sql)| Migration::unapplied(name, sql)).collect();
    set(Runner::new(&migrations?)).run(&mut connection)?;
    Ok(connection)
}

/// Returns the names and texts that refinery's own macro would embed.
fn refinery_scripts(chain: &'static Chain) -> Vec<(String, &'static str)> {
    let numbered = chain.scripts.iter().enumerate();
    numbered.map(|(index, script)| (format!("V{}__{}", index + 1, script.id), &*script.upgrade.sql)).collect()
}

/// The version rows and the ledger of a database at the head: the statements that create and fill
/// the tables.
struct Records {
    tables: Vec<String>,
    revision: String,
    ledger: Vec<Vec<Value>>,
}

impl Records {
    /// Copies the rows from a database that Aludel upgraded to the head.
    fn learn(chain: Embedded) -> Result<Self> {
        let connection = (chain.upgrade)(Connection::open_in_memory()?)?;
        let history = history_table(VERSION_TABLE);
        let mut tables = connection.prepare("SELECT sql FROM sqlite_schema WHERE name IN (?1, ?2)")?;
        let tables = tables.query_map([VERSION_TABLE, &history], |row| row.get(0))?;
        let mut ledger = connection.prepare(&format!("SELECT * FROM {history}"))?;
        let columns = ledger.column_count();
        let rows = ledger.query_map([], |row| (0..columns).map(|column| row.get(column)).collect())?;
        let version = format!("SELECT version_num FROM {VERSION_TABLE}");
        Ok(Self {
            tables: tables.collect::<std::result::Result<_, _>>()?,
            revision: connection.query_row(&version, [], |row| row.get(0))?,
            ledger: rows.collect::<std::result::Result<_, _>>()?,
        })
    }

    fn write(&self, connection: &Connection) -> Result<()> {
        for table in &self.tables {
            connection.execute_batch(table)?;
        }
        connection.execute(&format!("INSERT INTO {VERSION_TABLE} VALUES (?1)"), [&self.revision])?;
        let columns = self.ledger.first().map_or(0, Vec::len);
        let places = vec!["?"; columns].join(", ");
        let mut insert =
            connection.prepare(&format!("INSERT INTO {} VALUES ({places})", history_table(VERSION_TABLE)))?;
        for row in &self.ledger {
            insert.execute(params_from_iter(row))?;
        }
        Ok(())
    }
}
