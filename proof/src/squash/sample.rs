//! Writes the sample section of the base. Its rows are used to prove later scripts.

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::schema::{Kind, Name, Schema};
use aludel_core::script::{ParsedScript, SectionKind};

use super::contents::Contents;
use super::{Refusal, Squash, rows, run};
use crate::proof::rows::{Bare, declaration};
use crate::proof::scratch::Scratch;

impl Squash<'_> {
    /// Returns the sample section. It contains the tables that the scripts declare empty, and the
    /// rows from their sample sections as they are at the squash point.
    pub(super) fn sample(&self, contents: &Contents) -> Result<String, Refusal> {
        let replaced = self.replaced();
        let scripts = || replaced.iter().filter_map(|index| self.assembled.scripts.get(index));
        if scripts().all(|script| script.section(SectionKind::Sample).is_none()) {
            return Ok(String::new());
        }
        let scratch = Scratch::open(self.options)?;
        let mut empty = Empty::default();
        for script in scripts() {
            run(&scratch, script, SectionKind::Upgrade)?;
            empty.take(script, &scratch.schema()?);
            run(&scratch, script, SectionKind::Sample)?;
        }
        let with_samples = Contents::read(&scratch)?;
        let mut blocks = Vec::new();
        for with in &with_samples.tables {
            let without = contents.tables.iter().find(|rows| rows.name == with.name);
            let rows = rows::added(with, without);
            if !rows.is_empty() {
                empty.reasons.remove(&Name::new(&with.name));
            }
            blocks.extend(rows);
        }
        let declarations = empty.declarations();
        if !declarations.is_empty() {
            blocks.insert(0, declarations);
        }
        Ok(blocks.join("\n\n"))
    }
}

/// All tables, and the tables that scripts declare empty, each with the reason.
#[derive(Default)]
struct Empty {
    reasons: BTreeMap<Name, String>,
    tables: BTreeSet<Name>,
}

impl Empty {
    /// Updates the tables after a script. A renamed table stays empty.
    fn take(&mut self, script: &ParsedScript, schema: &Schema) {
        let tables: BTreeSet<Name> =
            schema.of_kind(Kind::Table).map(|table| Name::new(table.name())).collect();
        let created: BTreeSet<Name> = tables.difference(&self.tables).cloned().collect();
        for gone in self.tables.difference(&tables) {
            if let Some(reason) = self.reasons.remove(gone) {
                self.reasons.extend(created.iter().map(|table| (table.clone(), reason.clone())));
            }
        }
        self.reasons.append(&mut Bare::of(script, &created).tables);
        self.tables = tables;
    }

    fn declarations(&self) -> String {
        let lines = self.reasons.iter().filter_map(|(table, reason)| declaration(table, reason));
        lines.collect::<Vec<_>>().join("\n")
    }
}
