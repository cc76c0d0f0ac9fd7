//! The documentation uses plain words: none of the phrases below is in its prose.
//!
//! Code is not prose: neither fenced blocks nor inline code are read. Some phrases of a style guide,
//! such as "where" as a conjunction, cannot be found without parsing English; they are not listed.

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

/// Files whose text is generated from the code, and why they are not read yet.
const SKIPPED: [(&str, &str); 1] =
    [("docs/messages.md", "generated from the messages and the explanations in the code")];

/// Allowed places: the file, the phrase, and a part of the line.
const ALLOWED: [(&str, &str, &str); 1] = [
    // A row of a generated table.
    ("docs/differences-from-alembic.md", "beside", "| actions of a foreign key beside its column |"),
];

/// A text that users read, as words with their lines.
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
        let file = path.strip_prefix(repository())?.to_string_lossy().replace('\\', "/");
        let page = std::fs::read_to_string(&path)?;
        let text = Text::of_markdown(&page);
        for (line, phrase, instead) in text.phrases() {
            let shown = page.lines().nth(line - 1).unwrap_or_default();
            let is_allowed = |(at, what, part): &(&str, &str, &str)| {
                *at == file && *what == phrase && shown.contains(part)
            };
            if !ALLOWED.iter().any(is_allowed) {
                found.push(format!("{file}:{line}: `{phrase}`: write {instead}: {shown}"));
            }
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

/// The documents whose prose is read.
fn documents() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut documents: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .map(|name| repository().join(name))
        .into();
    for entry in std::fs::read_dir(repository().join("docs"))? {
        let path = entry?.path();
        let is_skipped = SKIPPED.iter().any(|(name, _)| path.ends_with(name));
        if path.extension().is_some_and(|end| end == "md") && !is_skipped {
            documents.push(path);
        }
    }
    documents.sort();
    Ok(documents)
}

fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}
