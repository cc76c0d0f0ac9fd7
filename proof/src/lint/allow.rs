//! The `Allow` key of a header.

use aludel_core::problem::{Explain, Problem, Words, words};
use aludel_core::script::ParsedScript;

use super::Finding;
use crate::message::{Level, Message, lints, nearest};

pub(super) const UNUSED: Message = Message {
    code: "unused-allow",
    level: Level::Note,
    summary: "an `Allow` in a header disables nothing",
    explanation: "\
`Allow: <lint>` states that the author has seen the lint's findings in this script, and intends
them. If the lint finds nothing, the line is a leftover that would hide the next mistake.

    -- Allow: if-exists           -- and no statement has IF EXISTS

To fix it, remove the name, or the whole line if no other name is left.",
};

/// An `Allow` key that names an unknown lint.
#[derive(Debug, Clone)]
struct UnknownLint {
    name: String,
    nearest: Option<&'static str>,
}

impl Explain for UnknownLint {
    fn words(&self) -> Words {
        words(
            "unknown-lint",
            format!("`Allow` names an unknown lint: `{}`", self.name),
            self.nearest
                .map_or("no lint has this name".to_owned(), |nearest| format!("did you mean `{nearest}`?")),
            "correct the name; `aludel explain` lists the lints",
        )
    }
}

/// Returns `true` if a script's header disables a lint.
pub(super) fn allows(script: &ParsedScript, lint: &str) -> bool {
    script.header.allow.iter().any(|name| name.value == lint)
}

/// Checks that `Allow` names only known lints, and only those that report something.
pub(super) fn check(script: &ParsedScript, is_used: impl Fn(&str) -> bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in &script.header.allow {
        let place = script.place(name.span.clone());
        let is_known = lints().any(|lint| lint.code == name.value);
        if !is_known {
            let nearest = nearest(&name.value, lints());
            problems.push(Problem::at(place, &UnknownLint { name: name.value.clone(), nearest }));
        } else if !is_used(&name.value) && name.value != UNUSED.code && !allows(script, UNUSED.code) {
            let title =
                format!("`Allow: {}` disables nothing: the lint finds nothing in this script", name.value);
            let finding = Finding::new(&UNUSED, name.span.clone(), title, "not needed", "remove it");
            problems.push(Problem::at(place, &finding).into_note());
        }
    }
    problems
}
