//! Proofs that do not cover the current scripts.

/// A proof that is missing or does not cover the current scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// The revision.
    pub revision: String,
    /// The reason.
    pub why: Why,
}

/// The reason why a proof is missing or stale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The script was never proved.
    New,
    /// The script was edited after its proof.
    Edited,
    /// A script that this one builds on is new or was edited.
    Ancestor {
        /// The first such script in canonical order.
        revision: String,
    },
    /// A script on another branch, which precedes this one in canonical order, is new or was
    /// edited.
    Preceding {
        /// The first such script in canonical order.
        revision: String,
    },
    /// Every script before this one has a proof, but this script's proof covers different scripts.
    /// One of them was edited and proved again, was removed, or came from a merge.
    Reproved,
    /// No script has this revision.
    Surplus,
}
