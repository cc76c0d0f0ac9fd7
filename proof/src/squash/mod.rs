//! Writes the base of a squash: a single script that replaces all scripts up to a revision.
//!
//! The scripts run on an empty scratch database. The base creates the resulting schema and inserts
//! the resulting rows (`rows`). The scripts run once more with a different clock, different random
//! numbers, and different results for the program's functions (`variation`). Rows that differ
//! between the two runs cannot be reproduced. Finally, the base itself runs, and must produce the
//! same schema and rows.

mod contents;
mod fault;
mod folder;
mod point;
mod rows;
mod sample;
mod variation;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "an unexpected failure is the failure of the test")]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::chain::Assembled;
use aludel_core::graph::{Index, Set};
use aludel_core::schema::{Definition, Kind, Object, Schema, identifier};
use aludel_core::script::{self, Draft, Filled, Grammar, ParsedScript, SectionKind};

use crate::autogenerate::drops;
use crate::proof::scratch::Scratch;
use crate::proof::section::run_section;
use crate::proof::{Options, Prepare};
use contents::Contents;
pub use fault::Refusal;
pub use folder::{base_path, folder};
pub use point::{check_point, latest_point};

/// A squash.
#[derive(Debug)]
pub struct Squash<'a> {
    /// The chain.
    pub assembled: &'a Assembled,
    /// The revision up to which scripts are replaced.
    pub point: Index,
    /// The options of the proof.
    pub options: &'a Options,
}

/// The result of the scripts up to the squash point.
struct Run {
    contents: Contents,
    /// The scripts that wrote to each table.
    writers: BTreeMap<String, BTreeSet<Index>>,
}

impl Squash<'_> {
    /// Returns the replaced revisions.
    #[must_use]
    pub fn replaced(&self) -> Set {
        self.assembled.graph.ancestors([self.point])
    }

    /// Writes the sections of the base into a draft that has the ID of the squash point.
    ///
    /// # Errors
    ///
    /// Returns the reason if the schema and the rows cannot be reproduced.
    pub fn write(&self, draft: &Draft) -> Result<Draft, Refusal> {
        self.check_executed()?;
        let Run { contents, writers } = self.run(self.options)?;
        let varied =
            Options { prepare: Some(self.other_functions()), functions: Vec::new(), ..self.options.clone() };
        let other = self.run(&varied).map_err(|refusal| match refusal {
            Refusal::Fails { file, message } => Refusal::Depends { file, message },
            other => other,
        })?;
        let other = other.contents;
        let varying: Vec<&str> = contents.tables_that_differ(&other).collect();
        if let Some(refusal) = self.refuse_variation(&varying, &writers) {
            return Err(refusal);
        }
        if let Some(table) = &contents.unreadable {
            return Err(Refusal::Unreadable { table: table.clone() });
        }
        let filled = Filled {
            replaces: self.replaced().len(),
            upgrade: upgrade(&contents),
            downgrade: drops(&contents.schema).trim_end().to_owned(),
            sample: self.sample(&contents)?,
            ..Filled::default()
        };
        let base = Draft { filled: Some(filled), ..draft.clone() };
        self.compare(&base, &contents)?;
        Ok(base)
    }

    /// Checks that the proof runs every replaced script.
    fn check_executed(&self) -> Result<(), Refusal> {
        for script in self.replaced().iter().filter_map(|index| self.assembled.scripts.get(index)) {
            let file = script.source.path.clone();
            if script.header.outside_transaction.is_some() {
                return Err(Refusal::OutsideTransaction { file });
            }
            if let Some(reason) = &script.header.unproved {
                return Err(Refusal::NotExecuted { file, reason: reason.value.clone() });
            }
        }
        Ok(())
    }

    fn run(&self, options: &Options) -> Result<Run, Refusal> {
        let scratch = Scratch::open(options)?.recording(&self.assembled.scripts);
        let mut writers: BTreeMap<String, BTreeSet<Index>> = BTreeMap::new();
        for index in self.replaced().iter() {
            let Some(script) = self.assembled.scripts.get(index) else { continue };
            run(&scratch, script, SectionKind::Upgrade)?;
            for table in scratch.written().tables {
                writers.entry(table.as_str().to_ascii_lowercase()).or_default().insert(index);
            }
        }
        Ok(Run { contents: Contents::read(&scratch)?, writers })
    }

    fn other_functions(&self) -> Prepare {
        let functions = self.options.functions.clone();
        Prepare::new(move |connection| variation::register(connection, &functions))
    }

    fn refuse_variation(
        &self,
        tables: &[&str],
        writers: &BTreeMap<String, BTreeSet<Index>>,
    ) -> Option<Refusal> {
        let table = tables.first()?;
        let of_table = writers.get(&table.to_ascii_lowercase()).into_iter().flatten();
        let scripts = of_table.filter_map(|index| self.assembled.scripts.get(*index));
        let files = scripts.map(|script| script.source.path.clone()).collect();
        Some(Refusal::Varies { tables: tables.iter().map(ToString::to_string).collect(), files })
    }

    /// Checks that the base leads to the same schema and rows as the scripts that it replaces.
    fn compare(&self, base: &Draft, expected: &Contents) -> Result<(), Refusal> {
        let (script, problems) =
            script::parse(&base.file_name(), base.to_string().as_bytes(), &mut Grammar::default());
        if let Some(problem) = problems.into_iter().next() {
            return Err(Refusal::Invalid { problem: Box::new(problem) });
        }
        let scratch = Scratch::open(self.options)?;
        run(&scratch, &script, SectionKind::Upgrade)?;
        let differences = expected.differences(&Contents::read(&scratch)?);
        if differences.is_empty() { Ok(()) } else { Err(Refusal::Differs { differences }) }
    }
}

fn run(scratch: &Scratch, script: &ParsedScript, section: SectionKind) -> Result<(), Refusal> {
    run_section(scratch, script, section).map_err(|failure| Refusal::Fails {
        file: script.source.path.clone(),
        message: failure.stopped.to_string(),
    })
}

/// Returns the upgrade of the base. Triggers come last, so that inserting rows fires none of them.
fn upgrade(contents: &Contents) -> String {
    let schema = &contents.schema;
    let of_kind = |kind| -> Vec<String> {
        let objects = schema.in_order().into_iter().filter(|object| object.kind() == kind);
        objects.map(Object::ddl).collect()
    };
    let triggers = contents.triggers.iter().filter_map(|name| schema.object(Kind::Trigger, name));
    let triggers: Vec<String> = triggers.map(|trigger| trigger.ddl()).collect();
    let blocks = [
        of_kind(Kind::Table).join("\n\n"),
        contents.tables.iter().flat_map(rows::statements).collect::<Vec<_>>().join("\n\n"),
        of_kind(Kind::Index).join("\n"),
        of_kind(Kind::View).join("\n\n"),
        rebuilds(schema, contents).join("\n"),
        triggers.join("\n\n"),
    ];
    let blocks: Vec<String> = blocks.into_iter().filter(|block| !block.is_empty()).collect();
    if blocks.is_empty() {
        "-- nothing to do: the scripts leave nothing".to_owned()
    } else {
        blocks.join("\n\n")
    }
}

/// Returns the statements that fill full-text indexes on the rows of other tables.
fn rebuilds(schema: &Schema, contents: &Contents) -> Vec<String> {
    let indexes = schema.of_kind(Kind::Table).filter_map(|object| {
        let Definition::VirtualTable(table) = object.definition() else { return None };
        let content = table.external_content()?;
        let rows = contents.tables.iter().find(|rows| content.is(&rows.name));
        // The content may also come from a view.
        rows.is_none_or(|rows| !rows.rows.is_empty()).then(|| identifier(object.name()))
    });
    indexes.map(|name| format!("INSERT INTO {name} ({name}) VALUES ('rebuild');")).collect()
}
