//! Plans of runs: a plan shows which scripts run, and nothing else runs.

use aludel::Direction;
use tests::{Scratch, TestResult, columns};

/// Creates `a <- b <- c`. The second script loses a column.
fn three() -> std::io::Result<Scratch> {
    let scratch = Scratch::new()?;
    scratch.write("a", "", "CREATE TABLE t (x, y);", "DROP TABLE t;")?;
    let b = "-- b\n--\n-- Revision ID: b\n-- Revises: a\n-- Loses: t.y\n\n-- upgrade\nALTER TABLE t DROP COLUMN y;\n\n-- downgrade\nALTER TABLE t ADD COLUMN y;\n";
    std::fs::write(scratch.migrations().join("b_script.sql"), b)?;
    scratch.write("c", "b", "CREATE TABLE u (x);", "DROP TABLE u;")?;
    Ok(scratch)
}

#[test]
fn a_plan_shows_what_its_run_does() -> TestResult {
    let scratch = three()?;
    let chain = scratch.chain()?;
    let migrator = chain.migrator();
    let mut connection = scratch.open()?;
    let plan = migrator.plan_upgrade(Some(&connection), "b")?;
    assert_eq!(plan, migrator.plan_upgrade(None, "b")?);
    assert_eq!(
        plan.to_string(),
        "upgrade a, Script a\nupgrade b, b\n    lost for good, as declared in the script: t.y\nthen at b"
    );
    let report = migrator.run(&mut connection, &plan)?;
    let ran: Vec<_> = report.ran.iter().map(|ran| (ran.direction, &*ran.revision, &*ran.message)).collect();
    let shown: Vec<_> = plan.steps().map(|step| (step.direction, step.revision, step.message)).collect();
    assert_eq!(ran, shown);
    assert_eq!(report.current, plan.after());
    Ok(())
}

#[test]
fn a_step_has_the_script_in_its_direction() -> TestResult {
    let scratch = three()?;
    let chain = scratch.chain()?;
    let migrator = chain.migrator();
    let mut connection = scratch.open()?;
    migrator.upgrade(&mut connection, "head")?;
    let plan = migrator.plan_downgrade(Some(&connection), "a")?;
    assert_eq!(plan.steps().map(|step| step.revision).collect::<Vec<_>>(), ["c", "b"]);
    let step = plan.steps().nth(1).ok_or("no second step")?;
    assert_eq!((step.direction, step.sql()), (Direction::Downgrade, "ALTER TABLE t ADD COLUMN y;"));
    assert!(step.file().ends_with("b_script.sql"));
    assert!(step.down_revisions().eq(["a"]));
    assert!(step.loses().eq(["t.y"]));
    assert_eq!(step.to_string(), "downgrade b, b\n    not restored, as declared in the script: t.y");
    assert_eq!(migrator.run(&mut connection, &plan)?.current, ["a"]);
    Ok(())
}

#[test]
fn a_plan_without_steps_runs_nothing() -> TestResult {
    let scratch = three()?;
    let chain = scratch.chain()?;
    let plan = chain.migrator().plan_downgrade(None, "base")?;
    assert!(plan.is_empty() && plan.after().is_empty());
    assert_eq!(plan.to_string(), "nothing to do");
    assert!(chain.migrator().run(&mut scratch.open()?, &plan)?.ran.is_empty());
    Ok(())
}

/// A user confirmed these scripts, so no other version of them may run.
#[test]
fn a_plan_keeps_its_own_scripts() -> TestResult {
    let scratch = three()?;
    let plan = scratch.chain()?.migrator().plan_upgrade(None, "a")?;
    scratch.write("a", "", "CREATE TABLE t (x, y, z);", "DROP TABLE t;")?;
    let edited = scratch.chain()?;
    let mut connection = scratch.open()?;
    edited.migrator().run(&mut connection, &plan)?;
    assert!(columns(&connection)?.get("t").is_some_and(|columns| columns.len() == 2));
    Ok(())
}
