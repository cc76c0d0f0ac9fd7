//! Parses bytes as a script.
//!
//! Nothing may panic. Every span must be inside the text, on character boundaries. Every problem
//! must be printable. Parsing the text again must return the same script.

#![no_main]

use std::ops::Range;

use aludel_core::problem::{Problem, Style};
use aludel_core::script::{Grammar, ParsedScript, parse};
use libfuzzer_sys::fuzz_target;

/// The path of every input. It contains the IDs of most seeds.
const PATH: &str = "migrations/2026_01_15_1030-a1_b2_c3_script.sql";

fuzz_target!(|bytes: &[u8]| {
    let mut grammar = Grammar::default();
    let (script, problems) = parse(PATH, bytes, &mut grammar);
    expect_spans_inside(&script);
    expect_told(&problems);
    if problems.is_empty() {
        expect_statements_in_their_sections(&script);
    }
    if is_as_read(&script, bytes) {
        let again = parse(PATH, script.source.text.as_bytes(), &mut grammar);
        assert_eq!(again, (script, problems), "parsing the text that was parsed gives another script");
    }
});

/// Returns `true` if reading the text again would not change it. Otherwise, invalid characters were
/// replaced, or a second reading would remove another byte order mark or carriage return.
fn is_as_read(script: &ParsedScript, bytes: &[u8]) -> bool {
    let text = &script.source.text;
    str::from_utf8(bytes).is_ok() && !text.starts_with('\u{FEFF}') && !text.contains("\r\n")
}

fn expect_spans_inside(script: &ParsedScript) {
    let text = &script.source.text;
    let header = &script.header;
    let names = header.revises.iter().chain(&header.depends_on).chain(&header.branch_labels);
    for name in header.id.iter().chain(names) {
        expect_inside(text, &name.span);
    }
    for section in &script.sections {
        expect_inside(text, &section.marker);
        expect_inside(text, &section.text);
        section.statements.iter().for_each(|statement| expect_inside(text, statement));
    }
    assert_eq!(script.checksum().len(), 64);
}

fn expect_statements_in_their_sections(script: &ParsedScript) {
    for section in &script.sections {
        let mut end = section.text.start;
        for statement in &section.statements {
            assert!(statement.start >= end, "statements overlap");
            end = statement.end;
        }
        assert!(end <= section.text.end, "a statement leaves its section");
    }
}

fn expect_told(problems: &[Problem]) {
    for problem in problems {
        let places = problem.place.iter().chain(problem.related.iter().map(|(place, _)| place));
        for place in places {
            expect_inside(&place.source.text, &place.span);
            let (line, column) = place.line_and_column();
            assert!(line > 0 && column > 0);
        }
        assert!(!problem.render(Style::Plain).is_empty());
        assert!(!problem.render(Style::Coloured).is_empty());
    }
}

fn expect_inside(text: &str, span: &Range<usize>) {
    assert!(text.get(span.clone()).is_some(), "{span:?} is not inside a text of {} bytes", text.len());
}
