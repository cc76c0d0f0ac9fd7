//! A database and a folder of scripts for one test.

use std::error::Error;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

use aludel::chain::Folder;
use aludel::postgres::{Client, Database, Migrator};
use aludel::{Chain, postgres};
use aludel_core::chain::{VERSION_TABLE, assemble};
use aludel_core::folder::Reading;
use aludel_core::script::Dialect;
use aludel_postgres::scratch;
use serde_json::Value;
use tests::Scratch;

/// The path of the program.
static PROGRAM: LazyLock<std::path::PathBuf> = LazyLock::new(|| tests::build::binary("aludel"));

/// The result of a test step that can fail.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The longest wait for another process.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Returns the server that all tests of this process share.
fn server() -> Result<&'static scratch::Server> {
    static SERVER: OnceLock<std::result::Result<scratch::Server, String>> = OnceLock::new();
    let started = SERVER.get_or_init(|| scratch::Server::start().map_err(|error| error.to_string()));
    started.as_ref().map_err(|error| error.as_str().into())
}

/// An empty database, and a folder with scripts for it.
pub(crate) struct Place {
    pub(crate) scratch: Scratch,
    database: scratch::Database<'static>,
}

impl Place {
    pub(crate) fn new() -> Result<Self> {
        let place = Self { scratch: Scratch::new()?, database: server()?.create()? };
        std::fs::write(place.scratch.path("aludel.toml"), "dialect = \"postgresql\"\n")?;
        Ok(place)
    }

    /// Creates the scripts `t1 <- t2 <- …`. Each creates a table.
    pub(crate) fn with_tables(count: usize) -> Result<Self> {
        let place = Self::new()?;
        for number in 1..=count {
            place.table(number)?;
        }
        Ok(place)
    }

    /// Writes the script of revision `t<number>`, which creates a table with one row.
    pub(crate) fn table(&self, number: usize) -> Result<()> {
        let before = if number > 1 { format!("t{}", number - 1) } else { String::new() };
        self.scratch.write(
            &format!("t{number}"),
            &before,
            &format!("CREATE TABLE t{number} (id bigint PRIMARY KEY, note text);\nINSERT INTO t{number} VALUES (1, 'it''s; here');"),
            &format!("DROP TABLE t{number};"),
        )?;
        Ok(())
    }

    pub(crate) fn url(&self) -> String {
        self.database.url()
    }

    pub(crate) fn connect(&self) -> Result<Client> {
        Ok(Database::parse(&self.url())?.connect()?)
    }

    /// Returns the chain of the scripts, read in the same way as by the command.
    pub(crate) fn chain(&self) -> Result<Chain<Folder>> {
        let reading = Reading { dialect: Dialect::Postgresql, ..Reading::default() };
        let folder = reading.read(&self.scratch.migrations(), "migrations");
        let assembled = assemble(&folder, true).map_err(|faulty| format!("{:?}", faulty.problems))?;
        Ok(Chain::loaded(assembled.chain(VERSION_TABLE)))
    }

    /// Returns the first column of a query as text.
    pub(crate) fn ask(&self, sql: &str) -> Result<Vec<String>> {
        let rows = self.connect()?.query(sql, &[])?;
        Ok(rows.iter().map(|row| row.get::<_, Option<String>>(0).unwrap_or_default()).collect())
    }

    /// Repeats a query until it has a row, and returns the first column of its rows.
    pub(crate) fn wait_for(&self, sql: &str) -> Result<String> {
        let began = Instant::now();
        let mut client = self.connect()?;
        while began.elapsed() < LONGEST_WAIT {
            let rows = client.query(sql, &[])?;
            if !rows.is_empty() {
                return Ok(rows.iter().map(|row| row.get::<_, String>(0)).collect());
            }
        }
        Err(format!("no row within {} s: {sql}", LONGEST_WAIT.as_secs()).into())
    }

    pub(crate) fn execute(&self, sql: &str) -> Result<()> {
        Ok(self.connect()?.batch_execute(sql)?)
    }

    /// Returns the program's tables, without Aludel's own.
    pub(crate) fn tables(&self) -> Result<Vec<String>> {
        self.ask(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' \
             AND relname NOT IN ('alembic_version', 'aludel_history') ORDER BY 1",
        )
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&*PROGRAM);
        command
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", self.url())
            .current_dir(self.scratch.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program, and returns its exit code and its output.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Ran> {
        Ok(Ran::of(&self.command(arguments).output()?))
    }

    /// Runs the program, which must succeed, and returns its JSON output.
    pub(crate) fn json(&self, arguments: &[&str]) -> Result<Value> {
        let ran = self.run(&[arguments, &["--format", "json"]].concat())?;
        ran.expect(0)?;
        Ok(serde_json::from_str(&ran.stdout)?)
    }

    pub(crate) fn spawn(&self, arguments: &[&str]) -> Result<Child> {
        Ok(self.command(arguments).spawn()?)
    }
}

/// Returns a migrator for a chain.
pub(crate) fn migrator(chain: &Chain<Folder>) -> Migrator<'_, Folder> {
    postgres::Migrator::new(chain)
}

/// The result of running the program.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Returns an error unless the exit code is `code`.
    pub(crate) fn expect(&self, code: i32) -> Result<&Self> {
        if self.code == Some(code) {
            Ok(self)
        } else {
            Err(format!("expected exit code {code}: {self:?}").into())
        }
    }

    /// Returns an error unless the program's stderr contains these words.
    pub(crate) fn says(&self, words: &str) -> Result<&Self> {
        if self.stderr.contains(words) {
            Ok(self)
        } else {
            Err(format!("expected `{words}`: {}", self.stderr).into())
        }
    }
}
