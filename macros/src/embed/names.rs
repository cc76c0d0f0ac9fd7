//! The type names of revisions.

use std::collections::BTreeMap;

use aludel_core::chain::Assembled;
use aludel_core::problem::{Explain, Problem, Words};
use syn::Ident;

/// Returns the name of a revision's type: `R<id>`, with `.` replaced by `__`.
pub(super) fn type_name(id: &str) -> String {
    format!("R{}", id.replace('.', "__"))
}

/// Two IDs with the same type name.
#[derive(Debug, Clone)]
struct SameTypeName {
    first: String,
    second: String,
    name: String,
}

impl Explain for SameTypeName {
    fn words(&self) -> Words {
        let Self { first, second, name } = self;
        Words {
            code: "same-type-name",
            title: format!("revisions `{first}` and `{second}` would both be the type `{name}`"),
            label: "this ID".to_owned(),
            help: "`.` becomes `__` in a type name: give one of the two revisions a different ID".to_owned(),
        }
    }
}

/// Checks that no two revisions have the same type name.
pub(super) fn check(assembled: &Assembled) -> Result<(), Vec<Problem>> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for script in &assembled.scripts {
        let Some(id) = &script.header.id else { continue };
        let name = type_name(&id.value);
        if let Some(first) = seen.insert(name.clone(), &id.value) {
            let fault = SameTypeName { first: first.to_owned(), second: id.value.clone(), name };
            problems.push(Problem::at(script.place(id.span.clone()), &fault));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Returns the alias for each message: its words in Pascal case. A message has no alias if these
/// are not an identifier, if another message has the same alias, or if the alias is already taken.
pub(super) fn aliases<'a>(
    messages: impl Iterator<Item = &'a str> + Clone,
    taken: &[String],
) -> Vec<Option<String>> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for name in messages.clone().map(pascal_case) {
        *count.entry(name).or_default() += 1;
    }
    messages
        .map(pascal_case)
        .map(|name| {
            let is_own = count.get(&name) == Some(&1) && !taken.contains(&name);
            (is_own && syn::parse_str::<Ident>(&name).is_ok()).then_some(name)
        })
        .collect()
}

fn pascal_case(message: &str) -> String {
    message
        .split(|letter: char| !letter.is_alphanumeric())
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{aliases, pascal_case, type_name};

    #[test]
    fn a_dot_is_two_underscores() {
        assert_eq!(type_name("a.b_c"), "Ra__b_c");
    }

    #[test]
    fn an_alias_is_the_message_in_pascal_case_where_no_other_message_gives_it() {
        assert_eq!(pascal_case("Add the favourite flag to photos!"), "AddTheFavouriteFlagToPhotos");
        let messages = ["merge", "add it", "Merge", "2 steps", "self", "R1"];
        let aliases = aliases(messages.into_iter(), &["R1".to_owned()]);
        assert_eq!(aliases, [None, Some("AddIt".to_owned()), None, None, None, None]);
    }
}
