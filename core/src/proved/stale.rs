//! Proofs that do not cover the present scripts.

/// A proof that is missing or does not cover the present scripts.
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
    /// A script that this one builds on was edited or is new.
    Ancestor {
        /// The first such script in canonical order.
        revision: String,
    },
    /// A script of another branch, which comes before this one in canonical order, was edited or is
    /// new.
    Preceding {
        /// The first such script in canonical order.
        revision: String,
    },
    /// Every script before this one has a proof, but the proof of this one covers other scripts:
    /// one of them was edited and proved again, was removed, or came from a merge.
    Reproved,
    /// No script has the revision.
    Surplus,
}
