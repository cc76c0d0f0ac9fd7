//! Tests with pairs of schemas in files: `-- before`, its `-- rows`, and `-- after`.
//!
//! Each pair is upgraded and downgraded with its rows. Each fixture in `fixtures/` shows one kind
//! of change, with the generated script next to it. Pairs in `pairs/` are only upgraded and
//! downgraded, so their scripts may change.

use std::path::{Path, PathBuf};

use aludel_core::schema::Detected;
use aludel_core::script::SectionKind;

use super::world::{Database, Result, World, schema_of, without};
use crate::autogenerate::{Generated, Settings};

/// The three parts of a fixture.
struct Fixture {
    /// Set by a first line `-- compare_column_order`.
    settings: Settings,
    before: String,
    rows: String,
    after: String,
}

impl Fixture {
    fn read(text: &str) -> Result<Self> {
        let mut settings = Settings::default();
        let in_order = text.strip_prefix("-- compare_column_order\n");
        settings.compared.order = in_order.is_some();
        let text = in_order.unwrap_or(text);
        let (before, rest) = text.split_once("-- rows\n").ok_or("no rows")?;
        let (rows, after) = rest.split_once("-- after\n").ok_or("no after")?;
        let before = before.strip_prefix("-- before\n").ok_or("no before")?;
        Ok(Self { settings, before: before.to_owned(), rows: rows.to_owned(), after: after.to_owned() })
    }

    fn there_and_back(self) -> Result<Generated> {
        with_settings(self.settings, &self.before, &self.rows, &self.after)
    }
}

/// Upgrades and downgrades a database with rows, and returns the generated script.
pub(super) fn there_and_back(before: &str, rows: &str, after: &str) -> Result<Generated> {
    with_settings(Settings::default(), before, rows, after)
}

fn with_settings(settings: Settings, before: &str, rows: &str, after: &str) -> Result<Generated> {
    let mut world = World::new(before)?;
    world.settings = settings;
    let generated = world.generate(after)?.ok_or("nothing to do")?;
    world.expect_proved(&generated.draft)?;
    let database = Database::with(&format!("{before}{rows}"))?;
    let (schema, rows) = (database.schema()?, database.rows()?);
    database.run(&generated.draft, SectionKind::Upgrade)?;
    database.expect_target(&schema_of(after)?, "after the upgrade")?;
    database.run(&generated.draft, SectionKind::Downgrade)?;
    database.expect(&schema, "after the downgrade")?;
    let losses = losses(&generated);
    let (back, rows) = (without(database.rows()?, &losses), without(rows, &losses));
    if back != rows {
        return Err(format!("{back:?}\nis not\n{rows:?}\nafter\n{}", generated.draft).into());
    }
    database.run(&generated.draft, SectionKind::Upgrade)?;
    let rest = world.rest_after(&generated.draft, after)?;
    if rest.is_empty() { Ok(generated) } else { Err(format!("still to do: {rest:?}").into()) }
}

/// Returns the declared losses, and the columns in questions. Real rows may lose data there even if
/// the generated rows do not.
fn losses(generated: &Generated) -> Vec<String> {
    let declared = generated.draft.filled.as_ref().map(|filled| filled.loses.clone()).unwrap_or_default();
    let text = generated.draft.to_string();
    let asked = generated.detected.iter().filter_map(|detected| match detected {
        Detected::ChangedColumn { table, column, .. } => {
            let about = format!("-- REVIEW: `{table}.{column}` ");
            let asks =
                ["changes from", "is NOT NULL"].iter().any(|what| text.contains(&format!("{about}{what}")));
            asks.then(|| format!("{table}.{column}"))
        }
        _ => None,
    });
    declared.into_iter().chain(asked).collect()
}

fn told(generated: &Generated) -> String {
    let detected: Vec<String> = generated.detected.iter().map(|one| format!("Detected {one}")).collect();
    format!("{}\n\n{}", detected.join("\n"), generated.draft)
}

/// Returns the `<name>.sql` files in a folder, with their names.
fn files(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "sql") {
            let name = path.file_stem().and_then(|name| name.to_str()).ok_or("a name that is no text")?;
            files.push((name.to_owned(), std::fs::read_to_string(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/autogenerate/tests").join(name)
}

#[test]
fn every_kind_of_change_has_its_script() -> Result {
    let folder = folder("fixtures");
    let mut failures = Vec::new();
    for (name, text) in files(&folder)? {
        match Fixture::read(&text)?.there_and_back() {
            Ok(generated) => insta::with_settings!(
                { snapshot_path => &folder, prepend_module_to_snapshot => false, omit_expression => true },
                { insta::assert_snapshot!(name, told(&generated)) }
            ),
            Err(error) => failures.push(format!("{name}: {error}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    Ok(())
}

#[test]
fn every_pair_goes_there_and_back() -> Result {
    let mut failures = Vec::new();
    let mut count = 0;
    for (subject, text) in files(&folder("pairs"))? {
        for pair in text.split("-- pair: ").skip(1) {
            let (name, pair) = pair.split_once('\n').ok_or("no name")?;
            count += 1;
            if let Err(error) = Fixture::read(pair)?.there_and_back() {
                failures.push(format!("{subject}/{name}: {error}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(count > 50, "{count} pairs");
    Ok(())
}
