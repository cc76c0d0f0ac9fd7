//! Runs a folder of migrations with another tool: `other_tools TOOL FOLDER DATABASE`.

use std::error::Error;
use std::path::Path;

use diesel::Connection as _;
use diesel::migration::MigrationConnection as _;
use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};
use rusqlite_migration::{M, Migrations};
use sqlx::Connection as _;

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tool, folder, database] = arguments.as_slice() else {
        return Err("expected a tool, a folder and a database".into());
    };
    match tool.as_str() {
        "sqlx" => sqlx(folder, database),
        "diesel" => diesel(folder, database),
        "refinery" => refinery(folder, database),
        "rusqlite-migration" => rusqlite_migration(Path::new(folder), database),
        other => Err(format!("unknown tool `{other}`").into()),
    }
}

fn sqlx(folder: &str, database: &str) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database).create_if_missing(true);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
        sqlx::migrate::Migrator::new(Path::new(folder)).await?.run(&mut connection).await?;
        Ok(connection.close().await?)
    })
}

fn diesel(folder: &str, database: &str) -> Outcome {
    let mut connection = diesel::SqliteConnection::establish(database)?;
    connection.setup()?;
    connection.run_pending_migrations(FileBasedMigrations::from_path(folder)?)?;
    Ok(())
}

fn refinery(folder: &str, database: &str) -> Outcome {
    let mut connection = rusqlite::Connection::open(database)?;
    let migrations = refinery::load_sql_migrations(folder)?;
    refinery::Runner::new(&migrations).run(&mut connection)?;
    Ok(())
}

/// Reads the files at run time. A program embeds them with the macro of `include_dir`.
fn rusqlite_migration(folder: &Path, database: &str) -> Outcome {
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut folders: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    folders.sort();
    let texts = folders.iter().map(|folder| std::fs::read_to_string(folder.join("up.sql")));
    let texts = texts.collect::<Result<Vec<String>, _>>()?;
    let mut connection = rusqlite::Connection::open(database)?;
    Migrations::new(texts.iter().map(|text| M::up(text)).collect()).to_latest(&mut connection)?;
    Ok(())
}
