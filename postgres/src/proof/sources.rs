//! Locates problems in the files of a chain.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use aludel_core::chain::{Script, Section};
use aludel_core::problem::{Place, Source};

/// The text of a chain's files, by path. The chain itself contains only the text of the sections.
#[derive(Debug, Clone, Default)]
pub struct Sources(BTreeMap<String, Arc<Source>>);

impl FromIterator<Arc<Source>> for Sources {
    fn from_iter<T: IntoIterator<Item = Arc<Source>>>(sources: T) -> Self {
        Self(sources.into_iter().map(|source| (source.path.clone(), source)).collect())
    }
}

impl Sources {
    /// Returns the position of a byte range in a section. If the text of the file is unknown, the
    /// lines around the section are empty.
    pub(crate) fn place(&self, script: &Script, section: &Section, span: Range<usize>) -> Place {
        let known = self.0.get(&*script.file).and_then(|source| Some((source, start(source, section)?)));
        let (source, start) = known.map_or_else(
            || {
                let lines = "\n".repeat(section.line.saturating_sub(1));
                let start = lines.len();
                (Arc::new(Source::new(&script.file, &(lines + &section.sql))), start)
            },
            |(source, start)| (Arc::clone(source), start),
        );
        Place { source, span: start + span.start..start + span.end }
    }

    /// Returns the position of a value in the header, such as a loss after `-- Loses:`. If the text
    /// of the file is unknown, returns the beginning of the upgrade.
    pub(crate) fn header(&self, script: &Script, key: &str, value: &str) -> Place {
        let found = self.0.get(&*script.file).and_then(|source| {
            let mut start = 0;
            for line in source.text.split_inclusive('\n') {
                let words = line.trim_start_matches(['-', ' ']);
                if words.get(..key.len()).is_some_and(|word| word.eq_ignore_ascii_case(key))
                    && let Some(at) = line.find(value)
                {
                    return Some(Place {
                        source: Arc::clone(source),
                        span: start + at..start + at + value.len(),
                    });
                }
                start += line.len();
            }
            None
        });
        found.unwrap_or_else(|| self.place(script, &script.upgrade, 0..0))
    }
}

/// Returns the byte offset in the file at which a section begins, or `None` if the file does not
/// contain it.
fn start(source: &Source, section: &Section) -> Option<usize> {
    let before: usize =
        source.text.split_inclusive('\n').take(section.line.checked_sub(1)?).map(str::len).sum();
    Some(before + source.text.get(before..)?.find(&*section.sql)?)
}
