//! Small files that were sent before, each with the credential of its client.
//!
//! An entry holds while nobody changed the database or its file, and until its credential expires. A
//! request that finds one needs no query, and does not open the file.

use std::collections::HashMap;
use std::sync::Arc;

use crate::actor::Actor;
use crate::error::Error;
use crate::people::Caller;
use crate::store::{Grant, Reader};

use super::Photos;
use super::sendable::{Prepared, Sendable};
use super::versioned::Versioned;

/// The length up to which a file is kept.
const LONGEST: u64 = 64 << 10;

/// The memory that all entries take together.
const MOST: usize = 32 << 20;

/// The memory that an entry takes in addition to its content, approximately.
const OVERHEAD: usize = 1 << 10;

/// Small files, by the credentials and the paths of requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Cache {
    entries: Arc<Versioned<Entries>>,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<String, Arc<Entry>>,
    size: usize,
}

#[derive(Debug)]
struct Entry {
    grant: Grant,
    file: Sendable,
}

impl Photos {
    /// Finds a file for the sender of a request to this path: in the cache, or else with some short
    /// reading work.
    pub(super) async fn find(
        &self,
        caller: Caller,
        path: &str,
        work: impl FnOnce(Reader<'_>, Actor) -> Result<Prepared, Error> + Send + 'static,
    ) -> Result<Prepared, Error> {
        let Some(version) = self.store.version() else { return caller.read_short(work).await };
        let key = format!("{} {path}", caller.hash());
        if let Some(entry) = self.cache.get(version, &key)
            && caller.resumes(&entry.grant)
            && entry.file.is_unchanged(&self.uploads)
        {
            return Ok(Prepared::Sendable(Box::new(entry.file.clone())));
        }
        let (mut prepared, grant) = caller.read_granted(work).await?;
        if let Prepared::Sendable(file) = &mut prepared {
            file.load(LONGEST);
            self.cache.put(version, key, Entry { grant, file: file.as_ref().clone() });
        }
        Ok(prepared)
    }
}

impl Cache {
    /// Returns an entry that was read at this version of the database.
    fn get(&self, version: i64, key: &str) -> Option<Arc<Entry>> {
        self.entries.look(version, |entries| entries.by_key.get(key).cloned())
    }

    /// Keeps an entry that was read at this version of the database, or just after it, if its file
    /// is in memory.
    fn put(&self, version: i64, key: String, entry: Entry) {
        let Some(length) = entry.file.length_in_memory() else { return };
        let size = length + OVERHEAD;
        self.entries.change(version, |entries| {
            if entries.size + size > MOST {
                *entries = Entries::default();
            }
            entries.size += size;
            if let Some(replaced) = entries.by_key.insert(key, Arc::new(entry)) {
                entries.size -= replaced.file.length_in_memory().unwrap_or_default() + OVERHEAD;
            }
        });
    }
}
