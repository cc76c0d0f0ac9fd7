//! A chain whose head is compared with the models that a program uses to read and write rows.

use aludel::rusqlite::Connection;
use aludel::{Keyed, Table};
use tests::TestResult;

mod migrations {
    aludel::embed_migrations!("./chains/models", models = ["./chains/models/photo.rs"]);
}

#[path = "chains/models/photo.rs"]
mod photo;

use photo::Photo;

#[test]
fn a_row_is_written_and_read() -> TestResult {
    let ready = migrations::CHAIN.migrator().upgrade_to_head(Connection::open_in_memory()?)?;
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

/// The models do not specify the names of constraints or the types of some columns.
#[test]
fn the_chain_decides_what_the_models_leave_open() -> TestResult {
    mod migrations {
        aludel::embed_migrations!(
            "./chains/models_leave_open",
            models = ["./chains/models_leave_open/photo.rs"]
        );
    }
    #[path = "chains/models_leave_open/photo.rs"]
    mod photo;
    migrations::CHAIN.migrator().upgrade_to_head(Connection::open_in_memory()?)?;
    Ok(())
}

/// The models describe the tables, and the files in `repeatable` describe the views and triggers.
#[test]
fn models_and_files_of_views_are_compared_together() -> TestResult {
    mod migrations {
        aludel::embed_migrations!(
            "./chains/models_and_views",
            models = ["./chains/models_and_views/photo.rs"]
        );
    }
    #[path = "chains/models_and_views/photo.rs"]
    mod photo;
    let ready = migrations::CHAIN.migrator().upgrade_to_head(Connection::open_in_memory()?)?;
    let connection = ready.connection();
    let photo = photo::Photo { id: None, title: Some("sea".to_owned()), hidden: false };
    connection.execute(photo::Photo::INSERT, &*photo.params())?;
    connection.execute("DELETE FROM titled", [])?;
    let sql = format!("SELECT {} FROM photos", photo::Photo::SELECT);
    let read = connection.query_row(&sql, [], photo::Photo::from_row)?;
    assert_eq!(read, photo::Photo { id: Some(1), hidden: true, ..photo });
    Ok(())
}
