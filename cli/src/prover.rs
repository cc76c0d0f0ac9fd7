//! Proves scripts that a command writes, and derives their downgrades, with the prover of their
//! dialect.

use std::sync::Arc;

use aludel_core::chain::{Assembled, Chain, Script};
use aludel_core::graph::{Index, Set};
use aludel_core::problem::{Explain, Problem, Severity, Words, words};
use aludel_core::script::Dialect;
use aludel_postgres::autogenerate::{Generated, Generator};
use aludel_postgres::lint;
use aludel_postgres::proof::{self, Options, Report, Sources};
use aludel_postgres::scratch::{ScratchError, Server};
use aludel_proof::autogenerate::{Derived, derive_downgrades};
use aludel_proof::message;
use aludel_proof::proof::{Irreversible, examine};

use crate::folder::within_time_limit_with;
use crate::scratch_server::{self, with_causes};
use crate::settings::Settings;

/// The prover of a dialect.
pub(crate) struct Prover<'s> {
    settings: &'s Settings,
    /// The scratch server for PostgreSQL scripts.
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
    pub(crate) fn of(settings: &'s Settings) -> Result<Self, Vec<Problem>> {
        let is_on_server = settings.reading.dialect == Dialect::Postgresql;
        let server = is_on_server.then(scratch_server::usual).transpose().map_err(|error| failed(&error))?;
        Ok(Self { settings, server })
    }

    /// Returns the errors of the scripts. Every script may be irreversible.
    pub(crate) fn faults(&self, assembled: &Assembled) -> Result<Vec<Problem>, Vec<Problem>> {
        let mut problems = match &self.server {
            None => within_time_limit_with(assembled, self.settings, Irreversible::All, examine)?.problems,
            Some(server) => {
                let (options, of_settings) = options(assembled, self.settings);
                let chain = assembled.chain(&self.settings.version_table);
                let report = prove(&chain, assembled, server, &options);
                let report = report.map_err(|error| failed(&error))?;
                report.problems.into_iter().chain(of_settings).collect()
            }
        };
        problems.retain(|problem| problem.severity == Severity::Fault);
        Ok(problems)
    }

    /// Derives the downgrades of some scripts, if possible.
    pub(crate) fn downgrades(
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
        let chain = assembled.chain(&self.settings.version_table);
        let derived = |index: Index| Some((index, derived(&chain, index, server)?));
        Ok(selected.iter().filter_map(derived).collect())
    }

    pub(crate) fn is_lint(&self, fault: &Problem) -> bool {
        match self.server {
            None => message::is_lint(fault),
            Some(_) => lint::ALL.iter().any(|lint| lint.code == fault.code()),
        }
    }

    /// The scratch server for PostgreSQL scripts.
    pub(crate) fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }
}

/// Generates the statements that lead from the schema after a script to the schema before it.
/// Returns `None` if they cannot be generated completely and without questions.
fn derived(chain: &Chain, index: Index, server: &Server) -> Option<Derived> {
    let up_to = |scripts: &[Script]| Chain { scripts: scripts.iter().cloned().collect(), ..chain.clone() };
    let (last, before) = chain.scripts.get(..=index)?.split_last()?;
    if !last.declared.outside_transaction.is_empty() {
        return None;
    }
    let Options { own_tables, .. } = Options::new(&chain.version_table);
    let generator =
        Generator { chain: &up_to(chain.scripts.get(..=index)?), server, own_tables: &own_tables };
    let generated = generator.generate_to_head_of(&up_to(before)).ok()??;
    let Generated { scripts, left_after_upgrade, .. } = generated;
    match scripts.as_slice() {
        [one] if one.reviews == 0 && left_after_upgrade.is_empty() => {
            Some(Derived { downgrade: one.upgrade.clone(), loses: Vec::new() })
        }
        _ => None,
    }
}

/// Returns the options of the proof on a server, and the errors in the settings.
pub(crate) fn options(assembled: &Assembled, settings: &Settings) -> (Options, Vec<Problem>) {
    let (allowed, problems) = settings.lints.resolve(&assembled.graph);
    let allowed = allowed.into_scripts();
    (Options { allowed, ..Options::new(&settings.version_table) }, problems)
}

/// Proves scripts on a server.
pub(crate) fn prove(
    chain: &Chain,
    assembled: &Assembled,
    server: &Server,
    options: &Options,
) -> Result<Report, ScratchError> {
    let sources: Sources = assembled.scripts.iter().map(|script| Arc::clone(&script.source)).collect();
    proof::prove(chain, &sources, server, options)
}

fn failed(error: &ScratchError) -> Vec<Problem> {
    let help = error.help().unwrap_or_default();
    vec![Problem::overall(&NoProof { message: with_causes(error), help })]
}
