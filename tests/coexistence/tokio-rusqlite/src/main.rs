//! Migrates with Aludel, then reads with tokio-rusqlite.

use aludel::rusqlite::Connection;

mod migrations {
    aludel::embed_migrations!("./../../migrations");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a database")?;
    let connection = aludel::rusqlite::Connection::open(&path)?;
    let ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
    // The connection that was migrated is handed over: both crates have one `Connection`.
    let connection = tokio_rusqlite::Connection::from(ready.into_connection());
    let read = |connection: &mut Connection| connection.query_row("SELECT text FROM notes", [], |row| row.get(0));
    let text: String = connection.call(read).await?;
    println!("{text}");
    Ok(())
}
