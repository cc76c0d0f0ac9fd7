mod migrations {
    aludel::embed_migrations!("./models", models = ["./models/photo.rs"]);
}

#[path = "models/photo.rs"]
mod photo;

use aludel::{Keyed, Table};
use photo::Photo;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = aludel::rusqlite::Connection::open_in_memory()?;
    let ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
    let connection = ready.connection();
    let new = Photo { id: None, title: "sea".to_owned(), width: Some(3), loaded: true };
    connection.execute(Photo::INSERT, &*new.params())?;
    let sql = format!("SELECT {} FROM {} WHERE {} = ?1", Photo::SELECT, Photo::TABLE, Photo::TITLE);
    let read = connection.query_row(&sql, ["sea"], Photo::from_row)?;
    assert_eq!(read, Photo { id: Some(1), loaded: false, ..new });
    connection.execute(Photo::UPDATE, &*Photo { title: "land".to_owned(), ..read }.params())?;
    let other_order = "SELECT 'x' AS other, width, title, id FROM photos";
    let read = connection.query_row(other_order, [], Photo::from_row)?;
    assert_eq!((read.title.as_str(), read.width), ("land", Some(3)));
    assert_eq!((Photo::COLUMNS, Photo::KEY), (["id", "title", "width"].as_slice(), ["id"].as_slice()));
    Ok(())
}
