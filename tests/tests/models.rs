//! PhotoSafe's models beside its chain: what `server/src/models.rs` says is the schema at the head.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use aludel::rusqlite::Connection;
use aludel_core::autogenerate::{Question, Settings, Wanted};
use aludel_core::chain::assemble;
use aludel_core::folder;
use aludel_core::model::{Models, read_models};
use aludel_core::problem::Problem;
use aludel_core::proof::Options;
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Schema, tell};
use aludel_core::script::Draft;
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

/// The statements of a script's sections; those of a section come in any order.
fn statements(text: &str) -> Vec<BTreeSet<&str>> {
    let sections = text
        .split("-- downgrade")
        .map(|section| section.lines().filter(|line| !line.starts_with("--") && !line.is_empty()).collect());
    sections.collect()
}

#[test]
fn autogenerate_completes_the_chain_of_photosafe_from_its_models() -> TestResult {
    const LAST: &str = "8d3f61c0b7e2";
    let mut folder = folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations"), "migrations");
    folder.lock = None;
    let (last, others) = folder.files.into_iter().partition(|file| file.path.contains(LAST));
    let last: Vec<folder::File> = last;
    folder.files = others;
    let text = String::from_utf8(last.into_iter().next().ok_or("no last script")?.bytes)?;
    let assembled = assemble(&folder, false).map_err(|faulty| format!("{:?}", faulty.problems))?;
    let wanted = Wanted {
        path: "server/src/models.rs".to_owned(),
        sql: read(MODELS)?.to_sql(),
        tables_only: true,
        ..Wanted::default()
    };
    let (settings, options) = (Settings::default(), Options::default());
    let question =
        Question { assembled: &assembled, wanted: &wanted, settings: &settings, options: &options };
    let draft = Draft {
        id: LAST.to_owned(),
        message: "Index photos, albums and versions".to_owned(),
        revises: vec!["5b0e7c2f9a41".to_owned()],
        create_date: "2026-11-22 10:30:00.000000".to_owned(),
        ..Draft::default()
    };
    let made = question.generate(&draft, &folder)?.ok_or("nothing to do")?;
    assert_eq!(made.reviews, 0);
    assert_eq!(statements(&made.draft.to_string()), statements(&text.replace("\r\n", "\n")));
    Ok(())
}
