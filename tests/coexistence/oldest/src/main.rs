//! Migrates and reads with all types of rusqlite. The oldest and the newest version share this file.

mod migrations {
    aludel::embed_migrations!("./../../migrations");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a database")?;
    let connection = aludel::rusqlite::Connection::open(&path)?;
    let ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
    let connection: rusqlite::Connection = ready.into_connection();
    let text: String = connection.query_row("SELECT text FROM notes", [], |row| row.get(0))?;
    let _: u64 = connection.query_row("SELECT 1", [], |row| row.get(0))?;
    let _: chrono::NaiveDate = connection.query_row("SELECT '2026-11-26'", [], |row| row.get(0))?;
    let _: jiff::civil::Date = connection.query_row("SELECT '2026-11-26'", [], |row| row.get(0))?;
    let _: time::Date = connection.query_row("SELECT '2026-11-26'", [], |row| row.get(0))?;
    let _: serde_json::Value = connection.query_row("SELECT '{}'", [], |row| row.get(0))?;
    let _: uuid::Uuid = connection.query_row("SELECT zeroblob(16)", [], |row| row.get(0))?;
    println!("{text}");
    Ok(())
}
