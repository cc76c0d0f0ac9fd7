//! The folder that holds the photos: files named by their content, never changed once they are there.
//!
//! A photo comes in as a file in `.incoming/`, is synced, and renamed to `ab/cdef….jpg` by its SHA-256. Its row follows; so there is never a row without
//! its file. A process that dies leaves files that nothing names; [`collect`] moves them to the [`quarantine`]. Whoever makes a file and its row belong together, or takes
//! them apart, holds [`Naming`]. Nothing here knows SQL.

mod beneath;
mod binding;
pub(crate) mod collect;
pub(crate) mod folder;
pub(crate) mod hash;
pub(crate) mod image;
pub(crate) mod incoming;
mod quarantine;

pub(crate) use binding::FolderState;
pub(crate) use folder::{Naming, Uploads, place_of_row};
pub(crate) use hash::ContentHash;
pub(crate) use image::Kind;
pub(crate) use incoming::{Incoming, Received};
