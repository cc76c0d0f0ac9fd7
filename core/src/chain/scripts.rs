//! The scripts of a chain: either loaded from a folder, or embedded in a program as two plain
//! tables.
//!
//! A table of numbers and a table of strings compile quickly, whatever their size, but a thousand
//! structs would take the compiler seconds. This module writes and reads these tables.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, Range};
use std::sync::{Arc, OnceLock};

use super::{Declared, Script, Section, Text};

/// The scripts of a program, stored as two tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tables {
    /// The strings of each script, in this order:
    ///
    /// - ID, message, file and create date
    /// - checksum and fingerprint
    /// - upgrade, downgrade and sample
    /// - the reason why it is irreversible, and the reason why it runs outside a transaction
    /// - origin
    /// - branch labels, losses and allowed lints
    pub texts: &'static [&'static str],
    /// The numbers of each script, in this order:
    ///
    /// - the number of its labels, losses, allowed lints, down revisions and dependencies
    /// - its down revisions and its dependencies
    /// - for each section, its line, the number of its statements, and the start and end of each
    ///   statement
    pub numbers: &'static [usize],
}

/// Scripts in canonical order. They dereference to a slice, which clones share.
#[derive(Clone)]
pub struct Scripts(Kept);

#[derive(Clone)]
enum Kept {
    None,
    Loaded(Arc<Vec<Script>>),
    Embedded(Tables, OnceLock<Arc<Vec<Script>>>),
}

impl Scripts {
    /// An empty list.
    pub const NONE: Self = Self(Kept::None);

    /// Creates the scripts of a program. They are decoded on first use.
    #[must_use]
    pub const fn embedded(texts: &'static [&'static str], numbers: &'static [usize]) -> Self {
        Self(Kept::Embedded(Tables { texts, numbers }, OnceLock::new()))
    }
}

impl Deref for Scripts {
    type Target = [Script];

    fn deref(&self) -> &Self::Target {
        match &self.0 {
            Kept::None => &[],
            Kept::Loaded(scripts) => scripts,
            Kept::Embedded(tables, read) => read.get_or_init(|| Arc::new(tables.read())),
        }
    }
}

impl FromIterator<Script> for Scripts {
    fn from_iter<T: IntoIterator<Item = Script>>(scripts: T) -> Self {
        Self(Kept::Loaded(Arc::new(scripts.into_iter().collect())))
    }
}

impl Default for Scripts {
    fn default() -> Self {
        Self::NONE
    }
}

impl PartialEq for Scripts {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Scripts {}

impl fmt::Debug for Scripts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&**self).finish()
    }
}

impl Tables {
    fn read(mut self) -> Vec<Script> {
        let mut scripts = Vec::new();
        while let Some(script) = self.read_script() {
            scripts.push(script);
        }
        scripts
    }

    fn read_script(&mut self) -> Option<Script> {
        let [id, message, file, create_date, checksum, fingerprint] = *self.texts.split_off(..6)? else {
            return None;
        };
        let [upgrade, downgrade, sample] = *self.texts.split_off(..3)? else { return None };
        let [irreversible, outside_transaction, imported_from] = *self.texts.split_off(..3)? else {
            return None;
        };
        let [labels, loses, allow, down, depends_on] = *self.numbers.split_off(..5)? else { return None };
        Some(Script {
            id: Cow::Borrowed(id),
            message: Cow::Borrowed(message),
            file: Cow::Borrowed(file),
            create_date: Cow::Borrowed(create_date),
            down: Cow::Borrowed(self.numbers.split_off(..down)?),
            depends_on: Cow::Borrowed(self.numbers.split_off(..depends_on)?),
            labels: self.read_texts(labels)?,
            upgrade: self.read_section(upgrade)?,
            downgrade: self.read_section(downgrade)?,
            checksum: Cow::Borrowed(checksum),
            fingerprint: Cow::Borrowed(fingerprint),
            declared: Declared {
                loses: self.read_texts(loses)?,
                allow: self.read_texts(allow)?,
                irreversible: Cow::Borrowed(irreversible),
                outside_transaction: Cow::Borrowed(outside_transaction),
                imported_from: Cow::Borrowed(imported_from),
                sample: self.read_section(sample)?,
            },
        })
    }

    fn read_texts(&mut self, count: usize) -> Option<Cow<'static, [Text]>> {
        Some(self.texts.split_off(..count)?.iter().map(|text| Cow::Borrowed(*text)).collect())
    }

    fn read_section(&mut self, sql: &'static str) -> Option<Section> {
        let [line, count] = *self.numbers.split_off(..2)? else { return None };
        let (statements, _) = self.numbers.split_off(..2 * count)?.as_chunks();
        let statements = statements.iter().map(|[start, end]| *start..*end).collect();
        Some(Section { sql: Cow::Borrowed(sql), line, statements })
    }
}

/// Returns the strings of a script, in the order of [`Tables`].
pub fn texts(script: &Script) -> impl Iterator<Item = &str> {
    let Script { id, message, file, create_date, checksum, fingerprint, .. } = script;
    let Script { upgrade, downgrade, labels, declared, .. } = script;
    let Declared { irreversible, outside_transaction, imported_from, .. } = declared;
    [id, message, file, create_date, checksum, fingerprint]
        .into_iter()
        .chain([&upgrade.sql, &downgrade.sql, &declared.sample.sql])
        .chain([irreversible, outside_transaction, imported_from])
        .chain(labels.iter().chain(declared.loses.iter()).chain(declared.allow.iter()))
        .map(|text| &**text)
}

/// Returns the numbers of a script, in the order of [`Tables`].
pub fn numbers(script: &Script) -> impl Iterator<Item = usize> {
    let Script { labels, down, depends_on, upgrade, downgrade, declared, .. } = script;
    [labels.len(), declared.loses.len(), declared.allow.len(), down.len(), depends_on.len()]
        .into_iter()
        .chain(down.iter().chain(depends_on.iter()).copied())
        .chain([upgrade, downgrade, &declared.sample].into_iter().flat_map(numbers_of_section))
}

fn numbers_of_section(section: &Section) -> impl Iterator<Item = usize> {
    let bounds = |bytes: &Range<usize>| [bytes.start, bytes.end];
    [section.line, section.statements.len()].into_iter().chain(section.statements.iter().flat_map(bounds))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = Text> {
        "[a-zä;\n]{0,8}".prop_map(Cow::Owned)
    }

    fn section() -> impl Strategy<Value = Section> {
        let statements = proptest::collection::vec((0..900_usize, 0..900_usize), 0..3);
        (text(), 1..90_usize, statements).prop_map(|(sql, line, statements)| {
            let statements = statements.into_iter().map(|(start, end)| start..end).collect();
            Section { sql, line, statements }
        })
    }

    fn script() -> impl Strategy<Value = Script> {
        let words = [text(), text(), text(), text(), text(), text()];
        let edges = || proptest::collection::vec(0..50_usize, 0..3).prop_map(Cow::Owned);
        let texts = || proptest::collection::vec(text(), 0..3).prop_map(Cow::Owned);
        let declared = (texts(), texts(), text(), text(), text(), section()).prop_map(
            |(loses, allow, irreversible, outside_transaction, imported_from, sample)| Declared {
                loses,
                allow,
                irreversible,
                outside_transaction,
                imported_from,
                sample,
            },
        );
        (words, edges(), edges(), texts(), section(), section(), declared).prop_map(
            |(words, down, depends_on, labels, upgrade, downgrade, declared)| {
                let [id, message, file, create_date, checksum, fingerprint] = words;
                Script {
                    id,
                    message,
                    file,
                    create_date,
                    down,
                    depends_on,
                    labels,
                    upgrade,
                    downgrade,
                    checksum,
                    fingerprint,
                    declared,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_into_a_program_is_read_again(scripts in proptest::collection::vec(script(), 0..9)) {
            let texts: Vec<&'static str> =
                scripts.iter().flat_map(texts).map(|text| &*text.to_owned().leak()).collect();
            let numbers: Vec<usize> = scripts.iter().flat_map(numbers).collect();
            let embedded = Scripts::embedded(texts.leak(), numbers.leak());
            prop_assert_eq!(&*embedded, &*scripts);
        }
    }
}
