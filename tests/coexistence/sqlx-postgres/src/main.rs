//! Migrates SQLite with Aludel in a program that uses sqlx for PostgreSQL only.

mod migrations {
    aludel::embed_migrations!("./../../migrations");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a database")?;
    let connection = aludel::rusqlite::Connection::open(&path)?;
    let ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
    // There is no server: the pool is made, and connects to nothing.
    let pool = sqlx::PgPool::connect_lazy("postgres://localhost/notes")?;
    assert_eq!(pool.size(), 0);
    let text: String = ready.connection().query_row("SELECT text FROM notes", [], |row| row.get(0))?;
    println!("{text}");
    Ok(())
}
