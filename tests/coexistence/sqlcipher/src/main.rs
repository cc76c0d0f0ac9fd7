//! Migrates and reads an encrypted database.

use aludel::rusqlite::Connection;

mod migrations {
    aludel::embed_migrations!("./../../migrations");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a database")?;
    // The key comes first, on each connection.
    let unlock = |connection: &Connection| connection.pragma_update(None, "key", "a secret");
    let connection = Connection::open(&path)?;
    unlock(&connection)?;
    let ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().prepare(unlock).upgrade_to(connection)?;
    let text: String = ready.open()?.query_row("SELECT text FROM notes", [], |row| row.get(0))?;
    if std::fs::read(&path)?.starts_with(b"SQLite format 3") {
        return Err("the database is not encrypted".into());
    }
    println!("{text}");
    Ok(())
}
