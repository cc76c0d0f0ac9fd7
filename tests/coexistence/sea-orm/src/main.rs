//! Migrates with Aludel, then reads with SeaORM.

use sea_orm::{ConnectionTrait as _, Statement};

mod migrations {
    aludel::embed_migrations!("./../../migrations");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a database")?;
    let connection = aludel::rusqlite::Connection::open(&path)?;
    let _ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
    let database = sea_orm::Database::connect(format!("sqlite://{path}")).await?;
    let select = Statement::from_string(database.get_database_backend(), "SELECT text FROM notes");
    let row = database.query_one_raw(select).await?.ok_or("there is no note")?;
    let text: String = row.try_get("", "text")?;
    println!("{text}");
    Ok(())
}
