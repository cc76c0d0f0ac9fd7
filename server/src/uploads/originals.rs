//! The originals: files in the folder, or objects in the bucket if there is one.
//!
//! All functions here block. Thumbnails, incomplete uploads and locks are in the folder in either
//! case.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Seek;
use std::path::{Path, PathBuf};

use crate::error::Error;

use super::bucket::{Bucket, BucketError, Object};
use super::folder::{Opened, at, key, size_of, sync_folder};
use super::{ContentHash, FileState, Naming, Received, Uploads, quarantine};

/// The lengths of all originals in a bucket, by their keys.
#[derive(Debug)]
pub(crate) struct Listed(HashMap<String, u64>);

impl Uploads {
    /// Returns the bucket that holds the originals, or `None` if the folder holds them.
    pub(crate) fn bucket(&self) -> Option<&Bucket> {
        self.bucket.as_ref()
    }

    /// Returns the address of the originals, for messages.
    pub(crate) fn address(&self) -> String {
        match &self.bucket {
            None => self.root().display().to_string(),
            Some(bucket) => bucket.location().to_string(),
        }
    }

    /// Opens an original. Returns `None` if it is missing or not a regular file.
    ///
    /// An object is copied to a file without a name, so the caller gets a file in either case.
    pub(crate) fn open_original(&self, below: &Path) -> Result<Option<Opened>, Error> {
        let Some(bucket) = &self.bucket else { return self.open_below(below) };
        let failed = |error| at(&self.incoming())(error);
        let mut file = tempfile::tempfile_in(self.incoming()).map_err(failed)?;
        let Some(object) = bucket.fetch(&key(below), &mut file)? else { return Ok(None) };
        file.rewind().map_err(failed)?;
        let state = FileState::of(&file.metadata().map_err(failed)?);
        Ok(Some(Opened { file, size: object.size, modified: object.modified, state }))
    }

    /// Returns the length of an original, or `None` if it is missing.
    pub(crate) fn size_of_original(&self, below: &Path) -> Result<Option<u64>, Error> {
        match &self.bucket {
            None => size_of(self.root(), below),
            Some(bucket) => Ok(bucket.find(&key(below))?.map(|object| object.size)),
        }
    }

    /// Lists the originals in a bucket, where asking for each of them takes long. Returns `None` for
    /// a folder.
    pub(crate) fn list(&self) -> Result<Option<Listed>, Error> {
        let listed = self.bucket.as_ref().map(|bucket| bucket.list("")).transpose()?;
        Ok(listed.map(|listed| Listed(listed.into_iter().map(|(key, object)| (key, object.size)).collect())))
    }

    /// Returns the length of an original according to a list, if there is one.
    pub(crate) fn size_listed(&self, listed: Option<&Listed>, below: &Path) -> Result<Option<u64>, Error> {
        match listed {
            None => self.size_of_original(below),
            Some(listed) => Ok(listed.0.get(&Bucket::listed_as(&key(below))).copied()),
        }
    }

    /// Checks that received files are still in the bucket, where another server may have removed
    /// them. Files for the folder are not moved there yet, so there is nothing to check.
    pub(crate) fn check_sent<'a>(
        &self,
        received: impl Iterator<Item = &'a Received>,
    ) -> Vec<Result<(), Error>> {
        let Some(bucket) = &self.bucket else { return received.map(|_| Ok(())).collect() };
        let (keys, sizes): (Vec<String>, Vec<u64>) =
            received.map(|received| (key(&received.hash.place(received.kind)), received.size)).unzip();
        let found = bucket.find_all(&keys);
        let check = |(found, size): (Result<Option<Object>, BucketError>, u64)| match found? {
            Some(object) if object.size == size => Ok(()),
            _ => Err(Error::Busy),
        };
        found.into_iter().zip(sizes).map(check).collect()
    }

    /// Stores a file as an original that no row refers to yet, and makes its name durable.
    pub(crate) fn store_original(&self, below: &Path, opened: &mut Opened) -> Result<(), Error> {
        match &self.bucket {
            Some(bucket) => Ok(bucket.send(&key(below), &opened.file, opened.size)?),
            None => self.copy_below(below, &mut opened.file),
        }
    }

    /// Removes an original from each of these paths, if there is one. Requires the lock as proof
    /// that it is held.
    ///
    /// In a bucket, the original is moved to the quarantine. A service may execute an abandoned
    /// request late, when the same content was uploaded again. Then the quarantine still has it, and
    /// it is moved back.
    pub(crate) fn remove_originals(&self, naming: &Naming, places: &[PathBuf]) -> Result<(), Error> {
        let Some(bucket) = &self.bucket else {
            return places.iter().try_for_each(|place| self.remove(naming, place));
        };
        let keys: Vec<String> = places.iter().map(|place| key(place)).collect();
        for (place, found) in keys.iter().zip(bucket.find_all(&keys)) {
            if found?.is_some() {
                bucket.relocate(place, &key(&quarantine::today().join(place)))?;
            }
        }
        Ok(())
    }

    /// Renames an original that does not have its hash, so that it is not served. Returns `false`
    /// if it has its hash after all, because it was uploaded again. Requires the lock as proof that
    /// it is held.
    pub(crate) fn set_aside(&self, _: &Naming, below: &Path, hash: &ContentHash) -> Result<bool, Error> {
        let Some(opened) = self.open_original(below)? else { return Ok(false) };
        if ContentHash::read(opened.file).map_err(at(below))? == *hash {
            return Ok(false);
        }
        let mut aside = below.as_os_str().to_owned();
        aside.push(".damaged");
        match &self.bucket {
            None => {
                let path = self.root().join(below);
                fs::rename(&path, self.root().join(&aside)).map_err(at(&path))?;
                sync_folder(path.parent().unwrap_or(self.root()))?;
            }
            Some(bucket) => bucket.relocate(&key(below), &key(aside.as_ref()))?,
        }
        Ok(true)
    }
}

impl Received {
    /// Copies the file to the bucket, if there is one. Takes no lock, because it may take long: the
    /// file is checked again while its row is added.
    pub(crate) fn send(self, uploads: &Uploads) -> Result<Self, Error> {
        if let Some(bucket) = uploads.bucket() {
            bucket.send(&key(&self.hash.place(self.kind)), self.as_file(), self.size)?;
        }
        Ok(self)
    }

    fn as_file(&self) -> &File {
        self.file.as_file()
    }
}
