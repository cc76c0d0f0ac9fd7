//! The lints that a program's settings allow, either in all scripts or up to a revision.
//!
//! They are set by `[lints]` in `aludel.toml` and by `allow` in the macro call. `Allow` in a
//! script's header applies only to that script.

use std::collections::BTreeMap;

use aludel_core::graph::{Graph, Index, Set};
use aludel_core::guarded::READS_VERSION_TABLE;
use aludel_core::nearest;
use aludel_core::problem::{Explain, Problem, Words, words};

use crate::message::lints;
use crate::proof::revision_of_setting;

/// The words between a lint and a revision.
const UP_TO: &str = " up to ";

/// The lints that a program's settings allow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LintSettings {
    /// The lints, each with the last revision for which it is allowed, or `None` if it is allowed
    /// for all revisions.
    allowed: BTreeMap<&'static str, Option<String>>,
}

impl LintSettings {
    /// Allows a lint either in all scripts, or in a revision and all revisions that it requires.
    ///
    /// # Errors
    ///
    /// Returns a message if there is no such lint, if it is already allowed, or if it can be
    /// allowed only in a header.
    pub fn allow(&mut self, name: &str, up_to: Option<&str>) -> Result<(), String> {
        self.allow_among(lints().map(|lint| lint.code), name, up_to)
    }

    /// Allows one of the given lints, which may belong to another dialect.
    ///
    /// # Errors
    ///
    /// Returns the same messages as [`LintSettings::allow`].
    pub fn allow_among(
        &mut self,
        known: impl Iterator<Item = &'static str> + Clone,
        name: &str,
        up_to: Option<&str>,
    ) -> Result<(), String> {
        let Some(lint) = known.clone().find(|lint| *lint == name) else {
            let nearest = nearest(name, known).map(|nearest| format!(": did you mean `{nearest}`?"));
            let help = nearest.unwrap_or_else(|| "; `aludel explain` lists all lints".to_owned());
            return Err(format!("unknown lint `{name}`{help}"));
        };
        if lint == READS_VERSION_TABLE {
            return Err(format!(
                "`{name}` can only be allowed in the header of a script, because a run checks it again"
            ));
        }
        match self.allowed.insert(lint, up_to.map(str::to_owned)) {
            None => Ok(()),
            Some(_) => Err(format!("duplicate lint `{name}`: expected once")),
        }
    }

    /// Parses an allowed lint, such as `if-exists` or `if-exists up to 3f2c9a1b7d10`.
    ///
    /// # Errors
    ///
    /// Returns the same messages as [`LintSettings::allow`].
    pub fn allow_text(&mut self, text: &str) -> Result<(), String> {
        match text.split_once(UP_TO) {
            Some((name, revision)) => self.allow(name.trim(), Some(revision.trim())),
            None => self.allow(text.trim(), None),
        }
    }

    /// Returns the settings for a chain that lacks their revisions: only the lints that are allowed
    /// in all scripts.
    pub(crate) fn of_all_scripts(&self) -> Self {
        let of_all = self.allowed.iter().filter(|(_, up_to)| up_to.is_none());
        Self { allowed: of_all.map(|(lint, up_to)| (*lint, up_to.clone())).collect() }
    }

    /// Resolves the revisions in a chain. Returns an error for each revision that the chain lacks.
    #[must_use]
    pub fn resolve(&self, graph: &Graph) -> (Allowed, Vec<Problem>) {
        let (mut allowed, mut problems) = (Allowed::default(), Vec::new());
        for (lint, up_to) in &self.allowed {
            let Some(revision) = up_to else {
                allowed.scripts.insert(lint, graph.indexes().collect());
                continue;
            };
            match revision_of_setting(graph, revision) {
                Ok(index) => {
                    allowed.scripts.insert(lint, graph.ancestors([index]));
                }
                Err(help) => {
                    // This leaves the unknown revision as the only error.
                    allowed.scripts.insert(lint, graph.indexes().collect());
                    let (lint, revision) = ((*lint).to_owned(), revision.clone());
                    problems.push(Problem::overall(&UnknownRevision { lint, revision, help }));
                }
            }
        }
        (allowed, problems)
    }
}

/// The scripts in which the settings allow a lint.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    scripts: BTreeMap<&'static str, Set>,
}

impl Allowed {
    /// Returns the scripts in which each lint is allowed.
    #[must_use]
    pub fn into_scripts(self) -> BTreeMap<&'static str, Set> {
        self.scripts
    }

    /// Returns `true` if the settings allow a lint in a script.
    #[must_use]
    pub fn contains(&self, index: Index, lint: &str) -> bool {
        self.scripts.get(lint).is_some_and(|scripts| scripts.contains(index))
    }
}

/// A lint that is allowed up to a revision that no script defines.
#[derive(Debug, Clone)]
struct UnknownRevision {
    lint: String,
    revision: String,
    help: String,
}

impl Explain for UnknownRevision {
    fn words(&self) -> Words {
        words(
            "unknown-lint-revision",
            format!("`{}` is allowed up to revision `{}`, which no script defines", self.lint, self.revision),
            "",
            self.help.clone(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::LintSettings;

    #[test]
    fn lints_are_allowed_by_name() {
        let mut settings = LintSettings::default();
        assert_eq!(settings.allow_text("if-exists"), Ok(()));
        assert_eq!(settings.allow_text("select-star up to 3f2c"), Ok(()));
        for (text, message) in [
            ("if-exist", "unknown lint `if-exist`: did you mean `if-exists`?"),
            ("nonsense", "unknown lint `nonsense`; `aludel explain` lists all lints"),
            ("if-exists up to 3f2c", "duplicate lint `if-exists`: expected once"),
            (
                "reads-version-table",
                "`reads-version-table` can only be allowed in the header of a script, because a run checks it again",
            ),
        ] {
            assert_eq!(settings.allow_text(text), Err(message.to_owned()), "{text}");
        }
    }
}
