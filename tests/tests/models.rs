//! PhotoSafe's models beside its chain: what `server/src/models.rs` says is the schema at the head.

use std::error::Error;

use aludel::rusqlite::Connection;
use aludel_core::model::{Models, read_models};
use aludel_core::problem::Problem;
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Schema, tell};
use tests::TestResult;

mod migrations {
    aludel::embed_migrations!("migrations");
}

const MODELS: &str = include_str!("../../server/src/models.rs");

fn schema(connection: &Connection) -> Result<Schema, Box<dyn Error>> {
    let mut reader = Reader::ignoring(["alembic_version", "aludel_history"]);
    reader.read(connection, &Touched::Everything)?;
    Ok(reader.schema().clone())
}

fn read(text: &str) -> Result<Models, Box<dyn Error>> {
    read_models([("src/models.rs", text)]).map_err(|problems: Vec<Problem>| {
        problems.into_iter().map(|problem| problem.title).collect::<Vec<_>>().join("\n").into()
    })
}

#[test]
fn the_models_of_photosafe_are_the_head_of_its_chain() -> TestResult {
    let head = migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(Connection::open_in_memory()?)?;
    for text in [MODELS.to_owned(), format!("\u{feff}{}", MODELS.replace('\n', "\r\n"))] {
        let wanted = Connection::open_in_memory()?;
        wanted.execute_batch(&read(&text)?.to_sql())?;
        let (wanted, head) = (schema(&wanted)?, schema(head.connection())?);
        assert_eq!(tell(&Changes::between(&wanted, &head)), Vec::<String>::new());
        assert_eq!(wanted, head);
    }
    Ok(())
}
