//! Searches for rows that a script harms: rows that differ after the upgrade and the downgrade.
//!
//! The search for a statement ends with the first rows that the statement changes, although it may
//! do more harm to others. Here, the whole script runs on candidates, with the values that any of
//! its statements looks for. Everything is rolled back.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use aludel_core::chain::Script;
use aludel_core::plan::Direction;
use aludel_core::script::postgres::{text_literal, unquoted};

use super::Pass;
use super::block::Block;
use super::candidates;
use super::columns;
use super::draw::{Dice, Draw, Source};
use super::image::TableImage;
use super::literals::Literals;
use super::search::Search;
use super::statement::{calls, converts, depends_on_rows};
use crate::names::bare;
use crate::scratch::ScratchError;

/// The rounds of a search: the number of rows in each table, and the percentage of NULLs.
const ROUNDS: [(usize, usize); 5] = [(24, 12), (24, 0), (24, 40), (6, 12), (24, 6)];

/// The range of row counts that a statement may require, for example with `LIMIT`.
const COUNTED: RangeInclusive<usize> = 24..=500;

/// The maximum number of harmed rows to examine in one round.
const EXAMINED: usize = 6;

/// The maximum number of tables to fill.
const TABLES: usize = 6;

/// The number of statements that the search may execute for one script.
const BUDGET: usize = 1000;

/// Separates lost rows in a result.
const ROW: char = '\u{1e}';

/// A harmed row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Harm {
    /// The table.
    pub(super) table: String,
    /// The row before the upgrade, as text.
    pub(super) row: String,
    /// The statements that insert the row, with the rows that it needs.
    pub(super) rows: Vec<String>,
}

/// A table, and the columns whose values must stay.
type Target<'i> = (&'i TableImage, Vec<String>);

/// The result of running a script on rows.
struct Trial {
    /// The rows that the schema accepts.
    accepted: Vec<String>,
    /// The lost rows, each with the number of its table. `None` if the script failed.
    lost: Option<Vec<(usize, String)>>,
}

impl Pass<'_> {
    /// Searches for rows that the script harms. Adds those whose loss is an error or declared.
    /// Returns the others, which contain a literal of both sections, because a database may never
    /// contain such a row.
    pub(super) fn find_harm(&mut self, script: &Script) -> Result<Vec<Harm>, ScratchError> {
        let is_inside = |direction| script.outside_transaction(direction).is_none();
        let [upgrade, downgrade] = [Direction::Upgrade, Direction::Downgrade];
        let mut statements =
            script.section(upgrade).statements().chain(script.section(downgrade).statements());
        let is_at_risk =
            statements.any(|statement| depends_on_rows(statement) || converts(statement) || calls(statement));
        let is_reversible = script.declared.irreversible.is_empty();
        if !(is_at_risk && is_reversible && is_inside(upgrade) && is_inside(downgrade)) {
            return Ok(Vec::new());
        }
        let (reader, client) = self.session.clients()?;
        self.image.prepare(reader)?;
        let mut search =
            Search { client, reader, image: &self.image, settled: &self.settled, budget: BUDGET };
        let (harmed, possible) = search.harm(script, None)?;
        let mut shown: Vec<Harm> = harmed.into_iter().collect();
        for loss in script.declared.loses.iter() {
            search.budget = BUDGET;
            shown.extend(search.harm(script, Some(loss))?.0);
        }
        let mut added: Vec<String> = Vec::new();
        for harm in shown {
            let rows: Vec<String> = harm.rows.into_iter().filter(|row| !added.contains(row)).collect();
            self.add(&rows)?;
            added.extend(rows);
        }
        Ok(possible)
    }
}

impl Search<'_> {
    /// Returns a harmed row whose loss is an error, and the rows that are noted. If a declared loss
    /// is given, returns a row that shows this loss and no undeclared one.
    fn harm(
        &mut self,
        script: &Script,
        loss: Option<&str>,
    ) -> Result<(Option<Harm>, Vec<Harm>), postgres::Error> {
        let mut possible: Vec<Harm> = Vec::new();
        let both = [Direction::Upgrade, Direction::Downgrade].map(|direction| script.section(direction));
        let text = both.map(|section| &*section.sql).join("\n;");
        let image = self.image;
        // The bodies of functions name tables too. A function that exists may reach any table.
        let words = Literals::read(&text, &BTreeSet::new());
        let calls = both.iter().flat_map(|section| section.statements()).any(calls);
        let is_open = |table: &&TableImage| {
            !self.settled.contains(&table.name) && (calls || words.names(&unquoted(&bare(&table.name))))
        };
        let tables: Vec<&TableImage> = image.tables().filter(is_open).take(TABLES).collect();
        let is_of = |loss: &str, table: &TableImage, column: &str| {
            loss.strip_prefix("rows of ") == Some(&table.name) || loss == format!("{}.{column}", table.name)
        };
        let targets = |is_compared: &dyn Fn(&TableImage, &str) -> bool| -> Vec<Target<'_>> {
            let columns = |table: &TableImage| {
                table.columns.iter().filter(|column| is_compared(table, column)).cloned().collect()
            };
            tables.iter().map(|table| (*table, columns(table))).collect()
        };
        let undeclared = targets(&|table, column| {
            !script.declared.loses.iter().any(|declared| is_of(declared, table, column))
        });
        let targets = match loss {
            None => undeclared.clone(),
            Some(loss) => targets(&|table, column| is_of(loss, table, column)),
        };
        let sections = both.map(|section| section.statements().collect::<Vec<_>>());
        let columns = columns::read(self.reader, &tables.iter().map(|table| table.oid).collect())?;
        let names = columns.values().flatten().map(|column| unquoted(&column.name)).collect();
        let literals = Literals::read(&text, &names);
        let mut sources: Vec<(bool, Source<'_>)> = tables
            .iter()
            .filter_map(|table| {
                let columns = columns.get(&table.oid)?;
                let refers = columns.iter().any(|column| column.reference.is_some());
                Some((refers, Source::harmed(table, columns, &literals)))
            })
            .collect();
        sources.sort_by_key(|(refers, _)| *refers);
        let trial = self.round_trip(&targets, &sections, &[])?;
        if sources.is_empty() || trial.lost.is_none_or(|lost| !lost.is_empty()) {
            // The rows that exist show the loss already.
            return Ok((None, possible));
        }
        let exchanged = exchanged(script);
        let mut dice = Dice::new(&text);
        // More rows than every literal that may be a count.
        let counted = literals.all.iter().filter_map(|literal| literal.parse().ok());
        let counted = counted.filter(|count| COUNTED.contains(count)).max().map(|count| (count + 8, 0));
        for (round, (count, nulls)) in ROUNDS.into_iter().chain(counted).enumerate() {
            let mut rows: Vec<String> = sources
                .iter()
                .flat_map(|(_, source)| {
                    (0..count)
                        .map(|number| {
                            let (number, has_fresh_keys) = (100 * round + number, count > *COUNTED.start());
                            source.row(&mut dice, Draw { number, nulls, has_fresh_keys })
                        })
                        .collect::<Vec<_>>()
                })
                .collect();
            for _ in 0..EXAMINED {
                let Some(harm) = self.harmed_by(&targets, &sections, &rows)? else { break };
                let is_shown = match loss {
                    None => !has_any(&harm.row, &exchanged),
                    Some(_) => self.harms_nothing(&undeclared, &sections, &harm.rows)?,
                };
                if is_shown {
                    return Ok((Some(harm), possible));
                }
                // The others show whether the script does more harm.
                let is_plain =
                    |row: &String| !exchanged.iter().any(|literal| row.contains(&text_literal(literal)));
                rows.retain(|row| is_plain(row) && !harm.rows.contains(row));
                if possible.iter().all(|known| known.table != harm.table) {
                    possible.push(harm);
                }
            }
            if self.budget == 0 {
                break;
            }
        }
        Ok((None, possible))
    }

    /// Returns `true` if the script passes on rows, and harms none of these columns.
    fn harms_nothing(
        &mut self,
        targets: &[Target<'_>],
        sections: &[Vec<&str>; 2],
        rows: &[String],
    ) -> Result<bool, postgres::Error> {
        let is_empty = targets.iter().all(|(_, columns)| columns.is_empty());
        Ok(is_empty || self.round_trip(targets, sections, rows)?.lost.is_some_and(|lost| lost.is_empty()))
    }

    /// Returns one of the rows that the script harms, or `None` if it harms none or fails.
    fn harmed_by(
        &mut self,
        targets: &[Target<'_>],
        sections: &[Vec<&str>; 2],
        rows: &[String],
    ) -> Result<Option<Harm>, postgres::Error> {
        let trial = self.round_trip(targets, sections, rows)?;
        let Some(lost) = trial.lost else {
            // Some rows may break the script. The others are tried without them.
            if rows.len() < 2 {
                return Ok(None);
            }
            let (one, other) = rows.split_at(rows.len() / 2);
            return match self.harmed_by(targets, sections, one)? {
                None => self.harmed_by(targets, sections, other),
                found => Ok(found),
            };
        };
        let Some(mut found) = lost.into_iter().next() else { return Ok(None) };
        let rows = candidates::shrink(trial.accepted, |fewer| {
            let trial = self.round_trip(targets, sections, fewer)?;
            let Some(lost) = trial.lost.into_iter().flatten().next() else { return Ok(None) };
            found = lost;
            Ok(Some(trial.accepted))
        })?;
        let (place, row) = found;
        let table = targets.get(place).map(|(table, _)| table.name.clone()).unwrap_or_default();
        Ok(Some(Harm { table, row, rows }))
    }

    /// Runs all statements on rows.
    fn round_trip(
        &mut self,
        targets: &[Target<'_>],
        sections: &[Vec<&str>; 2],
        rows: &[String],
    ) -> Result<Trial, postgres::Error> {
        let mut block = Block::default();
        candidates::insert(&mut block, rows);
        let rows_of = |(place, (table, columns)): (usize, &Target<'_>)| {
            let columns = (!columns.is_empty()).then(|| columns.join(", "))?;
            Some(format!("SELECT '{place} ' || ROW({columns})::text FROM ONLY {}", table.qualified))
        };
        let image: Vec<String> = targets.iter().enumerate().filter_map(rows_of).collect();
        if image.is_empty() {
            return Ok(Trial { accepted: Vec::new(), lost: None });
        }
        let image = text_literal(&format!(
            "SELECT array_agg(r ORDER BY r) FROM ({}) t (r)",
            image.join(" UNION ALL ")
        ));
        let mut code = Block::default();
        code.code(&format!("EXECUTE {image} INTO before;"));
        for statements in sections {
            for statement in statements {
                code.execute(statement);
            }
            // As at the end of a script.
            code.code("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;");
            code.code("RESET ROLE; RESET search_path;");
        }
        code.code(&format!("EXECUTE {image} INTO after;"));
        code.code(
            "result := result || ' ' || coalesce((SELECT string_agg(x, chr(30) ORDER BY x) \
             FROM (SELECT unnest(before) EXCEPT ALL SELECT unnest(after) ORDER BY 1 LIMIT 8) y (x)), '');",
        );
        block.attempt(&code.into_code(), "result := result || '!';");
        let cost = sections.iter().map(Vec::len).sum::<usize>() + 1;
        let Some(result) = self.run(&block, cost)? else {
            // The time limit was reached.
            self.budget = 0;
            return Ok(Trial { accepted: Vec::new(), lost: None });
        };
        let lost = |row: &str| {
            let (place, row) = row.split_once(' ')?;
            Some((place.parse().ok()?, row.to_owned()))
        };
        let lost = result.split_once(' ').map(|(_, rows)| rows.split(ROW).filter_map(lost).collect());
        Ok(Trial { accepted: candidates::accepted(rows, &result), lost })
    }
}

/// Returns the literals that both sections contain. These are often the values that the upgrade
/// writes and the downgrade replaces. A row that already had such a value cannot be distinguished.
fn exchanged(script: &Script) -> Vec<String> {
    let of = |direction| Literals::read(&script.section(direction).sql, &BTreeSet::new()).all;
    let downgrade = of(Direction::Downgrade);
    of(Direction::Upgrade).into_iter().filter(|literal| downgrade.contains(literal)).collect()
}

/// Returns `true` if a value of a row is one of these, or contains it.
fn has_any(row: &str, literals: &[String]) -> bool {
    let row = row.trim_start_matches('(').trim_end_matches(')');
    literals.iter().filter(|literal| !literal.is_empty()).any(|literal| {
        let is_number = literal.parse::<f64>().is_ok();
        let is_part = literal.chars().count() > 1 && !is_number && row.contains(literal.as_str());
        is_part || row.split(',').any(|value| value.trim_matches('"') == literal)
    })
}
