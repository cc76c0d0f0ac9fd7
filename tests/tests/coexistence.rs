//! The table in `docs/coexistence.md` shows the programs in `coexistence/` and the versions in
//! their lock files.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use tests::TestResult;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the version of a package in a lock file, or `None` if it is not there.
fn locked(lock: &str, package: &str) -> Option<String> {
    let line = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|found| *found != line);
    let version = lines.nth(1)?.strip_prefix("version = ")?;
    Some(version.trim_matches('"').to_owned())
}

/// Returns each program in the table: the crate, its version, and the version of rusqlite.
fn table() -> Result<BTreeMap<String, [String; 3]>, Box<dyn Error>> {
    let page = fs::read_to_string(root().join("docs/coexistence.md"))?;
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let mut cells = row.split('|').skip(1).map(|cell| cell.trim().trim_matches('`').to_owned());
        let mut cell = || cells.next().ok_or_else(|| format!("the row `{row}` is too short"));
        Ok((cell()?, [cell()?, cell()?, cell()?]))
    })
    .collect()
}

#[test]
fn the_table_shows_the_versions_in_the_lock_files() -> TestResult {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("coexistence");
    let mut programs = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").exists() {
            programs.push(entry.file_name().into_string().map_err(|_| "a name is not UTF-8")?);
        }
    }
    programs.sort();
    let table = table()?;
    assert_eq!(table.keys().collect::<Vec<_>>(), programs.iter().collect::<Vec<_>>());
    for (program, [package, version, rusqlite]) in &table {
        let lock = fs::read_to_string(folder.join(program).join("Cargo.lock"))?;
        assert_eq!(locked(&lock, package).as_ref(), Some(version), "{package} in {program}");
        assert_eq!(locked(&lock, "rusqlite").as_ref(), Some(rusqlite), "rusqlite in {program}");
        // Two of them would be two types `Connection`.
        assert_eq!(lock.matches("name = \"rusqlite\"").count(), 1, "{program}");
    }
    Ok(())
}

#[test]
fn the_oldest_and_the_newest_program_have_the_ends_of_the_range() -> TestResult {
    let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
    let table = table()?;
    let minor = |program: &str| -> Result<u32, Box<dyn Error>> {
        let [_, version, _] = table.get(program).ok_or("the program is missing")?;
        Ok(version.split('.').nth(1).ok_or("the version has no minor part")?.parse()?)
    };
    let range = format!("rusqlite = {{ version = \">=0.{}, <0.{}\"", minor("oldest")?, minor("newest")? + 1);
    assert!(manifest.contains(&range), "{range}");
    Ok(())
}
