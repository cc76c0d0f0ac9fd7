//! Turns the text of a whole folder into a proved chain, or into problems.
//!
//! Nothing may panic, and every problem must be printable. A chain must be complete, and its proof
//! must end within narrow limits.

#![no_main]

use aludel_core::chain::{Assembled, Faulty, VERSION_TABLE, assemble};
use aludel_core::folder::{File, Folder};
use aludel_core::problem::{Problem, Style};
use aludel_proof::proof::{self, Options};
use aludel_core::script::ParsedScript;
use libfuzzer_sys::fuzz_target;

/// The beginning of the line before each file. The name of the file may follow.
const SEPARATOR: &str = "~~~";

/// The maximum number of virtual machine steps for one statement.
const STEPS: u64 = 50_000;

/// The maximum number of pages of the scratch database.
const PAGES: u32 = 128;

fuzz_target!(|bytes: &[u8]| {
    let multiple_heads = bytes.len() % 2 == 0;
    let folder = Folder { files: split(bytes), ..Folder::default() };
    match assemble(&folder, multiple_heads) {
        Err(Faulty { problems, .. }) => {
            assert!(!problems.is_empty(), "no chain, and no reason");
            expect_told(&problems);
        }
        Ok(assembled) => {
            assert_eq!(assembled.scripts.len(), folder.files.len(), "a script was lost");
            expect_whole(&assembled);
            let options = Options { steps: STEPS, pages: PAGES, ..Options::default() };
            if let Err(problems) = proof::prove(&assembled, &options) {
                assert!(!problems.is_empty(), "not proved, and no reason");
                expect_told(&problems);
            }
        }
    }
});

/// Returns the files of an input, sorted by name and without duplicates, as in a real folder.
///
/// A file without a name is named after its revision ID. If the fuzzer changes the ID, the script
/// then still passes the check of the file name.
fn split(bytes: &[u8]) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(SEPARATOR.as_bytes()) {
            Some(name) => files.push(File { path: named(name), bytes: Vec::new() }),
            None if files.is_empty() => files.push(File { path: String::new(), bytes: line.to_vec() }),
            None => files.iter_mut().last().into_iter().for_each(|file| file.bytes.extend(line)),
        }
    }
    for file in files.iter_mut().filter(|file| file.path.is_empty()) {
        file.path = format!("migrations/{}_script.sql", id(&file.bytes));
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files.dedup_by(|second, first| second.path == first.path);
    files
}

fn named(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name).trim().replace('/', "_");
    if name.is_empty() { name } else { format!("migrations/{name}") }
}

fn id(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let id = text.lines().find_map(|line| line.strip_prefix("-- Revision ID:"));
    id.unwrap_or("none").trim().to_owned()
}

fn expect_whole(assembled: &Assembled) {
    let chain = assembled.chain(VERSION_TABLE);
    assert_eq!(chain.graph(), assembled.graph, "the chain has another graph");
    for (index, script) in chain.scripts.iter().enumerate() {
        assert!(script.down.iter().chain(&*script.depends_on).all(|parent| *parent < index), "out of order");
        for section in [&script.upgrade, &script.downgrade] {
            assert_eq!(section.statements().count(), section.statements.len(), "a statement was lost");
        }
        let written = assembled.scripts.get(index).map(ParsedScript::checksum);
        assert_eq!(Some(&*script.checksum), written.as_deref(), "the checksum is that of another script");
    }
}

fn expect_told(problems: &[Problem]) {
    for problem in problems {
        assert!(!problem.render(Style::Plain).is_empty());
        assert!(!problem.render(Style::Coloured).is_empty());
    }
}
