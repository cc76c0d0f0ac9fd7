//! Whole chains: several errors in one run, branches, entries that are still valid.
#![cfg(feature = "peers")]

mod support;

use std::error::Error;

use aludel_core::problem::{Problem, Severity};
use aludel_postgres::proof::{Options, Report, prove};
use aludel_postgres::scratch::Server;

const PRELUDE: &str = include_str!("corpus/prelude.sql");

/// Proves a chain without lints.
fn report(text: &str, options: Options) -> Result<Report, Box<dyn Error>> {
    let (chain, sources) = support::chain(text);
    Ok(prove(&chain, &sources, support::server()?, &Options { lints: false, ..options })?)
}

/// Returns the errors as `file: code`.
fn errors(report: &Report) -> Vec<String> {
    let errors = report.problems.iter().filter(|problem| problem.severity == Severity::Fault);
    errors.map(|problem| format!("{}: {}", problem.file_name().unwrap_or("chain"), problem.code())).collect()
}

#[test]
fn all_errors_of_a_chain_are_found_in_one_run() -> Result<(), Box<dyn Error>> {
    let cases: Vec<_> = support::cases(include_str!("corpus/spoilt.sql"))
        .filter(|(_, expected, scripts)| {
            expected.starts_with("not-reversed") && scripts.matches("-- script: ").count() == 1
        })
        .collect();
    // Side by side, so that one that fails hides no other.
    let scripts =
        |case: &(&str, &str, &str)| case.2.replace("-- script: it\n", "-- script: it\n-- Revises: r01\n");
    let chain: String = cases.iter().map(scripts).collect();
    let report = report(&format!("{PRELUDE}{chain}"), Options { with_rows: false, ..Options::default() })?;
    let found = errors(&report);
    let is_right = |error: &&String| error.ends_with("not-reversed") || error.ends_with("script-fails");
    // Scripts that create the same object fail after the first of them.
    assert!(found.iter().all(|error| is_right(&error)), "{found:?}");
    assert_eq!(found.len(), cases.len(), "{found:?}");
    Ok(())
}

#[test]
fn what_needs_a_script_that_fails_is_not_executed() -> Result<(), Box<dyn Error>> {
    let report = report(
        "-- script: fails\n-- upgrade\nCREATE TABEL a ();\n-- downgrade\n\
         -- script: needs it\n-- upgrade\nALTER TABLE a ADD b text;\n-- downgrade\n\
         -- script: does not\n-- Revises:\n-- upgrade\nCREATE TABLE c (id integer);\n-- downgrade\nDROP TABLE c;\n",
        Options::default(),
    )?;
    assert_eq!(errors(&report), ["01.sql: script-fails"]);
    assert_eq!(report.proved.iter().map(|proved| proved.revision.as_str()).collect::<Vec<_>>(), ["r03"]);
    Ok(())
}

const BRANCHES: &str = "-- script: base
-- Revision ID: base
-- Revises:
-- upgrade
CREATE TABLE a (id integer);
-- downgrade
DROP TABLE a;
-- script: left
-- Revision ID: left
-- Revises: base
-- upgrade
CREATE TABLE b (id integer);
-- downgrade
DROP TABLE b;
";

#[test]
fn a_branch_that_needs_another_one_is_reported() -> Result<(), Box<dyn Error>> {
    let right = "-- script: right\n-- Revision ID: right\n-- Revises: base\n-- upgrade\nALTER TABLE b ADD c text;\n\
                 -- downgrade\nALTER TABLE b DROP c;\n";
    let report = report(&format!("{BRANCHES}{right}"), Options::default())?;
    assert_eq!(errors(&report), ["03.sql: fails-alone"]);
    let words = report.problems.first().map(Problem::title).unwrap_or_default();
    assert!(words.contains("without `left`, which is on another branch"), "{words}");
    Ok(())
}

#[test]
fn a_schema_that_depends_on_the_order_of_branches_is_reported() -> Result<(), Box<dyn Error>> {
    let right = "-- script: right\n-- Revision ID: right\n-- Revises: base\n-- upgrade\n\
                 CREATE TABLE IF NOT EXISTS b (other text);\n-- downgrade\n\
                 DO $$ BEGIN IF EXISTS (SELECT FROM pg_attribute WHERE attname = 'other') THEN DROP TABLE b; END IF; END $$;\n";
    let report = report(&format!("{BRANCHES}{right}"), Options::default())?;
    assert_eq!(errors(&report), ["02.sql: fails-after-another-branch"]);
    Ok(())
}

#[test]
fn branches_that_are_independent_pass_and_merge() -> Result<(), Box<dyn Error>> {
    let rest = "-- script: right\n-- Revision ID: right\n-- Revises: base\n-- upgrade\nCREATE TABLE c (id integer);\n\
                -- downgrade\nDROP TABLE c;\n\
                -- script: merge\n-- Revision ID: merge\n-- Revises: left, right\n-- upgrade\n\
                CREATE VIEW both_of_them AS SELECT b.id FROM b JOIN c USING (id);\n-- downgrade\nDROP VIEW both_of_them;\n";
    let report = report(&format!("{BRANCHES}{rest}"), Options::default())?;
    assert_eq!(errors(&report), [] as [&str; 0]);
    assert_eq!(report.proved.len(), 4);
    Ok(())
}

const TWO: &str = "-- script: first\n-- upgrade\nCREATE TABLE a (id integer PRIMARY KEY);\n-- downgrade\nDROP TABLE a;\n\
     -- script: second\n-- upgrade\nALTER TABLE a ADD b text;\n-- downgrade\nALTER TABLE a DROP b;\n";

#[test]
fn a_valid_entry_is_only_upgraded() -> Result<(), Box<dyn Error>> {
    let all = report(TWO, Options::default())?;
    let last = report(TWO, Options { valid: ["r01".to_owned()].into(), ..Options::default() })?;
    assert_eq!(all.proved.get(1), last.proved.first());
    assert_eq!((last.counts.scripts, last.counts.skipped), (1, 1));
    let none =
        report(TWO, Options { valid: ["r01".to_owned(), "r02".to_owned()].into(), ..Options::default() })?;
    assert!(none.proved.is_empty() && none.problems.is_empty());
    Ok(())
}

#[test]
fn fingerprints_are_the_same_on_every_run_and_differ_between_schemas() -> Result<(), Box<dyn Error>> {
    let (one, other) = (report(TWO, Options::default())?, report(TWO, Options::default())?);
    assert_eq!(one.proved, other.proved);
    assert_ne!(
        one.proved.first().map(|proved| proved.fingerprint),
        one.proved.get(1).map(|proved| proved.fingerprint)
    );
    Ok(())
}

#[test]
fn an_irreversible_script_is_not_reverted() -> Result<(), Box<dyn Error>> {
    let text = format!(
        "{TWO}-- script: third\n-- Irreversible: the values are gone\n-- upgrade\nALTER TABLE a DROP b;\n-- downgrade\n"
    );
    let report = report(&text, Options::default())?;
    assert_eq!(errors(&report), [] as [&str; 0]);
    assert_eq!(report.proved.len(), 3);
    Ok(())
}

#[test]
fn rows_that_cannot_be_made_are_a_note() -> Result<(), Box<dyn Error>> {
    let text = "-- script: it\n-- upgrade\nCREATE TABLE a (id text NOT NULL CHECK (md5(id) = 'ffffffffffffffffffffffffffffffff'));\n-- downgrade\nDROP TABLE a;\n";
    let report = report(text, Options::default())?;
    let codes: Vec<&str> = report.problems.iter().map(Problem::code).collect();
    assert_eq!(codes, ["no-rows"]);
    Ok(())
}

#[test]
fn a_statement_that_changes_no_row_is_a_note() -> Result<(), Box<dyn Error>> {
    let text = "-- script: it\n-- upgrade\nCREATE TABLE a (id integer);\n\nUPDATE a SET id = 7 WHERE id = 123456;\n-- downgrade\nDROP TABLE a;\n";
    let report = report(text, Options::default())?;
    let codes: Vec<&str> = report.problems.iter().map(Problem::code).collect();
    assert_eq!(codes, ["no-row-for-statement"]);
    assert_eq!((report.counts.row_statements, report.counts.rows_changed), (1, 0));
    Ok(())
}

#[test]
fn a_value_that_the_upgrade_gives_to_others_is_noted() -> Result<(), Box<dyn Error>> {
    let text = |loses: &str| {
        format!(
            "-- script: table\n-- upgrade\nCREATE TABLE a (id integer PRIMARY KEY, state text NOT NULL);\n-- downgrade\nDROP TABLE a;\n\
             -- script: it\n{loses}-- upgrade\nUPDATE a SET state = 'pending' WHERE state = 'draft';\n\
             -- downgrade\nUPDATE a SET state = 'draft' WHERE state = 'pending';\n"
        )
    };
    for (loses, expected) in [("", &["undeclared-loss"][..]), ("-- Loses: a.state\n", &[])] {
        let report = report(&text(loses), Options::default())?;
        let codes: Vec<&str> = report.problems.iter().map(Problem::code).collect();
        assert_eq!(codes, expected);
        assert!(errors(&report).is_empty());
    }
    Ok(())
}

#[test]
fn a_local_setting_ends_with_its_script() -> Result<(), Box<dyn Error>> {
    let text = "-- script: first\n-- upgrade\nCREATE TABLE b (id integer PRIMARY KEY);\n\nCREATE SCHEMA app;\n\n\
                SET LOCAL search_path = app;\n\nCREATE TABLE a (id integer PRIMARY KEY);\n\
                -- downgrade\nDROP SCHEMA app CASCADE;\n\nDROP TABLE b;\n\
                -- script: it\n-- upgrade\nALTER TABLE b ADD COLUMN c integer;\n-- downgrade\nALTER TABLE b DROP COLUMN c;\n";
    assert_eq!(errors(&report(text, Options { lints: false, ..Options::default() })?), [""; 0]);
    Ok(())
}

#[test]
fn a_declared_loss_hides_no_other() -> Result<(), Box<dyn Error>> {
    let text = |loses: &str| {
        format!(
            "-- script: table\n-- upgrade\nCREATE TABLE t (id integer PRIMARY KEY, a text, b text);\n-- downgrade\nDROP TABLE t;\n\
             -- script: it\n{loses}-- upgrade\nALTER TABLE t DROP COLUMN a;\n\n\
             UPDATE t SET b = CASE b WHEN '€' THEN 'EUR' ELSE b END;\n-- downgrade\nALTER TABLE t ADD COLUMN a text;\n"
        )
    };
    let options = || Options { lints: false, ..Options::default() };
    assert_eq!(errors(&report(&text("-- Loses: t.a\n"), options())?), ["02.sql: undeclared-loss"]);
    assert_eq!(errors(&report(&text("-- Loses: t.a, t.b\n"), options())?), [""; 0]);
    Ok(())
}

/// The first loss is found on every row, the second only on a long text.
#[test]
fn each_declared_loss_is_looked_for_alone() -> Result<(), Box<dyn Error>> {
    let text = |loses: &str| {
        format!(
            "-- script: table\n-- upgrade\nCREATE TABLE t (id integer PRIMARY KEY, a text, b text, c text);\n-- downgrade\nDROP TABLE t;\n\
             -- script: it\n{loses}-- upgrade\nALTER TABLE t DROP COLUMN a;\n\n\
             ALTER TABLE t ALTER COLUMN b TYPE varchar(70) USING left(b, 70);\n\n\
             UPDATE t SET c = 'done' WHERE c = 'open';\n\
             -- downgrade\nUPDATE t SET c = 'open' WHERE c = 'done';\n\n\
             ALTER TABLE t ALTER COLUMN b TYPE text;\n\nALTER TABLE t ADD COLUMN a text;\n"
        )
    };
    let options = || Options { lints: false, ..Options::default() };
    assert_eq!(errors(&report(&text("-- Loses: t.a, t.b\n"), options())?), [""; 0]);
    assert_eq!(errors(&report(&text("-- Loses: t.a\n"), options())?), ["02.sql: undeclared-loss"]);
    Ok(())
}

/// A script that fails on any row of its table.
fn fails_on_rows(sample: &str) -> String {
    format!(
        "-- script: table\n-- upgrade\nCREATE TABLE a (id integer);\n\nCREATE TABLE \"B c\" (id integer);\n-- downgrade\nDROP TABLE a, \"B c\";\n{sample}\
         -- script: it\n-- upgrade\nALTER TABLE a ADD COLUMN b text NOT NULL;\n\nDELETE FROM a WHERE b = 'x';\n-- downgrade\nALTER TABLE a DROP COLUMN b;\n"
    )
}

#[test]
fn tables_that_are_declared_empty_stay_so() -> Result<(), Box<dyn Error>> {
    for (sample, expected) in [
        ("", &["02.sql: fails-with-rows"][..]),
        ("-- sample\n-- no rows: the program filled them later\n", &[]),
        ("-- sample\n-- No rows in a: the program filled it later\n", &[]),
        ("-- sample\n-- no rows in \"B c\": the program filled it later\n", &["02.sql: fails-with-rows"]),
        ("-- sample\n-- no rows in d: it came later\n", &["01.sql: sample-fails", "02.sql: fails-with-rows"]),
    ] {
        let text = fails_on_rows(sample);
        assert_eq!(errors(&report(&text, Options::default())?), expected, "{sample}");
        let only_last = report(&text, Options { valid: ["r01".to_owned()].into(), ..Options::default() })?;
        let of_last: Vec<&&str> = expected.iter().filter(|error| error.starts_with("02")).collect();
        assert_eq!(errors(&only_last).iter().collect::<Vec<_>>(), of_last, "{sample}");
    }
    Ok(())
}

#[test]
fn settings_allow_a_rule_in_some_scripts() -> Result<(), Box<dyn Error>> {
    let text = "-- script: first\n-- upgrade\nCREATE TABLE a (b integer, c integer);\n-- downgrade\nDROP TABLE a;\n\
                -- script: second\n-- upgrade\nALTER TABLE a RENAME b TO d;\n-- downgrade\nALTER TABLE a RENAME d TO b;\n\
                -- script: third\n-- upgrade\nALTER TABLE a RENAME c TO e;\n-- downgrade\nALTER TABLE a RENAME e TO c;\n";
    let (chain, sources) = support::chain(text);
    let allowed = [("renames-column", [0, 1].into_iter().collect())].into();
    let report = prove(&chain, &sources, support::server()?, &Options { allowed, ..Options::default() })?;
    assert_eq!(errors(&report), ["03.sql: renames-column"]);
    assert_eq!(report.proved.len(), 2);
    Ok(())
}

#[test]
fn a_kind_that_is_not_compared_is_a_note() -> Result<(), Box<dyn Error>> {
    let text = "-- script: it\n-- upgrade\nCREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq);\n\
                -- downgrade\nDROP OPERATOR === (integer, integer);\n";
    let report = report(text, Options::default())?;
    let titles: Vec<String> = report.problems.iter().map(Problem::title).collect();
    assert_eq!(titles, ["the schema has objects that the proof does not compare: operators (1)"]);
    Ok(())
}

#[test]
fn the_version_table_and_the_ledger_belong_to_nobody() -> Result<(), Box<dyn Error>> {
    let text = "-- script: it\n-- upgrade\nCREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);\n\n\
                CREATE TABLE aludel_history (id bigserial PRIMARY KEY);\n-- downgrade\n\
                DROP TABLE aludel_history;\n\nALTER TABLE alembic_version RENAME version_num TO x;\n\nDROP TABLE alembic_version;\n";
    let report = report(text, Options::default())?;
    let empty = report_of_nothing()?;
    assert_eq!(
        report.proved.first().map(|proved| proved.fingerprint),
        empty.proved.first().map(|proved| proved.fingerprint)
    );
    Ok(())
}

fn report_of_nothing() -> Result<Report, Box<dyn Error>> {
    report("-- script: it\n-- upgrade\nSELECT 1;\n-- downgrade\nSELECT 1;\n", Options::default())
}

#[test]
fn a_script_changes_no_role_of_a_server_that_is_given() -> Result<(), Box<dyn Error>> {
    // Roles belong to a server, so this one is not shared with other tests.
    let local = Server::start()?;
    let database = local.create()?;
    let mut client = database.connect()?;
    let folder: String = client.query_one("SELECT current_setting('unix_socket_directories')", &[])?.get(0);
    let given = Server::at(&format!("postgres://aludel@{}/postgres", folder.replace('/', "%2F")))?;
    let text = "-- script: it\n-- Allow: changes-server\n-- upgrade\nCREATE ROLE aludel_test_writer;\n-- downgrade\nDROP ROLE aludel_test_writer;\n";
    let (chain, sources) = support::chain(text);
    let report = prove(&chain, &sources, &given, &Options::default())?;
    assert_eq!(errors(&report), ["01.sql: script-fails"]);
    let roles = client.query("SELECT FROM pg_roles WHERE rolname = 'aludel_test_writer'", &[])?;
    assert!(roles.is_empty());
    let grants = text
        .replace(
            "CREATE ROLE aludel_test_writer",
            "GRANT SET ON PARAMETER session_replication_role TO pg_monitor",
        )
        .replace(
            "DROP ROLE aludel_test_writer",
            "REVOKE SET ON PARAMETER session_replication_role FROM pg_monitor",
        );
    assert_eq!(errors(&report_on(&grants, &given)?), ["01.sql: script-fails"]);

    let report = report_on(text, &local)?;
    assert_eq!(errors(&report), [] as [&str; 0]);
    Ok(())
}

fn report_on(text: &str, server: &Server) -> Result<Report, Box<dyn Error>> {
    let (chain, sources) = support::chain(text);
    Ok(prove(&chain, &sources, server, &Options::default())?)
}

#[test]
fn a_user_who_may_create_databases_is_enough() -> Result<(), Box<dyn Error>> {
    let local = Server::start()?;
    let database = local.create()?;
    let mut client = database.connect()?;
    let folder: String = client.query_one("SELECT current_setting('unix_socket_directories')", &[])?.get(0);
    client.batch_execute("CREATE ROLE ordinary LOGIN CREATEDB")?;
    let given = Server::at(&format!("postgres://ordinary@{}/postgres", folder.replace('/', "%2F")))?;
    let fails = "-- script: it\n-- upgrade\nALTER TABLE users ALTER COLUMN email SET NOT NULL;\n\
                 -- downgrade\nALTER TABLE users ALTER COLUMN email DROP NOT NULL;\n";
    let (chain, sources) = support::chain(&format!("{PRELUDE}{fails}"));
    let report = prove(&chain, &sources, &given, &Options { lints: false, ..Options::default() })?;
    assert_eq!(errors(&report), ["02.sql: fails-with-rows"]);

    // The schema is the same, whoever creates it.
    drop(client);
    let own = prove(&chain, &sources, &local, &Options { lints: false, ..Options::default() })?;
    let first = |report: &Report| report.proved.first().map(|proved| proved.fingerprint);
    assert_eq!(first(&own), first(&report));
    Ok(())
}
