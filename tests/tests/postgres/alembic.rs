//! Alembic and Aludel take turns on the same database.

use std::process::Command;

use aludel::postgres::Database;
use postgres::config::Host;
use tests::TestResult;

use crate::place::{Place, Ran};

/// Writes an Alembic project with the same revisions as the scripts.
fn project(place: &Place, count: usize) -> TestResult {
    let versions = place.scratch.path("alembic/versions");
    std::fs::create_dir_all(&versions)?;
    let database = Database::parse(&place.url())?;
    let config = database.config();
    let Some(Host::Unix(folder)) = config.get_hosts().first() else {
        return Err("the server has no socket".into());
    };
    let (user, name) = (config.get_user().unwrap_or_default(), config.get_dbname().unwrap_or_default());
    let url = format!("postgresql+psycopg://{user}@/{name}?host={}", folder.display());
    std::fs::write(
        place.scratch.path("alembic.ini"),
        format!("[alembic]\nscript_location = %(here)s/alembic\nsqlalchemy.url = {url}\n"),
    )?;
    std::fs::write(
        place.scratch.path("alembic/env.py"),
        "from alembic import context\nfrom sqlalchemy import create_engine\n\n\
         engine = create_engine(context.config.get_main_option('sqlalchemy.url'))\n\
         with engine.connect() as connection:\n    context.configure(connection=connection)\n    \
         with context.begin_transaction():\n        context.run_migrations()\n",
    )?;
    for number in 1..=count {
        let down = if number > 1 { format!("'t{}'", number - 1) } else { "None".to_owned() };
        std::fs::write(
            versions.join(format!("t{number}.py")),
            format!(
                "\"\"\"t{number}\"\"\"\nfrom alembic import op\nrevision = 't{number}'\ndown_revision = {down}\n\n\
                 def upgrade():\n    op.execute(\"CREATE TABLE t{number} (id bigint PRIMARY KEY, note text)\")\n\n\
                 def downgrade():\n    op.execute('DROP TABLE t{number}')\n"
            ),
        )?;
    }
    Ok(())
}

fn alembic(place: &Place, arguments: &[&str]) -> crate::place::Result<Ran> {
    let output = Command::new("alembic")
        .args(arguments)
        .current_dir(place.scratch.folder())
        .output()
        .map_err(|error| format!("`alembic` cannot be run: {error}"))?;
    let ran = Ran::of(&output);
    ran.expect(0)?;
    Ok(ran)
}

#[test]
fn alembic_and_aludel_take_turns() -> TestResult {
    let place = Place::with_tables(4)?;
    project(&place, 4)?;
    alembic(&place, &["upgrade", "t1"])?;
    assert_eq!(place.json(&["current"])?["current"][0]["revision"], "t1");
    place.run(&["upgrade", "t2", "--no-proof"])?.expect(0)?;
    assert_eq!(alembic(&place, &["current"])?.stdout.trim(), "t2");
    alembic(&place, &["upgrade", "t3"])?;
    place.run(&["upgrade", "head", "--no-proof"])?.expect(0)?;
    assert_eq!(alembic(&place, &["current"])?.stdout.trim(), "t4 (head)");
    place.run(&["downgrade", "t1", "--no-proof", "--yes"])?.expect(0)?;
    alembic(&place, &["downgrade", "base"])?;
    assert_eq!(place.tables()?, Vec::<String>::new());
    assert_eq!(place.json(&["current"])?["current"].as_array().map(Vec::len), Some(0));
    Ok(())
}

/// Aludel's version table is identical to Alembic's.
#[test]
fn the_version_table_is_alembics() -> TestResult {
    let (ours, theirs) = (Place::with_tables(1)?, Place::with_tables(1)?);
    project(&theirs, 1)?;
    alembic(&theirs, &["upgrade", "head"])?;
    ours.run(&["upgrade", "head", "--no-proof"])?.expect(0)?;
    let definition = "SELECT concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, \
         (SELECT string_agg(conname || pg_get_constraintdef(oid), ',') FROM pg_constraint WHERE conrelid = attrelid)) \
         FROM pg_attribute WHERE attrelid = 'alembic_version'::regclass AND attnum > 0";
    assert_eq!(ours.ask(definition)?, theirs.ask(definition)?);
    Ok(())
}
