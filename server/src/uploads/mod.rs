//! The folder of photos. Its files are named after the hash of their content, and never change once
//! stored. A [`bucket`] can hold the [`originals`] in its place.
//!
//! An upload is written to `.incoming/`, synced, and renamed to `ab/cdef….jpg` according to its
//! SHA-256 hash. Its row is added afterwards, so a row without a file cannot occur. A process that
//! crashes leaves files without a row; [`collect`] moves them to the [`quarantine`]. Creating or
//! deleting a file together with its row requires [`Naming`], and a transaction that locks the row of
//! the binding. This module contains no SQL.

pub(crate) mod beneath;
mod binding;
pub(crate) mod bucket;
pub(crate) mod collect;
pub(crate) mod folder;
pub(crate) mod format;
pub(crate) mod hash;
pub(crate) mod image;
pub(crate) mod incoming;
pub(crate) mod metadata;
mod originals;
mod quarantine;
mod structure;
pub(crate) mod thumbnail;

pub(crate) use beneath::FileState;
pub(crate) use binding::FolderState;
pub(crate) use folder::{Naming, Uploads, place_of_row};
pub(crate) use format::Kind;
pub(crate) use hash::ContentHash;

pub(crate) use incoming::{Incoming, Received};
pub(crate) use originals::Listed;
