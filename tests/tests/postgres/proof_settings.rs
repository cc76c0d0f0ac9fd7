//! The settings that `aludel prove` reads.

use tests::TestResult;

use crate::place::{Place, Ran};

/// Writes a script with an additional line in its header.
fn write(place: &Place, id: &str, revises: &str, key: &str, upgrade: &str, downgrade: &str) -> TestResult {
    let text = format!(
        "-- {id}\n--\n-- Revision ID: {id}\n-- Revises: {revises}\n{key}\n-- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n"
    );
    Ok(place.scratch.write_file(&format!("{id}_script.sql"), text.as_bytes())?)
}

fn settings(place: &Place, rest: &str) -> TestResult {
    let text = format!("dialect = \"postgresql\"\n{rest}");
    Ok(std::fs::write(place.scratch.path("aludel.toml"), text)?)
}

/// Runs `aludel prove`, which must fail and print these words.
fn fails(place: &Place, arguments: &[&str], words: &[&str]) -> TestResult {
    let ran: Ran = place.run(&[&["prove"], arguments].concat())?;
    ran.expect(1)?;
    let missing = words.iter().find(|words| !ran.stdout.contains(**words) && !ran.stderr.contains(**words));
    missing.map_or(Ok(()), |words| Err(format!("expected `{words}`: {ran:?}").into()))
}

#[test]
fn settings_allow_lints_and_irreversible_scripts() -> TestResult {
    let place = Place::with_tables(1)?;
    write(
        &place,
        "a2",
        "t1",
        "",
        "ALTER TABLE t1 RENAME note TO title;",
        "ALTER TABLE t1 RENAME title TO note;",
    )?;
    write(&place, "a3", "a2", "-- Irreversible: the titles are gone\n", "ALTER TABLE t1 DROP title;", "")?;
    let irreversible = "`a3` is irreversible, but no setting defines where an old history ends";
    fails(&place, &[], &["`t1.note` is renamed to `title`", irreversible])?;
    fails(&place, &["--check"], &["`a2`"])?;

    settings(&place, "irreversible_until = \"a3\"\n[lints]\nrenames-column = { allow_up_to = \"a2\" }\n")?;
    place.run(&["prove"])?.expect(0)?;
    place.run(&["prove", "--check"])?.expect(0)?;

    // What is no longer allowed loses its proof.
    settings(&place, "[lints]\nrenames-column = \"allow\"\n")?;
    fails(&place, &[], &[irreversible])?;
    fails(&place, &["--check"], &["`a3`"])?;

    settings(&place, "[lints]\nrename-column = \"allow\"\n")?;
    place.run(&["prove"])?.expect(2)?.says("did you mean `renames-column`?")?;
    Ok(())
}

/// Scripts after a squash point are proved with the same settings as in `aludel prove`.
#[test]
fn settings_allow_lints_of_scripts_after_a_squash_point() -> TestResult {
    let place = Place::with_tables(2)?;
    write(
        &place,
        "a3",
        "t2",
        "",
        "ALTER TABLE t1 RENAME note TO title;",
        "ALTER TABLE t1 RENAME title TO note;",
    )?;
    settings(&place, "[lints]\nrenames-column = { allow_up_to = \"a3\" }\n")?;
    place.run(&["prove"])?.expect(0)?;
    place.run(&["freeze"])?.expect(0)?;
    place.run(&["squash", "--to", "t2"])?.expect(0)?;
    place.run(&["prove"])?.expect(0)?;
    Ok(())
}

#[test]
fn no_script_is_exempt_on_a_server() -> TestResult {
    let place = Place::with_tables(1)?;
    write(
        &place,
        "a2",
        "t1",
        "-- Unproved: it needs PostGIS\n",
        "ALTER TABLE t1 ADD more text;",
        "ALTER TABLE t1 DROP more;",
    )?;
    fails(&place, &[], &["`Unproved` is only for SQLite scripts", "--url"])?;
    place.run(&["explain", "unproved-script"])?.expect(0)?;
    Ok(())
}
