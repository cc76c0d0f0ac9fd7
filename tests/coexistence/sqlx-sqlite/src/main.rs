//! Migrates with Aludel, then reads with sqlx.

mod migrations {
    aludel::embed_migrations!("./../../migrations");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a database")?;
    let connection = aludel::rusqlite::Connection::open(&path)?;
    let _ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{path}")).await?;
    let text: String = sqlx::query_scalar("SELECT text FROM notes").fetch_one(&pool).await?;
    println!("{text}");
    Ok(())
}
