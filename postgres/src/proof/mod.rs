//! Runs a chain on scratch databases of a PostgreSQL server, and checks it.
//!
//! Each script is upgraded, downgraded and upgraded again at its position in canonical order
//! (`each`), and the schemas are compared. If all pass, the whole chain is downgraded and upgraded
//! once more, and runs as one transaction (`whole_chain`). Each branch is then tried alone and in a
//! different order (`branches`). Meanwhile, `rows` runs the chain once more with rows in its tables
//! (`concurrent`). The lints observe the first pass.
//!
//! Except in that one transaction, each section runs in its own, or outside a transaction if the
//! script declares this. After an error, the proof continues on a new database that is upgraded to
//! the right revision. This way, one error does not cause others.

mod branches;
mod concurrent;
mod each;
mod fault;
mod message;
mod report;
mod rows;
pub(crate) mod session;
mod sources;
mod whole_chain;

pub use fault::ProofFault;
pub use message::MESSAGES;
pub use report::{Counts, Options, Proved, Report};
pub use rows::{RowFault, differences_from};
pub use sources::Sources;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aludel_core::chain::{Chain, Script};
use aludel_core::graph::{Graph, Index, Set};
use aludel_core::plan::Direction;
use aludel_core::problem::{Explain, Problem, Severity};
use aludel_core::script::SectionKind;

use crate::catalog::Catalog;
use crate::scratch::{ScratchError, Server};
use session::{Blind, Failure, Session};

/// Proves a chain on a server.
///
/// # Errors
///
/// Returns an error if the server fails. The report contains the errors of the scripts.
pub fn prove(
    chain: &Chain,
    sources: &Sources,
    server: &Server,
    options: &Options,
) -> Result<Report, ScratchError> {
    let mut prover = Prover {
        chain,
        graph: chain.graph(),
        sources,
        server,
        options,
        left_out: Set::default(),
        faulty: Set::default(),
        changed_server: Set::default(),
        leaves: Set::default(),
        base: None,
        is_stopped: Arc::default(),
        report: Report { server_major: server.major(), ..Report::default() },
    };
    let is_new = |script: &Script| !options.valid.contains(&*script.id);
    if chain.scripts.iter().any(is_new) {
        if options.with_rows && !concurrent::may_change_server(chain) {
            prover.schemas_and_rows()?;
        } else {
            prover.schemas()?;
            if options.with_rows {
                prover.with_rows()?;
            }
        }
    }
    prover.report.counts.skipped = chain.scripts.iter().filter(|script| !is_new(script)).count();
    let Prover { mut report, faulty, graph, .. } = prover;
    let is_faulty =
        |proved: &Proved| graph.find_id(&proved.revision).is_none_or(|index| faulty.contains(index));
    report.proved.retain(|proved| !is_faulty(proved));
    // Lint errors are errors of the script too.
    report.add(Vec::new(), chain);
    Ok(report)
}

/// A proof in progress.
#[derive(Clone)]
struct Prover<'a> {
    chain: &'a Chain,
    graph: Graph,
    sources: &'a Sources,
    server: &'a Server,
    options: &'a Options,
    /// The scripts that cannot be executed, and the scripts that need them.
    left_out: Set,
    /// The scripts with errors.
    faulty: Set,
    /// The scripts whose changes to the server were reported.
    changed_server: Set,
    /// The scripts that leave objects or settings in the session. After any other script, the
    /// session is not checked.
    leaves: Set,
    /// The schema before the first script.
    base: Option<Catalog>,
    /// `true` if nobody waits for the result of this pass.
    is_stopped: Arc<AtomicBool>,
    report: Report,
}

impl<'a> Prover<'a> {
    fn has_faults(&self) -> bool {
        self.report.problems.iter().any(|problem| problem.severity == Severity::Fault)
    }

    /// Checks the schemas, without rows.
    fn schemas(&mut self) -> Result<(), ScratchError> {
        self.each()?;
        if !self.has_faults() {
            self.whole_chain()?;
        }
        if !self.has_faults() {
            self.branches()?;
        }
        Ok(())
    }

    /// Returns `true` if a script's entry in the lock file is valid.
    fn is_valid(&self, script: &Script) -> bool {
        self.options.valid.contains(&*script.id)
    }

    /// Creates a new database, and upgrades it to the state after these scripts.
    fn upgraded(&self, scripts: impl IntoIterator<Item = Index>) -> Result<Session<'a>, ScratchError> {
        let mut session = Session::open(self.server, &self.options.own_tables)?;
        for index in scripts {
            // Each script passed before, so an error here is not the script's error.
            if let Err(failure) = session.run(self.chain.script(index), Direction::Upgrade, &mut Blind)? {
                let id = self.graph.id(index).to_owned();
                return Err(ScratchError::Replay { id, message: failure.message });
            }
            session.clean(self.leaves.contains(index))?;
        }
        session.cluster_changes()?;
        Ok(session)
    }

    /// Returns the executable scripts up to and including this one, in canonical order.
    fn executed_to(&self, last: Index) -> Vec<Index> {
        (0..=last).filter(|index| !self.left_out.contains(*index)).collect()
    }

    /// Reports an error at a statement that failed.
    fn report_failure(
        &mut self,
        index: Index,
        direction: Direction,
        failure: &Failure,
        fault: &(impl Explain + Clone),
    ) {
        let script = self.chain.script(index);
        let problem = failure_problem(self.sources, script, direction, failure, fault);
        self.faulty.insert(index);
        self.report.problems.push(problem);
    }

    /// Reports an error after a section, at its last statement.
    fn report_after(&mut self, index: Index, kind: SectionKind, fault: &(impl Explain + Clone)) {
        self.faulty.insert(index);
        let problem = self.after(index, kind, fault);
        self.report.problems.push(problem);
    }

    /// Returns a problem at the end of a section.
    fn after(&self, index: Index, kind: SectionKind, fault: &(impl Explain + Clone)) -> Problem {
        let script = self.chain.script(index);
        let section = match kind {
            SectionKind::Upgrade => &script.upgrade,
            SectionKind::Downgrade => &script.downgrade,
            SectionKind::Sample => &script.declared.sample,
        };
        let last = section.statements.last().cloned();
        let span = last.unwrap_or(0..section.sql.lines().next().unwrap_or_default().len());
        Problem::at(self.sources.place(script, section, span), fault)
    }
}

/// Returns the kind of section that a direction runs.
fn kind_of(direction: Direction) -> SectionKind {
    match direction {
        Direction::Upgrade => SectionKind::Upgrade,
        Direction::Downgrade => SectionKind::Downgrade,
    }
}

/// Returns the problem for a failed statement, at the word that the server's error points to.
fn failure_problem(
    sources: &Sources,
    script: &Script,
    direction: Direction,
    failure: &Failure,
    fault: &(impl Explain + Clone),
) -> Problem {
    failure_in(sources, script, script.section(direction), failure, fault)
}

fn failure_in(
    sources: &Sources,
    script: &Script,
    section: &aludel_core::chain::Section,
    failure: &Failure,
    fault: &(impl Explain + Clone),
) -> Problem {
    let statement = section.statements.get(failure.statement).cloned().unwrap_or_default();
    let span = failure.byte.map_or(statement.clone(), |byte| {
        let start = (statement.start + byte).min(statement.end);
        let rest = section.sql.get(start..statement.end).unwrap_or_default();
        let length =
            rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(rest.len());
        start..start + length.max(rest.chars().next().map_or(0, char::len_utf8))
    });
    let problem = Problem::at(sources.place(script, section, span), fault);
    failure.notes.iter().fold(problem, |problem, note| problem.with_note(note.clone()))
}
