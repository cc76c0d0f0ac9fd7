//! Edge cases in a script's text: comments, the ends of statements, and input that must not cause a
//! panic.

use proptest::prelude::*;

use super::section_kind::SectionKind;
use super::sqlite::{Kind, lex};
use super::{Grammar, ParsedScript, parse};
use crate::problem::{Problem, Style};

const HEADER: &str = "-- Message\n--\n-- Revision ID: a1\n-- Revises:\n\n";

fn read(text: impl AsRef<[u8]>) -> (ParsedScript, Vec<Problem>) {
    parse("a1_script.sql", text.as_ref(), &mut Grammar::default())
}

/// Returns each error as `code line:column`.
fn faults(text: impl AsRef<[u8]>) -> Vec<String> {
    let (_, problems) = read(text);
    let reported = problems.iter().map(|problem| match &problem.place {
        Some(place) => {
            let (line, column) = place.line_and_column();
            format!("{} {line}:{column}", problem.code())
        }
        None => problem.code().to_owned(),
    });
    reported.collect()
}

/// Returns the statements of a valid script's upgrade.
fn upgrade(sql: &str) -> Vec<String> {
    let (script, problems) = read(format!("{HEADER}-- upgrade\n{sql}\n-- downgrade\nSELECT 1;\n"));
    assert_eq!(problems, [], "{sql}");
    statements(&script, SectionKind::Upgrade)
}

fn statements(script: &ParsedScript, kind: SectionKind) -> Vec<String> {
    let bytes = script.section(kind).map(|section| section.statements.clone()).unwrap_or_default();
    bytes.into_iter().map(|bytes| script.source.text.get(bytes).unwrap_or("not a range").to_owned()).collect()
}

fn faults_of_upgrade(sql: &str) -> Vec<String> {
    faults(format!("{HEADER}-- upgrade\n{sql}\n\n-- downgrade\nSELECT 1;\n"))
}

fn rendered(text: impl AsRef<[u8]>) -> String {
    read(text).1.iter().map(|problem| problem.render(Style::Plain) + "\n").collect()
}

#[test]
fn no_line_of_another_file_is_shown() {
    for text in [
        "API_KEY=TOPSECRET\nSECOND=LINE\n",
        "-- TOPSECRET\nSELECT 'TOPSECRET';\n",
        "-- TOPSECRET\n-- Loses: TOPSECRET\nSELECT 1;\n",
        "# Allow: TOPSECRET\n",
        "TOPSECRET\0",
    ] {
        let reported = rendered(text);
        assert!(reported.contains("a1_script.sql:1:"), "{reported}");
        assert!(!reported.contains("TOPSECRET"), "{reported}");
    }
    let latin = rendered(b"\xfcTOPSECRET");
    assert!(latin.contains("a1_script.sql:1:1") && !latin.contains("TOPSECRET"), "{latin}");
}

#[test]
fn a_script_is_shown_whatever_its_header_lacks() {
    for header in [
        "",
        "-- m",
        "-- m\n-- Revision ID: a1",
        "-- m\n-- Revises:",
        "-- m\n-- Revison ID: a1",
        "-- Revises: b",
    ] {
        let reported = rendered(format!("{header}\n-- upgrade\nSELEC shown;\n-- downgrade\nSELECT 1;\n"));
        assert!(reported.contains("SELEC shown;"), "{reported}");
    }
}

#[test]
fn control_characters_are_escaped_in_the_lines_and_the_marks_stay_in_place() {
    let reported = rendered(format!(
        "{HEADER}-- upgrade\nSELECT '\u{1b}[2J', '\u{202e}' FRM\u{9b} t;\n-- downgrade\nSELECT 1;\n"
    ));
    insta::assert_snapshot!(reported, @r"
    syntax error near `t`
     --> a1_script.sql:7:25
      |
    7 | SELECT '␛[2J', '�' FRM� t;
      |                         ^ SQLite cannot parse this
      |
      = help: correct the statement here or just before
    ");
}

#[test]
fn a_marker_is_a_whole_comment_line_whatever_its_case_and_the_space_around() {
    for marker in ["-- upgrade", "--upgrade", "-- UPGRADE  ", "   --\tUpGrade", "---- upgrade"] {
        let (script, problems) = read(format!("{HEADER}{marker}\nSELECT 2;\n--DOWNGRADE\t\nSELECT 1;\n"));
        assert_eq!(problems, [], "{marker}");
        assert_eq!(statements(&script, SectionKind::Upgrade), ["SELECT 2;"], "{marker}");
        assert_eq!(statements(&script, SectionKind::Downgrade), ["SELECT 1;"], "{marker}");
    }
}

#[test]
fn a_marker_inside_a_literal_a_name_or_a_comment_is_none() {
    for sql in [
        "SELECT '\n-- downgrade\n';",
        "SELECT \"\n-- downgrade\n\" FROM t;",
        "SELECT `\n-- downgrade\n` FROM t;",
        "SELECT [\n-- downgrade\n] FROM t;",
        "SELECT 'it''s\n-- upgrade\n';",
    ] {
        assert_eq!(upgrade(sql), [sql]);
    }
    assert_eq!(upgrade("/*\n-- downgrade\n*/ SELECT 2;"), ["SELECT 2;"]);
    assert_eq!(upgrade("SELECT 2; -- downgrade"), ["SELECT 2;"]);
    assert_eq!(upgrade("-- downgrade it later\nSELECT 2;"), ["SELECT 2;"]);
}

#[test]
fn a_trigger_ends_at_its_own_end() {
    let trigger = "TRIGGER kept BEFORE DELETE ON t WHEN CASE old.a WHEN 1 THEN 1 ELSE 0 END BEGIN\n  \
                   SELECT CASE WHEN old.a > 1 THEN RAISE(ABORT, 'a; END;') END; -- not; here: END;\n  \
                   UPDATE t SET a = CASE WHEN a THEN 1 END;\n\
                   END;";
    for create in ["CREATE ", "CREATE TEMP ", "CREATE TEMPORARY ", "create /* a */ temp -- b\n "] {
        let sql = format!("{create}{trigger}");
        assert_eq!(upgrade(&format!("SELECT 2;{sql}SELECT 3;")), ["SELECT 2;", &sql, "SELECT 3;"]);
    }
    let spaced = "CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; /* ; */ END /* of it */ ;";
    assert_eq!(upgrade(spaced), [spaced]);
}

#[test]
fn a_trigger_without_end_is_told_where_it_ends() {
    let sql = "CREATE TRIGGER a AFTER INSERT ON t BEGIN\n  SELECT 1;";
    assert_eq!(faults_of_upgrade(sql), ["syntax 8:11"]);
}

#[test]
fn empty_statements_are_none() {
    assert_eq!(upgrade(";; SELECT 2;; ;SELECT 3;;"), ["SELECT 2;", "SELECT 3;"]);
    assert_eq!(faults_of_upgrade(";;"), ["empty-section 6:1"]);
}

#[test]
fn the_last_statement_needs_no_semicolon() {
    assert_eq!(upgrade("SELECT 2;\nSELECT 3 -- and a comment"), ["SELECT 2;", "SELECT 3"]);
    assert_eq!(
        upgrade("CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END"),
        ["CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END"]
    );
}

#[test]
fn comments_between_statements_belong_to_none_and_those_inside_stay() {
    let sql = "-- one;\nSELECT /* two; */ 2 -- three;\n + 1; /* four; */\n-- five\nSELECT 3;";
    assert_eq!(upgrade(sql), ["SELECT /* two; */ 2 -- three;\n + 1;", "SELECT 3;"]);
}

#[test]
fn quotes_of_all_four_kinds_hold_semicolons_and_dashes() {
    let sql = "SELECT 'a;--''', \"b;--\"\"\", `c;--```, [d;--] FROM t;";
    assert_eq!(upgrade(sql), [sql]);
}

#[test]
fn an_unterminated_comment_ends_with_the_text() {
    let text = format!("{HEADER}-- upgrade\nSELECT 2;\n-- downgrade\nSELECT 1; /* and so");
    let (script, problems) = read(&text);
    assert_eq!(problems, []);
    assert_eq!(statements(&script, SectionKind::Downgrade), ["SELECT 1;"]);
    let swallowed = format!("{HEADER}-- upgrade\nSELECT 2; /*\n-- downgrade\nSELECT 1;");
    assert_eq!(faults(&swallowed), ["missing-section 7:11"]);
}

#[test]
fn an_unterminated_literal_is_one_fault_although_it_takes_the_marker_with_it() {
    for quote in ["'", "\"", "`", "["] {
        assert_eq!(faults_of_upgrade(&format!("SELECT 2, {quote}a;")), ["missing-section 7:11"], "{quote}");
        let last = format!("{HEADER}-- upgrade\nSELECT 2;\n-- downgrade\nSELECT 2, {quote}a;\nSELECT 3;\n");
        assert_eq!(faults(&last), ["syntax 9:11"], "{quote}");
    }
    assert_eq!(faults_of_upgrade("SELECT 2, x'0;"), ["missing-section 7:12"]);
}

#[test]
fn a_syntax_error_is_told_in_one_line_at_its_token() {
    let text = format!("{HEADER}-- upgrade\nSELECT 'it's';\nSELECT b';\n-- downgrade\nSELECT FROM t;\n");
    let (_, problems) = read(&text);
    let titles: Vec<_> = problems.iter().map(Problem::title).collect();
    assert_eq!(titles, ["syntax error near `';…`", "syntax error near `FROM`"]);
    assert_eq!(faults(&text), ["syntax 7:13", "syntax 10:8"]);
}

#[test]
fn a_literal_that_takes_the_marker_with_it_is_told_where_it_begins() {
    let text = format!("{HEADER}-- upgrade\nSELECT 'a;\n\n-- downgrade\nSELECT 1, b';\n");
    assert_eq!(faults(&text), ["missing-section 7:8"]);
    assert_eq!(faults_of_upgrade("SELECT 'it's';"), ["missing-section 7:13"]);
}

#[test]
fn parameters_of_every_kind_are_told() {
    for parameter in ["?", "?7", ":a", "@a", "$a", "$a::b(c)"] {
        assert_eq!(faults_of_upgrade(&format!("SELECT {parameter};")), ["parameter 7:8"], "{parameter}");
    }
    assert_eq!(upgrade("SELECT '?', \":a\", json('{}') ->> '$.a' FROM t;").len(), 1);
}

#[test]
fn transaction_control_is_told_and_a_trigger_s_begin_and_end_are_not() {
    for statement in ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT a", "RELEASE a", "BEGIN IMMEDIATE"] {
        assert_eq!(faults_of_upgrade(&format!("/* a */ {statement};")), ["transaction-control 7:9"]);
    }
    for statement in ["ATTACH 'a' AS b", "DETACH b", "VACUUM", "vacuum INTO 'a'"] {
        assert_eq!(faults_of_upgrade(&format!("{statement};")), ["forbidden-statement 7:1"]);
    }
}

#[test]
fn pragmas_that_read_are_taken_and_those_that_write_are_told() {
    for pragma in ["foreign_keys", "table_info(t)", "main.foreign_key_check", "foreign_key_check('t')"] {
        assert_eq!(upgrade(&format!("PRAGMA {pragma};")).len(), 1, "{pragma}");
    }
    for pragma in
        ["foreign_keys = 0", "main.user_version = 1", "optimize", "\"foreign_keys\"(0)", "wal_checkpoint"]
    {
        assert_eq!(faults_of_upgrade(&format!("PRAGMA {pragma};")), ["writing-pragma 7:1"], "{pragma}");
    }
}

#[test]
fn a_byte_order_mark_and_carriage_returns_change_nothing() {
    let text = format!("{HEADER}-- upgrade\nCREATE TABLE t (\n  a\n);\n\n-- downgrade\nDROP TABLE t;\n");
    let (plain, _) = read(&text);
    let (other, problems) = read(format!("\u{feff}{}", text.replace('\n', "\r\n")));
    assert_eq!(problems, []);
    assert_eq!(other, plain);
    assert_eq!(other.checksum(), plain.checksum());
}

#[test]
fn a_byte_that_is_not_utf_8_is_told_at_its_own_place() {
    let text = format!("{HEADER}-- upgrade\n-- \u{fffd} is a letter\nSELECT 'gr").replace('\n', "\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend(b"\xfcn';\r\n");
    assert_eq!(faults(&bytes), ["not-utf-8 8:11"]);
    assert_eq!(faults(b"\xff\xfe-\0-\0"), ["not-utf-8 1:1"]);
    assert_eq!(faults(format!("{HEADER}-- upgrade\nSELECT 'a\0';")), ["nul-byte 7:10"]);
}

#[test]
fn a_file_that_is_no_script_is_one_fault() {
    for text in ["", "\u{feff}", " \n\n", "SELECT 1;", "-- a query\n--\nSELECT 1;", "\t-- only words"] {
        let (_, problems) = read(text);
        let codes: Vec<_> = problems.iter().map(crate::problem::Problem::code).collect();
        assert_eq!(codes, ["not-a-migration"], "{text:?}");
    }
}

#[test]
fn a_missing_or_misspelt_marker_is_one_fault() {
    let up = "SELECT 2;\n";
    let down = "-- downgrade\nSELECT 1;\n";
    assert_eq!(faults(format!("{HEADER}-- upgrade\n{up}")), ["missing-section 7:10"]);
    assert_eq!(faults(format!("{HEADER}{down}")), ["missing-section 6:1"]);
    assert_eq!(faults(format!("{HEADER}{up}{down}")), ["missing-section 6:1"]);
    assert_eq!(faults(format!("{HEADER}-- upgarde\n{up}{down}")), ["missing-section 6:1"]);
    assert_eq!(faults(format!("{HEADER}-- upgrade\n{up}-- down grade\nSELECT 1;")), ["missing-section 8:1"]);
    assert_eq!(faults(HEADER), ["no-sections 4:12"]);
    assert_eq!(faults(format!("{HEADER}{up}")), ["no-sections 6:1"]);
    assert_eq!(faults(format!("{HEADER}{up}-- upgrade\n{up}{down}")), ["sql-before-section 6:1"]);
}

#[test]
fn a_request_for_a_person_is_one_fault_wherever_it_stands() {
    let body = "-- upgrade\nSELECT 2;\n-- downgrade\nSELECT 1;\n";
    assert_eq!(faults(format!("-- REVIEW: all of it\n{HEADER}{body}")), ["review 1:1"]);
    assert_eq!(faults(format!("{HEADER}--REVIEW: types\n{body}")), ["review 6:1"]);
    assert_eq!(faults(format!("{HEADER}{body}-- REVIEW: is it all?")), ["review 10:1"]);
    assert_eq!(
        faults_of_upgrade("SELECT 'REVIEW: no', '-- REVIEW: no'; SELECT 2; -- REVIEW: yes"),
        ["review 7:49"]
    );
}

#[test]
fn a_faulty_key_is_one_fault_and_what_it_says_is_known() {
    let body = "-- upgrade\nSELECT 2;\n-- downgrade\nSELECT 1;\n";
    let (script, problems) = read(format!("-- Message\n-- Revison ID: a1\n-- Revise: b2\n{body}"));
    let codes: Vec<_> = problems.iter().map(crate::problem::Problem::code).collect();
    assert_eq!(codes, ["nearly-a-key", "nearly-a-key"]);
    assert_eq!(script.header.id.map(|id| id.value).as_deref(), Some("a1"));
    assert_eq!(script.header.revises.len(), 1);
    let (script, problems) = read(format!(
        "-- Message\n-- Revised: often\n-- Revision ID: a1\n-- Revises: b2\n-- Revises: c3, b2\n{body}"
    ));
    let codes: Vec<_> = problems.iter().map(crate::problem::Problem::code).collect();
    assert_eq!(codes, ["nearly-a-key", "key-twice"]);
    let revises: Vec<_> = script.header.revises.iter().map(|parent| parent.value.as_str()).collect();
    assert_eq!(revises, ["b2", "c3"]);
}

#[test]
fn missing_keys_are_told_at_the_other_one_or_at_the_message() {
    let body = "-- upgrade\nSELECT 2;\n-- downgrade\nSELECT 1;\n";
    assert_eq!(faults(format!("-- Message\n--\n-- Revision ID: a1\n{body}")), ["no-revises 3:4"]);
    assert_eq!(faults(format!("-- Message\n--\n-- Revises: a1\n{body}")), ["no-revision-id 3:4"]);
    assert_eq!(faults(format!("-- Message\n--\n-- In words: none\n{body}")), ["no-keys 1:4"]);
    assert_eq!(faults(body), ["no-header 1:1"]);
    assert_eq!(faults(format!("-- Revision ID: a1\n-- Revises:\n{body}")), ["no-message 1:4"]);
}

#[test]
fn long_statements_and_many_statements_are_read() {
    let long = format!("INSERT INTO t VALUES ('{}');", "long; ".repeat(100_000));
    assert_eq!(upgrade(&long), [long.as_str()]);
    let rows = format!("INSERT INTO t VALUES {} (0);", "(1),".repeat(20_000));
    assert_eq!(upgrade(&rows).len(), 1);
    assert_eq!(upgrade(&"INSERT INTO t VALUES (1);\n".repeat(1_000)).len(), 1_000);
}

#[test]
fn an_expression_without_bottom_is_a_fault_and_not_a_crash() {
    let depth = 200_000;
    let (_, problems) = read(format!(
        "{HEADER}-- upgrade\nSELECT {}1{};\n-- downgrade\nSELECT 1;\n",
        "(".repeat(depth),
        ")".repeat(depth)
    ));
    assert!(problems.len() <= 1, "{}", problems.len());
}

/// Checks that every place is inside the text and on character boundaries, and that every error can
/// be rendered.
fn check_places(script: &ParsedScript, problems: &[Problem]) -> Result<(), TestCaseError> {
    let text = &script.source.text;
    let mut spans: Vec<_> = Vec::new();
    for section in &script.sections {
        spans.extend([section.marker.clone(), section.text.clone()]);
        spans.extend(section.statements.iter().cloned());
    }
    let header = &script.header;
    spans.extend(header.id.iter().map(|id| id.span.clone()));
    for list in [&header.revises, &header.depends_on, &header.branch_labels, &header.loses, &header.allow] {
        for item in list {
            prop_assert_eq!(text.get(item.span.clone()), Some(item.value.as_str()));
        }
    }
    for problem in problems {
        prop_assert!(!problem.title().is_empty());
        prop_assert!(!problem.render(Style::Plain).is_empty());
        spans.extend(problem.place.iter().map(|place| place.span.clone()));
    }
    for span in spans {
        prop_assert!(text.get(span.clone()).is_some(), "{span:?} in {} bytes", text.len());
    }
    Ok(())
}

/// Generates text from pieces of scripts, in any order.
fn nearly_scripts() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "-- Message\n",
        "-- Revision ID: a1\n",
        "-- Revises: a0, b\n",
        "-- Revise: é\n",
        "-- Depends On:,é , x,\n",
        "-- Branch Labels: é, m\n",
        "-- Loses: a.b\n",
        "-- upgrade\n",
        "--DOWNGRADE \n",
        "-- sample\n",
        "-- upgrad\n",
        "-- REVIEW: é\n",
        "-- nothing to do: é\n",
        "-- nothing to do",
        "SELECT 1;",
        "CREATE TEMP TRIGGER t AFTER INSERT ON t BEGIN ",
        "END;",
        "CASE ",
        "PRAGMA é = 1;",
        "PRAGMA",
        "BEGIN",
        ";",
        "'",
        "\"",
        "`",
        "[",
        "]",
        "/*",
        "*/",
        "--",
        "\n",
        "\r\n",
        "\r",
        " ",
        "é",
        "写",
        "📷",
        "\u{a0}",
        "\u{2028}",
        "\u{feff}",
        "?1",
        "$a::b(c)",
        ":",
        "@",
        "#",
        "!",
        "\\",
        "x'",
        "0x",
        "1e",
        "\0",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Returns `true` if the text consists of visible and hidden spaces.
fn is_space(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || letter == '\u{feff}')
}

#[test]
fn what_people_do_not_see_is_no_letter_between_tokens() {
    for hidden in ["\u{feff}", "\u{feff}\u{feff}", " \u{feff} ", "\n\u{b}", " \u{b}\u{b}"] {
        for keyword in ["COMMIT", "ROLLBACK", "ATTACH 'x' AS y", "VACUUM", "PRAGMA user_version = 1"] {
            let text = format!("{HEADER}-- upgrade\nSELECT 1;{hidden}{keyword};\n-- downgrade\nSELECT 1;\n");
            let found = faults(text);
            assert_eq!(
                found.iter().filter(|fault| fault.starts_with("hidden-character")).count(),
                hidden.trim_matches(' ').trim_start_matches('\n').chars().count(),
                "{found:?}"
            );
            assert!(found.iter().any(|fault| !fault.starts_with("hidden-character")), "{keyword}: {found:?}");
        }
    }
}

#[test]
fn in_literals_names_and_comments_every_letter_is_one() {
    let text = format!(
        "{HEADER}-- upgrade\nCREATE TABLE \"a\u{feff}\" (b\u{feff} TEXT DEFAULT '\u{feff}\u{b}\u{1b}', \"\u{b}\", [\u{feff}], `\u{feff}c`); /* \u{feff} */ -- \u{feff}\u{b}\n-- downgrade\nDROP TABLE \"a\u{feff}\";\n"
    );
    assert_eq!(faults(text), Vec::<String>::new());
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let (script, problems) = read(&text);
        check_places(&script, &problems)?;
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (script, problems) = read(&bytes);
        check_places(&script, &problems)?;
    }

    #[test]
    fn nothing_like_a_script_makes_the_reader_panic(text in nearly_scripts()) {
        let (script, problems) = read(&text);
        check_places(&script, &problems)?;
    }

    #[test]
    fn lexemes_follow_each_other_and_leave_only_space_between(text in nearly_scripts()) {
        let text = text.replace('\0', "");
        let mut end = 0;
        for lexeme in lex(&text) {
            prop_assert!(lexeme.span.start >= end && lexeme.span.end > lexeme.span.start, "{lexeme:?}");
            let between = text.get(end..lexeme.span.start);
            prop_assert!(between.is_some_and(is_space), "{between:?} before {lexeme:?}");
            prop_assert!(text.get(lexeme.span.clone()).is_some(), "{lexeme:?}");
            if lexeme.kind == Kind::LineComment {
                prop_assert!(!text.get(lexeme.span.clone()).unwrap_or("\n").contains('\n'));
            }
            end = lexeme.span.end;
        }
        prop_assert!(text.get(end..).is_some_and(is_space));
    }
}

#[test]
fn err_statements_outside_a_transaction() {
    let outside = |upgrade: &str| {
        let header = HEADER.replace("-- Revises", "-- Outside Transaction: it rewrites the file\n-- Revises");
        faults(format!(
            "{header}-- upgrade\n{upgrade}\n\n-- downgrade\n-- nothing to do: the layout may stay\n"
        ))
    };
    for valid in ["VACUUM;", "vacuum main", "PRAGMA page_size = 8192;\nPRAGMA auto_vacuum(FULL); VACUUM;"] {
        assert_eq!(outside(valid), [] as [&str; 0], "{valid}");
    }
    for (wrong, code) in [
        ("CREATE TABLE t (a);", "not-outside-transaction 8:1"),
        ("VACUUM INTO 'x';", "not-outside-transaction 8:1"),
        ("PRAGMA journal_mode = WAL;", "not-outside-transaction 8:1"),
        ("PRAGMA page_size;", "not-outside-transaction 8:1"),
        ("PRAGMA page_size = 8192;", "setting-without-vacuum 8:1"),
        ("VACUUM;\nPRAGMA page_size = 8192;", "statement-after-vacuum 9:1"),
        ("VACUUM; VACUUM;", "statement-after-vacuum 8:9"),
        ("", "empty-section 7:1"),
    ] {
        assert_eq!(outside(wrong), [code], "{wrong}");
    }
    assert_eq!(faults_of_upgrade("VACUUM;"), ["forbidden-statement 7:1"]);
    assert_eq!(
        faults(
            HEADER.replace("-- Revises", "-- Outside Transaction:\n-- Revises")
                + "-- upgrade\nVACUUM;\n-- downgrade\nVACUUM;\n"
        ),
        ["empty-key 4:4"]
    );
}
