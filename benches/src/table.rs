//! Formats tables in Markdown, and inserts them into a document.

use std::fmt::Write as _;
use std::path::Path;

use benches::Result;

/// The names of the tables in the document.
pub(crate) const ON_SQLITE: &str = "measured";
pub(crate) const ON_POSTGRES: &str = "measured on PostgreSQL";

/// A table with a row for each contender and a column for each size.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    pub(crate) fn row(&mut self, name: &str, cells: Vec<String>) {
        self.rows.push((name.to_owned(), cells));
    }

    /// Formats the table under a heading. The columns are numbers of scripts.
    pub(crate) fn markdown(&self, heading: &str, sizes: &[usize]) -> Result<String> {
        self.markdown_of(heading, sizes, "scripts")
    }

    /// Formats the table under a heading. The columns are numbers of `what`.
    pub(crate) fn markdown_of(&self, heading: &str, sizes: &[usize], what: &str) -> Result<String> {
        let mut text = format!("### {heading}\n\n| |");
        sizes.iter().try_for_each(|size| write!(text, " {size} {what} |"))?;
        writeln!(text, "\n|---|{}", "---:|".repeat(sizes.len()))?;
        for (name, cells) in &self.rows {
            writeln!(text, "| {name} | {} |", cells.join(" | "))?;
        }
        Ok(text)
    }
}

/// Formats a time with three significant digits.
pub(crate) fn time(seconds: f64) -> String {
    match seconds.abs() {
        ..1e-3 => format!("{:.0} µs", seconds * 1e6),
        ..1e-2 => format!("{:.2} ms", seconds * 1e3),
        ..1e-1 => format!("{:.1} ms", seconds * 1e3),
        ..1.0 => format!("{:.0} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

/// Formats a ratio.
pub(crate) fn times(ratio: f64) -> String {
    format!("{ratio:.2}")
}

/// Formats a target value, and the result at each size.
pub(crate) fn aim(words: &str, found: &[f64], limit: f64, tell: impl Fn(f64) -> String) -> String {
    let verdict = if found.iter().all(|value| *value <= limit) { "held" } else { "missed" };
    let found: Vec<String> = found.iter().map(|value| tell(*value)).collect();
    format!("Aim: {words}. **{verdict}**: {}.\n", found.join(", "))
}

/// Replaces the tables with a name in a document.
pub(crate) fn put(document: &Path, name: &str, tables: &str) -> Result<()> {
    let (begin, end) = (format!("<!-- {name}: begin -->"), format!("<!-- {name}: end -->"));
    let text = std::fs::read_to_string(document)?;
    let missing = || format!("`{}` has no line `{begin}` with `{end}` below it", document.display());
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(std::fs::write(document, format!("{before}{begin}\n{tables}\n{end}{after}"))?)
}
