//! Statements, tokens and rules in PostgreSQL's dialect. `tests/hard_statements.sql` was run on a
//! server.

use proptest::prelude::*;

use super::{
    EnumValue, Kind, OutsideStatement, adds_enum_value, changes_only_rows, lex, same_statements, statements,
    text_literal, tokens,
};
use crate::problem::{Problem, Style};
use crate::script::{Dialect, Grammar, ParsedScript, SectionKind, parse, parse_sql};

const HARD: &str = include_str!("tests/hard_statements.sql");

/// Returns the pieces of [`HARD`]. Each is one statement with the comments above it.
fn hard() -> Vec<&'static str> {
    HARD.split("--;;\n").skip(1).collect()
}

fn grammar() -> Grammar {
    Grammar::new(Dialect::Postgresql).unwrap_or_default()
}

fn read(text: &str) -> (ParsedScript, Vec<Problem>) {
    parse("a1.sql", text.as_bytes(), &mut grammar())
}

fn script(header: &str, upgrade: &str) -> String {
    format!(
        "-- Message\n--\n-- Revision ID: a1\n-- Revises:\n{header}\n-- upgrade\n{upgrade}\n\n-- downgrade\n-- nothing to do: a test\n"
    )
}

/// Returns each error in an upgrade as `code line:column`, counted from the first line of the
/// upgrade.
fn faults(upgrade: &str) -> Vec<String> {
    let (_, problems) = read(&script("", upgrade));
    let shown = problems.iter().map(|problem| {
        let place = problem.place.as_ref().map(crate::problem::Place::line_and_column);
        let (line, column) = place.unwrap_or_default();
        format!("{} {}:{column}", problem.code(), line.saturating_sub(6))
    });
    shown.collect()
}

fn rendered(header: &str, upgrade: &str) -> String {
    read(&script(header, upgrade)).1.iter().map(|problem| problem.render(Style::Plain) + "\n").collect()
}

fn split(text: &str) -> Vec<&str> {
    statements(text).into_iter().filter_map(|span| text.get(span)).collect()
}

#[test]
fn hard_statements_end_where_the_server_ends_them() {
    assert!(hard().len() > 45, "{}", hard().len());
    let text = hard().concat();
    let expected: Vec<&str> = hard().into_iter().map(str::trim).collect();
    assert_eq!(split(&text), expected);
    // The statements on one line, as a program would write them. Line comments need their line
    // breaks.
    let without = |piece: &&str| !piece.contains("--") && !piece.contains("'\n");
    let lines: Vec<String> =
        expected.iter().filter(|piece| without(piece)).map(|piece| piece.replace('\n', " ")).collect();
    assert!(lines.len() > 35, "{}", lines.len());
    assert_eq!(split(&lines.concat()), lines);
}

#[test]
fn hard_statements_are_a_script() {
    let (script, problems) = read(&script("", &hard().concat()));
    assert_eq!(problems, []);
    let count = script.section(SectionKind::Upgrade).map(|section| section.statements.len());
    assert_eq!(count, Some(hard().len()));
}

#[test]
fn a_statement_needs_no_semicolon_and_empty_ones_are_none() {
    assert_eq!(split(";; SELECT 1 ; ; SELECT 2 -- end"), ["SELECT 1 ;", "SELECT 2"]);
    assert_eq!(split("/* ; */ -- ;\n"), [""; 0]);
}

#[test]
fn quotes_end_as_on_the_server() {
    let kinds = |text: &str| lex(text).into_iter().map(|lexeme| lexeme.kind).collect::<Vec<_>>();
    for literal in [
        "'a''b'",
        r"'a\'",
        r"E'a\'b'",
        "e'a''b'",
        "N'a'",
        "U&'a'",
        "$$a$b$$",
        "$a$ $$ $b$ $a$",
        "$a1$'$a1$",
        "$é$;$é$",
        "E'a'\n'b\\'c'",
        "E'a' -- '\n  'b\\'c'",
        "''",
    ] {
        assert_eq!(kinds(literal), [Kind::Text], "{literal}");
    }
    assert_eq!(kinds("'a'\n'b'"), [Kind::Text, Kind::Text]);
    assert_eq!(kinds(r#""a""b" U&"d\0061""#), [Kind::QuotedName, Kind::QuotedName]);
    assert_eq!(kinds("B'1' x'F'"), [Kind::Bits, Kind::Bits]);
    assert_eq!(kinds("a$b$c übung _1"), [Kind::Word, Kind::Word, Kind::Word]);
    assert_eq!(kinds("1.5e3 .5 0x1F 1_000 1..n").len(), 8);
    assert_eq!(kinds("$1 $"), [Kind::Parameter, Kind::Symbol('$')]);
    assert_eq!(kinds("/* /* */ ; */"), [Kind::BlockComment]);
    assert_eq!(kinds("+--\n"), [Kind::Symbol('+'), Kind::LineComment]);
}

#[test]
fn values_and_names_are_without_their_quotes() {
    let values = |text| tokens(text).iter().map(super::Token::value).collect::<Vec<_>>();
    let some = |value: &str| Some(value.to_owned());
    assert_eq!(values("'a''b' $x$a'b$x$ E'c' E'\\n' d"), [some("a'b"), some("a'b"), some("c"), None, None]);
    let names = |text| tokens(text).iter().map(super::Token::name).collect::<Vec<_>>();
    assert_eq!(names(r#"Name "Na""me" 'a'"#), [some("name"), some("Na\"me"), None]);
    assert_eq!(text_literal(r"it's \d"), r"E'it''s \\d'");
    assert_eq!(text_literal("it's"), "'it''s'");
}

#[test]
fn the_transaction_belongs_to_the_runner() {
    for sql in [
        "BEGIN",
        "begin transaction isolation level serializable",
        "START TRANSACTION",
        "COMMIT",
        "COMMIT AND CHAIN",
        "END",
        "ROLLBACK",
        "ROLLBACK TO a",
        "ABORT",
        "SAVEPOINT a",
        "RELEASE a",
        "PREPARE TRANSACTION 'a'",
        "COMMIT PREPARED 'a'",
        "ROLLBACK PREPARED 'a'",
        "SET TRANSACTION READ ONLY",
        "/* a */ Commit",
    ] {
        assert_eq!(codes(sql), ["transaction-control"], "{sql}");
    }
    for sql in [
        "SET search_path = a",
        "SET SESSION a.b = 1",
        "SET SESSION AUTHORIZATION a",
        "SET ROLE a",
        "SET TIME ZONE 'UTC'",
        "RESET ALL",
        "DISCARD TEMP",
        "LISTEN a",
        "UNLISTEN *",
    ] {
        assert_eq!(codes(sql), ["session-setting"], "{sql}");
    }
    for sql in [
        "SET LOCAL search_path = a",
        "SET CONSTRAINTS ALL DEFERRED",
        "NOTIFY a",
        "LOCK TABLE a",
        "ANALYZE a",
        "ALTER DATABASE a SET search_path = b",
        "ALTER ROLE a SET b = 1",
        "TRUNCATE a",
        "PREPARE a AS SELECT $1",
        "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql RETURN $1",
        "REINDEX TABLE a",
        "CLUSTER a USING b",
        "CREATE INDEX a ON b (concurrently)",
        "COPY a FROM '/file'",
        "COPY (SELECT 1) TO PROGRAM 'a'",
        "CREATE SUBSCRIPTION a CONNECTION '' PUBLICATION b WITH (connect = false)",
        "DROP SUBSCRIPTION a",
        "ALTER TABLE a DETACH PARTITION b FINALIZE",
        "COMMENT ON COLUMN a.b IS 'VACUUM'",
    ] {
        assert_eq!(codes(sql), [""; 0], "{sql}");
    }
}

fn codes(sql: &str) -> Vec<String> {
    codes_with("", sql)
}

fn codes_with(header: &str, sql: &str) -> Vec<String> {
    read(&script(header, &format!("{sql};"))).1.iter().map(|problem| problem.code().to_owned()).collect()
}

/// Statements that a server refuses inside a transaction, and statements that it may refuse.
const OUTSIDE: [&str; 16] = [
    "CREATE INDEX CONCURRENTLY a ON b (c)",
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a ON ONLY s.b USING gin (c)",
    "DROP INDEX CONCURRENTLY IF EXISTS a",
    "REINDEX INDEX CONCURRENTLY a",
    "REINDEX (CONCURRENTLY, VERBOSE) TABLE a",
    "REINDEX (VERBOSE) SCHEMA a",
    "ALTER TABLE IF EXISTS a DETACH PARTITION b CONCURRENTLY",
    "VACUUM",
    "VACUUM (FULL, ANALYZE) a",
    "CLUSTER",
    "CLUSTER (VERBOSE)",
    "CREATE SUBSCRIPTION a CONNECTION 'x' PUBLICATION b",
    "ALTER SUBSCRIPTION a REFRESH PUBLICATION",
    "REINDEX TABLE a",
    "CLUSTER a",
    "DROP SUBSCRIPTION a",
];

#[test]
fn what_a_transaction_refuses_is_a_script_of_its_own() {
    const HEADER: &str = "-- Outside Transaction: it would block writers";
    for (number, sql) in OUTSIDE.iter().enumerate() {
        let inside: &[&str] = if number < 13 { &["only-outside-transaction"] } else { &[] };
        assert_eq!(codes(sql), inside, "{sql}");
        assert_eq!(codes_with(HEADER, sql), [""; 0], "{sql}");
    }
    assert_eq!(codes_with(HEADER, "CREATE TABLE a (b int)"), ["not-outside-transaction"]);
    assert_eq!(codes_with(HEADER, "BEGIN"), ["transaction-control"]);
    assert_eq!(codes_with(HEADER, "VACUUM a; VACUUM b"), ["several-outside-transaction"]);
    assert_eq!(codes_with(HEADER, "SET LOCAL a = 1; VACUUM b"), ["not-outside-transaction"]);
}

/// The other section runs inside a transaction, and follows its rules.
#[test]
fn one_section_of_a_script_outside_a_transaction_may_run_inside_one() {
    const OUTSIDE: &str = "ALTER TABLE m DETACH PARTITION m1 CONCURRENTLY";
    const INSIDE: &str = "ALTER TABLE m ATTACH PARTITION m1 DEFAULT; ALTER TABLE m1 DROP CONSTRAINT c";
    let both = |upgrade: &str, downgrade: &str| {
        let script = format!(
            "-- Message\n--\n-- Revision ID: a1\n-- Revises:\n-- Outside Transaction: why\n\n\
             -- upgrade\n{upgrade};\n\n-- downgrade\n{downgrade};\n"
        );
        let (_, problems) = read(&script);
        problems.iter().map(|problem| problem.code().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(both(OUTSIDE, INSIDE), [""; 0]);
    assert_eq!(both(INSIDE, OUTSIDE), [""; 0]);
    assert_eq!(both("CREATE INDEX CONCURRENTLY i ON t (a)", "DROP INDEX i"), [""; 0]);
    assert_eq!(both(INSIDE, INSIDE), ["not-outside-transaction"]);
    assert_eq!(both(OUTSIDE, "VACUUM t; DROP INDEX i"), ["not-outside-transaction"]);
    assert_eq!(both(OUTSIDE, "COMMIT"), ["transaction-control"]);
    assert_eq!(both(OUTSIDE, "SET lock_timeout = 0"), ["session-setting"]);
}

#[test]
fn an_index_is_known_by_its_table() {
    let parse = |sql: &str| OutsideStatement::parse(sql);
    let index = |name: Option<&str>, table: &[&str]| {
        let table = table.iter().map(ToString::to_string).collect();
        Some(OutsideStatement::CreateIndex { name: name.map(str::to_owned), table })
    };
    assert_eq!(parse("CREATE INDEX CONCURRENTLY a ON b (c)"), index(Some("a"), &["b"]));
    assert_eq!(parse("CREATE INDEX CONCURRENTLY ON b USING gin (c)"), index(None, &["b"]));
    assert_eq!(
        parse(r#"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "A" ON ONLY "S".b (c)"#),
        index(Some("A"), &["S", "b"])
    );
    assert_eq!(parse("CREATE INDEX a ON b (c)"), None);
}

#[test]
fn a_partition_is_known_by_both_tables() {
    let parse = |sql: &str| OutsideStatement::parse(sql);
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let detach = |table: &[&str], partition: &[&str]| {
        Some(OutsideStatement::DetachPartition { table: names(table), partition: names(partition) })
    };
    assert_eq!(parse("ALTER TABLE m DETACH PARTITION m1 CONCURRENTLY;"), detach(&["m"], &["m1"]));
    assert_eq!(
        parse(r#"alter table if exists only s."M" detach partition "S".m1 concurrently"#),
        detach(&["s", "M"], &["S", "m1"])
    );
    assert_eq!(parse("ALTER TABLE m DETACH PARTITION m1"), None);
    assert_eq!(parse("ALTER TABLE m ADD COLUMN concurrently int"), None);
}

#[test]
fn what_belongs_to_the_server_is_in_no_script() {
    for sql in [
        "CREATE DATABASE a",
        "DROP DATABASE a",
        "CREATE TABLESPACE a LOCATION ''",
        "DROP TABLESPACE a",
        "ALTER TABLESPACE a RENAME TO b",
        "ALTER SYSTEM SET a = 1",
        "ALTER DATABASE a SET TABLESPACE b",
        "REINDEX DATABASE a",
        "REINDEX (VERBOSE) SYSTEM a",
    ] {
        assert_eq!(codes(sql), ["server-statement"], "{sql}");
        assert_eq!(codes_with("-- Outside Transaction: why", sql), ["server-statement"], "{sql}");
    }
}

#[test]
fn rows_of_a_dump_are_one_mistake() {
    let dump =
        "COPY public.a (b, c) FROM stdin;\n1\tit's; -- upgrade\n-- downgrade\n2\t$$ ( \\N\n\\.\n\nSELECT 2;";
    assert_eq!(faults(dump), ["copy-of-the-client 1:1"]);
    assert_eq!(split(dump).len(), 2);
    assert_eq!(
        faults("COPY a TO STDOUT;\nCOPY a FROM STDIN;"),
        ["copy-of-the-client 1:1", "copy-of-the-client 2:1"]
    );
}

#[test]
fn commands_of_psql_are_no_sql() {
    insta::assert_snapshot!(rendered("", "CREATE TABLE a (b int);\n\\copy a FROM 'a.csv'\nCOMMIT;"), @r#"
    `\copy` is not SQL: only `psql` understands backslash commands
     --> a1.sql:8:1
      |
    8 | \copy a FROM 'a.csv'
      | ^^^^^^^^^^^^^^^^^^^^ the server does not understand this command
      |
      = help: replace it with SQL that does the same
    "#);
    assert_eq!(faults("SELECT 1 \\gexec"), ["psql-command 1:10"]);
    assert_eq!(faults(r"SELECT '\d', $$\d$$, E'\\d', '\' -- \d"), [""; 0]);
}

#[test]
fn what_does_not_end_is_told_once() {
    insta::assert_snapshot!(rendered("", "SELECT $body$ it's"), @r#"
    this script has no `-- downgrade` section: its marker is inside a literal
     --> a1.sql:7:8
      |
    7 | SELECT $body$ it's
      |        ^^^^^^^^^^^ this literal does not end before the line `-- downgrade`
      |
      = help: close the literal in its own statement; to include a quote in a string, double it, as in `'it''s'`
    "#);
    // Nothing after this swallows a marker, because it is the last section.
    let last = |sql: &str| {
        let text = script("", "SELECT 1;").replace("-- nothing to do: a test", sql);
        read(&text)
            .1
            .iter()
            .map(|problem| format!("{}: {}", problem.code(), problem.title()))
            .collect::<Vec<_>>()
    };
    assert_eq!(last("SELECT 'a; COMMIT;"), ["unclosed: this literal is not closed"]);
    assert_eq!(last("SELECT \"a;"), ["unclosed: this quoted name is not closed"]);
    assert_eq!(last("DO $a$ $$;"), ["unclosed: this literal is not closed"]);
    assert_eq!(last("/* /* */ SELECT 1;"), ["unclosed: this comment is not closed"]);
    assert_eq!(faults("/* SELECT 1;"), ["missing-section 1:1"]);
}

#[test]
fn parameters_are_of_functions_only() {
    assert_eq!(faults("INSERT INTO a VALUES ($1, '$2', $$ $3 $$);"), ["parameter 1:23"]);
}

#[test]
fn a_new_enum_value_is_not_used_in_its_own_script() {
    insta::assert_snapshot!(
        rendered("", "ALTER TYPE shop.mood ADD VALUE 'glad';\nUPDATE a SET b = 'glad' WHERE c = $$glad$$;"),
        @r#"
    the new enum value `glad` is used in the script that adds it
     --> a1.sql:8:18
      |
    7 | ALTER TYPE shop.mood ADD VALUE 'glad';
      |                                ------ added here
    8 | UPDATE a SET b = 'glad' WHERE c = $$glad$$;
      |                  ^^^^^^ PostgreSQL refuses the value until the transaction that adds it is committed
      |
      = help: move this statement to a later script; if this literal is not a value of the enum, declare `-- Allow: new-enum-value`
    the new enum value `glad` is used in the script that adds it
     --> a1.sql:8:35
      |
    7 | ALTER TYPE shop.mood ADD VALUE 'glad';
      |                                ------ added here
    8 | UPDATE a SET b = 'glad' WHERE c = $$glad$$;
      |                                   ^^^^^^^^ PostgreSQL refuses the value until the transaction that adds it is committed
      |
      = help: move this statement to a later script; if this literal is not a value of the enum, declare `-- Allow: new-enum-value`
    "#
    );
    assert_eq!(codes_with("-- Allow: new-enum-value", "ALTER TYPE m ADD VALUE 'a'; SELECT 'a'"), [""; 0]);
    for sql in [
        "CREATE TYPE m AS ENUM (); ALTER TYPE m ADD VALUE 'a'; SELECT 'a'",
        "SELECT 'a'; ALTER TYPE m ADD VALUE 'a'; ALTER TYPE m ADD VALUE 'b' AFTER 'a'; COMMENT ON TYPE m IS 'a'",
        "ALTER TYPE m RENAME VALUE 'b' TO 'a'; SELECT 'a'",
    ] {
        assert_eq!(codes(sql), [""; 0], "{sql}");
    }
    assert_eq!(codes("CREATE TYPE n AS ENUM (); ALTER TYPE m ADD VALUE 'a'; SELECT 'a'"), ["new-enum-value"]);
}

#[test]
fn an_added_enum_value_is_recognized() {
    let added =
        |sql: &str| adds_enum_value(sql).map(|EnumValue { type_name, value }| (type_name.join("."), value));
    let expected = |name: &str, value: &str| Some((name.to_owned(), Some(value.to_owned())));
    assert_eq!(added("alter /* a */ type Mood add value 'it''s'"), expected("mood", "it's"));
    assert_eq!(added(r#"ALTER TYPE "S".m ADD VALUE IF NOT EXISTS $$a$$ BEFORE 'b';"#), expected("S.m", "a"));
    assert_eq!(added(r"ALTER TYPE m ADD VALUE E'\x61'"), Some(("m".to_owned(), None)));
    assert_eq!(added("ALTER TYPE m ADD ATTRIBUTE value int"), None);
    assert_eq!(added("ALTER TYPE m RENAME VALUE 'a' TO 'b'"), None);
}

#[test]
fn statements_that_change_only_rows_are_known() {
    for sql in
        ["(SELECT 1)", "WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a", "MERGE INTO a USING b ON c"]
    {
        assert!(changes_only_rows(sql), "{sql}");
    }
    for sql in ["SELECT 1 INTO a", "CREATE TABLE a ()", "DO 'a'"] {
        assert!(!changes_only_rows(sql), "{sql}");
    }
    assert!(same_statements("SELECT 1 /* a */;", "SELECT\n1;"));
    assert!(!same_statements("SELECT 'a  b'", "SELECT 'a b'"));
}

#[test]
fn a_file_of_plain_sql_is_read() {
    let (source, statements, problems) =
        parse_sql("schema.sql", "CREATE TABLE a (); COMMIT;", &mut grammar());
    assert_eq!((statements.len(), problems.len(), source.text.len()), (2, 1, 26));
}

proptest! {
    #[test]
    fn lexemes_follow_each_other_and_leave_only_space_between(
        text in "([ -~é\n]|'|\\$\\$|\\$a\\$|--|/\\*|\\*/|E'|BEGIN ATOMIC|END|;){0,40}",
    ) {
        let mut end = 0;
        for lexeme in lex(&text) {
            prop_assert!(lexeme.span.start >= end);
            prop_assert!(text[end..lexeme.span.start].trim().is_empty());
            prop_assert!(lexeme.span.end > lexeme.span.start);
            end = lexeme.span.end;
        }
        prop_assert!(text[end..].trim().is_empty());
        for span in statements(&text) {
            prop_assert!(text.get(span).is_some());
        }
        read(&text);
    }
}
