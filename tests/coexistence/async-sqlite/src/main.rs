//! Migrates with Aludel, then reads with async-sqlite.

use aludel::rusqlite::Connection;

mod migrations {
    aludel::embed_migrations!("./../../migrations");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a database")?;
    let connection = aludel::rusqlite::Connection::open(&path)?;
    let _ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
    let client = async_sqlite::ClientBuilder::new().path(path).open().await?;
    let read = |connection: &Connection| connection.query_row("SELECT text FROM notes", [], |row| row.get(0));
    let text: String = client.conn(read).await?;
    println!("{text}");
    Ok(())
}
