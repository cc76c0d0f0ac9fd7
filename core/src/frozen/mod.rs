//! Frozen scripts, which must not change after their release.
//!
//! [`FILE`] is in the folder of scripts. It has one line for each released script, sorted by
//! revision:
//!
//! ```text
//! # The released scripts, which stay as they are. `aludel freeze` adds lines; nothing changes one.
//! 3f2c9a1b7d10 49348f7a48f6 - 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 2c26b46b68ff fcde2b2edba5
//! 49348f7a48f6 - - 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 ba7816bf8f01 486ea46224d1
//! ```
//!
//! The fields of a line are the revision, its down revisions, its dependencies, the
//! [checksum](crate::script::checksum) of the script, and the first twelve digits of the SHA-256 of
//! its upgrade and of its downgrade. Revisions are sorted and joined by commas, and `-` means none.
//! Only the checksum decides whether a script changed. The last two fields may be missing. They
//! only show which section changed. Empty lines and lines that begin with `#` are ignored. The
//! order of the lines does not matter to readers.
//!
//! Two other kinds of lines record what superseded a released script. The script's own line stays.
//!
//! ```text
//! replaced 49348f7a48f6 60303ae2…c752 by 3f2c9a1b7d10
//! amended 3f2c9a1b7d10 9f86d081…0a08 by e3b0c442…b855
//! ```
//!
//! In this example, the base of a squash replaced the first script, and the downgrade of the second
//! script was amended. The fields are the revision, the checksum of the released script, and either
//! the revision of the base or the checksum of the amended script.
//!
//! This module compares text with scripts. It neither reads nor writes files.

mod check;
mod entry;
mod fault;
mod lock;
mod superseded;

#[cfg(test)]
mod tests;

pub use check::{Checked, InEffect, check};
pub use entry::Entry;
pub use fault::{Change, FrozenFault, LockFault};
pub use lock::{Line, Lock, parse};
pub use superseded::{Checksums, Kind, Succession, Superseded};

/// The name of the file that lists the frozen scripts.
pub const FILE: &str = "frozen.lock";
