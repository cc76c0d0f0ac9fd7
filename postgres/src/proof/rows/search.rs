//! Searches for witnesses: rows that a statement changes.
//!
//! The search runs the statement itself on tables with candidate rows. The tables have the real
//! schema, and the preceding statements have run. This way, the server evaluates the conditions.
//! Everything is rolled back afterwards. The number of statements that may be executed for each
//! script is limited.

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::script::postgres::{Token, text_literal, tokens, unquoted};
use postgres::Client;

use super::block::{self, Block};
use super::candidates;
use super::columns::{self, Column};
use super::draw::{Dice, Draw, Source};
use super::image::{Image, TableImage};
use super::literals::Literals;
use super::statement::removes;
use crate::names::bare;

/// The rounds of a search. Each consists of the number of rows in the tables that the statement
/// writes, the number of rows in other tables, and the percentage of NULLs.
const ROUNDS: [(usize, usize, usize); 14] = [
    (24, 6, 12),
    (24, 0, 40),
    (24, 24, 12),
    (1, 1, 0),
    (24, 3, 0),
    (1, 0, 40),
    (6, 0, 30),
    (24, 12, 25),
    (2, 3, 12),
    (24, 2, 60),
    (24, 24, 0),
    (1, 2, 12),
    (40, 0, 12),
    (24, 6, 12),
];

/// The maximum number of rows to try individually after the statement failed on all of them
/// together.
const ALONE: usize = 12;

/// The maximum number of additional changed rows to keep.
const MORE: usize = 2;

/// The maximum number of tables to fill. If a script touches more, only the tables that the
/// statement names are filled.
const TABLES: usize = 6;

/// Separates the parts of a result.
const PART: char = '\u{1d}';
const ROW: char = '\u{1e}';
const VALUE: char = '\u{1f}';

/// The result of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// The statement changes existing rows.
    Present,
    /// The statement changes the rows that these statements insert.
    Witness(Vec<String>),
    /// The statement changed no row.
    Nothing,
    /// The statement failed or was canceled.
    Unknown,
}

/// The effect of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// It changed rows. The number is how many of them existed before.
    Changed(usize),
    Nothing,
    Failed,
}

/// A statement of a script.
#[derive(Debug)]
pub(super) struct Goal<'s> {
    pub(super) statement: &'s str,
    /// The statements that precede it.
    pub(super) before: &'s [&'s str],
    /// All statements of the script.
    pub(super) all: &'s [&'s str],
}

/// The connections and rows on which statements are tried.
pub(super) struct Search<'a> {
    pub(super) client: &'a mut Client,
    /// The connection on which queries are prepared.
    pub(super) reader: &'a mut Client,
    pub(super) image: &'a Image,
    /// The tables that keep their rows, because a sample section supplied or excluded them.
    pub(super) settled: &'a BTreeSet<String>,
    /// The number of statements that may still be executed.
    pub(super) budget: usize,
}

/// The tables that a statement reads and writes.
#[derive(Debug, Default)]
struct Reach {
    /// The names of the tables after the statement, by OID. The flag is `true` if the statement
    /// writes the table.
    tables: BTreeMap<u32, (String, bool)>,
    /// The text of views and triggers.
    code: String,
}

/// The query for [`Reach`]. It finds the tables by the transaction's locks.
const REACH: &str = "SELECT concat_ws(chr(29),
    coalesce((SELECT string_agg(concat_ws(chr(31), c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname), l.is_written), chr(30))
        FROM (SELECT relation, bool_or(mode = 'RowExclusiveLock') AS is_written FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' GROUP BY relation) l
        JOIN pg_class c ON c.oid = l.relation AND c.relkind = 'r' AND c.oid >= 16384 JOIN pg_namespace n ON n.oid = c.relnamespace), ''),
    (SELECT string_agg(pg_get_viewdef(c.oid), ' ') FROM pg_locks l JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('v', 'm') AND c.oid >= 16384 WHERE l.pid = pg_backend_pid()),
    (SELECT string_agg(concat_ws(' ', pg_get_triggerdef(t.oid), p.prosrc), ' ') FROM pg_locks l JOIN pg_trigger t ON t.tgrelid = l.relation AND NOT t.tgisinternal
        JOIN pg_proc p ON p.oid = t.tgfoid WHERE l.pid = pg_backend_pid() AND l.mode = 'RowExclusiveLock'),
    (SELECT string_agg(pg_get_expr(d.adbin, d.adrelid), ' ') FROM pg_locks l JOIN pg_attribute a ON a.attrelid = l.relation AND a.attgenerated <> '' AND a.attname = ANY ($NAMES)
        JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE l.pid = pg_backend_pid()),
    (SELECT string_agg(p.prosrc, ' ') FROM pg_proc p WHERE p.oid >= 16384 AND p.proname = ANY ($NAMES)))";

impl Search<'_> {
    /// Returns the number of rows that each statement of a script changes, up to the first
    /// statement that fails.
    pub(super) fn survey(&mut self, statements: &[&str]) -> Result<Vec<u64>, postgres::Error> {
        let mut code = Block::default();
        for statement in statements {
            code.execute(statement);
            code.code("GET DIAGNOSTICS number = ROW_COUNT; result := result || ' ' || number;");
        }
        let mut block = Block::default();
        block.attempt(&code.into_code(), "NULL;");
        let result = self.run(&block, statements.len())?.unwrap_or_default();
        Ok(result.split_whitespace().filter_map(|number| number.parse().ok()).collect())
    }

    /// Searches for rows that a statement changes.
    pub(super) fn find(&mut self, goal: &Goal<'_>) -> Result<Found, postgres::Error> {
        let Some(reach) = self.reach(goal)? else { return Ok(Found::Unknown) };
        if !reach.tables.values().any(|(_, is_written)| *is_written) {
            return Ok(Found::Unknown);
        }
        match self.effect(goal, &reach, &[])?.1 {
            Effect::Changed(_) => return Ok(Found::Present),
            Effect::Failed => return Ok(Found::Unknown),
            Effect::Nothing => {}
        }
        let image = self.image;
        let columns = self.columns(&reach)?;
        let names = columns.values().flatten().map(|column| unquoted(&column.name)).collect();
        let literals = Literals::read(&format!("{}\n;{}", goal.statement, reach.code), &names);
        let sources = Self::sources(image, &reach, &columns, &literals);
        if sources.is_empty() {
            return Ok(Found::Nothing);
        }
        let mut dice = Dice::new(goal.statement);
        for (round, (written, others, nulls)) in ROUNDS.iter().enumerate() {
            let rows = |dice: &mut Dice, source: &Source<'_>| -> Vec<String> {
                let count = if source.is_written { *written } else { *others };
                let draw =
                    |number| Draw { number: 100 * round + number, nulls: *nulls, has_fresh_keys: false };
                (0..count).map(|number| source.row(dice, draw(number))).collect()
            };
            let fill: Vec<(bool, String)> = sources
                .iter()
                .flat_map(|source| rows(&mut dice, source).into_iter().map(|row| (source.is_written, row)))
                .collect();
            if let Some(witness) = self.round(goal, &reach, &fill)? {
                return self.settle(goal, &reach, witness, &fill);
            }
            if self.budget == 0 {
                break;
            }
        }
        Ok(Found::Nothing)
    }

    /// Tries the rows of a round. Returns the rows on which the statement has an effect, or `None`
    /// if there are none.
    fn round(
        &mut self,
        goal: &Goal<'_>,
        reach: &Reach,
        fill: &[(bool, String)],
    ) -> Result<Option<Vec<String>>, postgres::Error> {
        let rows: Vec<String> = fill.iter().map(|(_, row)| row.clone()).collect();
        let (accepted, effect) = self.effect(goal, reach, &rows)?;
        match effect {
            Effect::Changed(_) => return Ok(Some(accepted)),
            Effect::Nothing => return Ok(None),
            Effect::Failed => {}
        }
        let others: Vec<String> =
            fill.iter().filter(|(is_written, _)| !is_written).map(|(_, row)| row.clone()).collect();
        for (_, row) in fill.iter().filter(|(is_written, _)| *is_written).take(ALONE) {
            let one: Vec<String> = others.iter().chain([row]).cloned().collect();
            let (accepted, effect) = self.effect(goal, reach, &one)?;
            if matches!(effect, Effect::Changed(_)) {
                return Ok(Some(accepted));
            }
        }
        Ok(None)
    }

    /// Removes rows that are not needed for the effect, and adds a few more that the statement
    /// changes.
    fn settle(
        &mut self,
        goal: &Goal<'_>,
        reach: &Reach,
        rows: Vec<String>,
        fill: &[(bool, String)],
    ) -> Result<Found, postgres::Error> {
        let mut rows = candidates::shrink(rows, |fewer| {
            let (accepted, effect) = self.effect(goal, reach, fewer)?;
            Ok(matches!(effect, Effect::Changed(_)).then_some(accepted))
        })?;
        if !self.passes(goal, &rows)? {
            return Ok(Found::Nothing);
        }
        let (_, Effect::Changed(mut changed)) = self.effect(goal, reach, &rows)? else {
            return Ok(Found::Witness(rows));
        };
        let mut left = MORE;
        let others: Vec<&String> = fill
            .iter()
            .filter(|(is_written, row)| *is_written && !rows.contains(row))
            .map(|(_, row)| row)
            .collect();
        for row in others.into_iter().take(ALONE) {
            let more: Vec<String> = rows.iter().chain([row]).cloned().collect();
            let (accepted, effect) = self.effect(goal, reach, &more)?;
            let is_changed = matches!(effect, Effect::Changed(number) if number > changed);
            if is_changed && accepted.len() == more.len() && self.passes(goal, &more)? {
                rows = more;
                changed += 1;
                left -= 1;
            }
            if left == 0 {
                break;
            }
        }
        Ok(Found::Witness(rows))
    }

    /// Returns `true` if the whole script also passes on these rows.
    fn passes(&mut self, goal: &Goal<'_>, rows: &[String]) -> Result<bool, postgres::Error> {
        let mut code = Block::default();
        let rows = rows.iter().map(String::as_str);
        rows.chain(goal.all.iter().copied()).for_each(|statement| code.execute(statement));
        code.code("SET CONSTRAINTS ALL IMMEDIATE; result := 'passed';");
        let mut block = Block::default();
        block.attempt(&code.into_code(), "NULL;");
        Ok(self.run(&block, goal.all.len())?.as_deref() == Some("passed"))
    }

    /// Runs the statement on rows. Returns the rows that the schema accepts, and the effect.
    fn effect(
        &mut self,
        goal: &Goal<'_>,
        reach: &Reach,
        rows: &[String],
    ) -> Result<(Vec<String>, Effect), postgres::Error> {
        let mut block = Block::default();
        candidates::insert(&mut block, rows);
        let written = reach.tables.values().filter(|(_, is_written)| *is_written);
        let rows_of =
            |(name, _): &(String, bool)| format!("SELECT {} || x FROM ONLY {name} x", text_literal(name));
        let image = format!(
            "SELECT array_agg(r ORDER BY r) FROM ({}) t (r)",
            written.map(rows_of).collect::<Vec<_>>().join(" UNION ALL ")
        );
        let image = text_literal(&image);
        let mut code = Block::default();
        goal.before.iter().for_each(|statement| code.execute(statement));
        code.code(&format!("EXECUTE {image} INTO before;"));
        code.execute(goal.statement);
        code.code(&format!("EXECUTE {image} INTO after;"));
        code.code(
            "result := result || CASE WHEN before IS NOT DISTINCT FROM after THEN ' same' ELSE ' ' || \
             (SELECT count(*) FROM (SELECT unnest(before) EXCEPT ALL SELECT unnest(after)) x) END;",
        );
        block.attempt(&code.into_code(), "result := result || ' failed';");
        let result = self.run(&block, goal.before.len() + 1)?.unwrap_or_default();
        let (accepted, effect) = result.split_once(' ').unwrap_or(("", "failed"));
        let effect = match effect {
            "same" => Effect::Nothing,
            // The statement only added rows.
            "0" if removes(goal.statement) => Effect::Nothing,
            number => number.parse().map_or(Effect::Failed, Effect::Changed),
        };
        Ok((candidates::accepted(rows, accepted), effect))
    }

    /// Returns the tables that a statement reads and writes, or `None` if it fails.
    fn reach(&mut self, goal: &Goal<'_>) -> Result<Option<Reach>, postgres::Error> {
        let names: Vec<String> =
            tokens(goal.statement).iter().filter_map(Token::name).map(|name| text_literal(&name)).collect();
        let query = REACH.replace("$NAMES", &format!("ARRAY[{}]::name[]", names.join(", ")));
        let mut code = Block::default();
        goal.before.iter().for_each(|statement| code.execute(statement));
        code.execute(goal.statement);
        code.code(&format!("EXECUTE {} INTO result;", text_literal(&query)));
        let mut block = Block::default();
        block.attempt(&code.into_code(), "NULL;");
        let Some(result) = self.run(&block, goal.before.len() + 1)? else { return Ok(None) };
        let (tables, code) = result.split_once(PART).unwrap_or((&result, ""));
        let table = |row: &str| {
            let mut values = row.split(VALUE);
            let oid = values.next()?.parse().ok()?;
            Some((oid, (values.next()?.to_owned(), values.next()? == "t")))
        };
        Ok(Some(Reach {
            tables: tables.split(ROW).filter_map(table).collect(),
            code: code.replace(PART, "\n;"),
        }))
    }

    fn columns(&mut self, reach: &Reach) -> Result<BTreeMap<u32, Vec<Column>>, postgres::Error> {
        let is_open = |table: &&TableImage| {
            reach.tables.contains_key(&table.oid) && !self.settled.contains(&table.name)
        };
        let oids = self.image.tables().filter(is_open).map(|table| table.oid).collect();
        columns::read(self.reader, &oids)
    }

    /// Returns the tables to fill, referenced tables first.
    fn sources<'i>(
        image: &'i Image,
        reach: &Reach,
        columns: &'i BTreeMap<u32, Vec<Column>>,
        literals: &Literals,
    ) -> Vec<Source<'i>> {
        let tables: Vec<&TableImage> =
            image.tables().filter(|table| columns.contains_key(&table.oid)).collect();
        let is_few = tables.len() <= TABLES;
        let tables = tables.into_iter().filter(|table| is_few || literals.names(&bare(&table.name)));
        let mut sources: Vec<(bool, Source<'i>)> = tables
            .filter_map(|table| {
                let columns = columns.get(&table.oid)?;
                let is_written = reach.tables.get(&table.oid).is_some_and(|(_, is_written)| *is_written);
                let refers = columns.iter().any(|column| column.reference.is_some());
                Some((refers, Source::new(table, columns, literals, is_written)))
            })
            .collect();
        sources.sort_by_key(|(refers, _)| *refers);
        sources.into_iter().map(|(_, source)| source).collect()
    }

    /// Runs a block that is rolled back. Returns `None` if the server rejects it, or if too many
    /// statements have been executed.
    pub(super) fn run(&mut self, block: &Block, cost: usize) -> Result<Option<String>, postgres::Error> {
        if self.budget == 0 {
            return Ok(None);
        }
        self.budget = self.budget.saturating_sub(cost);
        block::run(self.client, &block.batch("ROLLBACK"))
    }
}
