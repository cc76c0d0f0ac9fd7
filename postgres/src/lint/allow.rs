//! The `Allow` key of a header.

use aludel_core::chain::Script;
use aludel_core::nearest;
use aludel_core::problem::{Explain, Problem, Words, words};

use super::list::{ALL, RULES};
use crate::proof::Sources;

/// An `Allow` that has no effect.
#[derive(Debug, Clone)]
enum AllowFault {
    Unknown { name: String, nearest: Option<String> },
    Unused { name: String },
}

impl Explain for AllowFault {
    fn words(&self) -> Words {
        match self {
            Self::Unknown { name, nearest } => words(
                "unknown-lint",
                format!("`Allow` names an unknown lint: `{name}`"),
                nearest.as_ref().map_or("no lint has this name".to_owned(), |nearest| {
                    format!("did you mean `{nearest}`?")
                }),
                "correct the name; `aludel explain` lists the lints",
            ),
            Self::Unused { name } => words(
                "unused-allow",
                format!("`Allow: {name}` disables nothing: the lint finds nothing in this script"),
                "not needed",
                "remove it",
            ),
        }
    }
}

/// Returns `true` if a script's header disables a lint.
pub(super) fn allows(script: &Script, lint: &str) -> bool {
    script.declared.allow.iter().any(|name| name == lint)
}

/// Reports lints in `Allow` that do not exist or have no findings in the script.
pub(super) fn check(script: &Script, sources: &Sources, is_used: impl Fn(&str) -> bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in script.declared.allow.iter().filter(|name| !RULES.contains(&&***name)) {
        let place = sources.header(script, "Allow", name);
        let names = ALL.iter().map(|lint| lint.code);
        if !names.clone().any(|lint| lint == name) {
            let nearest = nearest(name, names.chain(RULES)).map(str::to_owned);
            problems.push(Problem::at(place, &AllowFault::Unknown { name: name.to_string(), nearest }));
        } else if !is_used(name) && !allows(script, "unused-allow") {
            problems.push(Problem::at(place, &AllowFault::Unused { name: name.to_string() }).into_note());
        }
    }
    problems
}
