//! The embedded chain equals the chain in the folder.

use aludel::chain::Position as _;
use tests::{TestResult, load};

mod chains;
mod models;
mod squash;

mod photosafe {
    aludel::embed_migrations!("migrations");
}

#[test]
fn the_embedded_chain_equals_the_one_loaded_from_the_folder() -> TestResult {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    let loaded = load(folder.as_ref())?;
    assert!(!loaded.untyped().scripts.is_empty());
    assert_eq!(photosafe::CHAIN.untyped(), loaded.untyped());
    Ok(())
}

mod recursive {
    aludel::embed_migrations!("./recursive", recursive = true);
}

#[test]
fn scripts_in_subfolders_are_embedded_if_the_call_allows_it() {
    let scripts = &recursive::CHAIN.untyped().scripts;
    let files: Vec<&str> = scripts.iter().map(|script| &*script.file).collect();
    assert_eq!(
        files,
        [
            "./recursive/2025/a1_photos.sql",
            "./recursive/2026/january/b2_albums.sql",
            "./recursive/c3_people.sql"
        ]
    );
}

#[test]
fn the_types_of_the_revisions_are_those_of_the_chain() {
    use aludel::Revision;
    assert_eq!(photosafe::revision::R49348f7a48f6::ID, "49348f7a48f6");
    assert_eq!(photosafe::revision::InitialMigration::MESSAGE, "Initial migration");
    assert!(photosafe::Head::REVISIONS.iter().copied().eq(photosafe::CHAIN.heads()));
    assert_eq!(photosafe::Head::REVISIONS, photosafe::Heads::REVISIONS);
}
