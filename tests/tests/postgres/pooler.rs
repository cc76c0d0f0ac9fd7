//! A pooler between the program and the server, which assigns server sessions to single
//! transactions.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aludel::postgres::Database;
use tests::{TestResult, failure};

use crate::place::{Place, Result, migrator};

/// PgBouncer in transaction mode.
struct Pooler {
    process: Child,
    url: String,
}

impl Pooler {
    fn start(place: &Place) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = Database::parse(&place.url())?;
        let config = config.config();
        let host = match config.get_hosts().first() {
            Some(postgres::config::Host::Unix(path)) => path.display().to_string(),
            other => return Err(format!("the server listens elsewhere: {other:?}").into()),
        };
        let user = config.get_user().unwrap_or("postgres");
        let name = config.get_dbname().unwrap_or_default();
        let folder = place.scratch.folder();
        std::fs::write(
            folder.join("pgbouncer.ini"),
            format!(
                "[databases]\npooled = host={host} dbname={name} user={user}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
                 auth_type = any\npool_mode = transaction\nmax_client_conn = 100\nunix_socket_dir =\nignore_startup_parameters = extra_float_digits\n"
            ),
        )?;
        let mut command = Command::new("pgbouncer");
        command.arg("pgbouncer.ini").current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
        // It refuses to run as root.
        #[cfg(unix)]
        if std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
            use std::os::unix::fs::MetadataExt as _;
            use std::os::unix::process::CommandExt as _;
            // The socket of the server belongs to the user who runs it.
            let owner = std::fs::metadata(&host)?;
            std::os::unix::fs::chown(folder, Some(owner.uid()), Some(owner.gid()))?;
            command.uid(owner.uid()).gid(owner.gid());
        }
        let process = command.spawn().map_err(|error| format!("`pgbouncer` cannot be run: {error}"))?;
        let url = format!("postgresql://{user}@127.0.0.1:{port}/pooled");
        let mut pooler = Self { process, url };
        let patience = Instant::now() + Duration::from_secs(30);
        while let Err(error) = Database::parse(&pooler.url)?.connect() {
            if pooler.process.try_wait()?.is_some() || Instant::now() > patience {
                return Err(format!("the pooler does not answer: {error:?}").into());
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        Ok(pooler)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn a_run_in_a_transaction_goes_through_a_pooler() -> TestResult {
    let place = Place::with_tables(3)?;
    let pooler = Pooler::start(&place)?;
    place.run(&["upgrade", "head", "--no-proof", "-d", &pooler.url])?.expect(0)?;
    place.run(&["downgrade", "t1", "--no-proof", "--yes", "-d", &pooler.url])?.expect(0)?;
    assert_eq!(place.tables()?, ["t1"]);
    Ok(())
}

/// Rule: other programs get the sessions of the server afterwards.
#[test]
fn the_schema_is_read_through_a_pooler_and_no_setting_stays() -> TestResult {
    let place = Place::with_tables(1)?;
    let pooler = Pooler::start(&place)?;
    place.run(&["upgrade", "head", "--no-proof", "-d", &pooler.url])?.expect(0)?;
    place.run(&["prove"])?.expect(0)?;
    let status = place.json(&["status", "-d", &pooler.url])?;
    assert_eq!(status["schema"]["is_compared"], true, "{status}");
    place.run(&["check", "-d", &pooler.url])?.expect(0)?;
    let mut client = Database::parse(&pooler.url)?.connect()?;
    let settings =
        "SELECT concat_ws(' ', current_setting('search_path'), count(p.name)) FROM pg_prepared_statements p";
    let found: Vec<String> = client
        .simple_query(settings)?
        .iter()
        .filter_map(|message| match message {
            postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .collect();
    assert_eq!(found, ["\"$user\", public 0"]);
    Ok(())
}

#[test]
fn a_script_outside_a_transaction_is_refused_behind_a_pooler() -> TestResult {
    let place = Place::with_tables(1)?;
    place.scratch.write_file(
        "index_script.sql",
        b"-- Index\n--\n-- Revision ID: index\n-- Revises: t1\n-- Outside Transaction: the table is large\n\n-- upgrade\nCREATE INDEX CONCURRENTLY notes ON t1 (note);\n\n-- downgrade\nDROP INDEX CONCURRENTLY notes;\n",
    )?;
    let pooler = Pooler::start(&place)?;
    let database = Database::parse(&pooler.url)?;
    let chain = place.chain()?;
    let migrator = migrator(&chain).database(&database).allow_outside_transaction();
    let error = failure(migrator.upgrade(&mut database.connect()?, "head"))?;
    assert!(matches!(error, aludel::Error::Pooled), "{error}");
    assert_eq!(place.tables()?, Vec::<String>::new());
    assert_eq!(
        place.ask("SELECT relname::text FROM pg_class WHERE relname = 'notes'")?,
        Vec::<String>::new()
    );
    Ok(())
}
