//! Finds the statement that is to blame: the last one after which something is wrong that was right before it.

use std::ops::Range;

use rusqlite::Result;

use super::difference::RowDifference;
use super::image::TableImage;
use super::judge::Judge;
use super::round::{Finding, marker};
use crate::problem::Problem;
use crate::schema::Name;
use crate::script::{ParsedScript, SectionKind};

/// The statement that did it, and whether it is still wrong at the end of the section.
struct Walked {
    statement: Option<usize>,
    is_wrong: bool,
}

impl Judge<'_> {
    /// A finding as a fault at its place. The database is as it was before the script, and stays so.
    pub(super) fn place(&self, script: &ParsedScript, finding: Finding) -> Result<Problem> {
        let (span, fault, notes) = match finding {
            Finding::Fails(failure) => return self.fails_with_rows(script, &failure),
            Finding::Told(problem) => return Ok(problem),
            Finding::At(span, fault, notes) => (span, fault, notes),
            Finding::Lost { image, columns, fault, notes } => {
                let is_lost = || Ok(self.is_lost(&image, &columns));
                (self.find(script, None, is_lost)?, fault, notes)
            }
            Finding::Fallen { section, table, was, fault } => {
                let is_fallen = || Ok(self.counter(&table)?.is_none_or(|is| is < was));
                (self.find(script, Some(section), is_fallen)?, fault, Vec::new())
            }
            Finding::Dangling { section, child, fault } => {
                let dangles = || self.dangles(&child);
                (self.find(script, Some(section), dangles)?, fault, Vec::new())
            }
        };
        let problem = Problem::at(script.place(span), &fault);
        Ok(notes.into_iter().fold(problem, Problem::with_note))
    }

    /// The bytes of the statement after which something is wrong: in the upgrade, or, where that leaves nothing wrong, in the downgrade.
    fn find(
        &self,
        script: &ParsedScript,
        section: Option<SectionKind>,
        is_wrong: impl Fn() -> Result<bool>,
    ) -> Result<Range<usize>> {
        self.scratch.control("SAVEPOINT walk")?;
        let upgrade = self.walk(script, SectionKind::Upgrade, &is_wrong)?;
        let in_upgrade = match section {
            Some(section) => section == SectionKind::Upgrade,
            None => upgrade.is_wrong && !renames(script, upgrade.statement),
        };
        let (kind, walked) = if in_upgrade {
            (SectionKind::Upgrade, upgrade)
        } else {
            (SectionKind::Downgrade, self.walk(script, SectionKind::Downgrade, &is_wrong)?)
        };
        if !self.scratch.connection.is_autocommit() {
            self.scratch.control("ROLLBACK TO walk; RELEASE walk")?;
        }
        self.scratch.written();
        let statements =
            script.section(kind).map(|section| section.statements.as_slice()).unwrap_or_default();
        let found = walked.statement.and_then(|statement| copy_before(script, statements, statement));
        Ok(found.unwrap_or_else(|| marker(script, kind)))
    }

    fn walk(
        &self,
        script: &ParsedScript,
        kind: SectionKind,
        is_wrong: impl Fn() -> Result<bool>,
    ) -> Result<Walked> {
        let mut walked = Walked { statement: None, is_wrong: is_wrong()? };
        let statements =
            script.section(kind).map(|section| section.statements.as_slice()).unwrap_or_default();
        for (number, statement) in statements.iter().enumerate() {
            let sql = script.source.text.get(statement.clone()).unwrap_or_default();
            if self.scratch.run(sql).is_err() {
                break;
            }
            let now = is_wrong()?;
            if now && !walked.is_wrong {
                walked.statement = Some(number);
            }
            walked.is_wrong = now;
        }
        Ok(walked)
    }

    fn is_lost(&self, image: &TableImage, columns: &[String]) -> bool {
        let Ok(now) = image.again(&self.scratch.connection) else { return true };
        let difference = RowDifference::between(image, &now);
        let is_named = |(column, _): &(String, _)| columns.contains(column);
        !difference.lost.is_empty() || difference.columns(image).iter().any(is_named)
    }

    fn dangles(&self, child: &Name) -> Result<bool> {
        let tables = [child.clone()].into();
        Ok(!self.keys.dangling(&self.scratch.connection, &tables)?.is_empty())
    }
}

/// Whether a statement of the upgrade only renames: what it moved may yet come back.
fn renames(script: &ParsedScript, statement: Option<usize>) -> bool {
    let section = script.section(SectionKind::Upgrade);
    let span = section.zip(statement).and_then(|(section, number)| section.statements.get(number));
    let sql = span.and_then(|span| script.source.text.get(span.clone())).unwrap_or_default().to_uppercase();
    sql.starts_with("ALTER") && sql.contains("RENAME")
}

/// Where a rebuilt table lost something, the statement that copied its rows is to blame, and not the one that dropped it.
fn copy_before(script: &ParsedScript, statements: &[Range<usize>], found: usize) -> Option<Range<usize>> {
    let begins = |span: &Range<usize>, words: &[&str]| {
        let sql = script.source.text.get(span.clone()).unwrap_or_default();
        let mut first = sql.split_whitespace();
        words.iter().all(|word| first.next().is_some_and(|found| found.eq_ignore_ascii_case(word)))
    };
    let statement = statements.get(found)?;
    let renamed_later = statements.iter().skip(found + 1).any(|later| begins(later, &["ALTER", "TABLE"]));
    let copy = statements.iter().take(found).rfind(|earlier| begins(earlier, &["INSERT"]));
    match copy {
        Some(copy) if renamed_later && begins(statement, &["DROP", "TABLE"]) => Some(copy.clone()),
        _ => Some(statement.clone()),
    }
}
