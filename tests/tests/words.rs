//! Checks that the documentation, messages, help texts and doc comments use plain words: they
//! contain none of the phrases below.
//!
//! Code is not prose, so fenced blocks and inline code are not read. Some phrases, such as "where"
//! as a conjunction, cannot be detected without parsing English. They are not listed.

use std::error::Error;
use std::path::{Path, PathBuf};

use tests::TestResult;
use tests::markdown::{prose, without_code};

/// Phrases, and the words that replace them. A phrase matches whole words in any case.
const PHRASES: &[(&[&str], &str)] = &[
    (&["tell", "tells", "told"], "is reported, reports, shows, prints"),
    (&["say", "says", "said"], "report, show, state"),
    (&["gives", "gives back", "give back"], "return"),
    (&["stands in", "stand in", "stands twice", "stand twice"], "is in, is duplicated"),
    (&["anew"], "recreated, rebuilt"),
    (&["circle", "circles"], "cycle"),
    (&["line of the chain", "lines of the chain", "line of a chain", "lines of a branch"], "branch"),
    (&["is another one", "is another"], "differs"),
    (&["in the way", "in its way"], "conflicting"),
    (&["heed", "heeds", "heeded", "minds"], "respects, takes into account"),
    (&["of yours", "whose is it"], "your, the owner"),
    (&["let it be written", "lets it be written"], "generates it"),
    (&["way out", "ways out"], "help, how to fix it"),
    (&["in silence"], "silently skipped"),
    (&["taken back", "takes back", "take back", "takes it back"], "downgraded, reverted, undone"),
    (&["beside", "besides"], "next to, compared with, in addition"),
    (&["manners"], "output options"),
    (&["fault", "faults"], "error"),
    (&["has to be", "have to be", "is to be", "are to be"], "must be, should be"),
];

/// Words that must not begin the summary of an item.
const OPENINGS: [&str; 3] = ["What", "Whether", "Where"];

/// Exceptions: the file, the phrase, and a part of the line.
const ALLOWED: [(&str, &str, &str); 1] = [
    // A row of a generated table.
    ("docs/differences-from-alembic.md", "beside", "| actions of a foreign key beside its column |"),
];

/// Source files whose comments are not read: tests, and parts of the proof without public items.
const PRIVATE: [&str; 4] = ["/tests/", "/tests.rs", "proof/src/proof/rows/", "proof/src/autogenerate/"];

/// Source files whose strings are messages.
const OF_MESSAGES: [&str; 5] = ["fault.rs", "error.rs", "hint.rs", "stopped.rs", "own_table.rs"];

/// Text that users read, as words with their lines.
struct Text {
    words: Vec<Word>,
}

struct Word {
    line: usize,
    text: String,
}

#[test]
fn the_documentation_uses_plain_words() -> TestResult {
    let mut found = Vec::new();
    for path in documents()? {
        let page = std::fs::read_to_string(&path)?;
        found.extend(to_rewrite(&path, &page, &page)?);
    }
    assert!(found.is_empty(), "{} phrases to rewrite:\n{}", found.len(), found.join("\n"));
    Ok(())
}

#[test]
fn messages_use_plain_words() -> TestResult {
    let mut found = Vec::new();
    for path in files(&repository().join("tests/messages"), "txt")? {
        let text = std::fs::read_to_string(&path)?;
        found.extend(to_rewrite(&path, &text, &without_paths(&text))?);
    }
    for path in sources()?.iter().filter(|path| OF_MESSAGES.iter().any(|name| path.ends_with(name))) {
        let source = std::fs::read_to_string(path)?;
        found.extend(to_rewrite(path, &source, &strings(&source))?);
    }
    assert!(found.is_empty(), "{} phrases to rewrite:\n{}", found.len(), found.join("\n"));
    Ok(())
}

/// The command's help texts are doc comments too.
#[test]
fn doc_comments_use_plain_words() -> TestResult {
    let mut found = Vec::new();
    for path in sources()? {
        let source = std::fs::read_to_string(&path)?;
        let comments = doc_comments(&source);
        found.extend(to_rewrite(&path, &source, &comments)?);
        let mut previous = "";
        for (number, line) in comments.lines().enumerate() {
            let is_opening = |word: &&str| line.split(' ').next() == Some(*word);
            if previous.is_empty() && OPENINGS.iter().any(is_opening) {
                found.push(format!("{}:{}: begin with a verb or a noun: {line}", path.display(), number + 1));
            }
            previous = line;
        }
    }
    assert!(found.is_empty(), "{} phrases to rewrite:\n{}", found.len(), found.join("\n"));
    Ok(())
}

#[test]
fn a_phrase_is_found_across_lines_and_outside_code_only() {
    let text = Text::of_markdown("It has\nto be. `has to be`\n```\nhas to be\n```\nTold.\n");
    let found: Vec<_> = text.phrases().into_iter().map(|(line, phrase, _)| (line, phrase)).collect();
    assert_eq!(found, [(6, "told"), (1, "has to be")]);
}

impl Text {
    fn of_markdown(page: &str) -> Self {
        let mut words = Vec::new();
        for line in prose(page) {
            // A backtick stays a word of its own: no phrase matches across inline code.
            let separate = without_code(line.text).replace('`', " ` ").to_lowercase();
            let parts = separate.split(|letter: char| !letter.is_alphanumeric() && letter != '`');
            let parts = parts.filter(|part| !part.is_empty());
            words.extend(parts.map(|part| Word { line: line.number, text: part.to_owned() }));
        }
        Self { words }
    }

    /// Returns the line of each phrase, the phrase, and the words that replace it.
    fn phrases(&self) -> Vec<(usize, &'static str, &'static str)> {
        let mut found = Vec::new();
        for (phrases, instead) in PHRASES {
            for phrase in *phrases {
                let sought: Vec<&str> = phrase.split(' ').collect();
                let is_phrase = |at: &&[Word]| at.iter().map(|word| &*word.text).eq(sought.iter().copied());
                let matches = self.words.windows(sought.len()).filter(is_phrase);
                found.extend(matches.filter_map(|at| Some((at.first()?.line, *phrase, *instead))));
            }
        }
        found
    }
}

/// Returns the phrases in a text that should be rewritten. Each line of `text` contains the prose
/// from the same line of the file.
fn to_rewrite(path: &Path, file: &str, text: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let name = path.strip_prefix(repository())?.to_string_lossy().replace('\\', "/");
    let mut found = Vec::new();
    for (line, phrase, instead) in Text::of_markdown(text).phrases() {
        let shown = file.lines().nth(line - 1).unwrap_or_default();
        let is_allowed =
            |(at, what, part): &(&str, &str, &str)| *at == name && *what == phrase && shown.contains(part);
        if !ALLOWED.iter().any(is_allowed) {
            found.push(format!("{name}:{line}: `{phrase}`: write {instead}: {shown}"));
        }
    }
    Ok(found)
}

/// Returns the doc comments in a source file, each on its original line.
fn doc_comments(source: &str) -> String {
    let comment = |line: &str| {
        let line = line.trim_start();
        let text = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).unwrap_or_default();
        text.trim_start().to_owned() + "\n"
    };
    source.lines().map(comment).collect()
}

/// Returns a message with its paths replaced by empty lines.
fn without_paths(message: &str) -> String {
    let is_path = |line: &str| ["--> ", "::: "].iter().any(|mark| line.trim_start().starts_with(mark));
    message.lines().map(|line| if is_path(line) { "\n".to_owned() } else { format!("{line}\n") }).collect()
}

/// Returns the sentences in the strings of a source file, each on its original line and without
/// placeholders.
fn strings(source: &str) -> String {
    let without_placeholders = |text: &str| -> String {
        text.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect()
    };
    let of_line = |line: &str| {
        let strings = line.split('"').skip(1).step_by(2).filter(|text| text.contains(' '));
        strings.map(without_placeholders).collect::<Vec<_>>().join(" ") + "\n"
    };
    source.lines().map(of_line).collect()
}

/// Returns the documents whose prose is checked.
fn documents() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut documents: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .map(|name| repository().join(name))
        .into();
    documents.extend(files(&repository().join("docs"), "md")?);
    Ok(documents)
}

/// Returns the source files of all crates.
fn sources() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut sources = Vec::new();
    for package in ["core", "proof", "macros", "postgres", "runtime", "cli", "server"] {
        sources.extend(files(&repository().join(package).join("src"), "rs")?);
    }
    sources.retain(|path| {
        let name = path.to_string_lossy().replace('\\', "/");
        !PRIVATE
            .iter()
            .any(|part| name.strip_prefix(&*repository().to_string_lossy()).unwrap_or(&name).contains(part))
    });
    Ok(sources)
}

/// Returns the files below a folder whose names have this ending, sorted.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, ending)?);
        } else if path.extension().is_some_and(|end| end == ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}
