//! Reads the scripts of a folder, either only as a graph or in full.

use aludel::Chain;
use aludel_core::chain::{Assembled, assemble, outline};
use aludel_core::folder::{Folder, FolderFault};
use aludel_core::plan::Plan;
use aludel_core::problem::Problem;
use aludel_core::proved;
use aludel_core::script::Dialect;
use aludel_proof::proof;

use crate::error::Failure;
use crate::settings::Settings;

/// The contents of a folder of scripts.
pub(crate) struct Scripts {
    folder: Folder,
}

impl Scripts {
    /// Reads the folder that the settings name.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Failure> {
        let path = &settings.migrations;
        let shown = path.to_string_lossy().replace('\\', "/");
        let folder = settings.reading.read(path, &shown);
        if folder.problems.iter().any(FolderFault::is_no_folder) {
            return Err(Failure::NoFolder { folder: shown });
        }
        Ok(Self { folder })
    }

    /// Returns the contents of the folder, as they were read.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Returns the graph of the scripts, even if their sections are incomplete.
    pub(crate) fn outline(&self) -> Result<Assembled, Failure> {
        let hint = "this command needs readable headers and a valid graph; `aludel verify` shows all errors";
        outline(&self.folder).map_err(|faulty| Failure::Faults { problems: faulty.problems, hint })
    }

    /// Returns the scripts, or the errors in them. Accepts several heads, because a target can name
    /// one of them.
    pub(crate) fn whole(&self) -> Result<Assembled, Failure> {
        let mut folder = self.folder.clone();
        // An empty folder is an empty chain here, although the compiler rejects it.
        folder.problems.retain(|problem| !FolderFault::is_empty(problem));
        let hint = "nothing was run: fix the scripts first; `aludel verify` shows all errors";
        assemble(&folder, true).map_err(|faulty| Failure::Faults { problems: faulty.problems, hint })
    }
}

/// Returns the chain of scripts, for use with the library.
pub(crate) fn chain(assembled: &Assembled, settings: &Settings) -> Chain {
    Chain::loaded(assembled.chain(&settings.version_table))
}

/// Returns the chain, with the fingerprints of its valid proofs on a server.
pub(crate) fn proved_chain(scripts: &Scripts, assembled: &Assembled, settings: &Settings) -> Chain {
    let chain = assembled.chain(&settings.version_table);
    Chain::loaded(if assembled.dialect == Dialect::Postgresql {
        chain.with_fingerprints(&proved::known_fingerprints(scripts.folder(), assembled))
    } else {
        chain
    })
}

/// Proves the scripts on a scratch database as the compiler does.
///
/// Skips the proof if every script of the plan is frozen, because freezing a script proves it.
/// Without a plan, any script may run, so all of them must be frozen.
pub(crate) fn prove(
    scripts: &Scripts,
    assembled: &Assembled,
    plan: Option<&Plan>,
    settings: &Settings,
) -> Result<(), Failure> {
    let is_frozen = |revision| assembled.frozen.contains(revision);
    let are_frozen = match plan {
        Some(plan) => plan.steps.iter().all(|step| is_frozen(step.revision)),
        None => assembled.graph.indexes().all(is_frozen),
    };
    if are_frozen {
        return Ok(());
    }
    if assembled.dialect == Dialect::Postgresql {
        let hint = "nothing was run: prove the scripts with `aludel prove`, or pass `--no-proof` to run them unproved";
        return proved::fingerprints(scripts.folder(), assembled)
            .map(drop)
            .map_err(|problems| Failure::Faults { problems, hint });
    }
    let hint = "nothing was run: fix the scripts first, or pass `--no-proof` to run them unproved";
    within_time_limit(assembled, settings, proof::prove)
        .and_then(|proved| proved.map(drop))
        .map_err(|problems| Failure::Faults { problems, hint })
}

/// Works like [`within_time_limit`], but with the given rule for irreversible scripts.
pub(crate) fn within_time_limit_with<T: Send + 'static>(
    assembled: &Assembled,
    settings: &Settings,
    irreversible: proof::Irreversible,
    ask: impl FnOnce(&Assembled, &proof::Options) -> T + Send + 'static,
) -> Result<T, Vec<Problem>> {
    within_time_limit(assembled, settings, move |assembled, options| {
        ask(assembled, &proof::Options { irreversible, ..options.clone() })
    })
}

/// Runs a function of the proof on a separate thread, with the time limit of a proof.
pub(crate) fn within_time_limit<T: Send + 'static>(
    assembled: &Assembled,
    settings: &Settings,
    ask: impl FnOnce(&Assembled, &proof::Options) -> T + Send + 'static,
) -> Result<T, Vec<Problem>> {
    let seconds = std::env::var(proof::TIME_VARIABLE).ok();
    let (scripts, seconds) = (assembled.scripts.len(), seconds.as_deref());
    let (assembled, configuration) = (assembled.clone(), settings.configuration());
    proof::within_time_limit(scripts, seconds, move |watch| {
        ask(&assembled, &configuration.options(Some(watch)))
    })
}
