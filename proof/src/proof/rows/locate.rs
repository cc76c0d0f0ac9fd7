//! Finds the statement that caused an error: the last one after which something is wrong that was
//! right before it.

use std::ops::Range;

use aludel_core::guarded::rolled_back;
use aludel_core::problem::Problem;
use aludel_core::schema::Name;
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::Result;

use super::difference::RowDifference;
use super::fault::{RowFault, SampleHint};
use super::image::{Row, TableImage};
use super::judge::RowJudge;
use super::round_trip::{Finding, marker};
use crate::lint::{names, renamed_then_dropped};

/// The statement that caused an error, and the state at the end of the section.
struct Walked {
    statement: Option<usize>,
    is_wrong: bool,
    /// `true` if the statement removed the table and a later statement created it again.
    is_rebuilt: bool,
}

impl RowJudge<'_> {
    /// Turns a finding into a problem at its place. The database is in the state before the script,
    /// and stays in it.
    pub(super) fn place(&self, script: &ParsedScript, finding: Finding) -> Result<Problem> {
        let (span, fault, notes) = match finding {
            Finding::Reported(problem) => return Ok(problem),
            Finding::At(span, fault, notes) => return Ok(problem_at(script, span, &fault, notes)),
            Finding::Lost { image, row, columns, fault, notes } => {
                let table = Name::new(&image.name);
                let is_lost = || Ok(self.is_lost(&image, &row, &columns));
                let span = self.find(script, None, &table, is_lost)?;
                (span, fault.with_hint(self.hint(&table)), notes)
            }
            Finding::Fallen { section, table, was, fault } => {
                let is_fallen = || Ok(self.counter(&table)?.is_none_or(|is| is < was));
                (self.find(script, Some(section), &table, is_fallen)?, fault, Vec::new())
            }
            Finding::Dangling { section, child, fault } => {
                let dangles = || self.dangles(&child);
                (self.find(script, Some(section), &child, dangles)?, fault, Vec::new())
            }
        };
        let is_section =
            [SectionKind::Upgrade, SectionKind::Downgrade].iter().any(|kind| marker(script, *kind) == span);
        let mut fault = fault;
        if let RowFault::Dangling { section, dangling } = &mut fault {
            dangling.renamed_from = renamed_then_dropped(script, *section, &dangling.parent);
        }
        let fault = if is_section { RowFault::AfterSection { fault: Box::new(fault) } } else { fault };
        Ok(problem_at(script, span, &fault, notes))
    }

    /// Returns a hint that names the script whose sample section can supply other rows. Returns
    /// `None` if the table's rows were not generated.
    fn hint(&self, table: &Name) -> Option<SampleHint> {
        let file = || {
            let maker = self.assembled.scripts.get(*self.makers.get(table)?)?;
            Some(maker.source.path.clone())
        };
        let is_generated = self.generated.contains(table);
        is_generated.then(|| SampleHint { tables: vec![table.to_string()], file: file() })
    }

    /// Returns the byte range of the statement after which something is wrong. The statement is in
    /// the downgrade if nothing is wrong after the upgrade.
    fn find(
        &self,
        script: &ParsedScript,
        section: Option<SectionKind>,
        table: &Name,
        is_wrong: impl Fn() -> Result<bool>,
    ) -> Result<Range<usize>> {
        let (kind, walked) = rolled_back(self.scratch.connection(), || -> Result<_> {
            let upgrade = self.walk(script, SectionKind::Upgrade, table, &is_wrong)?;
            let in_upgrade = match section {
                Some(section) => section == SectionKind::Upgrade,
                None => upgrade.is_wrong && (upgrade.is_rebuilt || !renames(script, upgrade.statement)),
            };
            if in_upgrade {
                return Ok((SectionKind::Upgrade, upgrade));
            }
            Ok((SectionKind::Downgrade, self.walk(script, SectionKind::Downgrade, table, &is_wrong)?))
        })??;
        self.scratch.written();
        let statements =
            script.section(kind).map(|section| section.statements.as_slice()).unwrap_or_default();
        let copy = walked.statement.filter(|_| walked.is_rebuilt);
        let copy = copy.and_then(|statement| copy_of(script, statements, statement, table));
        let found = copy.or_else(|| statements.get(walked.statement?));
        Ok(found.cloned().unwrap_or_else(|| marker(script, kind)))
    }

    fn walk(
        &self,
        script: &ParsedScript,
        kind: SectionKind,
        table: &Name,
        is_wrong: impl Fn() -> Result<bool>,
    ) -> Result<Walked> {
        let mut walked = Walked { statement: None, is_wrong: is_wrong()?, is_rebuilt: false };
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
                walked.is_rebuilt = !self.is_there(table)?;
            }
            walked.is_wrong = now;
        }
        walked.is_rebuilt &= self.is_there(table)?;
        Ok(walked)
    }

    fn is_there(&self, table: &Name) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE)";
        self.scratch.connection().query_row(sql, [table.as_str()], |row| row.get(0))
    }

    /// Returns `true` if the reported row is not as it was before. Other rows may reappear later.
    fn is_lost(&self, image: &TableImage, row: &Row, columns: &[String]) -> bool {
        let Ok(now) = image.again(self.scratch.connection()) else { return true };
        let difference = RowDifference::between(image, &now);
        let is_reported = |lost: &Row| lost == row || image.key.is_empty();
        let differs = |after: &Row| {
            let places = columns.iter().filter_map(|column| image.place(column));
            places.into_iter().any(|place| row.get(place) != after.get(place))
        };
        difference.lost.iter().any(is_reported)
            || difference.changed.iter().any(|(before, after)| before == row && differs(after))
    }

    fn dangles(&self, child: &Name) -> Result<bool> {
        let tables = [child.clone()].into();
        Ok(!self.keys.dangling(self.scratch.connection(), &tables)?.is_empty())
    }
}

fn problem_at(script: &ParsedScript, span: Range<usize>, fault: &RowFault, notes: Vec<String>) -> Problem {
    let problem = Problem::at(script.place(span), fault);
    notes.into_iter().fold(problem, Problem::with_note)
}

/// Returns `true` if a statement in the upgrade only renames. The rows may reappear later.
fn renames(script: &ParsedScript, statement: Option<usize>) -> bool {
    let section = script.section(SectionKind::Upgrade);
    let span = section.zip(statement).and_then(|(section, number)| section.statements.get(number));
    let sql = span.and_then(|span| script.source.text.get(span.clone())).unwrap_or_default().to_uppercase();
    sql.starts_with("ALTER") && sql.contains("RENAME")
}

/// Returns the statement that copied the rows of a rebuilt table. This is the last copy before the
/// statement that removed the table. If the old table was renamed first, it is the first copy after
/// that. Returns `None` if there is no such statement.
fn copy_of<'s>(
    script: &ParsedScript,
    statements: &'s [Range<usize>],
    taken_away: usize,
    table: &Name,
) -> Option<&'s Range<usize>> {
    let copies = |statement: &&Range<usize>| {
        begins(script, statement, "INSERT") && names(script, statement, table.as_str())
    };
    let (earlier, later) = statements.split_at_checked(taken_away)?;
    if later.first().is_some_and(|statement| begins(script, statement, "ALTER")) {
        return later.iter().find(copies);
    }
    earlier.iter().rfind(copies)
}

fn begins(script: &ParsedScript, statement: &Range<usize>, word: &str) -> bool {
    let sql = script.source.text.get(statement.clone()).unwrap_or_default();
    sql.split_whitespace().next().is_some_and(|first| first.eq_ignore_ascii_case(word))
}
