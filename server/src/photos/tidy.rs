//! Background maintenance: restores lost content hashes, and moves files without a photo to the
//! quarantine.

use std::time::{Duration, SystemTime};

use crate::error::Error;
use crate::store::{Lost, Reader, State, Writer};
use crate::uploads::collect::{self, Candidate};
use crate::uploads::{ContentHash, Naming, Uploads, place_of_row, thumbnail};

use super::{Photos, blocking};

/// The number of files per database lookup, so that a lookup never holds a connection for long.
const AT_ONCE: usize = 64;

/// The number of rows whose hashes are restored in one transaction.
const ROWS_AT_ONCE: i64 = 1000;

impl Photos {
    /// Moves files that are older than `grace` and have no photo to the quarantine. Restores files
    /// that photos refer to again.
    ///
    /// Does nothing if the folder and the database no longer belong together, or if too many files
    /// have no photo.
    pub(crate) async fn collect(&self, grace: Duration) -> Result<(), Error> {
        let Some(limit) = SystemTime::now().checked_sub(grace) else {
            return Ok(());
        };
        if !self.is_bound().await? {
            tracing::warn!(
                "the database and the uploads folder no longer belong together; no file was moved"
            );
            return Ok(());
        }
        self.take_back().await?;
        let uploads = self.uploads.clone();
        let all = blocking(move || collect::candidates(&uploads)).await?;
        let total = all.len();
        let orphans = self.orphans(all, limit).await?;
        if collect::are_suspicious(orphans.len(), total) {
            tracing::warn!(
                files = total,
                without_a_photo = orphans.len(),
                "too many files have no photo: is this the right database? No file was moved"
            );
            return Ok(());
        }
        let moved = self.quarantine(orphans).await?;
        tracing::info!(moved, "moved files without a photo to the quarantine");
        let uploads = self.uploads.clone();
        let removed =
            self.store.read(move |reader| thumbnail::sweep(&uploads, |hash| Ok(reader.names(hash)?))).await?;
        tracing::info!(removed, "removed thumbnails without a photo");
        Ok(())
    }

    /// Restores the content hashes of rows that lost them, and returns their number.
    ///
    /// A file's name is the hash of its content, and its length shows that it is complete.
    pub(crate) async fn restore_hashes(&self) -> Result<usize, Error> {
        let (mut restored, mut last) = (0, String::new());
        loop {
            let after = last.clone();
            let rows = self.store.read(move |reader| Ok(reader.without_hash(&after, ROWS_AT_ONCE)?)).await?;
            match rows.last() {
                Some(row) => last.clone_from(&row.uuid),
                None => return Ok(restored),
            }
            let uploads = self.uploads.clone();
            let found: Vec<(String, ContentHash)> = blocking(move || {
                let hashed =
                    rows.into_iter().map(|row| Ok(hash_of(&uploads, &row)?.map(|hash| (row.uuid, hash))));
                hashed.filter_map(Result::transpose).collect()
            })
            .await?;
            if !found.is_empty() {
                restored += self.store.write(move |mut writer| Ok(writer.restore_hashes(&found)?)).await?;
            }
        }
    }

    /// Returns `true` if the database has not changed since startup, and the folder still has its
    /// id.
    async fn is_bound(&self) -> Result<bool, Error> {
        if self.store.state().await? != State::Served {
            return Ok(false);
        }
        let (uploads, bound) = (self.uploads.clone(), self.store.binding());
        blocking(move || Ok(uploads.bound_to()?.as_deref() == Some(&*bound))).await
    }

    async fn orphans(&self, mut all: Vec<Candidate>, limit: SystemTime) -> Result<Vec<Candidate>, Error> {
        let mut orphans = Vec::new();
        while !all.is_empty() {
            let some = all.split_off(all.len().saturating_sub(AT_ONCE));
            let found = self
                .store
                .read(move |reader| collect::orphans(some, limit, |hash| Ok(reader.names(hash)?)))
                .await?;
            orphans.extend(found);
        }
        Ok(orphans)
    }

    async fn quarantine(&self, orphans: Vec<Candidate>) -> Result<usize, Error> {
        let mut moved = 0;
        // One after the other, so that the writer is never held for long.
        for orphan in orphans {
            let is_moved = self.locked(move |uploads, naming, reader| {
                let is_orphan = !reader.names(orphan.hash())?;
                if is_orphan {
                    collect::quarantine(uploads, naming, &orphan)?;
                }
                Ok(is_orphan)
            });
            moved += usize::from(is_moved.await?);
        }
        Ok(moved)
    }

    /// Runs work on originals while no process adds or removes any.
    async fn locked<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Uploads, &Naming, Reader<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (uploads, binding) = (self.uploads.clone(), self.store.binding());
        let locked = move |mut writer: Writer<'_>| {
            let naming = uploads.naming()?;
            let removing = writer.removing(&binding)?;
            work(&uploads, &naming, removing.reader())
        };
        self.store.write(locked).await
    }

    async fn take_back(&self) -> Result<(), Error> {
        let uploads = self.uploads.clone();
        let mut held = blocking(move || collect::quarantined(&uploads)).await?;
        while !held.is_empty() {
            let some = held.split_off(held.len().saturating_sub(AT_ONCE));
            let named = self
                .store
                .read(move |reader| {
                    let is_named = |file: &Candidate| reader.names(file.hash());
                    let named = some.into_iter().map(|file| Ok(is_named(&file)?.then_some(file)));
                    named.filter_map(Result::transpose).collect::<Result<Vec<_>, Error>>()
                })
                .await?;
            let mut back = 0;
            for file in named {
                let is_back =
                    self.locked(move |uploads, naming, _| collect::take_back(uploads, naming, &file));
                back += usize::from(is_back.await?);
            }
            if back > 0 {
                tracing::info!(
                    files = back,
                    "restored files from the quarantine, because photos refer to them again"
                );
            }
        }
        Ok(())
    }
}

/// Returns the hash of the file that a row refers to. Returns `None` unless the file is complete
/// and at the path of its content.
fn hash_of(uploads: &Uploads, row: &Lost) -> Result<Option<ContentHash>, Error> {
    let Some(place) = place_of_row(&row.file_path) else {
        return Ok(None);
    };
    let Some(hash) = collect::hash_at(place) else {
        return Ok(None);
    };
    let is_whole =
        uploads.size_of_original(place)?.is_some_and(|size| row.size.is_none_or(|expected| expected == size));
    Ok(is_whole.then_some(hash))
}
