//! Observes an upgrade for the lints.

use std::collections::BTreeMap;

use aludel_core::chain::Script;
use aludel_core::graph::Index;
use aludel_core::problem::Problem;
use postgres::Client;

use super::finding::{Change, Finding};
use super::tables::{TableState, read};
use super::{
    allow, foreign_key, index, lock_timeout, not_null, rename, rewrite, unvalidated_check, volatile_default,
};
use crate::proof::session::Observer;
use crate::proof::{Options, Sources};

/// The lints for one upgrade, while the proof runs it.
#[derive(Debug)]
pub(crate) struct Lints<'a> {
    index: Index,
    script: &'a Script,
    /// The tables that existed before the upgrade, in their latest state. `None` if no lint runs.
    tables: Option<BTreeMap<u32, TableState>>,
    findings: Vec<(usize, Finding)>,
}

impl<'a> Lints<'a> {
    /// Reads the tables before the upgrade.
    pub(crate) fn new(
        client: &mut Client,
        options: &Options,
        (index, script): (Index, &'a Script),
    ) -> Result<Self, postgres::Error> {
        let tables = options.lints.then(|| read(client, None)).transpose()?;
        let findings = lock_timeout::outside(script).map(|finding| (0, finding)).into_iter().collect();
        Ok(Self { index, script, tables, findings })
    }

    /// Returns every finding that neither the header nor the settings allow, and the errors in the
    /// header itself.
    pub(crate) fn finish(self, sources: &Sources, options: &Options) -> Vec<Problem> {
        let Self { index, script, tables, findings } = self;
        if tables.is_none() {
            return Vec::new();
        }
        let mut problems =
            allow::check(script, sources, |name| findings.iter().any(|(_, found)| found.lint.code == name));
        for (number, finding) in findings {
            let name = finding.lint.code;
            if allow::allows(script, name) || options.allows(index, name) {
                continue;
            }
            let span = script.upgrade.statements.get(number).cloned().unwrap_or_default();
            let place = sources.place(script, &script.upgrade, span);
            let note =
                format!("`aludel explain {name}` explains it; `-- Allow: {name}` in the header allows it");
            problems.push(Problem::at(place, &finding).with_note(note));
        }
        problems
    }
}

impl Observer for Lints<'_> {
    fn ran(&mut self, client: &mut Client, number: usize, _: u64) -> Result<(), postgres::Error> {
        let Some(tables) = &mut self.tables else { return Ok(()) };
        let statement = self.script.upgrade.statements().nth(number).unwrap_or_default();
        if statement.to_ascii_lowercase().contains("lock_timeout") {
            let limit: String = client.query_one("SELECT current_setting('lock_timeout')", &[])?.get(0);
            let found = lock_timeout::removes_limit(statement, &limit);
            self.findings.extend(found.map(|finding| (number, finding)));
        }
        if tables.is_empty() {
            return Ok(());
        }
        let oids: Vec<u32> = tables.keys().copied().collect();
        for (oid, is) in read(client, Some(&oids))? {
            let Some(was) = tables.insert(oid, is.clone()) else { continue };
            let change = Change { was: &was, is: &is, statement };
            let found = [
                unvalidated_check::check(&change),
                foreign_key::check(&change),
                index::check(&change),
                rename::columns(&change),
                rename::table(&change),
                rewrite::check(&change),
                not_null::check(&change),
                volatile_default::check(&change),
            ];
            self.findings.extend(found.into_iter().flatten().map(|finding| (number, finding)));
        }
        Ok(())
    }

    fn commits(&mut self, _: &mut Client) -> Result<(), postgres::Error> {
        Ok(())
    }
}
