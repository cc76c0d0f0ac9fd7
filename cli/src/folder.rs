//! The scripts of a folder, as a command needs them: their graph only, or whole.

use aludel_core::chain::{Assembled, assemble, outline};
use aludel_core::folder::{self, Folder, FolderFault};
use aludel_core::plan::Plan;
use aludel_core::problem::Problem;
use aludel_proof::proof;

use crate::error::Failure;
use crate::settings::Settings;

/// What was read of a folder.
pub(crate) struct Scripts {
    folder: Folder,
}

impl Scripts {
    /// Reads a folder.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Failure> {
        let path = &settings.migrations;
        let shown = path.to_string_lossy().replace('\\', "/");
        let folder = folder::read_up_to(settings.max_file_size, path, &shown);
        if folder.problems.iter().any(FolderFault::is_no_folder) {
            return Err(Failure::NoFolder { folder: shown });
        }
        Ok(Self { folder })
    }

    /// The folder as it was read.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The graph of the scripts, whatever they still lack.
    pub(crate) fn outline(&self) -> Result<Assembled, Failure> {
        let hint = "this command needs headers that can be read and a graph without a fault; `aludel verify` shows all faults";
        outline(&self.folder).map_err(|faulty| Failure::Faults { problems: faulty.problems, hint })
    }

    /// The scripts without a fault. Several heads are taken: each has a name.
    pub(crate) fn whole(&self) -> Result<Assembled, Failure> {
        let mut folder = self.folder.clone();
        // A folder without a script is a chain without a revision here, though the compiler refuses it.
        folder.problems.retain(|problem| !FolderFault::is_empty(problem));
        let hint = "nothing was run: mend the scripts first; `aludel verify` shows all faults";
        assemble(&folder, true).map_err(|faulty| Failure::Faults { problems: faulty.problems, hint })
    }
}

/// Executes the scripts on a scratch database and judges them, as the compiler does, unless all that a plan runs was proved when it was
/// frozen. Without a plan, any of them may run.
pub(crate) fn prove(assembled: &Assembled, plan: Option<&Plan>, settings: &Settings) -> Result<(), Failure> {
    let is_frozen = |revision| assembled.frozen.contains(revision);
    let are_frozen = match plan {
        Some(plan) => plan.steps.iter().all(|step| is_frozen(step.revision)),
        None => assembled.graph.indexes().all(is_frozen),
    };
    if are_frozen {
        return Ok(());
    }
    let hint = "nothing was run: mend the scripts first; `--no-proof` runs them as they are";
    under_a_clock(assembled, settings, proof::prove)
        .and_then(|proved| proved.map(drop))
        .map_err(|problems| Failure::Faults { problems, hint })
}

/// Asks something of the proof of a chain, on a thread of its own, no longer than a proof may take.
pub(crate) fn under_a_clock<T: Send + 'static>(
    assembled: &Assembled,
    settings: &Settings,
    ask: impl FnOnce(&Assembled, &proof::Options) -> T + Send + 'static,
) -> Result<T, Vec<Problem>> {
    let seconds = std::env::var(proof::TIME_VARIABLE).ok();
    let limit = proof::time_limit(assembled.scripts.len(), seconds.as_deref());
    let (assembled, version_table) = (assembled.clone(), settings.version_table.clone());
    let column_order = settings.autogenerate.column_order();
    let answered = proof::within(limit, move |watch| {
        let options =
            proof::Options { version_table, column_order, watch: Some(watch), ..proof::Options::default() };
        ask(&assembled, &options)
    });
    answered.map_err(|timed_out| vec![timed_out.into()])
}
