//! Reads the scripts that a chain lacks from the ledger, and adds them to the chain.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aludel_core::chain::{Chain, Declared, Predecessors, Script, Section, Text};
use aludel_core::graph::{self, Declaration, Graph, Index};
use aludel_core::script::{self, Dialect, Grammar, StatementFault, is_revision_id};

use super::fault::{LedgerFault, LedgerFaultKind};
use crate::ledger::{Entry, Numbered, REPAIR, list};

type Newest<'e> = BTreeMap<&'e str, &'e Numbered>;

impl Numbered {
    pub(super) fn fault(&self, why: LedgerFaultKind) -> LedgerFault {
        LedgerFault { row: Some(self.id), revision: self.entry.revision.clone(), why }
    }

    pub(super) fn parents(&self) -> impl Iterator<Item = &str> {
        list(&self.entry.revises).chain(list(&self.entry.depends_on))
    }
}

/// Returns the rows of the applied revisions that the chain lacks: those with a version row, and
/// those that they need.
pub(super) fn lacking<'e>(
    is_known: impl Fn(&str) -> bool,
    unknown: &[String],
    newest: &Newest<'e>,
) -> Result<Vec<&'e Numbered>, LedgerFault> {
    let mut found = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut waiting: Vec<String> = unknown.to_vec();
    while let Some(id) = waiting.pop() {
        if is_known(&id) || !seen.insert(id.clone()) {
            continue;
        }
        if !is_revision_id(&id) {
            return Err(LedgerFault { row: None, revision: id, why: LedgerFaultKind::NotAnId });
        }
        let Some(row) = newest.get(&*id) else {
            return Err(LedgerFault { row: None, revision: id, why: LedgerFaultKind::NoRow });
        };
        let Entry { direction, checksum, .. } = &row.entry;
        if !matches!((&**direction, checksum), ("upgrade" | "stamp" | REPAIR, Some(_))) {
            return Err(row.fault(LedgerFaultKind::NotApplied { direction: direction.clone() }));
        }
        waiting.extend(row.parents().map(str::to_owned));
        found.push(*row);
    }
    Ok(found)
}

/// Returns the chain with the missing scripts, and its graph. These scripts may replace the base of
/// a squash.
///
/// Labels are omitted: a label in the chain may be the ID of an added revision, and nothing is
/// looked up by label here.
pub(super) fn extended(
    (chain, replaced): (&Chain, Option<Index>),
    lacking: &[&Numbered],
    newest: &Newest<'_>,
) -> Result<(Chain, Graph), LedgerFault> {
    let graph = chain.graph();
    let ids = |indexes: &[usize]| graph.ids(indexes.iter().copied());
    let mut declarations: Vec<Declaration> = Vec::new();
    let mut scripts: Vec<Script> = Vec::new();
    let kept = chain.scripts.iter().enumerate().filter(|(index, _)| Some(*index) != replaced);
    for (_, script) in kept {
        declarations.push(Declaration {
            id: script.id.to_string(),
            revises: ids(&script.down),
            depends_on: ids(&script.depends_on),
            labels: Vec::new(),
        });
        scripts.push(Script { labels: Cow::Borrowed(&[]), ..script.clone() });
    }
    let known = scripts.len();
    let mut grammar = Grammar::new(chain.dialect).unwrap_or_default();
    for row in lacking {
        declarations.push(declaration(row));
        scripts.push(read(row, (chain, &graph), newest, &mut grammar)?);
    }
    let resolved = graph::resolve(&declarations).map_err(|faults| {
        let at = faults.first().map_or(0, |located| located.at.0);
        match at.checked_sub(known).and_then(|number| lacking.get(number)) {
            Some(row) => row.fault(LedgerFaultKind::Cycle),
            None => LedgerFault { row: None, revision: String::new(), why: LedgerFaultKind::Cycle },
        }
    })?;
    let placed = resolved.order.iter().zip(resolved.graph.indexes()).filter_map(|(number, index)| {
        let node = resolved.graph.node(index);
        let (down, depends_on) = (Cow::Owned(node.down.clone()), Cow::Owned(node.depends_on.clone()));
        Some(Script { down, depends_on, ..scripts.get(*number)?.clone() })
    });
    let version_table = chain.version_table.clone();
    let predecessors = if replaced.is_none() { chain.predecessors.clone() } else { Predecessors::NONE };
    let (scripts, dialect) = (placed.collect(), chain.dialect);
    let extended = Chain { scripts, version_table, predecessors, dialect, ..Chain::default() };
    Ok((extended, resolved.graph))
}

fn declaration(row: &Numbered) -> Declaration {
    let owned = |values: &str| list(values).map(str::to_owned).collect();
    Declaration {
        id: row.entry.revision.clone(),
        revises: owned(&row.entry.revises),
        depends_on: owned(&row.entry.depends_on),
        labels: Vec::new(),
    }
}

/// Reads a script from a row of the ledger. The script must have both sections and the recorded
/// checksum. Its downgrade must pass the same checks as a script in a folder.
fn read(
    row: &Numbered,
    (chain, graph): (&Chain, &Graph),
    newest: &Newest<'_>,
    grammar: &mut Grammar,
) -> Result<Script, LedgerFault> {
    let entry = &row.entry;
    let missing = |section| row.fault(LedgerFaultKind::NoScript { section });
    let upgrade = entry.upgrade_sql.as_deref().ok_or_else(|| missing("upgrade"))?;
    let downgrade = entry.downgrade_sql.as_deref().ok_or_else(|| missing("downgrade"))?;
    let labels = |id: &str| match graph.find_id(id) {
        Some(index) => chain.script(index).labels.iter().map(ToString::to_string).collect(),
        None => newest
            .get(id)
            .and_then(|row| row.entry.branch_labels.as_deref())
            .map(|labels| list(labels).map(str::to_owned).collect())
            .unwrap_or_default(),
    };
    if !has_its_checksum(entry, labels) {
        return Err(row.fault(LedgerFaultKind::Checksum));
    }
    // Only the downgrade of a merge point may be empty.
    if downgrade.is_empty() && list(&entry.revises).count() < 2 {
        return Err(missing("downgrade"));
    }
    let file = format!("row {} of the ledger", row.id);
    let outside = statements_outside(chain.dialect, downgrade);
    let outside_transaction = outside.as_ref().map_or("", |_| OUTSIDE);
    let statements = outside
        .map_or_else(|| statements(&file, downgrade, grammar), Ok)
        .map_err(|message| row.fault(LedgerFaultKind::InvalidScript { message }))?;
    let section =
        |sql: &str, statements| Section { sql: owned(sql), line: 1, statements: Cow::Owned(statements) };
    Ok(Script {
        id: owned(&entry.revision),
        message: owned(&entry.message),
        checksum: owned(entry.checksum.as_deref().unwrap_or_default()),
        upgrade: section(upgrade, chain.dialect.statements(upgrade)),
        downgrade: section(downgrade, statements),
        declared: Declared {
            loses: entry.loses.iter().filter(|loses| !loses.is_empty()).map(|loses| owned(loses)).collect(),
            allow: list(entry.allow.as_deref().unwrap_or_default()).map(owned).collect(),
            irreversible: Cow::Borrowed(""),
            outside_transaction: owned(outside_transaction),
            imported_from: Cow::Borrowed(""),
            sample: Section::default(),
        },
        file: Cow::Owned(file),
        ..Script::default()
    })
}

fn owned(text: &str) -> Text {
    Cow::Owned(text.to_owned())
}

/// Returns the statements of a downgrade, or the first error in it.
///
/// A hidden character is not an error here, because a released script must not change.
fn statements(file: &str, text: &str, grammar: &mut Grammar) -> Result<Vec<Range<usize>>, String> {
    let (source, statements, problems) = script::parse_sql(file, text, grammar);
    if let Some(problem) = problems.iter().find(|problem| !StatementFault::is_hidden_character(problem)) {
        return Err(problem.title());
    }
    if source.text == text { Ok(statements) } else { Err("it is not stored as it ran".to_owned()) }
}

/// The reason for a script from the ledger, which does not record the reason from the header.
const OUTSIDE: &str = "its downgrade runs outside a transaction";

/// Returns the statements of a downgrade that runs outside a transaction, or `None` for any other.
fn statements_outside(dialect: Dialect, text: &str) -> Option<Vec<Range<usize>>> {
    let statements = dialect.statements(text);
    let is_outside =
        |span: &Range<usize>| text.get(span.clone()).is_some_and(|statement| dialect.runs_outside(statement));
    (!statements.is_empty() && statements.iter().all(is_outside)).then_some(statements)
}

/// The maximum number of spellings of the dependencies to try.
const MOST_SPELLINGS: usize = 64;

/// Returns `true` if the checksum of a row matches its scripts and parents.
///
/// The row lists the IDs of the dependencies. A header may name a dependency by its label, and the
/// checksum covers the header's spelling.
pub(crate) fn has_its_checksum(entry: &Entry, labels: impl Fn(&str) -> Vec<String>) -> bool {
    let (Some(upgrade), Some(downgrade)) = (&entry.upgrade_sql, &entry.downgrade_sql) else { return false };
    let revises: Vec<&str> = list(&entry.revises).collect();
    let mut spellings: Vec<Vec<String>> = vec![Vec::new()];
    for id in list(&entry.depends_on) {
        let names: Vec<String> = [id.to_owned()].into_iter().chain(labels(id)).collect();
        let spelled = spellings.iter().flat_map(|before| {
            names.iter().map(|name| before.iter().cloned().chain([name.clone()]).collect())
        });
        spellings = spelled.take(MOST_SPELLINGS).collect();
    }
    spellings.iter().any(|depends_on| {
        let depends_on: Vec<&str> = depends_on.iter().map(String::as_str).collect();
        entry.checksum.as_deref() == Some(&*script::checksum(upgrade, downgrade, &revises, &depends_on))
    })
}
