//! Migrates and reads with the SQLite of the system.

mod migrations {
    aludel::embed_migrations!("./../../migrations");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a database")?;
    let connection = aludel::rusqlite::Connection::open(&path)?;
    let ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
    let text: String = ready.connection().query_row("SELECT text FROM notes", [], |row| row.get(0))?;
    println!("{text}");
    Ok(())
}
