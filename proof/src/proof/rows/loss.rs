//! The losses that a header declares: `Loses: photos.title, rows of albums, counter of users`.
//!
//! If a name contains a dot, comma or quote, it is in double quotes, as in SQL: `"a.b"."c"`. Names
//! are those from before the upgrade.

use std::collections::BTreeSet;
use std::fmt;

use aludel_core::nearest;
use aludel_core::problem::{Problem, Spanned};
use aludel_core::schema::Name;
use aludel_core::script::ParsedScript;
use aludel_core::script::sqlite::quoted;

use super::fault::RowFault;
use super::image::{Image, TableImage};

/// Data that a script loses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Loss {
    /// Values in a column.
    Column { table: Name, column: Name },
    /// Rows in a table.
    Rows { table: Name },
    /// The AUTOINCREMENT counter, from which new IDs continue.
    Counter { table: Name },
}

impl Loss {
    pub(super) fn table(&self) -> &Name {
        let (Self::Column { table, .. } | Self::Rows { table } | Self::Counter { table }) = self;
        table
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column { table, column } => write!(formatter, "{}.{}", written(table), written(column)),
            Self::Rows { table } => write!(formatter, "rows of {}", written(table)),
            Self::Counter { table } => write!(formatter, "counter of {}", written(table)),
        }
    }
}

/// Writes a name as it appears in a header.
fn written(name: &Name) -> String {
    let name = name.as_str();
    let begins = |word: &str| name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let is_plain = !name.is_empty()
        && name.trim() == name
        && !name.contains(['.', ',', '"'])
        && !begins("rows of ")
        && !begins("counter of ");
    if is_plain { name.to_owned() } else { quoted(name) }
}

/// Returns the losses that a header declares, each with its place, and the errors in them.
pub(super) fn declared(script: &ParsedScript, before: &Image) -> (Vec<Spanned<Loss>>, Vec<Problem>) {
    let mut losses = Vec::new();
    let mut problems = Vec::new();
    for words in &script.header.loses {
        match parse(&words.value).and_then(|loss| known(loss, before)) {
            Ok(value) => losses.push(Spanned { value, span: words.span.clone() }),
            Err(suggestion) => problems.push(unknown(script, words, suggestion)),
        }
    }
    (losses, problems)
}

/// Returns the errors in the declared losses of a script that does not run. A table that no script
/// creates may be older than the chain, unless its name differs in only one letter from a known
/// one.
pub(super) fn surely_unknown(script: &ParsedScript, before: &Image) -> Vec<Problem> {
    let wrong = |words: &Spanned<String>| {
        let loss = match parse(&words.value) {
            Ok(loss) => loss,
            Err(suggestion) => return Some(unknown(script, words, suggestion)),
        };
        let table = loss.table().clone();
        let is_one_off = |other: &str| strsim::damerau_levenshtein(table.as_str(), other) == 1;
        let is_sure = before.table(&table).is_some() || before.tables().any(|image| is_one_off(&image.name));
        let suggestion = known(loss, before).err().filter(|_| is_sure)?;
        Some(unknown(script, words, suggestion))
    };
    script.header.loses.iter().filter_map(wrong).collect()
}

fn unknown(script: &ParsedScript, words: &Spanned<String>, suggestion: Option<String>) -> Problem {
    let fault = RowFault::UnknownLoss { loss: words.value.clone(), suggestion };
    Problem::at(script.place(words.span.clone()), &fault)
}

/// Parses one item. The error is a suggestion, if there is one.
fn parse(words: &str) -> Result<Loss, Option<String>> {
    for (word, is_counter) in [("rows of ", false), ("counter of ", true)] {
        let Some(rest) = words.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word)) else {
            continue;
        };
        let (table, after) = name(words.get(rest.len()..).unwrap_or_default().trim()).ok_or(None)?;
        return match (after, is_counter) {
            ("", false) => Ok(Loss::Rows { table }),
            ("", true) => Ok(Loss::Counter { table }),
            _ => Err(Some(format!("{word}{}", quoted(&format!("{}{after}", table.as_str()))))),
        };
    }
    let (table, after) = name(words).ok_or(None)?;
    let Some(rest) = after.strip_prefix('.') else { return Err(Some(format!("rows of {words}"))) };
    match name(rest) {
        Some((column, "")) => Ok(Loss::Column { table, column }),
        _ => Err(None),
    }
}

/// Splits text into the name at its beginning and the rest. Returns `None` if it begins with no
/// name.
fn name(words: &str) -> Option<(Name, &str)> {
    let Some(inside) = words.strip_prefix('"') else {
        let end = words.find('.').unwrap_or(words.len());
        let (name, rest) = words.split_at(end);
        return (!name.is_empty()).then(|| (Name::new(name.trim()), rest));
    };
    let mut from = 0;
    loop {
        let end = from + inside.get(from..)?.find('"')?;
        let rest = inside.get(end + 1..)?;
        if !rest.starts_with('"') {
            return Some((Name::new(inside.get(..end)?.replace("\"\"", "\"")), rest));
        }
        from = end + 2;
    }
}

/// Checks that the table and column existed before the upgrade. The error is the most similar name,
/// if any.
/// any.
fn known(loss: Loss, before: &Image) -> Result<Loss, Option<String>> {
    let table = loss.table();
    let Some(image) = before.table(table) else {
        let nearest = nearest(table.as_str(), before.tables().map(|table| table.name.as_str()));
        return Err(nearest.map(|table| renamed(&loss, Name::new(table)).to_string()));
    };
    let Loss::Column { table, column } = &loss else { return Ok(loss) };
    if image.place(column.as_str()).is_some() {
        return Ok(loss);
    }
    Err(nearest(column.as_str(), image.columns.iter().map(String::as_str))
        .map(|column| Loss::Column { table: table.clone(), column: Name::new(column) }.to_string()))
}

fn renamed(loss: &Loss, table: Name) -> Loss {
    match loss {
        Loss::Column { column, .. } => Loss::Column { table, column: column.clone() },
        Loss::Rows { .. } => Loss::Rows { table },
        Loss::Counter { .. } => Loss::Counter { table },
    }
}

/// Returns the declared losses that did not occur although the rows could have shown them.
pub(super) fn kept<'a>(
    declared: &'a [Spanned<Loss>],
    real: &BTreeSet<Loss>,
    before: &Image,
    counters: &BTreeSet<Name>,
) -> Vec<&'a Spanned<Loss>> {
    let could_show = |loss: &Loss| match loss {
        Loss::Rows { table } => before.table(table).is_some_and(|image| !image.rows.is_empty()),
        Loss::Column { table, column } => {
            !real.contains(&Loss::Rows { table: table.clone() })
                && before.table(table).is_some_and(|image| has_values(image, column))
        }
        Loss::Counter { table } => {
            counters.contains(table) && !real.contains(&Loss::Rows { table: table.clone() })
        }
    };
    declared.iter().filter(|loss| !real.contains(&loss.value) && could_show(&loss.value)).collect()
}

fn has_values(image: &TableImage, column: &Name) -> bool {
    let Some(place) = image.place(column.as_str()) else { return false };
    image.rows.iter().any(|row| row.get(place).is_some_and(|cell| !cell.is_null()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn losses_are_read_as_they_are_told() {
        let check = |words: &str, told: &str| {
            assert_eq!(parse(words).map(|loss| loss.to_string()), Ok(told.to_owned()), "{words}");
        };
        check("photos.title", "photos.title");
        check("Rows of photos", "rows of photos");
        check("rows of my photos", "rows of my photos");
        check("counter of \"a.b\"", "counter of \"a.b\"");
        check("\"a.b\".\"c\"\"d\"", "\"a.b\".\"c\"\"d\"");
        check("Äpfel.größe", "Äpfel.größe");
    }

    #[test]
    fn err_what_is_no_loss() {
        for words in ["photos", "photos.", ".title", "rows of", "\"photos.title", "a.b.c", "rows of a.b"] {
            assert!(parse(words).is_err(), "{words}");
        }
    }
}
