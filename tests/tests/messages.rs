//! `docs/messages.md`: every message with its cause and its fix, as the compiler shows it.
//!
//! The document is generated from the explanations in `proof/` and from the cases in `messages/`
//! and `ui/`, whose texts are compared with `.txt` and `.stderr` files.
//! `MESSAGES=overwrite cargo test -p tests --test messages` regenerates it.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use aludel_core::chain::assemble;
use aludel_core::folder::Reading;
use aludel_core::problem::{Problem, Severity, Style};
use aludel_core::proved;
use aludel_core::script::Dialect;
use aludel_proof::message::{self, Level, Message};
use aludel_proof::proof::{self, ColumnOrder};
use tests::TestResult;

/// The reason that an error of a target schema has no example.
const OF_A_TARGET_SCHEMA: &str = "the example would need a target schema";

/// Messages without an example, each with the reason.
const WITHOUT_EXAMPLE: [(&str, &str); 24] = [
    ("chain-too-many-steps", "it needs five hundred million steps"),
    ("proof-too-long", "it takes a minute"),
    ("too-much-memory", "it takes a gigabyte"),
    ("file-too-large", "the example would be a file of more than 8 MiB"),
    ("lock-unreadable", "root can read every file"),
    ("no-file", OF_A_TARGET_SCHEMA),
    ("models-differ", OF_A_TARGET_SCHEMA),
    ("target-fails", OF_A_TARGET_SCHEMA),
    ("target-empty", OF_A_TARGET_SCHEMA),
    ("target-without-models", OF_A_TARGET_SCHEMA),
    ("repeatable-differs", OF_A_TARGET_SCHEMA),
    ("repeatable-without-file", OF_A_TARGET_SCHEMA),
    ("repeatable-statement", OF_A_TARGET_SCHEMA),
    ("repeatable-used-twice", OF_A_TARGET_SCHEMA),
    ("repeatable-not-utf-8", OF_A_TARGET_SCHEMA),
    ("name-not-utf-8", "git and some systems reject such a name"),
    ("not-all-orders", "it needs a hundred scripts"),
    ("not-repeated", "an upgrade leads to the same schema again once everything is restored"),
    ("scratch-database", "it is not an error of the scripts"),
    ("unreadable", "root can read every file"),
    ("unavailable-dialect", "the build of the tests contains every dialect"),
    ("unknown-lint-revision", "it is an error in the settings"),
    ("unknown-irreversible-until", "it is an error in the settings"),
    ("left-at-base", "an error of a single script is reported first"),
];

/// The source folders of the messages of the derive macro and autogenerate, which are not included.
const OF_MODELS: [&str; 2] = ["autogenerate", "model"];

/// Cases whose message comes from the macro itself.
const OF_THE_MACRO: [(&str, &str); 1] = [("names/same_type", "same-type-name")];

/// A message that a case produces.
struct Example {
    case: String,
    code: String,
    severity: Severity,
    text: String,
}

#[test]
fn the_gallery_shows_every_message_as_it_is() -> TestResult {
    let examples = examples()?;
    let gallery = gallery(&examples);
    let path = root().join("../docs/messages.md");
    if overwrites() {
        std::fs::write(&path, &gallery)?;
    }
    let written = std::fs::read_to_string(&path)?;
    assert!(
        written == gallery,
        "docs/messages.md is not what the messages are: regenerate it with `MESSAGES=overwrite cargo test -p tests --test messages`"
    );
    Ok(())
}

#[test]
fn every_message_has_a_case_and_an_explanation() -> TestResult {
    let explained: BTreeSet<&str> = message::all().map(|message| message.code).collect();
    let shown: BTreeSet<String> = examples()?.into_iter().map(|example| example.code).collect();
    let excused: BTreeSet<&str> = WITHOUT_EXAMPLE.iter().map(|(code, _)| *code).collect();
    let without_case: Vec<_> =
        explained.iter().filter(|code| !shown.contains(**code) && !excused.contains(*code)).collect();
    assert!(without_case.is_empty(), "no case shows: {without_case:?}");
    let needless: Vec<_> = excused.iter().filter(|code| shown.contains(**code)).collect();
    assert!(needless.is_empty(), "a case shows after all: {needless:?}");
    let mut in_sources = codes_in_sources(&root().join("../core/src"))?;
    in_sources.extend(codes_in_sources(&root().join("../proof/src"))?);
    let unexplained: Vec<_> =
        in_sources.iter().chain(&shown).filter(|code| !explained.contains(code.as_str())).collect();
    assert!(unexplained.is_empty(), "proof/src/message does not explain: {unexplained:?}");
    Ok(())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the messages of all cases: those of `messages/`, then those of `ui/`, ordered by name.
fn examples() -> Result<Vec<Example>, Box<dyn Error>> {
    let mut examples = Vec::new();
    for path in cases("messages", "txt")? {
        examples.extend(in_process(&path)?);
    }
    for path in cases("ui", "rs")? {
        examples.extend(of_case(&path)?);
    }
    Ok(examples)
}

/// Returns the files `<folder>/<kind of error>/<case>.<extension>`.
fn cases(folder: &str, extension: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut paths = Vec::new();
    for kind in sorted(&root().join(folder))?.into_iter().filter(|kind| kind.is_dir()) {
        paths.extend(
            sorted(&kind)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == extension)),
        );
    }
    Ok(paths)
}

/// Returns the messages about a folder of scripts. Compares them with the text file next to the
/// folder first.
fn in_process(path: &Path) -> Result<Vec<Example>, Box<dyn Error>> {
    let folder = path.with_extension("");
    let case = folder.strip_prefix(root().join("messages"))?.to_string_lossy().replace('\\', "/");
    let shown = format!("./{}", folder.file_name().unwrap_or_default().to_string_lossy());
    let examples: Vec<Example> = problems(&folder, &shown, false, &proof::Options::default())
        .into_iter()
        .map(|problem| Example {
            case: case.clone(),
            code: problem.code().to_owned(),
            severity: problem.severity,
            text: problem.render(Style::Plain),
        })
        .collect();
    let messages: Vec<String> = examples
        .iter()
        .map(|example| {
            // The text of a note contains its level.
            let level = if example.severity == Severity::Fault { "error: " } else { "" };
            format!("{level}{}\n", example.text)
        })
        .collect();
    let messages = messages.join("\n");
    let is_same = std::fs::read_to_string(path)? == messages;
    if !is_same && overwrites() {
        std::fs::write(path, &messages)?;
    } else if !is_same {
        return Err(format!("{} differs from the messages of its folder:\n{messages}", path.display()).into());
    }
    Ok(examples)
}

/// Returns `true` if the files should be overwritten instead of compared.
fn overwrites() -> bool {
    std::env::var_os("MESSAGES").is_some_and(|value| value == "overwrite")
}

fn of_case(path: &Path) -> Result<Vec<Example>, Box<dyn Error>> {
    let program = std::fs::read_to_string(path)?;
    let name = path.with_extension("").strip_prefix(root().join("ui"))?.to_string_lossy().replace('\\', "/");
    let Some((_, call)) = program.split_once("embed_migrations!(\"") else { return Ok(Vec::new()) };
    let shown = call.split('"').next().unwrap_or_default();
    if !shown.starts_with("./") || name.starts_with("call/") {
        return Ok(Vec::new());
    }
    let snapshot = std::fs::read_to_string(path.with_extension("stderr")).unwrap_or_default();
    if let Some((_, code)) = OF_THE_MACRO.iter().find(|(case, _)| *case == name) {
        let text = first_message(&snapshot);
        return Ok(vec![Example { case: name, code: (*code).to_owned(), severity: Severity::Fault, text }]);
    }
    let folder = path.parent().unwrap_or(path).join(shown);
    let in_order = call.contains("compare_column_order = true");
    let column_order = if in_order { ColumnOrder::Compared } else { ColumnOrder::Free };
    let options = proof::Options { column_order, ..proof::Options::default() };
    let problems = problems(&folder, shown, call.contains("multiple_heads"), &options);
    let mut examples = Vec::new();
    for problem in problems {
        let text = problem.render(Style::Plain);
        if problem.severity == Severity::Fault && !without_margin(&snapshot).contains(&without_margin(&text))
        {
            return Err(format!("the compiler does not say this of {name}:\n{text}").into());
        }
        examples.push(Example {
            case: name.clone(),
            code: problem.code().to_owned(),
            severity: problem.severity,
            text,
        });
    }
    Ok(examples)
}

fn problems(folder: &Path, shown: &str, multiple_heads: bool, options: &proof::Options) -> Vec<Problem> {
    let is_of_postgresql = folder.parent().is_some_and(|kind| kind.ends_with("postgresql"));
    let dialect = if is_of_postgresql { Dialect::Postgresql } else { Dialect::Sqlite };
    let folder = Reading { dialect, ..Reading::default() }.read(folder, shown);
    match assemble(&folder, multiple_heads) {
        Ok(assembled) if is_of_postgresql => {
            proved::fingerprints(&folder, &assembled).err().unwrap_or_default()
        }
        Ok(assembled) => proof::examine(&assembled, options).problems,
        Err(faulty) => faulty.problems,
    }
}

/// Removes the indentation that the compiler adds to a message.
fn without_margin(text: &str) -> String {
    text.lines().map(|line| line.trim_start().to_owned() + "\n").collect()
}

/// Returns the first message of a snapshot, without the compiler's additions.
fn first_message(snapshot: &str) -> String {
    let mut lines = snapshot.lines().map(|line| line.strip_prefix("error: ").unwrap_or(line));
    let title = lines.next().unwrap_or_default();
    let rest = lines.take_while(|line| !line.starts_with(" --> ")).collect::<Vec<_>>();
    let margin = rest.iter().map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    let rest = rest.iter().map(|line| line.get(margin..).unwrap_or_default());
    std::iter::once(title).chain(rest).collect::<Vec<_>>().join("\n")
}

/// Formats the document.
fn gallery(examples: &[Example]) -> String {
    let mut by_code: BTreeMap<&str, &Example> = BTreeMap::new();
    for example in examples {
        by_code
            .entry(&example.code)
            .and_modify(|shown| {
                if is_plainer(example, shown) {
                    *shown = example;
                }
            })
            .or_insert(example);
    }
    let mut text = BEGINNING.to_owned();
    let (lints, others): (Vec<&Message>, Vec<&Message>) =
        message::all().partition(|message| message.is_lint());
    for (title, messages) in [("Errors", others), ("Lints", lints)] {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n## {title}\n");
        for message in messages {
            let _ = write!(text, "\n### `{}`\n\n", message.code);
            if message.is_lint() {
                let _ = write!(text, "**{}**: ", message.level.word());
            }
            let _ = write!(text, "{}.\n\n{}\n", capitalised(message.summary), message.explanation);
            if let Some(Example { text: shown, severity, .. }) = by_code.get(message.code) {
                let word = if *severity == Severity::Fault { "error: " } else { "" };
                let _ = write!(text, "\n```text\n{word}{shown}\n```\n");
            } else {
                let why = WITHOUT_EXAMPLE.iter().find(|(code, _)| *code == message.code);
                let _ = write!(text, "\nNot shown here: {}.\n", why.map_or("no case", |(_, why)| why));
            }
        }
    }
    text
}

const BEGINNING: &str = "\
# Messages

Every message about scripts that the compiler and `aludel verify` can report: its meaning, its cause
and how to fix it. `aludel explain <code>` prints the same, and `aludel verify --format json` shows
the codes. This page is generated by `MESSAGES=overwrite cargo test -p tests --test messages` from the
explanations in `proof/src/message/` and `proof/src/lint/` and the cases in `tests/messages/` and
`tests/ui/`. A test compares it with them.

A lint has a level: `deny` fails compilation and `aludel verify`, `note` is only shown by
`aludel verify`. `-- Allow: <lint>` in the header of a script disables a lint for that script.
";

/// Returns `true` if an example is better than another. Prefers an example with only this message,
/// a short one, and an error rather than a note.
fn is_plainer(example: &Example, than: &Example) -> bool {
    let rank = |example: &Example| {
        let is_own =
            example.case.rsplit('/').next().map(|name| name.replace('_', "-")) == Some(example.code.clone());
        (example.severity, !is_own)
    };
    rank(example) < rank(than)
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Returns the codes in calls of `words`.
fn codes_in_sources(folder: &Path) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let mut codes = BTreeSet::new();
    let is_shown = |path: &PathBuf| !OF_MODELS.iter().any(|name| path.ends_with(name));
    for path in sorted(folder)?.into_iter().filter(is_shown) {
        if path.is_dir() {
            codes.extend(codes_in_sources(&path)?);
        } else {
            let source = std::fs::read_to_string(&path)?;
            let calls = source.split("words(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
            codes.extend(calls.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
    Ok(codes)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut paths =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

#[test]
fn levels_are_told() {
    let denied = message::lints().filter(|lint| lint.level == Level::Deny).count();
    assert!(denied > 0 && denied < message::lints().count());
}
