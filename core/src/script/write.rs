//! Writes a new script: its file name and its text, either complete or with placeholders for a
//! person.

use std::fmt;

/// The maximum number of characters in the slug of a file name.
const LONGEST_SLUG: usize = 40;

/// A new script.
///
/// The header is always valid. Without `filled`, each section is a placeholder, which is an error
/// until somebody replaces it. A merge point needs no statements and is already complete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The revision ID.
    pub id: String,
    /// The message: what the script will do, in one line.
    pub message: String,
    /// The down revisions. A base has none.
    pub revises: Vec<String>,
    /// The dependencies, by ID or label.
    pub depends_on: Vec<String>,
    /// The labels of the branch that begins here.
    pub branch_labels: Vec<String>,
    /// The creation time: `YYYY-MM-DD HH:MM:SS.ffffff`, or an empty string if it is unknown.
    pub create_date: String,
    /// The content of the sections, or `None` if a person must write it.
    pub filled: Option<Filled>,
}

/// The sections of a new script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// The number of released scripts that this one replaces as the base of a squash.
    pub replaces: usize,
    /// The allowed lints.
    pub allow: Vec<String>,
    /// The data that the upgrade loses, such as `photos.title`.
    pub loses: Vec<String>,
    /// The text of the upgrade.
    pub upgrade: String,
    /// The text of the downgrade.
    pub downgrade: String,
    /// The text of the sample section, or an empty string if there is none.
    pub sample: String,
}

impl Draft {
    /// Returns the file name: the date and time, the ID, and the slug of the message.
    #[must_use]
    pub fn file_name(&self) -> String {
        let digits: Vec<&str> = self.create_date.split(['-', ' ', ':']).collect();
        let date = match digits.as_slice() {
            [year, month, day, hour, minute, ..] => format!("{year}_{month}_{day}_{hour}{minute}-"),
            _ => String::new(),
        };
        match slug(&self.message).as_str() {
            "" => format!("{date}{}.sql", self.id),
            slug => format!("{date}{}_{slug}.sql", self.id),
        }
    }
}

impl fmt::Display for Draft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |key: &str, values: &[String]| format!("-- {key}: {}", values.join(", "));
        writeln!(formatter, "-- {}\n--\n-- Revision ID: {}", self.message, self.id)?;
        writeln!(formatter, "{}", listed("Revises", &self.revises).trim_end())?;
        if !self.branch_labels.is_empty() {
            writeln!(formatter, "{}", listed("Branch Labels", &self.branch_labels))?;
        }
        if !self.depends_on.is_empty() {
            writeln!(formatter, "{}", listed("Depends On", &self.depends_on))?;
        }
        if !self.create_date.is_empty() {
            writeln!(formatter, "-- Create Date: {}", self.create_date)?;
        }
        if let Some(Filled { replaces, allow, loses, upgrade, downgrade, sample }) = &self.filled {
            if *replaces > 0 {
                writeln!(formatter, "-- Replaces: {replaces} revisions")?;
            }
            if !allow.is_empty() {
                writeln!(formatter, "{}", listed("Allow", allow))?;
            }
            if !loses.is_empty() {
                writeln!(formatter, "{}", listed("Loses", loses))?;
            }
            write!(formatter, "\n-- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n")?;
            return if sample.is_empty() { Ok(()) } else { write!(formatter, "\n-- sample\n{sample}\n") };
        }
        let (upgrade, downgrade) = if self.revises.len() > 1 {
            ("nothing to do: a merge point", "nothing to do: a merge point")
        } else {
            (
                "REVIEW: write the statements of the upgrade here, and remove this line",
                "REVIEW: write the statements of the downgrade here, and remove this line",
            )
        };
        write!(formatter, "\n-- upgrade\n-- {upgrade}\n\n-- downgrade\n-- {downgrade}\n")
    }
}

/// Returns the message as part of a file name: lowercase letters and digits, with `_` between
/// words. Shortens it, between words if possible.
#[must_use]
pub fn slug(message: &str) -> String {
    let words = message.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words.map(str::to_lowercase) {
        let length = slug.chars().count() + word.chars().count() + usize::from(!slug.is_empty());
        if length > LONGEST_SLUG {
            if slug.is_empty() {
                slug = word.chars().take(LONGEST_SLUG).collect();
            }
            break;
        }
        if !slug.is_empty() {
            slug.push('_');
        }
        slug.push_str(&word);
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::{Draft, slug};
    use crate::script::Grammar;
    use crate::script::parse;

    fn draft(revises: &[&str]) -> Draft {
        Draft {
            id: "3f2c9a1b7d10".to_owned(),
            message: "Add the favourite flag".to_owned(),
            revises: revises.iter().map(ToString::to_string).collect(),
            depends_on: vec!["c2".to_owned()],
            branch_labels: vec!["flags".to_owned()],
            create_date: "2026-01-15 10:30:00.000000".to_owned(),
            filled: None,
        }
    }

    fn faults(draft: &Draft) -> Vec<&'static str> {
        let (_, faults) = parse(&draft.file_name(), draft.to_string().as_bytes(), &mut Grammar::default());
        faults.into_iter().map(|fault| fault.code()).collect()
    }

    #[test]
    fn a_draft_is_dated_and_asks_for_both_sections() {
        assert_eq!(draft(&["a1"]).file_name(), "2026_01_15_1030-3f2c9a1b7d10_add_the_favourite_flag.sql");
        insta::assert_snapshot!(draft(&["a1"]), @r"
        -- Add the favourite flag
        --
        -- Revision ID: 3f2c9a1b7d10
        -- Revises: a1
        -- Branch Labels: flags
        -- Depends On: c2
        -- Create Date: 2026-01-15 10:30:00.000000

        -- upgrade
        -- REVIEW: write the statements of the upgrade here, and remove this line

        -- downgrade
        -- REVIEW: write the statements of the downgrade here, and remove this line
        ");
        insta::assert_snapshot!(faults(&draft(&["a1"])).join(" "), @"review review");
    }

    #[test]
    fn a_merge_point_is_whole_as_it_is() {
        assert_eq!(faults(&draft(&["a1", "b1"])), [""; 0]);
    }

    #[test]
    fn a_slug_is_cut_behind_a_word() {
        assert_eq!(slug("Add photos' Größe, now!"), "add_photos_größe_now");
        assert_eq!(
            slug("one two three four five six seven eight nine ten"),
            "one_two_three_four_five_six_seven_eight"
        );
        assert_eq!(slug(&"x".repeat(50)), "x".repeat(40));
        assert_eq!(slug("—"), "");
    }
}
