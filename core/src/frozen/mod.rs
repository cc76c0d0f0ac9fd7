//! Frozen scripts: what was released stays as it was.
//!
//! [`FILE`] stands in the folder of the scripts, with one line for each released script, sorted by revision:
//!
//! ```text
//! # The released scripts, which stay as they are. `aludel freeze` adds lines; nothing changes one.
//! 3f2c9a1b7d10 49348f7a48f6 - 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 2c26b46b68ff fcde2b2edba5
//! 49348f7a48f6 - - 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 ba7816bf8f01 486ea46224d1
//! ```
//!
//! The words of a line are the revision, its down revisions, its dependencies, the script's [checksum](crate::script::checksum), and the
//! first twelve digits of the SHA-256 of its upgrade and of its downgrade. Revisions are sorted and joined by commas; `-` stands for
//! none. The checksum alone decides whether a script is as it was; the last two words only tell which section is not, and a line may do
//! without them. An empty line and one that begins with `#` say nothing; the order of the lines does not matter to whoever reads them.
//!
//! This module compares text with scripts. It reads no file and writes none.

mod check;
mod entry;
mod fault;
mod lock;

#[cfg(test)]
mod tests;

pub use check::{Checked, check};
pub use entry::Entry;
pub use fault::{Change, FrozenFault, LockFault};
pub(crate) use fault::{EDITED, REPARENTED};
pub use lock::{Line, Lock, parse};

/// The name of the file that lists the frozen scripts.
pub const FILE: &str = "frozen.lock";
