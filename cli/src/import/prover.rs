//! Proves imported scripts and derives their downgrades, with the prover of their dialect.

use std::sync::Arc;

use aludel_core::chain::{Assembled, Chain};
use aludel_core::graph::{Index, Set};
use aludel_core::problem::{Explain, Problem, Severity, Words, words};
use aludel_core::script::Dialect;
use aludel_postgres::autogenerate::{Generated, Generator};
use aludel_postgres::lint;
use aludel_postgres::proof::{Options, Sources};
use aludel_postgres::scratch::{ScratchError, Server};
use aludel_proof::autogenerate::{Derived, derive_downgrades};
use aludel_proof::message;
use aludel_proof::proof::{Irreversible, examine};

use crate::folder::within_time_limit_with;
use crate::scratch_server::{self, with_causes};
use crate::settings::Settings;

/// The prover of a dialect.
pub(super) struct Prover<'s> {
    settings: &'s Settings,
    /// The scratch server for scripts of PostgreSQL.
    server: Option<Server>,
}

/// The scratch server failed.
#[derive(Debug, Clone)]
struct NoProof {
    message: String,
    help: &'static str,
}

impl Explain for NoProof {
    fn words(&self) -> Words {
        words("no-scratch-server", self.message.clone(), "", self.help)
    }
}

impl<'s> Prover<'s> {
    pub(super) fn of(settings: &'s Settings) -> Result<Self, Vec<Problem>> {
        let is_on_server = settings.reading.dialect == Dialect::Postgresql;
        let server = is_on_server.then(scratch_server::usual).transpose().map_err(|error| failed(&error))?;
        Ok(Self { settings, server })
    }

    /// Returns the errors of the scripts, where every script may be irreversible.
    pub(super) fn faults(&self, assembled: &Assembled) -> Result<Vec<Problem>, Vec<Problem>> {
        let mut problems = match &self.server {
            None => within_time_limit_with(assembled, self.settings, Irreversible::All, examine)?.problems,
            Some(server) => {
                let sources: Sources =
                    assembled.scripts.iter().map(|script| Arc::clone(&script.source)).collect();
                let (chain, options) = (self.chain(assembled), self.options());
                let report = aludel_postgres::proof::prove(&chain, &sources, server, &options);
                report.map_err(|error| failed(&error))?.problems
            }
        };
        problems.retain(|problem| problem.severity == Severity::Fault);
        Ok(problems)
    }

    /// Derives the downgrades of some scripts, where that is possible.
    pub(super) fn downgrades(
        &self,
        assembled: &Assembled,
        selected: Set,
    ) -> Result<Vec<(Index, Derived)>, Vec<Problem>> {
        let Some(server) = &self.server else {
            let derived = within_time_limit_with(
                assembled,
                self.settings,
                Irreversible::All,
                move |assembled, options| {
                    derive_downgrades(assembled, &selected, options).unwrap_or_default()
                },
            )?;
            return Ok(derived.into_iter().collect());
        };
        let chain = self.chain(assembled);
        let derived = |index: Index| Some((index, self.derived(&chain, index, server)?));
        Ok(selected.iter().filter_map(derived).collect())
    }

    /// Generates the script that leads from the schema after a script to that before it. Returns `None`
    /// if it cannot be generated completely and without questions.
    fn derived(&self, chain: &Chain, index: Index, server: &Server) -> Option<Derived> {
        let scripts = chain.scripts.get(..=index)?;
        let (last, before) = scripts.split_last()?;
        let is_in_a_transaction = |script: &aludel_core::chain::Script| {
            script.declared.outside_transaction.is_empty() && script.id != last.id
        };
        if !before.iter().all(is_in_a_transaction) {
            return None;
        }
        let target: Vec<&str> = before.iter().map(|script| &*script.upgrade.sql).collect();
        let chain = Chain { scripts: scripts.iter().cloned().collect(), ..chain.clone() };
        let generator = Generator { chain: &chain, server, own_tables: &self.options().own_tables };
        let Generated { scripts, left_after_upgrade, .. } =
            generator.generate(&target.join("\n;\n")).ok()??;
        match scripts.as_slice() {
            [one] if one.reviews == 0 && left_after_upgrade.is_empty() => {
                Some(Derived { downgrade: one.upgrade.clone(), loses: Vec::new() })
            }
            _ => None,
        }
    }

    pub(super) fn is_lint(&self, fault: &Problem) -> bool {
        match self.server {
            None => message::is_lint(fault),
            Some(_) => lint::ALL.iter().any(|lint| lint.code == fault.code()),
        }
    }

    fn chain(&self, assembled: &Assembled) -> Chain {
        assembled.chain(&self.settings.version_table)
    }

    fn options(&self) -> Options {
        Options::new(&self.settings.version_table)
    }
}

fn failed(error: &ScratchError) -> Vec<Problem> {
    let help = error.help().unwrap_or_default();
    vec![Problem::overall(&NoProof { message: with_causes(error), help })]
}
