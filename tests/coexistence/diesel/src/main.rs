//! Migrates with Aludel, then reads with diesel.

use diesel::prelude::*;

mod migrations {
    aludel::embed_migrations!("./../../migrations");
}

diesel::table! {
    notes (id) {
        id -> Integer,
        text -> Text,
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a database")?;
    let connection = aludel::rusqlite::Connection::open(&path)?;
    let _ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
    let mut connection = diesel::SqliteConnection::establish(&path)?;
    let text: String = notes::table.select(notes::text).first(&mut connection)?;
    println!("{text}");
    Ok(())
}
