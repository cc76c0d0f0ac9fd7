//! Commands that are mounted in an application use the settings of its migrator.

use aludel_cli::{Mounted, OutputOptions, run_mounted};
use clap::Parser;
use tests::{Scratch, TestResult};

#[derive(Debug, Parser)]
struct Application {
    #[command(flatten)]
    output: OutputOptions,
    #[command(subcommand)]
    command: Mounted,
}

#[test]
fn the_hook_of_the_application_prepares_their_connections() -> TestResult {
    let scratch = Scratch::new()?;
    let upgrade = "CREATE TABLE t (is_like INTEGER);\nINSERT INTO t VALUES ('A' LIKE 'a');";
    scratch.write("a1", "", upgrade, "DROP TABLE t;")?;
    let (chain, database) = (scratch.chain()?, scratch.database()?);
    let migrator =
        chain.migrator().prepare(|connection| connection.execute_batch("PRAGMA case_sensitive_like = ON"));
    let run = |words: &[&str]| -> TestResult {
        let words = ["application", "--quiet"].iter().chain(words);
        let Application { output, command } = Application::try_parse_from(words)?;
        run_mounted(migrator.clone(), &database, &command, &output);
        Ok(())
    };
    run(&["upgrade", "head"])?;
    let is_like: bool = scratch.open()?.query_row("SELECT is_like FROM t", [], |row| row.get(0))?;
    assert!(!is_like);
    run(&["downgrade", "base"])?;
    assert_eq!(chain.migrator().current(&scratch.open()?)?, [""; 0]);
    Ok(())
}

#[test]
fn an_older_application_reverts_what_a_newer_one_applied() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write("a1", "", "CREATE TABLE t (n INTEGER);", "DROP TABLE t;")?;
    let (older, database) = (scratch.chain()?, scratch.database()?);
    scratch.write("b2", "a1", "ALTER TABLE t ADD COLUMN m INTEGER;", "ALTER TABLE t DROP COLUMN m;")?;
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head")?;
    let words = ["application", "--quiet", "downgrade", "--to-known", "--yes", "--backup"];
    let Application { output, command } = Application::try_parse_from(words)?;
    run_mounted(older.migrator(), &database, &command, &output);
    assert!(older.migrator().check(&scratch.open()?)?);
    let backups = tests::files(scratch.folder())?.len() - 1;
    assert_eq!(backups, 1);
    Ok(())
}
