//! Migrates with Aludel, then reads through a pool of r2d2.

mod migrations {
    aludel::embed_migrations!("./../../migrations");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a database")?;
    let connection = aludel::rusqlite::Connection::open(&path)?;
    let _ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
    let pool = r2d2::Pool::new(r2d2_sqlite::SqliteConnectionManager::file(path))?;
    let text: String = pool.get()?.query_row("SELECT text FROM notes", [], |row| row.get(0))?;
    println!("{text}");
    Ok(())
}
