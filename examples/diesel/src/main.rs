//! A command-line program: Aludel migrates the database, and diesel queries it.

use diesel::prelude::*;

mod migrations {
    aludel::embed_migrations!("migrations");
}

diesel::table! {
    notes (id) {
        id -> Integer,
        text -> Text,
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "notes.db".to_owned());
    let mut connection = open(&path)?;
    for text in arguments {
        diesel::insert_into(notes::table).values(notes::text.eq(text)).execute(&mut connection)?;
    }
    let texts: Vec<String> = notes::table.order(notes::id).select(notes::text).load(&mut connection)?;
    for text in texts {
        println!("{text}");
    }
    Ok(())
}

/// Migrates the database, then opens it with diesel.
fn open(path: &str) -> Result<SqliteConnection, Box<dyn std::error::Error>> {
    let connection = aludel::rusqlite::Connection::open(path)?;
    migrations::CHAIN.migrator().upgrade_to_head(connection)?;
    Ok(SqliteConnection::establish(path)?)
}
