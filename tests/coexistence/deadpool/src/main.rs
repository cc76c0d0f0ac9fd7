//! Migrates with Aludel, then reads through a pool of deadpool.

use aludel::rusqlite::Connection;

mod migrations {
    aludel::embed_migrations!("./../../migrations");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a database")?;
    let connection = aludel::rusqlite::Connection::open(&path)?;
    let _ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
    let pool = deadpool_sqlite::Config::new(path).create_pool(deadpool_sqlite::Runtime::Tokio1)?;
    let read = |connection: &mut Connection| connection.query_row("SELECT text FROM notes", [], |row| row.get(0));
    let text: String = pool.get().await?.interact(read).await.map_err(|error| error.to_string())??;
    println!("{text}");
    Ok(())
}
