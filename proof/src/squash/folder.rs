//! The folder after a squash.

use aludel_core::chain::Assembled;
use aludel_core::folder::{File, Folder};
use aludel_core::frozen::{self, Entry, InEffect, Kind, Lock, Superseded};
use aludel_core::graph::Index;
use aludel_core::script::{self, Draft, Grammar};

/// Returns the folder with the base in place of the scripts that it replaces. Both the files and
/// the list of frozen scripts are updated.
#[must_use]
pub fn folder(assembled: &Assembled, point: Index, lock: Option<&File>, base: &Draft, path: &str) -> Folder {
    let graph = &assembled.graph;
    let replaced = graph.ancestors([point]);
    let kept = assembled.scripts.iter().enumerate().filter(|(index, _)| !replaced.contains(*index));
    let kept = kept.map(|(_, script)| File {
        path: script.source.path.clone(),
        bytes: script.source.text.clone().into_bytes(),
    });
    let base = File { path: base_path(assembled, point, base), bytes: base.to_string().into_bytes() };
    let (base_script, _) =
        script::parse(&base.path, &base.bytes, &mut Grammar::new(assembled.dialect).unwrap_or_default());
    let record = |index: Index| {
        let script = assembled.scripts.get(index)?;
        let (revision, by) = (graph.id(index).to_owned(), graph.id(point).to_owned());
        Some(Superseded { kind: Kind::Replaced, revision, checksum: script.checksum(), by })
    };
    let records: Vec<Superseded> = replaced.iter().filter_map(record).collect();
    let entries: Vec<Entry> = Entry::of(&base_script).into_iter().collect();
    let lock_path = format!("{path}/{}", frozen::FILE);
    let (lock, _) = Lock::of(lock, &lock_path);
    let lock = in_effect(lock, assembled).with(&entries, &records);
    Folder {
        files: kept.chain([base]).collect(),
        lock: Some(File { path: lock_path, bytes: lock.into_bytes() }),
        dialect: assembled.dialect,
        ..Folder::default()
    }
}

/// Returns the path of the base, which is in the same folder as the script of the squash point.
#[must_use]
pub fn base_path(assembled: &Assembled, point: Index, base: &Draft) -> String {
    let path = assembled.scripts.get(point).map(|script| script.source.path.as_str());
    match path.and_then(|path| path.rsplit_once('/')) {
        Some((folder, _)) => format!("{folder}/{}", base.file_name()),
        None => base.file_name(),
    }
}

/// Removes the lines from a squash that was interrupted before it wrote its base.
fn in_effect(mut lock: Lock, assembled: &Assembled) -> Lock {
    let effect = InEffect::of(&lock, &assembled.scripts);
    let records: Vec<Superseded> = effect.superseded.into_iter().cloned().collect();
    let succession = effect.succession;
    let lines: Vec<Entry> = effect.lines.into_iter().map(|line| line.entry.clone()).collect();
    lock.superseded.retain(|record| records.contains(&record.value));
    lock.lines.retain(|line| {
        let Entry { revision, checksum, .. } = &line.entry;
        lines.contains(&line.entry) || succession.has_replaced(revision, checksum)
    });
    lock
}
