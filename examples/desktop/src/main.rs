//! A desktop program that stores each document in a database file. Users open old files with new
//! versions of the program, and new files with old versions.

use std::error::Error;
use std::process::ExitCode;

use aludel::rusqlite::Connection;
use aludel::{At, Status};

mod migrations {
    aludel::embed_migrations!("migrations");
}

fn main() -> ExitCode {
    let path = std::env::args().nth(1).unwrap_or_else(|| "notes.db".to_owned());
    match open(&path).and_then(|document| show(&document)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Opens a file that this version or an older one saved.
fn open(path: &str) -> Result<At<migrations::Head>, Box<dyn Error>> {
    let connection = Connection::open(path)?;
    let migrator = migrations::CHAIN.migrator();
    // A user who goes back to the older version can open the copy.
    if let Status::Behind { .. } = migrator.status(Some(&connection))? {
        let copy = format!("{path}.{}", migrator.current(&connection)?.join("+"));
        if !std::fs::exists(&copy)? {
            connection.execute("VACUUM INTO ?1", [copy])?;
        }
    }
    match migrator.upgrade_to_head(connection) {
        Err(aludel::Error::Ahead { .. }) => Err("A newer version saved this file. Update the program to open it.".into()),
        opened => Ok(opened?),
    }
}

fn show(document: &At<migrations::Head>) -> Result<(), Box<dyn Error>> {
    let mut statement = document.connection().prepare("SELECT text, done FROM notes ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mark = if row.get("done")? { "x" } else { " " };
        println!("[{mark}] {}", row.get::<_, String>("text")?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Connection, Error, migrations, open};

    /// Returns the path of a file that does not exist yet.
    fn path(name: &str) -> String {
        let path = std::env::temp_dir().join(format!("{name}-{}.db", std::process::id()));
        path.to_string_lossy().into_owned()
    }

    #[test]
    fn a_file_of_an_older_version_is_copied_and_upgraded() -> Result<(), Box<dyn Error>> {
        let path = path("older");
        let migrator = migrations::CHAIN.migrator();
        migrator.upgrade_to::<migrations::revision::CreateTheNotes>(Connection::open(&path)?)?;
        let done = "SELECT done FROM notes";
        assert!(!open(&path)?.connection().query_row(done, [], |row| row.get(0))?);
        let copy = Connection::open(format!("{path}.5c1e8a20d7f3"))?;
        assert!(copy.prepare(done).is_err());
        Ok(())
    }

    #[test]
    fn a_file_of_a_newer_version_is_left_alone() -> Result<(), Box<dyn Error>> {
        let path = path("newer");
        let connection = open(&path)?.into_connection();
        connection.execute("UPDATE alembic_version SET version_num = 'of_the_future'", [])?;
        let error = open(&path).err().ok_or("it was opened")?;
        assert!(error.to_string().starts_with("A newer version saved this file"), "{error}");
        Ok(())
    }
}
