//! Released scripts that were superseded: replaced by the base of a squash, or amended.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The word between the two sides of a line.
pub(super) const BY: &str = "by";

/// How a released script was superseded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Replaced by the base of a squash.
    Replaced,
    /// Amended in its downgrade.
    Amended,
}

impl Kind {
    /// All kinds.
    pub(super) const ALL: [Self; 2] = [Self::Replaced, Self::Amended];

    /// Returns the first word of the line.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::Amended => "amended",
        }
    }
}

/// A released script that was superseded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Superseded {
    /// How it was superseded.
    pub kind: Kind,
    /// The revision.
    pub revision: String,
    /// The checksum of the script.
    pub checksum: String,
    /// The revision that replaced it, or the checksum of the amended script.
    pub by: String,
}

impl Superseded {
    /// Parses a line that [`Display`](fmt::Display) wrote. Returns `None` for any other line.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let word = words.next()?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word)?;
        let (revision, checksum) = (words.next()?.to_owned(), words.next()?.to_owned());
        let by = words.nth(1)?.to_owned();
        Some(Self { kind, revision, checksum, by })
    }
}

impl fmt::Display for Superseded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, revision, checksum, by } = self;
        write!(formatter, "{} {revision} {checksum} {BY} {by}", kind.word())
    }
}

/// The checksum of each script, by revision.
pub type Checksums = BTreeMap<String, String>;

/// The released scripts that were superseded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Succession {
    /// The checksums of the scripts that each squash base replaced.
    replaced: BTreeMap<String, Checksums>,
    /// The checksum of each amended script, by revision and earlier checksum.
    amended: BTreeMap<(String, String), String>,
}

impl FromIterator<Superseded> for Succession {
    fn from_iter<T: IntoIterator<Item = Superseded>>(all: T) -> Self {
        let mut succession = Self::default();
        for Superseded { kind, revision, checksum, by } in all {
            match kind {
                Kind::Replaced => {
                    succession.replaced.entry(by).or_default().insert(revision, checksum);
                }
                Kind::Amended => {
                    succession.amended.insert((revision, checksum), by);
                }
            }
        }
        succession
    }
}

impl Succession {
    /// Returns the checksum of a script after its last amendment, or the given checksum if there
    /// was none.
    #[must_use]
    pub fn amended<'s>(&'s self, revision: &str, checksum: &'s str) -> &'s str {
        let mut current = checksum;
        // Each amendment is followed at most once, even if they form a cycle.
        for _ in 0..self.amended.len() {
            match self.amended.get(&(revision.to_owned(), current.to_owned())) {
                Some(by) => current = by,
                None => break,
            }
        }
        current
    }

    /// Returns the scripts that the base of a squash replaced, or `None` if it replaced none.
    #[must_use]
    pub fn replaced_by(&self, base: &str) -> Option<&Checksums> {
        self.replaced.get(base)
    }

    /// Returns `true` if a squash replaced this script.
    #[must_use]
    pub fn has_replaced(&self, revision: &str, checksum: &str) -> bool {
        self.replaced.values().any(|by| by.get(revision).is_some_and(|replaced| replaced == checksum))
    }

    /// Returns `true` if a squash replaced any script of this revision.
    #[must_use]
    pub fn has_replaced_any(&self, revision: &str) -> bool {
        self.replaced.values().any(|by| by.contains_key(revision))
    }

    /// Returns the sets of scripts that a database may have applied instead of the base, newest
    /// generation first. There is more than one if the base replaced an earlier base.
    #[must_use]
    pub fn generations(&self, base: &str) -> Vec<Checksums> {
        let mut generations = Vec::new();
        let mut expanded = BTreeSet::from([base]);
        let mut current = self.replaced.get(base).cloned();
        while let Some(scripts) = current {
            let is_base = |(earlier, _): &(&String, &Checksums)| {
                scripts.contains_key(*earlier) && !expanded.contains(earlier.as_str())
            };
            let earlier = self.replaced.iter().find(is_base);
            current = earlier.map(|(earlier, replaced)| {
                expanded.insert(earlier);
                let mut scripts = scripts.clone();
                scripts.extend(replaced.clone());
                scripts
            });
            generations.push(scripts);
        }
        generations
    }
}
