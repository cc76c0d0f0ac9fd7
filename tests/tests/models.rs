//! PhotoSafe's models and chain: `server/src/models.rs` describes the schema at the head.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use aludel_core::chain::assemble;
use aludel_core::folder;
use aludel_core::problem::Problem;
use aludel_core::script::Draft;
use aludel_proof::autogenerate::{Question, Settings};
use aludel_proof::model::{Models, read_models};
use aludel_proof::proof::Options;
use aludel_proof::target_schema::TargetSchema;
use tests::TestResult;

const MODELS: &str = include_str!("../../server/src/models.rs");

fn read(text: &str) -> Result<Models, Box<dyn Error>> {
    read_models([("src/models.rs", text)]).map_err(|problems: Vec<Problem>| {
        problems.into_iter().map(|problem| problem.title()).collect::<Vec<_>>().join("\n").into()
    })
}

fn target(text: &str) -> Result<TargetSchema, Box<dyn Error>> {
    let target = TargetSchema::of_models(vec!["server/src/models.rs".to_owned()], &read(text)?);
    target.map_err(|problems| format!("{problems:?}").into())
}

fn chain() -> folder::Folder {
    folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations"), "migrations")
}

/// Models describe tables and indexes. Only the chain defines full-text tables, their triggers and
/// the order of columns.
#[test]
fn the_models_of_photosafe_are_the_head_of_its_chain() -> TestResult {
    let assembled = assemble(&chain(), false).map_err(|faulty| format!("{:?}", faulty.problems))?;
    let (settings, options) = (Settings::default(), Options::default());
    for text in [MODELS.to_owned(), format!("\u{feff}{}", MODELS.replace('\n', "\r\n"))] {
        let wanted = target(&text)?;
        let question =
            Question { assembled: &assembled, wanted: &wanted, settings: &settings, options: &options };
        assert_eq!(question.detect()?, []);
    }
    Ok(())
}

/// Returns the statements of each section of a script, without their order.
fn statements(text: &str) -> Vec<BTreeSet<&str>> {
    let sections = text
        .split("-- downgrade")
        .map(|section| section.lines().filter(|line| !line.starts_with("--") && !line.is_empty()).collect());
    sections.collect()
}

#[test]
fn autogenerate_completes_the_chain_of_photosafe_from_its_models() -> TestResult {
    const LAST: [&str; 2] = ["33a23311d637", "8680f6e194fc"];
    // Autogenerate asks about rows that a new unique index refuses. The answer was to delete them,
    // and to give albums their owners.
    let is_answer = |line: &&str| {
        ["UPDATE album_photos SET", "DELETE FROM album_photos", "WHERE ", "UPDATE albums SET"]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let mut folder = chain();
    folder.lock = None;
    let is_last = |file: &folder::File| LAST.iter().any(|id| file.path.contains(id));
    let (last, others): (Vec<_>, Vec<_>) = folder.files.into_iter().partition(is_last);
    folder.files = others;
    assert_eq!(last.len(), LAST.len());
    let last: Vec<String> =
        last.into_iter().map(|file| String::from_utf8(file.bytes)).collect::<Result<_, _>>()?;
    let last: Vec<String> = last.iter().map(|text| text.replace("\r\n", "\n")).collect();
    let mut written = vec![BTreeSet::new(); 2];
    for (number, section) in last.iter().flat_map(|text| statements(text).into_iter().enumerate()) {
        let section = section.into_iter().filter(|line| !is_answer(line));
        written.get_mut(number).ok_or("a section too many")?.extend(section);
    }
    let assembled = assemble(&folder, false).map_err(|faulty| format!("{:?}", faulty.problems))?;
    let wanted = target(MODELS)?;
    let (settings, options) = (Settings::default(), Options::default());
    let question =
        Question { assembled: &assembled, wanted: &wanted, settings: &settings, options: &options };
    let draft = Draft {
        id: "33a23311d637".to_owned(),
        message: "Give albums owners, covers and an order, and links that share them".to_owned(),
        revises: vec!["6f30b5d9f21a".to_owned()],
        create_date: "2026-11-26 17:22:21.903575".to_owned(),
        ..Draft::default()
    };
    let made = question.generate(&draft, &folder)?.ok_or("nothing to do")?;
    assert_eq!(made.reviews, 1);
    let text = made.draft.to_string();
    let mut generated = statements(&text);
    for section in &mut generated {
        section.retain(|line| !is_answer(line));
    }
    assert_eq!(generated, written);
    Ok(())
}
